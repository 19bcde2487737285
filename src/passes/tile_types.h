// Element types in tile programs: what a register of each holds, and which operations work on it.
#pragma once
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "runtime/tile.h"

namespace cornu {

/// Whether registers can hold it: floats, halves and truth values as floats, integers of up to 32 bits.
bool tile_type(DType d);
bool integer_register(DType d);
/// A cast of which the result fits into a register. Integers of 64 bits are converted as they are loaded.
bool is_tile_cast(const Graph& g, const Node& n);
/// The type that a node computes in: that of its operands, of which a condition is none.
DType computed_in(const Graph& g, const Node& n);
/// The operation of a node on registers of that type; nothing if there is none.
std::optional<TileOp> tile_op(const Graph& g, const Node& n);
/// What brings a register back to the values of a small type; nothing for types of 32 bits.
std::optional<TileOp> to_small(DType d);
/// Whether the result of an operation on values of a type is surely one of its values.
bool stays_small(TileOp op, DType d);
/// From a register of type `from` to one of type `to`, in order; none where the bits stay.
std::vector<TileOp> conversion(DType from, DType to);

}  // namespace cornu
