// Optimizers that scale the gradient, or the root of its square, without a correction for their start.
#include "nn/optimizers/family.h"

namespace cornu {

using namespace optimizers;

template <>
struct Describe<SGDConfig> {
  using T = SGDConfig;
  static constexpr auto fields = optimizer_fields<T>(field("momentum", &T::momentum), field("nesterov", &T::nesterov));
};

namespace {

struct SGDOptimizer final : OptimizerOf<SGDOptimizer, SGDConfig> {
  static constexpr const char* kName = "SGD";
  using OptimizerOf::OptimizerOf;
  std::vector<Variable> momentums;

  void build_slots(const std::vector<Variable>& trainable) override {
    if (config.momentum < 0 || config.momentum > 1)
      throw ConfigError(name(), text("momentum must be in [0, 1], got {}", config.momentum));
    if (config.momentum != 0) momentums = add_slots(trainable, "momentum");
  }
  void update_step(size_t i, const Tensor& g, Variable& w, const Tensor& rate, const Tensor&) override {
    if (momentums.empty()) return w.assign(w.value() - g * rate);
    Variable& m = momentums[i];
    m.assign(m.value() * config.momentum - g * rate);
    w.assign(w.value() + (config.nesterov ? m.value() * config.momentum - g * rate : m.value()));
  }
};

}  // namespace

namespace optimizers {
SGD::SGD(SGDConfig c) : Optimizer(std::make_shared<SGDOptimizer>(std::move(c))) {}
}  // namespace optimizers

void add_descent_optimizers(Registry<OptimizerImpl>& r) { r.add<SGDOptimizer>({"sgd"}); }

}  // namespace cornu
