// What compile takes for structures of outputs: losses of several at once, inputs that are not given, and what ends
// evaluations.
#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include <cmath>

#include "message_of.h"
#include "train/outputs.h"

using namespace cornu;
using namespace cornu::testing;

namespace {

/// Mean distance of all outputs below.
struct OfAll final : LossImpl {
  std::string class_name() const override { return "OfAll"; }
  std::string name() const override { return "of_all"; }
  Value get_config() const override { return Value::object(); }
  Tensor call(const Tensor& y, const Tensor& p) const override { return ops::mean(ops::abs(y - p), {-1}); }
  Tensor call_structure(const Tree<Tensor>& y, const Tree<Tensor>& p) const override {
    Tensor out;
    const Tensors targets = y.leaves(), given = p.leaves();
    for (size_t i = 0; i < given.size(); ++i) {
      const Tensor one = call(targets[i], given[i]);
      out = out.defined() ? out + one : one;
    }
    return out;
  }
};

/// Two outputs, u = sum of x and v = 2 u, in a list or by name.
Model pair(bool named) {
  const Tensor x = Input({2});
  const Tensor u = Dense(1, {.kernel_initializer = "ones", .name = "u"})(x);
  const Tensor v = Dense(1, {.kernel_initializer = initializers::Constant({.value = 2}), .name = "v"})(x);
  return named ? Model(x, Tree<Tensor>::named({{"a", u}, {"b", v}}), "m") : Model(x, {u, v}, "m");
}

const Tensor kX({3, 2}, {1, 0, 2, 1, 0, 3}), kZero({3, 1}, {0, 0, 0});

Outputs outputs(const Tree<char>& structure) {
  const Outputs made = outputs_named(pair(false).model(), structure);
  return made;
}

}  // namespace

TEST(Outputs, OneLossMayBeOfSeveral) {
  const Loss all(std::make_shared<OfAll>());
  Model m = pair(true);
  m.compile({.loss = Tree<Loss>{all, Tree<Loss>::named({{"a", "mae"}})}});
  const Tree<Tensor> y = Tree<Tensor>::named({{"a", kZero}, {"b", kZero}});
  const Logs logs = m.evaluate(kX, y);
  EXPECT_DOUBLE_EQ(logs["a_b_loss"], 7);  // means 7/3 and 14/3
  EXPECT_NEAR(logs["a_loss"], 7.0 / 3, 1e-6);
  EXPECT_NEAR(logs["loss"], 7 + 7.0 / 3, 1e-6);
  m.compile({.loss = Tree<Loss>{"mae", Tree<Loss>::named({{"a", "mae"}})}});
  EXPECT_NE(message_of([&] { m.evaluate(kX, y); }).find("loss 'mean_absolute_error': is of one output, got 2 by name"),
            std::string::npos)
      << message_of([&] { m.evaluate(kX, y); });
}

TEST(Outputs, SeveralLossesMayBeOfOne) {
  Model m = pair(false);
  m.compile({.loss = {Tree<Loss>(), {"mae", "mse"}}, .loss_weights = {Tree<double>(), {1, 0.5}}});
  const Logs logs = m.evaluate(kX, kZero);  // targets of the one that has a loss
  EXPECT_NEAR(logs["loss"], 14.0 / 3 + 0.5 * (4 + 36 + 36) / 3, 1e-5);
  EXPECT_NEAR(logs["v_loss"], 76.0 / 3, 1e-5);  // the last of that name
}

TEST(Outputs, NamesAreKerasPaths) {
  const Tree<char> leaf(' ');
  const Tree<char> deep = Tree<char>::named({{"p", Tree<char>{leaf, leaf}}, {"q", leaf}});
  const auto names = [&](const Tree<Loss>& losses) {
    std::string out;
    for (const Objective& one : objectives_of(outputs(deep), losses, {})) out += one.name + " ";
    return out;
  };
  EXPECT_EQ(names("mse"), "p/mse_loss p/mse_loss q_loss ");  // of outputs without names
  EXPECT_EQ(names(Tree<Loss>::named({{"p", Tree<Loss>{"mae", "mse"}}, {"q", "mae"}})), "p/mae_loss p/mse_loss q_loss ");
  EXPECT_EQ(names(Tree<Loss>{"mae", Tree<Loss>(), "mse"}), "p/mae_loss q_loss ");
  EXPECT_EQ(names(Tree<Loss>::named({{"p", "mae"}, {"q", "mae"}})), "p_loss q_loss ");
  EXPECT_EQ(names(Tree<Loss>::named({{"q", "mae"}})), " ");
}

