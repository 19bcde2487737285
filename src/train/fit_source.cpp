// fit: epochs over a source of rows.
#include <cornu/data_source.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "data/batcher.h"
#include "nn/model.h"
#include "train/batches.h"
#include "train/callback_list.h"
#include "train/evaluate.h"
#include "train/targets.h"

namespace cornu {
namespace {

struct Stream {
  ModelImpl& model;
  Trainer& trainer;
  CallbackList* callbacks;
  const FitConfig& config;
  std::string who;
  int64_t steps = 0;  // Of this epoch, done.

  ArrayData data_of(const Window& w) const {
    ArrayData d = make_data(who, model.dtype, w.x, w.y, w.sample_weight);
    check_class_numbers(who, model, d);
    weight_classes(who, d, config.class_weight);
    return d;
  }

  /// All batches of a window; false if training is to stop or the epoch has its steps.
  bool train_on(const Window& window) {
    using Clock = std::chrono::steady_clock;
    const ArrayData data = data_of(window);
    BatchSpec spec = data.spec();
    spec.gathers = true;
    spec.rows_in_all = data.rows();
    const bool each_batch = callbacks->wants_batches();
    int64_t run_length = 1;
    for (int64_t at = 0; at < data.rows();) {
      if (model.stop_training || (config.steps_per_epoch && steps >= *config.steps_per_epoch)) return false;
      const int64_t rows = std::min(config.batch_size, data.rows() - at);
      int64_t count = std::min(each_batch ? 1 : run_length, (data.rows() - at) / rows);
      if (config.steps_per_epoch) count = std::min(count, *config.steps_per_epoch - steps);
      Step& step = trainer.step(model, StepKind::train, spec, rows);
      size_t input = 1;
      step.bind(input++, data.x.raw());
      if (spec.has_y) step.bind(input++, data.y.raw());
      if (spec.weighted) step.bind(input++, data.weight.raw());
      if (each_batch) callbacks->batch_begin(steps);
      const Clock::time_point start = Clock::now();
      step.replay_over(0, window.order.data<int32_t>().data() + at, rows * int64_t{sizeof(int32_t)}, count);
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      constexpr double kLookEvery = 0.05;  // seconds between looks at the progress bar and stop_training
      run_length = std::clamp<int64_t>(
          static_cast<int64_t>(kLookEvery / std::max(seconds / static_cast<double>(count), 1e-9)), 1, run_length * 8);
      at += rows * count;
      steps += count;
      callbacks->batch_end(steps - 1, [&] { return trainer.logs(); });
    }
    return true;
  }
};

void check(const std::string& who, const FitConfig& c) {
  if (c.batch_size < 1) throw ConfigError(who, text("batch_size must be at least 1, got {}", c.batch_size));
  if (c.validation_split != 0) throw ConfigError(who, "validation_split needs data in memory; give validation_data");
  if (c.sample_weight.defined()) throw ConfigError(who, "sample weights must come from the source");
}

}  // namespace

History Model::fit(DataSource& source, FitConfig c) {
  ModelImpl& m = model();
  const std::string who = text("fit of {} '{}'", m.class_name(), m.name);
  check(who, c);
  Trainer& trainer = trainer_of(m);
  source.start(c.initial_epoch);
  DataSource::Block block;
  if (!source.next(block)) throw CallError(who, "the source has no rows");
  m.ensure_built(block.x.shape(), make_data(who, m.dtype, block.x, {}).x.dtype());
  Batcher batcher(source, {.batch_size = c.batch_size, .shuffle = c.shuffle, .seed = next_seed()});
  std::optional<ArrayData> validation;
  if (const auto& v = c.validation_data)
    validation = make_data(who + " validation_data", m.dtype, v->x, v->y, v->sample_weight);
  m.stop_training = false;

  const int64_t known = source.rows() < 0 ? -1 : (source.rows() + c.batch_size - 1) / c.batch_size;
  const int64_t steps = c.steps_per_epoch ? *c.steps_per_epoch : known;
  const int verbose = c.verbose >= 0 ? c.verbose : isatty(1) ? 1 : 2;
  CallbackList callbacks(*this, c.callbacks, {c.epochs, steps, verbose});
  Stream stream{m, trainer, &callbacks, c, who};
  callbacks.train_begin();
  Logs logs;
  for (int64_t epoch = c.initial_epoch; epoch < c.epochs && !m.stop_training; ++epoch) {
    batcher.start(epoch);
    callbacks.epoch_begin(epoch);
    trainer.reset_metrics();
    stream.steps = 0;
    for (Window window; batcher.next(window) && stream.train_on(window);) {}
    logs = trainer.logs();
    if (validation && (epoch + 1) % c.validation_freq == 0) {
      callbacks.test_begin();
      const Logs v =
          evaluate_arrays(m, trainer, *validation, c.validation_batch_size.value_or(c.batch_size), c.validation_steps);
      callbacks.test_end(v);
      for (const auto& [name, value] : v) logs.emplace_back("val_" + name, value);
    }
    callbacks.epoch_end(epoch, logs);
    callbacks.safe_point();
  }
  if (trainer.optimizer->built()) trainer.optimizer->finalize_variable_values();
  callbacks.train_end(logs);
  return callbacks.history();
}

}  // namespace cornu
