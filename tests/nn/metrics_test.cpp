// Metrics against results recorded from Keras, and what Keras has no record of.
#include <cornu/metrics.h>
#include <cornu/ops.h>

#include <set>

#include "nn/golden.h"
#include "nn/metrics/resolve.h"
#include "nn/registry.h"
#include "ops/emit.h"
#include "runtime/step.h"

namespace cornu {
namespace {

using cornu::testing::expect_close;
using cornu::testing::golden_cases;
using cornu::testing::GoldenCase;

TEST(Metrics, AgreeWithKeras) {
  int passed = 0;
  for (const GoldenCase& c : golden_cases("metrics")) {
    SCOPED_TRACE(c.title());
    const Metric same(make_configurable<MetricImpl>(c.config));
    testing::expect_same_config(serialize<MetricImpl>(&*same), c.config, c.title());
    // Keras' config leaves out the axis that these cases have.
    const Metric m = c.name.rfind("CosineSimilarity_axis", 0) == 0
                         ? metrics::CosineSimilarity({.dtype = dtype_from_string(c.dtype), .axis = 0})
                         : same;
    for (const std::string i : {"0", "1"}) {
      m->update_state(c.input("y_true_" + i), c.input("y_pred_" + i), c.input("sample_weight_" + i));
      expect_close(m->result(), c.output("result_" + i), c.title() + " result_" + i);
    }
    m->reset();
    m->update_state(c.input("y_true_0"), c.input("y_pred_0"), c.input("sample_weight_0"));
    expect_close(m->result(), c.output("result_0"), c.title() + " after reset");
    ++passed;
  }
  EXPECT_EQ(passed, 414);
}

/// Of a name or alias.
std::string class_name(const std::string& name) { return registry<MetricImpl>().class_name(name); }

TEST(Metrics, EachClassHasARecordedCase) {
  std::set<std::string> recorded;
  for (const GoldenCase& c : golden_cases("metrics")) recorded.insert(c.config.at("class_name").as_string());
  for (const std::string& name : registry<MetricImpl>().names()) EXPECT_TRUE(recorded.count(class_name(name))) << name;
}

TEST(Metrics, NamesResolveByShape) {
  const auto resolved = [](const char* name, const Shape& t, const Shape& p, const char* loss = "") {
    const Metric m = resolve_metric(Value(name), t, p, loss);
    return m->class_name() + " " + m->name();
  };
  EXPECT_EQ(resolved("accuracy", {-1}, {-1, 1}), "BinaryAccuracy accuracy");
  EXPECT_EQ(resolved("acc", {-1}, {-1, 10}), "SparseCategoricalAccuracy acc");
  EXPECT_EQ(resolved("accuracy", {-1, 1}, {-1, 10}), "SparseCategoricalAccuracy accuracy");
  EXPECT_EQ(resolved("accuracy", {-1, 10}, {-1, 10}), "CategoricalAccuracy accuracy");
  EXPECT_EQ(resolved("accuracy", {-1, -1}, {-1, -1}, "BinaryCrossentropy"), "BinaryAccuracy accuracy");
  EXPECT_EQ(resolved("mse", {-1, 1}, {-1, 1}), "MeanSquaredError mse");
  EXPECT_EQ(resolved("MeanSquaredError", {-1, 1}, {-1, 1}), "MeanSquaredError MeanSquaredError");
  EXPECT_THROW(resolved("accurcy", {-1}, {-1}), ConfigError);
}

TEST(Metrics, LossesResolveByShape) {
  EXPECT_EQ(resolve_loss(Value("ce"), {-1}, {-1, 1})->class_name(), "BinaryCrossentropy");
  EXPECT_EQ(resolve_loss(Value("crossentropy"), {-1}, {-1, 5})->class_name(), "SparseCategoricalCrossentropy");
  EXPECT_EQ(resolve_loss(Value("mse"), {-1}, {-1, 5})->class_name(), "MeanSquaredError");
}

TEST(Metrics, UpdateInsideOneStepWithAnUnknownBatch) {
  // As in training: the update is recorded once for any batch, and specialized for each size.
  const Metric accuracy = metrics::SparseCategoricalAccuracy(), auc = metrics::AUC(), precision = metrics::Precision();
  Graph graph;
  {
    Trace trace;
    const Tensor y = trace.input(DType::i32, {-1}), p = trace.input(DType::f32, {-1, 2});
    const Tensor score = ops::slice(p, -1, 1);
    for (const Metric* m : {&auc, &precision}) {
      (*m)->ensure_built(y.shape(), score.shape());
      (*m)->update(y, score, {});
    }
    accuracy->update(y, p, {});
    graph = trace.finish({accuracy->result(), auc->result()});
  }
  Step three(graph, {{DType::i32, {3}}, {DType::f32, {3, 2}}}), two(graph, {{DType::i32, {2}}, {DType::f32, {2, 2}}});
  three.call({Tensor({3}, std::vector<int32_t>{0, 1, 1}), Tensor({3, 2}, {.9f, .1f, .2f, .8f, .7f, .3f})});
  const Tensors last = two.call({Tensor({2}, std::vector<int32_t>{0, 0}), Tensor({2, 2}, {.4f, .6f, .8f, .2f})});
  EXPECT_NEAR(last[0].item(), 3. / 5, 1e-6);
  EXPECT_NEAR(last[1].item(), 5. / 6, 1e-6);
  EXPECT_NEAR(precision->result().item(), 1. / 2, 1e-6);
  accuracy->reset();
  EXPECT_EQ(accuracy->result().item(), 0);
}

TEST(Metrics, FunctionsAreAveraged) {
  const Metric m([](const Tensor& y, const Tensor& p) { return p - y; }, "bias");
  m->update_state(Tensor({2}, {1, 2}), Tensor({2}, {2, 5}));
  EXPECT_EQ(m->result().item(), 2);
  EXPECT_EQ(m->name(), "bias");
  EXPECT_THROW(Metric(Metric::Function(), "none"), ConfigError);
}

}  // namespace
}  // namespace cornu
