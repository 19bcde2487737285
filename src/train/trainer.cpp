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

static std::string key_of(const Tree<TypeShape>& types) {
  std::string out;
  if (types.is_leaf()) return text("{}{}", types.leaf().dtype, types.leaf().shape);
  for (const auto& [name, part] : types.children()) out += text("{}:{} ", name, key_of(part));
  return "(" + out + ")";
}
std::string BatchSpec::key() const {
  return text("x {} y {} {} {} {}", key_of(x), key_of(y), key_of(weight), gathers, rows_in_all);
}

Trainer::RunningLoss::RunningLoss(const std::string& name, DType dtype)
    : tracker(metrics::Mean({.name = name, .dtype = dtype})),
      total(tracker->variables()[0]),
      count(tracker->variables()[1]) {
  total.set_path(name + "/total");
  count.set_path(name + "/count");
}
void Trainer::RunningLoss::add(const Tensor& value, const Tensor& rows) {
  accumulate(total, ops::cast(value, total.dtype()) * rows);
  accumulate(count, rows);
}
double Trainer::RunningLoss::mean() const {
  const double sum = total.cell()->value.item(), n = count.cell()->value.item();
  if (!(n > 0)) return 0;
  return total.dtype() == DType::f32 ? static_cast<double>(static_cast<float>(sum) / static_cast<float>(n)) : sum / n;
}

Trainer::Trainer(const CompileConfig& c, DType dtype)
    : optimizer(c.optimizer),
      loss(c.loss),
      loss_weights(c.loss_weights),
      metric_specs(c.metrics),
      weighted_specs(c.weighted_metrics),
      running_loss("loss", is_half(dtype) ? DType::f32 : dtype) {
  eager = c.run_eagerly;
  steps_per_execution = c.steps_per_execution;
}

/// Keras' rule for metrics of one name: "accuracy", "accuracy_1", and "weighted_accuracy" for the weighted one.
std::string Trainer::free_name(const std::string& prefix, const std::string& name, bool weighted) const {
  const auto taken = [&](const std::string& n) {
    return std::any_of(metrics.begin(), metrics.end(), [&](const Tracked& m) { return m.name == n; });
  };
  if (!taken(prefix + name)) return prefix + name;
  const std::string base = prefix + (weighted ? "weighted_" : "") + name;
  std::string free = base;
  for (int i = 1; taken(free); ++i) free = text("{}_{}", base, i);
  return free;
}

void Trainer::build_losses(const ModelImpl& model, const Tree<Tensor>& y_pred) {
  const Tree<char> structure = y_pred.map([](const Tensor&) { return ' '; });
  if (losses_built_for == structure) return;
  objectives = objectives_of(outputs_of(model, y_pred), loss, loss_weights);
  running_losses.clear();
  for (const Objective& one : objectives)
    if (!one.name.empty()) running_losses.emplace_back(one.name, running_loss.total.dtype());
  losses_built_for = structure;
}

