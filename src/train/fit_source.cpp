// fit: epochs over a source of rows.
#include <cornu/data_source.h>
#include <algorithm>
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
  const FitConfig& config;
  std::string who;
  ArrayData first_block;
  int64_t all_steps, all_rows;
  DataSource& source;
  uint64_t seed = next_seed();
  int64_t skip = 0;  // Batches of this epoch that a checkpoint has seen.
  std::optional<Batcher> batcher;

  Stream(ModelImpl& m, Trainer& t, const FitConfig& c, std::string name, DataSource& s)
      : EpochLoop(m, t), config(c), who(std::move(name)), all_rows(s.rows()), source(s) {
    const int64_t n = all_rows;
    const int64_t known = n < 0 ? -1 : (n + c.batch_size - 1) / c.batch_size;
    all_steps = c.steps_per_epoch.value_or(known);
  }
  int64_t steps() const override { return all_steps; }
  int64_t rows() const override { return all_rows; }
  uint64_t shuffle_seed() const override { return seed; }
  void set_shuffle_seed(uint64_t s) override { seed = s; }
  void trace() override {
    const std::lock_guard lock(model_.busy);
    step_of(first_block, std::min(config.batch_size, first_block.rows()));
  }
  Step& step_of(const ArrayData& window, int64_t rows) {
    BatchSpec spec = window.spec();
    spec.gathers = true;
    spec.rows_in_all = window.rows();
    return trainer_.step(model_, StepKind::train, spec, rows);
  }

  /// Reading starts while the callbacks hear of the epoch; not before a checkpoint has set the seed.
  void begin(int64_t epoch) override {
    if (!batcher)
      batcher.emplace(source, BatcherConfig{.batch_size = config.batch_size, .shuffle = config.shuffle, .seed = seed});
    batcher->start(epoch);
  }
  Logs epoch(int64_t, int64_t first) override {
    if (first == 0) trainer_.reset_metrics(model_);
    position = 0;
    skip = first;
    for (Window window; batcher->next(window) && train_on(window);) {}
    return trainer_.logs();
  }

  ArrayData data_of(const Window& w) const {
    ArrayData d = make_data(who, model_.dtype, w.x, w.y, w.sample_weight);
    check_class_numbers(who, model_, d);
    weight_classes(who, d, config.class_weight);
    return d;
  }

  /// All batches of a window; false if training is to stop or the epoch has its steps.
  bool train_on(const Window& window) {
    // All windows but the last are whole batches, so a place in the epoch is one in a window.
    const int64_t batches = (window.rows() + config.batch_size - 1) / config.batch_size;
    const int64_t seen = std::min(batches, skip - position);
    if (seen > 0) position += seen;
    if (seen == batches) return true;
    const ArrayData data = data_of(window);
    for (int64_t at = std::max<int64_t>(seen, 0) * config.batch_size; at < data.rows();) {
      if (model_.stop_training || (config.steps_per_epoch && position >= *config.steps_per_epoch)) return false;
      const int64_t rows = std::min(config.batch_size, data.rows() - at);
      int64_t count = next_run((data.rows() - at) / rows);
      if (config.steps_per_epoch) count = std::min(count, *config.steps_per_epoch - position);
      const int32_t* const order = window.order.data<int32_t>().data() + at;
      run(
          count,
          [&]() -> Step& {
            Step& step = step_of(data, rows);
            data.bind(step, 1);
            return step;
          },
          [&](Step* step, int64_t from, int64_t n) {
            if (step)
              step->replay_over(0, order + from * rows, rows * int64_t{sizeof(int32_t)}, n);
            else
              run_batches_eagerly(model_, trainer_, data, order + from * rows, rows, n);
          });
      at += rows * count;
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
  const std::shared_ptr<Trainer> kept = trainer_of(m);
  Trainer& trainer = *kept;
  source.start(c.initial_epoch);
  DataSource::Block block;
  if (!source.next(block)) throw CallError(who, "the source has no rows");
  m.ensure_built(block.x.shape(), make_data(who, m.dtype, block.x, {}).x.dtype());
  std::optional<ArrayData> validation;
  if (const auto& v = c.validation_data)
    validation = make_data(who + " validation_data", m.dtype, v.x, v.y, v.sample_weight);
  Stream stream(m, trainer, c, who, source);
  stream.first_block = stream.data_of({block.x, block.y, block.sample_weight, {}});
  return run_epochs(*this, trainer, stream, validation, c);
}

}  // namespace cornu
