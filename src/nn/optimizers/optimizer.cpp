// What all optimizers do around their update: variables, clipping, decay, accumulation, averages; and the registry.
#include <cornu/ops.h>

#include <algorithm>
#include <cmath>

#include "nn/optimizers/family.h"
#include "nn/registry.h"
#include "ops/emit.h"
#include "tensor/cell.h"

namespace cornu {

// ---- variables

/// The variables that are there before build.
void OptimizerImpl::start() const {
  if (iterations_.defined()) return;
  const NoTrace concrete;
  auto& self = const_cast<OptimizerImpl&>(*this);  // they are part of what it is, made late
  iterations_ = self.add(Tensor::scalar(0, DType::i32), "iteration");
  if (const LearningRate rate = current_rate(); !rate.schedule())
    learning_rate_ = self.add(Tensor::scalar(rate.rate()), "learning_rate");
}
const std::vector<Variable>& OptimizerImpl::variables() const {
  start();
  return variables_;
}
void OptimizerImpl::forget(const Variable& variable) {
  std::erase_if(variables_, [&](const Variable& v) { return v.cell() == variable.cell(); });
}

Variable OptimizerImpl::add(Tensor start, const std::string& slot) {
  Variable v(std::move(start), slot, false);
  v.set_path(name() + "/" + slot);
  variables_.push_back(v);
  return v;
}

Variable OptimizerImpl::add_slot(const Shape& shape, DType dtype, const Text& slot) {
  return add(Tensor(shape, dtype), slot);
}

static std::string slot_name(const Variable& like, const std::string& slot) {
  std::string full = like.path();
  std::replace(full.begin(), full.end(), '/', '_');
  return full + "_" + slot;
}

/// None for a variable that only takes over its gradient.
Variable OptimizerImpl::add_slot(const Variable& like, const Text& slot, double start) {
  if (like.overwrite_with_gradient()) return {};
  return add(Tensor::full(like.shape(), start, like.dtype()), slot_name(like, slot));
}

Variable OptimizerImpl::add_scalar(const Text& path, double start, DType dtype) {
  Variable v = add(Tensor::scalar(start, dtype), path);
  v.set_path(path);
  return v;
}

void OptimizerImpl::append(const std::vector<Variable>& others) {
  variables_.insert(variables_.end(), others.begin(), others.end());
}

std::vector<Variable> OptimizerImpl::add_slots(const std::vector<Variable>& like, const Text& slot, double start) {
  std::vector<Variable> out;
  for (const Variable& v : like) out.push_back(add_slot(v, slot, start));
  return out;
}

void OptimizerImpl::check() const {
  const OptimizerOptions o = options();
  std::vector<std::string> clips;
  if (o.clipnorm) clips.push_back("clipnorm");
  if (o.clipvalue) clips.push_back("clipvalue");
  if (o.global_clipnorm) clips.push_back("global_clipnorm");
  if (clips.size() > 1)
    throw ConfigError(name(),
                      text("Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set, got {}", clips));
  if (o.gradient_accumulation_steps && *o.gradient_accumulation_steps < 2)
    throw ConfigError(name(),
                      text("gradient_accumulation_steps must be at least 2, got {}", *o.gradient_accumulation_steps));
  if (o.use_ema && (o.ema_momentum < 0 || o.ema_momentum > 1))
    throw ConfigError(name(), text("ema_momentum must be in [0, 1], got {}", o.ema_momentum));
  if (o.use_ema && o.ema_overwrite_frequency && *o.ema_overwrite_frequency < 1)
    throw ConfigError(name(), text("ema_overwrite_frequency must be at least 1, got {}", *o.ema_overwrite_frequency));
}

/// Rates are as exact as the variables that they move.
static DType rate_type(const std::vector<Variable>& trainable) {
  const bool wide = !trainable.empty() && std::all_of(trainable.begin(), trainable.end(),
                                                      [](const Variable& v) { return v.dtype() == DType::f64; });
  return wide ? DType::f64 : DType::f32;
}

void OptimizerImpl::build(const std::vector<Variable>& trainable) {
  if (built_) return;
  check();
  trainable_ = trainable;
  start();
  if (const DType type = rate_type(trainable); learning_rate_.defined() && type != learning_rate_.dtype()) {
    // Nothing was traced with it yet. As it was given, unless somebody set it since.
    const double given = current_rate().rate(), now = learning_rate_.numpy().item();
    const bool same = static_cast<float>(given) == static_cast<float>(now);
    learning_rate_.cell()->value = Tensor::scalar(same ? given : now, type);
    bump_storage_epoch();
  }
  const size_t before = variables_.size();
  const OptimizerOptions o = options();
  if (o.use_ema) averages_ = add_slots(trainable, "average");
  if (o.gradient_accumulation_steps)
    for (const Variable& v : trainable)  // of each, overwritten or not
      accumulated_.push_back(add(Tensor(v.shape(), v.dtype()), slot_name(v, "gradient_accumulator")));
  try {
    build_slots(trainable);
  } catch (...) {
    variables_.resize(before);
    throw;
  }
  built_ = true;
}

bool OptimizerImpl::move_to(const std::vector<Variable>& trainable) {
  const auto alike = [](const Variable& a, const Variable& b) {
    return a.shape() == b.shape() && a.dtype() == b.dtype();
  };
  std::vector<size_t> own;
  for (const Variable& v : trainable)
    for (size_t i = 0; i < trainable_.size(); ++i)
      if (trainable_[i].cell() == v.cell()) own.push_back(i);
  if (own.size() == trainable.size()) {
    moving_ = std::move(own);
    return true;
  }
  if (!std::equal(trainable.begin(), trainable.end(), trainable_.begin(), trainable_.end(), alike)) return false;
  trainable_ = trainable;
  moving_.clear();
  return true;
}

std::vector<Tensor> OptimizerImpl::spread(const std::vector<Tensor>& gradients) const {
  if (moving_.empty()) return gradients;
  std::vector<Tensor> out(trainable_.size());
  for (size_t i = 0; i < moving_.size(); ++i) out[moving_[i]] = gradients[i];
  return out;
}
bool OptimizerImpl::frozen(size_t i) const {
  return !moving_.empty() && std::find(moving_.begin(), moving_.end(), i) == moving_.end();
}

void OptimizerImpl::build_inside(OptimizerImpl& inner) {
  inner.trainable_ = trainable_;
  inner.build_slots(trainable_);
  append(inner.variables_);
}

void OptimizerImpl::exclude_from_weight_decay(const std::vector<Variable>& variables,
                                              const std::vector<std::string>& names) {
  if (built_) throw CallError(name(), "exclude_from_weight_decay must be called before build");
  undecayed_ = variables;
  undecayed_names_ = names;
}

void OptimizerImpl::finalize_variable_values() {
  for (size_t i = 0; i < averages_.size(); ++i)
    if (!frozen(i) && averages_[i].defined()) trainable_[i].assign(averages_[i].numpy());
}

// ---- a step

static bool positive(const std::optional<double>& x) { return x && *x > 0; }

std::vector<Tensor> OptimizerImpl::clipped(std::vector<Tensor> gradients) const {
  const OptimizerOptions o = options();
  if (positive(o.clipnorm)) {
    for (Tensor& g : gradients) {
      if (!g.defined()) continue;
      const Tensor norm = ops::sqrt(ops::sum(ops::square(g)));
      g = g * *o.clipnorm / ops::maximum(norm, ops::like_scalar(*o.clipnorm, norm));
    }
  } else if (positive(o.global_clipnorm)) {
    Tensor squares;
    for (const Tensor& g : gradients) {
      if (!g.defined()) continue;
      const Tensor one = ops::sum(ops::square(g));
      squares = squares.defined() ? squares + one : one;
    }
    const Tensor norm = ops::sqrt(squares);
    const Tensor factor = *o.global_clipnorm * ops::minimum(1.0 / norm, ops::like_scalar(1 / *o.global_clipnorm, norm));
    const Tensor scale = factor + (norm - norm);  // NaN where the norm is not finite
    for (Tensor& g : gradients)
      if (g.defined()) g = g * ops::cast(scale, g.dtype());
  } else if (positive(o.clipvalue)) {
    for (Tensor& g : gradients)
      if (g.defined()) g = ops::clip(g, -*o.clipvalue, *o.clipvalue);
  }
  return gradients;
}

void OptimizerImpl::decay_weights(const std::vector<Tensor>& gradients, const Tensor& rate) {
  for (size_t i = 0; i < trainable_.size(); ++i) {
    Variable& v = trainable_[i];
    const std::optional<double> decay = decay_of(v);
    bool skip = !decay || !gradients[i].defined();
    for (const Variable& u : undecayed_) skip |= u.cell() == v.cell();
    for (const std::string& part : undecayed_names_) skip |= v.name().find(part) != std::string::npos;
    if (!skip) v.assign(v.value() - v.value() * *decay * ops::cast(rate, v.dtype()));
  }
}

std::optional<double> OptimizerImpl::decay_of(const Variable&) const { return options().weight_decay; }

Tensor OptimizerImpl::scale_loss(const Tensor& loss) const {
  const std::optional<double> factor = loss_scale_factor();
  return factor ? loss * *factor : loss;
}

void OptimizerImpl::begin_step(const Tensor&, const Tensor&) {}

void OptimizerImpl::update(const std::vector<Tensor>& gradients, const Tensor& rate, const Tensor& updates_before) {
  const std::vector<Tensor> g = clipped(gradients);
  const Tensor step = ops::cast(updates_before + 1, rate.dtype());
  decay_weights(g, rate);
  begin_step(rate, step);
  for (size_t i = 0; i < trainable_.size(); ++i) {
    if (!g[i].defined()) continue;
    const DType t = trainable_[i].dtype();
    update_step(i, g[i], trainable_[i], ops::cast(rate, t), ops::cast(step, t));
  }
  if (options().use_ema) average(updates_before);
}

void OptimizerImpl::update_one(const Tensor& gradient, const Variable& variable, const Tensor& rate) {
  for (size_t i = 0; i < trainable_.size(); ++i) {
    if (trainable_[i].cell() != variable.cell()) continue;
    const DType t = variable.dtype();
    const Tensor step = ops::cast(kept_value(iterations_) + 1, rate_type(trainable_));
    begin_step(ops::cast(rate, step.dtype()), step);
    return update_step(i, ops::cast(gradient, t), trainable_[i], ops::cast(rate, t), ops::cast(step, t));
  }
  throw CallError(name(),
                  text("'{}' is not among the {} variables it was built with", variable.path(), trainable_.size()));
}

Tensor kept_value(const Variable& v) { return current_trace() ? v.value() : v.numpy(); }

/// Every n-th step updates with the mean gradient; the others only add theirs up. Both are computed, one is kept.
void OptimizerImpl::accumulate(const std::vector<Tensor>& gradients, const Tensor& rate, const Tensor& updates_before) {
  const auto n = static_cast<double>(*options().gradient_accumulation_steps);
  const Tensor position = ops::mod(iterations_.value() + 1, Tensor::scalar(n, DType::i32));
  const Tensor now = ops::equal(position, Tensor::scalar(0, DType::i32));
  std::vector<Tensor> means(gradients.size()), sums(gradients.size());
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) continue;
    sums[i] = gradients[i] + kept_value(accumulated_[i]);
    means[i] = sums[i] / n;
  }
  std::vector<Variable> changing = trainable_;
  const auto sums_up = [&](const Variable& v) {
    return std::any_of(accumulated_.begin(), accumulated_.end(),
                       [&](const Variable& a) { return a.cell() == v.cell(); });
  };
  for (const Variable& v : variables_)
    if (v.cell() != iterations_.cell() && v.cell() != learning_rate_.cell() && !sums_up(v)) changing.push_back(v);
  std::vector<Tensor> before;
  for (const Variable& v : changing) before.push_back(kept_value(v));
  update(means, rate, updates_before);
  for (size_t i = 0; i < changing.size(); ++i) changing[i].assign(ops::where(now, changing[i].value(), before[i]));
  for (size_t i = 0; i < sums.size(); ++i)
    if (sums[i].defined()) accumulated_[i].assign(ops::where(now, ops::like_scalar(0, sums[i]), sums[i]));
}