void Trainer::build_metrics(const ModelImpl& model, const Tree<Tensor>& y_pred, const Tree<Tensor>& y_true) {
  if (metrics_built) return;
  const Outputs outputs = outputs_of(model, y_pred);
  const std::vector<MetricOf> specs = metrics_of(outputs, metric_specs, weighted_specs);
  const Tensors predicted = y_pred.leaves();
  Tensors targets(predicted.size());
  if (!specs.empty() && !y_true.is_none())
    targets = outputs.leaves_of("y", y_true, outputs_with_loss(outputs, objectives));
  for (const MetricOf& of : specs) {
    const Tensor &y = targets[of.output], &p = predicted[of.output];
    if (!y.defined())
      throw CallError(outputs.who,
                      objectives.empty() ? text("needs targets y for its metric '{}', got none",
                                                of.spec.metric() ? of.spec.metric()->name() : of.spec.name())
                                         : "needs targets y for its loss, got none",
                      {}, model.where);
    std::string loss_class;
    for (const Objective& one : objectives)
      if (one.of_one() && one.output == of.output) loss_class = one.loss->class_name();
    Metric m = of.spec.metric() ? of.spec.metric() : resolve_metric(of.spec.name(), y.shape(), p.shape(), loss_class);
    m->ensure_built(y.shape(), p.shape());
    metrics.push_back({m, of.weighted, free_name(of.prefix, m->name(), of.weighted), of.output, of.prefix});
  }
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

void Trainer::update_metrics(const ModelImpl& model, const std::pair<Tensor, Tensors>& losses,
                             const Tree<Tensor>& y_true, const Tree<Tensor>& y_pred, const Tree<Tensor>& weight) {
  const Tensors predicted = y_pred.leaves(), weights = weight.leaves();
  const Tensor n = ops::dim(predicted[0], {0}, running_loss.total.dtype());
  running_loss.add(losses.first, n);
  for (size_t i = 0; i < std::min(running_losses.size(), losses.second.size()); ++i)
    running_losses[i].add(losses.second[i], n);
  if (metrics.empty()) return;
  const Outputs outputs = outputs_of(model, y_pred);
  const Tensors targets = outputs.leaves_of("y", y_true, outputs_with_loss(outputs, objectives));
  for (const Tracked& m : metrics)
    m.metric->update_masked(targets.at(m.output), predicted.at(m.output),
                            m.weighted ? weight_of(weights, m.output) : Tensor());
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

std::pair<Tensor, Tensors> Trainer::total_loss(ModelImpl& model, const Tree<Tensor>& x, const Tree<Tensor>& y_true,
                                               const Tree<Tensor>& y_pred, const Tree<Tensor>& weight, bool training) {
  const ScopeName scope("loss");
  const std::string who = text("{} '{}'", model.class_name(), model.name);
  // It may ask for compiled_loss, which keeps the running means of the outputs.
  if (const Tensor own = model.own_loss(x, y_true, y_pred, weight, training); own.defined()) return {own, {}};
  build_losses(model, y_pred);
  Tensors penalties;
  model.collect_losses(penalties);
  if (objectives.empty() && penalties.empty())
    throw CallError(who, "was compiled without a loss; give compile one to train or evaluate", {}, model.where);
  auto losses = objective_values(model, y_true, y_pred, weight);
  for (const Tensor& p : penalties) losses.first = losses.first.defined() ? losses.first + p : p;
  return losses;
}

std::pair<Tensor, Tensors> Trainer::objective_values(ModelImpl& model, const Tree<Tensor>& y_true,
                                                     const Tree<Tensor>& y_pred, const Tree<Tensor>& weight) {
  std::pair<Tensor, Tensors> out;
  if (objectives.empty()) return out;  // what layers added is all there is to minimise
  if (y_true.is_none())
    throw CallError(text("{} '{}'", model.class_name(), model.name), "needs targets y for its loss, got none", {},
                    model.where);
  const Outputs outputs = outputs_of(model, y_pred);
  const Tensors targets = outputs.leaves_of("y", y_true, outputs_with_loss(outputs, objectives)),
                predicted = y_pred.leaves(), weights = weight.leaves();
  if (weights.size() > 1) outputs.leaves_of("sample_weight", weight);
  for (const Objective& one : objectives) {
    Tensor value;
    if (one.of_one()) {
      const Tensor &y = targets[one.output], &p = predicted[one.output];
      check_target_shape(model, *one.loss, y.shape(), p.shape());
      value = one.loss->operator()(y, p, weight_of(weights, one.output));
    } else {
      if (weights.size() > 1)
        throw CallError(outputs.who,
                        text("the loss '{}' of {} outputs takes one sample_weight for all, got {}", one.loss->name(),
                             one.count, weights.size()),
                        {}, model.where);
      const auto part = [&](const Tensors& all) {
        const auto from = all.begin() + static_cast<std::ptrdiff_t>(one.output);
        return one.structure.with_leaves(Tensors(from, from + static_cast<std::ptrdiff_t>(one.count)));
      };
      value = one.loss->of_structure(part(targets), part(predicted), weight_of(weights, 0));
    }
    if (value.rank() > 0) value = ops::mean(value);
    out.second.push_back(value);
    if (one.weight != 1) value = value * one.weight;
    out.first = out.first.defined() ? out.first + value : value;
  }
  return out;
}

Tensor Trainer::compiled_loss(ModelImpl& model, const Tree<Tensor>& y_true, const Tree<Tensor>& y_pred,
                              const Tree<Tensor>& weight) {
  build_losses(model, y_pred);
  const auto [total, each] = objective_values(model, y_true, y_pred, weight);
  if (running_losses.empty()) return total;
  const Tensor n = ops::dim(y_pred.leaves()[0], {0}, running_loss.total.dtype());
  for (size_t i = 0; i < each.size(); ++i) running_losses[i].add(each[i], n);
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

Trainer::Computed Trainer::compute(ModelImpl& model, StepKind kind, const Tree<Tensor>& x, const Tree<Tensor>& y_true,
                                   const Tree<Tensor>& weight) {
  Computed out;
  if (kind != StepKind::predict)
    if (const auto own = model.own_step(kind, x, y_true, weight)) {
      for (const auto& [name, value] : *own) {
        out.outputs.push_back(value);
        out.own_logs.push_back(name);
      }
      return out;
    }
  const Tree<Tensor> y_pred = model.apply(x, CallOptions{kind == StepKind::train});
  if (y_pred.leaf_count() == 0)
    throw CallError(text("{} '{}'", model.class_name(), model.name), "its call gives no tensor", {}, model.where);
  if (kind == StepKind::predict) {
    out.prediction = y_pred;
    out.outputs = y_pred.leaves();
    return out;
  }
  const auto losses = total_loss(model, x, y_true, y_pred, weight, kind == StepKind::train);
  build_metrics(model, y_pred, y_true);
  const std::vector<Weight> weights = model.trainable_params();
  if (kind == StepKind::train) {
    traced_for_ = variables_of(weights);
    optimizer_revision_ = optimizer->revision();
  }
  if (kind == StepKind::train && !weights.empty()) {
    std::vector<Tensor> params;
    for (const Weight& w : weights) params.push_back(w.variable.value());
    move_optimizer(model);
    const std::vector<Tensor> grads = loss_gradients(model, losses.first, params);
    const ScopeName scope("optimizer");
    optimizer->apply(optimizer->spread(grads));
  }
  const ScopeName scope("metrics");
  update_metrics(model, losses, y_true, y_pred, weight);
  out.outputs = {losses.first};
  return out;
}

Trainer::Traced Trainer::trace(ModelImpl& model, StepKind kind, const BatchSpec& spec, int64_t rows) {
  build_optimizer(model, kind);
  Computed made;
  Recording recording = record(rows, [&](Trace& trace, int64_t n) {
    Tensor index;
    if (spec.gathers) index = trace.input(DType::i32, {n});
    const auto input = [&](const TypeShape& t) {
      const Tensor all = trace.input(t.dtype, Shape{spec.gathers && n >= 0 ? spec.rows_in_all : n}.append(t.shape));
      return spec.gathers ? ops::take(all, index) : all;
    };
    const Tree<Tensor> x = spec.x.map(input), y_true = spec.y.map(input), weight = spec.weight.map(input);
    made = compute(model, kind, x, y_true, weight);
    return made.outputs;
  });
  return {std::move(recording.graph), recording.fixed, std::move(made.own_logs), numbered(made.prediction)};
}

Tree<Tensor> Trainer::run_eagerly(ModelImpl& model, StepKind kind, const BatchSpec& spec, const Tensors& inputs) {
  build_optimizer(model, kind);
  size_t at = 0;
  const Tensor index = spec.gathers ? inputs[at++] : Tensor();
  const auto input = [&](const TypeShape&) {
    const Tensor& all = inputs[at++];
    return spec.gathers ? ops::take(all, index) : all;
  };
  const Tree<Tensor> x = spec.x.map(input), y_true = spec.y.map(input), weight = spec.weight.map(input);
  const Trace trace(TraceMode::record_and_run);
  const Computed made = compute(model, kind, x, y_true, weight);
  if (kind == StepKind::predict) return made.prediction;
  eager_logs_.reset();
  own_step_ = nullptr;
  if (!made.own_logs.empty()) eager_logs_.emplace();
  for (size_t i = 0; i < made.own_logs.size(); ++i) {
    const Tensor& value = made.outputs[i];
    eager_logs_->set(made.own_logs[i]) = value.size() == 1 ? value.item() : ops::mean(value).item();
  }
  return {};
}

void Trainer::reset_metrics(ModelImpl& model) {
  if (model.reset_own_metrics()) return;
  put_back_ = nullptr;
  running_loss.tracker->reset();
  for (RunningLoss& one : running_losses) one.tracker->reset();
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
          result_names_.push_back(name.empty() ? m.name : m.prefix + name);
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
  out.set("loss") = running_loss.mean();
  for (size_t i = 0; i < running_losses.size(); ++i) out.set(objectives[i].name) = running_losses[i].mean();
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

}  // namespace cornu
