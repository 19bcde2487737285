// Core layers.
#pragma once
#include <cornu/layer.h>

namespace cornu {

struct InputConfig {
  Shape batch_shape;
  DType dtype = floatx();
  bool sparse = false, ragged = false;  ///< As Keras writes them; neither may be true.
  bool optional = false;                ///< Nothing may be given for it, which is what the layers then get.
  std::optional<Text> name{};
};
/// The shape of one sample, -1 for sizes that are not known; the first layer of a Sequential whose weights exist before
/// data is seen, or a symbolic tensor: `Tensor x = Input({3}); Tensor y = Dense(1)(x); Model m(x, y);`.
struct CORNU_API Input : Layer {
  explicit Input(const Shape& shape, DType dtype = floatx(), CallSite at = here());
  /// One for which nothing may be given, as `model({x, Tree<Tensor>()})`: that is what the layers called on it get.
  static Input optional(const Shape& shape, DType dtype = floatx(), CallSite at = here());
  /// The symbolic tensor that it gives, for functional models.
  operator Tensor() const;
};

struct DenseConfig {
  int64_t units = 0;  ///< Width of the output.
  Activation activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform", bias_initializer = "zeros";
  Regularizer kernel_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint kernel_constraint{}, bias_constraint{};
  Value quantization_config{};  ///< As Keras writes it; must be null.
  CORNU_LAYER_FIELDS;
};
/// Fully connected layer: activation(x . kernel + bias) over the last axis.
struct CORNU_API Dense : Layer {
  explicit Dense(int64_t units, DenseConfig config = {}, CallSite at = here());
};

struct MaskingConfig {
  double mask_value = 0;
  CORNU_LAYER_FIELDS;
};
/// Positions all of whose features are `mask_value` do not count in what follows, and become 0.
struct CORNU_API Masking : Layer {
  explicit Masking(MaskingConfig config = {}, CallSite at = here());
};

}  // namespace cornu
