// Epochs of training, and those over arrays in memory.
#pragma once
#include "train/batches.h"

namespace cornu {

class CallbackList;

/// How many batches to run before the host looks at the clock, the progress bar and stop_training again: `count` of
/// them took so long, and `now` was the number before.
int64_t run_length_after(int64_t now, double seconds, int64_t count);

/// The epochs of one run of fit, and what a checkpoint has to know of one that is going on.
class EpochLoop {
 public:
  virtual ~EpochLoop() = default;
  /// Before callbacks hear of the epoch.
  virtual void begin(int64_t /*epoch*/) {}
  /// Runs the epoch from batch `first`; returns the running loss and metrics.
  virtual Logs epoch(int64_t epoch, int64_t first) = 0;
  virtual int64_t steps() const = 0;  ///< Of an epoch; -1 if unknown.
  virtual int64_t rows() const = 0;   ///< Of the data; -1 if unknown.
  virtual uint64_t shuffle_seed() const = 0;
  virtual void set_shuffle_seed(uint64_t seed) = 0;
  /// Compiles a step, so that the variables of optimizer and metrics exist; not for models that run eagerly.
  virtual void trace() = 0;
  int64_t position = 0;  ///< Batches of this epoch that were trained with.
  CallbackList* callbacks = nullptr;
};

class TrainLoop final : public EpochLoop {
 public:
  TrainLoop(ModelImpl& model, Trainer& trainer, ArrayData data, const FitConfig& config);
  int64_t steps() const override { return steps_; }
  int64_t rows() const override { return data_.rows(); }
  Logs epoch(int64_t epoch, int64_t first) override;
  uint64_t shuffle_seed() const override { return seed_; }
  void set_shuffle_seed(uint64_t seed) override;
  void trace() override;

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
  int64_t run_length_ = 1;  ///< Batches between two looks at the clock.
};

}  // namespace cornu
