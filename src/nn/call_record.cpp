// Calls of layers on symbolic tensors, and their order in a graph.
#include "nn/call_record.h"

#include <cornu/call_inputs.h>

#include <algorithm>
#include <map>
#include <set>

#include "nn/layer_call.h"
#include "nn/layers/input.h"
#include "nn/model.h"
#include "ops/array_form.h"
#include "ops/emit.h"

namespace cornu {

ForeignCalls& foreign_calls() {
  static auto* calls = new ForeignCalls;  // for the process
  return *calls;
}

bool in_graph_of_layers(const Tree<Tensor>& tensors) {
  bool any = false;
  tensors.each([&](const Tensor& t) { any |= in_graph_of_layers(t); });
  return any;
}

Tree<Tensor> outputs_of(const std::shared_ptr<const CallRecord>& record) {
  uint32_t n = 0;
  return record->outputs.map([&](const TypeShape& type) {
    auto impl = std::make_shared<TensorImpl>();
    impl->dtype = type.dtype;
    impl->shape = type.shape;
    impl->output = n++;
    impl->record = record;
    return Tensor(std::move(impl));
  });
}

namespace {

Tree<Tensor> noted(const std::shared_ptr<LayerImpl>& layer, Tree<Tensor> inputs, CallOptions options,
                   Tree<TypeShape> outputs, std::vector<Shape> masks = {}) {
  auto record = std::make_shared<CallRecord>();
  record->layer = layer;
  record->kept = layer->keep_alive();
  record->inputs = std::move(inputs);
  record->options = std::move(options);
  record->outputs = std::move(outputs);
  record->masks = std::move(masks);
  record->number = layer->count_record(record);
  return outputs_of(record);
}

/// The types of what `call` gives for inputs of these types, of an unknown number of rows if any of them has one; and
/// the shapes of the masks.
template <class Call>
std::pair<Tree<TypeShape>, std::vector<Shape>> types_given(const Call& call) {
  Tree<TypeShape> types;
  std::vector<Shape> masks;
  const bool fixed =
      record(Trace::kStandIn, [&](Trace& trace, int64_t rows) {
        const Tree<Tensor> y = call(trace, rows);
        types = types_of(y);
        masks.clear();
        y.each([&](const Tensor& t) { masks.push_back(t.mask().defined() ? t.mask().shape() : Shape()); });
        return y.leaves();
      }).fixed;
  if (!fixed) return {types, masks};
  // The layer asked for the number of rows, and got one that stands in for it.
  const auto unknown = [](Shape& shape) {
    if (shape.rank() > 0 && shape.dim(0) == Trace::kStandIn) shape.dim(0) = -1;
  };
  for (Shape& mask : masks) unknown(mask);
  return {types.map([&](TypeShape type) {
            unknown(type.shape);
            return type;
          }),
          masks};
}

}  // namespace

static Shape mask_shape_of(const Tensor& t) {
  const auto& record = t.impl()->record;
  return record && t.impl()->output < record->masks.size() ? record->masks[t.impl()->output] : Shape();
}

std::pair<Tree<TypeShape>, std::vector<Shape>> types_of_call(LayerImpl& layer, const Tree<Tensor>& inputs,
                                                             const CallOptions& options) {
  const auto traced = [](Trace& trace, int64_t rows) {
    return [&trace, rows](const Tensor& x) {
      if (!in_graph_of_layers(x)) return x;
      const auto input = [&](DType dtype, Shape shape) {
        if (shape.rank() > 0 && shape.dim(0) < 0) shape.dim(0) = rows;
        return trace.input(dtype, shape);
      };
      const Tensor value = input(x.dtype(), x.shape());
      const Shape mask = mask_shape_of(x);
      return mask.rank() > 0 ? value.with_mask(input(DType::boolean, mask)) : value;
    };
  };
  auto types = types_given([&](Trace& trace, int64_t rows) {
    const auto input = traced(trace, rows);
    const CallOptions own = with_each_mask(options, input);
    return layer.apply(inputs.map(input), own);
  });
  if (types.first.leaf_count() == 0)
    throw CallError(text("{} '{}'", layer.class_name(), layer.name), "gives no tensor, so nothing can be made of it",
                    {}, layer.where);
  return types;
}

Tree<Tensor> note_call(LayerImpl& layer, const Tree<Tensor>& inputs, const CallOptions& options) {
  auto [types, masks] = types_of_call(layer, inputs, options);
  LayerCall::forget_losses(layer);
  return noted(layer.shared_from_this(), inputs, options, std::move(types), std::move(masks));
}

Tensor symbolic_mask(const Tensor& output) {
  const Shape shape = mask_shape_of(output);
  if (shape.rank() == 0) return {};
  const auto mask = [](const Tensors& now) -> Tree<Tensor> { return now.at(0).mask(); };
  const auto layer = std::make_shared<OperationLayer>("mask", Value(), std::vector<Value>(), mask, false);
  return noted(layer, output, {}, TypeShape{DType::boolean, shape}).leaf();
}

Tree<Tensor> compute_output_spec(LayerImpl& layer, const Tree<Tensor>& inputs, const CallOptions& options) {
  std::shared_ptr<LayerImpl> copy;
  const auto asked = [&]() -> LayerImpl& {
    if (layer.built()) return layer;
    copy = layer.unbuilt_copy();
    return copy ? *copy : layer;
  };
  LayerImpl& one = asked();
  Tree<TypeShape> types;
  if (copy) {
    const StorageLimit zeros(uint64_t{1} << 62);  // its weights need no random numbers
    types = types_of_call(one, inputs, options).first;
  } else {
    types = types_of_call(one, inputs, options).first;
    LayerCall::forget_losses(one);
  }
  return types.map([](const TypeShape& type) { return symbolic_tensor(type.shape, type.dtype, "output"); });
}

Tree<Shape> Layer::compute_output_shape(const Tree<Shape>& input) const {
  LayerImpl& layer = **this;
  const DType type = is_floating(layer.dtype) ? layer.dtype : DType::f32;
  const auto given = [&](const Shape& shape) { return symbolic_tensor(shape, type, "input"); };
  return compute_output_spec(layer, input.map(given), {}).map([](const Tensor& t) { return t.shape(); });
}

Tensor symbolic_input(const std::shared_ptr<LayerImpl>& layer) {
  const auto* input = dynamic_cast<const InputLayer*>(layer.get());
  if (!input)
    throw CallError(text("{} '{}'", layer->class_name(), layer->name), "is no Input, so it gives no tensor by itself",
                    {}, layer->where);
  for (const auto& known : layer->records()) return outputs_of(known).leaf();
  return noted(layer, {}, {}, TypeShape{input->dtype, input->config.batch_shape}).leaf();
}

// ---- order

namespace {

struct Walk {
  const std::string& who;
  std::set<std::pair<const CallRecord*, uint32_t>> inputs;
  std::vector<std::shared_ptr<const CallRecord>> after{};  ///< Each behind those that it needs.
  std::set<const CallRecord*> seen{};
  std::map<const LayerImpl*, size_t> met{};  ///< Layers in the order in which a walk from the outputs meets them.

