// Learning-rate schedules against Keras.
#include <cornu/ops.h>
#include <cornu/optimizers.h>

#include "nn/golden_optim.h"

namespace cornu {

TEST(Schedules, AreThoseOfKeras) {
  const Value file = golden::read("schedules");
  golden::Tally tally("schedules");
  for (const Value& c : file.at("cases").as_array()) {
    const std::string what = golden::title(c);
    const Schedule s(make_configurable<ScheduleImpl>(c.at("config")));
    const Tensor want = golden::tensor(c.at("outputs").at("learning_rate"));
    const Tensor step = golden::tensor(c.at("inputs").at("step"));
    const Tensor in = want.dtype() == DType::f64 ? step.to(DType::f64) : step;
    golden::expect_near(s->call(in), want, what);
    const Tensor traced =
        ops::jit([&](const std::vector<Tensor>& t) { return std::vector<Tensor>{s->call(t[0])}; })({in})[0];
    golden::expect_near(traced, want, what + " traced");
    golden::expect_same_config(serialize<ScheduleImpl>(s.impl().get()), c.at("config"), what);
    ++tally.ran;
  }
}

TEST(Schedules, RefuseWhatMakesNoSense) {
  EXPECT_THROW(schedules::ExponentialDecay({.initial_learning_rate = 0.1, .decay_steps = 0}), ConfigError);
  EXPECT_THROW(schedules::PiecewiseConstantDecay({.boundaries = {1}, .values = {1}}), ConfigError);
}

}  // namespace cornu
