// Counts of right and wrong decisions at several thresholds: what Precision, AUC and their like accumulate.
#pragma once
#include <cornu/variable.h>

#include <optional>
#include <vector>

namespace cornu {

/// Those that are defined are counted, each of shape (thresholds) or, by label, (thresholds, labels).
struct CountVariables {
  Variable tp, fp, tn, fn;
};

struct CountOptions {
  std::vector<double> thresholds{};
  bool even = false;  ///< Evenly spread over [0, 1]: predictions are put into buckets instead of compared with each.
  std::optional<int64_t> top_k{}, class_id{};
  bool by_label = false;
  std::vector<double> label_weights{};
};

/// Evenly spread over [0, 1], and at least 3.
bool evenly_spread(const std::vector<double>& thresholds);

/// Adds a batch. A prediction is positive if it is above the threshold; labels are positive if not 0.
void count_decisions(CountVariables& into, const CountOptions& options, const Tensor& y_true, const Tensor& y_pred,
                     const Tensor& sample_weight);

}  // namespace cornu
