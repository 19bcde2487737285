// The kernels for AVX-512. No compiler flag is involved: only the region below may use its instructions, so that no
// function shared with other files (an inlined one of std::, say) is ever compiled for a processor that lacks them.
// Hence every include stands above, and nothing inside calls std:: or is a lambda.
#include <math.h>

#include "kernels/cpu/isa/isa_table.h"
#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl"))), \
                             apply_to = function)
#else
// g++ 12 takes the deliberately undefined operands inside its own AVX-512 header for mistakes (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")
#endif
namespace cornu::avx512 {
namespace {
// clang-format off
#include "kernels/cpu/isa/simd_avx512.h"
#include "kernels/cpu/isa/transpose_avx.h"
#include "ops/integer_helpers.inl"
constexpr const TileEntry* kIntegerTiles = nullptr;  // those of AVX2, below
#include "kernels/cpu/isa/level.inl"
// clang-format on
}  // namespace
}  // namespace cornu::avx512
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace cornu {
const IsaTable& avx512_table() {
  static const IsaTable table = [] {
    IsaTable t = avx512::make_table(Isa::avx512);
    t.integer_tile = avx2_table().integer_tile;
    return t;
  }();
  return table;
}
}  // namespace cornu
#endif
