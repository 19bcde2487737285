// predict, beside other threads that do, and the Predictor.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <shared_mutex>

#include "tensor/cell.h"
#include "tensor/storage.h"
#include "train/callback_list.h"
#include "train/evaluate.h"

namespace cornu {
namespace {

/// One output of a prediction, as its batches give it: one behind another along the first axis.
class Predicted {
 public:
  void add(const ModelImpl& model, int64_t rows, const TypeShape& y, const void* values, int64_t batch) {
    const bool by_rows = y.shape.rank() > 0 && y.shape.dim(0) == batch && odd_.empty();
    const Shape sample = y.shape.rank() > 0 ? y.shape.slice(1) : Shape();
    if (const Tensor& before = odd_.empty() ? all_ : odd_[0]; before.defined()) {
      if (y.shape.rank() == 0 || before.rank() == 0)
        throw ShapeError(
            who_calls("predict", model),
            text("the outputs of several batches need an axis to be put together along, got shape {}", y.shape));
      if (before.shape().slice(1) != sample)
        throw ShapeError(who_calls("predict", model),
                         text("the outputs of all batches must be alike, got samples of {} after {}", sample,
                              before.shape().slice(1)));
    }
    const size_t bytes = static_cast<size_t>(y.shape.size()) * size_of(y.dtype);
    if (by_rows) {
      if (!all_.defined()) all_ = unwritten(Shape{rows}.append(sample), y.dtype);
      std::memcpy(static_cast<char*>(all_.raw()) + written_, values, bytes);
      written_ += bytes;
      rows_ += batch;
      return;
    }
    if (rows_ > 0) odd_.push_back(all_.rows(0, rows_));
    rows_ = 0;
    odd_.push_back(unwritten(y.shape, y.dtype));
    std::memcpy(odd_.back().raw(), values, bytes);
  }
  Tensor all() const { return odd_.empty() ? all_ : odd_.size() == 1 ? odd_[0] : ops::concatenate(odd_, 0); }
  /// What the last batch gave, whose rows these are.
  Tensor last(int64_t from, int64_t to) const { return odd_.empty() ? all_.rows(from, to) : odd_.back(); }

 private:
  Tensor all_;
  size_t written_ = 0;
  int64_t rows_ = 0;
  std::vector<Tensor> odd_;  ///< All of them, where one has not a row for each sample.
};

/// All outputs, in the structure in which the model gives them.
struct Predictions {
  const ModelImpl& model;
  int64_t rows;
  Tree<uint32_t> structure{};
  std::vector<Predicted> outputs{};

