// The machine's float32 peak on one core: independent fused multiply-adds in registers, at the level that is in use.
#pragma once
#include <immintrin.h>

#include "base/cpu_info.h"
#include "support.h"

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

/// To be registered as a benchmark; an error where there is no vector level to measure.
inline void fma_peak(benchmark::State& state) {
#if defined(__x86_64__)
  const cornu::Isa level = cornu::active_isa();
  if (level != cornu::Isa::baseline) {
    const bool wide = level == cornu::Isa::avx512;
    constexpr int64_t kRounds = 20000;
    for (auto _ : state) {
      int64_t rounds = kRounds;
      benchmark::DoNotOptimize(rounds);  // else the compiler computes it once for all
      benchmark::DoNotOptimize(wide ? fma_loop_512(rounds) : fma_loop_256(rounds));
    }
    state.counters["GFLOP/s"] = {2e-9 * 12 * (wide ? 16 : 8) * kRounds, benchmark::Counter::kIsIterationInvariantRate};
    return;
  }
#endif
  state.SkipWithError("no vector level");
}

}  // namespace bench
