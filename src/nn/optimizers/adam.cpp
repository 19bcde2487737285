// Adam and its kin.
#include "nn/optimizers/family.h"

namespace cornu {

using namespace optimizers;

template <>
struct Describe<AdamConfig> {
  using T = AdamConfig;
  static constexpr auto fields = optimizer_fields<T>(field("beta_1", &T::beta_1), field("beta_2", &T::beta_2),
                                                     field("epsilon", &T::epsilon), field("amsgrad", &T::amsgrad));
};
template <>
struct Describe<AdamWConfig> {
  using T = AdamWConfig;
  static constexpr auto fields = optimizer_fields<T>(field("beta_1", &T::beta_1), field("beta_2", &T::beta_2),
                                                     field("epsilon", &T::epsilon), field("amsgrad", &T::amsgrad));
};

namespace {

/// Two slots for each variable, side by side in variables(): the moving mean of the gradient, and one of its size.
struct MomentSlots {
  std::vector<Variable> m, v;
};

template <class Self, class ConfigType>
struct AdamLike : OptimizerOf<Self, ConfigType> {
  using OptimizerOf<Self, ConfigType>::OptimizerOf;
  MomentSlots slots;
  std::vector<Variable> largest;
  Tensor alpha;

  void build_slots(const std::vector<Variable>& trainable) override {
    for (const Variable& w : trainable) {
      slots.m.push_back(this->add_slot(w, "momentum"));
      slots.v.push_back(this->add_slot(w, "velocity"));
    }
    if (this->config.amsgrad) largest = this->add_slots(trainable, "velocity_hat");
  }
  void begin_step(const Tensor& rate, const Tensor& step) override {
    const ConfigType& c = this->config;
    alpha = rate * ops::sqrt(one_minus_power(c.beta_2, step)) / one_minus_power(c.beta_1, step);
  }
  void update_step(size_t i, const Tensor& g, Variable& w, const Tensor&, const Tensor&) override {
    const ConfigType& c = this->config;
    Variable &m = slots.m[i], &v = slots.v[i];
    m.assign(m.value() + (g - m.value()) * (1 - c.beta_1));
    v.assign(v.value() + (ops::square(g) - v.value()) * (1 - c.beta_2));
    Tensor size = v.value();
    if (c.amsgrad) {
      largest[i].assign(ops::maximum(largest[i].value(), size));
      size = largest[i].value();
    }
    // One operation per statement: C++ leaves the order of operands open, and the compiled program is found by its
    // order.
    const Tensor towards = m.value() * ops::cast(alpha, w.dtype());
    const Tensor root = ops::sqrt(size) + c.epsilon;
    w.assign(w.value() - towards / root);
  }
};

struct AdamOptimizer final : AdamLike<AdamOptimizer, AdamConfig> {
  static constexpr const char* kName = "Adam";
  using AdamLike::AdamLike;
};
struct AdamWOptimizer final : AdamLike<AdamWOptimizer, AdamWConfig> {
  static constexpr const char* kName = "AdamW";
  using AdamLike::AdamLike;
};

}  // namespace

namespace optimizers {
Adam::Adam(AdamConfig c) : Optimizer(std::make_shared<AdamOptimizer>(std::move(c))) {}
AdamW::AdamW(AdamWConfig c) : Optimizer(std::make_shared<AdamWOptimizer>(std::move(c))) {}
}  // namespace optimizers

void add_adam_optimizers(Registry<OptimizerImpl>& r) {
  r.add<AdamOptimizer>({"adam"});
  r.add<AdamWOptimizer>({"adamw"});
}

}  // namespace cornu
