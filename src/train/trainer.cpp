// Tracing and caching of training, test and predict steps.
#include "train/trainer.h"

#include <cornu/metrics/mean.h>
#include <cornu/ops.h>

#include <algorithm>
#include <cmath>
#include <shared_mutex>
#include <utility>

#include "autodiff/gradient.h"
#include "nn/metrics/resolve.h"
#include "tensor/cell.h"
#include "train/targets.h"

namespace cornu {

std::string BatchSpec::key() const {
  return text("x {}{} y {}{} {}{}{} {}{}", x.dtype, x.shape, has_y ? to_string(y.dtype) : "none", y.shape, weighted,
              weight.dtype, weight.shape, gathers, rows_in_all);
}

Trainer::Trainer(const CompileConfig& c, DType dtype)
    : optimizer(c.optimizer), loss(c.loss), metric_specs(c.metrics), weighted_specs(c.weighted_metrics) {
  eager = c.run_eagerly;
  steps_per_execution = c.steps_per_execution;
  if (!c.loss_weights.empty()) loss_weight = c.loss_weights[0];
  loss_tracker = metrics::Mean({.name = "loss", .dtype = dtype});
  loss_total = loss_tracker->variables()[0];
  loss_count = loss_tracker->variables()[1];
}

/// Keras' rule for metrics of one name: "accuracy", "accuracy_1", and "weighted_accuracy" for the weighted one.
std::string Trainer::free_name(const std::string& name, bool weighted) const {
  const auto taken = [&](const std::string& n) {
    return std::any_of(metrics.begin(), metrics.end(), [&](const Tracked& m) { return m.name == n; });
  };
  if (!taken(name)) return name;
  const std::string base = weighted ? "weighted_" + name : name;
  std::string free = base;
  for (int i = 1; taken(free); ++i) free = text("{}_{}", base, i);
  return free;
}

void Trainer::build_metrics(const Tensor& y_true, const Tensor& y_pred) {
  if (metrics_built) return;
  const auto add = [&](const MetricSpec& spec, bool weighted) {
    const std::string loss_class = loss ? loss->class_name() : "";
    Metric m = spec.metric() ? spec.metric() : resolve_metric(spec.name(), y_true.shape(), y_pred.shape(), loss_class);
    m->ensure_built(y_true.shape(), y_pred.shape());
    metrics.push_back({m, weighted, free_name(m->name(), weighted)});
  };
  for (const MetricSpec& s : metric_specs) add(s, false);
  for (const MetricSpec& s : weighted_specs) add(s, true);
  metrics_built = true;
  const NoTrace outside;
  for (const Tracked& m : metrics) m.metric->reset();  // it may be in use elsewhere, and hold what it saw there
  if (put_back_) std::exchange(put_back_, nullptr)();
}

void Trainer::once_metrics_exist(std::function<void()> put_back) {
  if (metrics_built)
    put_back();
  else
    put_back_ = std::move(put_back);
}

void Trainer::update_metrics(const Tensor& total, const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) {
  const Tensor n = ops::dim(y_pred, {0}, loss_total.dtype());
  accumulate(loss_total, ops::cast(total, loss_total.dtype()) * n);
  accumulate(loss_count, n);
  for (const Tracked& m : metrics) m.metric->update_masked(y_true, y_pred, m.weighted ? weight : Tensor());
}

/// The optimizer's variables exist before anything is recorded.
void Trainer::build_optimizer(ModelImpl& model, StepKind kind) {
  if (kind != StepKind::train || optimizer->built()) return;
  optimizer->build(variables_of(model.trainable_params()));
}

/// A model may have the optimizer of another one, or have changed since it was built.
void Trainer::move_optimizer(const ModelImpl& model) {
  trained_ = variables_of(model.trainable_params());
  if (!optimizer->move_to(trained_))
    throw CallError(
        text("{} '{}'", model.class_name(), model.name),
        text("its optimizer '{}' was built for {} variables of other shapes, of another model or of this one "
             "before layers were added, frozen or thawed; compile it with a new optimizer",
             optimizer->name(), optimizer->trainable().size()),
        {}, model.where);
}

void Trainer::finalize_weights() {
  if (!optimizer->built()) return;
  if (!trained_.empty()) optimizer->move_to(trained_);  // another model may have had it since they were traced
  optimizer->finalize_variable_values();
}

Tensor Trainer::total_loss(ModelImpl& model, const Tensor& x, const Tensor& y_true, const Tensor& y_pred,
                           const Tensor& weight) {
  const ScopeName scope("loss");
  if (const Tensor own = model.own_loss(x, y_true, y_pred, weight); own.defined()) return own;
  if (model.gives_several())
    throw CallError(
        text("{} '{}'", model.class_name(), model.name),
        "its call gives several tensors, which one loss cannot be taken of; give the model a compute_loss or "
        "a train_step and test_step of its own, or return one tensor",
        {}, model.where);
  std::vector<Tensor> penalties;
  model.collect_losses(penalties);
  Tensor total;
  if (loss || penalties.empty()) {  // otherwise what layers added is all there is to minimise
    if (!y_true.defined())
      throw CallError(text("{} '{}'", model.class_name(), model.name), "needs targets y for its loss, got none", {},
                      model.where);
    if (!loss)
      throw CallError(text("{} '{}'", model.class_name(), model.name),
                      "was compiled without a loss; give compile one to train or evaluate", {}, model.where);
    check_target_shape(model, *loss, y_true.shape(), y_pred.shape());
    total = (*loss)(y_true, y_pred, weight);
    if (total.rank() > 0) total = ops::mean(total);
    if (loss_weight != 1) total = total * loss_weight;
  }
  for (const Tensor& p : penalties) total = total.defined() ? total + p : p;
  return total;
}

/// Of the loss; CallError if it has none at all, since training would change nothing then.
std::vector<Tensor> Trainer::loss_gradients(const ModelImpl& model, const Tensor& total,
                                            const std::vector<Tensor>& params) const {
  const std::string who = text("{} '{}'", model.class_name(), model.name);
  if (!is_floating(total.dtype()))
    throw CallError(who, text("its loss must be of a floating type to be trained with, got {}", total.dtype()), {},
                    model.where);
  std::vector<Tensor> grads = gradients_found(optimizer->scale_loss(total), params);
  if (std::none_of(grads.begin(), grads.end(), [](const Tensor& g) { return g.defined(); }))
    throw CallError(
        who,
        "its loss has no gradient with respect to any of its weights, so that training would change nothing; "
        "comparisons, argmax, casts to integers and stop_gradient have none",
        {}, model.where);
  for (size_t i = 0; i < grads.size(); ++i)
    if (!grads[i].defined()) grads[i] = ops::zeros_like(params[i]);
  return grads;
}

std::pair<Tensors, std::vector<std::string>> Trainer::compute(ModelImpl& model, StepKind kind, const Tensor& x,
                                                              const Tensor& y_true, const Tensor& weight) {
  if (kind != StepKind::predict)
    if (const auto own = model.own_step(kind, x, y_true, weight)) {
      std::pair<Tensors, std::vector<std::string>> out;
      for (const auto& [name, value] : *own) {
        out.first.push_back(value);
        out.second.push_back(name);
      }
      return out;
    }
  const Tensor y_pred = model(x, CallOptions{kind == StepKind::train});
  if (kind == StepKind::predict) return {{y_pred}, {}};

  const Tensor total = total_loss(model, x, y_true, y_pred, weight);
  if (model.gives_several() && !(metric_specs.empty() && weighted_specs.empty()))
    throw CallError(text("{} '{}'", model.class_name(), model.name),
                    "its call gives several tensors, which compiled metrics cannot be taken of; leave them to a "
                    "train_step and test_step of the model's own",
                    {}, model.where);
  build_metrics(y_true, y_pred);
  const std::vector<Weight> weights = model.trainable_params();
  if (kind == StepKind::train) traced_for_ = variables_of(weights);
  if (kind == StepKind::train && !weights.empty()) {
    std::vector<Tensor> params;
    for (const Weight& w : weights) params.push_back(w.variable.value());
    move_optimizer(model);
    const std::vector<Tensor> grads = loss_gradients(model, total, params);
    const ScopeName scope("optimizer");
    optimizer->apply(optimizer->spread(grads));
  }
  const ScopeName scope("metrics");
  update_metrics(total, y_true, y_pred, weight);
  return {{total}, {}};
}

Trainer::Traced Trainer::trace(ModelImpl& model, StepKind kind, const BatchSpec& spec, int64_t rows) {
  build_optimizer(model, kind);
  std::vector<std::string> names;
  Recording made = record(rows, [&](Trace& trace, int64_t n) {
    Tensor index;
    if (spec.gathers) index = trace.input(DType::i32, {n});
    const auto input = [&](const TypeShape& t) {
      const Tensor all = trace.input(t.dtype, Shape{spec.gathers && n >= 0 ? spec.rows_in_all : n}.append(t.shape));
      return spec.gathers ? ops::take(all, index) : all;
    };
    const Tensor x = input(spec.x);
    const Tensor y_true = spec.has_y ? input(spec.y) : Tensor();
    const Tensor weight = spec.weighted ? input(spec.weight) : Tensor();
    Tensors outputs;
    std::tie(outputs, names) = compute(model, kind, x, y_true, weight);
    return outputs;
  });
  return {std::move(made.graph), made.fixed, std::move(names)};
}

Tensors Trainer::run_eagerly(ModelImpl& model, StepKind kind, const BatchSpec& spec, const Tensors& inputs) {
  build_optimizer(model, kind);
  size_t at = 0;
  const Tensor index = spec.gathers ? inputs[at++] : Tensor();
  const auto input = [&](bool there) {
    if (!there) return Tensor();
    const Tensor& all = inputs[at++];
    return spec.gathers ? ops::take(all, index) : all;
  };
  const Tensor x = input(true), y_true = input(spec.has_y), weight = input(spec.weighted);
  const Trace trace(TraceMode::record_and_run);
  const auto [outputs, names] = compute(model, kind, x, y_true, weight);
  if (kind == StepKind::predict) return outputs;
  eager_logs_.reset();
  own_step_ = nullptr;
  if (!names.empty()) eager_logs_.emplace();
  for (size_t i = 0; i < names.size(); ++i)
    eager_logs_->set(names[i]) = outputs[i].size() == 1 ? outputs[i].item() : ops::mean(outputs[i]).item();
  return outputs;
}

void Trainer::reset_metrics(ModelImpl& model) {
  if (model.reset_own_metrics()) return;
  put_back_ = nullptr;
  loss_tracker.impl()->reset();
  for (const Tracked& m : metrics) m.metric->reset();
}

/// All results in one step: computed one operation at a time they would cost as much as many small training steps.
Step& Trainer::result_step() {
  if (!result_step_) {
    Graph g;
    {
      Trace trace;
      Tensors results;
      result_names_.clear();
      for (const Tracked& m : metrics)
        for (const auto& [name, value] : m.metric->results()) {
          result_names_.push_back(name.empty() ? m.name : name);
          results.push_back(value);
        }
      g = trace.finish(results);
    }
    result_step_ = std::make_unique<Step>(g, std::vector<TypeShape>{});
  }
  return *result_step_;
}

Logs Trainer::logs() {
  Logs out;
  if (eager_logs_) {
    out = *eager_logs_;
    std::sort(out.begin(), out.end());
    return out;
  }
  if (own_step_) {
    for (size_t i = 0; i < own_logs_->size(); ++i) {
      const Tensor value = own_step_->output_tensor(i);
      out.set((*own_logs_)[i]) = value.size() == 1 ? value.item() : ops::mean(value).item();
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  const double total = loss_total.cell()->value.item(), count = loss_count.cell()->value.item();
  const double mean = count > 0 ? total / count : 0;
  const bool single = loss_total.dtype() == DType::f32;
  out.set("loss") =
      single && count > 0 ? static_cast<double>(static_cast<float>(total) / static_cast<float>(count)) : mean;
  if (!metrics.empty()) {
    Step& step = result_step();
    step.replay();
    for (size_t i = 0; i < result_names_.size(); ++i) {
      const Tensor r = step.output_tensor(i);
      out.set(result_names_[i]) = r.size() == 1 ? r.item() : ops::mean(r).item();
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::shared_ptr<Trainer> trainer_of(ModelImpl& model) {
  {
    const std::shared_lock lock(model.busy);
    if (!model.compiled)
      throw CallError(text("{} '{}'", model.class_name(), model.name), "call compile() before training or evaluating",
                      {}, model.where);
  }
  return predict_trainer_of(model);
}

std::shared_ptr<Trainer> predict_trainer_of(ModelImpl& model) {
  {
    const std::shared_lock lock(model.busy);
    if (model.trainer) return model.trainer;
  }
  const std::lock_guard lock(model.busy);
  if (!model.trainer)
    model.trainer = std::make_shared<Trainer>(model.compiled ? *model.compiled : CompileConfig{}, model.dtype);
  return model.trainer;
}

/// ConfigError for what compile can make nothing of.
static void check(const CompileConfig& c) {
  const auto require = [](bool ok, const std::string& rule) {
    if (!ok) throw ConfigError("compile", rule);
  };
  require(static_cast<bool>(c.optimizer), "the optimizer is empty");
  require(c.loss_weights.size() <= 1,
          text("loss_weights must have one number for a model of one output, got {}", c.loss_weights.size()));
  for (const double w : c.loss_weights) require(std::isfinite(w), text("loss_weights must be finite, got {}", w));
  require(c.steps_per_execution >= 1, text("steps_per_execution must be at least 1, got {}", c.steps_per_execution));
  require(c.jit_compile == "auto" || c.jit_compile == "true" || c.jit_compile == "false",
          text("jit_compile must be 'auto', 'true' or 'false', got '{}'", c.jit_compile));
  require(!c.run_eagerly || c.jit_compile != "true", "jit_compile cannot be true where run_eagerly is; leave one out");
  for (const std::vector<MetricSpec>* list : {&c.metrics, &c.weighted_metrics})
    for (const MetricSpec& spec : *list)
      if (!spec.metric()) check_metric_name(spec.name());
}

void Model::compile(CompileConfig config) {
  check(config);
  ModelImpl& m = model();
  const std::lock_guard lock(m.busy);
  m.must_not_train("be compiled");
  m.compiled = std::move(config);
  m.compiled_as = Value();
  m.trainer.reset();
}

std::string Model::explain_step(int repeats) const {
  const auto& t = model().trainer;
  return t && t->last_train_step ? t->last_train_step->explain(repeats) : "";
}

}  // namespace cornu
