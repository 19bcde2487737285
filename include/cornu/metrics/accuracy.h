// Shares of right predictions.
#pragma once
#include <cornu/metrics/metric.h>

namespace cornu::metrics {

struct AccuracyConfig {
  Text name = "accuracy";
  DType dtype = floatx();
};
/// How often the prediction equals the label.
struct CORNU_API Accuracy : Metric {
  explicit Accuracy(AccuracyConfig config = {});
};

struct BinaryAccuracyConfig {
  Text name = "binary_accuracy";
  DType dtype = floatx();
  double threshold = 0.5;
};
/// How often a prediction above the threshold meets a label of 1, or another one a label of 0.
struct CORNU_API BinaryAccuracy : Metric {
  explicit BinaryAccuracy(BinaryAccuracyConfig config = {});
};

struct CategoricalAccuracyConfig {
  Text name = "categorical_accuracy";
  DType dtype = floatx();
};
/// How often the largest prediction is at the place of the largest label; labels are one-hot.
struct CORNU_API CategoricalAccuracy : Metric {
  explicit CategoricalAccuracy(CategoricalAccuracyConfig config = {});
};

struct SparseCategoricalAccuracyConfig {
  Text name = "sparse_categorical_accuracy";
  DType dtype = floatx();
};
/// How often the largest prediction is at the class whose number the label is.
struct CORNU_API SparseCategoricalAccuracy : Metric {
  explicit SparseCategoricalAccuracy(SparseCategoricalAccuracyConfig config = {});
};

struct TopKCategoricalAccuracyConfig {
  int64_t k = 5;
  Text name = "top_k_categorical_accuracy";
  DType dtype = floatx();
};
/// How often the class of a one-hot label is among the k largest predictions.
struct CORNU_API TopKCategoricalAccuracy : Metric {
  explicit TopKCategoricalAccuracy(TopKCategoricalAccuracyConfig config = {});
};

struct SparseTopKCategoricalAccuracyConfig {
  int64_t k = 5;
  Text name = "sparse_top_k_categorical_accuracy";
  DType dtype = floatx();
  bool from_sorted_ids = false;  ///< Predictions are class numbers, best first.
};
/// How often the class whose number the label is is among the k largest predictions.
struct CORNU_API SparseTopKCategoricalAccuracy : Metric {
  explicit SparseTopKCategoricalAccuracy(SparseTopKCategoricalAccuracyConfig config = {});
};

}  // namespace cornu::metrics
