// Adam and its kin.
#include <cmath>

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
template <>
struct Describe<NadamConfig> {
  using T = NadamConfig;
  static constexpr auto fields =
      optimizer_fields<T>(field("beta_1", &T::beta_1), field("beta_2", &T::beta_2), field("epsilon", &T::epsilon));
};
template <>
struct Describe<AdamaxConfig> {
  using T = AdamaxConfig;
  static constexpr auto fields =
      optimizer_fields<T>(field("beta_1", &T::beta_1), field("beta_2", &T::beta_2), field("epsilon", &T::epsilon));
};
template <>
struct Describe<LambConfig> {
  using T = LambConfig;
  static constexpr auto fields =
      optimizer_fields<T>(field("beta_1", &T::beta_1), field("beta_2", &T::beta_2), field("epsilon", &T::epsilon));
};

namespace {

/// Two slots for each variable, side by side in variables(): the moving mean of the gradient, and one of its size.
template <class Self, class ConfigType>
struct WithMoments : OptimizerOf<Self, ConfigType> {
  using OptimizerOf<Self, ConfigType>::OptimizerOf;
  std::vector<Variable> means, sizes;

  void add_moments(const std::vector<Variable>& trainable, const char* size) {
    for (const Variable& w : trainable) {
      means.push_back(this->add_slot(w, "momentum"));
      sizes.push_back(this->add_slot(w, size));
    }
  }
  /// m += (g - m) share, where the share is 1 - beta_1
  Tensor move_mean(size_t i, const Tensor& g, double share) {
    Variable& m = means[i];
    m.assign(m.value() + (g - m.value()) * share);
    return m.value();
  }
  /// v += (g g - v) share, where the share is 1 - beta_2
  Tensor move_square(size_t i, const Tensor& g, double share) {
    Variable& v = sizes[i];
    v.assign(v.value() + (ops::square(g) - v.value()) * share);
    return v.value();
  }
};

// The updates below have one operation per statement where it matters: C++ leaves the order of operands open, and the
// program compiled ahead is found by its order.

template <class Self, class ConfigType>
struct AdamLike : WithMoments<Self, ConfigType> {
  using WithMoments<Self, ConfigType>::WithMoments;
  std::vector<Variable> largest;
  Tensor alpha;

  void build_slots(const std::vector<Variable>& trainable) override {
    this->add_moments(trainable, "velocity");
    if (this->config.amsgrad) largest = this->add_slots(trainable, "velocity_hat");
  }
  void begin_step(const Tensor& rate, const Tensor& step) override {
    const ConfigType& c = this->config;
    alpha = rate * ops::sqrt(one_minus_power(c.beta_2, step)) / one_minus_power(c.beta_1, step);
  }
  void update_step(size_t i, const Tensor& g, Variable& w, const Tensor&, const Tensor&) override {
    const ConfigType& c = this->config;
    const Tensor m = this->move_mean(i, g, 1 - c.beta_1);
    Tensor v = this->move_square(i, g, 1 - c.beta_2);
    if (c.amsgrad) {
      largest[i].assign(ops::maximum(largest[i].value(), v));
      v = largest[i].value();
    }
    const Tensor towards = m * ops::cast(alpha, w.dtype());
    const Tensor root = ops::sqrt(v) + c.epsilon;
    w.assign(w.value() - towards / root);
  }
};

struct AdamOptimizer final : AdamLike<AdamOptimizer, AdamConfig> {
  static constexpr const char* kName = "Adam";
  using AdamLike::AdamLike;
};
struct AdamWOptimizer final : AdamLike<AdamWOptimizer, AdamWConfig> {
  static constexpr const char* kName = "AdamW";
  explicit AdamWOptimizer(AdamWConfig c) : AdamLike(std::move(c)) {
    if (!config.weight_decay)
      throw ConfigError(
          kName, "Argument `weight_decay` must be a float. Received: weight_decay=None; Adam is AdamW without one");
  }
};

struct NadamOptimizer final : WithMoments<NadamOptimizer, NadamConfig> {
  static constexpr const char* kName = "Nadam";
  using WithMoments::WithMoments;
  Variable product;  // of all u so far
  Tensor from_mean, from_gradient, correction, begun;

