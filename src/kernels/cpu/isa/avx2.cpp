// The kernels for AVX2. No compiler flag is involved: only the region below may use its instructions, so that no
// function shared with other files (an inlined one of std::, say) is ever compiled for a processor that lacks them.
// Hence every include stands above, and nothing inside calls std:: or is a lambda.
#include <math.h>

#include "kernels/cpu/isa/isa_table.h"
#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
namespace cornu::avx2 {
namespace {
// clang-format off
#include "kernels/cpu/isa/simd_avx2.h"
#include "kernels/cpu/isa/transpose_avx.h"
#include "ops/integer_helpers.inl"
#include "kernels/cpu/isa/integers.inl"
#include "kernels/cpu/isa/level.inl"
// clang-format on
}  // namespace
}  // namespace cornu::avx2
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace cornu {
const IsaTable& avx2_table() {
  static constexpr IsaTable table = avx2::make_table(Isa::avx2);
  return table;
}
}  // namespace cornu
#endif
