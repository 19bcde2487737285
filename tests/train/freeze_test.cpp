// Weights that are frozen or thawed after compile, and losses that cannot train.
#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include "double_network.h"
#include "message_of.h"
#include "saving/support.h"

using namespace cornu;
using namespace cornu::testing;

namespace {

Sequential net(Optimizer optimizer = "adam") {
  set_random_seed(5);
  Sequential m{Input({4}), Dense(8, {.activation = "tanh"}), Dense(1)};
  m.compile({.optimizer = std::move(optimizer), .loss = "mse"});
  return m;
}
const Tensor x = numbers({40, 4}, 1), y = numbers({40, 1}, 2);

std::vector<bool> changed(const std::vector<Tensor>& before, const Model& m) {
  std::vector<bool> out;
  const std::vector<Tensor> now = m.get_weights();
  for (size_t i = 0; i < now.size(); ++i) out.push_back(before[i].to_doubles() != now[i].to_doubles());
  return out;
}

/// One way to train a little more.
using More = std::function<void(Model&)>;
const std::vector<More> kWays{[](Model& m) { m.fit(x, y, {.batch_size = 64, .verbose = 0}); },  // one batch
                              [](Model& m) { m.train_on_batch(x, y); }};

TEST(Freeze, LayersFromTheNextFitOn) {
  for (const std::string optimizer : {"sgd", "adam", "lion"})
    for (const More& more : kWays) {
      Sequential m = net(optimizer);
      DoubleNetwork right(m.get_weights(), {"tanh", "linear"});
      const auto update = [&] { optimizer == "sgd" ? right.sgd(x, y) : right.adam(x, y); };
      const auto as_expected = [&] {
        if (optimizer != "lion") expect_weights(m.get_weights(), right, 1e-5, optimizer);
      };
      more(m);
      update();
      as_expected();
      m.layers()[0].set_trainable(false);
      auto before = m.get_weights();
      const auto kernel = right.weights[0], bias = right.weights[1];
      more(m);
      EXPECT_EQ(changed(before, m), (std::vector<bool>{false, false, true, true})) << optimizer;
      const auto moments = right;  // of the frozen weights the optimizer's moments stay too
      update();
      right.keep(moments, 0), right.keep(moments, 1);
      EXPECT_TRUE(right.weights[0] == kernel && right.weights[1] == bias);
      as_expected();
      m.layers()[0].set_trainable(true);
      before = m.get_weights();
      more(m);
      EXPECT_EQ(changed(before, m), std::vector<bool>(4, true)) << optimizer;
      update();
      as_expected();
    }
}

TEST(Freeze, VariablesToo) {
  for (const More& more : kWays) {
    Sequential m = net();
    DoubleNetwork right(m.get_weights(), {"tanh", "linear"});
    more(m);
    right.adam(x, y);
    m.layers()[0].weight("kernel").set_trainable(false);
    const auto before = m.get_weights();
    const DoubleNetwork moments = right;
    more(m);
    right.adam(x, y);
    right.keep(moments, 0);
    EXPECT_EQ(changed(before, m), (std::vector<bool>{false, true, true, true}));
    expect_weights(m.get_weights(), right, 1e-5);
  }
}

/// What is trained goes on as if nothing had been frozen: with its own slots.
TEST(Freeze, TheOthersKeepTheirSlots) {
  const auto sgd = optimizers::SGD({.learning_rate = 0.5, .momentum = 0.9});
  Sequential m{Input({1}), Dense(1, {.use_bias = false, .kernel_initializer = "zeros"}),
               Dense(1, {.use_bias = false, .kernel_initializer = "ones"})};
  m.compile({.optimizer = sgd, .loss = [](const Tensor&, const Tensor& p) { return ops::mean(p, {-1}); }});
  const Tensor one({1, 1}, {1});
  m.train_on_batch(one, one);  // the first kernel's gradient is 1: velocity -0.5; the second one's is 0
  EXPECT_EQ(m.get_weights()[0].item(), -0.5);
  m.layers()[1].set_trainable(false);
  m.train_on_batch(one, one);  // -0.95
  EXPECT_FLOAT_EQ(static_cast<float>(m.get_weights()[0].item()), -1.45F);
  EXPECT_EQ(m.get_weights()[1].item(), 1);
}

TEST(Freeze, AveragesLeaveFrozenWeightsAlone) {
  Sequential m = net(optimizers::SGD({.learning_rate = 0.1, .use_ema = true, .ema_momentum = 0.5}));
  m.fit(x, y, {.verbose = 0});
  m.layers()[0].set_trainable(false);
  const auto before = m.get_weights();
  m.fit(x, y, {.verbose = 0});
  EXPECT_EQ(changed(before, m), (std::vector<bool>{false, false, true, true}));
}

TEST(Freeze, WhatTheOptimizerNeverKnewIsToldAsSuch) {
  Sequential m = net();
  m.layers()[0].set_trainable(false);
  m.fit(x, y, {.verbose = 0});
  m.layers()[0].set_trainable(true);
  EXPECT_NE(message_of([&] { m.fit(x, y, {.verbose = 0}); }).find("compile it with a new optimizer"),
            std::string::npos);
}

/// Of the model that is inside, with layers added since the one around it was used.
TEST(Freeze, LayersAddedInsideAreSeenOutside) {
  Sequential inner{Input({4}), Dense(2, {.kernel_initializer = "ones"})};
  Sequential outer{Input({4}), inner};
  EXPECT_EQ(outer.predict(Tensor::full({1, 4}, 1)).to_doubles(), (std::vector<double>{4, 4}));
  inner.add(Dense(1, {.kernel_initializer = "ones"}));
  EXPECT_EQ(outer.predict(Tensor::full({1, 4}, 1)).to_doubles(), (std::vector<double>{8}));
}

TEST(Losses, WithoutAGradientAreRefused) {
  const auto fit = [&](Loss loss, bool eager) {
    return message_of([&] {
      Sequential m = net();
      m.compile({.optimizer = "sgd", .loss = std::move(loss), .run_eagerly = eager});
      m.fit(x, y, {.verbose = 0});
    });
  };
  for (const bool eager : {false, true}) {
    const std::string counted =
        fit([](const Tensor& t, const Tensor& p) { return ops::cast(t > p, DType::f32); }, eager);
    EXPECT_NE(counted.find("no gradient with respect to any of its weights"), std::string::npos) << counted;
    const std::string integers =
        fit([](const Tensor& t, const Tensor& p) { return ops::sum(ops::cast(t > p, DType::i32)); }, eager);
    EXPECT_NE(integers.find("its loss"), std::string::npos) << integers;
  }
  // Measuring is not training.
  Sequential m = net();
  m.compile({.loss = [](const Tensor& t, const Tensor& p) { return ops::cast(t > p, DType::f32); }});
  const std::vector<double> p = m.predict(x).to_doubles(), t = y.to_doubles();
  double above = 0;
  for (size_t i = 0; i < t.size(); ++i) above += t[i] > p[i];
  EXPECT_NEAR(m.evaluate(x, y)["loss"], above / static_cast<double>(t.size()), 1e-6);
}

/// Products of a training step, by what explain_step says.
size_t products(Sequential& m) {
  m.train_on_batch(x, y);
  const std::string program = m.explain_step();
  size_t n = 0;
  for (size_t at = program.find("matmul ["); at != program.npos; at = program.find("matmul [", at + 1)) ++n;
  return n;
}

TEST(Freeze, NothingIsComputedBelowTheLowestTrainableWeight) {
  const auto layers = [](bool first, bool second, bool third) {
    Sequential m{Input({4}), Dense(6, {.activation = "tanh", .trainable = first}), Dense(5, {.trainable = second}),
                 Dense(1, {.trainable = third})};
    m.compile({.optimizer = "sgd", .loss = "mse"});
    return products(m);
  };
  // Three forward; back, one for each kernel that trains and one for each layer above the lowest of them.
  EXPECT_EQ(layers(true, true, true), 3u + 3 + 2);
  EXPECT_EQ(layers(false, true, true), 3u + 2 + 1);
  EXPECT_EQ(layers(false, false, true), 3u + 1);
  EXPECT_EQ(layers(true, false, false), 3u + 1 + 2);
}

}  // namespace
