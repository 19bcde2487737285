// Products of bfloat16 by AVX-512's own instruction for them, and the packing that AMX shares. The rest of this level
// is that of AVX-512. For regions and what may stand in them see avx512.cpp.
#include "kernels/cpu/isa/isa_table.h"
#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16"))), \
                             apply_to = function)
#else
// g++ 12 takes the deliberately undefined operands inside its own AVX-512 header for mistakes (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")
#endif
namespace cornu::avx512_bf16 {
namespace {

using Vector = __m512i;

/// Halves in the high 16 bits, as the conversion of a float to bfloat16 makes them (tiles.inl: the nearest, ties to
/// even).
inline Vector rounded(const float* p, __mmask16 first) {
  const __m512 x = _mm512_maskz_loadu_ps(first, p);
  const Vector all = _mm512_castps_si512(x), odd = _mm512_and_si512(_mm512_srli_epi32(all, 16), _mm512_set1_epi32(1));
  const Vector near = _mm512_add_epi32(_mm512_add_epi32(all, _mm512_set1_epi32(0x7fff)), odd);
  const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
  return _mm512_mask_or_epi32(near, nan, all, _mm512_set1_epi32(0x400000));
}
inline __mmask16 first16(int64_t n) { return static_cast<__mmask16>(n >= 16 ? 0xffff : n <= 0 ? 0 : (1u << n) - 1); }

/// 16 lines of one pair of k; what lies behind the last k is 0.
inline Vector across(const float* p, int64_t k_step, int64_t k, __mmask16 lines) {
  const Vector even = _mm512_srli_epi32(rounded(p, lines), 16);
  if (k < 2) return even;
  return _mm512_or_si512(even, _mm512_and_si512(rounded(p + k_step, lines), _mm512_set1_epi32(-0x10000)));
}
inline Vector across(const uint16_t* p, int64_t k_step, int64_t k, __mmask16 lines) {
  const Vector even = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lines, p));
  if (k < 2) return even;
  const Vector odd = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lines, p + k_step));
  return _mm512_or_si512(even, _mm512_slli_epi32(odd, 16));
}
/// 16 pairs of k of one line.
inline __m256i halves(const float* p, int64_t k) {
  return _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded(p, first16(k)), 16));
}
inline Vector along(const float* p, int64_t k) {
  const Vector low = _mm512_castsi256_si512(halves(p, k));
  return _mm512_inserti64x4(low, k > 16 ? halves(p + 16, k - 16) : _mm256_setzero_si256(), 1);
}
inline Vector along(const uint16_t* p, int64_t k) {
  return _mm512_maskz_loadu_epi16(k >= 32 ? ~__mmask32{0} : (__mmask32{1} << k) - 1, p);
}

