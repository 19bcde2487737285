// What loops and branches share: their functions traced as bodies of one node.
#pragma once
#include <cornu/control_flow.h>

#include "ops/bodies.h"
#include "ops/emit.h"

namespace cornu::ops {

/// The trace in which loops and branches become nodes; null where operations run, so that those run themselves.
Trace* recording();

/// `f`, which gets tensors of these types, as the body of a node of the present trace.
template <class F>
TracedBody trace_body(const std::vector<TypeShape>& types, const F& f) {
  const std::vector<std::string> path = current_trace()->scope_path;
  Trace body(TraceMode::body);
  body.scope_path = path;
  Tensors in;
  for (const TypeShape& t : types) in.push_back(body.input(t.dtype, t.shape));
  return body.finish_body(f(in));
}

/// What several bodies of one node take from outside.
struct Captures {
  Tensors all;
  size_t add(const Tensor& t);
};

/// The number of a variable among those that a node assigns, or how many those are.
size_t number_of(const std::vector<std::shared_ptr<Cell>>& cells, const std::shared_ptr<Cell>& cell);

/// The inputs of a node's bodies: `own` of the body, the variables that the node assigns, `more` of the body, what is
/// captured.
struct InputOrder {
  size_t own, more;
  const std::vector<std::shared_ptr<Cell>>& cells;
  Captures& captures;
  /// Which of them each capture of the body is. To be called for all bodies before `apply`.
  std::vector<size_t> places(const TracedBody& b) const;
  Graph apply(const TracedBody& b, const std::vector<size_t>& places) const;
};

Tensors values_of(Trace& trace, const std::vector<std::shared_ptr<Cell>>& cells);
std::vector<TypeShape> types_of(const Tensors& all);
/// An error "{who}: {what} of one shape, got ... and ..." where two structures of tensors are not alike.
void check_alike(const char* who, const char* what, const Tree<Tensor>& one, const Tree<Tensor>& other);

}  // namespace cornu::ops
