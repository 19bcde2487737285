// Which nodes a tile program can hold, and the program of a region.
#pragma once
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "ops/fused.h"

namespace cornu {

/// The index space that a node works over: its elements, and the row length that its broadcast operands need (0: any).
struct TileSpace {
  int64_t size = 0, cols = 0;
  bool integers = false;  ///< It gives or takes integers in registers.
};
/// Nothing if the node cannot be part of a tile program.
std::optional<TileSpace> tile_space(const Graph& g, const Node& n);
/// A float32 sum over all axes: the only reduction that a program ends with.
bool is_full_sum(const Graph& g, const Node& n);
/// Looks through reshapes, which keep the order of the elements.
ValueId root_value(const Graph& g, ValueId v);

struct BuiltTile {
  FusedAttrs attrs;
  std::vector<ValueId> inputs, outputs;
};
/// True if the nodes need no more registers than there are, without building their program.
bool surely_fits(const Graph& g, const std::vector<uint32_t>& nodes);
/// Who reads each value through reshapes, and whether the graph returns it.
class TileUses {
 public:
  explicit TileUses(const Graph& g);
  /// Whether v is read by any node but these, which must be in order.
  bool outside(ValueId v, const std::vector<uint32_t>& nodes) const;
  const std::vector<uint32_t>& readers(ValueId v) const { return readers_[v]; }
  bool returned(ValueId v) const { return returned_[v]; }

 private:
  std::vector<std::vector<uint32_t>> readers_;  ///< Of each value that is no reshape.
  std::vector<bool> returned_;
};
/// The program of these nodes, in order; nothing if it needs more registers than there are. Without `uses` all that the
/// nodes give is kept.
std::optional<BuiltTile> build_tile(const Graph& g, const std::vector<uint32_t>& nodes, int64_t size, int64_t cols,
                                    const TileUses* uses = nullptr);

}  // namespace cornu