inline void transpose(Vector* a) {
  Vector b[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    b[i] = _mm512_unpacklo_epi32(a[i], a[i + 1]);
    b[i + 1] = _mm512_unpackhi_epi32(a[i], a[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    a[i] = _mm512_unpacklo_epi64(b[i], b[i + 2]);
    a[i + 1] = _mm512_unpackhi_epi64(b[i], b[i + 2]);
    a[i + 2] = _mm512_unpacklo_epi64(b[i + 1], b[i + 3]);
    a[i + 3] = _mm512_unpackhi_epi64(b[i + 1], b[i + 3]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    b[i] = _mm512_shuffle_i32x4(a[i], a[i + 4], 0x88);
    b[i + 4] = _mm512_shuffle_i32x4(a[i], a[i + 4], 0xdd);
    b[i + 8] = _mm512_shuffle_i32x4(a[i + 8], a[i + 12], 0x88);
    b[i + 12] = _mm512_shuffle_i32x4(a[i + 8], a[i + 12], 0xdd);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    a[i] = _mm512_shuffle_i32x4(b[i], b[i + 8], 0x88);
    a[i + 4] = _mm512_shuffle_i32x4(b[i + 4], b[i + 12], 0x88);
    a[i + 8] = _mm512_shuffle_i32x4(b[i], b[i + 8], 0xdd);
    a[i + 12] = _mm512_shuffle_i32x4(b[i + 4], b[i + 12], 0xdd);
  }
}

/// One tile: up to 16 lines and 32 of k.
template <class T>
inline void pack_tile(uint32_t* dst, const T* src, const Bf16Operand& o, int64_t lines, int64_t k) {
  Vector v[16];
  if (o.line_step == 1) {
    const __mmask16 mask = first16(lines);
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i)
      v[i] = 2 * i < k ? across(src + 2 * i * o.k_step, o.k_step, k - 2 * i, mask) : _mm512_setzero_si512();
  } else {
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) v[i] = i < lines ? along(src + i * o.line_step, k) : _mm512_setzero_si512();
  }
  if ((o.line_step == 1) != o.pairs_first) transpose(v);
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) _mm512_storeu_si512(dst + 16 * i, v[i]);
}
template <class T>
inline void pack_panels(uint32_t* dst, const T* src, const Bf16Operand& o, int64_t lines, int64_t k) {
  const int64_t panel = (k + 31) / 32 * kBf16Tile;
  for (int64_t at = 0; at < k; at += 32, dst += kBf16Tile)
    for (int64_t line = 0; line < lines; line += 16)
      pack_tile(dst + line / 16 * panel, src + line * o.line_step + at * o.k_step, o, lines - line, k - at);
}
void pack(uint32_t* dst, const Bf16Operand& o, int64_t line, int64_t lines, int64_t k) {
  const int64_t at = line * o.line_step;
  if (o.floats)
    pack_panels(dst, static_cast<const float*>(o.data) + at, o, lines, k);
  else
    pack_panels(dst, static_cast<const uint16_t*>(o.data) + at, o, lines, k);
}

void store(uint16_t* dst, int64_t row, const float* block, int64_t rows, int64_t cols) {
  for (int64_t i = 0; i < rows; ++i, dst += row, block += kBf16Block)
    for (int64_t j = 0; j < cols; j += 16)
      _mm256_mask_storeu_epi16(dst + j, first16(cols - j),
                               _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded(block + j, 0xffff), 16)));
}

/// Eight rows of an A panel and one or two panels of B.
template <int kPanels>
inline void strip(const uint32_t* a, const uint32_t* b, int64_t b_panel, float* c, int64_t tiles) {
  __m512 sum[8][kPanels];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i)
#pragma GCC unroll 2
    for (int v = 0; v < kPanels; ++v) sum[i][v] = _mm512_setzero_ps();
  for (int64_t t = 0; t < tiles; ++t, a += kBf16Tile, b += kBf16Tile) {
#pragma GCC unroll 2
    for (int p = 0; p < 16; ++p) {
      __m512bh y[kPanels];
#pragma GCC unroll 2
      for (int v = 0; v < kPanels; ++v) y[v] = (__m512bh)_mm512_loadu_si512(b + v * b_panel + 16 * p);
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) {
        const __m512bh x = (__m512bh)_mm512_set1_epi32(static_cast<int>(a[16 * i + p]));
#pragma GCC unroll 2
        for (int v = 0; v < kPanels; ++v) sum[i][v] = _mm512_dpbf16_ps(sum[i][v], x, y[v]);
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i)
#pragma GCC unroll 2
    for (int v = 0; v < kPanels; ++v) _mm512_storeu_ps(c + kBf16Block * i + 16 * v, sum[i][v]);
}
void block(const uint32_t* a, const uint32_t* b, float* c, int64_t tiles, int a_panels, int b_panels) {
  const int64_t panel = tiles * kBf16Tile;
  for (int i = 0; i < 16 * a_panels; i += 8) {
    const uint32_t* const rows = a + i / 16 * panel + i % 16 * 16;
    if (b_panels == 2)
      strip<2>(rows, b, panel, c + kBf16Block * i, tiles);
    else
      strip<1>(rows, b, panel, c + kBf16Block * i, tiles);
  }
}
void nothing() {}

constexpr Bf16Kernels kKernels = {pack, block, store, nothing, nothing};

}  // namespace
}  // namespace cornu::avx512_bf16
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace cornu {
const IsaTable& avx512_bf16_table() {
  static const IsaTable table = [] {
    IsaTable t = avx512_table();
    t.level = Isa::avx512_bf16;
    t.bf16 = &avx512_bf16::kKernels;
    return t;
  }();
  return table;
}
}  // namespace cornu
#endif
