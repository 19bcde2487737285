// The batches of an epoch, in runs between which the host looks at the clock.
#include "train/loop.h"

#include <algorithm>
#include <chrono>

#include "train/callback_list.h"

namespace cornu {

TrainLoop::TrainLoop(ModelImpl& model, Trainer& trainer, ArrayData data, const FitConfig& c)
    : model_(model), trainer_(trainer), data_(std::move(data)), spec_(data_.spec()), seed_(next_seed()) {
  batch_ = std::min(c.batch_size, data_.rows());
  steps_ = (data_.rows() + batch_ - 1) / batch_;
  if (c.steps_per_epoch) steps_ = std::min(steps_, *c.steps_per_epoch);
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
  if (spec_.gathers) {
    size_t at = 1;
    step.bind(at++, data_.x.raw());
    if (spec_.has_y) step.bind(at++, data_.y.raw());
    if (spec_.weighted) step.bind(at++, data_.weight.raw());
  }
  return step;
}

void TrainLoop::trace() { prepare(batch_); }

/// `count` batches of `rows` rows, the first starting at `first_row`.
void TrainLoop::run(Step& step, int64_t first_row, int64_t rows, int64_t count) {
  if (spec_.gathers) return step.replay_over(0, shuffler_->order() + first_row, rows * int64_t{sizeof(int32_t)}, count);
  for (int64_t i = 0; i < count; ++i) {
    const ArrayData part = data_.slice(first_row + i * rows, first_row + (i + 1) * rows);
    size_t at = 0;
    step.bind(at++, part.x.raw());
    if (spec_.has_y) step.bind(at++, part.y.raw());
    if (spec_.weighted) step.bind(at++, part.weight.raw());
    step.replay();
  }
}

Logs TrainLoop::epoch(int64_t epoch, int64_t first) {
  using Clock = std::chrono::steady_clock;
  constexpr double kLookEvery = 0.05;  // seconds between looks at the clock, the progress bar and stop_training
  if (shuffler_) shuffler_->shuffle(epoch);
  if (first == 0) trainer_.reset_metrics();
  position = first;
  const int64_t full = std::min(steps_, data_.rows() / batch_);
  const bool each_batch = callbacks_ && callbacks_->wants_batches();
  int64_t at = first, run_length = 1;
  while (at < full && !model_.stop_training) {
    Step& step = prepare(batch_);
    const int64_t count = each_batch ? 1 : std::min(run_length, full - at);
    if (each_batch) callbacks_->batch_begin(at);
    const Clock::time_point start = Clock::now();
    run(step, at * batch_, batch_, count);
    at += count;
    position = at;
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    run_length = std::clamp<int64_t>(
        static_cast<int64_t>(kLookEvery / std::max(seconds / static_cast<double>(count), 1e-9)), 1, run_length * 8);
    if (callbacks_) callbacks_->batch_end(at - 1, [&] { return trainer_.logs(); });
  }
  const int64_t rest = data_.rows() - full * batch_;
  if (at == full && full < steps_ && rest > 0 && !model_.stop_training) {
    if (each_batch) callbacks_->batch_begin(at);
    run(prepare(rest), full * batch_, rest, 1);
    position = at + 1;
    if (callbacks_) callbacks_->batch_end(at, [&] { return trainer_.logs(); });
  }
  return trainer_.logs();
}

}  // namespace cornu
