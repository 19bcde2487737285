// V, 16 floats, in AVX-512 registers. Included inside the level's target region and namespace; no include guard needed.
constexpr int kLanes = 16;
constexpr int kVectorRegisters = 32;

struct V {
  __m512 v;
  V() = default;
  V(__m512 x) : v(x) {}
  explicit V(float x) : v(_mm512_set1_ps(x)) {}
};
/// The result of a comparison; as a V it is 1 or 0.
struct M {
  __mmask16 m;
  operator V() const { return _mm512_maskz_mov_ps(m, _mm512_set1_ps(1.0f)); }
};
/// 16 integers of 32 bits.
struct I {
  __m512i i;
  I() = default;
  I(__m512i x) : i(x) {}
  explicit I(int x) : i(_mm512_set1_epi32(x)) {}
};

inline V operator+(V a, V b) { return _mm512_add_ps(a.v, b.v); }
inline V operator-(V a, V b) { return _mm512_sub_ps(a.v, b.v); }
inline V operator*(V a, V b) { return _mm512_mul_ps(a.v, b.v); }
inline V operator/(V a, V b) { return _mm512_div_ps(a.v, b.v); }
inline V operator-(V a) { return _mm512_xor_ps(a.v, _mm512_set1_ps(-0.0f)); }
inline M operator==(V a, V b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ)}; }
inline M operator!=(V a, V b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_NEQ_UQ)}; }
inline M operator<(V a, V b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
inline M operator<=(V a, V b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ)}; }
inline M operator>(V a, V b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_GT_OQ)}; }
inline M operator>=(V a, V b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_GE_OQ)}; }
inline V select(M c, V a, V b) { return _mm512_mask_blend_ps(c.m, b.v, a.v); }
inline V select(V c, V a, V b) { return select(c != V(0.0f), a, b); }
inline bool any(M c) { return c.m != 0; }
inline V max(V a, V b) { return _mm512_max_ps(a.v, b.v); }
inline V min(V a, V b) { return _mm512_min_ps(a.v, b.v); }
inline V abs(V a) { return _mm512_abs_ps(a.v); }
inline V sqrt(V a) { return _mm512_sqrt_ps(a.v); }
inline V floor(V a) { return _mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }
inline V ceil(V a) { return _mm512_roundscale_ps(a.v, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC); }
inline V round(V a) { return _mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
inline V fma(V a, V b, V c) { return _mm512_fmadd_ps(a.v, b.v, c.v); }
/// The step of a matrix product.
inline V mul_add(V a, V b, V c) { return fma(a, b, c); }

inline I operator+(I a, I b) { return _mm512_add_epi32(a.i, b.i); }
inline I operator-(I a, I b) { return _mm512_sub_epi32(a.i, b.i); }
inline I operator&(I a, I b) { return _mm512_and_si512(a.i, b.i); }
inline I operator|(I a, I b) { return _mm512_or_si512(a.i, b.i); }
inline I operator^(I a, I b) { return _mm512_xor_si512(a.i, b.i); }
template <int kBits>
inline I shift_left(I a) {
  return _mm512_slli_epi32(a.i, kBits);
}
/// Copies the sign bit into the vacated places.
template <int kBits>
inline I shift_right(I a) {
  return _mm512_srai_epi32(a.i, kBits);
}
inline I to_int(V a) { return _mm512_cvtps_epi32(a.v); }  // to nearest
inline V to_float(I a) { return _mm512_cvtepi32_ps(a.i); }
inline I as_int(V a) { return _mm512_castps_si512(a.v); }
inline V as_float(I a) { return _mm512_castsi512_ps(a.i); }

/// a * 2^n for integral n.
inline V scale_by_power(V a, V n) { return _mm512_scalef_ps(a.v, n.v); }

/// The halves of the 64-bit products of unsigned numbers; b is the same in all lanes.
inline void multiply_wide(I a, I b, I* high, I* low) {
  const __m512i even = _mm512_mul_epu32(a.i, b.i), odd = _mm512_mul_epu32(_mm512_srli_epi64(a.i, 32), b.i);
  *low = _mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32));
  *high = _mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 32), odd);
}
inline I load_int(const uint32_t* p) { return _mm512_loadu_si512(p); }
inline void store_int(uint32_t* p, I a) { _mm512_storeu_si512(p, a.i); }

inline V load(const float* p) { return _mm512_loadu_ps(p); }
inline void store(float* p, V a) { _mm512_storeu_ps(p, a.v); }
inline __mmask16 first_lanes(int n) { return static_cast<__mmask16>((1u << n) - 1); }
/// The first n lanes, 0 < n < kLanes; the others are 0.
inline V load_n(const float* p, int n) { return _mm512_maskz_loadu_ps(first_lanes(n), p); }
/// A plain store for one lane: a masked store cannot be forwarded to the next load of a scalar.
inline void store_n(float* p, V a, int n) {
  if (n == 1) return _mm_store_ss(p, _mm512_castps512_ps128(a.v));
  _mm512_mask_storeu_ps(p, first_lanes(n), a.v);
}
inline V first_lanes_or(int n, V a, V other) { return _mm512_mask_blend_ps(first_lanes(n), other.v, a.v); }

/// 16 partial results, whatever the width of V.
struct Lanes16 {
  V v[16 / kLanes];
};
/// lane i op lane i + 8, then i + 4, i + 2, i + 1: the result in lane 0.
template <class Op>
inline V fold(const Lanes16& s) {
  V a = s.v[0];
  a = Op::f(a, _mm512_shuffle_f32x4(a.v, a.v, 0x4E));
  a = Op::f(a, _mm512_shuffle_f32x4(a.v, a.v, 0xB1));
  a = Op::f(a, _mm512_permute_ps(a.v, 0x4E));
  return Op::f(a, _mm512_permute_ps(a.v, 0xB1));
}
inline float first_lane(V a) { return _mm512_cvtss_f32(a.v); }

/// V in double: what sums are kept in.
struct Wide {
  __m512d low, high;
};
inline Wide widened(V a) {
  return {_mm512_cvtps_pd(_mm512_castps512_ps256(a.v)),
          _mm512_cvtps_pd(_mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(a.v), 1)))};
}
inline V narrowed(Wide a) {
  return _mm512_castpd_ps(_mm512_insertf64x4(_mm512_castps_pd(_mm512_castps256_ps512(_mm512_cvtpd_ps(a.low))),
                                             _mm256_castps_pd(_mm512_cvtpd_ps(a.high)), 1));
}
inline Wide operator+(Wide a, Wide b) { return {_mm512_add_pd(a.low, b.low), _mm512_add_pd(a.high, b.high)}; }
inline Wide load_wide(const double* p) { return {_mm512_loadu_pd(p), _mm512_loadu_pd(p + 8)}; }
inline void store_wide(double* p, Wide a) {
  _mm512_storeu_pd(p, a.low);
  _mm512_storeu_pd(p + 8, a.high);
}
/// The sum of 16, in the order of fold.
inline double total16(const double* p) {
  const __m512d a = _mm512_add_pd(_mm512_loadu_pd(p), _mm512_loadu_pd(p + 8));
  const __m256d b = _mm256_add_pd(_mm512_castpd512_pd256(a), _mm512_extractf64x4_pd(a, 1));
  const __m128d c = _mm_add_pd(_mm256_castpd256_pd128(b), _mm256_extractf128_pd(b, 1));
  return _mm_cvtsd_f64(_mm_add_sd(c, _mm_unpackhi_pd(c, c)));
}
