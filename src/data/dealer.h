// The rows of a stream dealt to training, validation and test, with the exact shares of each class.
#pragma once
#include <cornu/data_source.h>

namespace cornu {

/// How many of each class a share takes: the whole part, then one more for the largest remainders, so that the sum is
/// the rounded share of all.
std::vector<size_t> counts_of(const std::vector<size_t>& sizes, double share, size_t all);
/// ConfigError for shares that are no parts of one whole.
void check_shares(const SplitConfig& config);

/// Decides row by row, each time in the same way, how a file is split whose class counts are known.
class Dealer {
 public:
  /// The schema is that of the whole file.
  Dealer(const TableSchema& schema, const SplitConfig& config);
  /// The part of the next row. FileError (of `path`) if there are more rows than were counted.
  SplitPart next(float target, const std::string& path);
  /// Rows of a part, all in all.
  int64_t rows(SplitPart part) const;

 private:
  struct Left {
    int64_t all, test, validation;
  };
  bool by_class_;
  uint64_t seed_, row_ = 0;
  std::vector<Left> left_;  ///< Of each class.
  int64_t all_ = 0, test_ = 0, validation_ = 0;
};

}  // namespace cornu
