// What a program in C++ may write, and what it is told where it may not.
#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <sstream>

#include "message_of.h"

namespace {

using namespace cornu;
using cornu::testing::message_of;

Tensor doubled(const Tensor& x) { return x * 2.0; }
Tensor distance(const Tensor& a, const Tensor& b) { return ops::mean(ops::abs(a - b), {-1}); }

TEST(Surface, AZeroIsASize) {
  EXPECT_EQ(Tensor({0, 4}).shape(), (Shape{0, 4}));
  EXPECT_EQ(Tensor({0}).size(), 0);
  EXPECT_EQ(Tensor({0, 2}, DType::i32).dtype(), DType::i32);
}

TEST(Surface, TensorsCompareAndPrint) {
  const Tensor a({3}, {1, 2, 3}), b({3}, {1, 0, 3});
  EXPECT_EQ((a != b).to_doubles(), (std::vector<double>{0, 1, 0}));
  EXPECT_EQ((a == b).to_doubles(), (std::vector<double>{1, 0, 1}));
  EXPECT_EQ((a == 2.0).to_doubles(), (std::vector<double>{0, 1, 0}));
  EXPECT_EQ((a != 2.0).to_doubles(), (std::vector<double>{1, 0, 1}));
  std::ostringstream out;
  out << a << " " << a.shape() << " " << a.dtype();
  EXPECT_EQ(out.str(), "Tensor(3,) float32 [1, 2, 3] (3,) float32");
}

TEST(Surface, ListsAreValues) {
  Sequential m{Input({1}), Dense(1)};
  m.metadata()["class_names"] = std::vector<std::string>{"cat", "dog"};
  m.metadata()["thresholds"] = std::vector<double>{0.25, 0.5};
  EXPECT_EQ(m.metadata()["class_names"].at(1).as_string(), "dog");
  EXPECT_EQ(load_model_bytes(save_model_bytes(m)).metadata()["class_names"].at(0).as_string(), "cat");
  EXPECT_EQ(m.metadata()["thresholds"].at(0).as_double(), 0.25);
}

TEST(Surface, ValidationDataIsAPair) {
  const Tensor x = Tensor::full({8, 1}, 1), y({8, 1});
  Sequential m{Input({1}), Dense(1)};
  m.compile({.loss = "mse"});
  const History h = m.fit(x, y, {.verbose = 0, .validation_data = {x, y}});
  EXPECT_EQ(h["val_loss"].size(), 1u);
  const FitConfig none;
  EXPECT_FALSE(none.validation_data);
}

TEST(Surface, FunctionsAreActivationsLossesAndMetrics) {
  Sequential m{Input({4}), Dense(3, {.activation = [](const Tensor& x) { return x * 2.0; }}),
               Dense(3, {.activation = doubled}), Dense(3, {.activation = activations::silu}),
               Dense(3, {.activation = activations::relu})};
  m.compile({.loss = [](const Tensor& a, const Tensor& b) { return ops::mean(ops::abs(a - b), {-1}); },
             .metrics = {distance, [](const Tensor& a, const Tensor& b) { return ops::mean(a - b, {-1}); }, "mae",
                         Metric(distance, "far")}});
  const Tensor x = Tensor::full({2, 4}, 1), y({2, 3});
  const Logs logs = m.evaluate(x, y);
  EXPECT_EQ(logs["loss"], logs["metric"]);
  EXPECT_EQ(logs["loss"], logs["mae"]);
  EXPECT_EQ(logs["loss"], logs["far"]);
  EXPECT_TRUE(logs.find("metric_1"));
}

/// A function that the library has is the same as its name, in files too.
TEST(Surface, OwnFunctionsAreTheirNames) {
  EXPECT_EQ(Activation(activations::silu)->class_name(), "silu");
  EXPECT_EQ(Activation(activations::relu)->class_name(), "relu");
  EXPECT_EQ(Activation(activations::leaky_relu)->class_name(), "leaky_relu");
  EXPECT_EQ(Activation(activations::gelu)->class_name(), "gelu");
  EXPECT_EQ(Activation(activations::softmax)->class_name(), "softmax");
  EXPECT_EQ(Activation(ops::tanh)->class_name(), "tanh");
  EXPECT_EQ(Activation(ops::square)(Tensor({1}, {3})).item(), 9);
  EXPECT_NE(message_of([] { Activation a(activations::threshold); }).find("lambda"), std::string::npos);
}

TEST(Surface, NullTextsAreToldAsSuch) {
  const char* null = nullptr;
  const auto told = [](auto f) { return message_of(f).find("null pointer") != std::string::npos; };
  EXPECT_TRUE(told([&] { Activation a(null); }));
  EXPECT_TRUE(told([&] { Initializer a(null); }));
  EXPECT_TRUE(told([&] { Optimizer a(null); }));
  EXPECT_TRUE(told([&] { Loss a(null); }));
  EXPECT_TRUE(told([&] { Metric a(null); }));
  EXPECT_TRUE(told([&] { MetricSpec a(null); }));
  EXPECT_TRUE(told([&] { Value a(null); }));
  EXPECT_TRUE(told([&] { DTypePolicy a(null); }));
  EXPECT_TRUE(told([&] { callbacks::SaveFreq a(null); }));
  EXPECT_TRUE(told([&] { Reduction a(null); }));
  EXPECT_EQ(text("{}", null), "null");
}

TEST(Surface, NullTextsAreRefusedWhereverOneIsTaken) {
  const char* const null = nullptr;
  Sequential m{Input({4}), Dense(1)};
  m.compile({.loss = "mse"});
  Value v = Value::object();
  const Logs logs;
  History history;
  const std::pair<const char*, std::function<void()>> cases[] = {
      {"save", [&] { m.save(null); }},
      {"save_weights", [&] { m.save_weights(null); }},
      {"load_weights", [&] { m.load_weights(null); }},
      {"load_model", [&] { load_model(null); }},
      {"load_model_bytes", [&] { load_model_bytes(null); }},
      {"save_checkpoint", [&] { save_checkpoint(m, null); }},
      {"resume", [&] { resume(m, null); }},
      {"load_npy", [&] { load_npy(null); }},
      {"load_npz", [&] { load_npz(null); }},
      {"load_idx", [&] { load_idx(null); }},
      {"save_npy", [&] { save_npy(null, Tensor({1})); }},
      {"load_csv", [&] { load_csv(null); }},
      {"CsvConfig::target", [&] { (void)CsvConfig{.target = null}; }},
      {"weight", [&] { m.layers()[0].weight(null); }},
      {"get_layer", [&] { m.get_layer(null); }},
      {"Variable", [&] { Variable(Tensor({1}), null); }},
      {"dtype", [&] { dtype_from_string(null); }},
      {"Value", [&] { v[null]; }},
      {"Value::at", [&] { v.at(null); }},
      {"Logs", [&] { logs[null]; }},
      {"History", [&] { history[null]; }},
      {"name of a layer", [&] { Dense(2, {.name = null}); }},
      {"name of a model", [&] { Sequential({Dense(1)}, null); }},
      {"data_format", [&] { Flatten({.data_format = null}); }},
      {"jit_compile", [&] { m.compile({.loss = "mse", .jit_compile = null}); }},
      {"name of a loss", [&] { losses::MeanSquaredError({.name = null}); }},
      {"reduction", [&] { losses::MeanSquaredError({.reduction = null}); }},
      {"name of a function", [&] { Loss(distance, null); }},
      {"name of a metric", [&] { metrics::AUC({.name = null}); }},
      {"curve", [&] { metrics::AUC({.curve = null}); }},
      {"average", [&] { metrics::F1Score({.average = null}); }},
      {"name of an optimizer", [&] { optimizers::Adam({.name = null}); }},
      {"mode of an initializer", [&] { initializers::VarianceScaling({.mode = null}); }},
      {"mode of a regularizer", [&] { regularizers::OrthogonalRegularizer({.mode = null}); }},
      {"monitor", [&] { callbacks::EarlyStopping({.monitor = null}); }},
      {"mode", [&] { callbacks::ReduceLROnPlateau({.mode = null}); }},
      {"filepath", [&] { callbacks::ModelCheckpoint({.filepath = null}); }},
      {"backup_dir", [&] { callbacks::BackupAndRestore({.backup_dir = null}); }},
      {"filename", [&] { callbacks::CSVLogger({.filename = null}); }},
      {"separator", [&] { callbacks::CSVLogger({.filename = "a.csv", .separator = null}); }},
  };
  for (const auto& [what, f] : cases) EXPECT_NE(message_of(f).find("got a null pointer"), std::string::npos) << what;
  // The message says where.
  EXPECT_NE(message_of([&] { m.save(null); }).find("at surface_test.cpp:"), std::string::npos);
  // What becomes a string is a text too.
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "surface_test.npy";
  save_npy(path, Tensor({2}, {1, 2}));
  EXPECT_EQ(load_npy(path).to_doubles(), (std::vector<double>{1, 2}));
  EXPECT_EQ(load_npy(path.string()).size(), 2);
  std::filesystem::remove(path);
}

TEST(Surface, VariablesStartWithACopy) {
  const Tensor zero({2});
  Variable a(zero, "a"), b(zero, "b");
  a.assign(Tensor({2}, {-1, -1}));
  EXPECT_EQ(b.value().to_doubles(), (std::vector<double>{0, 0}));
  EXPECT_EQ(zero.to_doubles(), (std::vector<double>{0, 0}));
  Tensor start({1}, {5});
  const Variable c(start, "c");
  start.mutable_data<float>()[0] = 6;
  EXPECT_EQ(c.value().item(), 5);
  Tensor view = Tensor({4}, {1, 2, 3, 4}).reshaped({2, 2}).rows(1, 2);
  EXPECT_EQ(Variable(std::move(view), "d").value().to_doubles(), (std::vector<double>{3, 4}));
}

TEST(Surface, HintsForWhatATraceCannotDo) {
  const auto hint = [](const std::function<Tensor(const Tensor&)>& f) {
    return message_of([&] {
      ops::jit([&](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {f(in[0])}; })({Tensor({2, 2})});
    });
  };
  EXPECT_NE(hint([](const Tensor& x) { return x.rows(0, 1); }).find("ops::slice(x, 0, from, to)"), std::string::npos);
  EXPECT_NE(hint([](const Tensor& x) { return x.to(DType::f64); }).find("ops::cast(x, dtype)"), std::string::npos);
  EXPECT_NE(hint([](const Tensor& x) { return x.reshaped({4}); }).find("ops::reshape(x, shape)"), std::string::npos);
  EXPECT_NE(hint([](const Tensor& x) { return x * x.to_doubles()[0]; }).find("ops::where"), std::string::npos);
}

// ---- functions of tensors

TEST(Functions, GradSeesWhatItCapturesAsItIsNow) {
  double rate = 1;
  Variable scale(Tensor::scalar(1), "scale");
  const ops::Function f = [&](const std::vector<Tensor>& p) -> std::vector<Tensor> {
    return {ops::sum(p[0] * rate * scale)};
  };
  const Tensor x({1}, {2});
  const ops::Function gradient = ops::grad(f), compiled = ops::jit(ops::grad(f));
  EXPECT_EQ(gradient({x})[0].item(), 1);
  EXPECT_EQ(compiled({x})[0].item(), 1);
  rate = 10;
  EXPECT_EQ(gradient({x})[0].item(), 10);
  EXPECT_EQ(compiled({x})[0].item(), 1);  // as its header says
  scale.assign(Tensor::scalar(3));
  EXPECT_EQ(gradient({x})[0].item(), 30);
  EXPECT_EQ(compiled({x})[0].item(), 3);  // variables are state
}

TEST(Functions, GradOfCodeThatLooksAtValues) {
  const auto f = ops::grad([](const std::vector<Tensor>& p) -> std::vector<Tensor> {
    return {p[0].item() > 0 ? ops::square(p[0]) : -p[0]};
  });
  EXPECT_EQ(f({Tensor::scalar(3)})[0].item(), 6);
  EXPECT_EQ(f({Tensor::scalar(-3)})[0].item(), -1);
}

TEST(Functions, OneTensorGivenTwiceIsTwoInputs) {
  const auto f = ops::grad([](const std::vector<Tensor>& p) -> std::vector<Tensor> { return {p[0] * p[0] * p[1]}; });
  const Tensor x = Tensor::scalar(3);
  const auto g = f({x, x});
  EXPECT_EQ(g[0].item(), 18);
  EXPECT_EQ(g[1].item(), 9);
}

TEST(Functions, IntegersHaveNoGradient) {
  const ops::Function f = [](const std::vector<Tensor>& a) -> std::vector<Tensor> {
    return {ops::sum(a[0] * ops::cast(a[1], DType::f32))};
  };
  const Tensor x({2}, {1, 2}), labels({2}, std::vector<int>{3, 4});
  const std::string said = message_of([&] { ops::grad(f)({x, labels}); });
  EXPECT_NE(said.find("input 1 must be of a floating type to have a gradient, got int32"), std::string::npos) << said;
  EXPECT_EQ(ops::grad(f, {0})({x, labels})[0].to_doubles(), (std::vector<double>{3, 4}));
  EXPECT_EQ(ops::value_and_grad(f, {0})({x, labels})[1].item(), 11);
  EXPECT_THROW(ops::grad(f, {2})({x, labels}), CallError);
  EXPECT_THROW(ops::grad([](const std::vector<Tensor>& a) -> std::vector<Tensor> {
                 return {ops::cast(ops::sum(a[0]), DType::i32)};
               })({x}),
               DTypeError);
}

// ---- Predictor

TEST(Predictors, KnowThatLayersHaveChanged) {
  Sequential m{Input({4}), Dense(2)};
  Predictor p(m, 1);
  float in[64] = {1, 1, 1, 1}, out[7] = {};
  p(in, out);
  const Dense another(3);  // of no model
  p(in, out);
  m.add(Dense(7));
  EXPECT_NE(message_of([&] { p(in, out); }).find("make a new one"), std::string::npos);
  EXPECT_EQ(Predictor(m, 1).output_size(), 7);

  Sequential inner{Input({4}), Dense(2)};
  Sequential outer{Input({4}), inner};
  Predictor of_outer(outer, 1);
  inner.add(Dense(1));
  EXPECT_THROW(of_outer(in, out), CallError);
}

TEST(Predictors, TakeSeveralInputsAndOutputs) {
  const Tensor a = Input({3}), b = Input({2});
  const Tensor sum = Dense(4)(a) + Dense(4)(b);
  Model m({{"left", a}, {"right", b}}, {sum, Dense(1)(sum)});
  const Tensor x({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}), y({2, 2}, std::vector<float>{-1, 0.5, 2, 0});
  Predictor p(m, 2);
  EXPECT_EQ(p.input_count(), 2u);
  EXPECT_EQ(p.output_count(), 2u);
  EXPECT_EQ(p.input_size(0), 6);
  EXPECT_EQ(p.input_size(1), 4);
  EXPECT_EQ(p.output_size(0), 8);
  EXPECT_EQ(p.output_size(1), 2);
  std::vector<float> first(8), second(2);
  const float* const in[] = {x.data<float>().data(), y.data<float>().data()};
  float* const out[] = {first.data(), second.data()};
  p(in, out);
  const std::vector<Tensor> want = m.predict({{"left", x}, {"right", y}}).leaves();
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(first[i], want[0].data<float>()[i]);
  for (size_t i = 0; i < 2; ++i) EXPECT_EQ(second[i], want[1].data<float>()[i]);

  EXPECT_NE(message_of([&] { p(in[0], out[0]); }).find("expected a pointer for each of the model's inputs (2), got 1"),
            std::string::npos);
  EXPECT_NE(message_of([&] { (void)p.output_size(2); }).find("has 2 outputs, none of number 2"), std::string::npos);
}

TEST(Predictors, ThatWereMovedFromSaySo) {
  Sequential m{Input({4}), Dense(1)};
  Predictor a(m, 1);
  Predictor b = std::move(a);
  float in[64] = {}, out = 1;
  EXPECT_THROW(a(in, &out), CallError);  // NOLINT: that is the question
  EXPECT_THROW((void)a.input_size(), CallError);
  EXPECT_THROW((void)a.output_size(), CallError);
  b(in, &out);
  EXPECT_EQ(out, 0);
  a = std::move(b);
  EXPECT_EQ(a.output_size(), 1);
}

}  // namespace
