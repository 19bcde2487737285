// Probabilities of classes, counted so finely that thresholds for them can be compared.
#pragma once
#include <cornu/value.h>

#include <cstdint>
#include <string>
#include <vector>

namespace cornu::cli {

/// What a class would have if it were predicted from some probability on.
struct Finding {
  int64_t hits = 0, alarms = 0;  ///< Its own rows that are found, and others that are taken for it.
  /// Harmonic mean of recall and precision, where the class has so many rows.
  double f1(int64_t rows) const { return 2 * static_cast<double>(hits) / static_cast<double>(rows + hits + alarms); }
};

/// For each class, how many of its rows and of the others have a probability of it between two of some 40 thresholds.
class ThresholdCounts {
 public:
  /// None are kept of more classes than anybody would read about.
  explicit ThresholdCounts(size_t classes);
  void add(size_t c, double p, bool of_class);
  /// Of measurements elsewhere, and for them.
  void add(const Value& counts);
  Value to_value() const;
  /// Rows counted for each class.
  int64_t rows() const;
  /// The best threshold of a class that finds more of its rows than `now`; 0 if there is none that is better than
  /// saying the class of all rows.
  double better(size_t c, const Finding& now, Finding& found) const;

 private:
  std::vector<std::vector<int64_t>> others_, ours_;  ///< By class, then by threshold.
};

}  // namespace cornu::cli
