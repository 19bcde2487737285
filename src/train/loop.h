// Epochs of training, and those over arrays in memory.
#pragma once
#include <algorithm>
#include <chrono>
#include <concepts>
#include <utility>

#include "base/interrupt.h"
#include "nn/model.h"
#include "train/batches.h"
#include "train/callback_list.h"

namespace cornu {

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
  /// Where in the data the present epoch began, if its number does not tell; for checkpoints.
  virtual Value place() const { return {}; }
  virtual void set_place(const Value& /*place*/) {}
  /// Compiles a step, so that the variables of optimizer and metrics exist; not for models that run eagerly.
  virtual void trace() = 0;
  int64_t position = 0;  ///< Batches of this epoch that were trained with.
  CallbackList* callbacks = nullptr;

 protected:
  EpochLoop(ModelImpl& model, Trainer& trainer) : model_(model), trainer_(trainer) {}
  /// How many of `most` batches to run before callbacks, clock and stop_training are looked at again.
  int64_t next_run(int64_t most) const { return callbacks->wants_batches() ? 1 : std::min(run_length_, most); }
  /// Runs `count` batches between the callbacks' hooks, in groups of about a millisecond under the model's lock, so
  /// that who predicts meanwhile waits no longer. `find` gives their compiled step, which `replay` is called with, and
  /// which of them are to be run; with null where the model runs eagerly.
  template <class Find, class Replay>
  void run(int64_t count, const Find& find, const Replay& replay) {
    using Clock = std::chrono::steady_clock;
    const int64_t together = trainer_.steps_per_execution;
    if (callbacks->wants_batches() && position % together == 0) callbacks->batch_begin(position);
    double seconds = 0;
    for (int64_t done = 0; done < count;) {
      int64_t group = std::min(group_, count - done);
      const std::lock_guard lock(model_.busy);
      Step* const step = trainer_.eager ? nullptr : &find();  // anew for each group: others may drop steps
      const Clock::time_point start = Clock::now();
      if constexpr (std::invocable<Replay, Step*, int64_t, int64_t>)
        replay(step, done, group);
      else
        replay(step), group = count;
      const double took = std::chrono::duration<double>(Clock::now() - start).count();
      seconds += took;
      done += group;
      group_ = batches_in(kGroup, took, group, group_);
    }
    position += count;
    run_length_ = batches_in(kLookEvery, seconds, count, run_length_);
    hooks_wait_ = callbacks->wants_batches() && position % together != 0;
    if (!hooks_wait_) callbacks->batch_end(position - 1, [&] { return trainer_.logs(); });
    interrupts_.look();
  }
  /// After the last batch of an epoch, which may be amid those that compile's steps_per_execution puts together.
  void finish_batches() {
    if (std::exchange(hooks_wait_, false)) callbacks->batch_end(position - 1, [&] { return trainer_.logs(); });
  }

  ModelImpl& model_;
  Trainer& trainer_;

 private:
  static constexpr double kLookEvery = 0.05, kGroup = 0.001;  // seconds
  /// How many batches take that long, if `count` took `seconds`; at most eight times as many as `before`.
  static int64_t batches_in(double time, double seconds, int64_t count, int64_t before) {
    const double each = std::max(seconds / static_cast<double>(count), 1e-9);
    return std::clamp<int64_t>(static_cast<int64_t>(time / each), 1, before * 8);
  }
  InterruptClock interrupts_;
  int64_t run_length_ = 1;   ///< Batches between two looks at clock and callbacks.
  int64_t group_ = 1;        ///< Batches under one lock.
  bool hooks_wait_ = false;  ///< Callbacks have not heard of the last batch.
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
  void replay(Step* compiled, int64_t first_row, int64_t rows, int64_t count);

  ArrayData data_;
  BatchSpec spec_;
  int64_t batch_, batches_, steps_;  ///< Rows of a batch; batches in the data; steps of an epoch.
  int64_t first_epoch_;
  uint64_t seed_;
  std::unique_ptr<Shuffler> shuffler_;
};

}  // namespace cornu
