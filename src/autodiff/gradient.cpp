// Reverse walk over the traced nodes.
#include "autodiff/gradient.h"

#include <cornu/ops.h>

#include "ops/emit.h"

namespace cornu {

/// Which values `wrt` reaches: only through those is there anything to compute.
static std::vector<bool> reached_from(const Graph& g, const std::vector<ValueId>& wrt) {
  std::vector<bool> reached(g.types.size());
  for (ValueId v : wrt) reached[v] = true;
  for (const Node& n : g.nodes) {
    bool any = false;
    for (size_t i = 0; i < n.in.size(); ++i) any |= reached[n.in[i]] && !(n.op->shape_only >> i & 1);
    if (any)
      for (uint32_t i = 0; i < n.n_out; ++i) reached[n.out(i)] = true;
  }
  return reached;
}

/// What is counted in steps has no slope.
static void must_be_floating(const char* what, const Tensor& t) {
  if (!is_floating(t.dtype()))
    throw DTypeError("gradients", text("{} must be of a floating type to have a gradient, got {}", what, t.dtype()));
}

std::vector<Tensor> gradients_found(const Tensor& loss, const std::vector<Tensor>& wrt) {
  Trace* trace = current_trace();
  if (!trace) throw TraceError("gradients", "must be called inside a traced function, as ops::grad does");
  if (loss.shape().elements() != 1)
    throw ShapeError("gradients", text("the loss must be a scalar, got shape {}", loss.shape()));
  must_be_floating("the loss", loss);
  std::vector<ValueId> targets;
  for (const Tensor& t : wrt) {
    must_be_floating("what it is taken with respect to", t);
    targets.push_back(trace->value_outside(t));
  }
  const ValueId root = trace->value_outside(loss);
  const std::vector<bool> reached = reached_from(trace->graph, targets);
  const size_t n_values = trace->graph.types.size();
  std::vector<Tensor> grad(n_values);
  grad[root] = Tensor::full(loss.shape(), 1, loss.dtype());

  for (size_t at = trace->graph.producers[root] + 1; at-- > 0;) {
    const Node n = trace->graph.nodes[at];  // a copy: emitting grows the vector
    bool wanted = false, given = false;
    for (ValueId v : n.in) wanted |= reached[v];
    for (uint32_t i = 0; i < n.n_out; ++i) given |= grad[n.out(i)].defined();
    if (!wanted || !given || !n.op->grad) continue;
    GradCall call{{}, {}, {}, n.attrs};
    for (ValueId v : n.in) call.in.push_back(trace->wrap(v));
    for (uint32_t i = 0; i < n.n_out; ++i) {
      call.out.push_back(trace->wrap(n.out(i)));
      call.dout.push_back(grad[n.out(i)]);
    }
    const std::vector<std::string> saved = std::exchange(trace->scope_path, {trace->graph.scopes[n.scope]});
    const Tensors din = n.op->grad(call);
    for (size_t i = 0; i < din.size(); ++i) {
      Tensor& sum = grad[n.in[i]];
      if (din[i].defined() && reached[n.in[i]]) sum = sum.defined() ? ops::add(sum, din[i]) : din[i];
    }
    trace->scope_path = saved;
  }
  std::vector<Tensor> out;
  for (const ValueId v : targets) out.push_back(grad[v]);
  return out;
}

std::vector<Tensor> gradients(const Tensor& loss, const std::vector<Tensor>& wrt) {
  std::vector<Tensor> out = gradients_found(loss, wrt);
  for (size_t i = 0; i < wrt.size(); ++i)
    if (!out[i].defined()) out[i] = ops::zeros_like(wrt[i]);
  return out;
}

}  // namespace cornu
