// Reductions: how the index space is cut up; the arithmetic is isa/reduce.inl.
#include "kernels/cpu/reduce.h"

#include <algorithm>
#include <cmath>

#include "base/integers.h"
#include "base/parallel.h"

namespace cornu {
namespace {

constexpr int64_t kElementsPerTask = 131072;  // about 20 us
constexpr int64_t kLongColumn = 1024;         // rows from which a column is reduced in blocks
constexpr int64_t kShortColumn = 64;          // rows up to which a column is added up in float32

int which(Reduction op) { return static_cast<int>(op); }

void scale_all(float* dst, int64_t n, float scale) {
  if (scale == 1) return;
  for (int64_t i = 0; i < n; ++i) dst[i] *= scale;
}

/// Splits `count` items of `size` elements each into tasks of a useful size.
template <class F>
void over(int64_t count, int64_t size, F&& body) {
  const int64_t each = std::max<int64_t>(1, kElementsPerTask / std::max<int64_t>(1, size));
  const int64_t tasks = count * size < 2 * kElementsPerTask ? 1 : ceil_div(count, each);
  if (tasks == 1) return body(0, count);
  parallel_for(tasks, [&](int64_t t) { body(t * each, std::min(count, (t + 1) * each)); });
}

}  // namespace

ReducePlan prepare_reduce(Reduction op, int64_t outer, int64_t n, int64_t inner) {
  ReducePlan p{op, outer, n, inner, 1, n, 0, &isa()};
  if (inner == 1) {
    // One row, as a full reduction: its chunks go to threads.
    if (outer == 1 && n > 2 * kElementsPerTask) p.blocks = ceil_div(n, kSumChunk), p.block_rows = kSumChunk;
    p.workspace = p.blocks > 1 ? static_cast<size_t>(p.blocks) * sizeof(double) : 0;
  } else if (n >= 2 * kLongColumn && n * inner > 2 * kElementsPerTask) {
    p.block_rows = std::max(kLongColumn, ceil_div(n, 64));
    p.blocks = ceil_div(n, p.block_rows);
    p.workspace = static_cast<size_t>(p.blocks * inner) * sizeof(double);
  }
  return p;
}

/// The same as run_reduce for sums, in double.
static void run_sum(const ReducePlan& p, const float* src, float* dst, double* partial) {
  const auto row = p.isa->sum_row;
  const auto columns = p.isa->sum_columns;
  const auto add_blocks = [&](float* to) {
    for (int64_t j = 0; j < p.inner; ++j) {
      double total = 0;
      for (int64_t b = 0; b < p.blocks; ++b) total += partial[b * p.inner + j];
      to[j] = static_cast<float>(total);
    }
  };
  if (p.inner == 1 && p.blocks > 1) {
    over(p.blocks, p.block_rows, [&](int64_t first, int64_t last) {
      for (int64_t b = first; b < last; ++b)
        partial[b] = row(src + b * p.block_rows, std::min(p.block_rows, p.n - b * p.block_rows));
    });
    add_blocks(dst);
  } else if (p.inner == 1) {
    over(p.outer, p.n, [&](int64_t first, int64_t last) {
      for (int64_t r = first; r < last; ++r) dst[r] = static_cast<float>(row(src + r * p.n, p.n));
    });
  } else if (p.blocks > 1) {
    for (int64_t o = 0; o < p.outer; ++o) {
      const float* from = src + o * p.n * p.inner;
      over(p.blocks, p.block_rows * p.inner, [&](int64_t first, int64_t last) {
        for (int64_t b = first; b < last; ++b)
          columns(nullptr, partial + b * p.inner, from + b * p.block_rows * p.inner, p.inner,
                  std::min(p.block_rows, p.n - b * p.block_rows), p.inner);
      });
      add_blocks(dst + o * p.inner);
    }
  } else {
    over(p.outer, p.n * p.inner, [&](int64_t first, int64_t last) {
      for (int64_t o = first; o < last; ++o)
        columns(dst + o * p.inner, nullptr, src + o * p.n * p.inner, p.inner, p.n, p.inner);
    });
  }
}

void run_reduce(const ReducePlan& p, const float* src, float* dst, void* workspace, float scale) {
  if (p.op == Reduction::sum && p.n > 0 && (p.inner == 1 || p.n > kShortColumn)) {
    run_sum(p, src, dst, static_cast<double*>(workspace));
    return scale_all(dst, p.outer * p.inner, scale);
  }
  const auto row = p.isa->reduce_row[which(p.op)];
  const auto columns = p.isa->reduce_columns[which(p.op)];
  float* partial = static_cast<float*>(workspace);
  if (p.n == 0) {
    const float start[] = {0, -INFINITY, INFINITY, 1};
    for (int64_t i = 0; i < p.outer * p.inner; ++i) dst[i] = start[which(p.op)];
  } else if (p.inner == 1 && p.blocks > 1) {
    over(p.blocks, p.block_rows, [&](int64_t first, int64_t last) {
      for (int64_t b = first; b < last; ++b)
        partial[b] = row(src + b * p.block_rows, std::min(p.block_rows, p.n - b * p.block_rows));
    });
    columns(dst, partial, 1, p.blocks, 1);
  } else if (p.inner == 1) {
    over(p.outer, p.n, [&](int64_t first, int64_t last) {
      for (int64_t r = first; r < last; ++r) dst[r] = row(src + r * p.n, p.n);
    });
  } else if (p.blocks > 1) {
    for (int64_t o = 0; o < p.outer; ++o) {
      const float* from = src + o * p.n * p.inner;
      over(p.blocks, p.block_rows * p.inner, [&](int64_t first, int64_t last) {
        for (int64_t b = first; b < last; ++b)
          columns(partial + b * p.inner, from + b * p.block_rows * p.inner, p.inner,
                  std::min(p.block_rows, p.n - b * p.block_rows), p.inner);
      });
      columns(dst + o * p.inner, partial, p.inner, p.blocks, p.inner);
    }
  } else {
    over(p.outer, p.n * p.inner, [&](int64_t first, int64_t last) {
      for (int64_t o = first; o < last; ++o) columns(dst + o * p.inner, src + o * p.n * p.inner, p.inner, p.n, p.inner);
    });
  }
  scale_all(dst, p.outer * p.inner, scale);
}

template <class Index>
void argmax_rows(const float* src, int64_t rows, int64_t cols, Index* dst) {
  over(rows, cols, [&](int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r) {
      const float* x = src + r * cols;
      int64_t best = 0;
      for (int64_t c = 1; c < cols; ++c)
        if (x[c] > x[best] || (x[c] != x[c] && x[best] == x[best])) best = c;
      dst[r] = static_cast<Index>(best);
    }
  });
}
template void argmax_rows<int32_t>(const float*, int64_t, int64_t, int32_t*);
template void argmax_rows<int64_t>(const float*, int64_t, int64_t, int64_t*);

}  // namespace cornu
