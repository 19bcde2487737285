// How operands of tile programs lie: along the index space, or in strides through what moves or repeats elements.
#pragma once
#include <optional>

#include "graph/graph.h"
#include "runtime/tile.h"

namespace cornu {

class TileUses;

/// How an operand follows an index space.
struct TileOperand {
  TileMode mode = TileMode::contiguous;
  int64_t cols = 0;  ///< Row length that it needs, 0: any.
  TileView view{};   ///< Of mode strided.
};
/// An operand of shape t in an index space of shape s, to which it broadcasts; nothing if it has too many axes.
std::optional<TileOperand> follow(const Shape& t, const Shape& s);

/// Where an operand's elements are found if no copy of them is made.
struct TileSource {
  ValueId root = kNoValue;
  TileView view{};
};
/// Looks through transpose, slice and broadcast_to, where nothing but tile programs reads what they give, so that they
/// need not run. Nothing if v is no such value, its strides have too many axes, or elements do not lie in rows.
std::optional<TileSource> source_in_place(const Graph& g, const TileUses& uses, ValueId v, const Shape& space);

}  // namespace cornu
