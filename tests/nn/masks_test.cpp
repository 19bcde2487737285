// Masks and weights: what does not count is chosen away, in losses, metrics and gradients; what keeps a mask.
#include <cornu/layers/activation.h>
#include <cornu/layers/core.h>
#include <cornu/layers/normalization.h>
#include <cornu/losses.h>
#include <cornu/metrics.h>
#include <cornu/model.h>
#include <cornu/ops.h>
#include <gtest/gtest.h>

#include <cmath>

#include "message_of.h"
#include "nn/registry.h"

namespace cornu {
namespace {

const float kNaN = std::nanf("");

Tensor mask_of(const Shape& shape, const std::vector<int32_t>& counts) {
  return Tensor(shape, counts).to(DType::boolean);
}

TEST(Masks, ViewsKeepWhatStillFits) {
  const Tensor y = Tensor({2, 3, 2}).with_mask(mask_of({2, 3}, {1, 0, 1, 0, 1, 1}));
  EXPECT_EQ(y.rows(1, 2).mask().shape(), Shape({1, 3}));
  EXPECT_EQ(y.rows(1, 2).mask().to_doubles(), (std::vector<double>{0, 1, 1}));
  EXPECT_EQ(y.reshaped({2, 3, 1, 2}).mask().shape(), Shape({2, 3}));
  EXPECT_FALSE(y.reshaped({6, 2}).mask().defined());
  EXPECT_FALSE((y + 1.0).mask().defined());
  EXPECT_FALSE(y.with_mask({}).mask().defined());
}

TEST(Masks, OnlyThoseOfTheLeadingAxesAreTaken) {
  const Tensor y({2, 3, 2});
  EXPECT_THROW(y.with_mask(Tensor({2, 3})), DTypeError);
  for (const Shape& wrong : {Shape{7, 9}, Shape{}, Shape{3}, Shape{2, 3, 2, 1}})
    EXPECT_THROW(y.with_mask(Tensor(wrong, DType::boolean)), ShapeError) << wrong.str();
}

TEST(Masks, TheLossOfOneRowIsThatOfItsSteps) {
  const Tensor y = Masking()(Tensor({2, 2, 1}, {2, 0, 3, 3}));
  EXPECT_EQ((*losses::MeanSquaredError())(Tensor({1, 2, 1}), y.rows(0, 1)).item(), 4);
}

/// Predictions are 2 at the three steps that count, whose targets are 0; the targets elsewhere are NaN.
struct Padded {
  Tensor y{{2, 4, 1}}, p{{2, 4, 1}}, mask = mask_of({2, 4}, {1, 1, 0, 0, 1, 0, 0, 0});
  Padded() {
    for (size_t i = 0; i < 8; ++i) {
      const bool counts = mask.data<bool>()[i];
      y.mutable_data<float>()[i] = counts ? 0 : kNaN;
      p.mutable_data<float>()[i] = counts ? 2 : -7;
    }
  }
};

TEST(Masks, MetricsCountWhatIsNotMasked) {
  const Padded d;
  const std::pair<Metric, double> cases[] = {{metrics::MeanSquaredError(), 4},     {metrics::MeanAbsoluteError(), 2},
                                             {metrics::RootMeanSquaredError(), 2}, {metrics::BinaryAccuracy(), 0},
                                             {metrics::FalsePositives(), 3},       {metrics::TruePositives(), 0},
                                             {metrics::FalseNegatives(), 0}};
  for (const auto& [m, right] : cases) {
    m->update_state(d.y, d.p.with_mask(d.mask));
    EXPECT_EQ(m->result().item(), right) << m->class_name();
    m->reset();
    m->update_state(d.y, d.p.with_mask(d.mask), Tensor({2}, {1, 3}));  // all errors are equal, so means stay
    const bool counts = m->class_name() == "FalsePositives";
    EXPECT_EQ(m->result().item(), counts ? 2 * 1 + 1 * 3 : right) << m->class_name();
  }
}

TEST(Masks, WhatDoesNotCountHasNoSayInWhatLabelsMean) {
  // 0 and 1 where it counts: they are -1 and 1. The row between has labels of neither kind.
  const Tensor p({3, 2}, {.2f, .8f, kNaN, kNaN, .6f, .4f}), y({3, 2}, {0, 1, kNaN, .5f, 1, 0}), w({3}, {1, 0, 1});
  const Tensor two_p({2, 2}, {.2f, .8f, .6f, .4f}), two_y({2, 2}, {0, 1, 1, 0});
  const auto masked = p.with_mask(mask_of({3}, {1, 0, 1}));
  const std::pair<Loss, Metric> cases[] = {
      {losses::Hinge({.reduction = "sum"}), metrics::Hinge()},
      {losses::SquaredHinge({.reduction = "sum"}), metrics::SquaredHinge()},
      {losses::Hinge({.reduction = "sum"}), metrics::MeanMetricWrapper({.fn = "hinge"})}};
  for (const auto& [loss, metric] : cases) {
    const double right = (*loss)(two_y, two_p).item();
    EXPECT_FLOAT_EQ(static_cast<float>((*loss)(y, p, w).item()), static_cast<float>(right)) << loss->class_name();
    EXPECT_FLOAT_EQ(static_cast<float>((*loss)(y, masked).item()), static_cast<float>(right)) << loss->class_name();
    EXPECT_FLOAT_EQ(static_cast<float>((*loss)(y, p, w.reshaped({3, 1})).item()), static_cast<float>(right));
    for (const bool by_mask : {false, true}) {
      metric->reset();
      by_mask ? metric->update_state(y, masked) : metric->update_state(y, p, w);
      EXPECT_FLOAT_EQ(static_cast<float>(metric->result().item()), static_cast<float>(right / 2));
    }
  }
  // (1 + 0.2) + (1 - 0.8) of the first row and (1 - 0.6) + (1 + 0.4) of the last, halved as means over two labels.
  EXPECT_FLOAT_EQ(static_cast<float>((*losses::Hinge({.reduction = "sum"}))(y, p, w).item()), 0.7f + 0.9f);
  // Labels of -1 and 1 stay so, whatever the row of weight 0 has.
  const Tensor signs({2, 1}, {-1, 1}), zero({2, 1}, {0, 0});
  EXPECT_FLOAT_EQ(static_cast<float>((*losses::Hinge())(signs, zero, Tensor({2}, {1, 0})).item()), 0.5f);
}

TEST(Masks, InTrainingLossAndMetricsAgree) {
  const Padded d;
  Tensor x({2, 4, 1});
  for (size_t i = 0; i < 8; ++i) x.mutable_data<float>()[i] = d.mask.data<bool>()[i] ? 2 : 0;
  Sequential model{Input({4, 1}), Masking(), Dense(1, {.use_bias = false, .kernel_initializer = "ones"})};
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0}),
                 .loss = "mse",
                 .metrics = {"mse", "mae"},
                 .weighted_metrics = {metrics::MeanAbsoluteError({.name = "weighted"})}});
  const Logs logs = model.evaluate(x, d.y);
  EXPECT_EQ(logs["loss"], 4);
  EXPECT_EQ(logs["mse"], 4);
  EXPECT_EQ(logs["mae"], 2);
  EXPECT_EQ(logs["weighted"], 2);
  const History h = model.fit(x, d.y, {.verbose = 0, .validation_data = ValidationData{x, d.y, {}}});
  EXPECT_EQ(h.history.at("mae")[0], 2);
  EXPECT_EQ(h.history.at("val_mse")[0], 4);
  EXPECT_EQ(model.get_weights()[0].item(), 1);
}