  void build_slots(const std::vector<Variable>& trainable) override {
    add_moments(trainable, "velocity");
    product = add_scalar("variable", 1, trainable.empty() ? DType::f32 : trainable[0].dtype());
  }
  void begin_step(const Tensor& rate, const Tensor& step) override {
    if (begun.defined() && begun.impl() == step.impl())
      return;  // called again for another rate, which is not used here
    begun = step;
    const auto u = [&](const Tensor& t) { return config.beta_1 * (1.0 - 0.5 * ops::exp(t * std::log(0.96))); };
    const Tensor now = u(step), next = u(step + 1.0);
    product.assign(product.value() * ops::cast(now, product.dtype()));
    const Tensor so_far = ops::cast(product.value(), rate.dtype());
    from_mean = next / (1.0 - so_far * next);
    from_gradient = (1.0 - now) / (1.0 - so_far);
    correction = one_minus_power(config.beta_2, step);
  }
  void update_step(size_t i, const Tensor& g, Variable& w, const Tensor& rate, const Tensor&) override {
    const Tensor m = move_mean(i, g, one_minus(config.beta_1, w.dtype()));
    const Tensor v = move_square(i, g, one_minus(config.beta_2, w.dtype()));
    const Tensor ahead = m * ops::cast(from_mean, w.dtype()) + g * ops::cast(from_gradient, w.dtype());
    const Tensor towards = ahead * rate;
    const Tensor root = ops::sqrt(v / ops::cast(correction, w.dtype())) + config.epsilon;
    w.assign(w.value() - towards / root);
  }
};

struct AdamaxOptimizer final : WithMoments<AdamaxOptimizer, AdamaxConfig> {
  static constexpr const char* kName = "Adamax";
  using WithMoments::WithMoments;
  Tensor correction;

  void build_slots(const std::vector<Variable>& trainable) override { add_moments(trainable, "norm"); }
  void begin_step(const Tensor&, const Tensor& step) override { correction = one_minus_power(config.beta_1, step); }
  void update_step(size_t i, const Tensor& g, Variable& w, const Tensor& rate, const Tensor&) override {
    const Tensor m = move_mean(i, g, 1 - config.beta_1);
    Variable& u = sizes[i];
    const Tensor faded = u.value() * config.beta_2;
    u.assign(ops::maximum(faded, ops::abs(g)));
    const Tensor towards = m * rate;
    const Tensor size = (u.value() + config.epsilon) * ops::cast(correction, w.dtype());
    w.assign(w.value() - towards / size);
  }
};

struct LambOptimizer final : WithMoments<LambOptimizer, LambConfig> {
  static constexpr const char* kName = "Lamb";
  using WithMoments::WithMoments;
  Tensor mean_correction, square_correction;

  void build_slots(const std::vector<Variable>& trainable) override { add_moments(trainable, "velocity"); }
  void begin_step(const Tensor&, const Tensor& step) override {
    mean_correction = one_minus_power(config.beta_1, step);
    square_correction = one_minus_power(config.beta_2, step);
  }
  void update_step(size_t i, const Tensor& g, Variable& w, const Tensor& rate, const Tensor&) override {
    const Tensor m = move_mean(i, g, 1 - config.beta_1) / ops::cast(mean_correction, w.dtype());
    const Tensor v = move_square(i, g, 1 - config.beta_2) / ops::cast(square_correction, w.dtype());
    const Tensor step = m / (ops::sqrt(v) + config.epsilon);
    const auto norm = [](const Tensor& x) { return ops::sqrt(ops::sum(ops::square(x))); };
    const Tensor of_weights = norm(w.value()), of_step = norm(step);
    const Tensor known = ops::logical_and(of_weights > 0.0, of_step > 0.0);
    const Tensor ratio = ops::where(known, of_weights / of_step, ops::like_scalar(1, of_step));
    w.assign(w.value() - ratio * rate * step);
  }
};

}  // namespace

namespace optimizers {
Adam::Adam(AdamConfig c) : Optimizer(std::make_shared<AdamOptimizer>(std::move(c))) {}
AdamW::AdamW(AdamWConfig c) : Optimizer(std::make_shared<AdamWOptimizer>(std::move(c))) {}
Nadam::Nadam(NadamConfig c) : Optimizer(std::make_shared<NadamOptimizer>(std::move(c))) {}
Adamax::Adamax(AdamaxConfig c) : Optimizer(std::make_shared<AdamaxOptimizer>(std::move(c))) {}
Lamb::Lamb(LambConfig c) : Optimizer(std::make_shared<LambOptimizer>(std::move(c))) {}
}  // namespace optimizers

void add_adam_optimizers(Registry<OptimizerImpl>& r) {
  r.add<AdamOptimizer>({"adam"});
  r.add<AdamWOptimizer>({"adamw"});
  r.add<NadamOptimizer>({"nadam"});
  r.add<AdamaxOptimizer>({"adamax"});
  r.add<LambOptimizer>({"lamb"});
}

}  // namespace cornu
