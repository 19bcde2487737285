// Layers against results recorded from Keras, and what every layer owes to a model.
#include <cornu/cornu.h>

#include <set>

#include "autodiff/gradient.h"
#include "double_network.h"
#include "nn/check_layer.h"
#include "nn/golden.h"
#include "nn/registry.h"
#include "nn/spatial_cases.h"
#include "ops/emit.h"
#include "runtime/step.h"

namespace cornu {
namespace {

using cornu::testing::expect_close;
using cornu::testing::golden_cases;
using cornu::testing::GoldenCase;

// ---- against Keras

Variable weight_of(const LayerImpl& layer, const std::string& name) {
  for (const Weight& w : layer.own_weights())
    if (w.variable.name() == name) return w.variable;
  ADD_FAILURE() << layer.class_name() << " has no weight " << name;
  return {};
}

/// The names of `weights` or `states`; Keras counts the random state, which is ours alone, among the latter.
std::vector<std::string> names(const GoldenCase& c, const char* key) {
  std::vector<std::string> out;
  for (const Value& v : c.all.at(key).as_array())
    if (v.as_string() != "seed_generator_state") out.push_back(v.as_string());
  return out;
}

/// Makes the weights for inputs like x, of any batch.
void build(LayerImpl& layer, const Tensor& x) {
  Trace trace;
  Shape shape = x.shape();
  shape[0] = -1;
  layer(trace.input(x.dtype(), shape), {});
}

/// Equal up to float32: some of Keras' numbers are tensors of the float type of its session.
Value in_float32(const Value& v) {
  if (v.is_number()) return static_cast<double>(static_cast<float>(v.as_double()));
  Value out = v;
  if (out.is_array())
    for (Value& x : out.as_array()) x = in_float32(x);
  if (out.is_object())
    for (auto& member : out.as_object()) member.second = in_float32(member.second);
  return out;
}
void compare_config(const Layer& layer, const GoldenCase& c, const char* when) {
  testing::expect_same_config(in_float32(layer->get_config()), in_float32(c.config.at("config")), when);
}

void compare(const GoldenCase& c, LayerImpl& layer, bool training) {
  const std::vector<std::string> weights = names(c, "weights"), states = names(c, "states");
  for (size_t i = 0; i < weights.size(); ++i)
    weight_of(layer, weights[i]).assign(c.input("weight_" + std::to_string(i)));
  for (size_t i = 0; i < states.size(); ++i) weight_of(layer, states[i]).assign(c.input("state_" + std::to_string(i)));

  const Tensor x = c.input("x"), w = c.input("w"), mask = c.input("mask");
  if (!training) expect_close(layer(x, {false, mask}), c.output("y"), "eager y");

  std::vector<std::string> keys{"y"};
  Graph graph;
  {
    Trace trace;
    Shape any = x.shape();
    any[0] = -1;
    Tensors wrt{trace.input(x.dtype(), any)};
    const Tensor factor = trace.input(w.dtype(), Shape{-1}.append(w.shape().slice(1)));
    Tensor traced_mask;
    if (mask.defined()) traced_mask = trace.input(mask.dtype(), Shape{-1}.append(mask.shape().slice(1)));
    for (const std::string& name : weights) wrt.push_back(weight_of(layer, name).value());
    const Tensor y = layer(wrt[0], {training, traced_mask});
    Tensors out{y};
    const auto differentiate = [&](const Tensor& loss, const std::string& prefix) {
      const Tensors d = gradients(loss, wrt);
      for (size_t i = 0; i < d.size(); ++i) {
        keys.push_back(prefix + (i == 0 ? "dx" : "dweight_" + std::to_string(i - 1)));
        out.push_back(d[i]);
      }
    };
    differentiate(ops::sum(y * factor), "");
    if (c.outputs.count("loss")) {
      // Recorded with stateless_call, which leaves out penalties on activities; training.json has those.
      Tensor total;
      for (const Weight& weight : layer.own_weights()) {
        if (!weight.regularizer) continue;
        const Tensor one = weight.regularizer->call(weight.variable.value());
        total = total.defined() ? total + one : one;
      }
      keys.push_back("loss");
      out.push_back(total);
      differentiate(total, "loss_");
    }
    graph = trace.finish(out);
  }
  std::vector<TypeShape> types{{x.dtype(), x.shape()}, {w.dtype(), w.shape()}};
  Tensors inputs{x, w};
  if (mask.defined()) types.push_back({mask.dtype(), mask.shape()}), inputs.push_back(mask);
  Step step(graph, types);
  const Tensors results = step.call(inputs);
  for (size_t i = 0; i < keys.size(); ++i) expect_close(results[i], c.output(keys[i]), keys[i]);
  for (size_t i = 0; i < states.size(); ++i)
    expect_close(weight_of(layer, states[i]).numpy(), c.output("state_" + std::to_string(i)), states[i]);
}

TEST(Layers, AgreeWithKeras) {
  int passed = 0;
  std::vector<GoldenCase> all = golden_cases("layers");
  for (const GoldenCase& c : golden_cases("spatial")) all.push_back(c);
  for (const GoldenCase& c : all) {
    SCOPED_TRACE(c.title());
    const Layer layer(make_configurable<LayerImpl>(c.config));
    compare_config(layer, c, "config");
    if (c.inputs.count("adapt")) {
      static_cast<Normalization&>(const_cast<Layer&>(layer)).adapt(c.input("adapt"));
      for (const int i : {0, 1})
        expect_close(layer->own_weights()[static_cast<size_t>(i)].variable.numpy(),
                     c.input("state_" + std::to_string(i)), "adapted");
    }
    if (!layer->built()) build(*layer, c.input("x"));
    const Value& training = c.all.at("training");
    compare(c, *layer, training.is_bool() && training.as_bool());
    compare_config(layer, c, "config of the built layer");
    ++passed;
  }
  EXPECT_EQ(passed, 430);
}

// ---- every layer in a model

std::vector<LayerCase> cases() {
  const Shape table{5, 4}, series{5, 3, 4};
  std::vector<LayerCase> all{
      {Dense(3), table, {5, 3}, 2},
      {Dense(3, {.activation = "relu", .kernel_regularizer = "l2", .activity_regularizer = "l1"}),
       series,
       {5, 3, 3},
       2},
      {EinsumDense("abc,cde->abde", {std::nullopt, 2, 3}, {.activation = "tanh", .bias_axes = "de"}),
       series,
       {5, 3, 2, 3},
       2},
      {ActivationLayer("tanh"), table, table},
      {ReLU({.max_value = 0.5, .negative_slope = 0.1, .threshold = 0.1}), table, table},
      {LeakyReLU(), table, table},
      {PReLU(), table, table, 1},
      {PReLU({.shared_axes = {{1}}}), series, series, 1},
      {ELU({.alpha = 0.5}), table, table},
      {Softmax(), table, table},
      {Softmax({.axis = {1, 2}}), series, series},
      {Masking({.mask_value = 0.5}), series, series},
      {Flatten(), series, {5, 12}},
      {Reshape({2, -1}), series, {5, 2, 6}},
      {Permute({2, 1}), series, {5, 4, 3}},
      {RepeatVector(2), table, {5, 2, 4}},
      {Embedding(20, 2), table, {5, 4, 2}, 1},
      {Dropout(0.4), table, table},
      {Dropout(0.4, {.noise_shape = Shape{-1, 1, 4}, .seed = 3}), series, series},
      {AlphaDropout(0.1), table, table},
      {GaussianDropout(0.2), table, table},
      {GaussianNoise(0.1), table, table},
      {ActivityRegularization({.l1 = 0.01, .l2 = 0.01}), table, table},
      {BatchNormalization(), table, table, 4},
      {BatchNormalization({.axis = 1, .scale = false}), series, series, 3},
      {LayerNormalization(), table, table, 2},
      {LayerNormalization({.axis = {1, 2}, .rms_scaling = true}), series, series, 1},
      {RMSNormalization(), table, table, 1},
      {UnitNormalization(), table, table},
      {Rescaling(0.5, {.offset = {0, 1, 0, -1}}), table, table},
      {Normalization(), table, table, 3},
      {Normalization({.mean = Tensor({4}, {0, 1, 2, 3}), .variance = Tensor({4}, {1, 1, 4, 4}), .invert = true}), table,
       table},
  };
  for (LayerCase& c : spatial_layer_cases()) all.push_back(std::move(c));
  return all;
}

TEST(Layers, WorkInModels) {
  for (const LayerCase& c : cases()) check_layer(c);
}

TEST(Layers, EachClassHasACase) {
  // The input of a model computes nothing; layers of several inputs have tests of their own, and some tests layers.
  std::set<std::string> checked{"InputLayer", "Identity", "Blend", "LookUp", "SpectralNormalization"};
  for (const char* family : {"merging", "attention"})
    for (const testing::GoldenCase& c : testing::golden_cases(family))
      checked.insert(c.config.at("class_name").as_string());
  for (const LayerCase& c : cases()) checked.insert(c.layer->class_name());
  const Registry<LayerImpl>& all = registry<LayerImpl>();
  for (const std::string& name : all.names()) EXPECT_TRUE(checked.count(all.class_name(name))) << name;
}

// ---- what recorded cases do not show

TEST(Layers, EmbeddingMasksZeroAndKnowsWhatItHas) {
  const Layer layer = Embedding(4, 2, {.embeddings_initializer = "ones", .mask_zero = true});
  const Tensor y = layer(Tensor({2, 3}, std::vector<int32_t>{1, 0, 3, -4, 4, -5}));
  EXPECT_EQ(y.shape(), Shape({2, 3, 2}));
  EXPECT_EQ(y.mask().to_doubles(), (std::vector<double>{1, 0, 1, 1, 1, 1}));
  const std::vector<double> v = y.to_doubles();
  for (size_t i = 0; i < v.size(); ++i) EXPECT_EQ(std::isnan(v[i]), i >= 8) << i;
  EXPECT_EQ(layer(Tensor({5}, std::vector<int32_t>{1, 2, 3, 1, 2})).shape(), Shape({5, 2}));  // any shape
  EXPECT_THROW(Embedding(4, 0), ConfigError);

  const Tensor x({4, 2}, std::vector<int32_t>{1, 2, 3, 1, 2, 2, 3, 3}), goal({4, 1}, {1, 2, 3, 4});
  Sequential model{Input({2}, DType::i32), Embedding(4, 3), Flatten(), Dense(1)};
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.05}), .loss = "mse"});
  const double first = model.fit(x, goal, {.epochs = 1, .verbose = 0})["loss"].back();
  for (int i = 0; i < 20; ++i) model.fit(x, goal, {.epochs = 10, .verbose = 0});
  EXPECT_LT(model.evaluate(x, goal)["loss"], 0.5 * first);
}

