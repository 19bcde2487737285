// How good predictions are, as plain values: confusion matrix, curves, report. For arrays, not for traced values.
#pragma once
#include <cornu/tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace cornu {

// Labels and predictions are class numbers (n) or (n, 1), or scores (n, classes) of which the largest counts. A column
// of predictions that are not whole numbers is taken for probabilities of class 1, which is predicted above the
// threshold.

/// How often samples of a class were taken for each class. A value, as all structs of this file.
struct CORNU_API ConfusionMatrix {
  int64_t classes = 0;
  std::vector<int64_t> counts;  ///< Row-major: row = label, column = prediction.

  int64_t at(int64_t label, int64_t prediction) const {
    return counts[static_cast<size_t>(label * classes + prediction)];
  }
  /// A table; classes are named by their numbers if there are no names.
  std::string text(const std::vector<std::string>& names = {}) const;
};
/// `classes` 0: the largest class number plus 1.
CORNU_API ConfusionMatrix confusion_matrix(const Tensor& y_true, const Tensor& y_pred, int64_t classes = 0,
                                           double threshold = 0.5);

/// Rates of false and true positives where scores of at least the threshold are positive; thresholds fall, from
/// infinity.
struct CORNU_API RocCurve {
  std::vector<double> fpr, tpr, thresholds;
  /// The area under the curve, by trapezoids.
  double auc() const;
};
/// Labels are positive if not 0. As scikit-learn's: points on a straight line between others are left out if
/// `drop_intermediate`; a rate without samples is NaN.
CORNU_API RocCurve roc_curve(const Tensor& y_true, const Tensor& score, bool drop_intermediate = true);

/// Thresholds rise; a last point of precision 1 and recall 0 has none.
struct CORNU_API PrecisionRecallCurve {
  std::vector<double> precision, recall, thresholds;
  /// The sum of precisions weighted by the growth of recall.
  double average_precision() const;
};
CORNU_API PrecisionRecallCurve precision_recall_curve(const Tensor& y_true, const Tensor& score);

struct ClassScores {
  double precision = 0, recall = 0, f1 = 0;  ///< 0 where there is nothing to divide by.
  int64_t support = 0;                       ///< Number of labels.
};
struct CORNU_API ClassificationReport {
  std::vector<std::string> names;
  std::vector<ClassScores> classes;
  ClassScores macro, weighted;  ///< Means over the classes, plain and by support.
  double accuracy = 0;

  /// A table like scikit-learn's.
  std::string text(int digits = 2) const;
};
/// Classes are named by their numbers if there are no names.
CORNU_API ClassificationReport classification_report(const Tensor& y_true, const Tensor& y_pred,
                                                     const std::vector<std::string>& names = {},
                                                     double threshold = 0.5);
CORNU_API ClassificationReport classification_report(const ConfusionMatrix& matrix,
                                                     const std::vector<std::string>& names = {});

}  // namespace cornu
