// Dense layers along any axes.
#pragma once
#include <cornu/layer.h>
#include <cornu/layers/one_or_more.h>

namespace cornu {

struct EinsumDenseConfig {
  Text equation = "";  ///< Of the input and the kernel, as "abc,cd->abd", with `...` on one side, if at all.
  OneOrMore<std::optional<int64_t>> output_shape = std::vector<std::optional<int64_t>>();  ///< Without the batch.
  Activation activation{};
  std::optional<Text> bias_axes{};  ///< The letters of the output that the bias has; none without it.
  Initializer kernel_initializer = "glorot_uniform", bias_initializer = "zeros";
  Regularizer kernel_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint kernel_constraint{}, bias_constraint{};
  Value quantization_config{};  ///< As Keras writes it; must be null.
  CORNU_LAYER_FIELDS;
};
/// activation(einsum(equation, x, kernel) + bias). Sizes that neither the input nor the equation's other letters give
/// are in `output_shape`, where those that are known otherwise may be nothing (std::nullopt).
struct CORNU_API EinsumDense : Layer {
  EinsumDense(Text equation, OneOrMore<std::optional<int64_t>> output_shape, EinsumDenseConfig config = {},
              CallSite at = here());
};

}  // namespace cornu
