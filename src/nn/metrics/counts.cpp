// Counts of right and wrong decisions at several thresholds.
#include "nn/metrics/counts.h"

#include <cornu/losses/loss.h>
#include <cornu/ops.h>

#include <cmath>

#include "ops/emit.h"

namespace cornu {
namespace {

constexpr double kNever = -1e10;  // below every threshold

/// Predictions that are not among the k largest of their row become kNever; of equal ones the first are taken.
Tensor only_top_k(const Tensor& p, int64_t k) {
  const int64_t n = p.shape().dim(-1);
  if (k >= n) return p;
  const Tensor last = ops::slice(ops::sort(p), -1, n - k, n - k + 1);
  const Tensor above = p > last, tie = ops::cast(ops::equal(p, last), p.dtype());
  const Tensor left = static_cast<double>(k) - ops::sum(ops::cast(above, p.dtype()), {-1}, true);
  const Tensor in = ops::logical_or(above, ops::logical_and(tie > 0.0, ops::cumsum(tie, -1) <= left));
  return ops::where(in, p, ops::like_scalar(kNever, p));
}

/// Weights of positive and of negative labels, 0 for the others, and the predictions. All (n) or, by label, (n,
/// labels).
struct Batch {
  Tensor positive, negative, p;
};

Batch prepared(const CountOptions& o, const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
               DType t) {
  Tensor y = ops::cast(y_true, t), p = ops::cast(y_pred, t), w;
  squeeze_or_expand_to_same_rank(p, y);
  if (o.top_k) p = only_top_k(p, *o.top_k);
  if (o.class_id) {
    if (p.rank() < 2)
      throw ShapeError("class_id", text("When class_id is provided, y_pred must be a 2D array with shape (num_samples, "
                                        "num_classes), found shape: {}",
                                        p.shape()));
    p = ops::slice(p, -1, *o.class_id, *o.class_id + 1);
    y = ops::slice(y, -1, *o.class_id, *o.class_id + 1);
  }
  if (sample_weight.defined()) {
    w = ops::cast(sample_weight, t);
    if (w.rank() > p.rank()) w = ops::squeeze(w, -1);
    while (w.rank() < p.rank()) w = ops::expand_dims(w, -1);
  }
  if (!o.label_weights.empty()) {
    const Tensor by_label = Tensor({1, static_cast<int64_t>(o.label_weights.size())}, o.label_weights).to(t);
    w = w.defined() ? w * by_label : by_label;
  }
  const Tensor is_positive = ops::cast(ops::cast(y, DType::boolean), t);
  Batch b{is_positive, 1.0 - is_positive, p};
  if (w.defined()) b.positive = b.positive * w, b.negative = b.negative * w;
  if (!o.by_label)
    for (Tensor* x : {&b.positive, &b.negative, &b.p}) *x = ops::reshape(*x, {-1});
  return b;
}

/// Each prediction falls between two thresholds; cumulative sums over the buckets between give all counts.
void count_in_buckets(CountVariables& into, const CountOptions& o, const Batch& b) {
  const int64_t n = static_cast<int64_t>(o.thresholds.size());
  const DType t = b.p.dtype();
  // Number of thresholds that lie below: at 0 none but the one that lies below 0 itself.
  Tensor below = ops::ceil(ops::clip(b.p, 0, 1) * static_cast<double>(n - 1));
  if (o.thresholds.front() < 0) below = ops::maximum(below, ops::like_scalar(1, below));
  const int64_t labels = o.by_label ? b.p.shape()[-1] : 1;
  Tensor bucket = static_cast<double>(n) - below;  // the highest first, so that sums run downwards
  if (o.by_label) {
    std::vector<double> number;
    for (int64_t i = 0; i < labels; ++i) number.push_back(static_cast<double>(i));
    bucket = bucket * static_cast<double>(labels) + Tensor({1, labels}, number).to(t);
  }
  const Tensor place = ops::reshape(ops::cast(bucket, DType::i32), {-1});
  std::vector<int32_t> downwards;
  for (int64_t i = n; i-- > 0;) downwards.push_back(static_cast<int32_t>(i));
  const Tensor order({n}, downwards), empty({(n + 1) * labels}, t);
  const auto above = [&](const Tensor& weights) {
    Tensor in = emit(op_row("take_grad"), {ops::reshape(weights, {-1}), place, empty});
    if (o.by_label) in = ops::reshape(in, {n + 1, labels});
    return ops::take(ops::cumsum(in, 0), order);
  };
  const ops::Axes axes = o.by_label ? ops::Axes{0} : ops::Axes{};
  if (into.tp.defined() || into.fn.defined()) {
    const Tensor tp = above(b.positive);
    if (into.tp.defined()) accumulate(into.tp, tp);
    if (into.fn.defined()) accumulate(into.fn, ops::sum(b.positive, axes) - tp);
  }
  if (into.fp.defined() || into.tn.defined()) {
    const Tensor fp = above(b.negative);
    if (into.fp.defined()) accumulate(into.fp, fp);
    if (into.tn.defined()) accumulate(into.tn, ops::sum(b.negative, axes) - fp);
  }
}

/// Every prediction is compared with every threshold.
void count_by_comparison(CountVariables& into, const CountOptions& o, const Batch& b) {
  const int64_t n = static_cast<int64_t>(o.thresholds.size());
  const DType t = b.p.dtype();
  const bool one = n == 1 && !o.by_label;  // then full sums, which run with the comparison in one pass
  const Tensor thresholds = Tensor(o.by_label ? Shape{n, 1, 1} : Shape{n, 1}, o.thresholds).to(t);
  const Tensor p = one ? b.p : ops::expand_dims(b.p, 0);
  const Tensor above = ops::cast(one ? p > o.thresholds[0] : p > thresholds, t);
  const auto count = [&](Variable& v, const Tensor& weights, const Tensor& decision) {
    if (!v.defined()) return;
    if (one) return accumulate(v, ops::reshape(ops::sum(weights * decision), {1}));
    accumulate(v, ops::sum(ops::expand_dims(weights, 0) * decision, {1}));
  };
  count(into.tp, b.positive, above);
  count(into.fp, b.negative, above);
  count(into.tn, b.negative, 1.0 - above);
  count(into.fn, b.positive, 1.0 - above);
}

}  // namespace

bool evenly_spread(const std::vector<double>& thresholds) {
  const size_t n = thresholds.size();
  if (n < 3) return false;
  for (size_t i = 0; i < n; ++i) {
    const double even = static_cast<double>(i) / static_cast<double>(n - 1);
    if (std::abs(thresholds[i] - even) > 1e-7 + 1e-5 * even) return false;
  }
  return true;
}

void count_decisions(CountVariables& into, const CountOptions& options, const Tensor& y_true, const Tensor& y_pred,
                     const Tensor& sample_weight) {
  DType t = DType::f32;
  for (const Variable* v : {&into.tp, &into.fp, &into.tn, &into.fn})
    if (v->defined()) t = v->dtype();
  const Batch b = prepared(options, y_true, y_pred, sample_weight, t);
  (options.even ? count_in_buckets : count_by_comparison)(into, options, b);
}

}  // namespace cornu