TEST(Outputs, InputsMayBeMissing) {
  struct EitherLayer final : LayerImpl {
    std::string class_name() const override { return "Either"; }
    Value get_config() const override { return Value::object(); }
    Tree<Tensor> call_inputs(const Tree<Tensor>& in, const CallContext&) override {
      return in[1].is_none() ? in[0].leaf() : in[0].leaf() + in[1].leaf();
    }
  };
  const Tensor x = Input({2}), o = Input::optional({2});
  const Layer either(std::make_shared<EitherLayer>());
  Model m({x, o}, Dense(1, {.kernel_initializer = "ones"})(either({x, o}).leaf()), "m");
  m.compile({.optimizer = optimizers::SGD({.learning_rate = 0}), .loss = "mae"});
  for (const Tree<Tensor>& given : {Tree<Tensor>(), Tree<Tensor>(kX), Tree<Tensor>()}) {
    const double factor = given.is_none() ? 1 : 2;
    const Tree<Tensor> in{kX, given};
    EXPECT_DOUBLE_EQ(m.predict(in).leaf().to_doubles()[1], 3 * factor);
    EXPECT_DOUBLE_EQ(m(in).leaf().to_doubles()[2], 3 * factor);
    EXPECT_NEAR(m.evaluate(in, kZero)["loss"], 7.0 / 3 * factor, 1e-6);
    EXPECT_NEAR(m.fit(in, kZero, {.verbose = 0}).history["loss"][0], 7.0 / 3 * factor, 1e-6);
  }
  EXPECT_NE(message_of([&] {
              m.predict({Tree<Tensor>(), kX});
            }).find("must be given, since it is not optional, got nothing"),
            std::string::npos);
}

TEST(Outputs, ShapesAreKnownWithoutBuilding) {
  const Layer dense = Dense(4);
  EXPECT_EQ(dense.compute_output_shape(Shape{-1, 7, 3}).leaf(), Shape({-1, 7, 4}));
  EXPECT_EQ(dense.compute_output_shape(Shape{2, 3}).leaf(), Shape({2, 4}));
  EXPECT_FALSE(dense->built());
  EXPECT_TRUE(dense->own_weights().empty());
  const Sequential stack{dense, Dense(2)};
  EXPECT_EQ(stack.compute_output_shape(Shape{-1, 3}).leaf(), Shape({-1, 2}));
  EXPECT_FALSE(dense->built());
  EXPECT_EQ(Concatenate().compute_output_shape({Shape{-1, 2}, Shape{-1, 3}}).leaf(), Shape({-1, 5}));
}

TEST(Outputs, SequentialModelsHaveSymbolicEnds) {
  Sequential m{Input({3}), Dense(4, {.name = "first"}), Dense(2)};
  EXPECT_EQ(m.outputs().leaf().shape(), Shape({-1, 2}));
  Model part(m.inputs(), m.get_layer("first").output());
  EXPECT_EQ(part.predict(Tensor({5, 3})).shape(), Shape({5, 4}));
  m.add(Dense(7));
  EXPECT_EQ(m.outputs().leaf().shape(), Shape({-1, 7}));
  EXPECT_NE(message_of([&] { Sequential{Dense(1)}.inputs(); }).find("nor a Sequential that starts with Input"),
            std::string::npos);
}

