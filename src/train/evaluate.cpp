// evaluate, predict, and the single-batch calls.
#include "train/evaluate.h"

#include <algorithm>
#include <cstring>

#include "train/callback_list.h"
#include "train/targets.h"

namespace cornu {
namespace {

Tensors tensors_of(const ArrayData& d) {
  Tensors out{d.x};
  if (d.y.defined()) out.push_back(d.y);
  if (d.weight.defined()) out.push_back(d.weight);
  return out;
}

/// One compiled step on a batch.
Step& run_compiled(ModelImpl& model, Trainer& trainer, StepKind kind, const ArrayData& d) {
  Step& step = trainer.step(model, kind, d.spec(), d.rows());
  d.bind(step);
  step.replay();
  return step;
}

/// One step on a batch: compiled, or eagerly where compile said so.
void run_batch(ModelImpl& model, Trainer& trainer, StepKind kind, const ArrayData& d) {
  if (trainer.eager)
    trainer.run_eagerly(model, kind, d.spec(), tensors_of(d));
  else
    run_compiled(model, trainer, kind, d);
}

}  // namespace

std::string who_calls(const char* call, const ModelImpl& m) {
  return text("{} of {} '{}'", call, m.class_name(), m.name);
}

void test_batches(ModelImpl& model, Trainer& trainer, const ArrayData& data, int64_t batch_size, int64_t& step,
                  int64_t most, BatchHooks& hooks, InterruptClock& interrupts) {
  for (int64_t at = 0; at < data.rows() && step < most; at += batch_size, ++step) {
    const ArrayData part = data.slice(at, std::min(at + batch_size, data.rows()));
    hooks.test_begin(step);
    run_batch(model, trainer, StepKind::test, part);
    hooks.test_end(step, [&] { return trainer.logs(); });
    interrupts.look();
  }
}

Logs evaluate_arrays(ModelImpl& model, Trainer& trainer, const ArrayData& data, int64_t batch_size,
                     std::optional<int64_t> steps, const Callbacks& told) {
  if (batch_size < 1) throw ConfigError("evaluate", text("batch_size must be at least 1, got {}", batch_size));
  const std::lock_guard lock(model.busy);
  trainer.reset_metrics(model);
  int64_t step = 0;
  InterruptClock interrupts;
  BatchHooks hooks(told, trainer.steps_per_execution);
  test_batches(model, trainer, data, batch_size, step, steps.value_or(INT64_MAX), hooks, interrupts);
  hooks.finish_test(step, [&] { return trainer.logs(); });
  return trainer.logs();
}

Logs told_evaluation(Model& model, const EvaluateConfig& c, int64_t steps,
                     const std::function<Logs(const Callbacks& told)>& evaluation) {
  CallbackList callbacks(model, c.callbacks, {1, steps, 0});
  const auto progress = make_progress({1, steps, verbosity(c.verbose)});
  Callbacks told = c.callbacks;
  if (progress) {
    progress->on_epoch_begin(0);
    told.push_back(progress);
  }
  callbacks.test_begin();
  Logs logs = evaluation(told);
  if (progress) progress->on_epoch_end(0, logs);
  callbacks.test_end(logs);
  return logs;
}

Logs Model::evaluate(const Tensor& x, const Tensor& y, EvaluateConfig c) {
  ModelImpl& m = model();
  check_steps(who_calls("evaluate", m), c.batch_size, "steps", c.steps);
  const std::shared_ptr<Trainer> trainer = trainer_of(m);
  const ArrayData data = make_data(who_calls("evaluate", m), m, x, y, c.sample_weight);
  m.ensure_built(data.x.shape(), data.x.dtype());
  check_target_values(who_calls("evaluate", m), m, data);
  const int64_t batches = (data.rows() + c.batch_size - 1) / std::max<int64_t>(1, c.batch_size);
  return told_evaluation(*this, c, std::min(batches, c.steps.value_or(batches)), [&](const Callbacks& told) {
    return evaluate_arrays(m, *trainer, data, c.batch_size, c.steps, told);
  });
}

Tensor predict_batches(ModelImpl& m, Trainer& trainer, const ArrayData& data, int64_t batch_size, int64_t& step_number,
                       BatchHooks& hooks, InterruptClock& interrupts) {
  Tensor out;
  size_t written = 0;
  for (int64_t at = 0; at < data.rows(); at += batch_size, ++step_number) {
    if (at > 0) interrupts.look();
    hooks.predict_begin(step_number);
    const ArrayData part = data.slice(at, std::min(at + batch_size, data.rows()));
    std::unique_lock lock(m.busy);  // other threads may predict too, batch by batch
    const Tensor eager =
        trainer.eager ? trainer.run_eagerly(m, StepKind::predict, part.spec(), tensors_of(part))[0] : Tensor();
    const Step* step = trainer.eager ? nullptr : &run_compiled(m, trainer, StepKind::predict, part);
    const TypeShape y = step ? step->output_type(0) : TypeShape{eager.dtype(), eager.shape()};
    if (y.shape.rank() < 1 || y.shape[0] != part.rows())
      throw ShapeError(who_calls("predict", m), text("the output must have one row per sample, got shape {}", y.shape));
    if (!out.defined()) out = Tensor(Shape{data.rows()}.append(y.shape.slice(1)), y.dtype);
    const size_t bytes = static_cast<size_t>(y.shape.size()) * size_of(y.dtype);
    std::memcpy(static_cast<char*>(out.raw()) + written, step ? step->output(0) : eager.raw(), bytes);
    written += bytes;
    lock.unlock();
    hooks.predict_end(step_number, out.rows(at, at + part.rows()));
  }
  return out;
}

void check_steps(const std::string& who, int64_t batch_size, const char* name, std::optional<int64_t> steps) {
  if (batch_size < 1) throw ConfigError(who, text("batch_size must be at least 1, got {}", batch_size));
  if (steps && *steps < 1) throw ConfigError(who, text("{} must be at least 1, got {}", name, *steps));
}

Tensor told_prediction(Model& model, const PredictConfig& c, int64_t steps,
                       const std::function<Tensor(const Callbacks& told)>& prediction) {
  if (c.callbacks.empty() && c.verbose == 0) return prediction({});
  CallbackList callbacks(model, c.callbacks, {1, steps, 0});
  const auto progress = make_progress({1, steps, verbosity(c.verbose)});
  Callbacks told = c.callbacks;
  if (progress) {
    progress->on_epoch_begin(0);
    told.push_back(progress);
  }
  for (const auto& one : c.callbacks) one->on_predict_begin();
  Tensor out = prediction(told);
  Logs none;
  if (progress) progress->on_epoch_end(0, none);
  for (const auto& one : c.callbacks) one->on_predict_end();
  return out;
}

Tensor Model::predict(const Tensor& x, PredictConfig c) {
  ModelImpl& m = model();
  check_steps(who_calls("predict", m), c.batch_size, "steps", c.steps);
  ArrayData data = make_data(who_calls("predict", m), m, x, {});
  if (c.steps && *c.steps < (data.rows() + c.batch_size - 1) / c.batch_size)
    data = data.slice(0, *c.steps * c.batch_size);
  m.ensure_built(data.x.shape(), data.x.dtype());
  const std::shared_ptr<Trainer> trainer = predict_trainer_of(m);
  return told_prediction(*this, c, (data.rows() + c.batch_size - 1) / c.batch_size, [&](const Callbacks& told) {
    int64_t step = 0;
    InterruptClock interrupts;
    BatchHooks hooks(told, trainer->steps_per_execution);
    Tensor out = predict_batches(m, *trainer, data, c.batch_size, step, hooks, interrupts);
    hooks.finish_predict(step);
    return out;
  });
}

Tensor Model::predict_on_batch(const Tensor& x) {
  return predict(x, {.batch_size = std::max<int64_t>(1, x.shape()[0])});
}

static Logs on_batch(const std::string& who, ModelImpl& m, StepKind kind, const ArrayData& data) {
  const std::lock_guard lock(m.busy);
  Trainer& trainer = *trainer_of(m);
  m.ensure_built(data.x.shape(), data.x.dtype());
  check_target_values(who, m, data);
  trainer.reset_metrics(m);
  run_batch(m, trainer, kind, data);
  return trainer.logs();
}
Logs Model::train_on_batch(const Tensor& x, const Tensor& y, const Tensor& sample_weight,
                           const std::map<int64_t, double>& class_weight) {
  ModelImpl& m = model();
  const std::string who = who_calls("train_on_batch", m);
  ArrayData data = make_data(who, m, x, y, sample_weight);
  weight_classes(who, data, class_weight);
  return on_batch(who, m, StepKind::train, data);
}
Logs Model::test_on_batch(const Tensor& x, const Tensor& y, const Tensor& sample_weight) {
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

// ---- Predictor

struct Predictor::Impl {
  std::shared_ptr<ModelImpl> model;  // keeps the variables alive
  std::unique_ptr<Step> step;
  size_t output_bytes;
};

Predictor::Predictor(const Model& model, int64_t batch_size) : impl_(std::make_unique<Impl>()) {
  ModelImpl& m = model.model();
  if (batch_size < 1)
    throw ConfigError(who_calls("Predictor", m), text("batch_size must be at least 1, got {}", batch_size));
  m.ensure_built({}, DType::f32);
  const auto rows_of = [&](int64_t rows) { return Shape{rows}.append(m.input_shape().slice(1)); };
  const Graph g = record(batch_size, [&](Trace& trace, int64_t rows) -> Tensors {
                    return {m(trace.input(DType::f32, rows_of(rows)), {})};
                  }).graph;
  const Shape batch = rows_of(batch_size);
  impl_->model = std::static_pointer_cast<ModelImpl>(model.impl());
  impl_->step = std::make_unique<Step>(g, std::vector<TypeShape>{{DType::f32, batch}});
  if (impl_->step->output_type(0).dtype != DType::f32)
    throw DTypeError(who_calls("Predictor", m),
                     text("the model must compute in float32, got {}", impl_->step->output_type(0).dtype));
  impl_->output_bytes = static_cast<size_t>(output_size()) * sizeof(float);
}
Predictor::~Predictor() = default;
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;
void Predictor::operator()(const float* input, float* output) {
  impl_->step->bind(0, input);
  impl_->step->replay();
  std::memcpy(output, impl_->step->output(0), impl_->output_bytes);
}
int64_t Predictor::input_size() const { return impl_->step->input_type(0).shape.size(); }
int64_t Predictor::output_size() const { return impl_->step->output_type(0).shape.size(); }

}  // namespace cornu
