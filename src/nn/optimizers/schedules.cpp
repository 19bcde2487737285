// Learning-rate schedules, and their registry.
#include <cornu/ops.h>
#include <cornu/optimizers.h>

#include <cmath>
#include <numbers>

#include "nn/registry.h"

namespace cornu {

using namespace schedules;

template <>
struct Describe<ExponentialDecayConfig> {
  using T = ExponentialDecayConfig;
  static constexpr auto fields =
      std::tuple{required("initial_learning_rate", &T::initial_learning_rate), required("decay_steps", &T::decay_steps),
                 required("decay_rate", &T::decay_rate), field("staircase", &T::staircase), field("name", &T::name)};
};
template <>
struct Describe<InverseTimeDecayConfig> {
  using T = InverseTimeDecayConfig;
  static constexpr auto fields =
      std::tuple{required("initial_learning_rate", &T::initial_learning_rate), required("decay_steps", &T::decay_steps),
                 required("decay_rate", &T::decay_rate), field("staircase", &T::staircase), field("name", &T::name)};
};
template <>
struct Describe<PiecewiseConstantDecayConfig> {
  using T = PiecewiseConstantDecayConfig;
  static constexpr auto fields =
      std::tuple{required("boundaries", &T::boundaries), required("values", &T::values), field("name", &T::name)};
};
template <>
struct Describe<PolynomialDecayConfig> {
  using T = PolynomialDecayConfig;
  static constexpr auto fields = std::tuple{required("initial_learning_rate", &T::initial_learning_rate),
                                            required("decay_steps", &T::decay_steps),
                                            field("end_learning_rate", &T::end_learning_rate),
                                            field("power", &T::power),
                                            field("cycle", &T::cycle),
                                            field("name", &T::name)};
};
template <>
struct Describe<CosineDecayConfig> {
  using T = CosineDecayConfig;
  static constexpr auto fields = std::tuple{required("initial_learning_rate", &T::initial_learning_rate),
                                            required("decay_steps", &T::decay_steps),
                                            field("alpha", &T::alpha),
                                            field("name", &T::name),
                                            field("warmup_target", &T::warmup_target),
                                            field("warmup_steps", &T::warmup_steps)};
};
template <>
struct Describe<CosineDecayRestartsConfig> {
  using T = CosineDecayRestartsConfig;
  static constexpr auto fields = std::tuple{required("initial_learning_rate", &T::initial_learning_rate),
                                            required("first_decay_steps", &T::first_decay_steps),
                                            field("t_mul", &T::t_mul),
                                            field("m_mul", &T::m_mul),
                                            field("alpha", &T::alpha),
                                            field("name", &T::name)};
};

namespace {

/// The step as a floating number of the type the schedule is computed in.
Tensor real(const Tensor& step) { return step.dtype() == DType::f64 ? step : ops::cast(step, DType::f32); }
Tensor like(double value, const Tensor& x) { return ops::like_scalar(value, x); }

void need_steps(const char* who, const char* what, int64_t steps) {
  if (steps <= 0) throw ConfigError(who, text("{} must be positive, got {}", what, steps));
}

struct ExponentialDecaySchedule final : WithConfig<ExponentialDecaySchedule, ScheduleImpl, ExponentialDecayConfig> {
  static constexpr const char* kName = "ExponentialDecay";
  explicit ExponentialDecaySchedule(ExponentialDecayConfig c) : WithConfig(std::move(c)) {
    need_steps(kName, "decay_steps", config.decay_steps);
  }
  Tensor call(const Tensor& step) const override {
    Tensor p = real(step) / static_cast<double>(config.decay_steps);
    if (config.staircase) p = ops::floor(p);
    return config.initial_learning_rate * ops::power(like(config.decay_rate, p), p);
  }
};

struct InverseTimeDecaySchedule final : WithConfig<InverseTimeDecaySchedule, ScheduleImpl, InverseTimeDecayConfig> {
  static constexpr const char* kName = "InverseTimeDecay";
  explicit InverseTimeDecaySchedule(InverseTimeDecayConfig c) : WithConfig(std::move(c)) {
    need_steps(kName, "decay_steps", config.decay_steps);
  }
  Tensor call(const Tensor& step) const override {
    Tensor p = real(step) / static_cast<double>(config.decay_steps);
    if (config.staircase) p = ops::floor(p);
    return config.initial_learning_rate / (1.0 + config.decay_rate * p);
  }
};

struct PiecewiseConstantDecaySchedule final
    : WithConfig<PiecewiseConstantDecaySchedule, ScheduleImpl, PiecewiseConstantDecayConfig> {
  static constexpr const char* kName = "PiecewiseConstantDecay";
  explicit PiecewiseConstantDecaySchedule(PiecewiseConstantDecayConfig c) : WithConfig(std::move(c)) {
    if (config.values.size() != config.boundaries.size() + 1)
      throw ConfigError(kName, text("values must be one more than boundaries, got {} values and {} boundaries",
                                    config.values.size(), config.boundaries.size()));
  }
  Tensor call(const Tensor& step) const override {
    const Tensor s = real(step);
    Tensor rate = ops::full_like(s, config.values.back());
    for (size_t i = config.boundaries.size(); i-- > 0;)
      rate = ops::where(s <= config.boundaries[i], like(config.values[i], s), rate);
    return rate;
  }
};

struct PolynomialDecaySchedule final : WithConfig<PolynomialDecaySchedule, ScheduleImpl, PolynomialDecayConfig> {
  static constexpr const char* kName = "PolynomialDecay";
  explicit PolynomialDecaySchedule(PolynomialDecayConfig c) : WithConfig(std::move(c)) {
    need_steps(kName, "decay_steps", config.decay_steps);
  }
  Tensor call(const Tensor& step) const override {
    const auto steps = static_cast<double>(config.decay_steps);
    Tensor s = real(step), length = like(steps, s);
    if (config.cycle)  // the first multiple of decay_steps that the step does not exceed
      length = steps * ops::maximum(ops::ceil(s / steps), like(1, s));
    else
      s = ops::minimum(s, length);
    const Tensor left = ops::power(1.0 - s / length, like(config.power, s));
    return (config.initial_learning_rate - config.end_learning_rate) * left + config.end_learning_rate;
  }
};

/// From `rate` to alpha * rate while `fraction` goes from 0 to 1.
Tensor half_cosine(const Tensor& fraction, double alpha) {
  const Tensor cosine = 0.5 * (1.0 + ops::cos(std::numbers::pi * fraction));
  return (1 - alpha) * cosine + alpha;
}

struct CosineDecaySchedule final : WithConfig<CosineDecaySchedule, ScheduleImpl, CosineDecayConfig> {
  static constexpr const char* kName = "CosineDecay";
  explicit CosineDecaySchedule(CosineDecayConfig c) : WithConfig(std::move(c)) {
    need_steps(kName, "decay_steps", config.decay_steps);
  }
  Tensor call(const Tensor& step) const override {
    const auto steps = static_cast<double>(config.decay_steps), warmup = static_cast<double>(config.warmup_steps);
    const double first = config.initial_learning_rate;
    if (!config.warmup_target) {
      const Tensor s = real(step);
      return first * half_cosine(ops::minimum(s, like(steps, s)) / steps, config.alpha);
    }
    const double target = *config.warmup_target;
    Tensor s = real(step);
    s = ops::minimum(s, like(steps + warmup, s));
    const Tensor decayed = target * half_cosine((s - warmup) / steps, config.alpha);
    if (config.warmup_steps <= 0) return decayed;
    return ops::where(s < warmup, (target - first) * (s / warmup) + first, decayed);
  }
};

struct CosineDecayRestartsSchedule final
    : WithConfig<CosineDecayRestartsSchedule, ScheduleImpl, CosineDecayRestartsConfig> {
  static constexpr const char* kName = "CosineDecayRestarts";
  explicit CosineDecayRestartsSchedule(CosineDecayRestartsConfig c) : WithConfig(std::move(c)) {
    need_steps(kName, "first_decay_steps", config.first_decay_steps);
  }
  Tensor call(const Tensor& step) const override {
    const Tensor done = real(step) / static_cast<double>(config.first_decay_steps);
    Tensor restarts, fraction;
    if (config.t_mul == 1) {
      restarts = ops::floor(done);
      fraction = done - restarts;
    } else {  // the periods' lengths are a geometric series
      const double t = config.t_mul;
      restarts = ops::floor(ops::log(1.0 - done * (1 - t)) / std::log(t));
      const Tensor length = ops::power(like(t, done), restarts);
      fraction = (done - (1.0 - length) / (1 - t)) / length;
    }
    const Tensor cosine =
        0.5 * ops::power(like(config.m_mul, done), restarts) * (1.0 + ops::cos(std::numbers::pi * fraction));
    return config.initial_learning_rate * ((1 - config.alpha) * cosine + config.alpha);
  }
};

}  // namespace

namespace schedules {
ExponentialDecay::ExponentialDecay(ExponentialDecayConfig c)
    : Schedule(std::make_shared<ExponentialDecaySchedule>(std::move(c))) {}
InverseTimeDecay::InverseTimeDecay(InverseTimeDecayConfig c)
    : Schedule(std::make_shared<InverseTimeDecaySchedule>(std::move(c))) {}
PiecewiseConstantDecay::PiecewiseConstantDecay(PiecewiseConstantDecayConfig c)
    : Schedule(std::make_shared<PiecewiseConstantDecaySchedule>(std::move(c))) {}
PolynomialDecay::PolynomialDecay(PolynomialDecayConfig c)
    : Schedule(std::make_shared<PolynomialDecaySchedule>(std::move(c))) {}
CosineDecay::CosineDecay(CosineDecayConfig c) : Schedule(std::make_shared<CosineDecaySchedule>(std::move(c))) {}
CosineDecayRestarts::CosineDecayRestarts(CosineDecayRestartsConfig c)
    : Schedule(std::make_shared<CosineDecayRestartsSchedule>(std::move(c))) {}
}  // namespace schedules

template <>
Registry<ScheduleImpl>& registry<ScheduleImpl>() {
  static Registry<ScheduleImpl>* r = [] {
    auto* made = new Registry<ScheduleImpl>;
    made->add<ExponentialDecaySchedule>();
    made->add<InverseTimeDecaySchedule>();
    made->add<PiecewiseConstantDecaySchedule>();
    made->add<PolynomialDecaySchedule>();
    made->add<CosineDecaySchedule>();
    made->add<CosineDecayRestartsSchedule>();
    return made;
  }();
  return *r;
}
template std::shared_ptr<ScheduleImpl> make_configurable<ScheduleImpl>(const Value&);
template Value serialize<ScheduleImpl>(const ScheduleImpl*);

}  // namespace cornu