TEST(Layers, RandomLayersAreIdentitiesOutsideTrainingAndKeepTheMeanInside) {
  const Tensor x = Tensor::full({200, 100}, 2);
  for (const Layer& layer : {Layer(Dropout(0.3, {.seed = 1})), Layer(GaussianDropout(0.3, {.seed = 1})),
                             Layer(GaussianNoise(0.5, {.seed = 1}))}) {
    SCOPED_TRACE(layer->class_name());
    EXPECT_EQ(layer(x).to_doubles(), x.to_doubles());
    const Tensor y = layer(x, true), again = layer(x, true);
    EXPECT_NE(y.to_doubles(), again.to_doubles());
    EXPECT_NEAR(ops::mean(y).item(), 2, 0.03);
  }
  const Layer alpha = AlphaDropout(0.3, {.seed = 1});
  const Tensor normal = ops::random_normal(Tensor({2}, std::vector<int32_t>{5, 0}), Tensor({200, 100}));
  EXPECT_NEAR(ops::mean(alpha(normal, true)).item(), 0, 0.03);
  EXPECT_NEAR(ops::var(alpha(normal, true)).item(), 1, 0.03);
}

TEST(Layers, DropoutDropsTheShareItIsAskedFor) {
  const Tensor y = Dropout(0.3, {.seed = 1})(Tensor::full({500, 100}, 1), true);
  double dropped = 0;
  for (double v : y.to_doubles()) {
    EXPECT_TRUE(v == 0 || std::abs(v - 1 / 0.7) < 1e-6) << v;
    dropped += v == 0;
  }
  EXPECT_NEAR(dropped / 50000, 0.3, 0.01);
}

