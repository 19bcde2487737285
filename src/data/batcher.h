// Windows of many batches, read and shuffled on a thread while training uses the one before.
#pragma once
#include <cornu/data_source.h>

#include <memory>

namespace cornu {

struct BatcherConfig {
  int64_t batch_size = 32;
  int64_t window_rows = 0;  ///< 0: as many as make a hand-over cheap and shuffling thorough.
  bool shuffle = true;
  uint64_t seed = 0;
};

/// Full windows have the same number of rows, a multiple of the batch size; only the last of an epoch is shorter.
struct Window {
  Tensor x, y, sample_weight;
  Tensor order;  ///< (rows) int32: the order in which to take them.
  int64_t rows() const { return x.shape()[0]; }
};

class Batcher {
 public:
  Batcher(DataSource& source, const BatcherConfig& config);
  ~Batcher();
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;
  /// Starts reading an epoch; one that is still going on is given up.
  void start(int64_t epoch);
  /// False at the end of the epoch. Throws what the source threw.
  bool next(Window& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cornu
