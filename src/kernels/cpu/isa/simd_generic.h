// V, 4 floats, by the compiler's vector types: SSE2 on x86, and whatever another processor has.
// Included inside the level's namespace; no include guard needed.
constexpr int kLanes = 4;
constexpr int kVectorRegisters = 16;

typedef float Float4 __attribute__((vector_size(16)));
typedef int Int4 __attribute__((vector_size(16)));
typedef unsigned UInt4 __attribute__((vector_size(16)));  // for what may overflow

struct V {
  Float4 v;
  V() = default;
  V(Float4 x) : v(x) {}
  explicit V(float x) : v(Float4{x, x, x, x}) {}
};
/// The result of a comparison; as a V it is 1 or 0.
struct M {
  Int4 m;
  operator V() const { return reinterpret_cast<Float4>(m & reinterpret_cast<Int4>(Float4{1.0f, 1.0f, 1.0f, 1.0f})); }
};
/// 4 integers of 32 bits.
struct I {
  Int4 i;
  I() = default;
  I(Int4 x) : i(x) {}
  explicit I(int x) : i(Int4{x, x, x, x}) {}
};

inline V operator+(V a, V b) { return a.v + b.v; }
inline V operator-(V a, V b) { return a.v - b.v; }
inline V operator*(V a, V b) { return a.v * b.v; }
inline V operator/(V a, V b) { return a.v / b.v; }
inline V operator-(V a) { return -a.v; }
inline M operator==(V a, V b) { return {a.v == b.v}; }
inline M operator!=(V a, V b) { return {a.v != b.v}; }
inline M operator<(V a, V b) { return {a.v < b.v}; }
inline M operator<=(V a, V b) { return {a.v <= b.v}; }
inline M operator>(V a, V b) { return {a.v > b.v}; }
inline M operator>=(V a, V b) { return {a.v >= b.v}; }
inline V select(M c, V a, V b) {
  return reinterpret_cast<Float4>((reinterpret_cast<Int4>(a.v) & c.m) | (reinterpret_cast<Int4>(b.v) & ~c.m));
}
inline V select(V c, V a, V b) { return select(c != V(0.0f), a, b); }
inline bool any(M c) { return (c.m[0] | c.m[1] | c.m[2] | c.m[3]) != 0; }
inline V max(V a, V b) { return select(a > b, a, b); }
inline V min(V a, V b) { return select(a < b, a, b); }
inline V abs(V a) { return reinterpret_cast<Float4>(reinterpret_cast<Int4>(a.v) & 0x7fffffff); }
inline V sqrt(V a) {
  return Float4{__builtin_sqrtf(a.v[0]), __builtin_sqrtf(a.v[1]), __builtin_sqrtf(a.v[2]), __builtin_sqrtf(a.v[3])};
}
inline V floor(V a) { return Float4{::floorf(a.v[0]), ::floorf(a.v[1]), ::floorf(a.v[2]), ::floorf(a.v[3])}; }
inline V ceil(V a) { return Float4{::ceilf(a.v[0]), ::ceilf(a.v[1]), ::ceilf(a.v[2]), ::ceilf(a.v[3])}; }
/// Half to even. Adding and subtracting 2^23 rounds what has a fraction; the sign of a zero is kept.
inline V round(V a) {
  const V big(8388608.0f), size = abs(a), r = select(size < big, (size + big) - big, size);
  return reinterpret_cast<Float4>(reinterpret_cast<Int4>(r.v) |
                                  (reinterpret_cast<Int4>(a.v) & static_cast<int>(0x80000000u)));
}
#if defined(__FP_FAST_FMAF)
inline V fma(V a, V b, V c) {
  V r;
  for (int i = 0; i < kLanes; ++i) r.v[i] = __builtin_fmaf(a.v[i], b.v[i], c.v[i]);
  return r;
}
/// The step of a matrix product.
inline V mul_add(V a, V b, V c) { return fma(a, b, c); }
#else
/// No such instruction: the product is exact in double, and the sum is rounded to double and then to float, which
/// differs from a true fused operation once in about 2^29 cases.
inline V fma(V a, V b, V c) {
  V r;
  for (int i = 0; i < kLanes; ++i)
    r.v[i] =
        static_cast<float>(static_cast<double>(a.v[i]) * static_cast<double>(b.v[i]) + static_cast<double>(c.v[i]));
  return r;
}
/// The step of a matrix product. Rounded twice at this level, since it is five times faster than fma here.
inline V mul_add(V a, V b, V c) { return a * b + c; }
#endif

