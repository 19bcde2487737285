// Whole runs of training against results recorded from Keras.
#include <atomic>
#include <cmath>
#include <functional>
#include <thread>

#include "nn/golden_model.h"

namespace cornu {
namespace {

using cornu::testing::expect_close;
using cornu::testing::golden_cases;
using cornu::testing::golden_tensor;
using cornu::testing::GoldenCase;

/// The logs of calls, as columns.
struct Columns {
  std::map<std::string, std::vector<double>> values;
  void add(const Logs& logs) {
    for (const auto& [name, value] : logs) values[name].push_back(value);
  }
  void expect(const Value& want, const std::string& what) const {
    EXPECT_EQ(values.size(), want.size()) << what;
    for (const auto& [name, array] : want.as_object()) {
      SCOPED_TRACE(what + " " + name);
      const auto found = values.find(name);
      if (found == values.end()) {
        ADD_FAILURE() << "is missing";
        continue;
      }
      const Tensor expected = golden_tensor(array);
      expect_close(Tensor(expected.shape(), found->second), expected, name);
    }
  }
};

struct Recorder final : Callback {
  Columns columns;
  bool wants_batches() const override { return true; }
  void on_train_batch_end(int64_t, const std::function<Logs()>& logs) override { columns.add(logs()); }
};

std::vector<Tensor> numbered(const std::map<std::string, Tensor>& tensors, const std::string& prefix) {
  std::vector<Tensor> out;
  for (size_t i = 0; tensors.count(prefix + std::to_string(i)); ++i)
    out.push_back(tensors.at(prefix + std::to_string(i)));
  return out;
}

std::map<int64_t, double> class_weight(const GoldenCase& c) {
  std::map<int64_t, double> out;
  if (const Value* v = c.all.find("class_weight"); v && v->is_object())
    for (const auto& [name, weight] : v->as_object()) out[std::stoll(name)] = weight.as_double();
  return out;
}

void run_steps(Sequential& model, const GoldenCase& c) {
  const Tensor x = c.input("x"), y = c.input("y"), weight = c.input("sample_weight");
  const int64_t batch = c.all.at("batch_size").as_int(), batches = x.shape()[0] / batch;
  Columns columns;
  for (int64_t step = 0; step < 50; ++step) {
    const int64_t from = step % batches * batch, to = from + batch;
    columns.add(model.train_on_batch(x.rows(from, to), y.rows(from, to),
                                     weight.defined() ? weight.rows(from, to) : Tensor(), class_weight(c)));
  }
  columns.expect(c.all.at("logs"), "logs");
  Columns evaluated;
  evaluated.add(model.evaluate(x, y, {.batch_size = batch, .sample_weight = weight}));
  for (const auto& [name, value] : c.all.at("evaluate").as_object()) {
    ASSERT_EQ(evaluated.values.count(name), 1u) << name;
    const Tensor want = value.is_object() ? golden_tensor(value) : Tensor::scalar(value.as_double(), DType::f64);
    expect_close(Tensor(want.shape(), evaluated.values[name]), want, "evaluate " + name);
  }
  EXPECT_EQ(evaluated.values.size(), c.all.at("evaluate").size());
}

void run_fit(Sequential& model, const GoldenCase& c) {
  const Value& given = c.all.at("fit");
  const auto recorder = std::make_shared<Recorder>();
  FitConfig fit{.batch_size = given.at("batch_size").as_int(),
                .epochs = given.at("epochs").as_int(),
                .verbose = 0,
                .callbacks = {recorder},
                .shuffle = false,
                .sample_weight = c.input("sample_weight")};
  if (const Value* split = given.find("validation_split")) fit.validation_split = split->as_double();
  const History history = model.fit(c.input("x"), c.input("y"), fit);
  recorder->columns.expect(c.all.at("logs"), "logs");
  Columns epochs;
  epochs.values = history.history;
  epochs.expect(c.all.at("history"), "history");
}

/// The same run, recorded in float64.
const GoldenCase& in_float64(const GoldenCase& c) {
  for (const GoldenCase& other : golden_cases("training"))
    if (other.name == c.name && other.dtype == "float64") return other;
  return c;
}

/// As expect_close, but a weight that is nearer to what Keras has in float64 than Keras' own float32 is right too: sums
/// in double leave less rounding than Keras' have.
void expect_close_or_nearer(const Tensor& got, const Tensor& want, const Tensor& exact, const std::string& what) {
  const std::vector<double> a = got.to_doubles(), b = want.to_doubles(), e = exact.to_doubles();
  std::vector<double> taken = b;
  for (size_t i = 0; i < a.size(); ++i)
    if (std::abs(a[i] - e[i]) < std::abs(b[i] - e[i])) taken[i] = a[i];
  expect_close(got, Tensor(want.shape(), taken), what);
}

TEST(Training, AgreesWithKeras) {
  int passed = 0;
  for (const GoldenCase& c : golden_cases("training")) {
    SCOPED_TRACE(c.title());
    Sequential model = testing::golden_model(c.config);
    testing::golden_compile(model, c.config);
    model.build(c.input("x").shape().slice(1));
    model.set_weights(numbered(c.inputs, "weight_"));
    if (c.all.at("kind").as_string() == "steps")
      run_steps(model, c);
    else
      run_fit(model, c);

    const std::vector<Tensor> weights = numbered(c.outputs, "weight_"), slots = numbered(c.outputs, "optimizer_");
    for (size_t i = 0; i < weights.size(); ++i)
      expect_close_or_nearer(model.get_weights().at(i), weights[i], in_float64(c).output("weight_" + std::to_string(i)),
                             "weight_" + std::to_string(i));
    const std::vector<Variable>& mine = model.optimizer()->variables();
    ASSERT_EQ(mine.size(), slots.size());
    for (size_t i = 0; i < slots.size(); ++i) expect_close(mine[i].numpy(), slots[i], mine[i].path());
    const Tensor prediction = model.predict(c.input("x"));
    EXPECT_EQ(to_string(prediction.dtype()), c.dtype);
    expect_close(prediction, c.output("prediction"), "prediction");
    ++passed;
  }
  EXPECT_EQ(passed, 26);
}

// ---- what recorded runs do not show

Tensor numbers(const Shape& shape, int32_t seed) {
  return ops::random_uniform(Tensor({2}, std::vector<int32_t>{seed, 0}), Tensor(shape), -1, 1);
}
Sequential small(int64_t units, const char* activation) {
  set_random_seed(4);
  return Sequential{Input({3}), Dense(units, {.activation = activation})};
}

TEST(Training, CrossentropyIsChosenByShape) {
  const Tensor x = numbers({6, 3}, 1), classes({6}, std::vector<int32_t>{0, 1, 2, 0, 1, 2});
  const auto loss = [&](int64_t units, const char* activation, const char* name, const Tensor& y) {
    Sequential model = small(units, activation);
    model.compile({.loss = name});
    return model.evaluate(x, y)["loss"];
  };
  EXPECT_EQ(loss(3, "softmax", "crossentropy", classes),
            loss(3, "softmax", "sparse_categorical_crossentropy", classes));
  const Tensor hot = ops::one_hot(classes, 3), ones = Tensor::full({6, 1}, 1);
  EXPECT_EQ(loss(3, "softmax", "ce", hot), loss(3, "softmax", "categorical_crossentropy", hot));
  EXPECT_EQ(loss(1, "sigmoid", "crossentropy", ones), loss(1, "sigmoid", "binary_crossentropy", ones));
}

TEST(Training, ClassWeightsAreForTrainingRowsAlone) {
  const Tensor x = numbers({20, 3}, 1);
  std::vector<float> labels;
  for (int i = 0; i < 20; ++i) labels.push_back(static_cast<float>(i % 2));
  const Tensor y({20, 1}, labels);
  Sequential model = small(1, "sigmoid");
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.0}), .loss = "mse"});
  const History h = model.fit(x, y, {.verbose = 0, .validation_split = 0.5, .class_weight = {{1, 100.0}}});
  const std::vector<double> p = model.predict(x).to_doubles();
  double weighted = 0, plain = 0;
  for (size_t i = 0; i < 10; ++i) {
    weighted += std::pow(p[i] - labels[i], 2) * (i % 2 ? 100 : 1) / 10;
    plain += std::pow(p[i + 10] - labels[i + 10], 2) / 10;
  }
  EXPECT_NEAR(h["loss"][0], weighted, 1e-5 * weighted);
  EXPECT_NEAR(h["val_loss"][0], plain, 1e-6);
}

