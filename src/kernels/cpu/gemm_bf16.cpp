// Blocks and threads of products of bfloat16; the arithmetic is isa/avx512_bf16.cpp and isa/amx.cpp.
#include "kernels/cpu/gemm_bf16.h"

#include <algorithm>

#include "base/integers.h"
#include "base/parallel.h"

namespace cornu {
namespace {

constexpr int64_t kPackElements = 32 << 10;  // of one task: some microseconds
constexpr double kBlockFlops = 4e6;          // of one task
constexpr int64_t kGroupBytes = 512 << 10;

int64_t line_step(int64_t row, int64_t col) { return col == 1 ? row : 1; }

struct Call {
  const Bf16GemmPlan& p;
  Bf16Operand a, b;
  uint32_t *packed_a, *packed_b;
  uint16_t* c;
};

/// Blocks of lines [begin, end) of A and then B.
void pack(const Call& q, int64_t begin, int64_t end) {
  const Bf16GemmPlan& p = q.p;
  const int64_t step = 2 * p.tiles * kBf16Tile;
  for (int64_t i = begin; i < end; ++i) {
    const bool of_a = i < p.rows;
    const int64_t block = of_a ? i : i - p.rows, line = block * kBf16Block;
    const int64_t lines = std::min(kBf16Block, (of_a ? p.shape.m : p.shape.n) - line);
    p.isa->bf16->pack((of_a ? q.packed_a : q.packed_b) + block * step, of_a ? q.a : q.b, line, lines, p.shape.k);
  }
}

/// Blocks [begin, end) of C: group after group of rows, in each the columns one after another.
void multiply(const Call& q, int64_t begin, int64_t end) {
  const Bf16GemmPlan& p = q.p;
  const Bf16Kernels& kernels = *p.isa->bf16;
  const int64_t step = 2 * p.tiles * kBf16Tile;
  alignas(64) float block[kBf16Block * kBf16Block];
  kernels.begin();
  for (int64_t at = begin; at < end; ++at) {
    const int64_t first = at / (p.group * p.cols) * p.group, height = std::min(p.group, p.rows - first);
    const int64_t rest = at - first * p.cols, i = first + rest % height, j = rest / height;
    const int64_t rows = std::min(kBf16Block, p.shape.m - i * kBf16Block);
    const int64_t cols = std::min(kBf16Block, p.shape.n - j * kBf16Block);
    kernels.block(q.packed_a + i * step, q.packed_b + j * step, block, p.tiles, rows > 16 ? 2 : 1, cols > 16 ? 2 : 1);
    kernels.store(q.c + i * kBf16Block * p.shape.c_row + j * kBf16Block, p.shape.c_row, block, rows, cols);
  }
  kernels.end();
}

/// f(first, last) for about `parts` parts of n.
template <class F>
void in_parts(int64_t n, int64_t parts, const F& f) {
  parallel_for(parts, [&](int64_t i) { f(n * i / parts, n * (i + 1) / parts); });
}

}  // namespace

bool has_gemm_bf16(const GemmShape& s) {
  return isa().bf16 && (s.a_row == 1 || s.a_col == 1) && (s.b_row == 1 || s.b_col == 1);
}

Bf16GemmPlan prepare_gemm_bf16(const GemmShape& s, bool a_floats, bool b_floats) {
  Bf16GemmPlan p;
  p.shape = s;
  p.a_floats = a_floats;
  p.b_floats = b_floats;
  p.isa = &isa();
  p.tiles = ceil_div(s.k, 32);
  p.rows = ceil_div(s.m, kBf16Block);
  p.cols = ceil_div(s.n, kBf16Block);
  const int64_t block_bytes = 2 * p.tiles * kBf16Tile * 4;
  p.group = std::clamp<int64_t>(kGroupBytes / std::max<int64_t>(block_bytes, 1), 1, std::max<int64_t>(p.rows, 1));
  p.area_a = static_cast<size_t>(p.rows * block_bytes);
  p.workspace = p.area_a + static_cast<size_t>(p.cols * block_bytes);
  const int64_t threads = thread_count();
  if (threads > 1) {
    // Four parts for each thread, so that a late one costs little.
    const auto parts = [&](int64_t n, double wanted) {
      return std::clamp<int64_t>(static_cast<int64_t>(wanted), 1, std::min(n, 4 * threads));
    };
    const double elements = static_cast<double>(s.k) * static_cast<double>(s.m + s.n);
    const double flops = 2.0 * static_cast<double>(s.m) * static_cast<double>(s.n) * static_cast<double>(s.k);
    p.packs = parts(p.rows + p.cols, elements / static_cast<double>(kPackElements));
    p.tasks = parts(p.rows * p.cols, flops / kBlockFlops);
  }
  return p;
}

void run_gemm_bf16(const Bf16GemmPlan& p, const void* a, const void* b, uint16_t* c, void* workspace) {
  const GemmShape& s = p.shape;
  uint32_t* const packed = static_cast<uint32_t*>(workspace);
  const Call q{p,
               {a, p.a_floats, line_step(s.a_row, s.a_col), s.a_col, false},
               {b, p.b_floats, line_step(s.b_col, s.b_row), s.b_row, true},
               packed,
               packed + p.area_a / 4,
               c};
  in_parts(p.rows + p.cols, p.packs, [&](int64_t begin, int64_t end) { pack(q, begin, end); });
  in_parts(p.rows * p.cols, p.tasks, [&](int64_t begin, int64_t end) { multiply(q, begin, end); });
}

}  // namespace cornu
