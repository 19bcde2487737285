// Distances between numbers and predictions of them.
#include <cornu/metrics/regression.h>
#include <cornu/ops.h>

#include "nn/losses/functions.h"
#include "nn/metrics/families.h"
#include "nn/metrics/mean.h"

namespace cornu {

using namespace metrics;
namespace f = loss_functions;

template <>
struct Describe<MeanSquaredErrorConfig> {
  static constexpr auto fields = metric_fields<MeanSquaredErrorConfig>();
};
template <>
struct Describe<RootMeanSquaredErrorConfig> {
  static constexpr auto fields = metric_fields<RootMeanSquaredErrorConfig>();
};
template <>
struct Describe<MeanAbsoluteErrorConfig> {
  static constexpr auto fields = metric_fields<MeanAbsoluteErrorConfig>();
};
template <>
struct Describe<MeanAbsolutePercentageErrorConfig> {
  static constexpr auto fields = metric_fields<MeanAbsolutePercentageErrorConfig>();
};
template <>
struct Describe<MeanSquaredLogarithmicErrorConfig> {
  static constexpr auto fields = metric_fields<MeanSquaredLogarithmicErrorConfig>();
};
template <>
struct Describe<LogCoshErrorConfig> {
  static constexpr auto fields = metric_fields<LogCoshErrorConfig>();
};
template <>
struct Describe<CosineSimilarityConfig> {
  static constexpr auto fields = metric_fields<CosineSimilarityConfig>(field("axis", &CosineSimilarityConfig::axis));
};

namespace {

struct MeanSquaredErrorMetric final : MeanMetric<MeanSquaredErrorMetric, MeanSquaredErrorConfig> {
  static constexpr const char* kName = "MeanSquaredError";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y, const Tensor& p) const override { return f::mean_squared_error(y, p); }
};

struct RootMeanSquaredErrorMetric final : MeanMetric<RootMeanSquaredErrorMetric, RootMeanSquaredErrorConfig> {
  static constexpr const char* kName = "RootMeanSquaredError";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    const auto [y, p] = f::matched(y_true, ops::cast(y_pred, config.dtype));
    return ops::square(p - y);
  }
  Tensor result() const override { return ops::sqrt(mean()); }
};

struct MeanAbsoluteErrorMetric final : MeanMetric<MeanAbsoluteErrorMetric, MeanAbsoluteErrorConfig> {
  static constexpr const char* kName = "MeanAbsoluteError";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y, const Tensor& p) const override { return f::mean_absolute_error(y, p); }
};

struct MeanAbsolutePercentageErrorMetric final
    : MeanMetric<MeanAbsolutePercentageErrorMetric, MeanAbsolutePercentageErrorConfig> {
  static constexpr const char* kName = "MeanAbsolutePercentageError";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y, const Tensor& p) const override { return f::mean_absolute_percentage_error(y, p); }
};

struct MeanSquaredLogarithmicErrorMetric final
    : MeanMetric<MeanSquaredLogarithmicErrorMetric, MeanSquaredLogarithmicErrorConfig> {
  static constexpr const char* kName = "MeanSquaredLogarithmicError";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y, const Tensor& p) const override { return f::mean_squared_logarithmic_error(y, p); }
};

struct LogCoshErrorMetric final : MeanMetric<LogCoshErrorMetric, LogCoshErrorConfig> {
  static constexpr const char* kName = "LogCoshError";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y, const Tensor& p) const override { return f::log_cosh(y, p); }
};

struct CosineSimilarityMetric final : MeanMetric<CosineSimilarityMetric, CosineSimilarityConfig> {
  static constexpr const char* kName = "CosineSimilarity";
  using MeanMetric::MeanMetric;
  Value get_config() const override {  // Keras writes no axis, but reads one
    Value out = MeanMetric::get_config();
    if (config.axis == -1) out.erase("axis");
    return out;
  }
  Tensor values(const Tensor& y, const Tensor& p) const override { return f::cosine_similarity(y, p, config.axis); }
};

}  // namespace

namespace metrics {
MeanSquaredError::MeanSquaredError(MeanSquaredErrorConfig c)
    : Metric(std::make_shared<MeanSquaredErrorMetric>(std::move(c))) {}
RootMeanSquaredError::RootMeanSquaredError(RootMeanSquaredErrorConfig c)
    : Metric(std::make_shared<RootMeanSquaredErrorMetric>(std::move(c))) {}
MeanAbsoluteError::MeanAbsoluteError(MeanAbsoluteErrorConfig c)
    : Metric(std::make_shared<MeanAbsoluteErrorMetric>(std::move(c))) {}
MeanAbsolutePercentageError::MeanAbsolutePercentageError(MeanAbsolutePercentageErrorConfig c)
    : Metric(std::make_shared<MeanAbsolutePercentageErrorMetric>(std::move(c))) {}
MeanSquaredLogarithmicError::MeanSquaredLogarithmicError(MeanSquaredLogarithmicErrorConfig c)
    : Metric(std::make_shared<MeanSquaredLogarithmicErrorMetric>(std::move(c))) {}
LogCoshError::LogCoshError(LogCoshErrorConfig c) : Metric(std::make_shared<LogCoshErrorMetric>(std::move(c))) {}
CosineSimilarity::CosineSimilarity(CosineSimilarityConfig c)
    : Metric(std::make_shared<CosineSimilarityMetric>(std::move(c))) {}
}  // namespace metrics

void add_regression_metrics(Registry<MetricImpl>& r) {
  add_metric<MeanSquaredErrorMetric>(r, {"mse", "MSE"});
  add_metric<RootMeanSquaredErrorMetric>(r);
  add_metric<MeanAbsoluteErrorMetric>(r, {"mae", "MAE"});
  add_metric<MeanAbsolutePercentageErrorMetric>(r, {"mape", "MAPE"});
  add_metric<MeanSquaredLogarithmicErrorMetric>(r, {"msle", "MSLE"});
  add_metric<LogCoshErrorMetric>(r);
  add_metric<CosineSimilarityMetric>(r);
}

}  // namespace cornu
