// Figures of how good predictions are, gathered block by block in little memory.
#pragma once
#include <cornu/evaluation.h>

#include <array>

#include "cli/report.h"
#include "cli/thresholds.h"

namespace cornu::cli {

/// Numbers in rising order with how often each came: exact up to a million, then to four figures.
class Sorted {
 public:
  void add(float v, bool marked = false);
  bool empty() const { return exact_.empty() && !binned_; }
  /// `f(value, unmarked, marked)`
  void each(const std::function<void(double, int64_t, int64_t)>& f);

 private:
  static constexpr size_t kExact = 1'000'000;
  static constexpr int kShift = 10;  ///< Bits of a float that do not count.
  using Counts = std::array<int64_t, 2>;
  void to_bins();
  void bin(float v, bool marked);

  std::vector<std::pair<float, bool>> exact_;
  std::array<std::vector<Counts>, 512> bins_;  ///< By sign and exponent, made when needed.
  bool binned_ = false;
};

class Quality {
 public:
  /// `training`: the rows are of a training whose flags may be changed, which the advice then is about.
  explicit Quality(ModelInfo info, bool training = false);
  /// `y`: classes or numbers; `output`: what the model gives for the same rows.
  void add(const Tensor& y, const Tensor& output);
  /// Rows that were measured elsewhere, as `measured` of classes gives them.
  void add(const Value& measured);
  Value measured() const;
  /// What the figures hide of classes that are rare or absent; empty if nothing.
  Report class_notes();
  int64_t rows() const { return rows_; }
  /// UsageError if outputs were NaN. `loss`: of the model on the data, or nothing.
  Report report(std::optional<double> loss);

 private:
  void add_classes(const Tensor& y, const Tensor& output);
  void add_numbers(const Tensor& y, const Tensor& output);
  void classes_report(Lines& rows, Report& out);
  void numbers_report(Lines& rows, Report& out);
  void matrix_report(Report& out) const;
  std::vector<int64_t> support() const;
  /// What a class has as it is predicted now.
  Finding now(size_t c) const;
  /// A threshold of few digits that finds more of the class, of two; 0 if none is better.
  double better_threshold(size_t rare, const std::vector<int64_t>& support, Finding& found);
  /// The sentence about it, or why there is none.
  std::string threshold_advice(size_t rare, const std::vector<int64_t>& support);

  ModelInfo info_;
  bool training_;
  int64_t rows_ = 0, nan_ = 0;
  ConfusionMatrix matrix_;
  ThresholdCounts thresholds_;
  Sorted scores_;          ///< Of binary tasks, marked if the label is class 1.
  Sorted errors_, truth_;  ///< Of regressions.
  double mean_ = 0, spread_ = 0, absolute_ = 0, square_ = 0;
};

}  // namespace cornu::cli
