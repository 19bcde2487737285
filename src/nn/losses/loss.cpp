// What all losses share: shapes, weights, reductions; and the registry.
#include <cornu/losses.h>
#include <cornu/ops.h>

#include "nn/losses/families.h"
#include "nn/registry.h"

namespace cornu {

void squeeze_or_expand_to_same_rank(Tensor& y_true, Tensor& y_pred) {
  const int t = y_true.rank(), p = y_pred.rank();
  if (t == p + 1 && y_true.shape()[-1] == 1)
    y_true = p == 1 ? y_true : ops::squeeze(y_true, -1), y_pred = p == 1 ? ops::expand_dims(y_pred, -1) : y_pred;
  else if (p == t + 1 && y_pred.shape()[-1] == 1)
    y_pred = t == 1 ? y_pred : ops::squeeze(y_pred, -1), y_true = t == 1 ? ops::expand_dims(y_true, -1) : y_true;
}

Tensor reduce_weighted_values(const Tensor& values, const Tensor& sample_weight, const std::string& reduction) {
  Tensor v = values, w;
  if (sample_weight.defined()) {
    w = ops::cast(sample_weight, v.dtype());
    while (w.rank() > v.rank() && w.shape()[-1] == 1) w = ops::squeeze(w, -1);
    while (w.rank() < v.rank()) w = ops::expand_dims(w, -1);
    v = v * w;
  }
  if (reduction == "none") return v;
  const Tensor total = ops::sum(v);
  if (reduction == "sum") return total;
  if (reduction == "mean_with_sample_weight" && w.defined()) {
    const Tensor weights = ops::sum(ops::broadcast_like(w, v));
    // 0 where all weights are 0
    return ops::where(ops::equal(weights, ops::like_scalar(0, weights)), ops::zeros_like(total), total / weights);
  }
  return total / ops::dim(v, {}, v.dtype());
}

Tensor LossImpl::operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) const {
  return reduce_weighted_values(call(y_true, y_pred), sample_weight, reduction());
}

namespace {

struct FunctionLoss final : LossImpl {
  Loss::Function f;
  std::string label;
  FunctionLoss(Loss::Function g, std::string n) : f(std::move(g)), label(std::move(n)) {}
  std::string class_name() const override { return "function"; }
  std::string name() const override { return label; }
  Value get_config() const override {
    throw ConfigError("loss",
                      text("the function '{}' cannot be saved; derive a class from LossImpl and register it", label));
  }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    Tensor t = y_true, p = y_pred;
    squeeze_or_expand_to_same_rank(t, p);
    return f(t, p);
  }
};

}  // namespace

Loss::Loss(Function f, const std::string& name) : Handle(std::make_shared<FunctionLoss>(std::move(f), name)) {}

template <>
Registry<LossImpl>& registry<LossImpl>() {
  static Registry<LossImpl>* r = [] {
    auto* made = new Registry<LossImpl>;
    add_probabilistic_losses(*made);
    return made;
  }();
  return *r;
}
template std::shared_ptr<LossImpl> make_configurable<LossImpl>(const Value&);
template Value serialize<LossImpl>(const LossImpl*);

}  // namespace cornu
