// Packing and threads of matrix products; the arithmetic is isa/gemm.inl.
#include "kernels/cpu/gemm.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/integers.h"
#include "base/parallel.h"

namespace cornu {
namespace {

constexpr int64_t kFarApart = 256;  // floats: processors do not foresee the next row
constexpr int64_t kRowsAhead = 16;

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
      const size_t bytes = static_cast<size_t>(cols) * sizeof(float);
      for (int64_t k = k0; k < k1; ++k, src += s.b_row) {
        if (s.b_row >= kFarApart)
          for (int64_t c = 0; c < cols; c += 16) __builtin_prefetch(src + kRowsAhead * s.b_row + c);
        std::memcpy(dst + (k - k0) * width, src, bytes);
      }
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
    p.isa->transpose_packed(dst, src, s.a_row, rows, k1 - k0);
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

/// Rows of C in as many parts as register tiles need, divided evenly.
struct Parts {
  int64_t first, count, each, longer;  // as many as `longer` have one row more
  Parts(int64_t m0, int64_t rows, int64_t height)
      : first(m0), count(ceil_div(rows, height)), each(rows / count), longer(rows % count) {}
  int64_t row(int64_t part) const { return first + each * part + std::min(part, longer); }
  int64_t rows(int64_t part) const { return each + (part < longer); }
};

/// Columns [n0, n1) of C and parts [begin, end) of its rows, whose A starts at `a`; B's panels are `panel` apart. `t`
/// is not copied: reading it whole would wait for what the caller has just written.
void run_tiles(const Call& q, GemmTile& t, const Parts& parts, int64_t begin, int64_t end, const float* a,
               const float* b, int64_t panel, int64_t n0, int64_t n1) {
  const GemmPlan& p = q.p;
  const int lanes = p.isa->lanes;
  const int64_t width = p.vectors * lanes, c_row = p.shape.c_row, a_row = p.pack_a ? t.k : p.shape.a_row;
  const bool bias = p.epilogue.bias, mask = p.epilogue.finish == GemmFinish::relu_grad;
  alignas(64) float turned[kMaxGemmRows * kMaxGemmVectors * 16];
  if (p.turned) t.c_row = width;
  int64_t i = parts.row(begin);
  for (int64_t part = begin; part < end; ++part) {
    const int64_t rows = parts.rows(part);
    const GemmTileFn* const tile = p.isa->gemm[rows];
    t.a = a;
    t.b = b;
    if (p.pack_a && !p.fill_a) t.a_col = rows;
    for (int64_t j = n0; j < n1; j += width) {
      const int left = static_cast<int>(std::min(width, n1 - j)), vectors = left <= lanes ? 1 : p.vectors;
      t.last = left - (vectors - 1) * lanes;
      t.c = p.turned ? turned : q.c + i * c_row + j;
      if (mask) t.mask = q.mask + i * t.mask_row + j;
      if (bias) t.bias = q.bias + j;
      tile[vectors](t);
      if (p.turned) p.isa->transpose(q.c + j * c_row + i, c_row, turned, width, rows, left);
      t.b += panel;
    }
    a += rows * a_row;
    i += rows;
  }
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
  if (p.pack_b) t.b_row = width;
  if (p.pack_a) t.a_row = p.fill_a ? p.block_k : 1, t.a_col = 1;
  const Parts parts(block.m0, block.m1 - block.m0, p.tile_rows);
  const int64_t group = p.block_m / p.tile_rows;
  for (int64_t k0 = 0; k0 == 0 || k0 < s.k; k0 += p.block_k) {
    const int64_t k1 = std::min(s.k, k0 + p.block_k);
    t.k = k1 - k0;
    t.add_to_c = k0 > 0;
    t.finishes = k1 == s.k;
    if (p.fill_a) t.a_row = t.k;
    for (int64_t n0 = block.n0; n0 < block.n1; n0 += p.block_n) {
      const int64_t n1 = std::min(block.n1, n0 + p.block_n);
      const float* const b = q.b + k0 * s.b_row + n0;
      if (p.pack_b && !p.by_panels) pack_b(q, packed_b, k0, k1, n0, n1);
      for (int64_t g = 0; g < parts.count; g += group) {
        const int64_t end = std::min(parts.count, g + group), i0 = parts.row(g), i1 = parts.row(end);
        const float* a = q.a + i0 * s.a_row + k0 * s.a_col;
        if (p.pack_a) {
          a = packed_a;
          for (int64_t i = g; i < end; ++i)
            pack_a(q, packed_a + t.k * (parts.row(i) - i0), k0, k1, parts.row(i), parts.row(i + 1));
        }
        if (p.by_panels) {
          for (int64_t j = n0; j < n1; j += width) {
            const int64_t j1 = std::min(n1, j + width);
            if (p.pack_b) pack_b(q, packed_b, k0, k1, j, j1);
            run_tiles(q, t, parts, g, end, a, p.pack_b ? packed_b : b + (j - n0), 0, j, j1);
          }
        } else {
          run_tiles(q, t, parts, g, end, a, p.pack_b ? packed_b : b, p.pack_b ? width * t.k : width, n0, n1);
        }
        if (t.finishes && p.epilogue.op != TileOp::copy) apply_op(q, i0, i1, n0, n1);
      }
    }
  }
}

/// A product whose B is one panel, packed into `area` where it has to be, or need not be packed.
void run_simple(const Call& q, float* area) {
  const GemmPlan& p = q.p;
  const GemmShape& s = p.shape;
  const int64_t width = p.vectors * p.isa->lanes;
  GemmTile t = p.tile;
  set_operands(q, &t);
  if (p.pack_b) {
    pack_b(q, area, 0, s.k, 0, s.n);
    t.b = area;
    t.b_row = width;
  }
  if (p.path == GemmPath::one) {
    p.only(t);
  } else {
    run_tiles(q, t, Parts(0, s.m, p.tile_rows), 0, ceil_div(s.m, p.tile_rows), q.a, t.b, width, 0, s.n);
  }
  if (p.epilogue.op != TileOp::copy) apply_op(q, 0, s.m, 0, s.n);
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

void run_gemm(const GemmPlan& p, const float* a, const float* b, const float* bias, const float* mask, float* c,
              void* workspace) {
  if (p.shape.m == 0 || p.shape.n == 0) return;
  const Call q{p, p.turned ? b : a, p.turned ? a : b, bias, mask, c};
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
