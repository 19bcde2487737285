// Cross-validation.
#include <cornu/cross_validation.h>

#include <cmath>
#include <cstdio>

namespace cornu {

static bool holds_classes(const Tensor& y) {
  if (y.rank() < 1 || y.rank() > 2) return false;
  return is_integer(y.dtype()) || y.dtype() == DType::boolean || (y.rank() == 2 && y.shape().dim(1) > 1);
}

CrossValidation cross_validate(const std::function<Model()>& make_model, const Tensor& x, const Tensor& y,
                               const CrossValidationConfig& config) {
  if (!make_model) throw CallError("cross_validate", "the function that makes the model is empty");
  if (!x.defined() || !y.defined() || x.rank() < 1 || y.rank() < 1 || x.shape().dim(0) != y.shape().dim(0))
    throw CallError("cross_validate",
                    text("x and y must have as many rows, got shapes {} and {}", x.shape(), y.shape()));
  if (!config.fit.sample_weight.is_none())
    throw CallError("cross_validate", "sample_weight is not supported; use class_weight");
  const std::vector<Fold> folds = config.stratify && holds_classes(y) ? stratified_k_fold(y, config.k, config.seed)
                                                                      : k_fold(x.shape().dim(0), config.k, config.seed);
  std::vector<Logs> results;
  std::vector<History> histories;
  for (const Fold& fold : folds) {
    Model model = make_model();
    histories.push_back(model.fit(take_rows(x, fold.train), take_rows(y, fold.train), config.fit));
    results.push_back(
        model.evaluate(take_rows(x, fold.test), take_rows(y, fold.test), {.batch_size = config.evaluate_batch_size}));
  }
  return summarize_folds(std::move(results), std::move(histories));
}

CrossValidation summarize_folds(std::vector<Logs> folds, std::vector<History> histories) {
  CrossValidation out{std::move(folds), std::move(histories), {}, {}};
  for (const Logs& fold : out.folds)
    for (const auto& entry : fold) {
      const std::string& name = entry.first;
      if (out.mean.find(name)) continue;
      std::vector<double> values;
      for (const Logs& logs : out.folds)
        if (const double* v = logs.find(name)) values.push_back(*v);
      const double k = static_cast<double>(values.size());
      double mean = 0, squares = 0;
      for (const double v : values) mean += v / k;
      for (const double v : values) squares += (v - mean) * (v - mean);
      out.mean.set(name) = mean;
      out.stddev.set(name) = k > 1 ? std::sqrt(squares / (k - 1)) : 0;
    }
  return out;
}

std::string CrossValidation::text() const {
  std::string out;
  for (const auto& [name, value] : mean) {
    char line[80];
    std::snprintf(line, sizeof line, ": %.4g +- %.2g", value, stddev[name]);
    out += name + line + "\n";
  }
  return out;
}

}  // namespace cornu
