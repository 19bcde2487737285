// The functions behind TileOp's operations on integers: one loop each, which the compiler turns into vectors. AVX-512
// uses those of AVX2.
#define CORNU_TILE_OP(name, arity, text)                                                                              \
  struct op_##name {                                                                                                  \
    static inline uint32_t f([[maybe_unused]] uint32_t x, [[maybe_unused]] uint32_t y, [[maybe_unused]] uint32_t z) { \
      return text;                                                                                                    \
    }                                                                                                                 \
  };
#include "ops/integer_formulas.inl"
#undef CORNU_TILE_OP
typedef uint32_t Word __attribute__((may_alias));
template <class Op, int kArity, int kScalars>
void integer_tile(float* dst, const float* a, const float* b, const float* c, int n) {
  const Word* const x = reinterpret_cast<const Word*>(a);
  const Word* const y = reinterpret_cast<const Word*>(b);
  const Word* const z = reinterpret_cast<const Word*>(c);
  Word* const to = reinterpret_cast<Word*>(dst);
  const uint32_t x0 = *x, y0 = kArity > 1 ? *y : 0, z0 = kArity > 2 ? *z : 0;
  CORNU_INDEPENDENT_LOOP
  for (int i = 0; i < n; ++i)
    to[i] = Op::f(kScalars & 1 ? x0 : x[i],
                  kArity < 2     ? 0
                  : kScalars & 2 ? y0
                                 : y[i],
                  kArity < 3     ? 0
                  : kScalars & 4 ? z0
                                 : z[i]);
}

template <class Op, int kArity>
constexpr TileEntry integer_entry() {
  constexpr int kMask = (1 << kArity) - 1;
  return {{integer_tile<Op, kArity, 0>, integer_tile<Op, kArity, 1 & kMask>, integer_tile<Op, kArity, 2 & kMask>,
           integer_tile<Op, kArity, 3 & kMask>, integer_tile<Op, kArity, 4 & kMask>,
           integer_tile<Op, kArity, 5 & kMask>, integer_tile<Op, kArity, 6 & kMask>,
           integer_tile<Op, kArity, 7 & kMask>}};
}
constexpr TileEntry kIntegerTable[] = {
#define CORNU_TILE_OP(name, arity, text) integer_entry<op_##name, arity>(),
#include "ops/integer_formulas.inl"
#undef CORNU_TILE_OP
};
constexpr const TileEntry* kIntegerTiles = kIntegerTable;