  static std::vector<Tensor> needs(const CallRecord& record) {
    // Arguments of a call of several are in the order in which files have them, which is that of the layer's
    // parameters.
    std::vector<Tensor> all;
    if (const auto& parameters = record.layer->call_parameters(); parameters.empty())
      all = record.inputs.leaves();
    else
      for (const CallParameter& p : parameters)
        if (const Tree<Tensor>* given = p.tensors ? detail::call_input(parameters, record.inputs, p.name) : nullptr)
          given->each([&](const Tensor& t) { all.push_back(t); });
    if (record.options.mask.defined()) all.push_back(record.options.mask);
    record.options.masks.each([&](const Tensor& mask) { all.push_back(mask); });
    std::erase_if(all, [](const Tensor& t) { return !in_graph_of_layers(t); });
    return all;
  }
  bool is_input(const Tensor& t) const { return inputs.contains({t.impl()->record.get(), t.impl()->output}); }

  /// Not by recursion: a graph may be a chain of thousands of calls.
  void visit(const Tensor& output) {
    struct Place {
      std::shared_ptr<const CallRecord> record;
      std::vector<Tensor> needs;
      size_t next = 0;
    };
    std::vector<Place> path;
    const auto enter = [&](const Tensor& t) {
      const auto& record = t.impl()->record;
      met.try_emplace(record->layer.get(), met.size());
      if (!seen.insert(record.get()).second) return;
      const bool begins = is_input(t);
      if (!begins && dynamic_cast<const InputLayer*>(record->layer.get()))
        throw CallError(who,
                        text("Output '{}' is not connected to `inputs`: it depends on the input '{}', which is none of "
                             "its inputs",
                             output.impl()->record->layer->name, record->layer->name),
                        {}, record->layer->where);
      path.push_back({record, begins ? std::vector<Tensor>() : needs(*record)});
    };
    enter(output);
    while (!path.empty()) {
      Place& place = path.back();
      if (place.next < place.needs.size()) {
        const Tensor next = place.needs[place.next++];
        enter(next);
      } else {
        after.push_back(place.record);
        path.pop_back();
      }
    }
  }
};

}  // namespace

CallGraph graph_between(const std::string& who, const Tree<Tensor>& inputs, const Tree<Tensor>& outputs) {
  const auto need_symbolic = [&](const char* what, const Tensor& t) {
    if (in_graph_of_layers(t)) return;
    throw CallError(who, text("its {} must be symbolic tensors, as Input and layers called on it give, got {}", what,
                              t.defined() ? t.str() : "an empty tensor"));
  };
  Walk walk{who, {}};
  inputs.each([&](const Tensor& t) {
    need_symbolic("inputs", t);
    if (!walk.inputs.insert({t.impl()->record.get(), t.impl()->output}).second)
      throw CallError(who, text("has the input '{}' twice", t.impl()->record->layer->name));
  });
  outputs.each([&](const Tensor& t) {
    need_symbolic("outputs", t);
    walk.visit(t);
  });
  // Calls, and layers, are as deep as the longest way from them to an output.
  std::map<const CallRecord*, int64_t> depths;
  std::map<const LayerImpl*, int64_t> layer_depths;
  for (size_t i = walk.after.size(); i-- > 0;) {
    const CallRecord& record = *walk.after[i];
    int64_t& of_layer = layer_depths[record.layer.get()];
    const int64_t depth = of_layer = std::max(depths[&record], of_layer);
    depths[&record] = depth;
    for (const Tensor& t : Walk::needs(record)) {
      if (!walk.seen.contains(t.impl()->record.get())) continue;
      int64_t& below = depths[t.impl()->record.get()];
      below = std::max(below, depth + 1);
    }
  }
  // An input that no output needs comes first.
  const int64_t deepest = [&] {
    int64_t most = 0;
    for (const auto& [layer, depth] : layer_depths) most = std::max(most, depth);
    return most;
  }();
  inputs.each([&](const Tensor& t) {
    const auto& record = t.impl()->record;
    if (!walk.seen.insert(record.get()).second) return;
    depths[record.get()] = layer_depths[record->layer.get()] = deepest;
    walk.after.push_back(record);
  });
  CallGraph out;
  out.records = walk.after;
  std::stable_sort(out.records.begin(), out.records.end(),
                   [&](const auto& a, const auto& b) { return depths[a.get()] > depths[b.get()]; });
  std::set<const LayerImpl*> once;
  for (const auto& record : out.records)
    if (once.insert(record->layer.get()).second) out.layers.push_back(record->layer);
  const auto place = [&](const auto& layer) {
    const auto found = walk.met.find(layer.get());
    return std::pair(-layer_depths[layer.get()],
                     found == walk.met.end() ? int64_t{-1} : static_cast<int64_t>(found->second));
  };
  std::stable_sort(out.layers.begin(), out.layers.end(),
                   [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return out;
}

std::pair<Tree<Tensor>, Tree<Tensor>> from_inputs_alone(const std::string& who, const Tree<Tensor>& inputs,
                                                        const Tree<Tensor>& outputs) {
  bool alone = true;
  inputs.each([&](const Tensor& t) {
    alone &= !in_graph_of_layers(t) || dynamic_cast<const InputLayer*>(t.impl()->record->layer.get()) != nullptr;
  });
  if (alone) return {inputs, outputs};
  const CallGraph graph = graph_between(who, inputs, outputs);
  std::map<std::pair<const CallRecord*, uint32_t>, Tensor> now;
  const auto place = [](const Tensor& t) { return std::pair(t.impl()->record.get(), t.impl()->output); };
  const auto moved = [&](const Tensor& t) {
    const auto found = in_graph_of_layers(t) ? now.find(place(t)) : now.end();
    return found == now.end() ? t : found->second;
  };
  std::set<const CallRecord*> first;
  const Tree<Tensor> starts = inputs.map([&](const Tensor& t) {
    first.insert(t.impl()->record.get());
    const bool is_input = dynamic_cast<const InputLayer*>(t.impl()->record->layer.get()) != nullptr;
    return now[place(t)] = is_input ? t : symbolic_tensor(t.shape(), t.dtype());
  });
  for (const auto& record : graph.records) {
    if (first.contains(record.get())) continue;
    const Tensors made = noted(record->layer, record->inputs.map(moved), with_each_mask(record->options, moved),
                               record->outputs, record->masks)
                             .leaves();
    for (uint32_t i = 0; i < made.size(); ++i) now[{record.get(), i}] = made[i];
  }
  return {starts, outputs.map(moved)};
}

// ---- operations

OperationLayer::OperationLayer(const std::string& of, Value options, std::vector<Value> call, Function f, bool files)
    : function_name(of),
      in_call(std::move(call)),
      in_files(files),
      class_(class_of_operation(of, options)),
      options_(std::move(options)),
      function_(std::move(f)) {
  name = unique_layer_name(class_.class_name);
  autocast = false;
  is_operation = true;
}
Value OperationLayer::get_config() const {
  Value out = Value::object();
  out["name"] = name;
  if (options_.is_object())
    for (const auto& [key, value] : options_.as_object()) out[key] = value;
  return out;
}
Tree<Tensor> OperationLayer::call_inputs(const Tree<Tensor>& inputs, const CallContext&) {
  return function_(inputs.leaves());
}

Tensor note_operation(const OpDef& op, const Tensors& in, const Attrs& attrs) {
  std::vector<Argument> arguments;
  if (const FunctionDef* f = function_saying(op, in, attrs, arguments))
    return note_function(*f, arguments.data()).leaf();
  const auto f = [&op, attrs](const Tensors& now) -> Tree<Tensor> { return emit(op, now, attrs); };
  const auto layer = std::make_shared<OperationLayer>(op.name, Value(), std::vector<Value>(), f, false);
  return note_call(*layer, Tree<Tensor>(in), {}).leaf();
}

Tree<Tensor> note_function(const FunctionDef& f, const Argument* arguments, const std::string& name) {
  using Kind = FunctionParameter::Kind;
  if (f.name == "linear") return std::get<Tensor>(arguments[0]);  // nothing to be noted, as in Keras
  std::vector<Argument> given(arguments, arguments + f.parameters.size());
  std::vector<Tree<Tensor>> inputs;
  std::vector<Value> in_call;
  std::set<size_t> numbers;  // of tensors, written as such
  Value options = Value::object();
  for (size_t i = 0; i < given.size(); ++i) {
    const FunctionParameter& p = f.parameters[i];
    const auto* one = std::get_if<Tensor>(&given[i]);
    if (one && one->defined() && !in_graph_of_layers(*one) && one->rank() == 0 && number_in_config(f.name, p.name)) {
      options[p.name] = number_form(*one);
      numbers.insert(i);
    } else if (p.kind == Kind::plain && plain_in_call(f.name, p.name))
      in_call.push_back(std::get<Value>(given[i]));
    else if (p.kind == Kind::plain)
      options[p.name] = std::get<Value>(given[i]);
    else if (auto* tensors = std::get_if<Tensors>(&given[i]))
      inputs.push_back(*tensors);
    else if (const Tensor& t = std::get<Tensor>(given[i]); t.defined())
      inputs.push_back(t);
  }
  const auto call = [&f, given, numbers](const Tensors& now) -> Tree<Tensor> {
    std::vector<Argument> in = given;
    size_t next = 0;
    for (size_t i = 0; i < in.size(); ++i) {
      Argument& one = in[i];
      if (numbers.contains(i)) continue;
      if (auto* tensors = std::get_if<Tensors>(&one))
        for (Tensor& t : *tensors) t = now.at(next++);
      else if (auto* t = std::get_if<Tensor>(&one); t && t->defined())
        *t = now.at(next++);
    }
    Argument out = f.call(in.data());
    if (auto* several = std::get_if<Tensors>(&out)) return *several;
    if (auto* one = std::get_if<Tensor>(&out)) return *one;
    throw CallError(f.name, "gives no tensor, so it cannot be part of a functional model");
  };
  // Keras writes the type that it takes without one.
  if (f.name == "one_hot" && options["dtype"].is_null()) options["dtype"] = "float32";
  const auto layer = std::make_shared<OperationLayer>(f.name, std::move(options), std::move(in_call), call, true);
  if (!name.empty()) layer->name = name;
  return note_call(*layer, Tree<Tensor>(std::move(inputs)), {});
}

}  // namespace cornu
