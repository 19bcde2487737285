// The checks behind check_places and check_replay.
#include "passes/check_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "runtime/kernel.h"
#include "tensor/storage.h"

namespace cornu {
namespace {

uint64_t bytes_of(const TypeShape& t) { return static_cast<uint64_t>(t.shape.size()) * size_of(t.dtype); }
bool computes(const Node& n) {
  for (const char* name : {"input", "constant", "read", "assign", "reshape"})
    if (n.is(name)) return false;
  return true;
}

/// When each value is written and last wanted, as node numbers; a view counts as what it is a view of.
struct Lives {
  std::vector<ValueId> root;
  std::vector<size_t> first, last;

  explicit Lives(const Graph& g) : root(g.types.size()), first(g.types.size()), last(g.types.size()) {
    for (ValueId v = 0; v < root.size(); ++v) {
      root[v] = g.producer(v).is("reshape") ? root[g.producer(v).in[0]] : v;
      first[v] = last[v] = g.producers[v];
    }
    for (size_t i = 0; i < g.nodes.size(); ++i)
      for (ValueId v : g.nodes[i].in)  // what is assigned is copied when all nodes have run
        if (!g.nodes[i].is("reshape")) wanted(v, g.nodes[i].is("assign") ? g.nodes.size() : i);
    for (ValueId v : g.outputs) wanted(v, g.nodes.size());
  }
  void wanted(ValueId v, size_t at) { last[root[v]] = std::max(last[root[v]], at); }
};

struct Range {
  std::string name;
  uint64_t begin, end;
  size_t first, last;
  ValueId value;  // kNoValue for a workspace
};

std::vector<Range> ranges(const Graph& g, const std::vector<size_t>& workspaces, const MemoryPlan& plan,
                          const Lives& lives) {
  std::vector<Range> out;
  for (ValueId v = 0; v < g.types.size(); ++v)
    if (lives.root[v] == v && plan.places[v].kind == Place::arena)
      out.push_back({text("%{}", v), plan.places[v].offset, plan.places[v].offset + bytes_of(g.types[v]),
                     lives.first[v], lives.last[v], v});
  for (size_t i = 0; i < g.nodes.size(); ++i)
    if (workspaces[i])
      out.push_back(
          {text("workspace of node {}", i), plan.workspaces[i], plan.workspaces[i] + workspaces[i], i, i, kNoValue});
  return out;
}

/// b is written where a was, by a node that works element by element and reads a for the last time.
bool succeeds(const Graph& g, const Lives& lives, const Range& a, const Range& b) {
  if (a.value == kNoValue || b.value == kNoValue || a.begin != b.begin || a.end != b.end || a.last != b.first)
    return false;
  const Node& n = g.nodes[b.first];
  const auto reads = std::count_if(n.in.begin(), n.in.end(), [&](ValueId v) { return lives.root[v] == a.value; });
  return reads == 1 && (n.op->kind == OpKind::elementwise || n.is("fused"));
}

}  // namespace

MemoryPlan plan_of(const Graph& g) {
  std::vector<size_t> workspaces(g.nodes.size());
  for (size_t i = 0; i < g.nodes.size(); ++i)
    if (computes(g.nodes[i])) workspaces[i] = choose_kernel(g, g.nodes[i]).kernel.workspace;
  MemoryPlan plan = plan_memory(g, workspaces);
  check_places(g, workspaces, plan);
  return plan;
}

void check_places(const Graph& g, const std::vector<size_t>& workspaces, const MemoryPlan& plan) {
  const Lives lives(g);
  for (ValueId v = 0; v < g.types.size(); ++v)
    if (lives.root[v] != v) {  // a view is where its root is
      const Place &view = plan.places[v], &root = plan.places[lives.root[v]];
      EXPECT_TRUE(view.kind == root.kind && view.offset == root.offset) << "%" << v << "\n" << print(g);
    }
  const std::vector<Range> all = ranges(g, workspaces, plan, lives);
  for (const Range& r : all) {
    EXPECT_EQ(r.begin % kAlignment, 0u) << r.name;
    EXPECT_LE(r.end, plan.arena_bytes) << r.name;
  }
  for (size_t i = 0; i < all.size(); ++i)
    for (size_t k = 0; k < i; ++k) {
      const Range &a = all[k].first <= all[i].first ? all[k] : all[i], &b = &a == &all[k] ? all[i] : all[k];
      // What has no bytes has an address of its own all the same: an output of a kernel is never its input.
      const bool overlap = a.begin < std::max(b.end, b.begin + 1) && b.begin < std::max(a.end, a.begin + 1);
      const bool clash = overlap && b.first <= a.last && !succeeds(g, lives, a, b);
      EXPECT_FALSE(clash) << a.name << " and " << b.name << " share bytes\n" << print(g);
    }
  for (size_t at = 0; at + 1 < g.nodes.size(); ++at) {
    uint64_t alive = 0;
    for (const Range& r : all) alive += r.first <= at && at < r.last ? r.end - r.begin : 0;
    EXPECT_GE(plan.arena_bytes, alive) << "after node " << at;
  }
  for (ValueId v = 0; v < g.types.size(); ++v) {  // what is computed into a variable
    if (plan.places[v].kind != Place::variable || g.producer(v).is("read") || lives.root[v] != v) continue;
    const auto reads_it = [&](ValueId in) {
      const Node& source = g.producer(lives.root[in]);
      return source.is("read") && state_index(source) == static_cast<int64_t>(plan.places[v].index);
    };
    for (size_t i = lives.first[v] + 1; i < g.nodes.size(); ++i) {
      const Node& n = g.nodes[i];
      EXPECT_TRUE(n.is("reshape") || std::none_of(n.in.begin(), n.in.end(), reads_it))
          << "node " << i << " reads a variable that %" << v << " was written to\n"
          << print(g);
    }
  }
}

namespace {

/// One of the two memories.
struct Memory {
  const Graph& g;
  std::vector<Tensor> variables;
  std::vector<void*> at;  // of each value

