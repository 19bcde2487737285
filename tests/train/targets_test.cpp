// Targets and inputs that do not fit, and those that do with a little help.
#include <cornu/layers/normalization.h>
#include <cornu/layers/preprocessing.h>
#include <cornu/losses.h>
#include <cornu/ops.h>
#include <cornu/saving.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "double_network.h"
#include "message_of.h"
#include "nn/golden_model.h"
#include "own_path.h"

namespace cornu {
namespace {

const Tensor x({2, 1}, {1, 1});

TEST(Targets, ClassNumbersOfNoClassNeverCountAsAnother) {
  const Tensor y({2}, std::vector<int32_t>{0, 3}), p = Tensor::full({2, 3}, 1. / 3);
  EXPECT_THROW((*losses::SparseCategoricalCrossentropy())(y, p), ConfigError);
  EXPECT_THROW((*losses::CategoricalGeneralizedCrossEntropy())(y, p), ConfigError);
  // In a step the value is NaN, and its gradient 0.
  for (const Loss& loss : {Loss(losses::SparseCategoricalCrossentropy({.reduction = "none"})),
                           Loss(losses::CategoricalGeneralizedCrossEntropy({.reduction = "none"}))}) {
    const auto results = ops::jit(ops::value_and_grad(
        [&](const std::vector<Tensor>& in) -> std::vector<Tensor> {
          const Tensor each = (*loss)(in[1], in[0]);
          return {ops::sum(each), each};
        },
        {0}))({p, y});
    const std::vector<double> q = loss.impl()->class_name() == "SparseCategoricalCrossentropy"
                                      ? std::vector<double>{std::log(3)}
                                      : std::vector<double>{(1 - std::sqrt(1. / 3)) / 0.5};
    EXPECT_NEAR(results[2].to_doubles()[0], q[0], 1e-6);
    EXPECT_TRUE(std::isnan(results[2].to_doubles()[1]));
    for (const size_t i : {3, 4, 5}) EXPECT_EQ(results[0].to_doubles()[i], 0);
  }
  EXPECT_EQ(ops::in_top_k(y, p, 3).to_doubles(), (std::vector<double>{1, 0}));
  const Tensor ignored({2}, std::vector<int32_t>{0, 255});
  EXPECT_NEAR((*losses::SparseCategoricalCrossentropy({.ignore_class = 255}))(ignored, p).item(), std::log(3), 1e-6);
  const Tensor weight({2}, {1, 0});
  EXPECT_NEAR((*losses::SparseCategoricalCrossentropy())(y, p, weight).item(), std::log(3) / 2, 1e-6);
}

TEST(Targets, OneFeatureMayComeInOneAxis) {
  const Tensor flat({6}, {-1, 0, 1, 2, 3, 4}), y({6}, {-3, -1, 1, 3, 5, 7});
  Sequential model{Input({1}), Dense(1)};
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.build({1});
  testing::DoubleNetwork right(model.get_weights(), {"linear"});
  const History h = model.fit(flat, y, {.epochs = 500, .verbose = 0, .validation_data = ValidationData{flat, y, {}}});
  for (const double loss : h["loss"]) {
    const double by_hand = right.sgd(flat.reshaped({6, 1}), y);
    EXPECT_NEAR(loss, by_hand, 1e-3 * by_hand);
  }
  EXPECT_NEAR(model.predict(Tensor({1}, {10})).item(), right.predict(Tensor({1, 1}, {10}))[0], 1e-4);
  EXPECT_EQ(model.evaluate(flat, y)["loss"], model.evaluate(flat.reshaped({6, 1}), y.reshaped({6, 1}))["loss"]);
  EXPECT_EQ(model(flat).shape(), Shape({6, 1}));
  EXPECT_EQ(model.predict_on_batch(flat).shape(), Shape({6, 1}));
  const double before = model.evaluate(flat, y)["loss"];
  EXPECT_NEAR(model.train_on_batch(flat, y)["loss"], before, 1e-5 * before);
  // The other way round too, as in Keras: a column for an input of one axis.
  Sequential scaled{Input(Shape{}), Rescaling(2)};
  EXPECT_EQ(scaled.predict(flat.reshaped({6, 1})).shape(), Shape({6}));
  Sequential wide{Input({3}), Dense(1)};
  EXPECT_THROW(wide.predict(flat), ShapeError);
}

TEST(Targets, SequencesOfAnyLength) {
  Sequential model{Input({-1, 3}), LayerNormalization(), Dense(2, {.kernel_initializer = "ones"})};
  EXPECT_EQ(model->output_shape(), Shape({-1, -1, 2}));
  EXPECT_EQ(model.predict(Tensor({2, 5, 3})).shape(), Shape({2, 5, 2}));
  EXPECT_EQ(model.predict(Tensor({4, 7, 3})).shape(), Shape({4, 7, 2}));
  EXPECT_EQ(model->output_shape(), Shape({-1, -1, 2}));
  model.compile({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}});
  for (const int64_t steps : {6, 9}) {
    // Rows of equal numbers are 0 once they are normalized: what comes out is the bias, and the kernel has no slope.
    const auto bias = [&] { return model.get_weights()[3].to_doubles(); };
    const auto offset = [&] { return model.get_weights()[1].to_doubles(); };
    model.set_weights({Tensor::full({3}, 1), Tensor({3}), Tensor::full({3, 2}, 1), Tensor({2}, {0.5f, 0})});
    const History h = model.fit(Tensor::full({4, steps, 3}, 1), Tensor::full({4, steps, 2}, 1), {.verbose = 0});
    EXPECT_NEAR(h["loss"][0], (0.25 + 1) / 2, 1e-6);
    EXPECT_NEAR(h["mae"][0], (0.5 + 1) / 2, 1e-6);
    EXPECT_NEAR(bias()[0], 0.5 + 0.01 * 0.5, 1e-6);  // of each: 2 (b - 1) / 2
    EXPECT_NEAR(bias()[1], 0 + 0.01, 1e-6);
    for (const double beta : offset()) EXPECT_NEAR(beta, 0.01 * 1.5, 1e-6);  // reaches both outputs by ones
    const double sum = 3 * 0.015, mae = (0.505 + sum + 0.01 + sum) / 2;
    EXPECT_NEAR(model.evaluate(Tensor({3, steps, 3}), Tensor({3, steps, 2}))["mae"], mae, 1e-5);
  }
  EXPECT_THROW(model.predict(Tensor({2, 5, 4})), ShapeError);
  const std::string file = testing::own_path("two_unknown_sizes.keras");
  model.save(file);
  EXPECT_EQ(load_model(file).predict(Tensor({1, 3, 3})).shape(), Shape({1, 3, 2}));
  std::filesystem::remove(file);
  Sequential without_input{Dense(2)};
  EXPECT_EQ(without_input.predict(Tensor({2, 5, 3})).shape(), Shape({2, 5, 2}));
  EXPECT_EQ(without_input.predict(Tensor({2, 7, 3})).shape(), Shape({2, 7, 2}));
  EXPECT_EQ((Sequential{Input({-1, 6}), Reshape({-1, 3})}).predict(Tensor({2, 4, 6})).shape(), Shape({2, 8, 3}));
}

TEST(Targets, NormalizationOfAllValues) {
  const Tensor one({5}, {1, 2, 3, 4, 5});
  Normalization all({.axis = {}});
  all.adapt(one);
  EXPECT_NEAR(all(one).to_doubles()[0], -std::sqrt(2), 1e-6);
  const Tensor scaled =
      Normalization({.mean = Tensor::scalar(5), .variance = Tensor::scalar(4)})(Tensor({1, 2}, {7, 9}));
  EXPECT_EQ(scaled.to_doubles(), (std::vector<double>{1, 2}));
}

}  // namespace
}  // namespace cornu
