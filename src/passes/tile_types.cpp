// Element types in tile programs.
#include "passes/tile_types.h"

namespace cornu {

bool tile_type(DType d) { return size_of(d) <= 4; }
bool integer_register(DType d) { return is_integer(d) && size_of(d) <= 4; }

bool is_tile_cast(const Graph& g, const Node& n) {
  if (n.op->kind != OpKind::cast) return false;
  const DType from = g.types[n.in[0]].dtype, to = g.types[n.out()].dtype;
  if (!tile_type(to) || to == DType::boolean) return false;
  return tile_type(from) || (is_integer(from) && is_floating(to));
}

/// The operation on integers that stands for one on floats; nothing if there is none.
static std::optional<TileOp> on_integers(TileOp op, bool is_unsigned) {
  const auto by_sign = [&](TileOp with, TileOp without) { return is_unsigned ? without : with; };
  switch (op) {
    case TileOp::copy:
    case TileOp::select:
      return op;  // they move bits
    case TileOp::add:
      return TileOp::add_i;
    case TileOp::subtract:
      return TileOp::subtract_i;
    case TileOp::multiply:
      return TileOp::multiply_i;
    case TileOp::multiply_add:
      return TileOp::multiply_add_i;
    case TileOp::negative:
      return TileOp::negative_i;
    case TileOp::square:
      return TileOp::square_i;
    case TileOp::abs:
      return by_sign(TileOp::abs_i, TileOp::copy);
    case TileOp::sign:
      return by_sign(TileOp::sign_i, TileOp::sign_u);
    case TileOp::relu:
      return by_sign(TileOp::relu_i, TileOp::copy);
    case TileOp::maximum:
      return by_sign(TileOp::maximum_i, TileOp::maximum_u);
    case TileOp::minimum:
      return by_sign(TileOp::minimum_i, TileOp::minimum_u);
    case TileOp::floor_divide:
      return by_sign(TileOp::floor_divide_i, TileOp::floor_divide_u);
    case TileOp::mod:
      return by_sign(TileOp::mod_i, TileOp::mod_u);
    case TileOp::power:
      return by_sign(TileOp::power_i, TileOp::power_u);
    case TileOp::equal:
      return TileOp::equal_i;
    case TileOp::not_equal:
      return TileOp::not_equal_i;
    case TileOp::less:
      return by_sign(TileOp::less_i, TileOp::less_u);
    case TileOp::less_equal:
      return by_sign(TileOp::less_equal_i, TileOp::less_equal_u);
    case TileOp::greater:
      return by_sign(TileOp::greater_i, TileOp::greater_u);
    case TileOp::greater_equal:
      return by_sign(TileOp::greater_equal_i, TileOp::greater_equal_u);
    default:
      return std::nullopt;
  }
}

DType computed_in(const Graph& g, const Node& n) { return g.types[n.in[n.op->tile == TileOp::select ? 1 : 0]].dtype; }
std::optional<TileOp> tile_op(const Graph& g, const Node& n) {
  const DType t = computed_in(g, n);
  return integer_register(t) ? on_integers(n.op->tile, is_unsigned(t)) : n.op->tile;
}

std::optional<TileOp> to_small(DType d) {
  if (d == DType::f16) return TileOp::nearest_float16;
  if (d == DType::bf16) return TileOp::nearest_bfloat16;
  if (d == DType::i8) return TileOp::wrap_int8;
  if (d == DType::i16) return TileOp::wrap_int16;
  if (d == DType::u8) return TileOp::wrap_uint8;
  if (d == DType::u16) return TileOp::wrap_uint16;
  return std::nullopt;
}
bool stays_small(TileOp op, DType d) {
  switch (op) {
    case TileOp::copy:
    case TileOp::select:
    case TileOp::maximum:
    case TileOp::minimum:
    case TileOp::sign:
    case TileOp::relu:
    case TileOp::relu_grad:
      return true;
    case TileOp::negative:
    case TileOp::abs:
      return is_half(d);
    default:
      return false;
  }
}
/// Whether each integer of `from` is one of `to`.
static bool contains(DType to, DType from) {
  if (is_unsigned(to) && !is_unsigned(from)) return false;
  return size_of(to) > size_of(from) || (size_of(to) == size_of(from) && is_unsigned(to) == is_unsigned(from));
}
std::vector<TileOp> conversion(DType from, DType to) {
  std::vector<TileOp> ops;
  if (!integer_register(from) && integer_register(to)) {
    switch (to) {
      case DType::i8:
        return {TileOp::int8_of_float};
      case DType::i16:
        return {TileOp::int16_of_float};
      case DType::u8:
        return {TileOp::uint8_of_float};
      case DType::u16:
        return {TileOp::uint16_of_float};
      default:
        return {to == DType::u32 ? TileOp::uint32_of_float : TileOp::int32_of_float};
    }
  }
  const std::optional<TileOp> small = to_small(to);
  if (integer_register(from) && integer_register(to)) {
    if (small && !contains(to, from)) ops.push_back(*small);
    return ops;
  }
  if (integer_register(from)) ops.push_back(is_unsigned(from) ? TileOp::float_of_u : TileOp::float_of_i);
  if (small && from != to && from != DType::boolean) ops.push_back(*small);
  return ops;
}

}  // namespace cornu
