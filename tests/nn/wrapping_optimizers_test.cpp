// Optimizers that others work in, and what all of them say of themselves: rates, steps, scales, overwritten variables.
#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include "message_of.h"

namespace cornu {
namespace {

using optimizers::Adam;
using optimizers::LossScaleOptimizer;
using optimizers::MultiOptimizer;
using optimizers::SGD;
using Numbers = std::vector<double>;

Variable at(const char* path, double value) {
  Variable v(Tensor({1}, std::vector<float>{static_cast<float>(value)}), "kernel");
  v.set_path(path);
  return v;
}
Tensor one(double value) { return Tensor({1}, std::vector<float>{static_cast<float>(value)}); }
double read(const Variable& v) { return v.numpy().to_doubles()[0]; }

TEST(MultiOptimizer, EachUpdatesItsOwnVariables) {
  const Optimizer slow = SGD({.learning_rate = 0.125}), fast = SGD({.learning_rate = 0.5}),
                  rest = SGD({.learning_rate = 0});
  MultiOptimizer multi({.optimizer_map = {rest, {{"a/.*", slow}, {"b/kernel", fast}}}});
  Variable a = at("a/kernel", 2), b = at("b/kernel", 3), c = at("c/kernel", 4);
  multi->build({a, b, c});
  const std::vector<Optimizer> all = multi.optimizers();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].impl(), slow.impl());
  EXPECT_EQ(all[1].impl(), fast.impl());
  EXPECT_EQ(all[2].impl(), rest.impl());
  multi->apply({one(1), one(1), one(1)});
  multi->apply({one(1), Tensor(), one(1)});
  EXPECT_EQ((Numbers{read(a), read(b), read(c)}), (Numbers{1.75, 2.5, 4}));
  EXPECT_EQ(multi->iterations(), 2);
  EXPECT_EQ(fast->iterations(), 1);  // it had no gradient in the second step
  // Keras' order in files: its own two, then those of each optimizer.
  EXPECT_EQ(multi->variables().size(), 2u + 3u * 2u);
  EXPECT_THROW(multi->learning_rate(), CallError);
  EXPECT_THROW(multi->set_learning_rate(1.0), CallError);
  EXPECT_THROW(multi->apply({Tensor(), Tensor(), Tensor()}), CallError);
}

TEST(MultiOptimizer, IsWrittenAndReadWithItsMap) {
  MultiOptimizer multi({.optimizer_map = {SGD({.learning_rate = 0.25}), {{"a/.*", Adam()}}}, .loss_scale_factor = 4});
  const Value form = serialize<OptimizerImpl>(multi.impl().get());
  const Value& map = form.at("config").at("optimizer_map");
  EXPECT_EQ(map.at("class_name").as_string(), "OptimizerMap");
  EXPECT_EQ(map.at("config").at("optimizer_map").at("a/.*").at("class_name").as_string(), "Adam");
  const Optimizer again(make_configurable<OptimizerImpl>(form));
  Variable a = at("a/kernel", 1), b = at("b/kernel", 1);
  again->build({a, b});
  EXPECT_EQ(again->loss_scale_factor(), 4);
  EXPECT_EQ(again->variables().size(), 2u + 4u + 2u);
  again->apply({one(4), one(4)});
  EXPECT_EQ(read(b), 0.75);  // the gradient of a loss times 4
  EXPECT_EQ(again->scale_loss(Tensor::scalar(3)).item(), 12);
  MultiOptimizer chosen({.optimizer_map = {.choose = [](const Variable&) { return SGD(); }}});
  EXPECT_THROW(chosen->get_config(), CallError);
}

TEST(MultiOptimizer, RefusesWhatCannotStandInIt) {
  Variable a = at("a/kernel", 1);
  const auto words = [&](OptimizerMap map) {
    return testing::message_of([&] { MultiOptimizer({.optimizer_map = std::move(map)})->build({a}); });
  };
  EXPECT_NE(words({}).find("must have a default optimizer"), std::string::npos);
  EXPECT_NE(words({LossScaleOptimizer({.inner_optimizer = SGD()})}).find("cannot be used inside an MultiOptimizer"),
            std::string::npos);
  EXPECT_NE(words({SGD(), {{"a.*", SGD()}, {".*kernel", SGD()}}}).find("path 'a/kernel' matches several keys"),
            std::string::npos);
  EXPECT_NE(
      words({.choose = [](const Variable&) { return Optimizer(); }}).find("for the variable 'a/kernel', got none"),
      std::string::npos);
}

TEST(MultiOptimizer, TrainsAModelWithFrozenLayersAndRates) {
  const auto model_of = [](const Optimizer& optimizer) {
    Sequential model({Input({1}), Dense(2, {.use_bias = false, .kernel_initializer = "ones", .name = "d1"}),
                      Dense(1, {.use_bias = false, .kernel_initializer = "ones", .name = "d2"})},
                     "m");
    model.compile({.optimizer = optimizer, .loss = "mse"});
    return model;
  };
  const Tensor x = Tensor({1, 1}, std::vector<float>{1}), y = Tensor({1, 1}, std::vector<float>{0});
  const Optimizer d1 = SGD({.learning_rate = 0.001}), d2 = SGD({.learning_rate = 0.01}), rest = SGD();
  MultiOptimizer multi({.optimizer_map = {rest, {{".*d1/.*", d1}, {".*d2/.*", d2}}}});
  Sequential model = model_of(multi);
  model.fit(x, y, {.verbose = 0});
  EXPECT_NEAR(model.weights()[0].numpy().to_doubles()[0], 0.996, 1e-6);
  EXPECT_NEAR(model.weights()[1].numpy().to_doubles()[0], 0.96, 1e-6);
  EXPECT_EQ(rest->iterations(), 0);
  model.layers()[0].set_trainable(false);
  model.fit(x, y, {.verbose = 0});
  EXPECT_NEAR(model.weights()[0].numpy().to_doubles()[0], 0.996, 1e-6);
  EXPECT_LT(model.weights()[1].numpy().to_doubles()[0], 0.95);
  const auto history = model.fit(
      x, y,
      {.epochs = 2,
       .verbose = 0,
       .callbacks = {callbacks::LearningRateScheduler({.schedule = [](int64_t, double r) { return r / 2; }})}});
  EXPECT_NEAR(d1->learning_rate(), 0.00025, 1e-9);
  EXPECT_NEAR(d2->learning_rate(), 0.0025, 1e-9);
}

