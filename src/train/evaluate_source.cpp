// evaluate and predict over a source of rows.
#include <cornu/data_source.h>
#include <cornu/ops.h>

#include <algorithm>

#include "data/batcher.h"
#include "nn/model.h"
#include "train/evaluate.h"
#include "train/targets.h"

namespace cornu {
namespace {

/// Windows of whole batches in the source's order, so that results are those of the same rows in arrays.
Batcher in_order(const std::string& who, DataSource& source, int64_t batch_size) {
  if (batch_size < 1) throw ConfigError(who, text("batch_size must be at least 1, got {}", batch_size));
  return Batcher(source, {.batch_size = batch_size, .shuffle = false});
}

}  // namespace

Logs Model::evaluate(DataSource& source, EvaluateConfig c) {
  ModelImpl& m = model();
  const std::string who = who_calls("evaluate", m);
  if (c.sample_weight.defined()) throw ConfigError(who, "sample weights must come from the source");
  const std::shared_ptr<Trainer> kept = trainer_of(m);
  Trainer& trainer = *kept;
  Batcher batcher = in_order(who, source, c.batch_size);
  const int64_t rows = source.rows();
  const int64_t batches = rows < 0 ? -1 : (rows + c.batch_size - 1) / c.batch_size;
  const int64_t most = c.steps.value_or(INT64_MAX);
  return told_evaluation(*this, c, rows < 0 ? c.steps.value_or(-1) : std::min(batches, most),
                         [&](const Callbacks& told) {
                           batcher.start(0);
                           int64_t step = 0;
                           for (Window w; step < most && batcher.next(w);) {
                             const ArrayData data = make_data(who, m, w.x, w.y, w.sample_weight);
                             m.ensure_built(data.x.shape(), data.x.dtype());
                             check_target_values(who, m, data);
                             const std::lock_guard lock(m.busy);
                             if (step == 0) trainer.reset_metrics(m);
                             test_batches(m, trainer, data, c.batch_size, step, most, told);
                           }
                           if (step == 0) throw CallError(who, "the source has no rows");
                           return trainer.logs();
                         });
}

Tensor Model::predict(DataSource& source, PredictConfig c) {
  const std::string who = who_calls("predict", model());
  Batcher batcher = in_order(who, source, c.batch_size);
  batcher.start(0);
  std::vector<Tensor> parts;
  for (Window w; batcher.next(w);) parts.push_back(predict(w.x, c));
  if (parts.empty()) throw CallError(who, "the source has no rows");
  return parts.size() == 1 ? parts[0] : ops::concatenate(parts, 0);
}

}  // namespace cornu