/// Every loss: what is NaN under weight 0 changes neither its value nor its gradient.
TEST(Weights, NaNUnderWeightZeroCountsForNothing) {
  for (const char* name : {"mse", "mae", "mape", "msle", "huber", "log_cosh", "binary_crossentropy", "poisson",
                           "categorical_crossentropy", "kl_divergence", "hinge", "squared_hinge", "cosine_similarity",
                           "binary_focal_crossentropy", "categorical_focal_crossentropy", "categorical_hinge"}) {
    const Loss loss{std::string(name)};
    const Tensor w({3}, {1, 0, 2});
    const auto value_and_gradient = [&](const Tensor& y, const Tensor& p) {
      return ops::value_and_grad(
          [&](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {(*loss)(y, in[0], w)}; })({p});
    };
    const auto right =
        value_and_gradient(Tensor({3, 2}, {0, 1, 1, 0, 1, 0}), Tensor({3, 2}, {.3f, .7f, .6f, .4f, .8f, .2f}));
    const auto with_nan =
        value_and_gradient(Tensor({3, 2}, {0, 1, kNaN, kNaN, 1, 0}), Tensor({3, 2}, {.3f, .7f, .6f, .4f, .8f, .2f}));
    EXPECT_EQ(with_nan[1].item(), right[1].item()) << name;
    EXPECT_EQ(with_nan[0].to_doubles(), right[0].to_doubles()) << name;
    const auto both =
        value_and_gradient(Tensor({3, 2}, {0, 1, kNaN, 0, 1, 0}), Tensor({3, 2}, {.3f, .7f, kNaN, INFINITY, .8f, .2f}));
    EXPECT_EQ(both[1].item(), right[1].item()) << name;
    for (const size_t i : {0, 1, 4, 5}) EXPECT_EQ(both[0].to_doubles()[i], right[0].to_doubles()[i]) << name;
    for (const size_t i : {2, 3}) EXPECT_EQ(both[0].to_doubles()[i], 0) << name;
  }
}

