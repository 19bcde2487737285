// Ftrl and Adafactor.
#include "nn/optimizers/family.h"

namespace cornu {

using namespace optimizers;

template <>
struct Describe<FtrlConfig> {
  using T = FtrlConfig;
  static constexpr auto fields = optimizer_fields<T>(
      field("learning_rate_power", &T::learning_rate_power),
      field("initial_accumulator_value", &T::initial_accumulator_value),
      field("l1_regularization_strength", &T::l1_regularization_strength),
      field("l2_regularization_strength", &T::l2_regularization_strength),
      field("l2_shrinkage_regularization_strength", &T::l2_shrinkage_regularization_strength), field("beta", &T::beta));
};
template <>
struct Describe<AdafactorConfig> {
  using T = AdafactorConfig;
  static constexpr auto fields = optimizer_fields<T>(
      field("beta_2_decay", &T::beta_2_decay), field("epsilon_1", &T::epsilon_1), field("epsilon_2", &T::epsilon_2),
      field("clip_threshold", &T::clip_threshold), field("relative_step", &T::relative_step));
};

namespace {

Tensor raised(const Tensor& x, double power) {
  return power == 0.5 ? ops::sqrt(x) : ops::power(x, ops::like_scalar(power, x));
}

struct FtrlOptimizer final : OptimizerOf<FtrlOptimizer, FtrlConfig> {
  static constexpr const char* kName = "Ftrl";
  explicit FtrlOptimizer(FtrlConfig c) : OptimizerOf(std::move(c)) {
    if (config.learning_rate_power > 0)
      throw ConfigError(kName,
                        text("`learning_rate_power` needs to be negative or zero, got {}", config.learning_rate_power));
    for (const auto& [what, value] :
         {std::pair{"initial_accumulator_value", config.initial_accumulator_value},
          std::pair{"l1_regularization_strength", config.l1_regularization_strength},
          std::pair{"l2_regularization_strength", config.l2_regularization_strength},
          std::pair{"l2_shrinkage_regularization_strength", config.l2_shrinkage_regularization_strength}})
      if (value < 0) throw ConfigError(kName, text("`{}` needs to be positive or zero, got {}", what, value));
  }
  std::vector<Variable> sums, linears;

  void build_slots(const std::vector<Variable>& trainable) override {
    const FtrlConfig& c = config;
    for (const Variable& w : trainable) {
      sums.push_back(add_slot(w, "accumulator", c.initial_accumulator_value));
      linears.push_back(add_slot(w, "linear"));
    }
  }
  void update_step(size_t i, const Tensor& g, Variable& w, const Tensor& rate, const Tensor&) override {
    const FtrlConfig& c = config;
    Variable &sum = sums[i], &linear = linears[i];
    const Tensor shrunk = g + w.value() * (2 * c.l2_shrinkage_regularization_strength);
    const Tensor grown = sum.value() + ops::square(g);
    const Tensor before = raised(sum.value(), -c.learning_rate_power), after = raised(grown, -c.learning_rate_power);
    linear.assign(linear.value() + (shrunk - (after - before) / rate * w.value()));
    const Tensor curvature = after / rate + (c.beta / rate + 2 * c.l2_regularization_strength);
    const Tensor kept = ops::clip(linear.value(), -c.l1_regularization_strength, c.l1_regularization_strength);
    w.assign((kept - linear.value()) / curvature);
    sum.assign(grown);
  }
};

struct AdafactorOptimizer final : OptimizerOf<AdafactorOptimizer, AdafactorConfig> {
  static constexpr const char* kName = "Adafactor";
  using OptimizerOf::OptimizerOf;
  std::vector<Variable> rows, cols, sizes;
  Tensor relative, keep;

  void build_slots(const std::vector<Variable>& trainable) override {
    for (const Variable& w : trainable) {
      const Shape& s = w.shape();
      if (s.rank() < 2) {  // not factored; Keras keeps two unused numbers
        rows.push_back(add_scalar(w.name(), 0, DType::i32));
        cols.push_back(add_scalar(w.name(), 0, DType::i32));
      } else {
        rows.push_back(add_slot(s.slice(0, -1), w.dtype(), w.name()));
        cols.push_back(add_slot(s.slice(0, -2).append(s.dim(-1)), w.dtype(), w.name()));
      }
      sizes.push_back(add_slot(w, "velocity"));
    }
  }
  void begin_step(const Tensor& rate, const Tensor& step) override {
    relative = ops::minimum(rate, 1.0 / ops::sqrt(step));
    keep = 1.0 - ops::power(step, ops::like_scalar(config.beta_2_decay, step));
  }
  void update_step(size_t i, const Tensor& g, Variable& w, const Tensor&, const Tensor&) override {
    const auto rms = [](const Tensor& x) { return ops::sqrt(ops::mean(ops::square(x))); };
    const Tensor old = ops::cast(keep, w.dtype()), fresh = 1.0 - old;
    const Tensor size = rms(w.value());
    const Tensor alpha = ops::maximum(ops::like_scalar(config.epsilon_2, size), size) * ops::cast(relative, w.dtype());
    const Tensor squares = ops::square(g) + config.epsilon_1;
    Variable& v = sizes[i];
    if (w.shape().rank() >= 2) {
      Variable &r = rows[i], &c = cols[i];
      r.assign(old * r.value() + fresh * ops::mean(squares, {-1}));
      c.assign(old * c.value() + fresh * ops::mean(squares, {-2}));
      const Tensor shares = r.value() / ops::mean(r.value(), {-1}, true);
      v.assign(ops::expand_dims(shares, -1) * ops::expand_dims(c.value(), -2));
    } else {
      v.assign(old * v.value() + fresh * squares);
    }
    // A row and a column without gradients have a v that is too small for a float32; Keras then divides 0 by 0.
    const Tensor step = g / ops::sqrt(ops::maximum(v.value(), ops::like_scalar(1e-37, g)));
    const Tensor over = rms(step) / config.clip_threshold;
    w.assign(w.value() - alpha * (step / ops::maximum(ops::like_scalar(1, over), over)));
  }
};

}  // namespace

namespace optimizers {
Ftrl::Ftrl(FtrlConfig c) : Optimizer(std::make_shared<FtrlOptimizer>(std::move(c))) {}
Adafactor::Adafactor(AdafactorConfig c) : Optimizer(std::make_shared<AdafactorOptimizer>(std::move(c))) {}
}  // namespace optimizers

void add_scaled_optimizers(Registry<OptimizerImpl>& r) {
  r.add<FtrlOptimizer>({"ftrl"});
  r.add<AdafactorOptimizer>({"adafactor"});
}

}  // namespace cornu
