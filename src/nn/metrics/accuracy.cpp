// Shares of right predictions.
#include <cornu/losses/loss.h>
#include <cornu/metrics/accuracy.h>
#include <cornu/ops.h>

#include "nn/metrics/families.h"
#include "nn/metrics/mean.h"

namespace cornu {

using namespace metrics;

template <>
struct Describe<AccuracyConfig> {
  static constexpr auto fields = metric_fields<AccuracyConfig>();
};
template <>
struct Describe<BinaryAccuracyConfig> {
  static constexpr auto fields =
      metric_fields<BinaryAccuracyConfig>(field("threshold", &BinaryAccuracyConfig::threshold));
};
template <>
struct Describe<CategoricalAccuracyConfig> {
  static constexpr auto fields = metric_fields<CategoricalAccuracyConfig>();
};
template <>
struct Describe<SparseCategoricalAccuracyConfig> {
  static constexpr auto fields = metric_fields<SparseCategoricalAccuracyConfig>();
};
template <>
struct Describe<TopKCategoricalAccuracyConfig> {
  static constexpr auto fields =
      metric_fields<TopKCategoricalAccuracyConfig>(field("k", &TopKCategoricalAccuracyConfig::k));
};
template <>
struct Describe<SparseTopKCategoricalAccuracyConfig> {
  using T = SparseTopKCategoricalAccuracyConfig;
  static constexpr auto fields = metric_fields<T>(field("k", &T::k), field("from_sorted_ids", &T::from_sorted_ids));
};

namespace {

/// Labels without a last axis of size 1 that the predictions' classes stand on.
Tensor without_class_axis(const Tensor& y_true, const Tensor& y_pred) {
  return y_true.rank() == y_pred.rank() && y_true.shape().dim(-1) == 1 ? ops::squeeze(y_true, -1) : y_true;
}
/// Class numbers are compared as float32, which is exact below 2^24 and runs together with the sum that follows.
Tensor same_class(const Tensor& a, const Tensor& b) {
  return ops::equal(ops::cast(a, DType::f32), ops::cast(b, DType::f32));
}

struct AccuracyMetric final : MeanMetric<AccuracyMetric, AccuracyConfig> {
  static constexpr const char* kName = "Accuracy";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    Tensor y = ops::cast(y_true, y_pred.dtype()), p = y_pred;
    squeeze_or_expand_to_same_rank(y, p);
    return ops::equal(y, p);
  }
};

struct BinaryAccuracyMetric final : MeanMetric<BinaryAccuracyMetric, BinaryAccuracyConfig> {
  static constexpr const char* kName = "BinaryAccuracy";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    Tensor y = y_true, p = y_pred;
    squeeze_or_expand_to_same_rank(y, p);
    return ops::equal(y, ops::cast(p > config.threshold, y.dtype()));
  }
};

struct CategoricalAccuracyMetric final : MeanMetric<CategoricalAccuracyMetric, CategoricalAccuracyConfig> {
  static constexpr const char* kName = "CategoricalAccuracy";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return same_class(ops::argmax(y_true), ops::argmax(y_pred));
  }
};

struct SparseCategoricalAccuracyMetric final
    : MeanMetric<SparseCategoricalAccuracyMetric, SparseCategoricalAccuracyConfig> {
  static constexpr const char* kName = "SparseCategoricalAccuracy";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return same_class(without_class_axis(y_true, y_pred), ops::argmax(y_pred));
  }
};

struct TopKCategoricalAccuracyMetric final : MeanMetric<TopKCategoricalAccuracyMetric, TopKCategoricalAccuracyConfig> {
  static constexpr const char* kName = "TopKCategoricalAccuracy";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    return ops::in_top_k(ops::argmax(y_true), y_pred, config.k);
  }
};

struct SparseTopKCategoricalAccuracyMetric final
    : MeanMetric<SparseTopKCategoricalAccuracyMetric, SparseTopKCategoricalAccuracyConfig> {
  static constexpr const char* kName = "SparseTopKCategoricalAccuracy";
  using MeanMetric::MeanMetric;
  Value get_config() const override {
    Value out = MeanMetric::get_config();
    if (!config.from_sorted_ids) out.erase("from_sorted_ids");  // as Keras writes it
    return out;
  }
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    const Tensor y = ops::cast(without_class_axis(y_true, y_pred), DType::i32);
    if (!config.from_sorted_ids) return ops::in_top_k(y, y_pred, config.k);
    const Tensor ids = ops::slice(y_pred, -1, 0, config.k);
    return ops::any(ops::equal(ops::expand_dims(ops::cast(y, ids.dtype()), -1), ids), {-1});
  }
};

}  // namespace

namespace metrics {
Accuracy::Accuracy(AccuracyConfig c) : Metric(std::make_shared<AccuracyMetric>(std::move(c))) {}
BinaryAccuracy::BinaryAccuracy(BinaryAccuracyConfig c) : Metric(std::make_shared<BinaryAccuracyMetric>(std::move(c))) {}
CategoricalAccuracy::CategoricalAccuracy(CategoricalAccuracyConfig c)
    : Metric(std::make_shared<CategoricalAccuracyMetric>(std::move(c))) {}
SparseCategoricalAccuracy::SparseCategoricalAccuracy(SparseCategoricalAccuracyConfig c)
    : Metric(std::make_shared<SparseCategoricalAccuracyMetric>(std::move(c))) {}
TopKCategoricalAccuracy::TopKCategoricalAccuracy(TopKCategoricalAccuracyConfig c)
    : Metric(std::make_shared<TopKCategoricalAccuracyMetric>(std::move(c))) {}
SparseTopKCategoricalAccuracy::SparseTopKCategoricalAccuracy(SparseTopKCategoricalAccuracyConfig c)
    : Metric(std::make_shared<SparseTopKCategoricalAccuracyMetric>(std::move(c))) {}
}  // namespace metrics

void add_accuracy_metrics(Registry<MetricImpl>& r) {
  add_metric<AccuracyMetric>(r);
  add_metric<BinaryAccuracyMetric>(r);
  add_metric<CategoricalAccuracyMetric>(r);
  add_metric<SparseCategoricalAccuracyMetric>(r);
  add_metric<TopKCategoricalAccuracyMetric>(r);
  add_metric<SparseTopKCategoricalAccuracyMetric>(r);
}

}  // namespace cornu
