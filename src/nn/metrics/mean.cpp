// Mean and Sum, and the mean that other metrics are made of.
#include "nn/metrics/mean.h"

#include <cornu/losses/loss.h>
#include <cornu/metrics/mean.h>
#include <cornu/ops.h>

#include "nn/metrics/families.h"

namespace cornu {

using namespace metrics;

template <>
struct Describe<MeanConfig> {
  static constexpr auto fields = metric_fields<MeanConfig>();
};
template <>
struct Describe<SumConfig> {
  static constexpr auto fields = metric_fields<SumConfig>();
};

Tensor divide_no_nan(const Tensor& a, const Tensor& b) {
  const Tensor zero = ops::equal(b, ops::like_scalar(0, b));
  return ops::where(zero, ops::like_scalar(0, a), a / ops::where(zero, ops::like_scalar(1, b), b));
}

namespace {

ops::Axes axes_from(int from, int to) {
  ops::Axes axes;
  for (int i = from; i < to; ++i) axes.push_back(i);
  return axes;
}

/// The weight brought to the shape of the values, which lose axes that the weight does not have.
void align(Tensor& v, Tensor& w, bool mean) {
  squeeze_or_expand_to_same_rank(v, w);
  if (v.rank() > w.rank()) {
    const ops::Axes axes = axes_from(w.rank(), v.rank());
    v = mean ? ops::mean(v, axes) : ops::sum(v, axes);
  }
}

struct MeanMetricImpl final : MeanMetric<MeanMetricImpl, MeanConfig> {
  static constexpr const char* kName = "Mean";
  using MeanMetric::MeanMetric;
  void update(const Tensor&, const Tensor& y_pred, const Tensor& sample_weight) override { add(y_pred, sample_weight); }
  Tensor values(const Tensor&, const Tensor& y_pred) const override { return y_pred; }
};

struct SumMetric final : WithConfig<SumMetric, MetricImpl, SumConfig> {
  static constexpr const char* kName = "Sum";
  explicit SumMetric(SumConfig c) : WithConfig(std::move(c)) { total_ = add_variable("total", {}, 0, config.dtype); }
  std::string name() const override { return config.name; }
  void update(const Tensor&, const Tensor& values, const Tensor& sample_weight) override {
    Tensor v = ops::cast(values, config.dtype);
    if (sample_weight.defined()) {
      Tensor w = ops::cast(sample_weight, config.dtype);
      align(v, w, false);
      v = weighed(v, w);
    }
    accumulate(total_, ops::sum(v));
  }
  Tensor result() const override { return total_.value(); }

 private:
  Variable total_;
};

}  // namespace

void require_floating(DType dtype) {
  if (!is_floating(dtype)) throw ConfigError("metric", text("dtype must be a floating type, got {}", dtype));
}

void MeanImpl::start(DType dtype) {
  require_floating(dtype);
  total_ = add_variable("total", {}, 0, dtype);
  count_ = add_variable("count", {}, 0, dtype);
}

void MeanImpl::update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  add(values(y_true, y_pred), sample_weight);
}

void MeanImpl::add(const Tensor& values, const Tensor& sample_weight) {
  const DType t = total_.dtype();
  Tensor v = ops::cast(values, t), count;
  if (sample_weight.defined()) {
    Tensor w = ops::cast(sample_weight, t);
    align(v, w, true);
    w = ops::broadcast_like(w, v);
    v = weighed(v, w);
    count = ops::sum(w);
    if (w.rank() > 1) count = count / ops::dim(w, axes_from(1, w.rank()), t);
  } else {
    count = v.rank() > 0 ? ops::dim(v, {0}, t) : Tensor::scalar(1, t);
  }
  Tensor total = ops::sum(v);
  if (v.rank() > 1) total = total / ops::dim(v, axes_from(1, v.rank()), t);
  accumulate(total_, total);
  accumulate(count_, count);
}

Tensor MeanImpl::mean() const { return divide_no_nan(total_.value(), count_.value()); }

namespace metrics {
Mean::Mean(MeanConfig c) : Metric(std::make_shared<MeanMetricImpl>(std::move(c))) {}
Sum::Sum(SumConfig c) : Metric(std::make_shared<SumMetric>(std::move(c))) {}
}  // namespace metrics

void add_mean_metrics(Registry<MetricImpl>& r) {
  add_metric<MeanMetricImpl>(r);
  add_metric<SumMetric>(r);
}

}  // namespace cornu
