// The batches of an epoch, in runs between which the host looks at the clock.
#include "train/loop.h"

#include "base/output.h"
#include "train/evaluate.h"

namespace cornu {

TrainLoop::TrainLoop(ModelImpl& model, Trainer& trainer, ArrayData data, const FitConfig& c)
    : EpochLoop(model, trainer), data_(std::move(data)), spec_(data_.spec()), seed_(next_seed()) {
  batch_ = std::min(c.batch_size, data_.rows());
  batches_ = (data_.rows() + batch_ - 1) / batch_;
  steps_ = c.steps_per_epoch.value_or(batches_);
  first_epoch_ = c.initial_epoch;
  if (c.shuffle) {
    if (data_.rows() > INT32_MAX)
      throw CallError("fit", text("shuffles at most {} rows, got {}", INT32_MAX, data_.rows()));
    spec_.gathers = true;
    spec_.rows_in_all = data_.rows();
    set_shuffle_seed(seed_);
  }
}

void TrainLoop::set_shuffle_seed(uint64_t seed) {
  seed_ = seed;
  if (spec_.gathers) shuffler_ = std::make_unique<Shuffler>(data_.rows(), seed);
}

Step& TrainLoop::prepare(int64_t rows) {
  Step& step = trainer_.step(model_, StepKind::train, spec_, rows);
  if (spec_.gathers) data_.bind(step, 1);
  return step;
}

void TrainLoop::trace() {
  const std::lock_guard lock(model_.busy);
  prepare(batch_);
}

/// `count` batches of `rows` rows, the first starting at `first_row`.
void TrainLoop::replay(Step* compiled, int64_t first_row, int64_t rows, int64_t count) {
  if (!compiled) {
    const int32_t* order = shuffler_ ? shuffler_->order() + first_row : nullptr;
    return run_batches_eagerly(model_, trainer_, order ? data_ : data_.slice(first_row, first_row + rows * count),
                               order, rows, count);
  }
  Step& step = *compiled;
  if (spec_.gathers) return step.replay_over(0, shuffler_->order() + first_row, rows * int64_t{sizeof(int32_t)}, count);
  for (int64_t i = 0; i < count; ++i) {
    data_.slice(first_row + i * rows, first_row + (i + 1) * rows).bind(step);
    step.replay();
  }
}

/// With steps_per_epoch, epochs go on where the one before ended, and end early where the data end, as in Keras.
Logs TrainLoop::epoch(int64_t epoch, int64_t first) {
  if (first == 0) trainer_.reset_metrics(model_);
  const int64_t epochs_of_a_pass = (batches_ + steps_ - 1) / steps_, number = epoch - first_epoch_;
  const int64_t begin = number % epochs_of_a_pass * steps_, steps = std::min(steps_, batches_ - begin);
  if (steps < steps_ && number < epochs_of_a_pass)
    warn(text("The data end after {} of {} steps of epoch {}; give fewer steps_per_epoch to avoid that.\n", steps,
              steps_, epoch + 1));
  const int64_t full = data_.rows() / batch_;
  if (shuffler_) shuffler_->shuffle(first_epoch_ + number / epochs_of_a_pass);
  for (position = first; position < steps && !model_.stop_training;) {
    const int64_t batch = begin + position;
    const bool last = batch == full;  // the rows that are left
    const int64_t count = last ? 1 : next_run(std::min(steps - position, full - batch));
    const int64_t rows = last ? data_.rows() - full * batch_ : batch_;
    run(
        count, [&]() -> Step& { return prepare(rows); },
        [&](Step* step, int64_t from, int64_t n) { replay(step, (batch + from) * batch_, rows, n); });
  }
  finish_batches();
  return trainer_.logs();
}

}  // namespace cornu
