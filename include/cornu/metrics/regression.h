// Distances between numbers and predictions of them.
#pragma once
#include <cornu/metrics/metric.h>

namespace cornu::metrics {

struct MeanSquaredErrorConfig {
  Text name = "mean_squared_error";
  DType dtype = floatx();
};
/// The mean of (y - p)^2.
struct CORNU_API MeanSquaredError : Metric {
  explicit MeanSquaredError(MeanSquaredErrorConfig config = {});
};

struct RootMeanSquaredErrorConfig {
  Text name = "root_mean_squared_error";
  DType dtype = floatx();
};
/// The square root of the mean of (y - p)^2.
struct CORNU_API RootMeanSquaredError : Metric {
  explicit RootMeanSquaredError(RootMeanSquaredErrorConfig config = {});
};

struct MeanAbsoluteErrorConfig {
  Text name = "mean_absolute_error";
  DType dtype = floatx();
};
/// The mean of |y - p|.
struct CORNU_API MeanAbsoluteError : Metric {
  explicit MeanAbsoluteError(MeanAbsoluteErrorConfig config = {});
};

struct MeanAbsolutePercentageErrorConfig {
  Text name = "mean_absolute_percentage_error";
  DType dtype = floatx();
};
/// 100 times the mean of |y - p| / |y|.
struct CORNU_API MeanAbsolutePercentageError : Metric {
  explicit MeanAbsolutePercentageError(MeanAbsolutePercentageErrorConfig config = {});
};

struct MeanSquaredLogarithmicErrorConfig {
  Text name = "mean_squared_logarithmic_error";
  DType dtype = floatx();
};
/// The mean of (log(1 + y) - log(1 + p))^2.
struct CORNU_API MeanSquaredLogarithmicError : Metric {
  explicit MeanSquaredLogarithmicError(MeanSquaredLogarithmicErrorConfig config = {});
};

struct LogCoshErrorConfig {
  Text name = "logcosh";
  DType dtype = floatx();
};
/// The mean of log(cosh(p - y)).
struct CORNU_API LogCoshError : Metric {
  explicit LogCoshError(LogCoshErrorConfig config = {});
};

struct CosineSimilarityConfig {
  Text name = "cosine_similarity";
  DType dtype = floatx();
  int axis = -1;
};
/// The cosine of the angle between y and p along `axis`.
struct CORNU_API CosineSimilarity : Metric {
  explicit CosineSimilarity(CosineSimilarityConfig config = {});
};

struct PearsonCorrelationConfig {
  Text name = "pearson_correlation";
  DType dtype = floatx();
  std::optional<int> axis = -1;
};
/// Correlation along `axis` (all if none).
struct CORNU_API PearsonCorrelation : Metric {
  explicit PearsonCorrelation(PearsonCorrelationConfig config = {});
};

struct ConcordanceCorrelationConfig {
  Text name = "concordance_correlation";
  DType dtype = floatx();
  std::optional<int> axis = -1;
};
/// Lin's concordance along `axis` (all if none).
struct CORNU_API ConcordanceCorrelation : Metric {
  explicit ConcordanceCorrelation(ConcordanceCorrelationConfig config = {});
};

struct R2ScoreConfig {
  /// "uniform_average", "variance_weighted_average" or none: one value for each output.
  std::optional<Text> class_aggregation = "uniform_average";
  int64_t num_regressors = 0;  ///< Not 0: adjusted for that many predictors.
  Text name = "r2_score";
  DType dtype = floatx();
};
/// The share of the variance of y that p explains. Takes (samples, outputs).
struct CORNU_API R2Score : Metric {
  explicit R2Score(R2ScoreConfig config = {});
};

}  // namespace cornu::metrics
