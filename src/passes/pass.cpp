// Replaying a graph through a trace.
#include "passes/pass.h"

namespace cornu {

Tensor Rewriter::constant(size_t i) const {
  const Node& n = producer(i);
  return n.is("constant") ? trace.graph.constants[static_cast<size_t>(state_index(n))] : Tensor();
}

ValueId Rewriter::same() const {
  // Shape rules look at nothing but attributes and the types of operands.
  const std::vector<ValueId>& now = in.values();
  bool known = true;
  for (size_t i = 0; i < now.size() && known; ++i) {
    const TypeShape &before = old.types[node.in[i]], &here = trace.graph.types[now[i]];
    known = before.dtype == here.dtype && before.shape == here.shape;
  }
  return known ? trace.repeat(old, node, now, scope) : trace.value_of(trace.emit(*node.op, in, node.attrs));
}

GraphCopy::GraphCopy(const Graph& from) : old(from), map(from.types.size(), kNoValue) {
  out.cells = from.cells, out.constants = from.constants, out.scopes = from.scopes;
}

void GraphCopy::append(Node n, const std::vector<ValueId>& values) {
  for (ValueId& v : n.in) v = map[v];
  n.first_out = static_cast<ValueId>(out.types.size());
  n.n_out = static_cast<uint32_t>(values.size());
  for (ValueId v : values) {
    map[v] = static_cast<ValueId>(out.types.size());
    out.types.push_back(old.types[v]);
    out.producers.push_back(static_cast<uint32_t>(out.nodes.size()));
  }
  out.nodes.push_back(std::move(n));
}

void GraphCopy::append(const Node& n) {
  std::vector<ValueId> values;
  for (uint32_t k = 0; k < n.n_out; ++k) values.push_back(n.out(k));
  append(n, values);
}

Graph GraphCopy::finish() {
  for (ValueId v : old.inputs) out.inputs.push_back(map[v]);
  for (ValueId v : old.outputs) out.outputs.push_back(map[v]);
  return std::move(out);
}

Graph rewrite(const Graph& g, const RewriteFn& fn, const std::vector<TypeShape>& inputs, const LeaveFn& leave) {
  Trace trace;
  trace.graph.nodes.reserve(g.nodes.size());
  trace.graph.types.reserve(g.types.size());
  trace.graph.producers.reserve(g.types.size());
  std::vector<ValueId> map(g.types.size(), kNoValue);
  std::vector<uint32_t> scopes(g.scopes.size());
  for (size_t i = 0; i < scopes.size(); ++i) scopes[i] = trace.scope_index(g.scopes[i]);
  const auto leaving = [&](ValueId v) {
    const Tensor t = trace.wrap(map[v]);
    return leave ? leave(trace, v, t) : t;
  };
  uint32_t scope = UINT32_MAX;
  for (const Node& n : g.nodes) {
    if (n.is("input")) {
      const size_t i = static_cast<size_t>(state_index(n));
      const TypeShape& t = inputs.empty() ? g.types[n.out()] : inputs[i];
      map[n.out()] = trace.value_of(trace.input(t.dtype, t.shape));
    } else if (n.is("constant")) {
      map[n.out()] = trace.value_of(g.constants[static_cast<size_t>(state_index(n))]);
    } else if (n.is("read")) {
      map[n.out()] = trace.entry_of(g.cells[static_cast<size_t>(state_index(n))]);
    } else if (n.is("assign")) {
      trace.assign(g.cells[static_cast<size_t>(state_index(n))], leaving(n.in[0]));
    } else {
      std::vector<ValueId> operands;
      operands.reserve(n.in.size());
      for (ValueId v : n.in) operands.push_back(map[v]);
      Rewriter r{g, n, {trace, std::move(operands)}, trace, scopes[n.scope]};
      if (n.scope != scope) trace.scope_path = {g.scopes[scope = n.scope]};
      if (const std::optional<Tensor> t = fn ? fn(r) : std::nullopt) {
        for (uint32_t i = 0; i < n.n_out; ++i) map[n.out(i)] = trace.value_of(r.results.empty() ? *t : r.results[i]);
        continue;
      }
      const ValueId v = r.same();
      for (uint32_t i = 0; i < n.n_out; ++i) map[n.out(i)] = v + i;
    }
  }
  trace.scope_path.clear();
  Tensors outputs;
  for (ValueId v : g.outputs) outputs.push_back(leaving(v));
  return trace.finish(outputs);
}

}  // namespace cornu
