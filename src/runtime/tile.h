// Bytecode of fused elementwise work: loads, operations on tile registers, stores, reductions.
#pragma once
#include <cornu/shape.h>

#include <array>
#include <cstdint>
#include <vector>

namespace cornu {

enum class TileOp : uint8_t {
#define CORNU_TILE_OP(name, arity, formula) name,
#include "ops/formulas.inl"
#include "ops/integer_formulas.inl"
#undef CORNU_TILE_OP
  count
};
/// Whether it works on integers in registers; else on floats.
constexpr bool is_integer_op(TileOp op) { return op >= TileOp::add_i && op < TileOp::count; }
const char* tile_op_name(TileOp op);
int tile_op_arity(TileOp op);

constexpr int kTile = 256;        ///< Elements per tile: dispatch is paid once for each operation and tile.
constexpr int kMaxTileRegs = 32;  ///< A wider region is split by the fuse pass.

/// How an operand's elements follow the index space of `rows` x `cols` (flat index i, row = i / cols, col = i % cols):
/// element i, the first, that of the column, that of the row, or where a view says.
enum class TileMode : uint8_t { contiguous, scalar, per_column, per_row, strided };

constexpr int kMaxTileAxes = 4;
/// Axes from the slowest, the product of whose sizes is the index space, and along each the distance of neighbours in
/// elements, 0 where they are one: operands that are broadcast, transposed or parts of others, without a copy.
struct TileView {
  int64_t offset = 0;
  int rank = 1;
  std::array<int64_t, kMaxTileAxes> size{1, 1, 1, 1}, stride{};
  bool operator==(const TileView&) const = default;
};
/// Where element i lies.
constexpr int64_t element_of(const TileView& v, int64_t i) {
  int64_t at = v.offset;
  for (size_t axis = static_cast<size_t>(v.rank); axis-- > 0; i /= v.size[axis])
    at += i % v.size[axis] * v.stride[axis];
  return at;
}

/// Whether a register of floats, or of integers, has the bits that lie in memory.
constexpr bool register_holds(DType stored, bool integer) {
  return integer ? stored == DType::i32 || stored == DType::u32 : stored == DType::f32;
}

/// A register filled from, or written to, a slot. A register holds floats, or the bits of integers of 32 bits; other
/// types are converted on the way: bool is 0 or 1, halves become floats and are rounded to even, integers go to a
/// register of integers or, rounded, to one of floats.
struct TileMove {
  uint8_t reg = 0;
  TileMode mode = TileMode::contiguous;
  DType dtype = DType::f32;
  uint16_t slot = 0;
  bool integer = false;  ///< The register holds integers.
  int16_t view = -1;     ///< Number of the view of a strided load.
  bool as_stored() const { return register_holds(dtype, integer); }
};
struct TileConstant {
  uint8_t reg = 0;
  float value = 0;
  bool integer = false;  ///< `value` has the bits of an integer.
};
struct TileInstr {
  TileOp op = TileOp::copy;
  uint8_t dst = 0, a = 0, b = 0, c = 0;
};
/// The sum of a register over the whole index space, times `scale`, written as one float32.
/// Added up in double, the same for any thread count, tile and instruction set: 16 lanes (element i goes to lane i %
/// 16) within a chunk of kSumChunk elements, then lane i to lane i + 8, i + 4, i + 2, i + 1; chunks added in order.
/// With segments, a slot of the segment gets the segment's sum, a shared slot the sum over all segments in order.
struct TileSum {
  uint8_t reg = 0;
  uint16_t slot = 0;
  float scale = 1;
};
constexpr int64_t kSumChunk = 8192;

/// Straight-line program over an index space. A store may write to exactly the bytes of a load (then of the same type
/// size), or to bytes that no load reads. Loads may read up to 64 bytes past the end of what they need.
/// With `segments`, the program runs once for each length, as for one variable after another (rows and cols are not
/// used, and moves are contiguous or scalar). In moves, a slot below slots_per_segment belongs to the segment and means
/// slot `segment * slots_per_segment + slot` of the instruction; others are shared by all segments (scalars) and mean
/// slot `segments.size() * slots_per_segment + (slot - slots_per_segment)`. Without segments slots mean themselves.
struct TileProgram {
  int64_t rows = 1, cols = 0;
  std::vector<int64_t> segments;
  uint16_t slots_per_segment = 0;
  std::vector<TileView> views;
  std::vector<TileMove> loads;
  std::vector<TileConstant> constants;
  std::vector<TileInstr> code;
  std::vector<TileMove> stores;
  std::vector<TileSum> sums;
};

}  // namespace cornu
