// One epoch of training over arrays in memory.
#pragma once
#include "train/batches.h"

namespace cornu {

class CallbackList;

class TrainLoop {
 public:
  TrainLoop(ModelImpl& model, Trainer& trainer, ArrayData data, const FitConfig& config);
  int64_t steps() const { return steps_; }
  int64_t rows() const { return data_.rows(); }
  void set_callbacks(CallbackList* callbacks) { callbacks_ = callbacks; }
  /// Runs the epoch from batch `first`; returns the running loss and metrics.
  Logs epoch(int64_t epoch, int64_t first = 0);
  uint64_t shuffle_seed() const { return seed_; }
  void set_shuffle_seed(uint64_t seed);
  /// Compiles the step of the first batch, so that the variables of optimizer and metrics exist.
  void trace();
  int64_t position = 0;  ///< Batches of this epoch that were trained with.

 private:
  Step& prepare(int64_t rows);
  struct Place {
    int64_t pass, batch;  ///< The how-manieth pass over the data, and the batch in it.
  };
  Place place(int64_t epoch, int64_t at) const;
  void run(Step* compiled, int64_t first_row, int64_t rows, int64_t count);

  ModelImpl& model_;
  Trainer& trainer_;
  ArrayData data_;
  BatchSpec spec_;
  int64_t batch_, batches_, steps_;  ///< Rows of a batch; batches in the data; steps of an epoch.
  bool goes_on_;                     ///< Epochs have a length of their own.
  int64_t first_epoch_;
  uint64_t seed_;
  std::unique_ptr<Shuffler> shuffler_;
  CallbackList* callbacks_ = nullptr;
  int64_t run_length_ = 1;  ///< Batches between two looks at the clock.
};

}  // namespace cornu
