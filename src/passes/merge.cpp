// merge: tile programs that differ in nothing but their length and arrays, as an optimizer's update of one variable
// after another, become one program with a segment for each.
#include <bit>
#include <map>

#include "ops/fused.h"
#include "passes/pass.h"

namespace cornu {
namespace {

/// Only contiguous arrays and shared numbers, no sums, and results that nothing but assign reads.
bool can_merge(const Graph& g, const Node& n, const std::vector<bool>& only_assigned) {
  if (!n.is("fused")) return false;
  const TileProgram& p = n.attrs.as<FusedAttrs>().program;
  if (!p.sums.empty() || !p.segments.empty() || p.rows != 1) return false;
  bool arrays = false;
  for (const TileMove& m : p.loads) {
    if (m.mode != TileMode::contiguous && m.mode != TileMode::scalar) return false;
    arrays |= m.mode == TileMode::contiguous && g.types[n.in[m.slot]].shape.size() == p.cols;
  }
  for (uint32_t i = 0; i < n.n_out; ++i)
    if (!only_assigned[n.out(i)]) return false;
  return arrays;
}

/// Equal for nodes that do the same work with the same shared numbers.
std::string signature(const Node& n) {
  const TileProgram& p = n.attrs.as<FusedAttrs>().program;
  std::string key;
  const auto add = [&](auto... numbers) {
    const uint32_t all[] = {static_cast<uint32_t>(numbers)...};
    key.append(reinterpret_cast<const char*>(all), sizeof all);
  };
  add(p.loads.size(), p.constants.size(), p.code.size(), p.stores.size());
  for (const std::vector<TileMove>* moves : {&p.loads, &p.stores})
    for (const TileMove& m : *moves) add(m.reg, m.mode, m.dtype, m.slot, m.integer);
  for (const TileConstant& c : p.constants) add(c.reg, std::bit_cast<uint32_t>(c.value), c.integer);
  for (const TileInstr& i : p.code) add(i.op, i.dst, i.a, i.b, i.c);
  for (const TileMove& m : p.loads)
    if (m.mode == TileMode::scalar) add(n.in[m.slot]);
  return key;
}

struct Merged {
  FusedAttrs attrs;
  std::vector<ValueId> in, out;
};

Merged merged(const Graph& g, const std::vector<uint32_t>& nodes) {
  Merged m;
  const Node& first = g.nodes[nodes[0]];
  const FusedAttrs& one = first.attrs.as<FusedAttrs>();
  m.attrs.program = one.program;
  TileProgram& p = m.attrs.program;
  p.rows = 1, p.cols = 0;
  // Arrays first, in their order; then the outputs; shared numbers go behind all segments.
  std::vector<uint16_t> arrays, shared;
  for (const TileMove& l : one.program.loads) (l.mode == TileMode::scalar ? shared : arrays).push_back(l.slot);
  m.attrs.segment_inputs = static_cast<int64_t>(arrays.size());
  m.attrs.segment_outputs = first.n_out;
  p.slots_per_segment = static_cast<uint16_t>(arrays.size() + first.n_out);
  uint16_t next_array = 0, next_shared = 0;
  for (TileMove& l : p.loads)
    l.slot = l.mode == TileMode::scalar ? static_cast<uint16_t>(p.slots_per_segment + next_shared++) : next_array++;
  for (size_t i = 0; i < p.stores.size(); ++i) p.stores[i].slot = static_cast<uint16_t>(arrays.size() + i);
  for (uint32_t i : nodes) {
    const Node& n = g.nodes[i];
    p.segments.push_back(n.attrs.as<FusedAttrs>().program.cols);
    for (uint16_t slot : arrays) m.in.push_back(n.in[slot]);
    for (uint32_t k = 0; k < n.n_out; ++k) {
      m.out.push_back(n.out(k));
      m.attrs.outputs.push_back(g.types[n.out(k)]);
    }
  }
  for (uint16_t slot : shared) m.in.push_back(first.in[slot]);
  return m;
}

}  // namespace

Graph merge(const Graph& g) {
  std::vector<bool> only_assigned(g.types.size(), true);
  for (const Node& n : g.nodes)
    if (!n.is("assign"))
      for (ValueId v : n.in) only_assigned[v] = false;
  for (ValueId v : g.outputs) only_assigned[v] = false;

  std::map<std::string, std::vector<uint32_t>> groups;
  for (uint32_t i = 0; i < g.nodes.size(); ++i)
    if (can_merge(g, g.nodes[i], only_assigned)) groups[signature(g.nodes[i])].push_back(i);
  std::map<uint32_t, const std::vector<uint32_t>*> at_last;  // a merged node stands where its last part stood
  std::vector<bool> gone(g.nodes.size());
  for (const auto& [key, nodes] : groups) {
    if (nodes.size() < 2) continue;
    for (uint32_t i : nodes) gone[i] = true;
    at_last[nodes.back()] = &nodes;
  }
  if (at_last.empty()) return g;

  GraphCopy copy(g);
  for (uint32_t i = 0; i < g.nodes.size(); ++i) {
    if (const auto found = at_last.find(i); found != at_last.end()) {
      Merged m = merged(g, *found->second);
      copy.append({&op_row("fused"), fused_attrs(std::move(m.attrs)), m.in, 0, 0, 0}, m.out);
    } else if (!gone[i]) {
      copy.append(g.nodes[i]);
    }
  }
  return copy.finish();
}

}  // namespace cornu
