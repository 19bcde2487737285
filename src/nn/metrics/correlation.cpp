// Correlations, and the share of variance explained.
#include <cornu/metrics/regression.h>
#include <cornu/ops.h>

#include "nn/losses/functions.h"
#include "nn/metrics/families.h"
#include "nn/metrics/mean.h"

namespace cornu {

using namespace metrics;
namespace f = loss_functions;

template <>
struct Describe<PearsonCorrelationConfig> {
  using T = PearsonCorrelationConfig;
  static constexpr auto fields = metric_fields<T>(field("axis", &T::axis));
};
template <>
struct Describe<ConcordanceCorrelationConfig> {
  using T = ConcordanceCorrelationConfig;
  static constexpr auto fields = metric_fields<T>(field("axis", &T::axis));
};
template <>
struct Describe<R2ScoreConfig> {
  using T = R2ScoreConfig;
  static constexpr auto fields =
      metric_fields<T>(field("class_aggregation", &T::class_aggregation), field("num_regressors", &T::num_regressors));
};

namespace {

ops::Axes axes_of(const std::optional<int>& axis) { return axis ? ops::Axes{*axis} : ops::Axes{}; }

struct PearsonCorrelationMetric final : MeanMetric<PearsonCorrelationMetric, PearsonCorrelationConfig> {
  static constexpr const char* kName = "PearsonCorrelation";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    const auto [y, p] = f::matched(y_true, y_pred);
    const ops::Axes axes = axes_of(config.axis);
    const auto standard = [&](const Tensor& x) {
      const Tensor centred = x - ops::mean(x, axes, true);
      return centred / ops::std(centred, axes, true);
    };
    return ops::mean(standard(y) * standard(p), axes);
  }
};

struct ConcordanceCorrelationMetric final : MeanMetric<ConcordanceCorrelationMetric, ConcordanceCorrelationConfig> {
  static constexpr const char* kName = "ConcordanceCorrelation";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    const auto [y, p] = f::matched(y_true, y_pred);
    const ops::Axes axes = axes_of(config.axis);
    const Tensor mean_y = ops::mean(y, axes, true), mean_p = ops::mean(p, axes, true);
    const Tensor covariance = (y - mean_p) * (p - mean_p);  // as Keras has it
    const Tensor norm = ops::var(y, axes, true) + ops::var(p, axes, true) + ops::square(mean_y - mean_p);
    return ops::mean(2.0 * covariance / (norm + f::kEpsilon), axes);
  }
};

struct R2ScoreMetric final : WithConfig<R2ScoreMetric, MetricImpl, R2ScoreConfig> {
  static constexpr const char* kName = "R2Score";
  explicit R2ScoreMetric(R2ScoreConfig c) : WithConfig(std::move(c)) {
    const auto& a = config.class_aggregation;
    if (a && *a != "uniform_average" && *a != "variance_weighted_average")
      throw ConfigError(kName, text("Invalid value for argument `class_aggregation`: it must be uniform_average, "
                                    "variance_weighted_average or none, "
                                    "got '{}'",
                                    *a));
    if (config.num_regressors < 0)
      throw ConfigError(kName, text("Invalid value for argument `num_regressors`: it must not be negative, got {}",
                                    config.num_regressors));
    require_floating(config.dtype);
    samples_ = add_variable("num_samples", {}, 0, config.dtype);
  }
  std::string name() const override { return config.name; }
  void build(const Shape& y_true, const Shape& y_pred) override {
    if (y_pred.rank() != 2 || y_pred.dim(1) < 0)
      throw ShapeError(kName, text("expects 2D inputs with shape (samples, outputs), got {} and {}", y_true, y_pred));
    const Shape outputs{y_pred.dim(1)};
    shift_ = add_variable("shift", outputs, 0, config.dtype);
    mean_ = add_variable("mean", outputs, 0, config.dtype);
    spread_ = add_variable("spread", outputs, 0, config.dtype);
    residual_ = add_variable("residual", outputs, 0, config.dtype);
    count_ = add_variable("count", outputs, 0, config.dtype);
  }
  void update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    const auto [y, p] = f::matched(y_true, ops::cast(y_pred, config.dtype));
    Tensor w = sample_weight.defined() ? ops::cast(sample_weight, config.dtype) : Tensor::scalar(1, config.dtype);
    if (w.rank() == 1) w = ops::expand_dims(w, 1);
    w = ops::broadcast_like(w, y);
    // Differences from the mean, merged batch by batch (Chan, Golub and LeVeque, 1979): sums of squares would cancel
    // where the targets are far from 0. They are counted from the first batch's mean, so that means keep their digits.
    const Tensor n = ops::sum(w, {0}), all = count_.value() + n, zero = ops::zeros_like(n);
    const auto mean_of = [&](const Tensor& x) { return divide_no_nan(ops::sum(weighed(x, w), {0}), n); };
    const Tensor shift = ops::where(ops::equal(count_.value(), zero), mean_of(y), shift_.value());
    shift_.assign(shift);
    const Tensor from_shift = y - shift, mean = mean_of(from_shift), moved = mean - mean_.value();
    accumulate(spread_, ops::sum(weighed(ops::square(from_shift - mean), w), {0}) +
                            ops::square(moved) * divide_no_nan(count_.value() * n, all));
    accumulate(mean_, moved * divide_no_nan(n, all));
    accumulate(residual_, ops::sum(weighed(ops::square(y - p), w), {0}));
    accumulate(count_, n);
    accumulate(samples_, ops::dim(y, {}, config.dtype));
  }
  Tensor result() const override {
    const Tensor total = spread_.value(), residual = residual_.value(), zero = ops::zeros_like(total);
    // Of a constant target 1 if it was predicted, else 0; NaN before the first batch.
    const Tensor of_constant = ops::cast(ops::equal(residual, zero), config.dtype) / (count_.value() / count_.value());
    Tensor score = ops::where(ops::equal(total, zero), of_constant, 1.0 - residual / total);
    if (config.class_aggregation == "uniform_average") score = ops::mean(score);
    if (config.class_aggregation == "variance_weighted_average")
      score = divide_no_nan(ops::sum(total * score), ops::sum(total));
    if (config.num_regressors == 0) return score;
    // With no more samples than predictors the plain score stays.
    const Tensor n = samples_.value(), rest = n - static_cast<double>(config.num_regressors) - 1.0;
    return ops::where(rest > 0.0, 1.0 - (1.0 - score) * (n - 1.0) / rest, score);
  }

 private:
  Variable samples_, shift_, mean_, spread_, residual_, count_;
};

}  // namespace

namespace metrics {
PearsonCorrelation::PearsonCorrelation(PearsonCorrelationConfig c)
    : Metric(std::make_shared<PearsonCorrelationMetric>(std::move(c))) {}
ConcordanceCorrelation::ConcordanceCorrelation(ConcordanceCorrelationConfig c)
    : Metric(std::make_shared<ConcordanceCorrelationMetric>(std::move(c))) {}
R2Score::R2Score(R2ScoreConfig c) : Metric(std::make_shared<R2ScoreMetric>(std::move(c))) {}
}  // namespace metrics

void add_correlation_metrics(Registry<MetricImpl>& r) {
  add_metric<PearsonCorrelationMetric>(r);
  add_metric<ConcordanceCorrelationMetric>(r);
  add_metric<R2ScoreMetric>(r);
}

}  // namespace cornu