/// The gradient in the place of the variable; of several, the largest.
void OptimizerImpl::overwrite(size_t i, const Tensor& gradient, const Tensor& entry) {
  Variable& v = trainable_[i];
  const std::optional<int64_t> steps = options().gradient_accumulation_steps;
  if (!steps) return v.assign(gradient);
  const Tensor position = ops::mod(entry + 1, Tensor::scalar(static_cast<double>(*steps), DType::i32));
  const Tensor now = ops::equal(position, Tensor::scalar(0, DType::i32));
  const Tensor largest = ops::maximum(gradient, kept_value(accumulated_[i]));
  v.assign(ops::where(now, largest, v.value()));
  accumulated_[i].assign(ops::where(now, ops::zeros_like(largest), largest));
}

void OptimizerImpl::average(const Tensor& updates_before) {
  const OptimizerOptions o = options();
  const Tensor zero = Tensor::scalar(0, DType::i32);
  const Tensor started = ops::not_equal(updates_before, zero);
  Tensor overwrite;
  if (o.ema_overwrite_frequency)
    overwrite = ops::equal(
        ops::mod(updates_before + 1, Tensor::scalar(static_cast<double>(*o.ema_overwrite_frequency), DType::i32)),
        zero);
  for (size_t i = 0; i < trainable_.size(); ++i) {
    if (frozen(i) || !averages_[i].defined()) continue;
    Variable& v = trainable_[i];
    const Tensor momentum = ops::cast(started, v.dtype()) * o.ema_momentum;
    averages_[i].assign(momentum * averages_[i].value() + (1.0 - momentum) * v.value());
    if (overwrite.defined()) v.assign(ops::where(overwrite, averages_[i].value(), v.value()));
  }
}