TEST(Training, EpochsOfGivenLengthGoOnInTheData) {
  // 4 batches make epochs of 3 and 1 steps, as in Keras.
  const Tensor x = numbers({14, 3}, 1), y = numbers({14, 1}, 2);
  const auto losses = [&](FitConfig fit) {
    Sequential model = small(1, "linear");
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.0}), .loss = "mse"});
    const auto recorder = std::make_shared<Recorder>();
    fit.callbacks = {recorder};
    model.fit(x, y, fit);
    return recorder->columns.values["loss"];
  };
  const auto means = losses({.batch_size = 4, .epochs = 3, .verbose = 0, .shuffle = false, .steps_per_epoch = 3});
  const auto plain = losses({.batch_size = 4, .epochs = 1, .verbose = 0, .shuffle = false});
  ASSERT_EQ(means.size(), 7u);
  ASSERT_EQ(plain.size(), 4u);
  EXPECT_EQ(means[0], plain[0]);
  EXPECT_EQ(means[2], plain[2]);
  const double last = (plain[3] * 14 - plain[2] * 12) / 2;  // the last batch alone, of 2 rows
  EXPECT_NEAR(means[3], last, 1e-5);
  EXPECT_EQ(means[4], plain[0]);  // and from the start again
  const auto many = losses({.batch_size = 4, .epochs = 2, .verbose = 0, .shuffle = false, .steps_per_epoch = 30});
  ASSERT_EQ(many.size(), 8u);
  EXPECT_EQ(many[3], plain[3]);
  EXPECT_EQ(many[7], plain[3]);
}

