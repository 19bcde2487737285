// The formulas of losses, each giving one value for each sample: shared by losses and metrics.
#pragma once
#include <cornu/tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace cornu::loss_functions {

constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()

// Labels are cast to the type of the predictions and brought to their rank.
Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred);
Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred);
Tensor mean_absolute_percentage_error(const Tensor& y_true, const Tensor& y_pred);
Tensor mean_squared_logarithmic_error(const Tensor& y_true, const Tensor& y_pred);
Tensor log_cosh(const Tensor& y_true, const Tensor& y_pred);
Tensor huber(const Tensor& y_true, const Tensor& y_pred, double delta);
/// The cosine itself; the loss is its negative.
Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, int axis);
Tensor hinge(const Tensor& y_true, const Tensor& y_pred);
Tensor squared_hinge(const Tensor& y_true, const Tensor& y_pred);
Tensor categorical_hinge(const Tensor& y_true, const Tensor& y_pred);
Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred);
Tensor poisson(const Tensor& y_true, const Tensor& y_pred);

struct CrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0;
  int axis = -1;
};
Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred, const CrossentropyOptions& options);
Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, const CrossentropyOptions& options);
/// Labels of no class: an error where they can be seen, else NaN, so that they never count as another class.
Tensor nan_unless_classes(const char* who, const Tensor& loss, const Tensor& y, int64_t classes);
/// 0 where the label is `ignore_class`.
Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, const CrossentropyOptions& options,
                                       std::optional<int64_t> ignore_class);

/// Labels cast to the type of the predictions, both of one rank.
struct Pair {
  Tensor y, p;
};
Pair matched(const Tensor& y_true, const Tensor& y_pred);
/// Labels moved towards even odds over n classes.
Tensor smoothed(const Tensor& y, double smoothing, double n);
/// p divided by its sum over `axis`, kept off 0 and 1.
Tensor normalized(const Tensor& p, int axis);
/// -(y log p + (1 - y) log(1 - p)) for each element.
Tensor binary_entropy(const Tensor& y, const Tensor& p);

}  // namespace cornu::loss_functions