inline UInt4 as_unsigned(I a) { return reinterpret_cast<UInt4>(a.i); }
inline I as_signed(UInt4 a) { return reinterpret_cast<Int4>(a); }
inline I operator+(I a, I b) { return as_signed(as_unsigned(a) + as_unsigned(b)); }
inline I operator-(I a, I b) { return as_signed(as_unsigned(a) - as_unsigned(b)); }
inline I operator&(I a, I b) { return a.i & b.i; }
inline I operator|(I a, I b) { return a.i | b.i; }
inline I operator^(I a, I b) { return a.i ^ b.i; }
template <int kBits>
inline I shift_left(I a) {
  return as_signed(as_unsigned(a) << kBits);
}
/// Copies the sign bit into the vacated places.
template <int kBits>
inline I shift_right(I a) {
  return a.i >> kBits;
}
inline V to_float(I a) { return __builtin_convertvector(a.i, Float4); }
inline I as_int(V a) { return reinterpret_cast<Int4>(a.v); }
inline V as_float(I a) { return reinterpret_cast<Float4>(a.i); }
/// To nearest; out of range gives some number.
inline I to_int(V a) { return __builtin_convertvector(min(max(round(a), V(-2e9f)), V(2e9f)).v, Int4); }

/// a * 2^n for integral n of [-252, 254]; in two steps, since 2^n alone may be out of range.
inline V scale_by_power(V a, V n) {
  const I whole = to_int(n), half = shift_right<1>(whole), rest = whole - half, bias(127);
  return a * as_float(shift_left<23>(half + bias)) * as_float(shift_left<23>(rest + bias));
}

/// The halves of the 64-bit products of unsigned numbers; b is the same in all lanes.
inline void multiply_wide(I a, I b, I* high, I* low) {
  for (int i = 0; i < kLanes; ++i) {
    const uint64_t p = uint64_t{static_cast<uint32_t>(a.i[i])} * static_cast<uint32_t>(b.i[i]);
    low->i[i] = static_cast<int>(static_cast<uint32_t>(p));
    high->i[i] = static_cast<int>(static_cast<uint32_t>(p >> 32));
  }
}
inline I load_int(const uint32_t* p) {
  I r;
  __builtin_memcpy(&r.i, p, sizeof r.i);
  return r;
}
inline void store_int(uint32_t* p, I a) { __builtin_memcpy(p, &a.i, sizeof a.i); }

inline V load(const float* p) {
  V r;
  __builtin_memcpy(&r.v, p, sizeof r.v);
  return r;
}
inline void store(float* p, V a) { __builtin_memcpy(p, &a.v, sizeof a.v); }
/// The first n lanes, 0 < n < kLanes; the others are 0.
inline V load_n(const float* p, int n) { return Float4{p[0], n > 1 ? p[1] : 0.0f, n > 2 ? p[2] : 0.0f, 0.0f}; }
inline void store_n(float* p, V a, int n) {
  p[0] = a.v[0];
  if (n > 1) p[1] = a.v[1];
  if (n > 2) p[2] = a.v[2];
}
inline V first_lanes_or(int n, V a, V other) { return select(M{Int4{0, 1, 2, 3} < n}, a, other); }

/// 16 partial results, whatever the width of V.
struct Lanes16 {
  V v[16 / kLanes];
};
/// lane i op lane i + 8, then i + 4, i + 2, i + 1: the result in lane 0.
template <class Op>
inline V fold(const Lanes16& s) {
  V a = Op::f(Op::f(s.v[0], s.v[2]), Op::f(s.v[1], s.v[3]));
  a = Op::f(a, __builtin_shufflevector(a.v, a.v, 2, 3, 0, 1));
  return Op::f(a, __builtin_shufflevector(a.v, a.v, 1, 0, 3, 2));
}
inline float first_lane(V a) { return a.v[0]; }

typedef double Double2 __attribute__((vector_size(16)));
typedef float Float2 __attribute__((vector_size(8)));
/// V in double: what sums are kept in.
struct Wide {
  Double2 low, high;
};
inline Wide widened(V a) {
  return {__builtin_convertvector(__builtin_shufflevector(a.v, a.v, 0, 1), Double2),
          __builtin_convertvector(__builtin_shufflevector(a.v, a.v, 2, 3), Double2)};
}
inline V narrowed(Wide a) {
  return Float4{static_cast<float>(a.low[0]), static_cast<float>(a.low[1]), static_cast<float>(a.high[0]),
                static_cast<float>(a.high[1])};
}
inline Wide operator+(Wide a, Wide b) { return {a.low + b.low, a.high + b.high}; }
inline Wide load_wide(const double* p) {
  Wide r;
  __builtin_memcpy(&r.low, p, sizeof r.low);
  __builtin_memcpy(&r.high, p + 2, sizeof r.high);
  return r;
}
inline void store_wide(double* p, Wide a) {
  __builtin_memcpy(p, &a.low, sizeof a.low);
  __builtin_memcpy(p + 2, &a.high, sizeof a.high);
}
/// The sum of 16, in the order of fold.
inline double total16(const double* p) {
  const Wide a = load_wide(p) + load_wide(p + 8), b = load_wide(p + 4) + load_wide(p + 12), c = a + b;
  const Double2 d = c.low + c.high;
  return d[0] + d[1];
}
