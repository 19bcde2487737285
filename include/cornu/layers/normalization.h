// Layers that bring activations to mean 0 and variance 1, or to length 1.
#pragma once
#include <cornu/layer.h>
#include <cornu/layers/one_or_more.h>

namespace cornu {

struct BatchNormalizationConfig {
  int64_t axis = -1;  ///< Of the features; statistics are taken over all others.
  double momentum = 0.99, epsilon = 1e-3;
  bool center = true, scale = true;
  Initializer beta_initializer = "zeros", gamma_initializer = "ones";
  Initializer moving_mean_initializer = "zeros", moving_variance_initializer = "ones";
  Regularizer beta_regularizer{}, gamma_regularizer{};
  Constraint beta_constraint{}, gamma_constraint{};
  bool renorm = false;  ///< As Keras writes these three; renorm must be false.
  Value renorm_clipping{};
  double renorm_momentum = 0.99;
  bool synchronized = false;  ///< Must be false.
  CORNU_LAYER_FIELDS;
};
/// gamma * (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance of the batch in training, and their
/// moving averages elsewhere. Not trainable means frozen: the moving averages are used, and kept, in training too.
struct CORNU_API BatchNormalization : Layer {
  explicit BatchNormalization(BatchNormalizationConfig config = {}, CallSite at = here());
};

struct LayerNormalizationConfig {
  AxisOrAxes axis = -1;
  double epsilon = 1e-3;
  bool center = true, scale = true;
  Initializer beta_initializer = "zeros", gamma_initializer = "ones";
  Regularizer beta_regularizer{}, gamma_regularizer{};
  Constraint beta_constraint{}, gamma_constraint{};
  bool rms_scaling = false;  ///< gamma * x / sqrt(variance + epsilon), as Keras still reads it.
  CORNU_LAYER_FIELDS;
};
/// The same within each sample, over `axis`.
struct CORNU_API LayerNormalization : Layer {
  explicit LayerNormalization(LayerNormalizationConfig config = {}, CallSite at = here());
};

struct GroupNormalizationConfig {
  int64_t groups = 32;  ///< Parts of the channels; -1: each channel by itself.
  int64_t axis = -1;    ///< Of the channels.
  double epsilon = 1e-3;
  bool center = true, scale = true;
  Initializer beta_initializer = "zeros", gamma_initializer = "ones";
  Regularizer beta_regularizer{}, gamma_regularizer{};
  Constraint beta_constraint{}, gamma_constraint{};
  CORNU_LAYER_FIELDS;
};
/// The same within each sample, over all places and one group of the channels.
struct CORNU_API GroupNormalization : Layer {
  explicit GroupNormalization(GroupNormalizationConfig config = {}, CallSite at = here());
};

struct RMSNormalizationConfig {
  AxisOrAxes axis = -1;
  double epsilon = 1e-6;
  CORNU_LAYER_FIELDS;
};
/// scale * x / sqrt(mean(x^2) + epsilon)
struct CORNU_API RMSNormalization : Layer {
  explicit RMSNormalization(RMSNormalizationConfig config = {}, CallSite at = here());
};

struct UnitNormalizationConfig {
  AxisOrAxes axis = -1;
  CORNU_LAYER_FIELDS;
};
/// x / |x|
struct CORNU_API UnitNormalization : Layer {
  explicit UnitNormalization(UnitNormalizationConfig config = {}, CallSite at = here());
};

struct SpectralNormalizationConfig {
  Handle<LayerImpl> layer{};     ///< The one whose kernel, or embeddings, it divides.
  int64_t power_iterations = 1;  ///< Of each training step.
  CORNU_LAYER_FIELDS;
};
/// Another layer, whose kernel is divided by its largest singular value at each training step.
struct CORNU_API SpectralNormalization : Layer {
  explicit SpectralNormalization(const Layer& layer, SpectralNormalizationConfig config = {}, CallSite at = here());
};

}  // namespace cornu
