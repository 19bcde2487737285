// What all losses share: shapes, weights, reductions; and the registry.
#include <cornu/losses/loss.h>
#include <cornu/ops.h>

#include "nn/losses/families.h"
#include "nn/losses/reduced.h"
#include "nn/registry.h"

namespace cornu {

void squeeze_or_expand_to_same_rank(Tensor& y_true, Tensor& y_pred) {
  const int t = y_true.rank(), p = y_pred.rank();
  if (t == p + 1 && y_true.shape().dim(-1) == 1)
    y_true = p == 1 ? y_true : ops::squeeze(y_true, -1), y_pred = p == 1 ? ops::expand_dims(y_pred, -1) : y_pred;
  else if (p == t + 1 && y_pred.shape().dim(-1) == 1)
    y_pred = t == 1 ? y_pred : ops::squeeze(y_pred, -1), y_true = t == 1 ? ops::expand_dims(y_true, -1) : y_true;
}

void check_reduction(const char* who, const std::string& reduction) {
  for (const char* known : {"sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"})
    if (reduction == known) return;
  throw ConfigError(
      who,
      text("Invalid value for argument `reduction`: it must be sum_over_batch_size, sum, mean, mean_with_sample_weight "
           "or none, got '{}'",
           reduction));
}

Tensor weighed(const Tensor& v, const Tensor& w) {
  return ops::where(ops::not_equal(w, ops::like_scalar(0, w)), v * w, ops::like_scalar(0, v));
}

Tensor reduce_weighted_values(const Tensor& values, const Tensor& sample_weight, const std::string& reduction) {
  Tensor v = values, w;
  if (sample_weight.defined()) {
    w = ops::cast(sample_weight, v.dtype());
    squeeze_or_expand_to_same_rank(v, w);
    while (w.rank() < v.rank()) w = ops::expand_dims(w, -1);  // one weight for a sample of many values
    v = weighed(v, w);
  }
  if (reduction == "none") return v;
  const Tensor total = ops::sum(v);
  if (reduction == "sum") return total;
  if (reduction == "mean_with_sample_weight" && w.defined()) {
    const Tensor weights = ops::sum(w), zero = ops::equal(weights, ops::like_scalar(0, weights));
    return ops::where(zero, ops::like_scalar(0, total),
                      total / ops::where(zero, ops::like_scalar(1, weights), weights));
  }
  return total / ops::dim(v, {}, v.dtype());
}

Tensor apply_mask(const Tensor& sample_weight, const Tensor& mask, const std::string& reduction, DType dtype) {
  Tensor m = ops::cast(mask, dtype);
  if (reduction == "mean" || reduction == "sum_over_batch_size") {
    const Tensor valid = ops::sum(m), none = ops::equal(valid, ops::like_scalar(0, valid));
    const Tensor scale = ops::dim(m, {}, dtype) / ops::where(none, ops::like_scalar(1, valid), valid);
    m = m * ops::where(none, ops::like_scalar(0, scale), scale);
  }
  if (!sample_weight.defined()) return m;
  Tensor w = ops::cast(sample_weight, dtype);
  squeeze_or_expand_to_same_rank(m, w);
  while (w.rank() < m.rank()) w = ops::expand_dims(w, -1);
  return w * m;
}

Tensor LossImpl::valid(const Tensor&, const Tensor&) const { return {}; }

/// Where the weight of the leading axes is not 0, seen beside x. Undefined if it has more axes.
static Tensor counting(const Tensor& x, Tensor weights) {
  while (weights.rank() > x.rank() && weights.shape().dim(-1) == 1) weights = ops::squeeze(weights, -1);
  if (weights.rank() > x.rank()) return {};
  Tensor counts = ops::not_equal(weights, ops::like_scalar(0, weights));
  while (counts.rank() < x.rank()) counts = ops::expand_dims(counts, -1);
  return counts;
}

Tensor zero_where_ignored(const Tensor& x, const Tensor& weights) {
  const Tensor counts = counting(x, weights);
  return counts.defined() ? ops::where(counts, x, ops::like_scalar(0, x)) : x;
}

/// x without what is not finite where nothing counts, so that the gradient of a loss has no 0 * NaN there either.
static Tensor finite_where_ignored(const Tensor& x, const Tensor& weights) {
  const Tensor counts = is_floating(x.dtype()) ? counting(x, weights) : Tensor();
  if (!counts.defined()) return x;
  return ops::where(ops::logical_or(counts, ops::isfinite(x)), x, ops::like_scalar(0, x));
}

Tensor LossImpl::own_value(const Tensor&, const Tensor&, const Tensor&) const { return {}; }
Tensor LossImpl::operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                            const Tensor& mask) const {
  const Tensor own = own_value(y_true, y_pred, sample_weight);
  return own.defined() ? own : reduced(y_true, y_pred, sample_weight, mask);
}

