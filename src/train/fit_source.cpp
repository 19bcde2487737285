// fit: epochs over a source of rows or of batches.
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

/// The batches of passes over the source. An epoch is a pass; with steps_per_epoch, epochs share passes as in Keras:
/// each goes on where the one before ended, and one in which the pass ends is shorter.
struct Stream final : EpochLoop {
  const FitConfig& config;
  std::string who;
  ArrayData first_block;
  DataSource& source;
  int64_t known;  ///< Batches of a pass; -1 if not known yet.
  uint64_t seed = next_seed();
  std::optional<Batcher> batcher;
  Window window;                     ///< In use.
  std::optional<ArrayData> data;     ///< Of the window, as training takes it.
  int64_t at = 0;                    ///< Rows of the window that were used.
  int64_t pass, in_pass = 0;         ///< The present pass, and its batches that were used.
  bool reading = false;              ///< The pass has begun.
  int64_t began_pass, began_at = 0;  ///< Where the epoch began.

  Stream(ModelImpl& m, Trainer& t, const FitConfig& c, std::string name, DataSource& s)
      : EpochLoop(m, t),
        config(c),
        who(std::move(name)),
        source(s),
        known(batches_of(s, c.batch_size)),
        pass(c.initial_epoch),
        began_pass(pass) {}
  int64_t steps() const override { return config.steps_per_epoch.value_or(batches_of(source, config.batch_size)); }
  int64_t rows() const override { return source.rows(); }
  uint64_t shuffle_seed() const override { return seed; }
  void set_shuffle_seed(uint64_t s) override { seed = s; }
  Value place() const override {
    Value v = Value::object();
    v["pass"] = position == 0 ? pass : began_pass;  // 0: the next epoch has not begun
    v["batch"] = position == 0 ? in_pass : began_at;
    return v;
  }
  void set_place(const Value& v) override {
    if (v.is_null()) return;
    pass = v.at("pass").as_int();
    in_pass = v.at("batch").as_int();
    if (pass < 0 || in_pass < 0) throw CallError(who, "the checkpoint's place in the data is impossible");
  }
  void trace() override {
    const std::lock_guard lock(model_.busy);
    step_of(first_block, std::min(config.batch_size, first_block.rows()));
  }
  Step& step_of(const ArrayData& d, int64_t rows) {
    BatchSpec spec = d.spec();
    spec.gathers = !source.gives_batches();
    spec.rows_in_all = spec.gathers ? d.rows() : 0;
    return trainer_.step(model_, StepKind::train, spec, spec.gathers ? rows : d.rows());
  }

  Logs epoch(int64_t epoch, int64_t first) override {
    if (first == 0) trainer_.reset_metrics(model_);
    if (!config.steps_per_epoch) std::tie(pass, in_pass, reading) = std::tuple(epoch, 0, false);
    began_pass = pass, began_at = in_pass;
    position = first;
    source.on_epoch_begin();
    if (!reading) begin_pass(in_pass + first);
    const int64_t most = config.steps_per_epoch.value_or(INT64_MAX);
    bool again = false;  // A pass that turns out to have ended with the epoch before; the next one may have batches.
    while (position < most && !model_.stop_training) {
      if (next_window(most - position)) {
        train(most - position);
        continue;
      }
      end_pass();
      if (position > first || !config.steps_per_epoch || std::exchange(again, true)) break;
      begin_pass(0);
    }
    finish_batches();
    if (known >= 0 && in_pass >= known && reading) end_pass();
    if (config.steps_per_epoch && position > 0 && position < most && !model_.stop_training)
      warn(text("The data end after {} of {} steps of epoch {}; give fewer steps_per_epoch to avoid that.\n", position,
                most, epoch + 1));
    source.on_epoch_end();
    return trainer_.logs();
  }

  /// Reads from the beginning of the pass, and leaves out what a checkpoint says was used.
  void begin_pass(int64_t used) {
    // Not before a checkpoint has set the seed.
    if (!batcher)
      batcher.emplace(source, BatcherConfig{.batch_size = config.batch_size, .shuffle = config.shuffle, .seed = seed});
    batcher->start(pass);
    reading = true;
    data.reset();
    for (in_pass = 0; in_pass < used && next_window(used - in_pass);) {
      const int64_t size = batch_rows(), left = (data->rows() - at + size - 1) / size;
      const int64_t skipped = std::min(left, used - in_pass);
      in_pass += skipped;
      at = std::min(data->rows(), at + skipped * size);
    }
  }
  void end_pass() {
    batcher->stop();
    data.reset();
    reading = false;
    known = in_pass;
    ++pass;
    in_pass = 0;
  }

  /// Whether there are rows to train on: of this window or the next.
  bool next_window(int64_t most) {
    if (data && at < data->rows()) return true;
    data.reset();
    if (!reading || !batcher->next(window, most)) return false;
    data = data_of(window);
    at = 0;
    return true;
  }
  int64_t batch_rows() const { return window.order.defined() ? config.batch_size : data->rows(); }

  ArrayData data_of(const Window& w) const {
    ArrayData d = make_data(who, model_, w.x, w.y, w.sample_weight);
    check_target_values(who, model_, d);
    weight_classes(who, d, config.class_weight);
    return d;
  }

  /// Up to `most` batches of one size, of the window.
  void train(int64_t most) {
    const int64_t rows = std::min(batch_rows(), data->rows() - at);
    const int64_t count = next_run(std::min(most, (data->rows() - at) / rows));
    const int32_t* const order = window.order.defined() ? window.order.data<int32_t>().data() + at : nullptr;
    run(
        count,
        [&]() -> Step& {
          Step& step = step_of(*data, rows);
          data->bind(step, order ? 1 : 0);
          return step;
        },
        [&](Step* step, int64_t from, int64_t n) {
          const int32_t* const part = order ? order + from * rows : nullptr;
          if (!step)
            run_batches_eagerly(model_, trainer_, *data, part, rows, n);
          else if (part)
            step->replay_over(0, part, rows * int64_t{sizeof(int32_t)}, n);
          else
            step->replay();
        });
    at += rows * count;
    in_pass += count;
  }
};

}  // namespace

History Model::fit(DataSource& source, FitConfig c) {
  ModelImpl& m = model();
  const std::string who = text("fit of {} '{}'", m.class_name(), m.name);
  check_fit(who, c);
  if (c.validation_split != 0)
    throw ConfigError(who, "validation_split needs data in memory; give validation_data or validation_source");
  if (!without_empty(c.sample_weight).is_none()) throw ConfigError(who, "sample weights must come from the source");
  const std::shared_ptr<Trainer> kept = trainer_of(m);
  Trainer& trainer = *kept;
  source.start(c.initial_epoch);
  DataSource::Block block;
  if (!source.next(block)) fail_without_data(who, source);
  m.ensure_built(types_of(make_data(who, m, block.x, {}).x));
  std::optional<ArrayData> validation;
  if (const auto& v = c.validation_data) validation = make_data(who + " validation_data", m, v.x, v.y, v.sample_weight);
  Stream stream(m, trainer, c, who, source);
  stream.first_block = stream.data_of({block.x, block.y, block.sample_weight, {}});
  block = {};
  return run_epochs(*this, trainer, stream, make_validation(who, m, trainer, c, validation), c);
}

}  // namespace cornu