TEST(Training, MetricsOfOneNameAreToldApart) {
  Sequential model = small(1, "linear");
  model.compile({.loss = "mse", .metrics = {"mae", "mae"}, .weighted_metrics = {"mae", "mae"}});
  const Logs logs = model.train_on_batch(numbers({4, 3}, 1), numbers({4, 1}, 2));
  std::vector<std::string> names;
  for (const auto& [name, value] : logs) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"loss", "mae", "mae_1", "weighted_mae", "weighted_mae_1"}));
}

TEST(Training, Float64ModelsKeepTheirPrecision) {
  Sequential model{Input({2}, DType::f64),
                   Dense(1, {.use_bias = false, .kernel_initializer = "ones", .dtype = "float64"})};
  const Tensor x({1, 2}, std::vector<double>{1, 1e-12});
  EXPECT_EQ(model.predict(x).item(), 1 + 1e-12);
  model.compile({.optimizer = "sgd", .loss = "mse"});
  EXPECT_NEAR(model.evaluate(x, Tensor({1, 1}, std::vector<double>{1}))["loss"], 1e-24, 1e-27);
  EXPECT_THROW(Predictor(model, 1), DTypeError);
}

/// As in Keras on JAX: the slots and the count of updates are shared, so shapes must be those of the first model.
TEST(Training, ModelsMayShareAnOptimizer) {
  const Tensor x = numbers({8, 3}, 1), y = numbers({8, 1}, 2);
  const Optimizer one = optimizers::Adam({.learning_rate = 0.1, .use_ema = true});
  Sequential a = small(1, "linear"), b = small(1, "linear"), c{Input({3}), Dense(2), Dense(2), Dense(1)};
  a.compile({.optimizer = one, .loss = "mse"});
  b.compile({.optimizer = one, .loss = "mse"});
  a.fit(x, y, {.verbose = 0});
  const auto weights = [](const Model& m) { return m.get_weights()[0].to_doubles(); };
  const auto a1 = weights(a), b0 = weights(b);
  b.fit(x, y, {.verbose = 0});
  EXPECT_EQ(weights(a), a1);
  EXPECT_NE(weights(b), b0);
  const auto b1 = weights(b);
  a.fit(x, y, {.verbose = 0});
  EXPECT_NE(weights(a), a1);
  EXPECT_EQ(weights(b), b1);
  EXPECT_EQ(one->iterations(), 3);
  c.compile({.optimizer = one, .loss = "mse"});
  try {
    c.fit(x, y, {.verbose = 0});
    FAIL();
  } catch (const CallError& e) {
    EXPECT_NE(std::string(e.what()).find("compile it with a new optimizer"), std::string::npos) << e.what();
  }
}

TEST(Training, MetricsStartAnewInEveryModel) {
  const Tensor x = numbers({8, 3}, 1), y = numbers({8, 1}, 2);
  const Metric shared = metrics::MeanAbsoluteError();
  shared->update_state(y, y + 5.0);
  Sequential model = small(1, "linear");
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.0}), .loss = "mae", .metrics = {shared}});
  const History h = model.fit(x, y, {.epochs = 2, .verbose = 0});
  EXPECT_NEAR(h["mean_absolute_error"][0], h["loss"][0], 1e-6);
  EXPECT_NEAR(model.evaluate(x, y)["mean_absolute_error"], h["loss"][0], 1e-6);
}

