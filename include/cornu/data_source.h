// Data that do not fit into memory: sources of rows that fit reads while it trains.
#pragma once
#include <cornu/data.h>
#include <cornu/tree.h>

#include <memory>

namespace cornu {

/// Rows of one epoch after another, or batches of them. Owned by who made it; must outlive what reads it, and is read
/// by one of those at a time.
class CORNU_API DataSource {
 public:
  struct Block {
    Tree<Tensor> x, y{}, sample_weight{};  ///< Rows along the first axis of each tensor; weights are optional.
  };
  virtual ~DataSource() = default;
  /// Before start: from here on in an order that follows from the seed and the number of the pass alone, so that a
  /// checkpoint can be resumed; without a seed, as the data lie. For sources that can change the order.
  virtual void shuffle(std::optional<uint64_t> /*seed*/) {}
  /// Begins a pass over the data, counted from 0: an epoch, or several that share it where steps_per_epoch says so.
  virtual void start(int64_t pass) = 0;
  /// The next rows, as many as suit the source. False at the end of the pass.
  virtual bool next(Block& out) = 0;
  /// Rows of a pass; -1 if unknown.
  virtual int64_t rows() const { return -1; }
  /// Whether each block is a batch, of whatever size: one update of the weights each, in the order in which they come.
  /// Otherwise fit makes batches of batch_size rows, shuffled.
  virtual bool gives_batches() const { return false; }
  /// Of a pass, where each block is one; -1 if unknown.
  virtual int64_t batches() const { return -1; }
  /// Whether start and next are called on another thread, ahead of the use of what they give; otherwise on that which
  /// called fit, when it is used.
  virtual bool reads_ahead() const { return true; }
  /// Around an epoch of training or an evaluation, after and before the callbacks' hooks. Nothing is read meanwhile.
  virtual void on_epoch_begin() {}
  virtual void on_epoch_end() {}
};

struct BatchesConfig {
  int64_t batch_size = 32;
  bool shuffle = true;
  int64_t window_rows = 0;  ///< Rows that are shuffled together; 0: as many as 16 MB hold, 65,536 at most.
  uint64_t seed = 0;        ///< Of the order, which is another one in each epoch.
};
/// The batches of a source, for loops of one's own: read on a thread ahead of their use, and shuffled within windows,
/// as fit does it. Those of a source that gives batches are handed on as they come. For one thread at a time.
class CORNU_API Batches {
 public:
  /// The source must outlive it.
  explicit Batches(DataSource& source, const BatchesConfig& config = {});
  ~Batches();
  Batches(const Batches&) = delete;
  Batches& operator=(const Batches&) = delete;
  /// Begins a pass, counted from 0; one that is still going on is given up.
  void start(int64_t pass);
  /// Only the last batch of a pass may be smaller. False at the end. Throws what the source threw.
  bool next(DataSource::Block& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

enum class SplitPart { all, train, validation, test };

struct CsvSourceConfig {
  char separator = 0;
  std::optional<bool> header{};
  char decimal = 0;  ///< 0: as the schema says.
  int64_t block_rows = 4096;
  /// The rows of one part of the file: sources of one file and one split share no row, and together have each.
  SplitPart part = SplitPart::all;
  SplitConfig split{};
};
/// A CSV file, parsed anew in each pass. Where it is shuffled, each window has small blocks from all over the file,
/// so that files that are sorted do no harm; the first such pass reads the file once more to find them. Takes the
/// schema of scan_csv; one without a target gives blocks without y. For one
/// reader at a time; several sources may read one file at once.
class CORNU_API CsvSource final : public DataSource {
 public:
  CsvSource(const Text& path, TableSchema schema, CsvSourceConfig config = {});
  ~CsvSource() override;
  void shuffle(std::optional<uint64_t> seed) override;
  void start(int64_t pass) override;
  bool next(Block& out) override;
  int64_t rows() const override;
  /// What was met since the start of the pass.
  std::vector<UnknownLevels> unknown() const;
  /// Left out since the start of the pass.
  int64_t rows_without_target() const;

 private:
  friend CORNU_API TableSchema fit_statistics(const Text& path, TableSchema schema, const CsvSourceConfig& config);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The schema with statistics and fills of the rows of that part alone; reads the file once.
CORNU_API TableSchema fit_statistics(const Text& path, TableSchema schema, const CsvSourceConfig& config = {});

}  // namespace cornu
