// What is read of a source at a time: windows of many batches, or single batches, on a thread ahead of their use.
#pragma once
#include <cornu/data_source.h>

#include <cstdint>
#include <memory>

namespace cornu {

/// Of the first of several tensors, which have as many each; -1 if there is none.
int64_t rows_of(const Tree<Tensor>& tensors);
/// Without tensors that are empty handles: nothing, if it is made of them alone.
Tree<Tensor> without_empty(const Tree<Tensor>& tensors);

struct BatcherConfig {
  int64_t batch_size = 32;
  int64_t window_rows = 0;  ///< 0: as many as make a hand-over cheap and shuffling thorough, and fit into kWindowBytes.
  bool shuffle = true;
  uint64_t seed = 0;
};

/// Several windows are in memory at once: in use, ready, and being read.
constexpr size_t kWindowBytes = size_t{16} << 20;

/// Full windows have the same number of rows, a multiple of the batch size; only the last of a pass is shorter. Of a
/// source that gives batches, each is a batch.
struct Window {
  Tree<Tensor> x, y, sample_weight;
  Tensor order;  ///< (rows) int32: the order in which to take them; undefined for a batch.
  int64_t rows() const { return rows_of(x); }
  size_t bytes() const;
};

class Batcher {
 public:
  Batcher(DataSource& source, const BatcherConfig& config);
  ~Batcher();
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;
  /// Begins a pass; one that is still going on is given up.
  void start(int64_t pass);
  /// False at the end of the pass. Throws what the source threw. Of a source that gives batches, no more than `most`
  /// are read, this one included: what a generator is not asked for it has still to give.
  bool next(Window& out, int64_t most = INT64_MAX);
  /// Ends reading; until the next start there is nothing more.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cornu
