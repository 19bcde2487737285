// Gradients by the chain rule, as more nodes of the graph that is being traced.
#pragma once
#include <cornu/tensor.h>

#include <vector>

namespace cornu {

/// d loss / d wrt[i] for a scalar `loss` of the active trace; zeros where loss does not depend on wrt[i].
/// The result is differentiable again.
std::vector<Tensor> gradients(const Tensor& loss, const std::vector<Tensor>& wrt);

}  // namespace cornu