TEST(Weights, NaNUnderWeightZeroLeavesTheWeightsWhole) {
  Sequential model{Input({1}), Dense(1, {.use_bias = false, .kernel_initializer = "zeros"})};
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse", .weighted_metrics = {"mae"}});
  const Tensor x({2, 1}, {1, 1}), y({2}, {2, kNaN}), w({2}, {1, 0});
  const Logs logs = model.evaluate(x, y, {.sample_weight = w});
  EXPECT_EQ(logs["loss"], 2);  // 4 / 2 rows, as Keras divides
  EXPECT_EQ(logs["mae"], 2);
  model.fit(x, y, {.verbose = 0, .sample_weight = w});
  EXPECT_FLOAT_EQ(static_cast<float>(model.get_weights()[0].item()), 0.2f);  // - 0.1 / 2 * 2 * (0 - 2)
}

TEST(Masks, SoftmaxHeedsThoseOfItsAxes) {
  const Tensor x({2, 3, 2}, {1, 2, 3, 4, 5, 6, 1, 1, 2, 2, 3, 3});
  const Tensor mask = mask_of({2, 3}, {1, 1, 0, 1, 0, 0});
  const Tensor over_steps = Softmax({.axis = 1})(x, false, mask);
  const double e = std::exp(1.0) / (std::exp(1.0) + std::exp(3.0));
  const std::vector<double> right{e, e, 1 - e, 1 - e, 0, 0, 1, 1, 0, 0, 0, 0};
  for (size_t i = 0; i < right.size(); ++i) EXPECT_NEAR(over_steps.to_doubles()[i], right[i], 1e-6) << i;
  EXPECT_EQ(over_steps.shape(), x.shape());
  EXPECT_EQ(Softmax()(x, false, mask).to_doubles(), Softmax()(x).to_doubles());  // over classes: of each step alone
  EXPECT_THROW(Softmax()(x, false, Tensor({2, 3, 2, 1}, DType::boolean)), Error);
}

TEST(Masks, NaNAtMaskedStepsStaysOutOfMoments) {
  Tensor x({1, 3, 1}, {1, 3, kNaN});
  const Layer norm = BatchNormalization({.momentum = 0});
  norm(x, true, mask_of({1, 3}, {1, 1, 0}));
  EXPECT_NEAR(norm.weight("moving_mean").numpy().item(), 2, 1e-6);
  EXPECT_NEAR(norm.weight("moving_variance").numpy().item(), 1, 1e-6);
}

}  // namespace
}  // namespace cornu
