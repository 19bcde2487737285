// Sums, extremes and products over the middle axis of [outer, n, inner], and the place of the greatest in a row.
#pragma once
#include <cstddef>
#include <cstdint>

#include "kernels/cpu/isa/isa_table.h"

namespace cornu {

enum class Reduction : uint8_t { sum, max, min, prod };

/// The order of operations is the same for any number of threads:
/// inner == 1: 16 lanes (element i in lane i % 16) within chunks of kSumChunk, then lane i with i + 8, i + 4, i + 2,
/// i + 1; chunks in order. inner > 1: from first to last, in blocks of `block_rows` for long columns, blocks in order.
/// Sums are kept in double until the last addition, and rounded once; but columns of up to 64 rows, as those that bias
/// gradients of small batches are, in float32. A NaN anywhere gives NaN. Nothing to reduce gives
/// 0, -infinity, infinity or 1.
struct ReducePlan {
  Reduction op = Reduction::sum;
  int64_t outer = 0, n = 0, inner = 1;
  int64_t blocks = 1, block_rows = 0;  // of one long reduction over threads
  size_t workspace = 0;                // bytes that run_reduce needs
  const IsaTable* isa = nullptr;
};
ReducePlan prepare_reduce(Reduction op, int64_t outer, int64_t n, int64_t inner);
/// `scale` multiplies the results: 1 / n gives means.
void run_reduce(const ReducePlan& plan, const float* src, float* dst, void* workspace, float scale = 1);

/// dst[r] = the first place of the greatest element of row r; a NaN counts as the greatest. Index is int32_t or
/// int64_t.
template <class Index>
void argmax_rows(const float* src, int64_t rows, int64_t cols, Index* dst);

}  // namespace cornu
