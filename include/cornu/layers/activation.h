// Layers that apply an activation, with or without weights.
#pragma once
#include <cornu/layer.h>
#include <cornu/layers/one_or_more.h>

namespace cornu {

struct ActivationLayerConfig {
  Activation activation = "linear";
  CORNU_LAYER_FIELDS;
};
/// Keras' layer "Activation": any activation as a layer.
struct CORNU_API ActivationLayer : Layer {
  explicit ActivationLayer(Activation activation, ActivationLayerConfig config = {}, CallSite at = here());
};

struct ReLUConfig {
  std::optional<double> max_value{};
  double negative_slope = 0, threshold = 0;
  CORNU_LAYER_FIELDS;
};
/// x from `threshold` up to `max_value`, and negative_slope * (x - threshold) below.
struct CORNU_API ReLU : Layer {
  explicit ReLU(ReLUConfig config = {}, CallSite at = here());
};

struct LeakyReLUConfig {
  double negative_slope = 0.3;
  CORNU_LAYER_FIELDS;
};
/// x, or negative_slope * x where x < 0.
struct CORNU_API LeakyReLU : Layer {
  explicit LeakyReLU(LeakyReLUConfig config = {}, CallSite at = here());
};

struct PReLUConfig {
  Initializer alpha_initializer = "zeros";
  Regularizer alpha_regularizer{};
  Constraint alpha_constraint{};
  std::optional<std::vector<int64_t>> shared_axes{};  ///< Along which one slope serves all; axis 0 is the batch.
  CORNU_LAYER_FIELDS;
};
/// x, or alpha * x where x < 0, with a learned slope for each input.
struct CORNU_API PReLU : Layer {
  explicit PReLU(PReLUConfig config = {}, CallSite at = here());
};

struct ELUConfig {
  double alpha = 1;
  CORNU_LAYER_FIELDS;
};
/// x, or alpha * (exp(x) - 1) where x < 0.
struct CORNU_API ELU : Layer {
  explicit ELU(ELUConfig config = {}, CallSite at = here());
};

struct SoftmaxConfig {
  AxisOrAxes axis = -1;
  CORNU_LAYER_FIELDS;
};
/// exp(x) / sum(exp(x)), over one axis or several.
struct CORNU_API Softmax : Layer {
  explicit Softmax(SoftmaxConfig config = {}, CallSite at = here());
};

}  // namespace cornu
