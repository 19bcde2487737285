// Where the blocks of a CSV file begin, so that they can be read in any order.
#pragma once
#include <optional>
#include <vector>

#include "data/dealer.h"
#include "io/csv.h"

namespace cornu {

/// Blocks of whole records, of 4 kB or more so that there are at most 32,768. How rows are dealt to the parts of a
/// split depends on all rows before, so each block keeps the state in which the dealer came to it.
class CsvBlocks {
 public:
  bool empty() const { return marks_.empty(); }
  /// A record begins at `place`; places must come in the order of the file.
  void note(const CsvReader::Place& place, const std::optional<Dealer>& dealer);
  /// The file ends here.
  void finish(const CsvReader::Place& end);
  /// The order of another pass.
  void shuffle(uint64_t seed, int64_t pass);
  /// Before a record is read: goes on to the next block where this one has ended; false if it was the last.
  bool next(CsvReader& reader, std::optional<Dealer>& dealer);

 private:
  struct Mark {
    CsvReader::Place place;
    std::optional<Dealer> dealer;
  };
  std::vector<Mark> marks_;
  std::vector<size_t> order_;
  size_t at_ = 0;                     ///< In the order: the block that comes next.
  uint64_t end_ = 0, block_end_ = 0;  ///< Bytes: of the file, of the present block.
  uint64_t block_bytes_ = 4096;
};

}  // namespace cornu