TEST(Optimizers, TheFirstVariablesAreThereBeforeBuild) {
  SGD sgd({.learning_rate = 0.25});
  ASSERT_EQ(sgd->variables().size(), 2u);
  EXPECT_EQ(sgd->iterations_variable().cell(), sgd->variables()[0].cell());
  sgd->variables()[1].cell();
  sgd->set_learning_rate(0.5);
  EXPECT_EQ(sgd->variables()[1].numpy().item(), 0.5);
  Variable w = at("w", 1);
  sgd->build({w});
  EXPECT_EQ(sgd->variables().size(), 2u);
  sgd->apply({one(1)});
  EXPECT_EQ(read(w), 0.5);
  // The rate is as exact as what it moves.
  SGD wide;
  wide->variables();
  Variable v(Tensor({1}, DType::f64), "v");
  wide->build({v});
  EXPECT_EQ(wide->variables()[1].dtype(), DType::f64);
}

TEST(Optimizers, AScheduleTakesThePlaceOfANumber) {
  Variable w = at("w", 0);
  SGD sgd({.learning_rate = 1});
  sgd->build({w});
  sgd->apply({one(1)});
  sgd->set_learning_rate(LearningRate([](const Tensor& step) { return step * 2.0; }));
  EXPECT_EQ(sgd->variables().size(), 1u);
  EXPECT_EQ(sgd->learning_rate(), 2);
  sgd->apply({one(1)});
  EXPECT_EQ(read(w), -3);
  EXPECT_THROW(sgd->set_learning_rate(1.0), CallError);
  EXPECT_THROW(sgd->get_config(), CallError);  // a function is no part of a file
  // A model's compiled steps follow.
  Sequential model({Input({1}), Dense(1, {.use_bias = false, .kernel_initializer = "zeros"})});
  const SGD own({.learning_rate = 1});
  model.compile({.optimizer = own, .loss = [](const Tensor&, const Tensor& p) { return p; }});
  const Tensor x({1, 1}, std::vector<float>{1});
  model.fit(x, x, {.verbose = 0});
  own->set_learning_rate(schedules::PiecewiseConstantDecay({.boundaries = {0.5}, .values = {8, 0.25}}));
  model.fit(x, x, {.verbose = 0});
  EXPECT_EQ(read(model.weights()[0]), -1.25);
}

TEST(Optimizers, AVariableMayTakeOverItsGradient) {
  Variable scale = at("scale", 1), w = at("w", 1);
  scale.set_overwrite_with_gradient(true);
  Adam adam({.learning_rate = 0.5, .clipnorm = 0.001, .loss_scale_factor = 16});
  adam->build({scale, w});
  EXPECT_EQ(adam->variables().size(), 4u);  // no slots for what is overwritten
  adam->apply({one(48), one(48)});
  EXPECT_EQ(read(scale), 48);
  EXPECT_NEAR(read(w), 0.5, 5e-3);  // epsilon beside so small a gradient
  // Of the batches that an update gathers, the largest.
  Variable largest = at("largest", 7), sum = at("sum", 1);
  largest.set_overwrite_with_gradient(true);
  SGD sgd({.learning_rate = 1, .gradient_accumulation_steps = 2});
  sgd->build({largest, sum});
  sgd->apply({one(3), one(1)});
  EXPECT_EQ((Numbers{read(largest), read(sum)}), (Numbers{7, 1}));
  sgd->apply({one(2), one(2)});
  EXPECT_EQ((Numbers{read(largest), read(sum)}), (Numbers{3, -0.5}));
  // A scaled loss leaves it alone too.
  Variable kept = at("kept", 1);
  kept.set_overwrite_with_gradient(true);
  LossScaleOptimizer scaled({.inner_optimizer = SGD()});
  scaled->build({kept});
  scaled->apply({one(5)});
  EXPECT_EQ(read(kept), 5);
}

TEST(LossScaleOptimizer, TheScaleOfTheInnerOptimizerIsNotInForce) {
  Variable w = at("w", 1);
  const Optimizer inner = SGD({.learning_rate = 0.5, .loss_scale_factor = 100});
  LossScaleOptimizer outer({.inner_optimizer = inner, .initial_scale = 8});
  EXPECT_FALSE(inner->loss_scale_factor());
  EXPECT_TRUE(inner->get_config().at("loss_scale_factor").is_null());
  outer->build({w});
  outer->apply({one(8)});
  EXPECT_EQ(read(w), 0.5);
}

TEST(Optimizers, OptionsThatDoNotGoTogetherAreRefusedWhenTheyAreMade) {
  EXPECT_THROW(SGD({.clipnorm = 1, .clipvalue = 1}), ConfigError);
  EXPECT_THROW(Adam({.clipnorm = 1, .global_clipnorm = 1}), ConfigError);
  EXPECT_THROW(SGD({.use_ema = true, .ema_momentum = 2}), ConfigError);
  EXPECT_THROW(SGD({.gradient_accumulation_steps = 1}), ConfigError);
}

}  // namespace
}  // namespace cornu
