// Matrix products: C[m, n] = finish(A[m, k] B[k, n] + bias), prepared once for a shape and run many times.
#pragma once
#include <cstddef>
#include <cstdint>

#include "kernels/cpu/isa/isa_table.h"

namespace cornu {

/// Sizes, and the distance in elements between neighbours of a row (`_col`) and of a column (`_row`): a transposed
/// operand is one with these exchanged. C's rows are contiguous.
struct GemmShape {
  int64_t m = 0, n = 0, k = 0;
  int64_t a_row = 0, a_col = 1;
  int64_t b_row = 0, b_col = 1;
  int64_t c_row = 0;
};
/// Plain row-major operands, as stored, with their transpositions.
GemmShape gemm_shape(int64_t m, int64_t n, int64_t k, bool transpose_a = false, bool transpose_b = false);

/// What follows the sum over k, in this order.
struct GemmEpilogue {
  bool bias = false;                     ///< Adds bias[n] to each row.
  GemmFinish finish = GemmFinish::none;  ///< relu, or relu_grad: 0 where mask[m, n] <= 0.
  int64_t mask_row = 0;                  ///< Row distance of the mask.
  TileOp op = TileOp::copy;              ///< Any unary op, applied while the block is in cache; copy = none.
};

/// Writes block [row, row + rows) x [col, col + cols) of an operand that does not exist as a matrix, as an image seen
/// through a convolution: element (r, c) to dst[r * dst_row + c].
using GemmFill = void (*)(const void* context, const float* base, float* dst, int64_t dst_row, int64_t row,
                          int64_t rows, int64_t col, int64_t cols);

struct GemmOptions {
  GemmFill fill_a = nullptr, fill_b = nullptr;
  const void* context_a = nullptr;  ///< Must outlive the plan.
  const void* context_b = nullptr;
  bool alone = false;  ///< One thread: the caller runs several products side by side.
};

/// How a product is computed. Which one is used depends on the shape alone.
enum class GemmPath : uint8_t {
  tiles,   ///< register tiles over blocks of A and B
  one,     ///< a single register tile
  simple,  ///< register tiles over A and B as they lie, one block, one thread
  row,     ///< C is one row (or column), B's rows are contiguous: four sums over k side by side
  dots     ///< C is one row (or column), the other operand lies along k: 16 sums over k side by side
};

struct GemmPlan {
  GemmShape shape;
  GemmEpilogue epilogue;
  const IsaTable* isa = nullptr;
  GemmFill fill_a = nullptr, fill_b = nullptr;
  const void* context_a = nullptr;
  const void* context_b = nullptr;

  GemmPath path = GemmPath::tiles;
  GemmTile tile{};            ///< what all register tiles share
  GemmTileFn only = nullptr;  ///< of path `one`
  bool turned = false;        ///< C is computed transposed; `shape` has the operands exchanged, c_row is that of C
  bool pack_a = false, pack_b = false;
  bool by_panels = false;  ///< a panel of B meets all rows of A before the next one is packed, into the same place
  int vectors = 1;         ///< width of a register tile
  int64_t tile_rows = 1;   ///< greatest height of a register tile
  int64_t block_m = 0;     ///< rows of A that are packed at a time
  int64_t block_n = 0;     ///< columns of B that are packed at a time
  int64_t block_k = 0;     ///< k is summed in blocks that keep a panel of B in the first cache
  int64_t task_m = 0, task_n = 0;  ///< C is divided into tasks of so many rows and columns
  int64_t tasks_m = 1, tasks_n = 1;
  int64_t workers = 1;
  size_t area_b = 0, area = 0;  ///< bytes of one worker's packed B, of its packed operands
  size_t workspace = 0;         ///< bytes that run_gemm needs, aligned to 64
};

/// Chooses blocks and kernels for the active instruction set.
GemmPlan prepare_gemm(const GemmShape& shape, const GemmEpilogue& epilogue = {}, const GemmOptions& options = {});

/// Each element of C is one sum over k = 0, 1, ..., so its bits do not depend on blocks or threads; long products with
/// one row or column use several sums side by side (GemmPath). A and B are read up to 64 bytes past their end; C is
/// written exactly.
void run_gemm(const GemmPlan& plan, const float* a, const float* b, const float* bias, const float* mask, float* c,
              void* workspace);

}  // namespace cornu
