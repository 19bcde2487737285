// The fields of compile, fit, evaluate and predict: what they can make nothing of is refused with a sentence.
#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "message_of.h"

namespace cornu {
namespace {

const double kNaN = std::nan("");

Sequential small() {
  Sequential m{Input({2}), Dense(1, {.kernel_initializer = "ones"})};
  m.compile({.optimizer = "sgd", .loss = "mse"});
  return m;
}
Tensor x() { return Tensor({4, 2}, std::vector<float>{0, 1, 1, 2, 2, 3, 3, 4}); }
Tensor y() { return Tensor({4, 1}, std::vector<float>{1, 2, 3, 4}); }

void expect_sentence(const std::function<void()>& f, const std::string& who, const std::string& what) {
  try {
    f();
    ADD_FAILURE() << "nothing was refused: " << who << ", " << what;
  } catch (const Error& e) {
    const std::string message = e.message();
    EXPECT_NE(message.find(who), std::string::npos) << message;
    EXPECT_NE(message.find(what), std::string::npos) << message;
  }
}

TEST(Arguments, OfCompile) {
  const auto with = [](CompileConfig c) { return [c] { small().compile(c); }; };
  expect_sentence(with({.steps_per_execution = 0}), "compile", "steps_per_execution must be at least 1, got 0");
  expect_sentence(with({.jit_compile = "yes"}), "compile", "got 'yes'");
  expect_sentence(with({.run_eagerly = true, .jit_compile = "true"}), "compile", "run_eagerly");
  expect_sentence(with({.loss_weights = {kNaN}}), "compile", "loss_weights");
  const auto fitted = [](CompileConfig c) {
    return [c] {
      Sequential m = small();
      m.compile(c);
      m.fit(x(), y(), {.verbose = 0});
    };
  };
  expect_sentence(fitted({.loss = "mse", .loss_weights = {1, 2}}), "Sequential", "got 2 weights");
  expect_sentence(fitted({.loss = {"mse", "mae"}}), "Sequential",
                  "the model has one output, which takes one loss, got 2");
  expect_sentence(with({.metrics = {"acuracy"}}), "acuracy", "accuracy");
}

TEST(Arguments, OfFit) {
  const auto with = [](FitConfig c) { return [c] { small().fit(x(), y(), c); }; };
  for (const int64_t n : {int64_t{0}, int64_t{-3}}) {
    expect_sentence(with({.batch_size = n}), "fit", "batch_size must be at least 1");
    expect_sentence(with({.verbose = 0, .steps_per_epoch = n}), "fit", "steps_per_epoch must be at least 1");
    expect_sentence(with({.verbose = 0, .validation_steps = n}), "fit", "validation_steps must be at least 1");
    expect_sentence(with({.verbose = 0, .validation_batch_size = n}), "fit", "batch_size must be at least 1");
    expect_sentence(with({.verbose = 0, .validation_freq = n}), "fit", "validation_freq");
  }
  expect_sentence(with({.epochs = -1}), "fit", "epochs must not be negative, got -1");
  expect_sentence(with({.initial_epoch = -1}), "fit", "initial_epoch must not be negative, got -1");
  expect_sentence(with({.verbose = 3}), "verbose", "got 3");
  expect_sentence(with({.verbose = 0, .callbacks = {nullptr}}), "callbacks", "empty handle");
  for (const double split : {kNaN, -0.5, 1.0})
    expect_sentence(with({.verbose = 0, .validation_split = split}), "fit", "validation_split must be in [0, 1)");
  expect_sentence(with({.verbose = 0, .class_weight = {{1, kNaN}}}), "fit", "class_weight must be finite numbers");
  expect_sentence(with({.verbose = 0, .validation_freq = {0}}), "fit", "validation_freq must list epochs from 1 on");
}

TEST(Arguments, OfEvaluateAndPredict) {
  expect_sentence([] { small().evaluate(x(), y(), {.batch_size = 0}); }, "evaluate", "batch_size");
  expect_sentence([] { small().evaluate(x(), y(), {.steps = 0}); }, "evaluate", "steps");
  expect_sentence([] { small().evaluate(x(), y(), {.verbose = -2}); }, "verbose", "got -2");
  expect_sentence([] { small().predict(x(), {.batch_size = -1}); }, "predict", "batch_size");
  expect_sentence([] { small().predict(x(), {.steps = 0}); }, "predict", "steps");
  expect_sentence([] { small().predict(x(), {.verbose = 9}); }, "verbose", "got 9");
}

TEST(Arguments, AreNumbers) {
  expect_sentence([] { optimizers::SGD({.momentum = kNaN}); }, "SGD", "momentum must be a number, got NaN");
  expect_sentence([] { regularizers::L1({.l1 = kNaN}); }, "L1", "l1");
  expect_sentence([] { losses::Huber({.delta = kNaN}); }, "Huber", "delta must be a number, got NaN");
  expect_sentence([] { BatchNormalization({.momentum = kNaN}); }, "BatchNormalization", "momentum");
}

/// One execution of several batches is one pair of hooks; what is left at the end is one too.
TEST(Arguments, StepsPerExecution) {
  struct Listener final : Callback {
    std::vector<int64_t> began, ended;
    bool wants_batches() const override { return true; }
    void on_train_batch_begin(int64_t n) override { began.push_back(n); }
    void on_train_batch_end(int64_t n, const std::function<Logs()>&) override { ended.push_back(n); }
  };
  Sequential m = small();
  m.compile({.optimizer = "sgd", .loss = "mse", .steps_per_execution = 3});
  const auto listener = std::make_shared<Listener>();
  m.fit(x(), y(), {.batch_size = 1, .verbose = 0, .callbacks = {listener}});
  EXPECT_EQ(listener->began, (std::vector<int64_t>{0, 3}));
  EXPECT_EQ(listener->ended, (std::vector<int64_t>{2, 3}));
}

/// A model that calls one of its layers twice.
struct TwiceImpl final : LayerImpl {
  Layer inner = Dense(1, {.kernel_initializer = "ones", .activity_regularizer = regularizers::L2({.l2 = 1})});
  std::string class_name() const override { return "Twice"; }
  Value get_config() const override { return Value::object(); }
  std::vector<std::shared_ptr<LayerImpl>> children() const override { return {inner.impl()}; }
  Tensor call(const Tensor& t, const CallContext& context) override {
    add_loss(ops::sum(t));
    return inner(t, context.training) + inner(2.0 * t, context.training);
  }
};

TEST(Penalties, OfAllCallsOfALayerCount) {
  const auto impl = std::make_shared<TwiceImpl>();
  impl->name = "twice";
  Sequential m{Input({2}), Layer(impl)};
  m.compile({.optimizer = "sgd", .loss = "mse"});
  const Tensor one({1, 2}, std::vector<float>{1, 2});
  for (int again = 0; again < 2; ++again)  // 3 of add_loss, 9 and 36 of the calls; of the last evaluation alone
    EXPECT_EQ(m.evaluate(one, Tensor({1, 1}, std::vector<float>{0}))["loss"], 81 + 3 + 9 + 36);
}

TEST(Penalties, OfWhatIsNoChildAreForgottenToo) {
  Layer hidden = ActivityRegularization({.l2 = 1});
  struct Hides final : LayerImpl {
    Layer inner;
    std::string class_name() const override { return "Hides"; }
    Value get_config() const override { return Value::object(); }
    Tensor call(const Tensor& t, const CallContext&) override { return inner(t); }
  };
  const auto outer = std::make_shared<Hides>();
  outer->inner = hidden;
  for (int i = 0; i < 3; ++i) Layer(std::static_pointer_cast<LayerImpl>(outer))(x());
  std::vector<Tensor> penalties;
  hidden->collect_losses(penalties);
  EXPECT_EQ(penalties.size(), 1u);
}

TEST(Activations, MayBeLayers) {
  const Layer slope = LeakyReLU({.negative_slope = 0.5});
  Value config = Value::object();
  config["units"] = 1;
  config["kernel_initializer"] = "ones";
  config["activation"] = Value(std::static_pointer_cast<Configurable>(slope.impl()));
  Value form = Value::object();
  form["class_name"] = "Dense";
  form["config"] = config;
  const Layer dense(make_configurable<LayerImpl>(form));
  EXPECT_EQ(dense(Tensor({1, 1}, std::vector<float>{-4})).item(), -2);
  EXPECT_EQ(dense->get_config().at("activation").at("class_name").as_string(), "LeakyReLU");
}

}  // namespace
}  // namespace cornu
