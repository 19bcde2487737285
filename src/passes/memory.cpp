// The memory planner.
#include "passes/memory.h"

#include <algorithm>

#include "ops/fused.h"
#include "tensor/storage.h"

namespace cornu {
namespace {

size_t bytes_of(const TypeShape& t) { return static_cast<size_t>(t.shape.size()) * size_of(t.dtype); }

/// Output k of a fused node is written element by element as operand i is read.
bool same_index(const Graph& g, const Node& n, size_t i, uint32_t k) {
  if (bytes_of(g.types[n.in[i]]) != bytes_of(g.types[n.out(k)]) ||
      size_of(g.types[n.in[i]].dtype) != size_of(g.types[n.out(k)].dtype))
    return false;
  if (n.op->kind == OpKind::elementwise) return g.types[n.in[i]].shape == g.types[n.out(k)].shape;
  if (!n.is("fused")) return false;
  const FusedAttrs& a = n.attrs.as<FusedAttrs>();
  const bool segmented = !a.program.segments.empty();
  size_t load_slot = i, store_slot = n.in.size() + k;
  if (segmented) {
    const size_t ins = static_cast<size_t>(a.segment_inputs), outs = static_cast<size_t>(a.segment_outputs);
    if (i >= ins * a.program.segments.size() || i / ins != k / outs) return false;
    load_slot = i % ins, store_slot = ins + k % outs;
  }
  for (const TileMove& l : a.program.loads)
    if (l.slot == load_slot && l.mode != TileMode::contiguous) return false;
  for (const TileMove& s : a.program.stores)
    if (s.slot == store_slot) return true;
  return false;  // a sum
}

struct Planner {
  const Graph& g;
  MemoryPlan plan;
  std::vector<ValueId> root;       // through reshapes
  std::vector<uint32_t> last_use;  // node index; nodes.size() = until the end
  std::vector<uint32_t> assigns;   // to variables, of each value
  std::vector<bool> returned;
  std::vector<std::vector<std::pair<uint32_t, size_t>>> readers;  // of each variable: node and operand
  struct Block {
    uint64_t offset, bytes;
  };
  std::vector<Block> live;