  explicit Memory(const Graph& graph, const Tensors& inputs) : g(graph), at(graph.types.size()) {
    for (const auto& cell : g.cells) variables.push_back(cell->value.clone());
    for (ValueId v = 0; v < at.size(); ++v) {
      const Node& n = g.producer(v);
      if (n.is("input")) at[v] = const_cast<void*>(inputs[static_cast<size_t>(state_index(n))].raw());
      if (n.is("constant")) at[v] = const_cast<void*>(g.constants[static_cast<size_t>(state_index(n))].raw());
      if (n.is("read")) at[v] = variables[static_cast<size_t>(state_index(n))].raw();
      if (n.is("reshape")) at[v] = at[n.in[0]];
    }
  }
  void run(const Node& n, const Kernel& k, void* workspace) const {
    std::vector<void*> operands, slots;
    for (ValueId v : n.in) operands.push_back(at[v]);
    for (uint32_t i = 0; i < n.n_out; ++i) operands.push_back(at[n.out(i)]);
    operands.push_back(workspace);
    for (uint16_t i : k.order) slots.push_back(operands[i]);
    k.run(k.plan.get(), k.order.empty() ? operands.data() : slots.data());
  }
  void assign(const Node& n) {
    std::memcpy(variables[static_cast<size_t>(state_index(n))].raw(), at[n.in[0]], bytes_of(g.types[n.in[0]]));
  }
};

Tensor junk(uint64_t bytes) {
  Tensor t({static_cast<int64_t>(bytes)}, DType::u8);
  std::memset(t.raw(), 0xfb, bytes);  // no number that a kernel would leave unnoticed
  return t;
}

}  // namespace

std::vector<std::vector<char>> check_replay(const Graph& g, const Tensors& inputs) {
  const Lives lives(g);
  const MemoryPlan plan = plan_of(g);
  Memory planned(g, inputs), own(g, inputs);
  const Tensor arena = junk(plan.arena_bytes);
  std::vector<Tensor> buffers;
  for (ValueId v = 0; v < g.types.size(); ++v) {
    if (lives.root[v] != v) {
      planned.at[v] = planned.at[lives.root[v]], own.at[v] = own.at[lives.root[v]];
    } else if (computes(g.producer(v))) {
      buffers.push_back(junk(bytes_of(g.types[v])));
      own.at[v] = buffers.back().raw();
      const Place& p = plan.places[v];
      planned.at[v] = p.kind == Place::variable ? planned.variables[p.index].raw()
                                                : static_cast<char*>(const_cast<void*>(arena.raw())) + p.offset;
    }
  }
  for (size_t i = 0; i < g.nodes.size(); ++i) {
    if (!computes(g.nodes[i])) continue;
    const Kernel k = choose_kernel(g, g.nodes[i]).kernel;
    const Tensor workspace = junk(k.workspace);
    own.run(g.nodes[i], k, const_cast<void*>(workspace.raw()));
    planned.run(g.nodes[i], k, static_cast<char*>(const_cast<void*>(arena.raw())) + plan.workspaces[i]);
    for (ValueId v = 0; v < g.types.size(); ++v) {
      const bool wanted = lives.first[v] <= i && i < lives.last[v] && computes(g.producer(v));
      EXPECT_TRUE(!wanted || std::memcmp(planned.at[v], own.at[v], bytes_of(g.types[v])) == 0)
          << "%" << v << " after node " << i << "\n"
          << print(g);
    }
  }
  for (size_t i = 0; i < g.nodes.size(); ++i) {
    if (!g.nodes[i].is("assign")) continue;
    own.assign(g.nodes[i]);
    if (plan.copies[i]) planned.assign(g.nodes[i]);
  }
  for (size_t i = 0; i < g.cells.size(); ++i) {
    const Tensor &a = planned.variables[i], &b = own.variables[i];
    EXPECT_EQ(std::memcmp(a.raw(), b.raw(), static_cast<size_t>(a.size()) * size_of(a.dtype())), 0) << "variable " << i;
  }
  std::vector<std::vector<char>> out;
  for (ValueId v : g.outputs) {
    EXPECT_EQ(std::memcmp(planned.at[v], own.at[v], bytes_of(g.types[v])), 0) << "output %" << v;
    out.emplace_back(static_cast<char*>(own.at[v]), static_cast<char*>(own.at[v]) + bytes_of(g.types[v]));
  }
  return out;
}

}  // namespace cornu
