// Losses of predicted numbers, and hinge losses.
#pragma once
#include <cornu/losses/loss.h>

namespace cornu::losses {

struct MeanSquaredErrorConfig {
  Reduction reduction = "sum_over_batch_size";
  Text name = "mean_squared_error";
};
/// The mean of (y - p)^2 over the last axis.
struct CORNU_API MeanSquaredError : Loss {
  explicit MeanSquaredError(MeanSquaredErrorConfig config = {});
};

struct MeanAbsoluteErrorConfig {
  Reduction reduction = "sum_over_batch_size";
  Text name = "mean_absolute_error";
};
/// The mean of |y - p| over the last axis.
struct CORNU_API MeanAbsoluteError : Loss {
  explicit MeanAbsoluteError(MeanAbsoluteErrorConfig config = {});
};

struct MeanAbsolutePercentageErrorConfig {
  Reduction reduction = "sum_over_batch_size";
  Text name = "mean_absolute_percentage_error";
};
/// 100 times the mean of |y - p| / |y|.
struct CORNU_API MeanAbsolutePercentageError : Loss {
  explicit MeanAbsolutePercentageError(MeanAbsolutePercentageErrorConfig config = {});
};

struct MeanSquaredLogarithmicErrorConfig {
  Reduction reduction = "sum_over_batch_size";
  Text name = "mean_squared_logarithmic_error";
};
/// The mean of (log(1 + y) - log(1 + p))^2.
struct CORNU_API MeanSquaredLogarithmicError : Loss {
  explicit MeanSquaredLogarithmicError(MeanSquaredLogarithmicErrorConfig config = {});
};

struct CosineSimilarityConfig {
  int axis = -1;
  Reduction reduction = "sum_over_batch_size";
  Text name = "cosine_similarity";
};
/// The negative cosine of the angle between y and p: -1 for equal directions.
struct CORNU_API CosineSimilarity : Loss {
  explicit CosineSimilarity(CosineSimilarityConfig config = {});
};

struct HuberConfig {
  double delta = 1;
  Reduction reduction = "sum_over_batch_size";
  Text name = "huber_loss";
};
/// Half the squared error up to `delta`, beyond it linear.
struct CORNU_API Huber : Loss {
  explicit Huber(HuberConfig config = {});
};

struct LogCoshConfig {
  Reduction reduction = "sum_over_batch_size";
  Text name = "log_cosh";
};
/// The mean of log(cosh(p - y)): squared for small errors, linear for large ones.
struct CORNU_API LogCosh : Loss {
  explicit LogCosh(LogCoshConfig config = {});
};

struct HingeConfig {
  Reduction reduction = "sum_over_batch_size";
  Text name = "hinge";
};
/// The mean of max(1 - y p, 0); labels are -1 and 1, or 0 and 1.
struct CORNU_API Hinge : Loss {
  explicit Hinge(HingeConfig config = {});
};

struct SquaredHingeConfig {
  Reduction reduction = "sum_over_batch_size";
  Text name = "squared_hinge";
};
/// The mean of max(1 - y p, 0)^2.
struct CORNU_API SquaredHinge : Loss {
  explicit SquaredHinge(SquaredHingeConfig config = {});
};

struct CategoricalHingeConfig {
  Reduction reduction = "sum_over_batch_size";
  Text name = "categorical_hinge";
};
/// max(largest p of a wrong class - p of the right one + 1, 0); labels are one-hot.
struct CORNU_API CategoricalHinge : Loss {
  explicit CategoricalHinge(CategoricalHingeConfig config = {});
};

}  // namespace cornu::losses
