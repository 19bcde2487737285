// Reverse walk over the traced nodes.
#include "autodiff/gradient.h"

#include <cornu/ops.h>

#include "ops/emit.h"

namespace cornu {

std::vector<bool> reached_from(const Graph& g, const std::vector<ValueId>& from) {
  std::vector<bool> reached(g.types.size());
  for (ValueId v : from) reached[v] = true;
  for (const Node& n : g.nodes) {
    bool any = false;
    for (size_t i = 0; i < n.in.size(); ++i) any |= reached[n.in[i]] && !(n.op->shape_only >> i & 1);
    if (any)
      for (uint32_t i = 0; i < n.n_out; ++i) reached[n.out(i)] = true;
  }
  return reached;
}

void add_gradient(Tensor& sum, const Tensor& part) {
  if (part.defined()) sum = sum.defined() ? ops::add(sum, part) : part;
}

void walk_back(const Graph& g, size_t nodes, const std::vector<bool>& reached,
               const std::function<Tensor(ValueId)>& value, std::vector<Tensor>& gradient) {
  Trace* const trace = current_trace();
  for (size_t at = nodes; at-- > 0;) {
    const Node n = g.nodes[at];  // a copy: if `g` is what is being traced, emitting grows it
    bool wanted = false, given = false;
    for (ValueId v : n.in) wanted |= reached[v];
    for (uint32_t i = 0; i < n.n_out; ++i) given |= gradient[n.out(i)].defined();
    if (!wanted || !given || !n.op->grad) continue;
    GradCall call{{}, {}, {}, n.attrs};
    for (ValueId v : n.in) call.in.push_back(value(v));
    for (uint32_t i = 0; i < n.n_out; ++i) {
      call.out.push_back(value(n.out(i)));
      call.dout.push_back(gradient[n.out(i)]);
    }
    const std::vector<std::string> saved = std::exchange(trace->scope_path, {g.scopes[n.scope]});
    const Tensors din = n.op->grad(call);
    for (size_t i = 0; i < din.size(); ++i)
      if (reached[n.in[i]]) add_gradient(gradient[n.in[i]], din[i]);
    trace->scope_path = saved;
  }
}

/// What is counted in steps has no slope.
static void must_be_floating(const char* what, const Tensor& t) {
  if (!is_floating(t.dtype()))
    throw DTypeError("gradients", text("{} must be of a floating type to have a gradient, got {}", what, t.dtype()));
}

namespace {

/// A trace, and what is known of gradients of its values. Of a body, what it takes from outside leads on to the trace
/// around it: gradients are recorded in the innermost one, wherever their values were calculated.
struct Level {
  Trace* trace;
  std::vector<bool> reached;
  std::vector<Tensor> gradient;
};

struct Place {
  size_t level;
  ValueId value;
};

/// Where a tensor was calculated: not in a body that only takes it from outside.
Place origin(const std::vector<Level>& levels, Tensor t) {
  for (size_t i = 0; i < levels.size(); ++i) {
    Trace* const trace = levels[i].trace;
    if (!trace->has(t) && i + 1 < levels.size() && t.symbolic()) continue;
    const ValueId v = trace->value_of(t);
    const Tensor outside = trace->outside(v);
    if (!outside.defined()) return {i, v};
    t = outside;
  }
  return {levels.size() - 1, levels.back().trace->value_of(t)};
}

}  // namespace

std::vector<Tensor> gradients_found(const Tensor& loss, const std::vector<Tensor>& wrt) {
  Trace* trace = current_trace();
  if (!trace) throw TraceError("gradients", "must be called inside a traced function, as ops::grad does");
  if (loss.shape().elements() != 1)
    throw ShapeError("gradients", text("the loss must be a scalar, got shape {}", loss.shape()));
  must_be_floating("the loss", loss);
  std::vector<Level> levels;
  for (Trace* each = trace; each; each = each->around()) levels.push_back({each, {}, {}});
  std::vector<Place> targets;
  for (const Tensor& t : wrt) {
    must_be_floating("what it is taken with respect to", t);
    targets.push_back(origin(levels, t));
  }
  const Place root = origin(levels, loss);
  // What is taken from outside is reached if it is there.
  for (size_t i = levels.size(); i-- > 0;) {
    const Graph& g = levels[i].trace->graph;
    std::vector<ValueId> from;
    for (const Place& t : targets)
      if (t.level == i) from.push_back(t.value);
    for (const ValueId v : g.inputs)
      if (const Tensor outside = levels[i].trace->outside(v); outside.defined()) {
        const Place there = origin(levels, outside);
        const std::vector<bool>& reached = levels[there.level].reached;
        if (there.level > i && there.value < reached.size() && reached[there.value]) from.push_back(v);
      }
    levels[i].reached = reached_from(g, from);
    levels[i].gradient.resize(g.types.size());
  }
  levels[root.level].gradient[root.value] = Tensor::full(loss.shape(), 1, loss.dtype());
  for (size_t i = root.level; i < levels.size(); ++i) {
    Level& level = levels[i];
    if (level.gradient.empty()) continue;
    const ValueId last = i == root.level ? root.value : static_cast<ValueId>(level.gradient.size() - 1);
    const size_t nodes = level.trace->graph.producers[last] + 1;
    walk_back(
        level.trace->graph, nodes, level.reached, [&](ValueId v) { return level.trace->wrap(v); }, level.gradient);
    for (const ValueId v : std::vector<ValueId>(level.trace->graph.inputs)) {
      if (v >= level.gradient.size() || !level.gradient[v].defined()) continue;
      const Tensor outside = level.trace->outside(v);
      if (!outside.defined()) continue;
      const Place there = origin(levels, outside);
      if (there.value >= levels[there.level].gradient.size()) continue;  // a constant, noted just now
      add_gradient(levels[there.level].gradient[there.value], level.gradient[v]);
    }
  }
  std::vector<Tensor> out;
  for (const Place& t : targets) out.push_back(levels[t.level].gradient[t.value]);
  return out;
}

std::vector<Tensor> gradients(const Tensor& loss, const std::vector<Tensor>& wrt) {
  std::vector<Tensor> out = gradients_found(loss, wrt);
  for (size_t i = 0; i < wrt.size(); ++i)
    if (!out[i].defined()) out[i] = ops::zeros_like(wrt[i]);
  return out;
}

}  // namespace cornu
