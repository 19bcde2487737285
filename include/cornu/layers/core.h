// Core layers.
#pragma once
#include <cornu/layer.h>

namespace cornu {

struct InputConfig {
  Shape batch_shape;
  DType dtype = DType::f32;
  bool sparse = false, ragged = false, optional = false;  ///< As Keras writes them; none may be true.
  std::optional<std::string> name{};
};
/// The shape of one sample; the first layer of a model whose weights exist before data is seen.
struct CORNU_API Input : Layer {
  explicit Input(const Shape& shape, DType dtype = DType::f32, CallSite at = here());
};

struct DenseConfig {
  int64_t units = 0;  ///< Width of the output.
  Activation activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform", bias_initializer = "zeros";
  Regularizer kernel_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint kernel_constraint{}, bias_constraint{};
  CORNU_LAYER_FIELDS;
};
/// Fully connected layer: activation(x . kernel + bias) over the last axis.
struct CORNU_API Dense : Layer {
  explicit Dense(int64_t units, DenseConfig config = {}, CallSite at = here());
};

struct FlattenConfig {
  std::string data_format = "channels_last";
  CORNU_LAYER_FIELDS;
};
/// All axes but the first in one.
struct CORNU_API Flatten : Layer {
  explicit Flatten(FlattenConfig config = {}, CallSite at = here());
};

struct DropoutConfig {
  double rate = 0;
  std::optional<int64_t> seed{};
  std::optional<Shape> noise_shape{};
  CORNU_LAYER_FIELDS;
};
/// In training, sets a share `rate` of the inputs to 0 and scales the others by 1 / (1 - rate).
struct CORNU_API Dropout : Layer {
  explicit Dropout(double rate, DropoutConfig config = {}, CallSite at = here());
};

struct RescalingConfig {
  double scale = 1, offset = 0;
  CORNU_LAYER_FIELDS;
};
/// x * scale + offset.
struct CORNU_API Rescaling : Layer {
  explicit Rescaling(double scale, RescalingConfig config = {}, CallSite at = here());
};

}  // namespace cornu
