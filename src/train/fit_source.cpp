// fit: epochs over a source of rows.
#include <cornu/data_source.h>
#include <algorithm>
#include <chrono>
#include <utility>

#include "base/output.h"
#include "data/batcher.h"
#include "nn/model.h"
#include "train/batches.h"
#include "train/evaluate.h"
#include "train/run.h"
#include "train/targets.h"

namespace cornu {
namespace {

struct Stream final : EpochLoop {
  ModelImpl& model;
  Trainer& trainer;
  const FitConfig& config;
  std::string who;
  ArrayData first_block;
  int64_t all_steps, all_rows;
  uint64_t seed = next_seed();
  CallbackList* callbacks = nullptr;
  int64_t skip = 0;  // Batches of this epoch that a checkpoint has seen.

  Stream(ModelImpl& m, Trainer& t, const FitConfig& c, std::string name, ArrayData first, int64_t n)
      : model(m), trainer(t), config(c), who(std::move(name)), first_block(std::move(first)), all_rows(n) {
    const int64_t known = n < 0 ? -1 : (n + c.batch_size - 1) / c.batch_size;
    all_steps = c.steps_per_epoch.value_or(known);
  }
  int64_t steps() const override { return all_steps; }
  int64_t rows() const override { return all_rows; }
  uint64_t shuffle_seed() const override { return seed; }
  void set_shuffle_seed(uint64_t s) override { seed = s; }
  void trace() override {
    BatchSpec spec = first_block.spec();
    spec.gathers = true;
    spec.rows_in_all = first_block.rows();
    trainer.step(model, StepKind::train, spec, std::min(config.batch_size, first_block.rows()));
  }

  ArrayData data_of(const Window& w) const {
    ArrayData d = make_data(who, model.dtype, w.x, w.y, w.sample_weight);
    check_class_numbers(who, model, d);
    weight_classes(who, d, config.class_weight);
    return d;
  }

  /// All batches of a window; false if training is to stop or the epoch has its steps.
  bool train_on(const Window& window) {
    using Clock = std::chrono::steady_clock;
    // All windows but the last are whole batches, so a place in the epoch is one in a window.
    const int64_t batches = (window.rows() + config.batch_size - 1) / config.batch_size;
    const int64_t seen = std::min(batches, skip - position);
    if (seen > 0) position += seen;
    if (seen == batches) return true;
    const ArrayData data = data_of(window);
    BatchSpec spec = data.spec();
    spec.gathers = true;
    spec.rows_in_all = data.rows();
    const bool each_batch = callbacks->wants_batches();
    int64_t run_length = 1;
    for (int64_t at = std::max<int64_t>(seen, 0) * config.batch_size; at < data.rows();) {
      if (model.stop_training || (config.steps_per_epoch && position >= *config.steps_per_epoch)) return false;
      const int64_t rows = std::min(config.batch_size, data.rows() - at);
      int64_t count = std::min(each_batch ? 1 : run_length, (data.rows() - at) / rows);
      if (config.steps_per_epoch) count = std::min(count, *config.steps_per_epoch - position);
      Step* step = trainer.eager ? nullptr : &trainer.step(model, StepKind::train, spec, rows);
      size_t input = 1;
      if (step) step->bind(input++, data.x.raw());
      if (step && spec.has_y) step->bind(input++, data.y.raw());
      if (step && spec.weighted) step->bind(input++, data.weight.raw());
      if (each_batch) callbacks->batch_begin(position);
      const Clock::time_point start = Clock::now();
      const int32_t* order = window.order.data<int32_t>().data() + at;
      if (step)
        step->replay_over(0, order, rows * int64_t{sizeof(int32_t)}, count);
      else
        run_batches_eagerly(model, trainer, data, order, rows, count);
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      constexpr double kLookEvery = 0.05;  // seconds between looks at the progress bar and stop_training
      run_length = std::clamp<int64_t>(
          static_cast<int64_t>(kLookEvery / std::max(seconds / static_cast<double>(count), 1e-9)), 1, run_length * 8);
      at += rows * count;
      position += count;
      callbacks->batch_end(position - 1, [&] { return trainer.logs(); });
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
  std::optional<ArrayData> validation;
  if (const auto& v = c.validation_data)
    validation = make_data(who + " validation_data", m.dtype, v->x, v->y, v->sample_weight);
  m.stop_training = false;

  Stream stream(m, trainer, c, who, {}, source.rows());
  stream.first_block = stream.data_of({block.x, block.y, block.sample_weight, {}});
  const int verbose = c.verbose >= 0 ? c.verbose : says_to_terminal() ? 1 : 2;
  CallbackList callbacks(*this, c.callbacks, {c.epochs, stream.steps(), verbose});
  stream.callbacks = &callbacks;
  Run run{trainer, stream, callbacks};
  const RunScope scope(m, run);
  callbacks.train_begin();
  int64_t epoch = c.initial_epoch, first = 0;
  if (const auto resumed = std::exchange(m.resumed, nullptr)) {
    first = run.take(m, *resumed);
    epoch = run.epoch;
  }
  Batcher batcher(source, {.batch_size = c.batch_size, .shuffle = c.shuffle, .seed = stream.seed});
  Logs logs;
  for (; epoch < c.epochs && (!m.stop_training || first > 0); ++epoch) {
    run.epoch = epoch;
    batcher.start(epoch);
    callbacks.epoch_begin(epoch, first > 0);
    if (first == 0) trainer.reset_metrics(m);
    stream.position = 0;
    stream.skip = std::exchange(first, 0);
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
    run.epoch = epoch + 1;
    stream.position = 0;
    callbacks.safe_point();
  }
  if (trainer.optimizer->built()) trainer.optimizer->finalize_variable_values();
  callbacks.train_end(logs);
  return callbacks.history();
}

}  // namespace cornu
