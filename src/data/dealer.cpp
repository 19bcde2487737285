// Knuth's selection sampling (algorithm S): each row is taken with the share of places left among the rows left.
#include "data/dealer.h"

#include "base/philox.h"

namespace cornu {

Dealer::Dealer(const TableSchema& schema, const SplitConfig& c)
    : by_class_(c.stratify && schema.target_kind == TargetKind::classes && !schema.target.empty()), seed_(c.seed) {
  check_shares(c);
  std::vector<size_t> sizes;
  for (const int64_t n : by_class_ ? schema.class_rows : std::vector<int64_t>{schema.rows})
    sizes.push_back(static_cast<size_t>(n));
  size_t all = 0;
  for (const size_t n : sizes) all += n;
  if (all == 0) throw ConfigError("CsvSource", "parts need the schema of scan_csv, which counts the rows");
  const std::vector<size_t> test = counts_of(sizes, c.test, all), validation = counts_of(sizes, c.validation, all);
  for (size_t k = 0; k < sizes.size(); ++k) {
    const size_t v = std::min(validation[k], sizes[k] - test[k]);
    left_.push_back({static_cast<int64_t>(sizes[k]), static_cast<int64_t>(test[k]), static_cast<int64_t>(v)});
    all_ += left_[k].all, test_ += left_[k].test, validation_ += left_[k].validation;
  }
}

SplitPart Dealer::next(float target, const std::string& path) {
  Left& left = left_[by_class_ ? static_cast<size_t>(target) : 0];
  if (left.all <= 0) throw FileError(path, "has changed while it was read");
  const PhiloxBlock r = philox(seed_, 0xc5f, row_++);
  const uint64_t word = (static_cast<uint64_t>(r[0]) << 32) | r[1];
  const int64_t at = static_cast<int64_t>(word % static_cast<uint64_t>(left.all--));
  if (at < left.test) return --left.test, SplitPart::test;
  if (at < left.test + left.validation) return --left.validation, SplitPart::validation;
  return SplitPart::train;
}

int64_t Dealer::rows(SplitPart part) const {
  if (part == SplitPart::all) return all_;
  return part == SplitPart::test ? test_ : part == SplitPart::validation ? validation_ : all_ - test_ - validation_;
}

}  // namespace cornu
