// Formulas of regression, hinge and similarity losses.
#include <cornu/losses/loss.h>
#include <cornu/ops.h>

#include <cmath>

#include "nn/losses/functions.h"

namespace cornu::loss_functions {

Pair matched(const Tensor& y_true, const Tensor& y_pred) {
  Pair m{ops::cast(y_true, y_pred.dtype()), y_pred};
  squeeze_or_expand_to_same_rank(m.y, m.p);
  return m;
}

Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred) {
  const auto [y, p] = matched(y_true, y_pred);
  return ops::mean(ops::square(y - p), {-1});
}

Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred) {
  const auto [y, p] = matched(y_true, y_pred);
  return ops::mean(ops::abs(y - p), {-1});
}

Tensor mean_absolute_percentage_error(const Tensor& y_true, const Tensor& y_pred) {
  const auto [y, p] = matched(y_true, y_pred);
  const Tensor size = ops::maximum(ops::abs(y), ops::like_scalar(kEpsilon, y));
  return 100.0 * ops::mean(ops::abs((y - p) / size), {-1});
}

Tensor mean_squared_logarithmic_error(const Tensor& y_true, const Tensor& y_pred) {
  const auto [y, p] = matched(y_true, y_pred);
  const auto log_of = [](const Tensor& x) { return ops::log(ops::maximum(x, ops::like_scalar(kEpsilon, x)) + 1.0); };
  return ops::mean(ops::square(log_of(p) - log_of(y)), {-1});
}

Tensor log_cosh(const Tensor& y_true, const Tensor& y_pred) {
  const auto [y, p] = matched(y_true, y_pred);
  const Tensor x = p - y;
  return ops::mean(x + ops::softplus(x * -2.0) - std::log(2.0), {-1});  // cosh itself would overflow
}

Tensor huber(const Tensor& y_true, const Tensor& y_pred, double delta) {
  const auto [y, p] = matched(y_true, y_pred);
  const Tensor error = p - y, size = ops::abs(error);
  return ops::mean(ops::where(size <= delta, 0.5 * ops::square(error), delta * size - 0.5 * delta * delta), {-1});
}

Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, int axis) {
  const auto [y, p] = matched(y_true, y_pred);
  // The scale of a zero vector is cut off at 1 / epsilon, so that it gives 0.
  const auto unit = [axis](const Tensor& x) {
    const Tensor scale = ops::rsqrt(ops::sum(ops::square(x), {axis}, true));
    return x * ops::minimum(scale, ops::like_scalar(1 / kEpsilon, scale));
  };
  return ops::sum(unit(y) * unit(p), {axis});
}

/// Labels 0 and 1 as -1 and 1; other labels, if there is any, as they are.
static Tensor hinge_labels(const Tensor& y) {
  const Tensor zero = ops::equal(y, ops::like_scalar(0, y)), one = ops::equal(y, ops::like_scalar(1, y));
  return ops::where(ops::all(ops::logical_or(zero, one)), 2.0 * y - 1.0, y);
}
static Tensor hinge_values(const Tensor& y_true, const Tensor& y_pred) {
  const auto [y, p] = matched(y_true, y_pred);
  const Tensor margin = 1.0 - hinge_labels(y) * p;
  return ops::maximum(margin, ops::like_scalar(0, margin));
}
Tensor hinge(const Tensor& y_true, const Tensor& y_pred) { return ops::mean(hinge_values(y_true, y_pred), {-1}); }
Tensor squared_hinge(const Tensor& y_true, const Tensor& y_pred) {
  return ops::mean(ops::square(hinge_values(y_true, y_pred)), {-1});
}
Tensor categorical_hinge(const Tensor& y_true, const Tensor& y_pred) {
  const auto [y, p] = matched(y_true, y_pred);
  const Tensor margin = ops::max((1.0 - y) * p, {-1}) - ops::sum(y * p, {-1}) + 1.0;
  return ops::maximum(margin, ops::like_scalar(0, margin));
}

}  // namespace cornu::loss_functions
