// Functional models: calls of layers, done again on other tensors.
#include "nn/functional.h"

#include <algorithm>
#include <map>
#include <set>

#include "nn/layers/input.h"
#include "ops/emit.h"

namespace cornu {

static std::string who_of(const std::string& name) { return text("Model '{}'", name); }

/// A list of one is that one, as in Keras.
static Tree<Tensor> one_alone(const Tree<Tensor>& tensors) {
  return tensors.is_list() && tensors.size() == 1 ? tensors.at(size_t{0}) : tensors;
}

CallNumbers::CallNumbers(const CallGraph& graph) {
  for (const auto& layer : graph.layers) {
    std::vector<std::shared_ptr<const CallRecord>> calls;
    for (const auto& record : graph.records)
      if (record->layer == layer) calls.push_back(record);
    std::sort(calls.begin(), calls.end(), [](const auto& a, const auto& b) { return a->number < b->number; });
    for (size_t i = 0; i < calls.size(); ++i) numbers_[calls[i].get()] = static_cast<int64_t>(i);
    calls_[layer.get()] = std::move(calls);
  }
}

FunctionalImpl::FunctionalImpl(Tree<Tensor> inputs, Tree<Tensor> outputs, const std::string& given)
    : inputs_(one_alone(inputs)),
      outputs_(one_alone(outputs)),
      given_inputs_(std::move(inputs)),
      given_outputs_(std::move(outputs)) {
  name = layer_name(given.empty() ? std::optional<Text>() : Text(given), "Functional");
  const std::string who = who_of(name);
  if (inputs_.leaf_count() == 0) throw CallError(who, "needs at least one input");
  if (outputs_.leaf_count() == 0) throw CallError(who, "needs at least one output");
  std::tie(inputs_, outputs_) = from_inputs_alone(who, inputs_, outputs_);
  given_inputs_ = given_inputs_.with_leaves(inputs_.leaves());
  given_outputs_ = given_outputs_.with_leaves(outputs_.leaves());
  graph_ = graph_between(who, inputs_, outputs_);
  std::map<std::string, const LayerImpl*> names;
  for (const auto& layer : graph_.layers) {
    const auto [known, is_new] = names.emplace(layer->name, layer.get());
    if (!is_new && known->second != layer.get())
      throw CallError(who, text("its layers must have names of their own, got '{}' twice", layer->name), {},
                      layer->where);
  }
  for (const auto& record : graph_.records) {
    first_slots_.push_back(slots_);
    slots_ += record->outputs.leaf_count();
  }
  inputs_.each([&](const Tensor& t) { input_names_.push_back(t.impl()->record->layer->name); });
  outputs_.each([&](const Tensor& t) { output_names_.push_back(t.impl()->record->layer->name); });
  const Tensor first = inputs_.leaves()[0];
  dtype = is_floating(first.dtype()) ? first.dtype() : DType::f32;
  autocast = false;
  build_once(input_shapes());
  note_output(outputs_);
  ready_ = true;
}

size_t FunctionalImpl::slot_of(const Tensor& t) const {
  const auto& records = graph_.records;
  const auto at = std::find(records.begin(), records.end(), t.impl()->record) - records.begin();
  return first_slots_[static_cast<size_t>(at)] + t.impl()->output;
}

/// Floating numbers as the type of an input says, with their mask.
static Tensor as_type(const Tensor& x, DType t) {
  return is_floating(x.dtype()) && is_floating(t) && x.dtype() != t ? ops::cast(x, t).with_mask(x.mask()) : x;
}

Tree<Tensor> FunctionalImpl::call_inputs(const Tree<Tensor>& given, const CallContext& context) {
  Tensors values(slots_);
  const Tensors in = for_inputs(given);
  const Tensors masks = context.masks.is_none() ? Tensors() : context.masks.leaves();
  size_t n = 0;
  std::vector<bool> known(slots_, false);
  inputs_.each([&](const Tensor& t) {
    const bool masked = n < masks.size() && masks[n].defined() && in[n].defined() && !in[n].mask().defined();
    const Tensor x = masked ? in[n].with_mask(masks[n]) : in[n];
    const bool half = x.defined() && (is_half(t.dtype()) || is_half(x.dtype()));
    values[slot_of(t)] = half ? as_type(x, t.dtype()) : x;
    known[slot_of(t)] = true;
    ++n;
  });
  const auto value = [&](const Tensor& t) { return in_graph_of_layers(t) ? values[slot_of(t)] : t; };
  for (size_t i = 0; i < graph_.records.size(); ++i) {
    const CallRecord& record = *graph_.records[i];
    if (known[first_slots_[i]]) continue;  // an input
    CallOptions options = with_each_mask(record.options, value);
    options.training = record.options.training.value_or(context.training);
    const Tree<Tensor> x = record.inputs.map(value).without([](const Tensor& t) { return !t.defined(); });
    const Tensors y = record.layer->apply(x, options).leaves();
    for (size_t k = 0; k < y.size(); ++k) values[first_slots_[i] + k] = y[k];
  }
  return outputs_.map(value);
}

std::vector<std::shared_ptr<LayerImpl>> FunctionalImpl::children() const {
  std::vector<std::shared_ptr<LayerImpl>> out;
  for (const auto& layer : graph_.layers)
    if (!layer->is_operation) out.push_back(layer);
  return out;
}
std::vector<Layer> FunctionalImpl::layers() const {
  std::vector<Layer> out;
  for (const auto& layer : children()) out.emplace_back(layer);
  return out;
}
Tree<Shape> FunctionalImpl::input_shapes() const {
  return inputs_.map([](const Tensor& t) { return t.shape(); });
}

namespace {

const InputLayer* input_layer_of(const Tensor& t) {
  return dynamic_cast<const InputLayer*>(t.impl()->record->layer.get());
}

}  // namespace

Tensors FunctionalImpl::for_inputs(const Tree<Tensor>& x) const {
  const auto who = [&] { return text("{} '{}'", class_name(), name); };
  const auto fail = [&](const std::string& got) -> void {
    throw CallError(who(),
                    input_names_.size() == 1
                        ? text("expected one input, '{}', got {}", input_names_[0], got)
                        : text("expected {} inputs, {}, got {}", input_names_.size(), Arg(input_names_).text, got),
                    {}, where);
  };
  const Tensors in = inputs_.leaves();
  const auto optional = [&](size_t i) {
    const InputLayer* layer = input_layer_of(in[i]);
    return layer && layer->config.optional;
  };
  Tensors all;
  if (std::vector<const Tensor*> given; leaves_where(inputs_, x, given)) {
    for (const Tensor* one : given) all.push_back(one ? *one : Tensor());
  } else if (x.is_fields()) {
    for (size_t i = 0; i < in.size(); ++i) {
      const Tree<Tensor>* found = x.find(input_names_[i]);
      const bool none = (!found || found->is_none()) && optional(i);
      if (!none && (!found || !found->is_leaf())) fail(text("those named {}", Arg(x.names()).text));
      all.push_back(none ? Tensor() : found->leaf());
    }
  } else {
    all = x.leaves();
    if (all.size() != input_names_.size()) fail(to_string(x.kind(), x.size()));
  }
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].defined())
      all[i] = of_rank(all[i], in[i].shape());
    else if (!optional(i))
      throw CallError(who(),
                      text("the input '{}' must be given, since it is not optional, got nothing", input_names_[i]), {},
                      where);
  }
  return all;
}

