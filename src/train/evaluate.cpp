// evaluate, predict, and the single-batch calls.
#include "train/evaluate.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <shared_mutex>

#include "tensor/storage.h"
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
                  int64_t most, const Callbacks& told) {
  for (int64_t at = 0; at < data.rows() && step < most; at += batch_size, ++step) {
    const ArrayData part = data.slice(at, std::min(at + batch_size, data.rows()));
    for (const auto& c : told)
      if (c->wants_test_batches()) c->on_test_batch_begin(step);
    {
      const std::lock_guard lock(model.busy);  // others may predict between two batches
      run_batch(model, trainer, StepKind::test, part);
    }
    for (const auto& c : told)
      if (c->wants_test_batches()) c->on_test_batch_end(step, [&] { return trainer.logs(); });
  }
}

Logs evaluate_arrays(ModelImpl& model, Trainer& trainer, const ArrayData& data, int64_t batch_size,
                     std::optional<int64_t> steps, const Callbacks& told) {
  if (batch_size < 1) throw ConfigError("evaluate", text("batch_size must be at least 1, got {}", batch_size));
  trainer.reset_metrics(model);
  int64_t step = 0;
  test_batches(model, trainer, data, batch_size, step, steps.value_or(INT64_MAX), told);
  return trainer.logs();
}

Logs told_evaluation(Model& model, const EvaluateConfig& c, int64_t steps,
                     const std::function<Logs(const Callbacks& told)>& evaluation) {
  const Session session(model.model(), "evaluate");
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
  const std::shared_ptr<Trainer> trainer = trainer_of(m);
  const ArrayData data = make_data(who_calls("evaluate", m), m.dtype, x, y, c.sample_weight);
  m.ensure_built(data.x.shape(), data.x.dtype());
  check_class_numbers(who_calls("evaluate", m), m, data);
  const int64_t batches = (data.rows() + c.batch_size - 1) / std::max<int64_t>(1, c.batch_size);
  return told_evaluation(*this, c, std::min(batches, c.steps.value_or(batches)), [&](const Callbacks& told) {
    return evaluate_arrays(m, *trainer, data, c.batch_size, c.steps, told);
  });
}

namespace {

/// The outputs of a prediction, as its batches give them.
struct Predictions {
  std::string who;
  int64_t rows;
  Tensor all{};
  size_t written = 0;

  Predictions(std::string name, int64_t n) : who(std::move(name)), rows(n) {}
  void add(const TypeShape& y, const void* values, int64_t batch) {
    if (y.shape.rank() < 1 || y.shape.dim(0) != batch)
      throw ShapeError(who, text("the output must have one row per sample, got shape {}", y.shape));
    if (!all.defined()) all = unwritten(Shape{rows}.append(y.shape.slice(1)), y.dtype);
    const size_t bytes = static_cast<size_t>(y.shape.size()) * size_of(y.dtype);
    std::memcpy(static_cast<char*>(all.raw()) + written, values, bytes);
    written += bytes;
  }
};

/// One batch while nobody else uses the model; returns its rows.
int64_t predict_alone(ModelImpl& m, Trainer& trainer, const ArrayData& part, Predictions& out) {
  const std::lock_guard lock(m.busy);
  if (trainer.eager) {
    const Tensor y = trainer.run_eagerly(m, StepKind::predict, part.spec(), tensors_of(part))[0];
    out.add({y.dtype(), y.shape()}, y.raw(), part.rows());
  } else {
    const Step& step = run_compiled(m, trainer, StepKind::predict, part);
    out.add(step.output_type(0), step.output(0), part.rows());
  }
  return part.rows();
}

/// Gives a borrowed step back.
struct Returned {
  Trainer& trainer;
  const BatchSpec& spec;
  int64_t rows;
  Step* step;
  ~Returned() { trainer.give_back(spec, rows, step); }
};

/// Batches of that size from row `from` on, beside other threads that predict; about a millisecond of them, so that one
/// that trains does not wait for long. Returns how many rows that were.
int64_t predict_shared(ModelImpl& m, Trainer& trainer, const ArrayData& data, int64_t from, int64_t batch,
                       Predictions& out) {
  using Clock = std::chrono::steady_clock;
  const BatchSpec spec = data.spec();
  std::shared_lock lock(m.busy);
  Step* step = trainer.borrow(spec, batch);
  while (!step) {
    lock.unlock();
    {
      const std::lock_guard alone(m.busy);
      trainer.step(m, StepKind::predict, spec, batch);
    }
    lock.lock();
    step = trainer.borrow(spec, batch);
  }
  const Returned returned{trainer, spec, batch, step};
  int64_t at = from;
  const Clock::time_point start = Clock::now();
  const char* const rows = static_cast<const char*>(data.x.raw());
  const int64_t row = data.x.size() / data.rows() * static_cast<int64_t>(size_of(data.x.dtype()));
  do {
    step->bind(0, rows + at * row);
    step->replay();
    out.add(step->output_type(0), step->output(0), batch);
    at += batch;
  } while (at + batch <= data.rows() && Clock::now() - start < std::chrono::milliseconds(1));
  return at - from;
}

}  // namespace

