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
      throw ConfigError(kName, text("class_aggregation must be uniform_average, variance_weighted_average or none, "
                                    "got '{}'",
                                    *a));
    if (config.num_regressors < 0)
      throw ConfigError(kName, text("num_regressors must not be negative, got {}", config.num_regressors));
    samples_ = add_variable("num_samples", {}, 0, config.dtype);
  }
  std::string name() const override { return config.name; }
  void build(const Shape& y_true, const Shape& y_pred) override {
    if (y_pred.rank() != 2 || y_pred.dim(1) < 0)
      throw ShapeError(kName, text("expected (samples, outputs), got {} and {}", y_true, y_pred));
    const Shape outputs{y_pred.dim(1)};
    squares_ = add_variable("squared_sum", outputs, 0, config.dtype);
    sum_ = add_variable("sum", outputs, 0, config.dtype);
    residual_ = add_variable("residual", outputs, 0, config.dtype);
    count_ = add_variable("count", outputs, 0, config.dtype);
  }
  void update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    const auto [y, p] = f::matched(y_true, ops::cast(y_pred, config.dtype));
    Tensor w = sample_weight.defined() ? ops::cast(sample_weight, config.dtype) : Tensor::scalar(1, config.dtype);
    if (w.rank() == 1) w = ops::expand_dims(w, 1);
    w = ops::broadcast_like(w, y);
    const Tensor weighted = y * w;
    sum_.assign(sum_.value() + ops::sum(weighted, {0}));
    squares_.assign(squares_.value() + ops::sum(y * weighted, {0}));
    residual_.assign(residual_.value() + ops::sum(ops::square(y - p) * w, {0}));
    count_.assign(count_.value() + ops::sum(w, {0}));
    samples_.assign(samples_.value() + ops::dim(y, {}, config.dtype));
  }
  Tensor result() const override {
    const Tensor total = squares_.value() - sum_.value() * (sum_.value() / count_.value());
    Tensor score = 1.0 - residual_.value() / total;
    const Tensor infinite = ops::logical_not(ops::logical_or(ops::isfinite(score), ops::isnan(score)));
    score = ops::where(infinite, ops::like_scalar(0, score), score);
    if (config.class_aggregation == "uniform_average") score = ops::mean(score);
    if (config.class_aggregation == "variance_weighted_average") score = ops::sum(total * score) / ops::sum(total);
    if (config.num_regressors == 0) return score;
    // With no more samples than predictors the plain score stays.
    const Tensor n = samples_.value(), rest = n - static_cast<double>(config.num_regressors) - 1.0;
    return ops::where(rest > 0.0, 1.0 - (1.0 - score) * (n - 1.0) / rest, score);
  }

 private:
  Variable samples_, squares_, sum_, residual_, count_;
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
