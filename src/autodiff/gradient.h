// Gradients by the chain rule, as more nodes of the graph that is being traced.
#pragma once
#include <cornu/tensor.h>

#include <vector>

namespace cornu {

/// d loss / d wrt[i] for a scalar `loss` of the active trace; zeros where loss does not depend on wrt[i].
/// The result is differentiable again. DTypeError for a loss or a wrt[i] that is no floating number.
std::vector<Tensor> gradients(const Tensor& loss, const std::vector<Tensor>& wrt);
/// The same, undefined where loss does not depend on wrt[i] in a way that has a gradient.
std::vector<Tensor> gradients_found(const Tensor& loss, const std::vector<Tensor>& wrt);

}  // namespace cornu
