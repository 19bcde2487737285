// Time to trace, specialize, optimize, plan and prepare a training step, and what of it each pass takes.
#include <cornu/cornu.h>

#include <chrono>

#include "support.h"
#include "train/trainer.h"

namespace {

using namespace cornu;

void step_of(benchmark::State& state) {
  std::vector<Layer> layers{Input({16})};
  for (int i = 0; i < state.range(0); ++i) layers.push_back(Dense(16, {.activation = "relu"}));
  layers.push_back(Dense(1, {.activation = "sigmoid"}));
  Sequential model(layers);
  model.build({16});
  const BatchSpec spec{.x = TypeShape{DType::f32, {16}}, .y = TypeShape{DType::f32, {1}}};
  const auto add = [&](const std::string& what, double microseconds) {
    benchmark::Counter& c = state.counters[what];
    c = {c + microseconds, benchmark::Counter::kAvgIterations};
  };
  for (auto _ : state) {
    model.compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"accuracy"}});
    const Step& step = trainer_of(model.model())->step(model.model(), StepKind::train, spec, 32);
    for (const PassTime& p : step.pass_times()) add(p.name + " us", p.microseconds);
    state.counters["nodes"] = static_cast<double>(step.graph().nodes.size());
    state.counters["instructions"] = static_cast<double>(step.instruction_count());
  }
}

/// The first step and the first prediction of a functional model: traced, optimized, planned and run once.
void functional(benchmark::State& state) {
  const Tensor x = Tensor::full({32, 16}, 0.5), y = Tensor::full({32, 1}, 1);
  double training = 0, predicting = 0;
  const auto milliseconds = [](auto f) {
    const auto start = std::chrono::steady_clock::now();
    f();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  };
  for (auto _ : state) {
    state.PauseTiming();
    const Tensor in = Input({16});
    Tensor h = in;
    for (int64_t i = 1; i < state.range(0); ++i) h = Dense(16, {.activation = "relu"})(h);
    Model model(in, Dense(1, {.activation = "sigmoid"})(h));
    model.compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"accuracy"}});
    state.ResumeTiming();
    training += milliseconds([&] { model.train_on_batch(x, y); });
    predicting += milliseconds([&] { model.predict(x); });
  }
  state.counters["first step ms"] = {training, benchmark::Counter::kAvgIterations};
  state.counters["first predict ms"] = {predicting, benchmark::Counter::kAvgIterations};
}

}  // namespace

int main(int argc, char** argv) {
  if (!bench::begin(argc, argv)) return 2;
  benchmark::RegisterBenchmark("hidden layers", step_of)->Arg(2)->Arg(10)->Arg(20)->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark("functional layers", functional)->Arg(50)->Arg(200)->Unit(benchmark::kMillisecond);
  bench::Console console;
  benchmark::RunSpecifiedBenchmarks(&console);
}
