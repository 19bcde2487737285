// The functions that exist once per instruction set, behind pointers that are chosen once.
#pragma once
#include <cstdint>

#include "base/cpu_info.h"
#include "runtime/tile.h"

// Before a loop whose iterations do not touch each other's elements, which g++ cannot see by itself (clang asks at run
// time).
#if defined(__clang__)
#define CORNU_INDEPENDENT_LOOP
#else
#define CORNU_INDEPENDENT_LOOP _Pragma("GCC ivdep")
#endif

namespace cornu {

/// dst[i] = op(a[i], b[i], c[i]) for i < n.
using TileFn = void (*)(float* dst, const float* a, const float* b, const float* c, int n);
/// Indexed by the operands that are one number: 1 for a, 2 for b, 4 for c.
struct TileEntry {
  TileFn fn[8];
};

/// A whole tile program compiled ahead: `memory` are the contiguous operands, loads first and then stores, `scalars`
/// the numbers: scalar loads first and then constants. `lanes`: 16 running sums for each TileSum.
using ProgramFn = void (*)(float* const* memory, const float* scalars, int64_t n, double* lanes);

/// What happens to an element of a matrix product after its sum over k and bias.
enum class GemmFinish : uint8_t { none, relu, relu_grad };

/// One register tile of C: rows x up to (vectors x lanes) columns.
struct GemmTile {
  const float* a;
  const float* b;
  float* c;
  const float* bias;  // of the tile's first column, or null
  const float* mask;  // relu_grad: elements stay where it is > 0
  int64_t a_row, a_col, b_row, c_row, mask_row;
  int64_t k;
  int last;       // columns in the last vector, 1..lanes
  bool add_to_c;  // continues sums that an earlier block of k left in C
  bool finishes;  // the last block of k: bias and finish apply
  GemmFinish finish;
};
using GemmTileFn = void (*)(const GemmTile& t);

constexpr int kMaxGemmRows = 14, kMaxGemmVectors = 3;

/// Products of bfloat16 work on operands in tiles of 16 lines (rows of A, columns of B) and 16 pairs of neighbours in
/// k, one 32-bit unit each; 16 lines are a panel, which has its tiles one after another along k, filled up with zeros.
constexpr int64_t kBf16Tile = 256;  ///< Units.
constexpr int64_t kBf16Block = 32;  ///< Rows and columns of the block of C that is computed at a time.

/// An operand as it lies; one of the steps is 1.
struct Bf16Operand {
  const void* data;
  bool floats;  ///< float32, which is rounded on the way; else bfloat16.
  int64_t line_step, k_step;
  bool pairs_first;  ///< A tile's rows are pairs, as of B; else lines, as of A.
};
struct Bf16Kernels {
  /// Lines [line, line + lines), where a panel begins.
  void (*pack)(uint32_t* dst, const Bf16Operand& from, int64_t line, int64_t lines, int64_t k);
  /// c[32][32] = the product of one or two neighbouring panels of A and of B; the other elements stay as they are.
  void (*block)(const uint32_t* a, const uint32_t* b, float* c, int64_t tiles, int a_panels, int b_panels);
  /// The nearest bfloat16 of a block's first rows and columns.
  void (*store)(uint16_t* dst, int64_t row, const float* block, int64_t rows, int64_t cols);
  void (*begin)();  ///< Before the first block of a thread,
  void (*end)();    ///< after its last.
};

struct IsaTable {
  Isa level;
  int lanes;  // floats in a vector

  const TileEntry* tile;          // by TileOp, of those on floats
  const TileEntry* integer_tile;  // by TileOp from add_i on
  void (*tile_sum)(double* lanes, const float* x, int first_lane, int n);
  double (*lanes_total)(const double* lanes);
  /// n halves, float16 first, to floats and to the nearest halves of floats.
  void (*load_half[2])(float* dst, const uint16_t* src, int64_t n);
  void (*store_half[2])(uint16_t* dst, const float* src, int64_t n);
  const ProgramFn* programs;  // by index in programs.txt

  int gemm_rows[kMaxGemmVectors + 1];                      // greatest number of rows for a number of vectors
  GemmTileFn gemm[kMaxGemmRows + 1][kMaxGemmVectors + 1];  // by rows and vectors
  const Bf16Kernels* bf16;                                 // null where there are no instructions for it
  /// C[0, 0:n] of a one-row product; B's rows are contiguous. Four sums over k side by side, so that additions overlap.
  void (*gemm_row)(const float* a, int64_t a_col, const float* b, int64_t b_row, float* c, int64_t n, int64_t k);
  /// c[i] = dot product of row i of b with a, i < n; 16 sums over k side by side, folded as TileSum's.
  void (*gemm_dots)(const float* a, const float* b, int64_t b_row, float* c, int64_t n, int64_t k);
  /// dst[c][r] = src[r][c] for r < rows, c < cols. Writes only that; reads within 64 bytes past each row's end.
  void (*transpose)(float* dst, int64_t dst_row, const float* src, int64_t src_row, int64_t rows, int64_t cols);
  /// The same to a dst without gaps, dst_row = rows; writes up to 64 bytes past its end.
  void (*transpose_packed)(float* dst, const float* src, int64_t src_row, int64_t rows, int64_t cols);

  void (*softmax_row)(float* dst, const float* src, int64_t n);
  void (*log_softmax_row)(float* dst, const float* src, int64_t n);
  /// dst[i] = op over r of src[r * row + i], i < cols; r from first to last. By Reduction.
  void (*reduce_columns[4])(float* dst, const float* src, int64_t row, int64_t rows, int64_t cols);
  /// op over n contiguous elements, in 16 lanes.
  float (*reduce_row[4])(const float* src, int64_t n);
  /// Sums in double; to `dst` or, if that is null, to `wide`.
  void (*sum_columns)(float* dst, double* wide, const float* src, int64_t row, int64_t rows, int64_t cols);
  /// In chunks as TileSum.
  double (*sum_row)(const float* src, int64_t n);

  // Rows of places, each of so many channels, whose distances are the steps; see isa/windows.inl.
  void (*window_add)(float* dst, int64_t dst_step, const float* src, int64_t src_step, const float* w, int64_t places,
                     int64_t channels);
  void (*window_dot)(float* dst, const float* a, int64_t a_step, const float* b, int64_t b_step, int64_t places,
                     int64_t channels);
  void (*window_max)(float* dst, const float* src, int64_t src_step, int64_t places, int64_t channels);
  void (*window_place)(float* dst, float* rest, const float* top, const float* src, int64_t step, int64_t places,
                       int64_t channels);

  /// 64 elements each, see kernels/cpu/random.h; the same bits at every level.
  void (*random_bits)(uint64_t seed, uint64_t call, uint64_t group, uint32_t* dst);
  void (*random_uniform)(uint64_t seed, uint64_t call, uint64_t group, float low, float high, float* dst);
  void (*random_mask)(uint64_t seed, uint64_t call, uint64_t group, float keep, float scale, float* dst);
  void (*random_normal)(uint64_t seed, uint64_t call, uint64_t group, float mean, float stddev, float* dst);
};

const IsaTable& baseline_table();
const IsaTable& avx2_table();         // defined on x86 only
const IsaTable& avx512_table();       // defined on x86 only
const IsaTable& avx512_bf16_table();  // defined on x86 only
const IsaTable& amx_table();          // defined on x86 only

/// The table of the active level.
const IsaTable& isa();

}  // namespace cornu
