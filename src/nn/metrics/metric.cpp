// What all metrics share: accumulators, the compiled update, and the registry.
#include <cornu/losses/loss.h>
#include <cornu/metrics/metric.h>
#include <cornu/ops.h>

#include "nn/metrics/families.h"
#include "nn/metrics/mean.h"
#include "nn/registry.h"

namespace cornu {

void MetricImpl::build(const Shape&, const Shape&) {}

void MetricImpl::ensure_built(const Shape& y_true, const Shape& y_pred) {
  if (built_) return;
  build(y_true, y_pred);
  for (Variable& v : variables_) v.set_path(name() + "/" + v.name());
  built_ = true;
}

MetricImpl::Results MetricImpl::results() const { return {{"", result()}}; }

void MetricImpl::reset() {
  for (size_t i = 0; i < variables_.size(); ++i)
    variables_[i].assign(Tensor::full(variables_[i].shape(), starts_[i], variables_[i].dtype()));
}

Variable MetricImpl::add_variable(const Text& name, const Shape& shape, double start, DType dtype) {
  variables_.emplace_back(Tensor::full(shape, start, dtype), name, false);
  starts_.push_back(start);
  return variables_.back();
}

struct MetricImpl::Updaters {
  ops::Function by_arguments[4];
};

/// Halves as float32, in which metrics compare and add up.
static Tensor wide(const Tensor& x) { return x.defined() && is_half(x.dtype()) ? ops::cast(x, DType::f32) : x; }

void MetricImpl::update_masked(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  const Tensor mask = takes_weights() ? y_pred.mask() : Tensor();
  if (!mask.defined()) return update(wide(y_true), wide(y_pred), sample_weight);
  update(wide(y_true), wide(y_pred.with_mask({})), apply_mask(sample_weight, mask, "sum"));
}

void MetricImpl::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& given_weight) {
  const Tensor& t = y_pred.defined() ? y_true : y_pred;
  const Tensor& p = y_pred.defined() ? y_pred : y_true;
  if (!p.defined()) throw CallError(class_name(), "update_state needs values, got none");
  ensure_built(t.defined() ? t.shape() : Shape(), p.shape());
  // Compiled functions take arrays without masks.
  const bool masked = p.mask().defined() && takes_weights();
  const Tensor sample_weight = masked ? apply_mask(given_weight, p.mask(), "sum") : given_weight;
  const bool has_true = t.defined(), has_weight = sample_weight.defined();
  if (!updaters_) updaters_ = std::make_shared<Updaters>();
  ops::Function& updater = updaters_->by_arguments[has_true + 2 * has_weight];
  if (!updater)
    updater = ops::jit([this, has_true, has_weight](const std::vector<Tensor>& in) -> std::vector<Tensor> {
      update(has_true ? wide(in[1]) : Tensor(), wide(in[0]), has_weight ? in.back() : Tensor());
      return {};
    });
  std::vector<Tensor> in{p};
  if (has_true) in.push_back(t);
  if (has_weight) in.push_back(sample_weight);
  updater(in);
}

std::string snake_case(std::string_view name) {
  const auto upper = [&](size_t i) { return i < name.size() && name[i] >= 'A' && name[i] <= 'Z'; };
  const auto lower = [&](size_t i) { return i < name.size() && name[i] >= 'a' && name[i] <= 'z'; };
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    if (i > 0 && upper(i) && (lower(i + 1) || lower(i - 1))) out += '_';
    out += upper(i) ? static_cast<char>(name[i] - 'A' + 'a') : name[i];
  }
  return out;
}

namespace {

struct FunctionMetric final : MeanImpl {
  Metric::Function f;
  std::string label;
  FunctionMetric(Metric::Function g, std::string n) : f(std::move(g)), label(std::move(n)) { start(DType::f32); }
  std::string class_name() const override { return "function"; }
  std::string name() const override { return label; }
  Value get_config() const override { return Value(label); }  // as Keras: a name that loading has to know
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    Tensor t = y_true, p = y_pred;
    squeeze_or_expand_to_same_rank(t, p);
    return f(t, p);
  }
};

}  // namespace

Metric::Metric(Function f, const Text& name) {
  if (!f) throw ConfigError("metric", text("the function '{}' is empty", name));
  impl_ = std::make_shared<FunctionMetric>(std::move(f), name);
}

template <>
Registry<MetricImpl>& registry<MetricImpl>() {
  static Registry<MetricImpl>* r = [] {
    auto* made = new Registry<MetricImpl>;
    add_mean_metrics(*made);
    add_accuracy_metrics(*made);
    add_regression_metrics(*made);
    add_correlation_metrics(*made);
    add_probabilistic_metrics(*made);
    add_confusion_metrics(*made);
    add_curve_metrics(*made);
    add_f_score_metrics(*made);
    add_iou_metrics(*made);
    return made;
  }();
  return *r;
}
template std::shared_ptr<MetricImpl> make_configurable<MetricImpl>(const Value&);
template Value serialize<MetricImpl>(const MetricImpl*);

}  // namespace cornu
