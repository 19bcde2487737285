// V, 8 floats, in AVX2 registers. Included inside the level's target region and namespace; no include guard needed.
constexpr int kLanes = 8;
constexpr int kVectorRegisters = 16;

struct V {
  __m256 v;
  V() = default;
  V(__m256 x) : v(x) {}
  explicit V(float x) : v(_mm256_set1_ps(x)) {}
};
/// The result of a comparison; as a V it is 1 or 0.
struct M {
  __m256 m;
  operator V() const { return _mm256_and_ps(m, _mm256_set1_ps(1.0f)); }
};
/// 8 integers of 32 bits.
struct I {
  __m256i i;
  I() = default;
  I(__m256i x) : i(x) {}
  explicit I(int x) : i(_mm256_set1_epi32(x)) {}
};

inline V operator+(V a, V b) { return _mm256_add_ps(a.v, b.v); }
inline V operator-(V a, V b) { return _mm256_sub_ps(a.v, b.v); }
inline V operator*(V a, V b) { return _mm256_mul_ps(a.v, b.v); }
inline V operator/(V a, V b) { return _mm256_div_ps(a.v, b.v); }
inline V operator-(V a) { return _mm256_xor_ps(a.v, _mm256_set1_ps(-0.0f)); }
inline M operator==(V a, V b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_EQ_OQ)}; }
inline M operator!=(V a, V b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_NEQ_UQ)}; }
inline M operator<(V a, V b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
inline M operator<=(V a, V b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ)}; }
inline M operator>(V a, V b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_GT_OQ)}; }
inline M operator>=(V a, V b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_GE_OQ)}; }
inline V select(M c, V a, V b) { return _mm256_blendv_ps(b.v, a.v, c.m); }
inline V select(V c, V a, V b) { return select(c != V(0.0f), a, b); }
inline bool any(M c) { return _mm256_movemask_ps(c.m) != 0; }
inline V max(V a, V b) { return _mm256_max_ps(a.v, b.v); }
inline V min(V a, V b) { return _mm256_min_ps(a.v, b.v); }
inline V abs(V a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v); }
inline V sqrt(V a) { return _mm256_sqrt_ps(a.v); }
inline V floor(V a) { return _mm256_floor_ps(a.v); }
inline V ceil(V a) { return _mm256_ceil_ps(a.v); }
inline V round(V a) { return _mm256_round_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
inline V fma(V a, V b, V c) { return _mm256_fmadd_ps(a.v, b.v, c.v); }
/// The step of a matrix product.
inline V mul_add(V a, V b, V c) { return fma(a, b, c); }

inline I operator+(I a, I b) { return _mm256_add_epi32(a.i, b.i); }
inline I operator-(I a, I b) { return _mm256_sub_epi32(a.i, b.i); }
inline I operator&(I a, I b) { return _mm256_and_si256(a.i, b.i); }
inline I operator|(I a, I b) { return _mm256_or_si256(a.i, b.i); }
inline I operator^(I a, I b) { return _mm256_xor_si256(a.i, b.i); }
template <int kBits>
inline I shift_left(I a) {
  return _mm256_slli_epi32(a.i, kBits);
}
/// Copies the sign bit into the vacated places.
template <int kBits>
inline I shift_right(I a) {
  return _mm256_srai_epi32(a.i, kBits);
}
inline I to_int(V a) { return _mm256_cvtps_epi32(a.v); }  // to nearest
inline V to_float(I a) { return _mm256_cvtepi32_ps(a.i); }
inline I as_int(V a) { return _mm256_castps_si256(a.v); }
inline V as_float(I a) { return _mm256_castsi256_ps(a.i); }

/// a * 2^n for integral n of [-252, 254]; in two steps, since 2^n alone may be out of range.
inline V scale_by_power(V a, V n) {
  const I whole = to_int(n), half = shift_right<1>(whole), rest = whole - half, bias(127);
  return a * as_float(shift_left<23>(half + bias)) * as_float(shift_left<23>(rest + bias));
}

/// The halves of the 64-bit products of unsigned numbers; b is the same in all lanes.
inline void multiply_wide(I a, I b, I* high, I* low) {
  const __m256i even = _mm256_mul_epu32(a.i, b.i), odd = _mm256_mul_epu32(_mm256_srli_epi64(a.i, 32), b.i);
  *low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
  *high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
}
inline I load_int(const uint32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
inline void store_int(uint32_t* p, I a) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a.i); }

inline V load(const float* p) { return _mm256_loadu_ps(p); }
inline void store(float* p, V a) { _mm256_storeu_ps(p, a.v); }
inline __m256i first_lanes(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
/// The first n lanes, 0 < n < kLanes; the others are 0.
inline V load_n(const float* p, int n) { return _mm256_maskload_ps(p, first_lanes(n)); }
/// Plain stores of 4, 2 and 1: a masked store takes tens of cycles on some processors and cannot be forwarded.
inline void store_n(float* p, V a, int n) {
  __m128 x = _mm256_castps256_ps128(a.v);
  if (n & 4) {
    _mm_storeu_ps(p, x);
    x = _mm256_extractf128_ps(a.v, 1);
    p += 4;
  }
  if (n & 2) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), x);
    x = _mm_movehl_ps(x, x);
    p += 2;
  }
  if (n & 1) _mm_store_ss(p, x);
}
inline V first_lanes_or(int n, V a, V other) {
  return _mm256_blendv_ps(other.v, a.v, _mm256_castsi256_ps(first_lanes(n)));
}

/// 16 partial results, whatever the width of V.
struct Lanes16 {
  V v[16 / kLanes];
};
/// lane i op lane i + 8, then i + 4, i + 2, i + 1: the result in lane 0.
template <class Op>
inline V fold(const Lanes16& s) {
  V a = Op::f(s.v[0], s.v[1]);
  a = Op::f(a, _mm256_permute2f128_ps(a.v, a.v, 1));
  a = Op::f(a, _mm256_permute_ps(a.v, 0x4E));
  return Op::f(a, _mm256_permute_ps(a.v, 0xB1));
}
inline float first_lane(V a) { return _mm256_cvtss_f32(a.v); }

/// V in double: what sums are kept in.
struct Wide {
  __m256d low, high;
};
inline Wide widened(V a) {
  return {_mm256_cvtps_pd(_mm256_castps256_ps128(a.v)), _mm256_cvtps_pd(_mm256_extractf128_ps(a.v, 1))};
}
inline V narrowed(Wide a) {
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm256_cvtpd_ps(a.low)), _mm256_cvtpd_ps(a.high), 1);
}
inline Wide operator+(Wide a, Wide b) { return {_mm256_add_pd(a.low, b.low), _mm256_add_pd(a.high, b.high)}; }
inline Wide load_wide(const double* p) { return {_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4)}; }
inline void store_wide(double* p, Wide a) {
  _mm256_storeu_pd(p, a.low);
  _mm256_storeu_pd(p + 4, a.high);
}
/// The sum of 16, in the order of fold.
inline double total16(const double* p) {
  const Wide a = load_wide(p) + load_wide(p + 8);
  const __m256d b = _mm256_add_pd(a.low, a.high);
  const __m128d c = _mm_add_pd(_mm256_castpd256_pd128(b), _mm256_extractf128_pd(b, 1));
  return _mm_cvtsd_f64(_mm_add_sd(c, _mm_unpackhi_pd(c, c)));
}