Tensor LossImpl::reduced(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                         const Tensor& given_mask) const {
  const Tensor mask = given_mask.defined() ? given_mask : y_pred.mask();
  // Halves have too few digits for what is added up here, and their range ends at what a square soon exceeds.
  const auto wide = [&](const Tensor& given) {
    const Tensor x = dtype && is_floating(given.dtype()) ? ops::cast(given, *dtype) : given;
    return is_half(x.dtype()) ? ops::cast(x, DType::f32) : x;
  };
  Tensor y = wide(y_true), p = wide(y_pred);
  for (const Tensor* w : {&sample_weight, &mask})
    if (w->defined() && w->rank() > 0) {
      // Where nothing counts a class number may be of no class, and a label has no say in what the others mean.
      const bool any = targets() == Targets::class_numbers || targets() == Targets::signs;
      y = any ? zero_where_ignored(y, *w) : finite_where_ignored(y, *w);
      p = finite_where_ignored(p, *w);
    }
  const Tensor values = call(y, p), counted = valid(y, values);
  const Tensor m = mask.defined() && counted.defined() ? ops::logical_and(mask, counted)
                   : mask.defined()                    ? mask
                                                       : counted;
  const Tensor w = m.defined() ? apply_mask(sample_weight, m, reduction(), values.dtype()) : sample_weight;
  const Tensor loss = reduce_weighted_values(values, w, reduction());
  return dtype ? ops::cast(loss, *dtype) : loss;
}

Tensor LossImpl::call_structure(const Tree<Tensor>&, const Tree<Tensor>& y_pred) const {
  throw CallError(text("loss '{}'", name()), text("is of one output, got {}", to_string(y_pred.kind(), y_pred.size())));
}
Tensor LossImpl::of_structure(const Tree<Tensor>& y_true, const Tree<Tensor>& y_pred,
                              const Tensor& sample_weight) const {
  return reduce_weighted_values(call_structure(y_true, y_pred), sample_weight, reduction());
}

namespace {

struct FunctionLoss final : LossImpl {
  Loss::Function f;
  std::string label;
  FunctionLoss(Loss::Function g, std::string n) : f(std::move(g)), label(std::move(n)) {}
  std::string class_name() const override { return "function"; }
  std::string name() const override { return label; }
  Value get_config() const override { return Value(label); }  // as Keras: a name that loading has to know
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    Tensor t = y_true, p = y_pred;
    squeeze_or_expand_to_same_rank(t, p);
    return f(t, p);
  }
};

}  // namespace

Loss::Loss(Function f, const Text& name) {
  if (!f) throw ConfigError("loss", text("the function '{}' is empty", name));
  impl_ = std::make_shared<FunctionLoss>(std::move(f), name);
}

template <>
Registry<LossImpl>& registry<LossImpl>() {
  static Registry<LossImpl>* r = [] {
    auto* made = new Registry<LossImpl>;
    add_probabilistic_losses(*made);
    add_focal_losses(*made);
    add_regression_losses(*made);
    add_similarity_losses(*made);
    add_ctc_loss(*made);
    add_losses_by_shape(*made);
    return made;
  }();
  return *r;
}
template std::shared_ptr<LossImpl> make_configurable<LossImpl>(const Value&);
template Value serialize<LossImpl>(const LossImpl*);

}  // namespace cornu
