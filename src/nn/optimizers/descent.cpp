// Optimizers that scale the gradient, or the root of its square, without a correction for their start.
#include "nn/optimizers/family.h"

namespace cornu {

using namespace optimizers;

template <>
struct Describe<SGDConfig> {
  using T = SGDConfig;
  static constexpr auto fields = optimizer_fields<T>(field("momentum", &T::momentum), field("nesterov", &T::nesterov));
};
template <>
struct Describe<RMSpropConfig> {
  using T = RMSpropConfig;
  static constexpr auto fields = optimizer_fields<T>(field("rho", &T::rho), field("momentum", &T::momentum),
                                                     field("epsilon", &T::epsilon), field("centered", &T::centered));
};
template <>
struct Describe<AdagradConfig> {
  using T = AdagradConfig;
  static constexpr auto fields = optimizer_fields<T>(field("initial_accumulator_value", &T::initial_accumulator_value),
                                                     field("epsilon", &T::epsilon));
};
template <>
struct Describe<AdadeltaConfig> {
  using T = AdadeltaConfig;
  static constexpr auto fields = optimizer_fields<T>(field("rho", &T::rho), field("epsilon", &T::epsilon));
};
template <>
struct Describe<LionConfig> {
  using T = LionConfig;
  static constexpr auto fields = optimizer_fields<T>(field("beta_1", &T::beta_1), field("beta_2", &T::beta_2));
};

namespace {

/// old * keep + new * share, where the share is 1 - keep
Tensor mixed(const Tensor& old, const Tensor& fresh, double keep, double share) {
  const Tensor kept = old * keep;
  const Tensor added = fresh * share;
  return kept + added;
}
Tensor mixed(const Tensor& old, const Tensor& fresh, double keep) { return mixed(old, fresh, keep, 1 - keep); }

struct SGDOptimizer final : OptimizerOf<SGDOptimizer, SGDConfig> {
  static constexpr const char* kName = "SGD";
  explicit SGDOptimizer(SGDConfig c) : OptimizerOf(std::move(c)) {
    if (config.momentum < 0 || config.momentum > 1)
      throw ConfigError(kName, text("`momentum` must be a float between [0, 1], got {}", config.momentum));
  }
  std::vector<Variable> momentums;

  void build_slots(const std::vector<Variable>& trainable) override {
    if (config.momentum < 0 || config.momentum > 1)
      throw ConfigError(name(), text("momentum must be in [0, 1], got {}", config.momentum));
    if (config.momentum != 0) momentums = add_slots(trainable, "momentum");
  }
  void update_step(size_t i, const Tensor& g, Variable& w, const Tensor& rate, const Tensor&) override {
    const Tensor step = g * rate;
    if (momentums.empty()) return w.assign(w.value() - step);
    Variable& m = momentums[i];
    m.assign(m.value() * config.momentum - step);
    w.assign(w.value() + (config.nesterov ? m.value() * config.momentum - step : m.value()));
  }
};

struct RMSpropOptimizer final : OptimizerOf<RMSpropOptimizer, RMSpropConfig> {
  static constexpr const char* kName = "RMSprop";
  using OptimizerOf::OptimizerOf;
  std::vector<Variable> velocities, momentums, means;

  void build_slots(const std::vector<Variable>& trainable) override {
    velocities = add_slots(trainable, "velocity");
    if (config.momentum > 0) momentums = add_slots(trainable, "momentum");
    if (config.centered) means = add_slots(trainable, "average_gradient");
  }
  void update_step(size_t i, const Tensor& g, Variable& w, const Tensor& rate, const Tensor&) override {
    Variable& v = velocities[i];
    v.assign(mixed(v.value(), ops::square(g), config.rho));
    Tensor size = v.value();
    if (config.centered) {
      means[i].assign(mixed(means[i].value(), g, config.rho));
      size = size - ops::square(means[i].value());
    }
    const Tensor scaled = g * rate;
    Tensor step = scaled / ops::sqrt(size + config.epsilon);
    if (config.momentum > 0) {
      momentums[i].assign(momentums[i].value() * config.momentum + step);
      step = momentums[i].value();
    }
    w.assign(w.value() - step);
  }
};

struct AdagradOptimizer final : OptimizerOf<AdagradOptimizer, AdagradConfig> {
  static constexpr const char* kName = "Adagrad";
  using OptimizerOf::OptimizerOf;
  std::vector<Variable> sums;

