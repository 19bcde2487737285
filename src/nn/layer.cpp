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

void LayerImpl::set_policy(const DTypePolicy& policy) {
  if (const std::string mode = policy.quantization_mode(); !mode.empty())
    throw ConfigError(class_name(), text("expected a policy that is not quantized, got '{}': weights of {} are not "
                                         "available yet",
                                         policy.name, mode));
  dtype = policy.compute_dtype();
  variable_dtype = policy.variable_dtype();
  policy_by_path_ = policy.by_path.empty() ? nullptr : std::make_shared<const DTypePolicy>(policy);
}
void LayerImpl::change_policy(const DTypePolicy& policy) {
  if (built_) fail("expected its policy to be set before it is built, since its weights have a type; it is built");
  set_policy(policy);
  changed_policy_ = policy;
}
DTypePolicy LayerImpl::dtype_policy() const {
  if (policy_by_path_) return built_ ? policy_by_path_->at(path()) : *policy_by_path_;
  return DTypePolicy::of(dtype, variable_dtype);
}

std::string own_class_name(const std::string& public_name) {
  return public_name == "GroupQueryAttention" ? "GroupedQueryAttention" : public_name;
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
  const std::string base = to_snake_case(own_class_name(class_name));
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

/// The weights that were made to be trained.
static void freeze_weights(const LayerImpl& layer, bool on) {
  for (const Weight& w : layer.own_weights())
    if (w.trains) Variable(w.variable).set_trainable(on);
}
void LayerImpl::set_trainable(bool on) {
  trainable = on;
  freeze_weights(*this, on);
  for (const auto& child : children_of(*this)) child->set_trainable(on);
}

void LayerImpl::build_once(const Tree<Shape>& inputs) {
  if (built_) return;
  built_ = true;
  build_shapes_ = inputs.map(of_any_batch);
  build_shape_ = build_shapes_.is_none() ? Shape() : build_shapes_.leaves()[0];
  const std::vector<Weight> before = weights_;
  const size_t layers_before = layers_.size();
  path_ = PathScope::around(*this);
  const PathScope scope(*this);
  try {
    if (const auto whole = policy_by_path_) {
      set_policy(whole->at(path()));
      policy_by_path_ = whole;  // which its config has
    }
    build_inputs(build_shapes_);
    if (!trainable) freeze_weights(*this, false);
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

void LayerImpl::penalize(const Tensor& y) {
  if (!activity_regularizer) return;
  // Keras divides the penalty of an activity by the batch size.
  const Tensor penalty = activity_regularizer->call(y);
  if (y.rank() == 0) return add_loss(penalty);
  const Tensor rows = ops::dim(y, {0}, penalty.dtype());
  add_loss(penalty / ops::maximum(rows, ops::like_scalar(1, rows)));
}

Variable LayerImpl::add_weight(const Text& weight_name, const Shape& shape, const Initializer& initializer,
                               const Regularizer& regularizer, const Constraint& constraint, bool weight_trainable,
                               std::optional<DType> type) {
  if (!shape.known()) fail(text("the size of weight '{}' must be known, got shape {}", weight_name, shape));
  Tensor start;
  {
    const NoTrace concrete;
    // What a file is about to fill needs no random numbers.
    const DType t = type.value_or(variable_dtype);
    const Initializer& how = initializer ? initializer : Initializer(is_floating(t) ? "glorot_uniform" : "zeros");
    start = storage_limited() ? Tensor(shape, t) : how->call(shape, t);
  }
  Variable v(start, weight_name, weight_trainable);
  v.set_path(path() + "/" + weight_name);
  if (constraint) v.set_constraint([constraint](const Tensor& w) { return constraint->call(w); });
  v.cell()->constraint_object = constraint.impl();
  v.cell()->regularizer_object = regularizer.impl();
  insert({v, regularizer, weight_trainable});
  return v;
}

/// Keras' order, in files too: what trains, then what does not.
void LayerImpl::insert(Weight weight) {
  auto at = weights_.end();
  if (weight.trains)
    while (at != weights_.begin() && !std::prev(at)->trains) --at;
  weights_.insert(at, std::move(weight));
  structure_changed();
}

Variable LayerImpl::add_state(const Text& weight_name, const Tensor& start) {
  Variable v(start.clone(), weight_name, false);
  v.set_path(path() + "/" + weight_name);
  weights_.push_back({v, {}, false});
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
  if (!trace) return losses_.push_back(penalty);
  trace->escape(penalty, [this](const Tensor& outside) { losses_.push_back(outside); });
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
  for (const Weight& w : weights_) {
    const auto penalty = std::dynamic_pointer_cast<RegularizerImpl>(w.variable.cell()->regularizer_object);
    if (penalty && trainable && first_time(w.variable.cell().get())) out.push_back(penalty->call(w.variable.value()));
  }
}

void LayerImpl::track(const Variable& variable) {
  for (const Weight& w : weights_)
    if (w.variable.cell() == variable.cell()) return;
  insert({variable, {}, variable.trainable()});
}

bool LayerImpl::untrack(const Variable& variable) {
  return std::erase_if(weights_, [&](const Weight& w) { return w.variable.cell() == variable.cell(); }) > 0;
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

void Layer::set_trainable(bool trainable) const { (**this).set_trainable(trainable); }

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
    add_embedding_layers(*made);
    add_convolutional_layers(*made);
    add_pooling_layers(*made);
    add_border_layers(*made);
    add_spatial_dropout_layers(*made);
    add_spectral_layers(*made);
    add_einsum_dense_layers(*made);
    add_attention_layers(*made);
    add_multi_head_attention_layers(*made);
    return made;
  }();
  return *r;
}
template std::shared_ptr<LayerImpl> make_configurable<LayerImpl>(const Value&);
template Value serialize<LayerImpl>(const LayerImpl*);

}  // namespace cornu
