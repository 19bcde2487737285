// The machine's float32 peak on one core: independent fused multiply-adds in registers, at the level that is in use.
#pragma once
#include <immintrin.h>

#include "base/cpu_info.h"
#include "timing.h"

namespace bench {

#if defined(__x86_64__)
__attribute__((target("avx512f"))) inline float fma_loop_512(int64_t n) {
  __m512 x[12], f = _mm512_set1_ps(0.999f), g = _mm512_set1_ps(1e-3f);
  for (__m512& v : x) v = g;
  for (int64_t i = 0; i < n; ++i) {
#pragma GCC unroll 12
    for (int k = 0; k < 12; ++k) x[k] = _mm512_fmadd_ps(x[k], f, g);
  }
  for (int k = 1; k < 12; ++k) x[0] = _mm512_add_ps(x[0], x[k]);
  return _mm512_cvtss_f32(x[0]);
}
__attribute__((target("avx2,fma"))) inline float fma_loop_256(int64_t n) {
  __m256 x[12], f = _mm256_set1_ps(0.999f), g = _mm256_set1_ps(1e-3f);
  for (__m256& v : x) v = g;
  for (int64_t i = 0; i < n; ++i) {
#pragma GCC unroll 12
    for (int k = 0; k < 12; ++k) x[k] = _mm256_fmadd_ps(x[k], f, g);
  }
  for (int k = 1; k < 12; ++k) x[0] = _mm256_add_ps(x[0], x[k]);
  return _mm256_cvtss_f32(x[0]);
}
#endif

/// GFLOP/s; 0 where there is no vector level to measure.
inline double fma_peak() {
#if defined(__x86_64__)
  const cornu::Isa level = cornu::active_isa();
  if (level == cornu::Isa::baseline) return 0;
  const bool wide = level == cornu::Isa::avx512;
  constexpr int64_t kRounds = 20000;
  static volatile float sink;
  const auto once = [&] {
    int64_t rounds = kRounds;
    asm volatile("" : "+r"(rounds));  // else the compiler computes it once for all
    sink = wide ? fma_loop_512(rounds) : fma_loop_256(rounds);
  };
  const double s = timed(once, 1e-4, 21);
  return 2.0 * 12 * (wide ? 16 : 8) * kRounds / s / 1e9;
#else
  return 0;
#endif
}

}  // namespace bench