TEST(Outputs, CallbacksEndEvaluationsAndPredictions) {
  struct Stops final : Callback {
    int64_t seen = 0;
    bool wants_test_batches() const override { return true; }
    bool wants_predict_batches() const override { return true; }
    void on_test_batch_end(int64_t, const std::function<Logs()>&) override {
      if (++seen == 2) model->set_stop_evaluating(true);
    }
    void on_predict_batch_end(int64_t, const Tree<Tensor>&) override {
      if (++seen == 2) model->set_stop_predicting(true);
    }
  };
  const auto stops = std::make_shared<Stops>();
  Sequential m{Input({2}), Dense(1, {.kernel_initializer = "ones"})};
  m.compile({.loss = "mae"});
  EXPECT_NEAR(m.evaluate(kX, kZero, {.batch_size = 1, .callbacks = {stops}})["loss"], 2, 1e-6);
  stops->seen = 0;
  EXPECT_EQ(m.predict(kX, {.batch_size = 1, .callbacks = {stops}}).shape(), Shape({2, 1}));
}

TEST(Outputs, ModelsAreClonedWithWeightsOfTheirOwn) {
  const Tensor x = Input({2});
  const Layer shared = Dense(2, {.name = "shared"});
  const Sequential stack({Input({2}), Dense(1, {.name = "deep"})}, "stack");
  Model m(x, stack(shared(Tensor(shared(x))) * 2), "whole");
  m.compile({.optimizer = "adam", .loss = "mse", .metrics = {metrics::MeanAbsoluteError()}});
  Model clone = clone_model(m);
  EXPECT_EQ(clone.weights().size(), 4u);
  EXPECT_NE(clone.weights()[0].cell(), m.weights()[0].cell());
  EXPECT_EQ(clone->name, "whole");
  clone.set_weights(m.get_weights());
  EXPECT_EQ(clone.predict(kX).to_doubles(), m.predict(kX).to_doubles());
  const std::vector<double> before = m.weights()[0].numpy().to_doubles();
  clone.fit(kX, kZero, {.verbose = 0});
  EXPECT_EQ(m.weights()[0].numpy().to_doubles(), before);
  EXPECT_EQ(m.optimizer()->iterations(), 0);

  const auto wider = [](const Layer& layer) -> Layer {
    return layer->class_name() == "Dense" ? Dense(2, {.kernel_initializer = "ones", .name = layer->name + "_again"})
                                          : layer;
  };
  std::vector<std::string> called;
  Model other = clone_model(m, {.clone_function = wider,
                                .call_function =
                                    [&](const Layer& layer, const Tree<Tensor>& in, const CallOptions& options) {
                                      called.push_back(layer->name);
                                      return layer->apply(in, options);
                                    },
                                .input_tensors = Tensor(Input({2})),
                                .recursive = true});
  EXPECT_EQ(called, (std::vector<std::string>{"shared_again", "shared_again", "stack"}));
  EXPECT_DOUBLE_EQ(other.predict(kX).to_doubles()[0],
                   1 * 2 * 2 * 2);  // of 1 and 0, at both layers of ones, twice, summed
  EXPECT_NE(message_of([&] {
              clone_model(m, {.input_tensors = {Tensor(Input({2})), Tensor(Input({2}))}});
            }).find("input_tensors must have the structure of the model's inputs, one value, got a list of 2"),
            std::string::npos);
}

TEST(Outputs, PathsAreThoseOfTheLayersAround) {
  struct BlockLayer final : LayerImpl {
    Dense inner = add_layer(Dense(2, {.name = "inner"}), "inner");
    Variable scale;
    BlockLayer() { name = "block"; }
    std::string class_name() const override { return "Block"; }
    Value get_config() const override { return Value::object(); }
    void build(const Shape&) override { scale = add_weight("scale", {}, "ones"); }
    Tensor call(const Tensor& x, const CallContext&) override { return inner(x) * scale.value(); }
  };
  const Layer block(std::make_shared<BlockLayer>());
  Sequential m({Input({3}), block}, "m");
  std::vector<std::string> paths;
  for (const Variable& v : m.weights()) paths.push_back(v.path());
  EXPECT_EQ(paths, (std::vector<std::string>{"m/block/scale", "m/block/inner/kernel", "m/block/inner/bias"}));
  EXPECT_EQ(block->path(), "m/block");
}
