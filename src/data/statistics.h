// Means and spreads of columns, gathered row by row.
#pragma once
#include <cornu/data.h>

namespace cornu {

class Statistics {
 public:
  explicit Statistics(const TableSchema& schema);
  /// Encoded rows; `missing` are places in them, rising, that hold no number of the file.
  void add(const float* x, int64_t rows, const std::vector<int64_t>& missing);
  void add_target(double v);
  /// Also makes the means what fills the places of missing numbers.
  void put_into(TableSchema& schema) const;

 private:
  struct Moments {
    double n = 0, mean = 0, squares = 0, min, max;
    void add(double v);
    double variance() const { return n > 0 ? squares / n : 0; }
  };
  int64_t width_;
  std::vector<int64_t> places_;  ///< Of the numbers in a row.
  std::vector<Moments> columns_;
  Moments target_;
};

}  // namespace cornu
