// Transposes blocks of 8 x 8 floats in AVX registers; for both AVX levels. No include guard needed.

inline void store_first(float* p, __m256 a, int n) {  // 0 < n < 8
  __m128 x = _mm256_castps256_ps128(a);
  if (n & 4) {
    _mm_storeu_ps(p, x);
    x = _mm256_extractf128_ps(a, 1);
    p += 4;
  }
  if (n & 2) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), x);
    x = _mm_movehl_ps(x, x);
    p += 2;
  }
  if (n & 1) _mm_store_ss(p, x);
}

/// Up to 8 rows of up to 8 columns; rows that do not exist repeat the last. With kSpills all 8 are written.
template <bool kSpills>
inline void transpose_block(float* dst, int64_t dst_row, const float* src, int64_t src_row, int rows, int cols) {
  __m256 a[8], b[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) a[i] = _mm256_loadu_ps(src + (i < rows ? i : rows - 1) * src_row);
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    b[2 * i] = _mm256_unpacklo_ps(a[2 * i], a[2 * i + 1]);
    b[2 * i + 1] = _mm256_unpackhi_ps(a[2 * i], a[2 * i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    a[i] = _mm256_shuffle_ps(b[i], b[i + 2], 0x44);
    a[i + 1] = _mm256_shuffle_ps(b[i], b[i + 2], 0xEE);
    a[i + 2] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0x44);
    a[i + 3] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0xEE);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    b[i] = _mm256_permute2f128_ps(a[i], a[i + 4], 0x20);
    b[i + 4] = _mm256_permute2f128_ps(a[i], a[i + 4], 0x31);
  }
  if ((kSpills || rows == 8) && cols == 8) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) _mm256_storeu_ps(dst + i * dst_row, b[i]);
    return;
  }
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i)
    if (i < cols) {
      if (kSpills || rows == 8)
        _mm256_storeu_ps(dst + i * dst_row, b[i]);
      else
        store_first(dst + i * dst_row, b[i], rows);
    }
}
constexpr int kBlock = 8;
