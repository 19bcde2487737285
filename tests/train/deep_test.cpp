// The time to the first step of deep models.
#include <cornu/layers/core.h>
#include <cornu/model.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

namespace cornu {
namespace {

double seconds_to_first_step(int layers) {
  double best = 1e9;
  for (int again = 0; again < 3; ++again) {
    Sequential model{Input({4})};
    for (int i = 0; i < layers; ++i) model.add(Dense(4, {.activation = "tanh"}));
    model.compile({.loss = "mse"});
    const std::clock_t start = std::clock();  // of this process, whatever else the machine does
    model.fit(Tensor({8, 4}), Tensor({8, 4}), {.verbose = 0});
    best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return best;
}

TEST(DeepModels, TheFirstStepTakesTimeByTheNumberOfLayers) {
  const double few = seconds_to_first_step(50), many = seconds_to_first_step(400);
  EXPECT_LT(many, 24 * few) << "8 times as many layers; by their square it would be 64 times as long";
}

}  // namespace
}  // namespace cornu
