// The formulas of formulas.inl on one number of type double or long double.
#pragma once
#include <cmath>

#include "runtime/tile.h"

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

}  // namespace cornu::ref
