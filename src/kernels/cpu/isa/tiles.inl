// The functions behind TileOp: each op once for every choice of operands that are one number instead of a tile.

#define CORNU_TILE_OP(name, arity, text)                                                                 \
  struct op_##name {                                                                                     \
    static inline V f([[maybe_unused]] V x, [[maybe_unused]] V y, [[maybe_unused]] V z) { return text; } \
  };
#include "ops/formulas.inl"
#undef CORNU_TILE_OP

/// dst[i] = op(a[i], b[i], c[i]); an operand whose bit of kScalars is set is one number. dst may be any operand itself.
/// Nothing is written past n elements; operands are read in whole vectors.
template <class Op, int kArity, int kScalars>
void tile(float* dst, const float* a, const float* b, const float* c, int n) {
  V x{}, y{}, z{};
  if (kScalars & 1) x = V(*a);
  if (kArity > 1 && kScalars & 2) y = V(*b);
  if (kArity > 2 && kScalars & 4) z = V(*c);
  int i = 0;
#pragma GCC unroll 2
  for (; i + kLanes <= n; i += kLanes) {
    if (!(kScalars & 1)) x = load(a + i);
    if (kArity > 1 && !(kScalars & 2)) y = load(b + i);
    if (kArity > 2 && !(kScalars & 4)) z = load(c + i);
    store(dst + i, Op::f(x, y, z));
  }
  if (i == n) return;
  // No element behind the end is touched: it may be another thread's.
  if (!(kScalars & 1)) x = load_n(a + i, n - i);
  if (kArity > 1 && !(kScalars & 2)) y = load_n(b + i, n - i);
  if (kArity > 2 && !(kScalars & 4)) z = load_n(c + i, n - i);
  store_n(dst + i, Op::f(x, y, z), n - i);
}

// Halves to floats and back, for registers.
void load_float16(float* dst, const uint16_t* src, int64_t n) {
  CORNU_INDEPENDENT_LOOP
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t all = src[i], size = all & 0x7fff, shifted = size << 13;
    const uint32_t small = bits_of(static_cast<float>(static_cast<int32_t>(size)) * 0x1p-24f);
    const uint32_t high = size >= 0x7c00 ? shifted + 0x70000000 : shifted + 0x38000000;
    dst[i] = float_of((size < 0x400 ? small : high) | (all & 0x8000) << 16);
  }
}
void load_bfloat16(float* dst, const uint16_t* src, int64_t n) {
  CORNU_INDEPENDENT_LOOP
  for (int64_t i = 0; i < n; ++i) dst[i] = float_of(static_cast<uint32_t>(src[i]) << 16);
}
void store_float16(uint16_t* dst, const float* src, int64_t n) {
  CORNU_INDEPENDENT_LOOP
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t all = bits_of(src[i]), size = all & 0x7fffffff;
    const uint32_t small = bits_of(float_of(size) + 0.5f) - 0x3f000000;
    const uint32_t normal = (size - 0x38000000 + 0xfff + (size >> 13 & 1)) >> 13;
    const uint32_t finite = size < 0x38800000 ? small : normal;
    const uint32_t large = size > 0x7f800000 ? 0x7e00 | (size >> 13 & 0x1ff) : 0x7c00;
    dst[i] = static_cast<uint16_t>((size >= 0x477ff000 ? large : finite) | (all >> 16 & 0x8000));
  }
}
void store_bfloat16(uint16_t* dst, const float* src, int64_t n) {
  CORNU_INDEPENDENT_LOOP
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t all = bits_of(src[i]), nan = all >> 16 | 0x40, near = (all + 0x7fff + (all >> 16 & 1)) >> 16;
    dst[i] = static_cast<uint16_t>((all & 0x7fffffff) > 0x7f800000 ? nan : near);
  }
}

/// 16 partial sums over n elements whose first goes to lane `lane` (a multiple of kLanes goes fast).
void tile_sum(double* lanes, const float* x, int lane, int n) {
  if (lane % 16 != 0) {
    for (int i = 0; i < n; ++i) lanes[(lane + i) % 16] += static_cast<double>(x[i]);
    return;
  }
  Wide s[16 / kLanes];
  for (int v = 0; v < 16 / kLanes; ++v) s[v] = load_wide(lanes + v * kLanes);
  int i = 0;
  for (; i + 16 <= n; i += 16)
    for (int v = 0; v < 16 / kLanes; ++v) s[v] = s[v] + widened(load(x + i + v * kLanes));
  for (int v = 0; v < 16 / kLanes && i < n; ++v, i += kLanes)
    s[v] = s[v] + widened(n - i >= kLanes ? load(x + i) : load_n(x + i, n - i));
  for (int v = 0; v < 16 / kLanes; ++v) store_wide(lanes + v * kLanes, s[v]);
}
struct Sum {
  static constexpr float kStart = 0.0f;
  static inline V f(V a, V b) { return a + b; }
};
double lanes_total(const double* lanes) { return total16(lanes); }

// Operands that an op lacks read the first instead, so any combination of bits has an entry.
template <class Op, int kArity>
constexpr TileEntry tile_entry() {
  constexpr int kMask = (1 << kArity) - 1;
  return {{tile<Op, kArity, 0>, tile<Op, kArity, 1 & kMask>, tile<Op, kArity, 2 & kMask>, tile<Op, kArity, 3 & kMask>,
           tile<Op, kArity, 4 & kMask>, tile<Op, kArity, 5 & kMask>, tile<Op, kArity, 6 & kMask>,
           tile<Op, kArity, 7 & kMask>}};
}
constexpr TileEntry kTileTable[] = {
#define CORNU_TILE_OP(name, arity, text) tile_entry<op_##name, arity>(),
#include "ops/formulas.inl"
#undef CORNU_TILE_OP
};
