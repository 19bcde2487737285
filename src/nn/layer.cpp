// What all layers share: building, names, weights, penalties.
#include <cornu/layer.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

#include "nn/call_frame.h"
#include "nn/call_record.h"
#include "nn/layer_call.h"
#include "nn/layers/families.h"
#include "nn/registry.h"
#include "ops/emit.h"
#include "tensor/cell.h"
#include "tensor/storage.h"

namespace cornu {

Value Codec<DTypePolicy>::to_value(const DTypePolicy& p) {
  Value out = Value::object(), config = Value::object();
  config["name"] = p.name;
  out["module"] = "keras";
  out["class_name"] = "DTypePolicy";
  out["config"] = config;
  out["registered_name"] = Value();
  return out;
}
DTypePolicy Codec<DTypePolicy>::from_value(const Value& v) {
  DTypePolicy p;
  if (v.is_string())
    p.name = v.as_string();
  else if (!v.is_null())
    p.name = v.at("config").at("name").as_string();
  p.dtype();  // an unknown name is refused here
  return p;
}

std::string to_snake_case(const std::string& name) {
  std::string out;
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool starts_word = i + 1 < name.size() && lower(name[i + 1]);
    if (upper(c) && i > 0 && (starts_word || lower(name[i - 1]))) out += '_';
    out += upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

namespace {
struct Names {
  std::mutex mutex;
  std::map<std::string, int> counts;
};
Names& names() {
  static Names* n = new Names;  // never destroyed: threads may still make layers at exit
  return *n;
}
}  // namespace
std::string unique_layer_name(const std::string& class_name) {
  const std::lock_guard lock(names().mutex);
  const std::string base = to_snake_case(class_name);
  const int n = names().counts[base]++;
  return n == 0 ? base : base + "_" + std::to_string(n);
}
std::string layer_name(const std::optional<Text>& given, const std::string& class_name) {
  if (!given) return unique_layer_name(class_name);
  if (given->find('/') != std::string::npos)
    throw ConfigError(class_name, text("the name must not have a '/', got '{}'", *given));
  return *given;
}
void clear_session() {
  const std::lock_guard lock(names().mutex);
  names().counts.clear();
}

void detail::fail_at(const ConfigError& e, const CallSite& at) {
  std::string rule = e.message();
  const std::string start = e.who + (e.who.empty() ? "" : ": ");
  if (rule.starts_with(start)) rule.erase(0, start.size());
  throw ConfigError(e.who, rule, {}, e.where.empty() ? to_string(at) : "");
}

Trainable& Trainable::operator=(bool on) {
  on_ = on;
  structure_changed();
  return *this;
}

static std::atomic<uint64_t> g_layers{0};
LayerImpl::LayerImpl() : number_(++g_layers) {}

void LayerImpl::build(const Shape&) {}
static void need_one_input(const LayerImpl& layer, TreeKind kind, size_t count) {
  if (kind == TreeKind::leaf) return;
  throw CallError(text("{} '{}'", layer.class_name(), layer.name),
                  text("takes one tensor, got {}", to_string(kind, count)), {}, layer.where);
}
void LayerImpl::build_inputs(const Tree<Shape>& inputs) {
  // Whoever takes several tensors in call_inputs need not know their shapes.
  if (inputs.is_leaf()) build(inputs.leaf());
}
Tensor LayerImpl::call(const Tensor&, const CallContext&) {
  throw CallError(text("{} '{}'", class_name(), name), "must define call or call_inputs", {}, where);
}
Tree<Tensor> LayerImpl::call_inputs(const Tree<Tensor>& inputs, const CallContext& context) {
  need_one_input(*this, inputs.kind(), inputs.size());
  return call(inputs.leaf(), context);
}
Tree<Tensor> LayerImpl::compute_masks(const Tree<Tensor>& inputs, const Tree<Tensor>& masks) const {
  if (!inputs.is_leaf()) return {};
  return compute_mask(inputs.leaf(), masks.is_leaf() ? masks.leaf() : Tensor());
}
void LayerImpl::adapt(const std::vector<Tensor>&) {
  throw CallError(text("{} '{}'", class_name(), name), "has nothing to adapt", {}, where);
}
Tensor LayerImpl::compute_mask(const Tensor&, const Tensor& mask) const { return supports_masking() ? mask : Tensor(); }

void LayerImpl::fail(const std::string& rule) const {
  throw ConfigError(text("{} '{}'", class_name(), name), rule, {}, where);
}

static Shape of_any_batch(Shape shape) {
  if (shape.rank() > 0) shape.dim(0) = -1;
  return shape;
}

void LayerImpl::build_once(const Tree<Shape>& inputs) {
  if (built_) return;
  built_ = true;
  build_shapes_ = inputs.map(of_any_batch);
  build_shape_ = build_shapes_.is_none() ? Shape() : build_shapes_.leaves()[0];
  const std::vector<Weight> before = weights_;
  const size_t layers_before = layers_.size();
  try {
    build_inputs(build_shapes_);
  } catch (...) {
    built_ = false;
    weights_ = before;
    layers_.resize(layers_before);
    throw;
  }
}

void LayerImpl::adopt(const LayerImpl& inner, size_t from) {
  for (size_t i = from; i < inner.weights_.size(); ++i) insert(inner.weights_[i]);
}

/// What two shapes have in common: -1 where they differ.
static Shape merged(const Shape& known, const Shape& shape) {
  Shape now = of_any_batch(shape);
  if (known.rank() == now.rank())
    for (int i = 0; i < now.rank(); ++i)
      if (now.dim(i) != known.dim(i)) now.dim(i) = -1;
  return now;
}

void LayerImpl::note_output(const Tree<Tensor>& outputs) {
  if (outputs.is_leaf()) {  // most calls are of this kind, and must cost nothing
    output_shape_ = merged(output_shape_, outputs.leaf().shape());
    output_shapes_ = output_shape_;
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

void LayerImpl::penalize(const Tensor& y) {
  if (!activity_regularizer) return;
  // Keras divides the penalty of an activity by the batch size.
  const Tensor penalty = activity_regularizer->call(y);
  add_loss(y.rank() > 0 ? penalty / ops::dim(y, {0}, penalty.dtype()) : penalty);
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

void LayerImpl::check_inputs(const Tree<Tensor>& inputs) const {
  if (!inputs.is_leaf() || build_shape_.rank() == 0) return;
  const Tensor& x = inputs.leaf();
  // Layers without weights take any shape, and those whose weights are single numbers, as Normalization(axis=None).
  const bool shaped =
      std::ranges::any_of(own_weights(), [](const Weight& w) { return w.variable.shape().rank() > 0; });
  if (shaped && (x.rank() != build_shape_.rank() || !compatible(x.shape().dim(-1), build_shape_.dim(-1))))
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
    throw CallError(text("{} '{}'", layer.class_name(), layer.name),
                    text("its compute_masks gives {} for {}", to_string(masks.kind(), masks.size()),
                         to_string(y.kind(), y.size())),
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
  try {
    if (built_)
      check_inputs(inputs);
    else
      build_once(inputs.map([](const Tensor& x) { return x.shape(); }));
    CallContext own{training, options.mask, options.masks, options.arguments};
    if (own.masks.is_none()) own.masks = own.mask.defined() ? Tree<Tensor>(own.mask) : masks_of(inputs);
    if (own.masks.is_leaf()) own.mask = own.masks.leaf();
    const auto in_own_type = [&](const Tensor& x) {
      return autocast && is_floating(x.dtype()) && x.dtype() != dtype ? ops::cast(x, dtype) : x;
    };
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

Variable LayerImpl::add_weight(const Text& weight_name, const Shape& shape, const Initializer& initializer,
                               const Regularizer& regularizer, const Constraint& constraint, bool weight_trainable,
                               std::optional<DType> type) {
  if (!shape.known()) fail(text("the size of weight '{}' must be known, got shape {}", weight_name, shape));
  Tensor start;
  {
    const NoTrace concrete;
    // What a file is about to fill needs no random numbers.
    const DType t = type.value_or(dtype);
    const Initializer& how = initializer ? initializer : Initializer(is_floating(t) ? "glorot_uniform" : "zeros");
    start = storage_limited() ? Tensor(shape, t) : how->call(shape, t);
  }
  Variable v(start, weight_name, weight_trainable);
  v.set_path(name + "/" + weight_name);
  if (constraint) v.set_constraint([constraint](const Tensor& w) { return constraint->call(w); });
  insert({v, regularizer});
  return v;
}

/// Keras' order, in files too: what trains, then what does not.
void LayerImpl::insert(Weight weight) {
  auto at = weights_.end();
  if (weight.variable.trainable())
    while (at != weights_.begin() && !std::prev(at)->variable.trainable()) --at;
  weights_.insert(at, std::move(weight));
  structure_changed();
}

Variable LayerImpl::add_state(const Text& weight_name, const Tensor& start) {
  Variable v(start.clone(), weight_name, false);
  v.set_path(name + "/" + weight_name);
  weights_.push_back({v, {}});
  return v;
}

std::vector<std::shared_ptr<LayerImpl>> LayerImpl::children() const {
  std::vector<std::shared_ptr<LayerImpl>> out;
  for (const auto& [layer, path] : layers_) out.push_back(layer);
  return out;
}
std::vector<std::string> LayerImpl::child_paths() const {
  std::vector<std::string> out;
  for (const auto& [layer, path] : layers_) out.push_back(path);
  return out;
}
void LayerImpl::insert_layer(const std::shared_ptr<LayerImpl>& layer, const std::string& path) {
  if (!layer) fail("add_layer needs a layer, got an empty handle");
  if (layer.get() == this) fail("cannot be a layer of itself");
  for (const auto& [known, known_path] : layers_) {
    if (known == layer) return;
    if (!path.empty() && known_path == path) fail(text("has two layers at the path '{}' in files", path));
  }
  layers_.emplace_back(layer, path);
  structure_changed();
}
void LayerImpl::add_loss(const Tensor& penalty) {
  Trace* const trace = current_trace();
  losses_.push_back(trace ? trace->where_reached(penalty) : penalty);
}

void LayerImpl::collect_losses(std::vector<Tensor>& out) const {
  std::vector<const void*> seen;
  collect_losses(out, seen);
}
void LayerImpl::collect_losses(std::vector<Tensor>& out, std::vector<const void*>& seen) const {
  const auto first_time = [&](const void* p) {
    if (std::find(seen.begin(), seen.end(), p) != seen.end()) return false;
    seen.push_back(p);
    return true;
  };
  if (!first_time(this)) return;
  out.insert(out.end(), losses_.begin(), losses_.end());
  for (const auto& child : children_of(*this)) child->collect_losses(out, seen);
  for (const Weight& w : weights_)
    if (w.regularizer && trainable && first_time(w.variable.cell().get()))
      out.push_back(w.regularizer->call(w.variable.value()));
}

void LayerImpl::track(const Variable& variable) {
  for (const Weight& w : weights_)
    if (w.variable.cell() == variable.cell()) return;
  insert({variable, {}});
}

void LayerImpl::set_seed_state(const Tensor& state) {
  if (seed_.defined()) return seed_.assign(state);
  seed_ = Variable(state.clone(), "seed_generator_state", false);
  seed_.set_path(name + "/seed_generator_state");
}

void LayerImpl::reseed(int32_t seed) {
  if (seed_.defined())
    set_seed_state(Tensor({2}, std::vector<int32_t>{seed, 0}));
  else
    next_seed_ = seed;
}

Tensor LayerImpl::draw_seed(std::optional<int64_t> given) {
  if (!seed_.defined()) {
    const int32_t seed = next_seed_.value_or(static_cast<int32_t>(given ? static_cast<uint64_t>(*given) : next_seed()));
    set_seed_state(Tensor({2}, std::vector<int32_t>{seed, 0}));
  }
  const Tensor now = seed_.value();
  seed_.assign(now + Tensor({2}, std::vector<int32_t>{0, 1}));
  return now;
}

Variable Layer::weight(const Text& weight_name) const {
  std::vector<std::string> known;
  for (const Weight& w : (**this).own_weights()) {
    if (w.variable.name() == weight_name) return w.variable;
    known.push_back(w.variable.name());
  }
  throw CallError(text("{} '{}'", impl_->class_name(), impl_->name),
                  impl_->built() ? text("has no weight '{}', only {}", weight_name, known)
                                 : text("is not built yet, so it has no weight '{}'", weight_name));
}

static void set_all_trainable(LayerImpl& layer, bool trainable) {
  layer.trainable = trainable;
  for (const auto& child : children_of(layer)) set_all_trainable(*child, trainable);
}
void Layer::set_trainable(bool trainable) const { set_all_trainable(**this, trainable); }

template <>
Registry<LayerImpl>& registry<LayerImpl>() {
  static Registry<LayerImpl>* r = [] {
    auto* made = new Registry<LayerImpl>;
    add_core_layers(*made);
    add_activation_layers(*made);
    add_normalization_layers(*made);
    add_regularization_layers(*made);
    add_reshaping_layers(*made);
    add_preprocessing_layers(*made);
    add_merging_layers(*made);
    return made;
  }();
  return *r;
}
template std::shared_ptr<LayerImpl> make_configurable<LayerImpl>(const Value&);
template Value serialize<LayerImpl>(const LayerImpl*);

}  // namespace cornu