/// The tensors for the model's inputs, in their structure: as it is, by the names of the inputs, or in their order.
Tree<Tensor> FunctionalImpl::arranged(const Tree<Tensor>& x) const {
  const Tensors all = for_inputs(x);
  const Tree<Tensor> out = inputs_.with_leaves(all);
  return std::ranges::all_of(all, &Tensor::defined) ? out : out.without([](const Tensor& t) { return !t.defined(); });
}

Model::Model(const Tree<Tensor>& inputs, const Tree<Tensor>& outputs, const Text& name, CallSite at)
    : Layer(std::shared_ptr<LayerImpl>(std::make_shared<FunctionalImpl>(inputs, outputs, name))) {
  impl_->where = to_string(at);
}

/// (inputs, outputs): the symbolic tensors of a functional model, or of a Sequential that starts with Input.
static std::pair<Tree<Tensor>, Tree<Tensor>> ends_of(const Model& m) {
  if (const auto* f = dynamic_cast<const FunctionalImpl*>(&m.model())) return {f->inputs(), f->outputs()};
  const auto* s = dynamic_cast<const SequentialImpl*>(&m.model());
  if (s && !s->children().empty() && dynamic_cast<const InputLayer*>(s->children()[0].get())) return s->symbolic_ends();
  throw CallError(text("{} '{}'", m->class_name(), m->name),
                  "is neither made of symbolic tensors nor a Sequential that starts with Input, so it has no symbolic "
                  "inputs and outputs");
}
Tree<Tensor> Model::inputs() const { return ends_of(*this).first; }
Tree<Tensor> Model::outputs() const { return ends_of(*this).second; }

std::pair<Tree<Tensor>, Tree<Tensor>> SequentialImpl::symbolic_ends() const {
  const auto layers = children();
  std::vector<uint64_t> numbers;
  for (const auto& layer : layers) numbers.push_back(layer->number());
  if (ends_of_ != numbers) {
    ends_.first = symbolic_input(layers.at(0));
    ends_.second = ends_.first;
    for (size_t i = 1; i < layers.size(); ++i) ends_.second = layers[i]->apply(ends_.second);
    ends_of_ = std::move(numbers);
  }
  return ends_;
}

static Tree<Tensor> of_first_record(const LayerImpl& layer, const char* what,
                                    const std::function<Tree<Tensor>(const std::shared_ptr<const CallRecord>&)>& f) {
  const auto records = layer.records();
  if (records.size() == 1) return f(records[0]);
  throw CallError(text("{} '{}'", layer.class_name(), layer.name),
                  records.empty() ? text("was called on no symbolic tensor, so it has no {}", what)
                                  : text("was called {} times, so that its {} is not one", records.size(), what),
                  {}, layer.where);
}
Tree<Tensor> Layer::input() const {
  return of_first_record(**this, "input", [](const auto& record) {
    return dynamic_cast<const InputLayer*>(record->layer.get()) ? outputs_of(record) : record->inputs;
  });
}
Tree<Tensor> Layer::output() const { return of_first_record(**this, "output", outputs_of); }

}  // namespace cornu
