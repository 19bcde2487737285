// The memory planner against lifetimes that are worked out here, and against memory that is never used twice.
#pragma once
#include <cstdint>
#include <vector>

#include "graph/graph.h"
#include "passes/memory.h"

namespace cornu {

/// A compiled graph's plan, with the workspaces that its kernels ask for.
MemoryPlan plan_of(const Graph& g);

/// Of a plan for `g`: no two values that are alive at once share bytes unless one is a view or takes the place of an
/// operand that ends there; nothing is written to a variable that is read later; every place is aligned and inside the
/// arena, which holds what is alive between any two nodes.
void check_places(const Graph& g, const std::vector<size_t>& workspaces, const MemoryPlan& plan);

/// Runs `g` twice, node by node: with the plan's places, and with bytes of its own for every value and variable. After
/// each node, every value that is still wanted has the same bits in both; so have all variables at the end. Returns the
/// outputs' bytes. Variables of `g` stay as they were.
std::vector<std::vector<char>> check_replay(const Graph& g, const Tensors& inputs);

}  // namespace cornu
