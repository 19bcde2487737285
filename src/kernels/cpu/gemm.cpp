// Blocking, packing and threads of matrix products; the arithmetic is isa/gemm.inl.
#include "kernels/cpu/gemm.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/assert.h"
#include "base/parallel.h"

namespace cornu {
namespace {

constexpr int64_t kBlockK = 256;
constexpr double kFlopsForThreads = 4e6;  // about 40 us on one core
constexpr double kFlopsPerTask = 2e6;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t round_up(int64_t a, int64_t b) { return ceil_div(a, b) * b; }
/// The size of part i when n is divided as evenly as possible.
int64_t part_begin(int64_t n, int64_t parts, int64_t i) { return n / parts * i + std::min(i, n % parts); }

void choose_tile(GemmPlan* p) {
  const GemmShape& s = p->shape;
  const int lanes = p->isa->lanes;
  p->vectors = s.n <= lanes ? 1 : 2;
  const int64_t most = p->isa->gemm_rows[p->vectors];
  p->tile_rows = ceil_div(s.m, ceil_div(s.m, most));
  p->block_k = s.k <= kBlockK + kBlockK / 2 ? std::max<int64_t>(s.k, 1) : kBlockK;
  const int64_t width = p->vectors * lanes;
  p->block_n = std::min(round_up(s.n, width), 256 / width * width);
}

void choose_tasks(GemmPlan* p) {
  const GemmShape& s = p->shape;
  p->task_m = s.m;
  p->task_n = s.n;
  const double flops = 2.0 * static_cast<double>(s.m) * static_cast<double>(s.n) * static_cast<double>(s.k);
  if (flops > kFlopsForThreads) {
    // Columns first: tasks side by side share no packed block of B.
    int64_t wanted = std::min<int64_t>(32, static_cast<int64_t>(flops / kFlopsPerTask));
    const int64_t width = p->vectors * p->isa->lanes;
    const int64_t by_n = std::clamp<int64_t>(s.n / std::max<int64_t>(128, width), 1, wanted);
    p->task_n = round_up(ceil_div(s.n, by_n), width);
    p->tasks_n = ceil_div(s.n, p->task_n);
    const int64_t by_m = std::clamp<int64_t>(s.m / 96, 1, std::max<int64_t>(1, wanted / p->tasks_n));
    p->task_m = round_up(ceil_div(s.m, by_m), p->tile_rows);
    p->tasks_m = ceil_div(s.m, p->task_m);
    p->block_n = std::min(p->block_n, p->task_n);
  }
  p->workers = std::min<int64_t>(p->tasks_m * p->tasks_n, thread_count());
}

struct Call {
  const GemmPlan& p;
  const float *a, *b, *bias, *mask;
  float* c;
};
struct Block {  // of C
  int64_t m0, m1, n0, n1;
};

/// Panel after panel of `width` columns, each as rows of k.
void pack_b(const Call& q, float* dst, int64_t k0, int64_t k1, int64_t n0, int64_t n1) {
  const GemmPlan& p = q.p;
  const GemmShape& s = p.shape;
  const int64_t width = p.vectors * p.isa->lanes;
  for (int64_t j = n0; j < n1; j += width, dst += width * (k1 - k0)) {
    const int64_t cols = std::min(width, n1 - j);
    if (p.fill_b) {
      p.fill_b(p.context_b, q.b, dst, width, k0, k1 - k0, j, cols);
    } else if (s.b_col == 1) {
      const float* src = q.b + k0 * s.b_row + j;
      if (cols == width)
        for (int64_t k = k0; k < k1; ++k, src += s.b_row)
          std::memcpy(dst + (k - k0) * width, src, static_cast<size_t>(width) * sizeof(float));
      else
        for (int64_t k = k0; k < k1; ++k, src += s.b_row)
          std::memcpy(dst + (k - k0) * width, src, static_cast<size_t>(cols) * sizeof(float));
    } else if (s.b_row == 1) {
      p.isa->transpose(dst, width, q.b + k0 + j * s.b_col, s.b_col, cols, k1 - k0);
    } else {
      for (int64_t k = k0; k < k1; ++k)
        for (int64_t c = 0; c < cols; ++c) dst[(k - k0) * width + c] = q.b[k * s.b_row + (j + c) * s.b_col];
    }
  }
}

void apply_op(const Call& q, int64_t i0, int64_t i1, int64_t n0, int64_t n1) {
  const GemmPlan& p = q.p;
  const TileFn fn = p.isa->tile[static_cast<int>(p.epilogue.op)].fn[0];
  for (int64_t i = i0; i < i1; ++i) {
    float* c = q.c + i * p.shape.c_row + n0;
    fn(c, c, c, c, static_cast<int>(n1 - n0));
  }
}

/// One row of register tiles: rows [i0, i1) of C, columns [n0, n1), one block of k. B's panels are `panel` apart.
void run_tiles(const Call& q, GemmTile t, const float* b, int64_t panel, int64_t i0, int64_t i1, int64_t n0,
               int64_t n1) {
  const GemmPlan& p = q.p;
  const int lanes = p.isa->lanes;
  const int64_t width = p.vectors * lanes;
  t.c = q.c + i0 * p.shape.c_row + n0;
  if (t.mask) t.mask += i0 * t.mask_row + n0;
  if (t.bias) t.bias += n0;
  for (int64_t j = n0; j < n1; j += width) {
    const int64_t left = std::min(width, n1 - j), vectors = ceil_div(left, lanes);
    t.b = b;
    t.last = static_cast<int>(left - (vectors - 1) * lanes);
    p.isa->gemm[i1 - i0][vectors](t);
    b += panel;
    t.c += width;
    if (t.mask) t.mask += width;
    if (t.bias) t.bias += width;
  }
}

void run_block(const Call& q, const Block& block, float* area) {
  const GemmPlan& p = q.p;
  const GemmShape& s = p.shape;
  const int64_t width = p.vectors * p.isa->lanes;
  GemmTile t{};
  t.a_row = s.a_row;
  t.a_col = s.a_col;
  t.c_row = s.c_row;
  t.mask_row = p.epilogue.mask_row;
  t.finish = p.epilogue.finish;
  t.bias = p.epilogue.bias ? q.bias : nullptr;
  t.mask = p.epilogue.finish == GemmFinish::relu_grad ? q.mask : nullptr;
  const int64_t rows = block.m1 - block.m0, parts = ceil_div(rows, p.tile_rows);
  float* const packed_b = area;
  for (int64_t k0 = 0; k0 == 0 || k0 < s.k; k0 += p.block_k) {
    const int64_t k1 = std::min(s.k, k0 + p.block_k);
    t.k = k1 - k0;
    t.add_to_c = k0 > 0;
    t.finishes = k1 == s.k;
    t.b_row = p.pack_b ? width : s.b_row;
    for (int64_t n0 = block.n0; n0 < block.n1; n0 += p.block_n) {
      const int64_t n1 = std::min(block.n1, n0 + p.block_n);
      if (p.pack_b) pack_b(q, packed_b, k0, k1, n0, n1);
      const float* b = p.pack_b ? packed_b : q.b + k0 * s.b_row + n0;
      const int64_t panel = p.pack_b ? width * t.k : width;
      for (int64_t i = 0; i < parts; ++i) {
        const int64_t i0 = block.m0 + part_begin(rows, parts, i), i1 = block.m0 + part_begin(rows, parts, i + 1);
        t.a = q.a + i0 * s.a_row + k0 * s.a_col;
        run_tiles(q, t, b, panel, i0, i1, n0, n1);
        if (t.finishes && p.epilogue.op != TileOp::copy) apply_op(q, i0, i1, n0, n1);
      }
    }
  }
}

void run_task(const Call& q, int64_t task, float* area) {
  const GemmPlan& p = q.p;
  const int64_t i = task / p.tasks_n, j = task % p.tasks_n;
  run_block(
      q, {i * p.task_m, std::min(p.shape.m, (i + 1) * p.task_m), j * p.task_n, std::min(p.shape.n, (j + 1) * p.task_n)},
      area);
}

}  // namespace

GemmShape gemm_shape(int64_t m, int64_t n, int64_t k, bool transpose_a, bool transpose_b) {
  GemmShape s{.m = m, .n = n, .k = k, .a_row = k, .a_col = 1, .b_row = n, .b_col = 1, .c_row = n};
  if (transpose_a) s.a_row = 1, s.a_col = m;
  if (transpose_b) s.b_row = 1, s.b_col = k;
  return s;
}

GemmPlan prepare_gemm(const GemmShape& shape, const GemmEpilogue& epilogue, const GemmOptions& options) {
  GemmPlan p;
  p.shape = shape;
  p.epilogue = epilogue;
  p.isa = &isa();
  p.fill_a = options.fill_a;
  p.fill_b = options.fill_b;
  p.context_a = options.context_a;
  p.context_b = options.context_b;
  if (shape.m == 0 || shape.n == 0) return p;
  choose_tile(&p);
  p.pack_b = p.fill_b || shape.b_col != 1 || (shape.m > 2 * p.tile_rows && shape.k * shape.n > 64 * 64);
  choose_tasks(&p);
  const int64_t width = p.vectors * p.isa->lanes;
  const int64_t floats = p.pack_b ? p.block_k * round_up(std::min(p.block_n, p.task_n), width) + 16 : 0;
  p.area = static_cast<size_t>(round_up(floats * 4, 64));
  p.workspace = p.area * static_cast<size_t>(p.workers);
  return p;
}

void run_gemm(const GemmPlan& p, const float* a, const float* b, const float* bias, const float* mask, float* c,
              void* workspace) {
  if (p.shape.m == 0 || p.shape.n == 0) return;
  const Call q{p, a, b, bias, mask, c};
  const int64_t tasks = p.tasks_m * p.tasks_n;
  if (tasks == 1) return run_block(q, {0, p.shape.m, 0, p.shape.n}, static_cast<float*>(workspace));
  // Workers take the next task when they are done with one, each with packing space of its own.
  std::atomic<int64_t> next{0};
  parallel_for(p.workers, [&](int64_t worker) {
    float* area = reinterpret_cast<float*>(static_cast<char*>(workspace) + p.area * static_cast<size_t>(worker));
    for (int64_t task = next++; task < tasks; task = next++) run_task(q, task, area);
  });
}

}  // namespace cornu
