// evaluate and predict over a source.
#include <cornu/data_source.h>
#include <cornu/ops.h>

#include <algorithm>

#include "nn/model.h"
#include "train/evaluate.h"
#include "train/targets.h"

namespace cornu {
namespace {

/// Rows come in windows of whole batches in the source's order, so that results are those of the same rows in arrays.
BatcherConfig in_order(int64_t batch_size) { return {.batch_size = batch_size, .shuffle = false}; }

/// Rows of each batch in a window.
int64_t size_of_batches(const Window& w, int64_t batch_size) { return w.order.defined() ? batch_size : w.rows(); }

int64_t known_steps(int64_t batches, std::optional<int64_t> steps) {
  return batches < 0 ? steps.value_or(-1) : std::min(batches, steps.value_or(batches));
}

}  // namespace

void fail_without_data(const std::string& who, const DataSource& source) {
  throw CallError(who, source.gives_batches() ? "the source has no batches" : "the source has no rows");
}

int64_t batches_of(const DataSource& source, int64_t batch_size) {
  if (source.gives_batches()) return source.batches();
  const int64_t rows = source.rows();
  return rows < 0 ? -1 : (rows + batch_size - 1) / batch_size;
}

std::optional<Logs> evaluate_source(const std::string& who, ModelImpl& m, Trainer& trainer, DataSource& source,
                                    Batcher& batcher, int64_t batch_size, int64_t pass, std::optional<int64_t> steps,
                                    const Callbacks& told) {
  source.on_epoch_begin();
  batcher.start(pass);
  const int64_t most = steps.value_or(INT64_MAX);
  int64_t step = 0;
  m.stop_evaluating = false;
  InterruptClock interrupts;
  BatchHooks hooks(told, trainer.steps_per_execution);
  for (Window w; step < most && !m.stop_evaluating && batcher.next(w, most - step);) {
    const ArrayData data = make_data(who, m, w.x, w.y, w.sample_weight);
    m.ensure_built(types_of(data.x));
    check_target_values(who, m, data);
    if (step == 0) trainer.reset_metrics(m);
    test_batches(m, trainer, data, size_of_batches(w, batch_size), step, most, hooks, interrupts);
  }
  batcher.stop();
  source.on_epoch_end();
  if (step == 0) return std::nullopt;
  hooks.finish_test(step, [&] { return trainer.logs(); });
  return trainer.logs();
}

Logs Model::evaluate(DataSource& source, EvaluateConfig c) {
  ModelImpl& m = model();
  const std::string who = who_calls("evaluate", m);
  if (!without_empty(c.sample_weight).is_none()) throw ConfigError(who, "sample weights must come from the source");
  check_steps(who, c.batch_size, "steps", c.steps);
  const std::shared_ptr<Trainer> trainer = trainer_of(m);
  Batcher batcher(source, in_order(c.batch_size));
  const int64_t steps = known_steps(batches_of(source, c.batch_size), c.steps);
  return told_evaluation(*this, c, steps, [&](const Callbacks& told) {
    const auto logs = evaluate_source(who, m, *trainer, source, batcher, c.batch_size, 0, c.steps, told);
    if (!logs) fail_without_data(who, source);
    return *logs;
  });
}

Tree<Tensor> Model::predict(DataSource& source, PredictConfig c) {
  ModelImpl& m = model();
  const std::string who = who_calls("predict", m);
  check_steps(who, c.batch_size, "steps", c.steps);
  const std::shared_ptr<Trainer> trainer = predict_trainer_of(m);
  Batcher batcher(source, in_order(c.batch_size));
  const int64_t steps = known_steps(batches_of(source, c.batch_size), c.steps);
  return told_prediction(*this, c, steps, [&](const Callbacks& told) {
    source.on_epoch_begin();
    batcher.start(0);
    const int64_t most = c.steps.value_or(INT64_MAX);
    int64_t step = 0;
    InterruptClock interrupts;
    BatchHooks hooks(told, trainer->steps_per_execution);
    std::vector<Tree<Tensor>> parts;
    m.stop_predicting = false;
    for (Window w; step < most && !m.stop_predicting && batcher.next(w, most - step);) {
      const int64_t size = size_of_batches(w, c.batch_size);
      ArrayData data = make_data(who, m, w.x, {});
      if (most - step < (data.rows() + size - 1) / size) data = data.slice(0, (most - step) * size);
      m.ensure_built(types_of(data.x));
      interrupts.look();
      parts.push_back(predict_batches(m, *trainer, data, size, step, hooks, interrupts));
    }
    batcher.stop();
    source.on_epoch_end();
    hooks.finish_predict(step);
    if (parts.empty()) fail_without_data(who, source);
    return concatenated(who, parts);
  });
}

}  // namespace cornu
