// Nodes that hold code: loops and branches. Their bodies are graphs without variables.
#pragma once
#include "graph/op_def.h"

namespace cornu {

struct Graph;

/// Shared, since nodes are copied from pass to pass.
struct Body {
  std::shared_ptr<const Graph> graph;
};

/// A body that is run once for each element of sequences along their first axis.
/// Operands: carries, sequences, captured. Inputs of the body: carries, an element of each sequence, captured. Its
/// outputs: the next carries, then what is stacked to results. Results: the last carries, then those stacks.
struct ScanAttrs {
  Body body;
  int64_t carries = 0, sequences = 0;
  int64_t length = -1;  ///< Where there are no sequences.
  bool reverse = false;
  /// Until passes leave out what nothing reads, a scan gives every value of its body, for gradients: the trailing
  /// results are these values.
  std::vector<int64_t> saved;
};

/// A body that is run while a condition holds. Operands: carries, captured; both graphs have them as inputs.
struct WhileAttrs {
  Body condition, body;
  int64_t carries = 0;
  int64_t limit = -1;  ///< Of the number of runs; -1: none.
};

/// One of several bodies, of which a number decides: the first operand, brought to the nearest one there is. The others
/// are the inputs of every body.
struct SwitchAttrs {
  std::vector<Body> bodies;
};

/// A function's results, then its arguments: the results, whose gradient is what the function says itself.
struct CustomGradientAttrs {
  int64_t id = 0;  ///< Of the function, as text shows no more of it.
  int64_t results = 0;
  std::function<Tensors(const Tensors& upstream)> gradient = {};
};

Attrs scan_attrs(ScanAttrs a);
Attrs while_attrs(WhileAttrs a);
Attrs switch_attrs(SwitchAttrs a);
Attrs custom_gradient_attrs(CustomGradientAttrs a);

/// Adds every value that a body calculates to its outputs, and the carries that it gets, and says so in `a`.
void keep_values(Graph& body, ScanAttrs& a);
/// What a graph gives for inputs of these types, by its shape rules; with `all`, the type of every value.
Types types_of(const Graph& g, const std::vector<TypeShape>& inputs, bool all = false);
/// Records the nodes of a body in the present trace; returns the tensor that each of its values is there.
Tensors record_body(const Graph& body, const Tensors& inputs);
/// The same graph with other inputs: input i is the old one of number `order[i]`, or where that is none, a new one of
/// the type `types[i]`.
Graph with_inputs(const Graph& g, const std::vector<size_t>& order, const std::vector<TypeShape>& types);
constexpr size_t kNewInput = static_cast<size_t>(-1);

/// More tensors behind those that are there.
inline void append(Tensors& to, const Tensors& more) { to.insert(to.end(), more.begin(), more.end()); }

/// Gradients walk through bodies. Defined by autodiff/bodies.cpp.
Tensors gradient_of_scan(const GradCall& call);
Tensors gradient_of_switch(const GradCall& call);

void add_body_ops(OpRegistry& r);

}  // namespace cornu