TEST(Layers, NoiseShapeSharesDraws) {
  const Tensor y = Dropout(0.5, {.noise_shape = Shape{-1, 1, 4}, .seed = 1})(Tensor::full({3, 5, 4}, 1), true);
  for (int64_t i = 1; i < 5; ++i)
    EXPECT_EQ(ops::slice(y, 1, i, i + 1).to_doubles(), ops::slice(y, 1, 0, 1).to_doubles());
}

TEST(Layers, SeedsMakeDropoutRepeatable) {
  const Tensor x = Tensor::full({4, 8}, 1);
  EXPECT_EQ(Dropout(0.5, {.seed = 7})(x, true).to_doubles(), Dropout(0.5, {.seed = 7})(x, true).to_doubles());
  EXPECT_NE(Dropout(0.5, {.seed = 7})(x, true).to_doubles(), Dropout(0.5, {.seed = 8})(x, true).to_doubles());
}

TEST(Layers, NormalizationAdaptsToBatchesAsToAll) {
  const Tensor all = ops::random_normal(Tensor({2}, std::vector<int32_t>{5, 0}), Tensor({100, 3}), 100, 0.1);
  Normalization whole, parts;
  whole.adapt(all);
  parts.adapt({all.rows(0, 10), all.rows(10, 11), all.rows(11, 100)});
  for (const char* name : {"mean", "variance"})
    expect_close(parts.weight(name).numpy(), whole.weight(name).numpy(), name, 1e-6);
  const Tensor y = whole(all);
  EXPECT_NEAR(ops::mean(y).item(), 0, 1e-4);
  EXPECT_NEAR(ops::var(y).item(), 1, 1e-4);
  whole.adapt(all.rows(0, 10));  // forgets the rest
  Normalization fresh;
  fresh.adapt(all.rows(0, 10));
  EXPECT_EQ(whole.weight("mean").numpy().to_doubles(), fresh.weight("mean").numpy().to_doubles());
  EXPECT_THROW(whole.adapt(Tensor({2, 4})), ConfigError);
}

