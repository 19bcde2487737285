// Means of precision and recall.
#pragma once
#include <cornu/metrics/metric.h>

namespace cornu::metrics {

struct FBetaScoreConfig {
  std::optional<Text> average{};      ///< "micro", "macro", "weighted", or none: one value for each class.
  double beta = 1;                    ///< Recall counts beta times as much as precision.
  std::optional<double> threshold{};  ///< None: the largest prediction is the positive one.
  Text name = "fbeta_score";
  DType dtype = floatx();
};
/// (1 + beta^2) precision recall / (beta^2 precision + recall). Takes (samples, classes).
struct CORNU_API FBetaScore : Metric {
  explicit FBetaScore(FBetaScoreConfig config = {});
};

struct F1ScoreConfig {
  std::optional<Text> average{};      ///< "micro", "macro", "weighted", or none: one value for each class.
  std::optional<double> threshold{};  ///< None: the largest prediction is the positive one.
  Text name = "f1_score";
  DType dtype = floatx();
};
/// The harmonic mean of precision and recall. Takes (samples, classes).
struct CORNU_API F1Score : Metric {
  explicit F1Score(F1ScoreConfig config = {});
};

}  // namespace cornu::metrics