/// What a fit works with stays as it is while it goes on.
TEST(Training, ModelsAreNotChangedWhileTheyAreTrained) {
  struct Meddler final : Callback {
    std::vector<std::string> said;
    void on_epoch_end(int64_t, Logs&) override {
      auto& m = static_cast<Sequential&>(*model);
      const auto refused = [&](const std::function<void()>& f) {
        try {
          f();
        } catch (const CallError& e) {
          said.push_back(e.what());
        }
      };
      refused([&] { m.compile({.loss = "mae"}); });
      refused([&] { Sequential(m).add(Dense(1)); });
      refused([&] { Sequential(m).pop(); });
    }
  };
  const Tensor x = numbers({8, 3}, 1), y = numbers({8, 1}, 2);
  Sequential model = small(1, "linear");
  model.compile({.loss = "mse"});
  const auto meddler = std::make_shared<Meddler>();
  model.fit(x, y, {.epochs = 2, .verbose = 0, .callbacks = {meddler}});
  ASSERT_EQ(meddler->said.size(), 6u);
  EXPECT_NE(meddler->said[0].find("cannot be compiled while it is trained"), std::string::npos);
  model.compile({.loss = "mae"});
  model.fit(x, y, {.verbose = 0});
  EXPECT_THROW(model.fit(x, y, {.verbose = 0, .callbacks = {nullptr}}), CallError);
  EXPECT_THROW(model.add(model), CallError);
}

/// compile drops the compiled steps of those who predict meanwhile, not under their feet.
TEST(Training, ModelsAreCompiledWhileOthersPredict) {
  const Tensor x = numbers({64, 3}, 1), y = numbers({64, 1}, 2);
  Sequential model = small(1, "linear");
  const auto still = [] { return optimizers::SGD({.learning_rate = 0.0}); };
  model.compile({.optimizer = still(), .loss = "mse"});
  const std::vector<double> right = model.predict(x).to_doubles();
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) {
      EXPECT_EQ(model.predict(x, {.batch_size = 8}).to_doubles(), right);
      save_model_bytes(model);
    }
  });
  double loss = 0;
  for (size_t i = 0; i < right.size(); ++i) loss += std::pow(right[i] - y.to_doubles()[i], 2) / 64;
  for (int i = 0; i < 20; ++i) {
    model.compile({.optimizer = still(), .loss = "mse"});
    EXPECT_NEAR(model.fit(x, y, {.verbose = 0})["loss"][0], loss, 1e-6);
  }
  stop = true;
  other.join();
}

TEST(Training, ABuildThatFailsLeavesNothing) {
  struct Fragile final : LayerImpl {
    bool fails = true;
    Variable w;
    std::string class_name() const override { return "Fragile"; }
    Value get_config() const override { return Value::object(); }
    void build(const Shape& in) override {
      w = add_weight("w", {in[-1]}, "ones");
      if (fails) throw CallError("Fragile", "not yet");
    }
    Tensor call(const Tensor& x, const CallContext&) override { return x * w.value(); }
  };
  const auto impl = std::make_shared<Fragile>();
  impl->name = "fragile";
  const Layer layer(impl);
  const Tensor x({1, 2}, {3, 4});
  EXPECT_THROW(layer(x), CallError);
  EXPECT_TRUE(impl->own_weights().empty());
  impl->fails = false;
  EXPECT_EQ(layer(x).to_doubles(), (std::vector<double>{3, 4}));
}

/// Weights of the steps of a sequence, as Keras takes them.
TEST(Training, SampleWeightsOfSteps) {
  const Tensor x = numbers({6, 4, 3}, 1), y = numbers({6, 4, 1}, 2);
  const Tensor w = ops::abs(numbers({6, 4}, 3));
  Sequential model{Input({4, 3}), Dense(1)};
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.0}), .loss = "mse"});
  const Tensor p = model.predict(x);
  const double expected = ops::mean(ops::reshape(ops::square(p - y), {6, 4}) * w).item();
  EXPECT_NEAR(model.evaluate(x, y, {.sample_weight = w})["loss"], expected, 1e-6);
  EXPECT_NEAR(model.fit(x, y, {.batch_size = 6, .verbose = 0, .sample_weight = w})["loss"][0], expected, 1e-6);
}

TEST(Training, EmptyHandlesSaySo) {
  EXPECT_THROW(Layer()(Tensor({1}, {1})), CallError);
  EXPECT_THROW(Dense(1, {.name = "a/b"}), ConfigError);
  const Layer dense = Dense(3, {.kernel_initializer = Initializer()});  // None is Keras' default
  EXPECT_EQ(dense(Tensor({1, 2}, {1, 2})).shape(), (Shape{1, 3}));
}

}  // namespace
}  // namespace cornu
