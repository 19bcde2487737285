// Products of bfloat16 in AMX' tiles: registers of 16 rows of 64 bytes. All else of this level is that of AVX-512.
#include "kernels/cpu/isa/isa_table.h"
#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,amx-tile,amx-bf16"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,amx-tile,amx-bf16")
#endif
namespace cornu::amx {
namespace {

/// As the instruction reads it.
struct alignas(64) TileShapes {
  uint8_t palette = 1, start_row = 0, unused[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
constexpr TileShapes kShapes;

void begin() { _tile_loadconfig(&kShapes); }
void end() { _tile_release(); }

constexpr int kRow = 64, kBlockRow = kBf16Block * 4;  // bytes

/// Tiles 0 to 3 are the quarters of C, 4 and 5 of A, 6 and 7 of B; `kBelow` and `kBeside` say whether A has a second
/// panel, and B.
template <bool kBelow, bool kBeside>
void block_of(const uint32_t* a, const uint32_t* b, float* c, int64_t tiles) {
  const uint32_t *const a1 = a + tiles * kBf16Tile, *const b1 = b + tiles * kBf16Tile;
  _tile_zero(0);
  if constexpr (kBeside) _tile_zero(1);
  if constexpr (kBelow) _tile_zero(2);
  if constexpr (kBelow && kBeside) _tile_zero(3);
  for (int64_t at = 0; at < tiles * kBf16Tile; at += kBf16Tile) {
    _tile_loadd(6, b + at, kRow);
    _tile_loadd(4, a + at, kRow);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (kBeside) {
      _tile_loadd(7, b1 + at, kRow);
      _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (kBelow) {
      _tile_loadd(5, a1 + at, kRow);
      _tile_dpbf16ps(2, 5, 6);
    }
    if constexpr (kBelow && kBeside) _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, c, kBlockRow);
  if constexpr (kBeside) _tile_stored(1, c + 16, kBlockRow);
  if constexpr (kBelow) _tile_stored(2, c + 16 * kBf16Block, kBlockRow);
  if constexpr (kBelow && kBeside) _tile_stored(3, c + 16 * kBf16Block + 16, kBlockRow);
}
void block(const uint32_t* a, const uint32_t* b, float* c, int64_t tiles, int a_panels, int b_panels) {
  if (a_panels == 2)
    b_panels == 2 ? block_of<true, true>(a, b, c, tiles) : block_of<true, false>(a, b, c, tiles);
  else
    b_panels == 2 ? block_of<false, true>(a, b, c, tiles) : block_of<false, false>(a, b, c, tiles);
}

}  // namespace
}  // namespace cornu::amx
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace cornu {
const IsaTable& amx_table() {
  static const Bf16Kernels kernels = {avx512_bf16_table().bf16->pack, amx::block, avx512_bf16_table().bf16->store,
                                      amx::begin, amx::end};
  static const IsaTable table = [] {
    IsaTable t = avx512_table();
    t.level = Isa::amx;
    t.bf16 = &kernels;
    return t;
  }();
  return table;
}
}  // namespace cornu
#endif
