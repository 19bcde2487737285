// prune: loops and branches calculate, keep and take only what something reads.
#include "ops/bodies.h"
#include "passes/pass.h"

namespace cornu {
namespace {

/// What of a body the wanted outputs need; with all inputs still.
Graph trimmed(const Graph& body, const std::vector<bool>& outputs) {
  Graph some = body;
  some.outputs.clear();
  for (size_t i = 0; i < outputs.size(); ++i)
    if (outputs[i]) some.outputs.push_back(body.outputs[i]);
  return drop_unused(prune(some));
}

std::vector<bool> inputs_needed(const Graph& body) {
  const std::vector<uint32_t> uses = use_counts(body);
  std::vector<bool> out;
  for (const ValueId v : body.inputs) out.push_back(uses[v] != 0);
  return out;
}

Body with_those(const Graph& body, const std::vector<bool>& inputs) {
  std::vector<size_t> order;
  for (size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i]) order.push_back(i);
  return {std::make_shared<const Graph>(with_inputs(body, order, {}))};
}

/// What of a node stays.
struct Kept {
  Node node;
  std::vector<ValueId> results;
};

void keep(Kept& kept, const Node& n, const std::vector<bool>& operands, const std::vector<bool>& results) {
  kept.node = n;
  kept.node.in.clear();
  for (size_t i = 0; i < n.in.size(); ++i)
    if (operands[i]) kept.node.in.push_back(n.in[i]);
  for (uint32_t k = 0; k < n.n_out; ++k)
    if (results[k]) kept.results.push_back(n.out(k));
}

int64_t count(const std::vector<bool>& flags, size_t from, size_t to) {
  int64_t n = 0;
  for (size_t i = from; i < to; ++i) n += flags[i];
  return n;
}

Kept prune_scan(const Graph& g, const Node& n, const std::vector<bool>& used) {
  const ScanAttrs& a = n.attrs.as<ScanAttrs>();
  Graph body;
  const size_t carries = static_cast<size_t>(a.carries), first = carries + static_cast<size_t>(a.sequences);
  std::vector<bool> results(n.n_out), operands;
  for (uint32_t k = 0; k < n.n_out; ++k) results[k] = used[n.out(k)];
  for (bool changed = true; changed;) {  // a carry that the body reads must be carried
    body = trimmed(*a.body.graph, results);
    operands = inputs_needed(body);
    changed = false;
    for (size_t i = 0; i < carries; ++i)
      if (operands[i] && !results[i]) results[i] = changed = true;
  }
  for (size_t i = 0; i < carries; ++i) operands[i] = results[i];
  ScanAttrs b = a;
  b.carries = count(operands, 0, carries);
  b.sequences = count(operands, carries, first);
  b.saved.clear();  // gradients have been taken
  if (a.length < 0 && b.sequences == 0) b.length = g.types[n.in[carries]].shape.dim(0);
  b.body = with_those(body, operands);
  Kept kept;
  keep(kept, n, operands, results);
  kept.node.attrs = scan_attrs(std::move(b));
  return kept;
}

Kept prune_switch(const Node& n, const std::vector<bool>& used) {
  const SwitchAttrs& a = n.attrs.as<SwitchAttrs>();
  std::vector<bool> results(n.n_out), inputs(n.in.size() - 1);
  for (uint32_t k = 0; k < n.n_out; ++k) results[k] = used[n.out(k)];
  std::vector<Graph> bodies;
  for (const Body& body : a.bodies) {
    bodies.push_back(trimmed(*body.graph, results));
    const std::vector<bool> needed = inputs_needed(bodies.back());
    for (size_t i = 0; i < inputs.size(); ++i) inputs[i] = inputs[i] || needed[i];
  }
  SwitchAttrs b;
  for (const Graph& body : bodies) b.bodies.push_back(with_those(body, inputs));
  std::vector<bool> operands{true};
  operands.insert(operands.end(), inputs.begin(), inputs.end());
  Kept kept;
  keep(kept, n, operands, results);
  kept.node.attrs = switch_attrs(std::move(b));
  return kept;
}

}  // namespace

Graph prune(const Graph& g) {
  bool any = false;
  for (const Node& n : g.nodes) any |= n.is("scan") || n.is("switch");
  if (!any) return g;
  std::vector<bool> used(g.types.size());
  for (const ValueId v : g.outputs) used[v] = true;
  std::vector<Kept> kept(g.nodes.size());
  for (size_t at = g.nodes.size(); at-- > 0;) {
    const Node& n = g.nodes[at];
    bool alive = n.is("assign") || n.is("input");
    for (uint32_t k = 0; k < n.n_out; ++k) alive |= used[n.out(k)];
    if (!alive) continue;
    if (n.is("scan"))
      kept[at] = prune_scan(g, n, used);
    else if (n.is("switch"))
      kept[at] = prune_switch(n, used);
    else
      keep(kept[at], n, std::vector<bool>(n.in.size(), true), std::vector<bool>(n.n_out, true));
    for (const ValueId v : kept[at].node.in) used[v] = true;
  }
  GraphCopy copy(g);
  for (const Kept& k : kept)
    if (k.node.op) copy.append(k.node, k.results);
  return copy.finish();
}

}  // namespace cornu
