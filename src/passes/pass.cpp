// Replaying a graph through a trace.
#include "passes/pass.h"

namespace cornu {

Tensor Rewriter::constant(size_t i) const {
  const Node& n = producer(i);
  return n.is("constant") ? trace.graph.constants[static_cast<size_t>(state_index(n))] : Tensor();
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
  std::vector<Tensor> map(g.types.size());
  const auto leaving = [&](ValueId v) { return leave ? leave(trace, v, map[v]) : map[v]; };
  for (const Node& n : g.nodes) {
    if (n.is("input")) {
      const size_t i = static_cast<size_t>(state_index(n));
      const TypeShape& t = inputs.empty() ? g.types[n.out()] : inputs[i];
      map[n.out()] = trace.input(t.dtype, t.shape);
    } else if (n.is("constant")) {
      map[n.out()] = trace.wrap(trace.value_of(g.constants[static_cast<size_t>(state_index(n))]));
    } else if (n.is("read")) {
      map[n.out()] = trace.read_entry(g.cells[static_cast<size_t>(state_index(n))]);
    } else if (n.is("assign")) {
      trace.assign(g.cells[static_cast<size_t>(state_index(n))], leaving(n.in[0]));
    } else {
      Rewriter r{g, n, {}, trace};
      for (ValueId v : n.in) r.in.push_back(map[v]);
      trace.scope_path = {g.scopes[n.scope]};
      if (std::optional<Tensor> t = fn ? fn(r) : std::nullopt) {
        for (uint32_t i = 0; i < n.n_out; ++i)
          map[n.out(i)] = trace.wrap(trace.value_of(r.results.empty() ? *t : r.results[i]));
        continue;
      }
      const Tensor first = trace.emit(*n.op, r.in, n.attrs);
      const ValueId v = trace.value_of(first);
      for (uint32_t i = 0; i < n.n_out; ++i) map[n.out(i)] = trace.wrap(v + i);
    }
  }
  trace.scope_path.clear();
  Tensors outputs;
  for (ValueId v : g.outputs) outputs.push_back(leaving(v));
  return trace.finish(outputs);
}

}  // namespace cornu
