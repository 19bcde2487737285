// Metrics that compute several values in one pass.
#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include "nn/golden.h"

using namespace cornu;

namespace {

struct PrecisionAndRecall final : MetricImpl {
  Variable hit, said, there;
  PrecisionAndRecall()
      : hit(add_variable("hit", {})), said(add_variable("said", {})), there(add_variable("there", {})) {}
  std::string class_name() const override { return "PrecisionAndRecall"; }
  std::string name() const override { return "both"; }
  Value get_config() const override { return Value::object(); }
  void update(const Tensor& y_true, const Tensor& y_pred, const Tensor&) override {
    const Tensor positive = ops::cast(y_pred > 0.5, DType::f32);
    hit.assign(hit.value() + ops::sum(y_true * positive));
    said.assign(said.value() + ops::sum(positive));
    there.assign(there.value() + ops::sum(y_true));
  }
  Tensor result() const override { return hit.value() / said.value(); }
  Results results() const override { return {{"precision", result()}, {"recall", hit.value() / there.value()}}; }
};

}  // namespace

TEST(Metrics, OfSeveralValuesGiveALogForEach) {
  for (const bool eagerly : {false, true}) {
    Sequential m{Input({1}), Dense(1, {.use_bias = false, .kernel_initializer = "ones"})};
    m.compile({.optimizer = optimizers::SGD({.learning_rate = 0}),
               .loss = "mse",
               .metrics = {Metric(std::make_shared<PrecisionAndRecall>()), "mae"},
               .run_eagerly = eagerly});
    const Tensor x = Tensor::full({4, 1}, 1), y({4, 1}, {1, 1, 1, 0});
    const History h = m.fit(x, y, {.batch_size = 3, .epochs = 2, .verbose = 0, .shuffle = false});
    EXPECT_EQ(h["precision"], (std::vector<double>{0.75, 0.75}));
    EXPECT_EQ(h["recall"], (std::vector<double>{1, 1}));
    const Logs logs = m.evaluate(x, y);
    EXPECT_EQ(logs["precision"], 0.75);
    EXPECT_EQ(logs["recall"], 1);
    EXPECT_EQ(logs["mae"], 0.25);
    EXPECT_EQ(logs.find("both"), nullptr);
  }
}