  uint64_t take(uint64_t bytes) {
    bytes = (std::max<uint64_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;  // no two at one place
    uint64_t at = 0;
    size_t i = 0;
    for (; i < live.size() && live[i].offset < at + bytes; ++i) at = live[i].offset + live[i].bytes;
    live.insert(live.begin() + static_cast<std::ptrdiff_t>(i), {at, bytes});  // between its neighbours
    plan.arena_bytes = std::max(plan.arena_bytes, at + bytes);
    return at;
  }
  void give(uint64_t offset) {
    live.erase(
        std::lower_bound(live.begin(), live.end(), offset, [](const Block& b, uint64_t o) { return b.offset < o; }));
  }

  void find_readers() {
    assigns.resize(g.types.size());
    returned.resize(g.types.size());
    readers.resize(g.cells.size());
    for (uint32_t i = 0; i < g.nodes.size(); ++i) {
      const Node& n = g.nodes[i];
      if (n.is("assign")) ++assigns[root[n.in[0]]];
      for (size_t k = 0; k < n.in.size() && !n.is("reshape"); ++k)
        if (const Node& source = g.producer(root[n.in[k]]); source.is("read"))
          readers[static_cast<size_t>(state_index(source))].emplace_back(i, k);
    }
    for (ValueId o : g.outputs) returned[root[o]] = true;
  }

  void find_lifetimes() {
    const uint32_t end = static_cast<uint32_t>(g.nodes.size());
    root.resize(g.types.size());
    last_use.assign(g.types.size(), 0);
    for (ValueId v = 0; v < root.size(); ++v) {
      const Node& n = g.producer(v);
      root[v] = n.is("reshape") ? root[n.in[0]] : v;
      last_use[v] = g.producers[v];
    }
    for (uint32_t i = 0; i < end; ++i)
      if (!g.nodes[i].is("reshape"))
        for (ValueId v : g.nodes[i].in)
          last_use[root[v]] = std::max(last_use[root[v]], g.nodes[i].is("assign") ? end : i);
    for (ValueId v : g.outputs) last_use[root[v]] = end;
  }

  /// The variable whose bytes value v may be written to at once: v is assigned to it, is made by an elementwise node,
  /// and nobody reads the old value afterwards, or at another index.
  bool can_write_into_variable(const Node& assign) const {
    const ValueId v = assign.in[0];
    if (root[v] != v) return false;
    const uint32_t at = g.producers[v];
    const Node& n = g.nodes[at];
    if (returned[v] || assigns[v] != 1 || !(n.is("fused") || n.op->kind == OpKind::elementwise)) return false;
    for (const auto& [i, k] : readers[static_cast<size_t>(state_index(assign))])
      if (i > at || (i == at && !same_index(g, n, k, v - n.first_out))) return false;
    return true;
  }

  void place_outputs(uint32_t at) {
    const Node& n = g.nodes[at];
    std::vector<bool> given(n.in.size());
    for (uint32_t k = 0; k < n.n_out; ++k) {
      const ValueId v = n.out(k);
      Place& place = plan.places[v];
      if (place.kind != Place::none) continue;
      for (size_t i = 0; i < n.in.size() && place.kind == Place::none; ++i) {
        const ValueId operand = root[n.in[i]];
        if (given[i] || plan.places[operand].kind != Place::arena || last_use[operand] != at) continue;
        if (std::count_if(n.in.begin(), n.in.end(), [&](ValueId x) { return root[x] == operand; }) != 1) continue;
        if (!same_index(g, n, i, k)) continue;
        place = plan.places[operand];
        plan.places[operand].index = 1;  // its bytes live on under another name
        given[i] = true;
      }
      if (place.kind == Place::none) place = {Place::arena, 0, take(bytes_of(g.types[v]))};
      place.index = 0;
    }
  }

  void run(const std::vector<size_t>& workspace_bytes) {
    plan.places.resize(g.types.size());
    plan.workspaces.resize(g.nodes.size());
    plan.copies.resize(g.nodes.size());
    find_lifetimes();
    find_readers();
    for (uint32_t i = 0; i < g.nodes.size(); ++i) {
      const Node& n = g.nodes[i];
      if (!n.is("assign")) continue;
      plan.copies[i] = !can_write_into_variable(n);
      if (!plan.copies[i]) plan.places[n.in[0]] = {Place::variable, static_cast<uint32_t>(state_index(n)), 0};
    }
    std::vector<std::vector<ValueId>> dying(g.nodes.size() + 1);
    for (ValueId v = 0; v < g.types.size(); ++v)
      if (root[v] == v) dying[last_use[v]].push_back(v);
    for (uint32_t i = 0; i < g.nodes.size(); ++i) {
      const Node& n = g.nodes[i];
      if (n.is("input"))
        plan.places[n.out()] = {Place::input, static_cast<uint32_t>(state_index(n)), 0};
      else if (n.is("constant"))
        plan.places[n.out()] = {Place::constant, static_cast<uint32_t>(state_index(n)), 0};
      else if (n.is("read"))
        plan.places[n.out()] = {Place::variable, static_cast<uint32_t>(state_index(n)), 0};
      else if (n.is("reshape"))
        plan.places[n.out()] = plan.places[n.in[0]];
      else
        place_outputs(i);
      if (workspace_bytes[i]) {
        plan.workspaces[i] = take(workspace_bytes[i]);
        give(plan.workspaces[i]);
      }
      for (ValueId v : dying[i])
        if (plan.places[v].kind == Place::arena && plan.places[v].index == 0) give(plan.places[v].offset);
    }
  }
};

}  // namespace

MemoryPlan plan_memory(const Graph& g, const std::vector<size_t>& workspace_bytes) {
  Planner p{g};
  p.run(workspace_bytes);
  return std::move(p.plan);
}

}  // namespace cornu
