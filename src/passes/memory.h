// Where each value of a compiled graph lives.
#pragma once
#include <cstdint>
#include <vector>

#include "graph/graph.h"

namespace cornu {

/// The home of a value: index of the input, constant or variable, or offset in the arena.
struct Place {
  enum Kind : uint8_t { none, input, constant, variable, arena } kind = none;
  uint32_t index = 0;
  uint64_t offset = 0;
};

struct MemoryPlan {
  std::vector<Place> places;         ///< of each value
  std::vector<uint64_t> workspaces;  ///< arena offset of each node's workspace
  uint64_t arena_bytes = 0;
  /// Assign nodes whose value is already in the variable's own bytes need no copy.
  std::vector<bool> copies;  ///< of each node: true for an assign that copies
};

/// Lifetimes by node order, then first fit. Results of elementwise nodes take the place of an operand that dies there,
/// or of the variable they are assigned to, where both use the same index.
MemoryPlan plan_memory(const Graph& g, const std::vector<size_t>& workspace_bytes);

}  // namespace cornu