Tensor Model::predict(const Tensor& x, PredictConfig c) {
  ModelImpl& m = model();
  if (c.batch_size < 1)
    throw ConfigError(who_calls("predict", m), text("batch_size must be at least 1, got {}", c.batch_size));
  const ArrayData data = make_data(who_calls("predict", m), m.dtype, x, {});
  m.ensure_built(data.x.shape(), data.x.dtype());
  const std::shared_ptr<Trainer> trainer = predict_trainer_of(m);
  Predictions out(who_calls("predict", m), data.rows());
  for (int64_t at = 0; at < data.rows();) {
    const int64_t batch = std::min(c.batch_size, data.rows() - at);
    at += trainer->eager || !trainer->shares_steps() ? predict_alone(m, *trainer, data.slice(at, at + batch), out)
                                                     : predict_shared(m, *trainer, data, at, batch, out);
  }
  return out.all;
}

Tensor Model::predict_on_batch(const Tensor& x) {
  return predict(x, {.batch_size = std::max<int64_t>(1, x.shape().dim(0))});
}

static Logs on_batch(const std::string& who, ModelImpl& m, StepKind kind, const ArrayData& data) {
  const Session session(m, kind == StepKind::train ? "train_on_batch" : "test_on_batch");
  const std::lock_guard lock(m.busy);
  const std::shared_ptr<Trainer> kept = trainer_of(m);
  Trainer& trainer = *kept;
  if (kind == StepKind::train) trainer.follow(m);
  m.ensure_built(data.x.shape(), data.x.dtype());
  check_class_numbers(who, m, data);
  trainer.reset_metrics(m);
  run_batch(m, trainer, kind, data);
  return trainer.logs();
}
Logs Model::train_on_batch(const Tensor& x, const Tensor& y, const Tensor& sample_weight,
                           const std::map<int64_t, double>& class_weight) {
  ModelImpl& m = model();
  const std::string who = who_calls("train_on_batch", m);
  ArrayData data = make_data(who, m.dtype, x, y, sample_weight);
  weight_classes(who, data, class_weight);
  return on_batch(who, m, StepKind::train, data);
}
Logs Model::test_on_batch(const Tensor& x, const Tensor& y, const Tensor& sample_weight) {
  ModelImpl& m = model();
  const std::string who = who_calls("test_on_batch", m);
  return on_batch(who, m, StepKind::test, make_data(who, m.dtype, x, y, sample_weight));
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
  uint64_t epoch;                   // when it was last seen that
  std::vector<uint64_t> structure;  // the model has these layers

  void look_at_layers() {
    const uint64_t now = structure_epoch();
    if (structure_of(*model) != structure)
      throw CallError(who_calls("Predictor", *model),
                      "the model's layers have changed since it was made; make a new one");
    epoch = now;
  }
};

Predictor::Predictor(const Model& model, int64_t batch_size) : impl_(std::make_unique<Impl>()) {
  ModelImpl& m = model.model();
  if (batch_size < 1)
    throw ConfigError(who_calls("Predictor", m), text("batch_size must be at least 1, got {}", batch_size));
  m.ensure_built({}, DType::f32);
  const auto rows_of = [&](int64_t rows) { return Shape{rows}.append(m.input_shape().slice(1)); };
  const std::lock_guard lock(m.busy);
  const Graph g = record(batch_size, [&](Trace& trace, int64_t rows) -> Tensors {
                    return {m(trace.input(DType::f32, rows_of(rows)), CallOptions{false})};
                  }).graph;
  const Shape batch = rows_of(batch_size);
  impl_->model = std::static_pointer_cast<ModelImpl>(model.impl());
  impl_->step = std::make_unique<Step>(g, std::vector<TypeShape>{{DType::f32, batch}});
  if (impl_->step->output_type(0).dtype != DType::f32)
    throw DTypeError(who_calls("Predictor", m),
                     text("the model must compute in float32, got {}", impl_->step->output_type(0).dtype));
  impl_->output_bytes = static_cast<size_t>(output_size()) * sizeof(float);
  impl_->epoch = structure_epoch();
  impl_->structure = structure_of(m);
}
Predictor::~Predictor() = default;
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;
static void moved_from() { throw CallError("Predictor", "was moved from; use the one that it was moved to"); }
void Predictor::operator()(const float* input, float* output) {
  if (!impl_) moved_from();
  if (impl_->epoch != structure_epoch()) impl_->look_at_layers();
  impl_->step->bind(0, input);
  impl_->step->replay();
  std::memcpy(output, impl_->step->output(0), impl_->output_bytes);
}
int64_t Predictor::input_size() const {
  if (!impl_) moved_from();
  return impl_->step->input_type(0).shape.size();
}
int64_t Predictor::output_size() const {
  if (!impl_) moved_from();
  return impl_->step->output_type(0).shape.size();
}

}  // namespace cornu
