// The formulas of formulas.inl on one number of type double or long double, and those of integers.
#pragma once
#include <cmath>
#include <cstdint>

#include "runtime/tile.h"
#include "tensor/dispatch.h"

namespace cornu::ref {

template <class V>
V max(V a, V b) {
  return a > b ? a : b;
}
template <class V>
V min(V a, V b) {
  return a < b ? a : b;
}
template <class V>
V select(V c, V a, V b) {
  return c != V(0) ? a : b;
}

/// A result as an element of its type: halves are computed with as floats, so that they are rounded to float first.
template <class T, class V>
T rounded(V x) {
  if constexpr (kIsHalf<T>)
    return T(static_cast<float>(x));
  else
    return static_cast<T>(x);
}

template <class V>
V nearest_float16(V x) {
  return V(static_cast<float>(float16(static_cast<float>(x))));
}
template <class V>
V nearest_bfloat16(V x) {
  return V(static_cast<float>(bfloat16(static_cast<float>(x))));
}

template <class V>
V apply(TileOp op, V x, V y, V z) {
  using std::abs, std::ceil, std::cos, std::erf, std::exp, std::expm1, std::floor, std::log, std::log1p, std::pow,
      std::sin, std::sqrt, std::tanh;
  const auto round = [](V v) { return std::nearbyint(v); };
  const auto max = [](V a, V b) { return ref::max<V>(a, b); };
  const auto min = [](V a, V b) { return ref::min<V>(a, b); };
  const auto select = [](V c, V a, V b) { return ref::select<V>(c, a, b); };
  (void)y, (void)z;
  switch (op) {
#define CORNU_TILE_OP(name, arity, formula) \
  case TileOp::name:                        \
    return V(formula);
#include "ops/formulas.inl"
#undef CORNU_TILE_OP
    default:
      return x;
  }
}

#include "ops/integer_helpers.inl"
/// The formulas of integer_formulas.inl.
inline uint32_t apply_bits(TileOp op, uint32_t x, uint32_t y, uint32_t z) {
  (void)y, (void)z;
  switch (op) {
#define CORNU_TILE_OP(name, arity, formula) \
  case TileOp::name:                        \
    return formula;
#include "ops/integer_formulas.inl"
#undef CORNU_TILE_OP
    default:
      return x;
  }
}

/// Whether apply_integer knows the operation.
inline bool has_integer_formula(TileOp op) {
  switch (op) {
    case TileOp::copy:
    case TileOp::add:
    case TileOp::subtract:
    case TileOp::multiply:
    case TileOp::floor_divide:
    case TileOp::mod:
    case TileOp::power:
    case TileOp::maximum:
    case TileOp::minimum:
    case TileOp::negative:
    case TileOp::abs:
    case TileOp::sign:
    case TileOp::square:
    case TileOp::relu:
    case TileOp::select:
    case TileOp::multiply_add:
      return true;
    default:
      return false;
  }
}

/// On integers, which wrap as NumPy's do: unsigned 64-bit arithmetic has the right low bits of every result. A division
/// by 0 gives 0.
template <class T>
T apply_integer(TileOp op, T x, T y, T z) {
  const auto wide = [](T v) { return static_cast<uint64_t>(static_cast<int64_t>(v)); };
  const auto divided = [&]() -> uint64_t {  // towards minus infinity
    if constexpr (std::is_unsigned_v<T>) return y == 0 ? 0 : x / y;
    const auto a = static_cast<int64_t>(x), b = static_cast<int64_t>(y);
    if (b == 0) return 0;
    if (b == -1) return -static_cast<uint64_t>(a);  // the least number has no negative
    return static_cast<uint64_t>(a / b - (a % b != 0 && (a < 0) != (b < 0)));
  };
  switch (op) {
    case TileOp::add:
      return static_cast<T>(wide(x) + wide(y));
    case TileOp::subtract:
      return static_cast<T>(wide(x) - wide(y));
    case TileOp::multiply:
      return static_cast<T>(wide(x) * wide(y));
    case TileOp::multiply_add:
      return static_cast<T>(wide(x) * wide(y) + wide(z));
    case TileOp::floor_divide:
      return static_cast<T>(divided());
    case TileOp::mod:
      return y == T(0) ? T(0) : static_cast<T>(wide(x) - divided() * wide(y));
    case TileOp::power: {
      uint64_t result = 1, base = wide(x);
      if (y < T(0)) return x == T(1) ? T(1) : wide(x) + 1 == 0 ? (wide(y) & 1 ? x : T(1)) : T(0);
      for (uint64_t n = wide(y); n; n >>= 1, base *= base)
        if (n & 1) result *= base;
      return static_cast<T>(result);
    }
    case TileOp::maximum:
      return x > y ? x : y;
    case TileOp::minimum:
      return x < y ? x : y;
    case TileOp::negative:
      return static_cast<T>(-wide(x));
    case TileOp::abs:
      return x < T(0) ? static_cast<T>(-wide(x)) : x;
    case TileOp::sign:
      return x > T(0) ? T(1) : x < T(0) ? static_cast<T>(-1) : T(0);
    case TileOp::square:
      return static_cast<T>(wide(x) * wide(x));
    case TileOp::relu:
      return x > T(0) ? x : T(0);
    default:
      return x;
  }
}

/// Whether apply_wide knows the operation.
constexpr bool is_comparison(TileOp op) { return op >= TileOp::equal && op <= TileOp::greater_equal; }
inline bool has_wide_formula(TileOp op) { return has_integer_formula(op) || is_comparison(op); }

/// On integers of 64 bits, comparisons and choices too.
template <class T>
T apply_wide(TileOp op, T x, T y, T z) {
  switch (op) {
    case TileOp::equal:
      return x == y;
    case TileOp::not_equal:
      return x != y;
    case TileOp::less:
      return x < y;
    case TileOp::less_equal:
      return x <= y;
    case TileOp::greater:
      return x > y;
    case TileOp::greater_equal:
      return x >= y;
    case TileOp::select:
      return x != T(0) ? y : z;
    default:
      return apply_integer<T>(op, x, y, z);
  }
}

}  // namespace cornu::ref