  Predictions(const ModelImpl& m, int64_t n) : model(m), rows(n) {}
  void begin(const Tree<uint32_t>& given) {
    if (outputs.empty()) structure = given, outputs.resize(given.leaf_count());
    if (given.leaf_count() != outputs.size())
      throw CallError(who_calls("predict", model), "the model must give the same structure of outputs for all batches");
  }
  void add(const Step& step, int64_t batch) {
    for (size_t i = 0; i < outputs.size(); ++i) outputs[i].add(model, rows, step.output_type(i), step.output(i), batch);
  }
  Tree<Tensor> rows_of(int64_t from, int64_t to) const {
    return structure.map([&](uint32_t i) { return outputs[i].last(from, to); });
  }
  Tree<Tensor> all() const {
    return structure.map([&](uint32_t i) { return outputs[i].all(); });
  }
};

/// One batch while nobody else uses the model; returns its rows.
int64_t predict_alone(ModelImpl& m, Trainer& trainer, const ArrayData& part, Predictions& out) {
  const std::lock_guard lock(m.busy);
  if (trainer.eager) {
    const Tree<Tensor> y = trainer.run_eagerly(m, StepKind::predict, part.spec(), tensors_of(part));
    out.begin(numbered(y));
    size_t n = 0;
    y.each([&](const Tensor& one) {
      out.outputs[n++].add(m, out.rows, {one.dtype(), one.shape()}, one.raw(), part.rows());
    });
  } else {
    const Step& step = run_compiled(m, trainer, StepKind::predict, part);
    out.begin(trainer.prediction(part.spec(), part.rows()));
    out.add(step, part.rows());
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

/// Batches of that size from row `from` on, beside other threads that predict; `one`, or about a millisecond of them,
/// so that one that trains does not wait for long. Returns how many rows that were.
int64_t predict_shared(ModelImpl& m, Trainer& trainer, const ArrayData& data, int64_t from, int64_t batch, bool one,
                       Predictions& out) {
  using Clock = std::chrono::steady_clock;
  const BatchSpec spec = data.spec();
  std::shared_lock lock(m.busy);
  Tree<uint32_t> prediction;
  Step* step = trainer.borrow(spec, batch, prediction);
  while (!step) {
    lock.unlock();
    {
      const std::lock_guard alone(m.busy);
      trainer.step(m, StepKind::predict, spec, batch);
    }
    if (!trainer.shares_steps()) return predict_alone(m, trainer, data.slice(from, from + batch), out);
    lock.lock();
    step = trainer.borrow(spec, batch, prediction);
  }
  const Returned returned{trainer, spec, batch, step};
  int64_t at = from;
  const Clock::time_point start = Clock::now();
  out.begin(prediction);
  do {
    size_t input = 0;
    data.x.each([&](const Tensor& x) {
      const int64_t row = x.size() / data.rows() * static_cast<int64_t>(size_of(x.dtype()));
      step->bind(input++, static_cast<const char*>(x.raw()) + at * row);
    });
    step->replay();
    out.add(*step, batch);
    at += batch;
  } while (!one && at + batch <= data.rows() && Clock::now() - start < std::chrono::milliseconds(1));
  return at - from;
}

}  // namespace

Tree<Tensor> predict_batches(ModelImpl& m, Trainer& trainer, const ArrayData& data, int64_t batch_size,
                             int64_t& step_number, BatchHooks& hooks, InterruptClock& interrupts) {
  const bool each = hooks.wants_predict_batches();
  const bool alone = trainer.eager || !trainer.shares_steps();
  Predictions out(m, data.rows());
  int64_t at = 0;
  while (at < data.rows() && !(each && at > 0 && m.stop_predicting)) {
    if (at > 0) interrupts.look();
    if (each) hooks.predict_begin(step_number);
    const int64_t batch = std::min(batch_size, data.rows() - at);
    const int64_t rows = alone ? predict_alone(m, trainer, data.slice(at, at + batch), out)
                               : predict_shared(m, trainer, data, at, batch, each, out);
    if (each) hooks.predict_end(step_number, out.rows_of(at, at + rows));
    step_number += rows / batch;
    at += rows;
  }
  if (at == data.rows()) return out.all();
  return out.all().map([&](const Tensor& y) { return y.rows(0, at).clone(); });
}

Tree<Tensor> told_prediction(Model& model, const PredictConfig& c, int64_t steps,
                             const std::function<Tree<Tensor>(const Callbacks& told)>& prediction) {
  if (c.callbacks.empty() && c.verbose == 0) return prediction({});
  CallbackList callbacks(model, c.callbacks, {1, steps, 0});
  Callbacks told = c.callbacks;
  const auto progress = add_progress(told, steps, c.verbose);
  for (const auto& one : c.callbacks) one->on_predict_begin();
  Tree<Tensor> out = prediction(told);
  Logs none;
  if (progress) progress->on_epoch_end(0, none);
  for (const auto& one : c.callbacks) one->on_predict_end();
  return out;
}

Tensor Model::predict(const Tensor& x, PredictConfig c) {
  const Tree<Tensor> y = predict_tree(x, std::move(c));
  if (y.is_leaf()) return y.leaf();
  throw CallError(who_calls("predict", model()),
                  text("the model gives {}, where one tensor is expected; give predict a Tree, as {x} is",
                       to_string(y.kind(), y.size())));
}

Tree<Tensor> Model::predict_tree(const Tree<Tensor>& x, PredictConfig c) {
  ModelImpl& m = model();
  if (c.batch_size < 1 || c.steps) check_steps(who_calls("predict", m), c.batch_size, "steps", c.steps);
  ArrayData data = make_data(who_calls("predict", m), m, x, {});
  if (c.steps && *c.steps < (data.rows() + c.batch_size - 1) / c.batch_size)
    data = data.slice(0, *c.steps * c.batch_size);
  m.ensure_built(types_of(data.x));
  const std::shared_ptr<Trainer> trainer = predict_trainer_of(m);
  return told_prediction(*this, c, (data.rows() + c.batch_size - 1) / c.batch_size, [&](const Callbacks& told) {
    int64_t step = 0;
    m.stop_predicting = false;
    InterruptClock interrupts;
    BatchHooks hooks(told, trainer->steps_per_execution);
    Tree<Tensor> out = predict_batches(m, *trainer, data, c.batch_size, step, hooks, interrupts);
    hooks.finish_predict(step);
    return out;
  });
}

Tensor Model::predict_on_batch(const Tensor& x) {
  return predict(x, {.batch_size = std::max<int64_t>(1, x.shape().dim(0))});
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
  m.ensure_built({});
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
