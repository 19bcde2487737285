// Learning-rate schedules against Keras.
#include <cornu/ops.h>
#include <cornu/optimizers.h>

#include "nn/golden.h"

namespace cornu {

TEST(Schedules, AreThoseOfKeras) {
  const Value file = cornu::testing::golden_family("schedules");
  cornu::testing::Tally tally("schedules");
  for (const Value& c : file.at("cases").as_array()) {
    const std::string what = cornu::testing::title(c);
    const Schedule s(make_configurable<ScheduleImpl>(c.at("config")));
    const Tensor want = cornu::testing::golden_tensor(c.at("outputs").at("learning_rate"));
    const Tensor step = cornu::testing::golden_tensor(c.at("inputs").at("step"));
    const Tensor in = want.dtype() == DType::f64 ? step.to(DType::f64) : step;
    cornu::testing::expect_close(s->call(in), want, what);
    const Tensor traced =
        ops::jit([&](const std::vector<Tensor>& t) { return std::vector<Tensor>{s->call(t[0])}; })({in})[0];
    cornu::testing::expect_close(traced, want, what + " traced");
    cornu::testing::expect_same_config(serialize<ScheduleImpl>(s.impl().get()), c.at("config"), what, true);
    ++tally.ran;
  }
}

TEST(Schedules, RefuseWhatMakesNoSense) {
  EXPECT_THROW(schedules::ExponentialDecay({.initial_learning_rate = 0.1, .decay_steps = 0}), ConfigError);
  EXPECT_THROW(schedules::PiecewiseConstantDecay({.boundaries = {1}, .values = {1}}), ConfigError);
}

}  // namespace cornu
