// Cross-validation: how good a kind of model is, measured on every row once.
#pragma once
#include <cornu/data.h>
#include <cornu/model.h>

#include <functional>

namespace cornu {

struct CrossValidationConfig {
  int64_t k = 5;
  bool stratify = true;  ///< If y holds classes: integers or one-hot rows.
  uint64_t seed = 0;
  FitConfig fit{};  ///< Of each fold.
  int64_t evaluate_batch_size = 1024;
};
/// What it measured. A value: it holds no model.
struct CORNU_API CrossValidation {
  std::vector<Logs> folds;  ///< "loss" and the metrics on the rows that the fold's model has not seen.
  std::vector<History> histories;
  Logs mean, stddev;  ///< Over the folds; stddev divides by k - 1.

  /// "accuracy: 0.93 +- 0.02", a line for each.
  std::string text() const;
};
/// Means and deviations of the logs of folds. A value that some folds lack is taken from the others.
CORNU_API CrossValidation summarize_folds(std::vector<Logs> folds, std::vector<History> histories = {});
/// `make_model` gives a new compiled model for each fold.
CORNU_API CrossValidation cross_validate(const std::function<Model()>& make_model, const Tensor& x, const Tensor& y,
                                         const CrossValidationConfig& config = {});

}  // namespace cornu