TEST(Layers, NormalizationOfOneNumberTakesAnyShape) {
  const std::vector<double> power{46, 100, 200, 60, 130, 88};
  Normalization all({.axis = {}});
  all.adapt(Tensor({6}, power));  // 104 +- sqrt(15464 / 6)
  const double deviation = std::sqrt(15464.0 / 6);
  Sequential model{Input({1}), all, Dense(1, {.kernel_initializer = "ones"})};
  const std::vector<double> p = model.predict(Tensor({6, 1}, power).to(DType::f32)).to_doubles();
  for (size_t i = 0; i < 6; ++i) EXPECT_NEAR(p[i], (power[i] - 104) / deviation, 1e-5);
  EXPECT_NEAR(all(Tensor({2, 3}, power).to(DType::f32)).to_doubles()[5], (88 - 104) / deviation, 1e-5);
  EXPECT_EQ(all(Tensor({2, 3, 2})).shape(), Shape({2, 3, 2}));
  all.adapt(Tensor({2, 2}, {1, 3, 1, 3}));
  EXPECT_EQ(all(Tensor({2}, {2, 4})).to_doubles(), (std::vector<double>{0, 2}));
  // With numbers of its own for each column it takes those columns alone.
  Normalization each;
  each.adapt(Tensor({2, 2}, {1, 3, 2, 4}));
  EXPECT_THROW(each(Tensor({2, 3})), ShapeError);
}

