// CORNU_CHECK=nan in a process of its own: training names the layer whose result first was not finite.
#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace cornu {

struct LogConfig {
  CORNU_LAYER_FIELDS;
};
template <>
struct Describe<LogConfig> {
  static constexpr auto fields = layer_fields<LogConfig>();
};

namespace {

struct LogLayer final : WithLayerConfig<LogLayer, LogConfig> {
  static constexpr const char* kName = "Log";
  using WithLayerConfig::WithLayerConfig;
  Tensor call(const Tensor& x, const CallContext&) override { return ops::log(x); }
};

[[noreturn]] void train_until_it_fails() {
  Sequential model{Input({2}), Dense(3, {.activation = "relu", .name = "hidden"}),
                   make_layer<LogLayer>(LogConfig{.name = "squash"}, here()), Dense(1)};
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const Tensor x({2, 2}, {-1, -1, 1, 1}), y({2, 1}, {0, 1});
  try {
    const History h = model.fit(x, y, {.epochs = 2, .verbose = 0});
    std::fprintf(stderr, "loss %f\n", h["loss"].back());
  } catch (const Error& e) {
    std::fprintf(stderr, "%s\n", e.what());
  }
  std::exit(3);
}

TEST(CheckNanTraining, NamesTheLayer) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // the variables of the environment are read once in a process
  const auto exits = ::testing::ExitedWithCode(3);
  EXPECT_EXIT(
      {
        ::setenv("CORNU_CHECK", "nan", 1);
        train_until_it_fails();
      },
      exits, "CallError: log in 'sequential/squash': made the first value that is not finite, got . infinite of 6");
  EXPECT_EXIT(
      {
        ::unsetenv("CORNU_CHECK");
        train_until_it_fails();
      },
      exits, "loss -?nan");
}

}  // namespace
}  // namespace cornu
