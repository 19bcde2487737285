// evaluate, and the single-batch calls.
#include "train/evaluate.h"

#include <algorithm>

#include "train/callback_list.h"
#include "train/targets.h"

namespace cornu {

Tensors tensors_of(const ArrayData& d) {
  Tensors out;
  for (const Tree<Tensor>* part : {&d.x, &d.y, &d.weight}) part->each([&](const Tensor& t) { out.push_back(t); });
  return out;
}

Step& run_compiled(ModelImpl& model, Trainer& trainer, StepKind kind, const ArrayData& d) {
  Step& step = trainer.step(model, kind, d.spec(), d.rows());
  d.bind(step);
  step.replay();
  return step;
}

/// One step on a batch: compiled, or eagerly where compile said so.
static void run_batch(ModelImpl& model, Trainer& trainer, StepKind kind, const ArrayData& d) {
  if (trainer.eager)
    trainer.run_eagerly(model, kind, d.spec(), tensors_of(d));
  else
    run_compiled(model, trainer, kind, d);
}

std::string who_calls(const char* call, const ModelImpl& m) {
  return text("{} of {} '{}'", call, m.class_name(), m.name);
}

void test_batches(ModelImpl& model, Trainer& trainer, const ArrayData& data, int64_t batch_size, int64_t& step,
                  int64_t most, BatchHooks& hooks, InterruptClock& interrupts) {
  for (int64_t at = 0; at < data.rows() && step < most && !model.stop_evaluating; at += batch_size, ++step) {
    const ArrayData part = data.slice(at, std::min(at + batch_size, data.rows()));
    hooks.test_begin(step);
    {
      const std::lock_guard lock(model.busy);  // others may predict between two batches
      run_batch(model, trainer, StepKind::test, part);
    }
    hooks.test_end(step, [&] { return trainer.logs(); });
    interrupts.look();
  }
}

Logs evaluate_arrays(ModelImpl& model, Trainer& trainer, const ArrayData& data, int64_t batch_size,
                     std::optional<int64_t> steps, const Callbacks& told) {
  trainer.reset_metrics(model);
  model.stop_evaluating = false;
  int64_t step = 0;
  InterruptClock interrupts;
  BatchHooks hooks(told, trainer.steps_per_execution);
  test_batches(model, trainer, data, batch_size, step, steps.value_or(INT64_MAX), hooks, interrupts);
  hooks.finish_test(step, [&] { return trainer.logs(); });
  return trainer.logs();
}

std::shared_ptr<Callback> add_progress(Callbacks& told, int64_t steps, int verbose) {
  const auto progress = make_progress({1, steps, verbosity(verbose)});
  if (progress) {
    progress->on_epoch_begin(0);
    told.push_back(progress);
  }
  return progress;
}

Logs told_evaluation(Model& model, const EvaluateConfig& c, int64_t steps,
                     const std::function<Logs(const Callbacks& told)>& evaluation) {
  const Session session(model.model(), "evaluate");
  CallbackList callbacks(model, c.callbacks, {1, steps, 0});
  Callbacks told = c.callbacks;
  const auto progress = add_progress(told, steps, c.verbose);
  callbacks.test_begin();
  Logs logs = evaluation(told);
  if (progress) progress->on_epoch_end(0, logs);
  callbacks.test_end(logs);
  return logs;
}

Logs Model::evaluate(const Tree<Tensor>& x, const Tree<Tensor>& y, EvaluateConfig c) {
  ModelImpl& m = model();
  check_steps(who_calls("evaluate", m), c.batch_size, "steps", c.steps);
  const std::shared_ptr<Trainer> trainer = trainer_of(m);
  const ArrayData data = make_data(who_calls("evaluate", m), m, x, y, c.sample_weight);
  m.ensure_built(types_of(data.x));
  check_target_values(who_calls("evaluate", m), m, data);
  const int64_t batches = (data.rows() + c.batch_size - 1) / c.batch_size;
  return told_evaluation(*this, c, std::min(batches, c.steps.value_or(batches)), [&](const Callbacks& told) {
    return evaluate_arrays(m, *trainer, data, c.batch_size, c.steps, told);
  });
}

void check_steps(const std::string& who, int64_t batch_size, const char* name, std::optional<int64_t> steps) {
  if (batch_size < 1) throw ConfigError(who, text("batch_size must be at least 1, got {}", batch_size));
  if (steps && *steps < 1) throw ConfigError(who, text("{} must be at least 1, got {}", name, *steps));
}

static Logs on_batch(const std::string& who, ModelImpl& m, StepKind kind, const ArrayData& data) {
  const Session session(m, kind == StepKind::train ? "train_on_batch" : "test_on_batch");
  const std::lock_guard lock(m.busy);
  const std::shared_ptr<Trainer> kept = trainer_of(m);
  Trainer& trainer = *kept;
  if (kind == StepKind::train) trainer.follow(m);
  m.ensure_built(types_of(data.x));
  check_target_values(who, m, data);
  trainer.reset_metrics(m);
  run_batch(m, trainer, kind, data);
  return trainer.logs();
}
Logs Model::train_on_batch(const Tree<Tensor>& x, const Tree<Tensor>& y, const Tree<Tensor>& sample_weight,
                           const std::map<int64_t, double>& class_weight) {
  ModelImpl& m = model();
  const std::string who = who_calls("train_on_batch", m);
  ArrayData data = make_data(who, m, x, y, sample_weight);
  weight_classes(who, data, class_weight);
  return on_batch(who, m, StepKind::train, data);
}
Logs Model::test_on_batch(const Tree<Tensor>& x, const Tree<Tensor>& y, const Tree<Tensor>& sample_weight) {
  ModelImpl& m = model();
  const std::string who = who_calls("test_on_batch", m);
  return on_batch(who, m, StepKind::test, make_data(who, m, x, y, sample_weight));
}

void run_batches_eagerly(ModelImpl& model, Trainer& trainer, const ArrayData& data, const int32_t* order, int64_t rows,
                         int64_t count) {
  BatchSpec spec = data.spec();
  spec.gathers = order != nullptr;
  for (int64_t i = 0; i < count; ++i) {
    Tensors inputs;
    if (order)
      inputs.push_back(Tensor(Shape{rows}, std::span<const int32_t>(order + i * rows, static_cast<size_t>(rows))));
    const Tensors arrays = tensors_of(order ? data : data.slice(i * rows, (i + 1) * rows));
    inputs.insert(inputs.end(), arrays.begin(), arrays.end());
    trainer.run_eagerly(model, StepKind::train, spec, inputs);
  }
}

}  // namespace cornu