  void build_slots(const std::vector<Variable>& trainable) override {
    sums = add_slots(trainable, "accumulator", config.initial_accumulator_value);
  }
  void update_step(size_t i, const Tensor& g, Variable& w, const Tensor& rate, const Tensor&) override {
    sums[i].assign(sums[i].value() + ops::square(g));
    const Tensor scaled = g * rate;
    w.assign(w.value() - scaled / ops::sqrt(sums[i].value() + config.epsilon));
  }
};

struct AdadeltaOptimizer final : OptimizerOf<AdadeltaOptimizer, AdadeltaConfig> {
  static constexpr const char* kName = "Adadelta";
  using OptimizerOf::OptimizerOf;
  std::vector<Variable> gradients, steps;  // moving mean squares

  void build_slots(const std::vector<Variable>& trainable) override {
    for (const Variable& w : trainable) {
      gradients.push_back(add_slot(w, "accumulated_grad"));
      steps.push_back(add_slot(w, "accumulated_delta_var"));
    }
  }
  void update_step(size_t i, const Tensor& g, Variable& w, const Tensor& rate, const Tensor&) override {
    Variable &of_gradient = gradients[i], &of_step = steps[i];
    of_gradient.assign(mixed(of_gradient.value(), ops::square(g), config.rho));
    const Tensor wanted = ops::sqrt(of_step.value() + config.epsilon) * g;
    const Tensor step = wanted / ops::sqrt(of_gradient.value() + config.epsilon);
    of_step.assign(mixed(of_step.value(), ops::square(step), config.rho));
    w.assign(w.value() - step * rate);
  }
};

struct LionOptimizer final : OptimizerOf<LionOptimizer, LionConfig> {
  static constexpr const char* kName = "Lion";
  explicit LionOptimizer(LionConfig c) : OptimizerOf(std::move(c)) {
    if (config.beta_1 <= 0 || config.beta_1 > 1)
      throw ConfigError(kName, text("Argument `beta_1` must be in the [0, 1] range and not 0, got {}", config.beta_1));
  }
  std::vector<Variable> momentums;

  void build_slots(const std::vector<Variable>& trainable) override {
    if (config.beta_1 <= 0 || config.beta_1 > 1)
      throw ConfigError(
          name(), text("beta_1 must be in (0, 1], else the sign is that of the gradient alone; got {}", config.beta_1));
    momentums = add_slots(trainable, "momentum");
  }
  void update_step(size_t i, const Tensor& g, Variable& w, const Tensor& rate, const Tensor&) override {
    Variable& m = momentums[i];
    const Tensor direction = ops::sign(mixed(m.value(), g, config.beta_1, one_minus(config.beta_1, w.dtype())));
    w.assign(w.value() - direction * rate);
    m.assign(mixed(m.value(), g, config.beta_2, one_minus(config.beta_2, w.dtype())));
  }
};

}  // namespace

namespace optimizers {
SGD::SGD(SGDConfig c) : Optimizer(std::make_shared<SGDOptimizer>(std::move(c))) {}
RMSprop::RMSprop(RMSpropConfig c) : Optimizer(std::make_shared<RMSpropOptimizer>(std::move(c))) {}
Adagrad::Adagrad(AdagradConfig c) : Optimizer(std::make_shared<AdagradOptimizer>(std::move(c))) {}
Adadelta::Adadelta(AdadeltaConfig c) : Optimizer(std::make_shared<AdadeltaOptimizer>(std::move(c))) {}
Lion::Lion(LionConfig c) : Optimizer(std::make_shared<LionOptimizer>(std::move(c))) {}
}  // namespace optimizers

void add_descent_optimizers(Registry<OptimizerImpl>& r) {
  r.add<SGDOptimizer>({"sgd"});
  r.add<RMSpropOptimizer>({"rmsprop"});
  r.add<AdagradOptimizer>({"adagrad"});
  r.add<AdadeltaOptimizer>({"adadelta"});
  r.add<LionOptimizer>({"lion"});
}

}  // namespace cornu