void OptimizerImpl::apply(const std::vector<Tensor>& gradients) {
  if (!built_) throw CallError(name(), "must be built with the trainable variables before apply");
  if (gradients.size() != trainable_.size())
    throw CallError(name(), text("needs a gradient for each of the {} variables it was built with, got {}",
                                 trainable_.size(), gradients.size()));
  const OptimizerOptions o = options();
  const ScopeName scope(name());
  const std::optional<double> scale = loss_scale_factor();
  std::vector<Tensor> g = gradients;
  bool any = false, left = false;
  for (size_t i = 0; i < g.size(); ++i) {
    if (!g[i].defined()) continue;
    any = true;
    g[i] = ops::cast(g[i], trainable_[i].dtype());
    if (trainable_[i].overwrite_with_gradient()) continue;
    left = true;
    if (scale) g[i] = g[i] / *scale;
  }
  if (!any)
    throw CallError(name(),
                    "No gradients provided for any variable. Expected one for at least one of them, but the "
                    "loss depends on none");

  const LearningRate first = current_rate();
  // Schedules, averages and the step that corrects moments count updates, not the batches that an update gathers.
  const Tensor entry = kept_value(iterations_);
  for (size_t i = 0; i < g.size(); ++i)
    if (g[i].defined() && trainable_[i].overwrite_with_gradient()) overwrite(i, std::exchange(g[i], Tensor()), entry);
  if (!left) return iterations_.assign(entry + 1);
  Tensor updates = entry;
  if (o.gradient_accumulation_steps)
    updates = ops::floor_divide(entry, Tensor::scalar(static_cast<double>(*o.gradient_accumulation_steps), DType::i32));
  const Tensor rate =
      first.schedule() ? first.schedule()->call(ops::cast(updates, rate_type(trainable_))) : learning_rate_.value();
  if (o.gradient_accumulation_steps)
    accumulate(g, rate, updates);
  else
    update(g, rate, updates);
  iterations_.assign(entry + 1);
  for (size_t i = 0; i < trainable_.size(); ++i)
    if (Variable& v = trainable_[i]; g[i].defined() && v.constraint()) v.assign(v.constraint()(v.value()));
}

double one_minus(double beta, DType dtype) {
  return 1 - (dtype == DType::f64 ? beta : static_cast<double>(static_cast<float>(beta)));
}

Tensor one_minus_power(double beta, const Tensor& t) {
  const double rounded = t.dtype() == DType::f64 ? beta : static_cast<double>(static_cast<float>(beta));
  // The rounding of t log(beta) is damped by expm1, so that one float32 constant is enough.
  return -ops::expm1(t * std::log(rounded));
}

template <>
Registry<OptimizerImpl>& registry<OptimizerImpl>() {
  static Registry<OptimizerImpl>* r = [] {
    auto* made = new Registry<OptimizerImpl>;
    add_descent_optimizers(*made);
    add_adam_optimizers(*made);
    add_scaled_optimizers(*made);
    add_recent_optimizers(*made);
    add_wrapping_optimizers(*made);
    return made;
  }();
  return *r;
}
template std::shared_ptr<OptimizerImpl> make_configurable<OptimizerImpl>(const Value&);
template Value serialize<OptimizerImpl>(const OptimizerImpl*);

}  // namespace cornu