TEST(Layers, FlattenOfSamplesOfAnyLength) {
  for (const char* format : {"channels_last", "channels_first"}) {
    Sequential model{Input({-1, 3}), Flatten({.data_format = format})};
    EXPECT_EQ(model.layers().back()->output_shape(), Shape({-1, -1}));
    const bool first = std::string(format) == "channels_first";
    EXPECT_EQ(model.predict(Tensor({1, 2, 3}, {1, 2, 3, 4, 5, 6})).to_doubles(),
              first ? (std::vector<double>{1, 4, 2, 5, 3, 6}) : (std::vector<double>{1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(model.predict(Tensor({2, 5, 3})).shape(), Shape({2, 15}));
  }
  const Sequential other{Input({3, -1}), Flatten()};
  EXPECT_EQ(other.layers().back()->output_shape(), Shape({-1, -1}));
}

TEST(Layers, SoftmaxOverSeveralAxesIsThatOfTheFunction) {
  const Tensor x({1, 2, 3}, {0, 1, 2, 3, 4, 5});
  double total = 0;
  for (int i = 0; i < 6; ++i) total += std::exp(i);
  for (const Tensor& y : {ops::softmax(x, ops::Axes{1, 2}), Softmax({.axis = {1, 2}})(x), ops::softmax(x, ops::Axes{})})
    for (int i = 0; i < 6; ++i) EXPECT_NEAR(y.to_doubles()[static_cast<size_t>(i)], std::exp(i) / total, 1e-6);
  const Tensor logs = ops::log_softmax(x, ops::Axes{1, 2});
  for (int i = 0; i < 6; ++i) EXPECT_NEAR(logs.to_doubles()[static_cast<size_t>(i)], i - std::log(total), 1e-6);
  EXPECT_EQ(ops::softmax(x, ops::Axes{-1}).to_doubles(), ops::softmax(x).to_doubles());
}

TEST(Layers, BatchNormalizationFollowsItsData) {
  BatchNormalization layer({.momentum = 0.5});
  Sequential model{Input({2}), layer};
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const Tensor x({2, 2}, {1, 10, 3, 30});
  for (int i = 0; i < 30; ++i) model.train_on_batch(x, Tensor({2, 2}));
  expect_close(layer.weight("moving_mean").numpy(), Tensor({2}, {2, 20}), "moving mean");
  expect_close(layer.weight("moving_variance").numpy(), Tensor({2}, {1, 100}), "moving variance");
  layer.set_trainable(false);
  model.compile({.optimizer = "sgd", .loss = "mse"});
  EXPECT_TRUE(model.trainable_weights().empty());
}

TEST(Layers, MasksGoOnToTheLoss) {
  // Steps 0 and 2 of the first series, and step 1 of the second, count.
  const Tensor x({2, 3, 1}, {1, 9, 2, 9, 3, 9}), y({2, 3, 1}, {3, 0, 1, 0, 4, 0});
  const Layer masking = Masking({.mask_value = 9}), dense = Dense(1, {.kernel_initializer = "ones"});
  const Tensor masked = masking(x);
  EXPECT_EQ(masked.to_doubles(), (std::vector<double>{1, 0, 2, 0, 3, 0}));
  const std::vector<double> counts{1, 0, 1, 0, 1, 0};
  EXPECT_EQ(masked.mask().to_doubles(), counts);
  EXPECT_EQ(dense(masked).mask().to_doubles(), counts);
  EXPECT_EQ(dense(x, false, masked.mask()).mask().to_doubles(), counts);
  EXPECT_FALSE(dense(x).mask().defined());
  EXPECT_FALSE(Flatten()(masked).mask().defined());

  Sequential model{Input({3, 1}), masking, Dropout(0.5), dense};
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0}), .loss = "mse"});
  EXPECT_FLOAT_EQ(static_cast<float>(model.evaluate(x, y)["loss"]), (4 + 1 + 1) / 3.0f);
  EXPECT_EQ(model.predict(x).to_doubles(), masked.to_doubles());

  const Layer norm = BatchNormalization();
  EXPECT_THROW(norm(x, true, Tensor({2, 3, 1}, DType::boolean)), ConfigError);
}

TEST(Layers, ArgumentsAreChecked) {
  EXPECT_THROW(Dense(0), ConfigError);
  EXPECT_THROW(Dropout(1.5), ConfigError);
  EXPECT_THROW(Permute({1, 3}), ConfigError);
  EXPECT_THROW(Reshape({-1, -1}), ConfigError);
  EXPECT_THROW(RepeatVector(0), ConfigError);
  EXPECT_THROW(ReLU({.max_value = -1.0}), ConfigError);
  EXPECT_THROW(Flatten({.data_format = "channels"}), ConfigError);
  EXPECT_THROW(BatchNormalization({.renorm = true}), ConfigError);
  EXPECT_THROW(Normalization({.mean = Tensor({2}, {0, 1})}), ConfigError);
  EXPECT_THROW(Reshape({5})(Tensor({2, 6})), ConfigError);
  EXPECT_THROW(LayerNormalization({.axis = 3})(Tensor({2, 6})), Error);
}

}  // namespace
}  // namespace cornu

namespace cornu {

/// As in Keras: a built model may grow and shrink.
TEST(Sequential, ChangesAfterItWasBuilt) {
  Sequential m{Input({4}), Dense(3)};
  m.compile({.optimizer = "sgd", .loss = "mse"});
  EXPECT_EQ(m.predict(Tensor({2, 4})).shape(), Shape({2, 3}));
  m.add(Dense(2));
  EXPECT_EQ(m.predict(Tensor({2, 4})).shape(), Shape({2, 2}));
  const Tensor x({2, 4}, {1, 2, 3, 4, -1, 0, 1, 0}), y({2, 2}, {1, 0, 0, 1});
  testing::DoubleNetwork right(m.get_weights(), {"linear", "linear"});
  EXPECT_NEAR(m.fit(x, y, {.verbose = 0})["loss"][0], right.sgd(x, y), 1e-5);
  testing::expect_weights(m.get_weights(), right, 1e-5);
  m.pop();
  right.activations.pop_back(), right.weights.resize(2);
  testing::expect_weights(m.get_weights(), right, 1e-5);
  testing::expect_close(m.predict(x), Tensor({2, 3}, right.predict(x)), "what is left");
}

}  // namespace cornu
