// Counts of right and wrong decisions at thresholds, and what is made of them.
#pragma once
#include <cornu/metrics/metric.h>

namespace cornu::metrics {

struct TruePositivesConfig {
  Value thresholds{};  ///< A number or a list in [0, 1]; none: 0.5.
  Text name = "true_positives";
  DType dtype = floatx();
};
/// Labels of 1 with a prediction above the threshold: a number, or one for each threshold.
struct CORNU_API TruePositives : Metric {
  explicit TruePositives(TruePositivesConfig config = {});
};

struct FalsePositivesConfig {
  Value thresholds{};  ///< A number or a list in [0, 1]; none: 0.5.
  Text name = "false_positives";
  DType dtype = floatx();
};
/// Labels of 0 with a prediction above the threshold.
struct CORNU_API FalsePositives : Metric {
  explicit FalsePositives(FalsePositivesConfig config = {});
};

struct TrueNegativesConfig {
  Value thresholds{};  ///< A number or a list in [0, 1]; none: 0.5.
  Text name = "true_negatives";
  DType dtype = floatx();
};
/// Labels of 0 with a prediction not above the threshold.
struct CORNU_API TrueNegatives : Metric {
  explicit TrueNegatives(TrueNegativesConfig config = {});
};

struct FalseNegativesConfig {
  Value thresholds{};  ///< A number or a list in [0, 1]; none: 0.5.
  Text name = "false_negatives";
  DType dtype = floatx();
};
/// Labels of 1 with a prediction not above the threshold.
struct CORNU_API FalseNegatives : Metric {
  explicit FalseNegatives(FalseNegativesConfig config = {});
};

struct PrecisionConfig {
  Value thresholds{};                 ///< A number or a list in [0, 1]; none: 0.5, or all with top_k.
  std::optional<int64_t> top_k{};     ///< Only the k largest predictions of a sample can be positive.
  std::optional<int64_t> class_id{};  ///< Only this class.
  Text name = "precision";
  DType dtype = floatx();
};
/// True positives of all positives predicted; 0 if there is none.
struct CORNU_API Precision : Metric {
  explicit Precision(PrecisionConfig config = {});
};

struct RecallConfig {
  Value thresholds{};                 ///< A number or a list in [0, 1]; none: 0.5, or all with top_k.
  std::optional<int64_t> top_k{};     ///< Only the k largest predictions of a sample can be positive.
  std::optional<int64_t> class_id{};  ///< Only this class.
  Text name = "recall";
  DType dtype = floatx();
};
/// True positives of all positive labels; 0 if there is none.
struct CORNU_API Recall : Metric {
  explicit Recall(RecallConfig config = {});
};

struct SensitivityAtSpecificityConfig {
  double specificity = 0.5;
  int64_t num_thresholds = 200;
  std::optional<int64_t> class_id{};
  Text name = "sensitivity_at_specificity";
  DType dtype = floatx();
};
/// The best sensitivity at a threshold where the specificity is at least the given one.
struct CORNU_API SensitivityAtSpecificity : Metric {
  explicit SensitivityAtSpecificity(SensitivityAtSpecificityConfig config = {});
};

struct SpecificityAtSensitivityConfig {
  double sensitivity = 0.5;
  int64_t num_thresholds = 200;
  std::optional<int64_t> class_id{};
  Text name = "specificity_at_sensitivity";
  DType dtype = floatx();
};
/// The best specificity at a threshold where the sensitivity is at least the given one.
struct CORNU_API SpecificityAtSensitivity : Metric {
  explicit SpecificityAtSensitivity(SpecificityAtSensitivityConfig config = {});
};

struct PrecisionAtRecallConfig {
  double recall = 0.5;
  int64_t num_thresholds = 200;
  std::optional<int64_t> class_id{};
  Text name = "precision_at_recall";
  DType dtype = floatx();
};
/// The best precision at a threshold where the recall is at least the given one.
struct CORNU_API PrecisionAtRecall : Metric {
  explicit PrecisionAtRecall(PrecisionAtRecallConfig config = {});
};

struct RecallAtPrecisionConfig {
  double precision = 0.5;
  int64_t num_thresholds = 200;
  std::optional<int64_t> class_id{};
  Text name = "recall_at_precision";
  DType dtype = floatx();
};
/// The best recall at a threshold where the precision is at least the given one.
struct CORNU_API RecallAtPrecision : Metric {
  explicit RecallAtPrecision(RecallAtPrecisionConfig config = {});
};

struct AUCConfig {
  int64_t num_thresholds = 200;
  Text curve = "ROC";                       ///< Or "PR", "PRGAIN".
  Text summation_method = "interpolation";  ///< Or "minoring", "majoring".
  Text name = "auc";
  DType dtype = floatx();
  std::optional<std::vector<double>> thresholds{};  ///< Instead of num_thresholds evenly spread ones.
  bool multi_label = false;                         ///< An area for each column, then their mean.
  std::optional<int64_t> num_labels{};
  Value label_weights{};  ///< A list: what each label weighs.
  bool from_logits = false;
};
/// The area under a curve through the thresholds.
struct CORNU_API AUC : Metric {
  explicit AUC(AUCConfig config = {});
};

}  // namespace cornu::metrics
