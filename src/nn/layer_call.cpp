// A call of a layer: what it inherits, building, masks, types, penalties, and what it is noted as.
#include "nn/layer_call.h"

#include <cornu/call_inputs.h>
#include <cornu/ops.h>

#include <algorithm>
#include <mutex>

#include "nn/call_frame.h"
#include "nn/call_record.h"
#include "nn/layers/families.h"
#include "ops/emit.h"
#include "tensor/storage.h"

namespace cornu {

Shape of_any_batch(Shape shape) {
  if (shape.rank() > 0) shape.dim(0) = -1;
  return shape;
}

/// What two shapes have in common: -1 where they differ.
static Shape merged(const Shape& known, const Shape& shape) {
  Shape now = of_any_batch(shape);
  if (known.rank() == now.rank())
    for (int i = 0; i < now.rank(); ++i)
      if (now.dim(i) != known.dim(i)) now.dim(i) = -1;
  return now;
}

/// Of the shapes that layers have given: who looks at them may be no thread that calls the layer.
static std::mutex& shapes_mutex() {
  static std::mutex* m = new std::mutex;  // never destroyed: threads may go on at exit
  return *m;
}
Tree<Shape> output_shapes_of(const LayerImpl& layer) {
  const std::lock_guard lock(shapes_mutex());
  return layer.output_shapes();
}

void LayerImpl::note_output(const Tree<Tensor>& outputs) {
  const std::lock_guard lock(shapes_mutex());
  if (outputs.is_leaf()) {  // most calls are of this kind, and must cost nothing
    const Shape now = merged(output_shape_, outputs.leaf().shape());
    if (output_shapes_.is_leaf() && now == output_shape_) return;
    output_shape_ = now;
    output_shapes_ = now;
    return;
  }
  const Tree<Shape> shapes = outputs.map([](const Tensor& y) { return of_any_batch(y.shape()); });
  if (!shapes.same_structure(output_shapes_)) {
    output_shapes_ = shapes;
    return;
  }
  const std::vector<Shape> before = output_shapes_.leaves();
  size_t at = 0;
  output_shapes_ = shapes.map([&](const Shape& now) { return merged(before[at++], now); });
}

static thread_local int t_depth = 0;
static thread_local uint64_t t_call = 0;

LayerCall::LayerCall(LayerImpl& layer) {
  if (t_depth++ == 0) ++t_call;
  // A layer whose parent does not list it among its children is reached by its own call.
  if (t_depth == 1 || layer.losses_of_ != t_call) layer.forget_losses(t_call);
}
LayerCall::~LayerCall() { --t_depth; }

void LayerImpl::forget_losses(uint64_t call) {
  losses_.clear();
  losses_of_ = call;
  for (const auto& child : children_of(*this))
    if (child->losses_of_ != call) child->forget_losses(call);
}

/// Weights that the caller does not know of would stay as they are, and out of its file, without a word.
static void must_hold(CallFrame& caller, const LayerImpl& layer) {
  if (!has_weights(layer) || caller.holds(layer)) return;
  const LayerImpl& outer = caller.layer();
  throw CallError(
      text("{} '{}'", outer.class_name(), outer.name),
      text("calls {} '{}', which is none of its layers, so that the weights of that would neither train nor be "
           "saved; make it one by add_layer, as in `Dense inner = add_layer(Dense(4))`, or, in Python, an "
           "attribute",
           layer.class_name(), layer.name),
      {}, outer.where);
}

Tensor LayerImpl::operator()(const Tensor& x, const CallOptions& options) {
  const Tree<Tensor> y = apply(x, options);
  if (y.is_leaf()) return y.leaf();
  throw CallError(text("{} '{}'", class_name(), name),
                  text("gives {}, where one tensor is expected", to_string(y.kind(), y.size())), {}, where);
}

Tree<Tensor> LayerImpl::apply(const Tree<Tensor>& inputs, const CallOptions& options) {
  if (in_graph_of_layers(inputs) && !current_trace()) return note_call(*this, inputs, options);
  CallFrame* const caller = CallFrame::current();
  if (!caller) return call_inside(inputs, options.training.value_or(false), options);
  Tree<Tensor> y = call_inside(inputs, options.training.value_or(caller->training()), options);
  if (known_to_ != caller->layer().number_) {
    must_hold(*caller, *this);
    known_to_ = caller->layer().number_;
  }
  return y;
}

std::vector<std::shared_ptr<const CallRecord>> LayerImpl::records() const {
  std::vector<std::shared_ptr<const CallRecord>> out;
  for (const auto& weak : records_)
    if (auto record = weak.lock()) out.push_back(std::move(record));
  return out;
}
int64_t LayerImpl::count_record(const std::shared_ptr<const CallRecord>& record) {
  std::erase_if(records_, [](const auto& weak) { return weak.expired(); });
  records_.push_back(record);
  return recorded_++;
}

const std::vector<CallParameter>& LayerImpl::call_parameters() const {
  static const std::vector<CallParameter> none;
  return none;
}

namespace detail {

Tensor one_tensor(const Tree<Tensor>& given, const std::string& argument) {
  if (given.is_leaf()) return given.leaf();
  throw CallError(argument, text("expected one tensor, got {}", to_string(given.kind(), given.size())));
}

/// Whether inputs are arguments by name, and no structure of tensors that is the first one.
static bool by_name(const std::vector<CallParameter>& parameters, const Tree<Tensor>& inputs) {
  const auto known = [&](const std::string& name) {
    return std::ranges::any_of(parameters, [&](const CallParameter& p) { return p.tensors && p.name == name; });
  };
  return inputs.is_fields() && inputs.size() > 0 && std::ranges::all_of(inputs.names(), known);
}

Tree<Tensor> as_call_inputs(const std::vector<CallParameter>& parameters, std::vector<Tree<Tensor>::Field> given) {
  if (given.size() == 1 && given[0].first == parameters[0].name && !by_name(parameters, given[0].second))
    return std::move(given[0].second);
  return given;
}

const Tree<Tensor>* call_input(const std::vector<CallParameter>& parameters, const Tree<Tensor>& inputs,
                               const std::string& name) {
  if (by_name(parameters, inputs)) return inputs.find(name);
  return name == parameters[0].name && !inputs.is_none() ? &inputs : nullptr;
}

void check_call_inputs(const LayerImpl& layer, const Tree<Tensor>& inputs) {
  for (const CallParameter& p : layer.call_parameters())
    if (p.required && !call_input(layer.call_parameters(), inputs, p.name))
      throw CallError(text("{} '{}'", layer.class_name(), layer.name),
                      text("its call needs '{}', got {}", p.name,
                           by_name(layer.call_parameters(), inputs) ? Arg(inputs.names()).text
                                                                    : layer.call_parameters()[0].name + " alone"),
                      {}, layer.where);
}

}  // namespace detail

void LayerImpl::check_inputs(const Tree<Tensor>& inputs) const {
  if (!inputs.is_leaf() || build_shape_.rank() == 0) return;
  const Tensor& x = inputs.leaf();
  // Layers without weights take any shape, and those whose weights are single numbers, as Normalization(axis=None).
  const bool shaped = std::ranges::any_of(own_weights(), [](const Weight& w) { return w.variable.shape().rank() > 0; });
  const bool fits = x.rank() == build_shape_.rank() && compatible(x.shape().dim(-1), build_shape_.dim(-1));
  if (shaped && !fits && !dynamic_cast<const TakesAnyShape*>(this))
    throw ShapeError(text("{} '{}'", class_name(), name),
                     text("expected an input of shape {}, got {}", build_shape_, x.shape()), {}, where);
}

/// The masks that tensors carry; nothing if none does.
static Tree<Tensor> masks_of(const Tree<Tensor>& inputs) {
  bool any = false;
  inputs.each([&](const Tensor& x) { any |= x.mask().defined(); });
  return any ? inputs.map([](const Tensor& x) { return x.mask(); }) : Tree<Tensor>();
}

static bool all_masked(const Tree<Tensor>& y) {
  bool all = true;
  y.each([&](const Tensor& one) { all &= one.mask().defined(); });
  return all;
}

/// y with masks where it has none of its own.
static Tree<Tensor> with_masks(const LayerImpl& layer, const Tree<Tensor>& y, const Tree<Tensor>& masks) {
  bool any = false;
  masks.each([&](const Tensor& mask) { any |= mask.defined(); });
  if (!any) return y;
  if (!masks.same_structure(y))
    throw CallError(
        text("{} '{}'", layer.class_name(), layer.name),
        text("its compute_masks gives {} for {}", to_string(masks.kind(), masks.size()), to_string(y.kind(), y.size())),
        {}, layer.where);
  const std::vector<Tensor> all = masks.leaves();
  size_t at = 0;
  return y.map([&](const Tensor& one) {
    const Tensor& mask = all[at++];
    return mask.defined() && !one.mask().defined() ? one.with_mask(mask) : one;
  });
}

Tree<Tensor> LayerImpl::call_inside(const Tree<Tensor>& inputs, bool training, const CallOptions& options) {
  const ScopeName scope(name);
  const LayerCall call_now(*this);
  const CallFrame frame(*this, training);
  const PathScope path(*this);
  try {
    if (built_)
      check_inputs(inputs);
    else
      build_once(inputs.map([](const Tensor& x) { return x.shape(); }));
    CallContext own{training, options.mask, options.masks, options.arguments, options.values};
    if (own.masks.is_none()) own.masks = own.mask.defined() ? Tree<Tensor>(own.mask) : masks_of(inputs);
    if (own.masks.is_leaf()) own.mask = own.masks.leaf();
    const auto in_own_type = [&](const Tensor& x) {
      return autocast && is_floating(x.dtype()) && x.dtype() != dtype ? ops::cast(x, dtype) : x;
    };
    const AutocastTo variables(autocast && dtype != variable_dtype ? std::optional(dtype) : std::nullopt);
    Tree<Tensor> y = call_inputs(inputs.map(in_own_type), own);
    if (y.leaf_count() == 0)
      throw CallError(text("{} '{}'", class_name(), name), "its call gives nothing; it must return tensors", {}, where);
    if (!all_masked(y)) y = with_masks(*this, y, compute_masks(inputs, own.masks));
    note_output(y);
    if (activity_regularizer) y.each([&](const Tensor& one) { penalize(one); });
    return y;
  } catch (const Error& e) {
    if (!e.where.empty() || where.empty() || e.code != Code::shape) throw;
    throw ShapeError(text("{} '{}'", class_name(), name), e.message(), {}, where);
  }
}

}  // namespace cornu
