// What may be wrong with columns that are numbers: ids, codes and dates among them, and copies of the target.
#pragma once
#include <vector>

#include "data/column_scan.h"

namespace cornu {

/// A sentence on a column of numbers that may stand for something else; else "". `target`: it is the one.
std::string doubt_of_numbers(const ColumnScan& s, bool target);
/// "--ignore 'a b'", for messages in the words of the command line.
std::string flag_with(const char* flag, const std::string& value);

/// Finds columns that tell the target of every row: by one value for each, or as a linear function of it.
class TargetCopies {
 public:
  void start(size_t columns, std::ptrdiff_t target);
  void add(const std::vector<std::string_view>& fields, const std::vector<ColumnScan>& scans);
  /// A sentence on that column; else "".
  std::string doubt(size_t column, const std::string& name, const TableSchema& schema) const;

 private:
  struct Watch {
    size_t column = 0;
    bool one_to_one = true, line = true;
    TextMap<std::string> target_of, value_of;
    int64_t points = 0;
    double x0 = 0, y0 = 0, slope = 0;
    bool has_slope = false;
  };
  void follow_pairs(Watch& w, std::string_view value, std::string_view target);
  void follow_line(Watch& w, double x, double y);

  std::vector<Watch> watched_;
  size_t target_ = 0;
  int64_t rows_ = 0;
};

}  // namespace cornu
