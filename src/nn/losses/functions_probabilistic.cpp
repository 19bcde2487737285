// Formulas of cross-entropies and divergences.
#include <cornu/losses/loss.h>
#include <cornu/ops.h>

#include <cmath>

#include "nn/losses/functions.h"

namespace cornu::loss_functions {

Tensor smoothed(const Tensor& y, double smoothing, double n) {
  return smoothing == 0 ? y : y * (1 - smoothing) + smoothing / n;
}

Tensor normalized(const Tensor& p, int axis) {
  return ops::clip(p / ops::sum(p, {axis}, true), kEpsilon, 1 - kEpsilon);
}

Tensor binary_entropy(const Tensor& y, const Tensor& p) {
  const Tensor q = ops::clip(p, kEpsilon, 1 - kEpsilon);
  return -(y * ops::log(q) + (1.0 - y) * ops::log(1.0 - q));
}

Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred, const CrossentropyOptions& o) {
  auto [y, p] = matched(y_true, y_pred);
  y = smoothed(y, o.label_smoothing, 2);
  // From logits, log(sigmoid(p)) is -softplus(-p): exact where the sigmoid saturates.
  if (o.from_logits) return ops::mean(y * ops::softplus(-p) + (1.0 - y) * ops::softplus(p), {o.axis});
  return ops::mean(binary_entropy(y, p), {o.axis});
}

static Tensor log_probabilities(const Tensor& p, const CrossentropyOptions& o) {
  return o.from_logits ? ops::log_softmax(p, o.axis) : ops::log(normalized(p, o.axis));
}

Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, const CrossentropyOptions& o) {
  auto [y, p] = matched(y_true, y_pred);
  y = smoothed(y, o.label_smoothing, static_cast<double>(p.shape()[-1]));
  return -ops::sum(y * log_probabilities(p, o), {o.axis});
}

Tensor nan_unless_classes(const char* who, const Tensor& loss, const Tensor& y, int64_t classes) {
  if (classes < 0) return loss;
  if (!y.symbolic()) {
    const std::vector<double> labels = y.to_doubles();
    for (const double c : labels)
      if (c < 0 || c >= static_cast<double>(classes))
        throw ConfigError(who, text("labels must be class numbers from 0 to {}, got {}", classes - 1, c));
    if (!loss.symbolic()) return loss;
  }
  const Tensor c = ops::cast(y, loss.dtype());  // floats compare within the same pass over the batch as the loss
  const Tensor known = ops::logical_and(c >= 0.0, c < static_cast<double>(classes));
  return ops::where(known, loss, ops::like_scalar(std::nan(""), loss));
}

Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, const CrossentropyOptions& o,
                                       std::optional<int64_t> ignore_class) {
  if (o.axis != -1 && o.axis != y_pred.rank() - 1)
    throw ConfigError("SparseCategoricalCrossentropy", text("axis must be the last one, got {}", o.axis));
  Tensor y = ops::cast(y_true, DType::i32);
  if (y.rank() == y_pred.rank() && y.shape().dim(-1) == 1) y = ops::squeeze(y, -1);
  Tensor valid;
  if (ignore_class) {
    valid = ops::not_equal(y, ops::like_scalar(static_cast<double>(*ignore_class), y));
    y = ops::where(valid, y, ops::like_scalar(0, y));  // the class may lie outside the predictions, as -1
  }
  Tensor loss = -ops::squeeze(ops::take_along_last(log_probabilities(y_pred, o), ops::expand_dims(y, -1)), -1);
  loss = nan_unless_classes("SparseCategoricalCrossentropy", loss, y, y_pred.shape().dim(-1));
  return ignore_class ? ops::where(valid, loss, ops::like_scalar(0, loss)) : loss;
}

Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred) {
  auto [y, p] = matched(y_true, y_pred);
  y = ops::clip(y, kEpsilon, 1);
  p = ops::clip(p, kEpsilon, 1);
  return ops::sum(y * ops::log(y / p), {-1});
}

Tensor poisson(const Tensor& y_true, const Tensor& y_pred) {
  const auto [y, p] = matched(y_true, y_pred);
  return ops::mean(p - y * ops::log(p + kEpsilon), {-1});
}

}  // namespace cornu::loss_functions
