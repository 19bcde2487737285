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
std::optional<ArrayData> validation_part(const std::string& who, const ModelImpl& model, const FitConfig& c,
                                         ArrayData& data) {
  if (const ValidationData& v = c.validation_data) {
    return make_data(who + " validation_data", model, v.x, v.y, v.sample_weight);
  }
  if (c.validation_split == 0 || c.validation_source) return std::nullopt;
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

bool ValidationFreq::due(int64_t epoch) const {
  if (listed_) return std::find(epochs_.begin(), epochs_.end(), epoch + 1) != epochs_.end();
  return (epoch + 1) % every_ == 0;
}

void ValidationFreq::check(const std::string& who) const {
  if (every_ < 1) throw ConfigError(who, text("validation_freq must be at least 1, got {}", every_));
  for (const int64_t epoch : epochs_)
    if (epoch < 1) throw ConfigError(who, text("validation_freq must list epochs from 1 on, got {}", epochs_));
}

void check_fit(const std::string& who, const FitConfig& c) {
  check_steps(who, c.batch_size, "steps_per_epoch", c.steps_per_epoch);
  verbosity(c.verbose);
  if (c.epochs < 0) throw ConfigError(who, text("epochs must not be negative, got {}", c.epochs));
  if (c.initial_epoch < 0) throw ConfigError(who, text("initial_epoch must not be negative, got {}", c.initial_epoch));
  check_steps(who, c.validation_batch_size.value_or(c.batch_size), "validation_steps", c.validation_steps);
  if (c.validation_data && c.validation_source)
    throw ConfigError(who, "give validation_data or validation_source, not both");
  c.validation_freq.check(who);
}

Validation make_validation(const std::string& who, ModelImpl& m, Trainer& trainer, const FitConfig& c,
                           const std::optional<ArrayData>& arrays) {
  const int64_t batch_size = c.validation_batch_size.value_or(c.batch_size);
  if (arrays) {
    m.ensure_built(types_of(arrays->x));
    check_target_values(who + " validation_data", m, *arrays);
    return [=, &m, &trainer, &told = c.callbacks, steps = c.validation_steps] {
      return evaluate_arrays(m, trainer, *arrays, batch_size, steps, told);
    };
  }
  if (!c.validation_source) return {};
  // Its windows are in memory beside those of training, until they are measured.
  const auto batcher =
      std::make_shared<Batcher>(*c.validation_source, BatcherConfig{.batch_size = batch_size, .shuffle = false});
  return [=, &m, &trainer, &source = *c.validation_source, &told = c.callbacks, steps = c.validation_steps,
          pass = int64_t{0}]() mutable {
    const std::string of = who + " validation_source";
    const auto logs = evaluate_source(of, m, trainer, source, *batcher, batch_size, pass, steps, told);
    if (!logs && pass == 0) throw CallError(of, "the source has no batches");
    ++pass;
    return logs;
  };
}

History run_epochs(Model& model, Trainer& trainer, EpochLoop& loop, const Validation& validation, const FitConfig& c) {
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
    if (validation && c.validation_freq.due(epoch)) {
      callbacks.test_begin();
      const std::optional<Logs> v = validation();
      if (!v)
        warn(
            text("The validation data ended in an epoch before, so epoch {} is not validated: a generator gives its "
                 "batches once; give validation_steps and one that does not end, or data that can be read again.\n",
                 epoch + 1));
      callbacks.test_end(v.value_or(Logs()));
      for (const auto& [name, value] : v.value_or(Logs())) logs.emplace_back("val_" + name, value);
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

History Model::fit(const Tree<Tensor>& x, const Tree<Tensor>& y, FitConfig c) {
  ModelImpl& m = model();
  const std::string who = text("fit of {} '{}'", m.class_name(), m.name);
  check_fit(who, c);
  const std::shared_ptr<Trainer> kept = trainer_of(m);
  Trainer& trainer = *kept;
  ArrayData data = make_data(who, m, x, y, c.sample_weight);
  const std::optional<ArrayData> validation = validation_part(who, m, c, data);
  weight_classes(who, data, c.class_weight);  // of training alone, as Keras does
  m.ensure_built(types_of(data.x));
  check_target_values(who, m, data);
  TrainLoop loop(m, trainer, data, c);
  return run_epochs(*this, trainer, loop, make_validation(who, m, trainer, c, validation), c);
}

}  // namespace cornu
