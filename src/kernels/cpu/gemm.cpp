// Blocking, packing and threads of matrix products; the arithmetic is isa/gemm.inl.
#include "kernels/cpu/gemm.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/cpu_info.h"
#include "base/parallel.h"

namespace cornu {
namespace {

constexpr int64_t kBlockK = 256;
constexpr int64_t kLongSum = 24;          // from here on the latency of one chain of additions would show
constexpr int64_t kPackAFrom = 128;       // columns
constexpr int64_t kLargeA = 256 << 10;    // elements: more than second caches hold
constexpr double kFlopsForThreads = 4e6;  // about 40 us on one core
constexpr double kFlopsPerTask = 2e6;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t round_up(int64_t a, int64_t b) { return ceil_div(a, b) * b; }
/// The size of part i when n is divided as evenly as possible.
int64_t part_begin(int64_t n, int64_t parts, int64_t i) { return n / parts * i + std::min(i, n % parts); }

double flops(const GemmShape& s) {
  return 2.0 * static_cast<double>(s.m) * static_cast<double>(s.n) * static_cast<double>(s.k);
}

/// Products of a vector. A column is a row with the operands exchanged.
bool choose_vector_path(GemmPlan* p) {
  const GemmShape& s = p->shape;
  if (p->fill_a || p->fill_b || (s.m != 1 && s.n != 1) || s.k < kLongSum) return false;
  if (s.m != 1 && (s.c_row != 1 || (p->epilogue.finish == GemmFinish::relu_grad && p->epilogue.mask_row != 1)))
    return false;
  const int64_t vector_step = s.m == 1 ? s.a_col : s.b_row;
  const int64_t across = s.m == 1 ? s.b_col : s.a_row, along = s.m == 1 ? s.b_row : s.a_col;
  if (across == 1)
    p->path = GemmPath::row;
  else if (along == 1 && vector_step == 1)
    p->path = GemmPath::dots;
  else
    return false;
  const int64_t n = s.m == 1 ? s.n : s.m;
  if (flops(s) > kFlopsForThreads) {
    p->task_n = round_up(std::max<int64_t>(64, ceil_div(n, static_cast<int64_t>(flops(s) / kFlopsPerTask))), 64);
    p->tasks_n = ceil_div(n, p->task_n);
  }
  return true;
}

void choose_blocks(GemmPlan* p) {
  const GemmShape& s = p->shape;
  const int lanes = p->isa->lanes;
  p->vectors = s.n <= lanes ? 1 : 2;
  p->tile_rows = ceil_div(s.m, ceil_div(s.m, p->isa->gemm_rows[p->vectors]));
  p->block_k = s.k <= kBlockK + kBlockK / 2 ? std::max<int64_t>(s.k, 1) : kBlockK;
  const int64_t width = p->vectors * lanes;
  p->block_n = std::min(round_up(s.n, width), cache_sizes().l2 / 2 / (kBlockK * 4) / width * width);
  p->block_m = std::max<int64_t>(1, 192 / p->tile_rows) * p->tile_rows;
  // Packing pays when an element is used often enough, or lies so that reading it is slow.
  const bool large = s.k * s.n > 64 * 64;
  p->pack_b = p->fill_b || s.b_col != 1 || (large && s.n > width && s.m > 2 * p->tile_rows);
  p->pack_a = p->fill_a || (s.n >= kPackAFrom && s.m * s.k > kLargeA);
}

/// The parts of C that threads take. They may depend on the number of threads, since an element's bits do not.
void choose_tasks(GemmPlan* p) {
  const GemmShape& s = p->shape;
  const int threads = thread_count();
  if (flops(s) <= kFlopsForThreads || threads == 1) return;
  // Four for each thread, so that a late one costs little. Columns first: tasks side by side share no packed B.
  const int64_t wanted = std::min<int64_t>(4 * threads, static_cast<int64_t>(flops(s) / kFlopsPerTask));
  const int64_t width = p->vectors * p->isa->lanes;
  const int64_t by_n = std::clamp<int64_t>(s.n / std::max<int64_t>(128, width), 1, wanted);
  p->task_n = round_up(ceil_div(s.n, by_n), width);
  p->tasks_n = ceil_div(s.n, p->task_n);
  const int64_t by_m = std::clamp<int64_t>(s.m / 96, 1, std::max<int64_t>(1, wanted / p->tasks_n));
  p->task_m = round_up(ceil_div(s.m, by_m), p->tile_rows);
  p->tasks_m = ceil_div(s.m, p->task_m);
  p->block_n = std::min(p->block_n, p->task_n);
}

void choose_simple(GemmPlan* p) {
  const int lanes = p->isa->lanes;
  p->path = GemmPath::simple;
  if (p->shape.m != p->tile_rows || p->shape.n > p->vectors * lanes) return;
  p->path = GemmPath::one;
  p->tile.last = static_cast<int>(p->shape.n - (p->vectors - 1) * lanes);
  p->only = p->isa->gemm[p->tile_rows][p->vectors];
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

/// Rows [i0, i1): as they lie by fill_a, or as columns of the height of the tile.
void pack_a(const Call& q, float* dst, int64_t k0, int64_t k1, int64_t i0, int64_t i1) {
  const GemmPlan& p = q.p;
  const GemmShape& s = p.shape;
  const int64_t rows = i1 - i0;
  if (p.fill_a) return p.fill_a(p.context_a, q.a, dst, k1 - k0, i0, rows, k0, k1 - k0);
  const float* src = q.a + i0 * s.a_row + k0 * s.a_col;
  if (s.a_row == 1) {
    // A fixed number of floats, of which the next column overwrites the excess.
    if (rows <= 8)
      for (int64_t k = k0; k < k1; ++k, src += s.a_col, dst += rows) std::memcpy(dst, src, 8 * sizeof(float));
    else
      for (int64_t k = k0; k < k1; ++k, src += s.a_col, dst += rows) std::memcpy(dst, src, 16 * sizeof(float));
  } else if (s.a_col == 1) {
    p.isa->transpose(dst, rows, src, s.a_row, rows, k1 - k0);
  } else {
    for (int64_t k = k0; k < k1; ++k, src += s.a_col)
      for (int64_t i = 0; i < rows; ++i) *dst++ = src[i * s.a_row];
  }
}

TileFn op_of(const GemmPlan& p) { return p.isa->tile[static_cast<int>(p.epilogue.op)].fn[0]; }

/// In place on n elements. Tile functions read whole vectors: where other threads write behind the end, what is left
/// goes through a place of its own.
void apply_to_part(const GemmPlan& p, float* c, int n) {
  const int whole = n / p.isa->lanes * p.isa->lanes, left = n - whole;
  if (whole) op_of(p)(c, c, c, c, whole);
  if (!left) return;
  alignas(64) float rest[16] = {};
  const size_t bytes = static_cast<size_t>(left) * sizeof(float);
  std::memcpy(rest, c + whole, bytes);
  op_of(p)(rest, rest, rest, rest, left);
  std::memcpy(c + whole, rest, bytes);
}

void apply_op(const Call& q, int64_t i0, int64_t i1, int64_t n0, int64_t n1) {
  const int64_t row = q.p.shape.c_row;
  const bool shared = q.p.workers > 1;
  float* c = q.c + i0 * row + n0;
  if (row == n1 - n0 && !shared) return op_of(q.p)(c, c, c, c, static_cast<int>(row * (i1 - i0)));
  for (int64_t i = i0; i < i1; ++i, c += row) {
    if (shared)
      apply_to_part(q.p, c, static_cast<int>(n1 - n0));
    else
      op_of(q.p)(c, c, c, c, static_cast<int>(n1 - n0));
  }
}

/// One row of register tiles: rows [i0, i1) of C, columns [n0, n1), one block of k. B's panels are `panel` apart.
void run_tiles(const Call& q, const GemmTile& shared, const float* b, int64_t panel, int64_t i0, int64_t i1, int64_t n0,
               int64_t n1) {
  const GemmPlan& p = q.p;
  const int lanes = p.isa->lanes;
  const int64_t width = p.vectors * lanes;
  GemmTile t = shared;
  t.c = q.c + i0 * p.shape.c_row + n0;
  if (t.mask) t.mask += i0 * t.mask_row + n0;
  if (t.bias) t.bias += n0;
  for (int64_t j = n0; j < n1; j += width) {
    const int left = static_cast<int>(std::min(width, n1 - j)), vectors = (left + lanes - 1) / lanes;
    t.b = b;
    t.last = left - (vectors - 1) * lanes;
    p.isa->gemm[i1 - i0][vectors](t);
    b += panel;
    t.c += width;
    if (t.mask) t.mask += width;
    if (t.bias) t.bias += width;
  }
  if (t.finishes && p.epilogue.op != TileOp::copy) apply_op(q, i0, i1, n0, n1);
}

void set_operands(const Call& q, GemmTile* t) {
  t->a = q.a;
  t->b = q.b;
  t->c = q.c;
  t->bias = q.p.epilogue.bias ? q.bias : nullptr;
  t->mask = q.p.epilogue.finish == GemmFinish::relu_grad ? q.mask : nullptr;
}

void run_block(const Call& q, const Block& block, float* packed_b, float* packed_a) {
  const GemmPlan& p = q.p;
  const GemmShape& s = p.shape;
  const int64_t width = p.vectors * p.isa->lanes;
  GemmTile t = p.tile;
  set_operands(q, &t);
  const int64_t rows = block.m1 - block.m0, parts = ceil_div(rows, p.tile_rows), group = p.block_m / p.tile_rows;
  const auto row_of = [&](int64_t part) { return block.m0 + part_begin(rows, parts, part); };
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
      for (int64_t g = 0; g < parts; g += group) {
        const int64_t end = std::min(parts, g + group);
        float* a = packed_a;
        if (p.pack_a)
          for (int64_t i = g; i < end; ++i) {
            pack_a(q, a, k0, k1, row_of(i), row_of(i + 1));
            a += t.k * (row_of(i + 1) - row_of(i));
          }
        a = packed_a;
        for (int64_t i = g; i < end; ++i) {
          const int64_t i0 = row_of(i), i1 = row_of(i + 1);
          t.a = p.pack_a ? a : q.a + i0 * s.a_row + k0 * s.a_col;
          if (p.pack_a) {
            t.a_row = p.fill_a ? t.k : 1;
            t.a_col = p.fill_a ? 1 : i1 - i0;
            a += t.k * (i1 - i0);
          }
          run_tiles(q, t, b, panel, i0, i1, n0, n1);
        }
      }
    }
  }
}

/// A product whose B is one panel, packed into `area` where it has to be.
void run_simple(const Call& q, float* area) {
  const GemmPlan& p = q.p;
  const int64_t width = p.vectors * p.isa->lanes;
  GemmTile t = p.tile;
  set_operands(q, &t);
  if (p.pack_b) {
    pack_b(q, area, 0, p.shape.k, 0, p.shape.n);
    t.b = area;
    t.b_row = width;
  }
  if (p.path == GemmPath::one) {
    p.only(t);
    if (p.epilogue.op != TileOp::copy) apply_op(q, 0, p.shape.m, 0, p.shape.n);
    return;
  }
  const int64_t parts = ceil_div(p.shape.m, p.tile_rows), each = p.shape.m / parts, longer = p.shape.m % parts;
  const float* const b = t.b;
  for (int64_t i = 0, i0 = 0; i < parts; ++i) {
    const int64_t i1 = i0 + each + (i < longer);
    t.a = q.a + i0 * p.shape.a_row;
    run_tiles(q, t, b, width, i0, i1, 0, p.shape.n);
    i0 = i1;
  }
}

/// Elements [n0, n1) of a C that is one row or column.
void run_vector(const Call& q, int64_t n0, int64_t n1) {
  const GemmPlan& p = q.p;
  const GemmShape& s = p.shape;
  const bool row = s.m == 1;
  const float* vector = row ? q.a : q.b;
  const float* matrix = (row ? q.b : q.a) + n0 * (row ? s.b_col : s.a_row);
  float* c = q.c + n0;
  const int n = static_cast<int>(n1 - n0);
  if (p.path == GemmPath::row)
    p.isa->gemm_row(vector, row ? s.a_col : s.b_row, matrix, row ? s.b_row : s.a_col, c, n, s.k);
  else
    p.isa->gemm_dots(vector, matrix, row ? s.b_col : s.a_row, c, n, s.k);
  const auto tile = [&](TileOp op, int scalars) { return p.isa->tile[static_cast<int>(op)].fn[scalars]; };
  if (p.epilogue.bias) tile(TileOp::add, row ? 0 : 2)(c, c, row ? q.bias + n0 : q.bias, c, n);
  if (p.epilogue.finish == GemmFinish::relu) tile(TileOp::relu, 0)(c, c, c, c, n);
  if (p.epilogue.finish == GemmFinish::relu_grad) tile(TileOp::relu_grad, 0)(c, c, q.mask + n0, c, n);
  if (p.epilogue.op != TileOp::copy) op_of(p)(c, c, c, c, n);
}

void run_task(const Call& q, int64_t task, char* area) {
  const GemmPlan& p = q.p;
  const int64_t i = task / p.tasks_n, j = task % p.tasks_n,
                n = p.path >= GemmPath::row ? p.shape.m * p.shape.n : p.shape.n;
  const int64_t n0 = j * p.task_n, n1 = std::min(n, n0 + p.task_n);
  if (p.path >= GemmPath::row) return run_vector(q, n0, n1);
  run_block(q, {i * p.task_m, std::min(p.shape.m, (i + 1) * p.task_m), n0, n1}, reinterpret_cast<float*>(area),
            reinterpret_cast<float*>(area + p.area_b));
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
  p.task_m = shape.m;
  p.task_n = shape.m == 1 ? shape.n : shape.n == 1 ? shape.m : shape.n;
  if (shape.m == 0 || shape.n == 0) return p;
  if (choose_vector_path(&p)) {
    p.workers = std::min<int64_t>(p.tasks_n, thread_count());
    return p;
  }
  p.task_n = shape.n;
  choose_blocks(&p);
  choose_tasks(&p);
  p.workers = std::min<int64_t>(p.tasks_m * p.tasks_n, thread_count());
  p.tile = {.a = nullptr,
            .b = nullptr,
            .c = nullptr,
            .bias = nullptr,
            .mask = nullptr,
            .a_row = shape.a_row,
            .a_col = shape.a_col,
            .b_row = shape.b_row,
            .c_row = shape.c_row,
            .mask_row = epilogue.mask_row,
            .k = shape.k,
            .last = 0,
            .add_to_c = false,
            .finishes = true,
            .finish = epilogue.finish};
  const bool one_panel = !p.pack_b || shape.n <= p.vectors * p.isa->lanes;
  if (p.workers == 1 && !p.pack_a && one_panel && p.tasks_m * p.tasks_n == 1 && p.block_k >= shape.k) choose_simple(&p);
  // Packing writes whole vectors, up to 64 bytes past the last element.
  const auto bytes = [](int64_t floats) { return static_cast<size_t>(round_up(floats * 4 + 64, 64)); };
  const int64_t width = p.vectors * p.isa->lanes;
  p.area_b = p.pack_b ? bytes(p.block_k * round_up(std::min(p.block_n, p.task_n), width)) : 0;
  p.area = p.area_b + (p.pack_a ? bytes(p.block_k * std::min(p.block_m, p.task_m)) : 0);
  p.workspace = p.area * static_cast<size_t>(p.workers);
  return p;
}

void run_gemm(const GemmPlan& p, const float* a, const float* b, const float* bias, const float* mask, float* c,
              void* workspace) {
  if (p.shape.m == 0 || p.shape.n == 0) return;
  const Call q{p, a, b, bias, mask, c};
  if (p.path == GemmPath::one || p.path == GemmPath::simple) return run_simple(q, static_cast<float*>(workspace));
  char* const areas = static_cast<char*>(workspace);
  const int64_t tasks = p.tasks_m * p.tasks_n;
  if (tasks == 1) return run_task(q, 0, areas);
  // Workers take the next task when they are done with one, each with packing space of its own.
  std::atomic<int64_t> next{0};
  parallel_for(p.workers, [&](int64_t worker) {
    for (int64_t task = next++; task < tasks; task = next++)
      run_task(q, task, areas + p.area * static_cast<size_t>(worker));
  });
}

}  // namespace cornu
