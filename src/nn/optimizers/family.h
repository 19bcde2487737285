// What the classes of optimizers are made with, and the registration of their families.
#pragma once
#include <cornu/ops.h>
#include <cornu/optimizers.h>

namespace cornu {

/// Keras' get_config order: what all share, then the optimizer's own fields.
template <class T, class... Own>
constexpr auto optimizer_fields(Own... own) {
  return std::tuple{field("name", &T::name),
                    field("learning_rate", &T::learning_rate),
                    field("weight_decay", &T::weight_decay),
                    field("clipnorm", &T::clipnorm),
                    field("global_clipnorm", &T::global_clipnorm),
                    field("clipvalue", &T::clipvalue),
                    field("use_ema", &T::use_ema),
                    field("ema_momentum", &T::ema_momentum),
                    field("ema_overwrite_frequency", &T::ema_overwrite_frequency),
                    field("loss_scale_factor", &T::loss_scale_factor),
                    field("gradient_accumulation_steps", &T::gradient_accumulation_steps),
                    own...};
}

/// A class with `kName` whose config has CORNU_OPTIMIZER_FIELDS.
template <class Self, class ConfigType>
class OptimizerOf : public WithConfig<Self, OptimizerImpl, ConfigType> {
 public:
  using WithConfig<Self, OptimizerImpl, ConfigType>::WithConfig;
  std::string name() const override { return this->config.name; }
  LearningRate initial_rate() const override { return this->config.learning_rate; }
  OptimizerOptions options() const override {
    const ConfigType& c = this->config;
    return {c.weight_decay,
            c.clipnorm,
            c.clipvalue,
            c.global_clipnorm,
            c.use_ema,
            c.ema_momentum,
            c.ema_overwrite_frequency,
            c.loss_scale_factor,
            c.gradient_accumulation_steps};
  }
  Value get_config() const override { return this->with_current_rate(describe_to_value(this->config)); }
};

/// 1 - beta, where Keras rounds beta to the variable's type before it subtracts: 1e-5 off for beta = 0.999.
double one_minus(double beta, DType dtype);
/// 1 - beta^t, exact to a few roundings also where beta^t is near 1; as Keras does, beta is rounded to t's type first.
Tensor one_minus_power(double beta, const Tensor& t);

/// The value before anything that follows assigns to it.
Tensor kept_value(const Variable& v);

void add_descent_optimizers(Registry<OptimizerImpl>& r);
void add_adam_optimizers(Registry<OptimizerImpl>& r);
void add_scaled_optimizers(Registry<OptimizerImpl>& r);
void add_recent_optimizers(Registry<OptimizerImpl>& r);

}  // namespace cornu
