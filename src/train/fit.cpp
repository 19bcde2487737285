// fit: epochs over arrays.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "base/output.h"
#include "base/philox.h"
#include "nn/call_frame.h"
#include "nn/model.h"
#include "train/batches.h"
#include "train/evaluate.h"
#include "train/run.h"
#include "train/targets.h"

namespace cornu {
namespace {

/// The rows kept for validation: given ones, or the last share of the training rows.
std::optional<ArrayData> validation_part(const std::string& who, DType floats, const FitConfig& c, ArrayData& data) {
  if (const ValidationData& v = c.validation_data) {
    return make_data(who + " validation_data", floats, v.x, v.y, v.sample_weight);
  }
  if (c.validation_split == 0) return std::nullopt;
  if (!(c.validation_split > 0 && c.validation_split < 1))
    throw ConfigError(who, text("validation_split must be in [0, 1), got {}", c.validation_split));
  const int64_t at = static_cast<int64_t>(std::floor(static_cast<double>(data.rows()) * (1 - c.validation_split)));
  if (at == 0 || at == data.rows())
    throw ConfigError(who,
                      text("validation_split {} of {} rows leaves one part empty", c.validation_split, data.rows()));
  const ArrayData validation = data.slice(at, data.rows());
  data = data.slice(0, at);
  return validation;
}

void check(const std::string& who, const FitConfig& c) {
  if (c.batch_size < 1) throw ConfigError(who, text("batch_size must be at least 1, got {}", c.batch_size));
  if (c.epochs < 0) throw ConfigError(who, text("epochs must not be negative, got {}", c.epochs));
  if (c.initial_epoch < 0) throw ConfigError(who, text("initial_epoch must not be negative, got {}", c.initial_epoch));
  if (c.steps_per_epoch && *c.steps_per_epoch < 1)
    throw ConfigError(who, text("steps_per_epoch must be at least 1, got {}", *c.steps_per_epoch));
  if (c.validation_freq < 1)
    throw ConfigError(who, text("validation_freq must be at least 1, got {}", c.validation_freq));
}

}  // namespace

/// The order of rows and the layers' random numbers follow from the seed of the fit alone.
static void reseed(ModelImpl& model, EpochLoop& loop, uint64_t seed) {
  const auto number = [&](uint64_t i) {
    const PhiloxBlock b = philox(seed, 0xF17, i);
    return (static_cast<uint64_t>(b[0]) << 32) | b[1];
  };
  loop.set_shuffle_seed(number(0));
  std::vector<LayerImpl*> layers;
  for_each_layer(model, [&](LayerImpl& layer) { layers.push_back(&layer); });
  for (size_t i = 0; i < layers.size(); ++i) layers[i]->reseed(static_cast<int32_t>(number(i + 1)));
}

History run_epochs(Model& model, Trainer& trainer, EpochLoop& loop, const std::optional<ArrayData>& validation,
                   const FitConfig& c) {
  ModelImpl& m = model.model();
  const Session session(m, "fit", true);
  {
    const std::lock_guard lock(m.busy);
    trainer.follow(m);
    if (c.seed) reseed(m, loop, *c.seed);
  }
  m.stop_training = false;
  CallbackList callbacks(model, c.callbacks, {c.epochs, loop.steps(), verbosity(c.verbose)});
  loop.callbacks = &callbacks;
  Run run{trainer, loop, callbacks};
  const RunScope scope(m, run);
  callbacks.train_begin();
  int64_t epoch = c.initial_epoch, first = 0;
  if (const auto resumed = std::exchange(m.resumed, nullptr)) {
    first = run.take(m, *resumed);
    epoch = run.epoch;
  }
  Logs logs;
  for (; epoch < c.epochs && (!m.stop_training || first > 0); ++epoch) {
    run.epoch = epoch;
    loop.begin(epoch);
    callbacks.epoch_begin(epoch, first > 0);
    logs = loop.epoch(epoch, std::exchange(first, 0));
    if (loop.position == 0) {
      warn(text("The data ran out: there was no batch left for epoch {} of {}, so training ends here.\n", epoch + 1,
                c.epochs));
      break;
    }
    if (validation && (epoch + 1) % c.validation_freq == 0) {
      callbacks.test_begin();
      const Logs v = evaluate_arrays(m, trainer, *validation, c.validation_batch_size.value_or(c.batch_size),
                                     c.validation_steps, c.callbacks);
      callbacks.test_end(v);
      for (const auto& [name, value] : v) logs.emplace_back("val_" + name, value);
    }
    callbacks.epoch_end(epoch, logs);
    run.epoch = epoch + 1;
    loop.position = 0;
    callbacks.safe_point();
  }
  {
    const std::lock_guard lock(m.busy);
    trainer.finalize_weights();
  }
  callbacks.train_end(logs);
  return callbacks.history();
}

History Model::fit(const Tensor& x, const Tensor& y, FitConfig c) {
  ModelImpl& m = model();
  const std::string who = text("fit of {} '{}'", m.class_name(), m.name);
  check(who, c);
  const std::shared_ptr<Trainer> kept = trainer_of(m);
  Trainer& trainer = *kept;
  ArrayData data = make_data(who, m.dtype, x, y, c.sample_weight);
  const std::optional<ArrayData> validation = validation_part(who, m.dtype, c, data);
  weight_classes(who, data, c.class_weight);  // of training alone, as Keras does
  m.ensure_built(data.x.shape(), data.x.dtype());
  check_class_numbers(who, m, data);
  if (validation) {
    m.ensure_built(validation->x.shape(), validation->x.dtype());
    check_class_numbers(who + " validation_data", m, *validation);
  }
  TrainLoop loop(m, trainer, data, c);
  return run_epochs(*this, trainer, loop, validation, c);
}

}  // namespace cornu
