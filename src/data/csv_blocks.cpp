// Marks between blocks, and their order.
#include "data/csv_blocks.h"

#include <numeric>

#include "base/philox.h"

namespace cornu {

void CsvBlocks::note(const CsvReader::Place& place, const std::optional<Dealer>& dealer) {
  constexpr size_t kMost = 32768;
  if (!marks_.empty() && place.offset < marks_.back().place.offset + block_bytes_) return;
  if (marks_.size() == kMost) {  // blocks of twice the size
    for (size_t i = 0; i < kMost / 2; ++i) marks_[i] = std::move(marks_[2 * i]);
    marks_.resize(kMost / 2);
    block_bytes_ *= 2;
  }
  marks_.push_back({place, dealer});
}

void CsvBlocks::finish(const CsvReader::Place& end) { end_ = end.offset; }

void CsvBlocks::shuffle(uint64_t seed, int64_t pass) {
  order_.resize(marks_.size());
  std::iota(order_.begin(), order_.end(), size_t{0});
  for (size_t i = order_.size(); i-- > 1;) {
    const uint64_t word = philox(seed, static_cast<uint64_t>(pass), i)[1];
    std::swap(order_[i], order_[static_cast<size_t>(word * (i + 1) >> 32)]);
  }
  at_ = 0;
  block_end_ = 0;
}

bool CsvBlocks::next(CsvReader& reader, std::optional<Dealer>& dealer) {
  if (at_ > 0 && reader.place().offset < block_end_) return true;
  if (at_ == order_.size()) return false;
  const size_t number = order_[at_++];
  const Mark& mark = marks_[number];
  block_end_ = number + 1 < marks_.size() ? marks_[number + 1].place.offset : end_;
  reader.seek(mark.place, static_cast<size_t>(block_bytes_));
  dealer = mark.dealer;
  return true;
}

}  // namespace cornu
