// Gradients by the chain rule, as more nodes of the graph that is being traced.
#pragma once
#include <cornu/tensor.h>

#include <functional>
#include <vector>

#include "graph/graph.h"

namespace cornu {

/// d loss / d wrt[i] for a scalar `loss` of the active trace; zeros where loss does not depend on wrt[i].
/// The result is differentiable again. DTypeError for a loss or a wrt[i] that is no floating number.
std::vector<Tensor> gradients(const Tensor& loss, const std::vector<Tensor>& wrt);
/// The same, undefined where loss does not depend on wrt[i] in a way that has a gradient.
std::vector<Tensor> gradients_found(const Tensor& loss, const std::vector<Tensor>& wrt);

/// Adds one more part of a gradient, if it is there, to those that were.
void add_gradient(Tensor& sum, const Tensor& part);
/// Which values of a graph `from` reaches: only through those is there anything to differentiate.
std::vector<bool> reached_from(const Graph& g, const std::vector<ValueId>& from);
/// From the gradients of values on back to those of the values that they were made of, for the first `nodes` nodes of
/// `g`. `value` gives what a value of `g` is in the present trace, where the gradients are recorded.
void walk_back(const Graph& g, size_t nodes, const std::vector<bool>& reached,
               const std::function<Tensor(ValueId)>& value, std::vector<Tensor>& gradient);

}  // namespace cornu
