// How matrix products are computed: paths, blocks and tasks by shape.
#include <algorithm>

#include "base/cpu_info.h"
#include "base/integers.h"
#include "base/parallel.h"
#include "kernels/cpu/gemm.h"

namespace cornu {
namespace {

constexpr int64_t kBlockK = 256;
constexpr int64_t kLongSum = 24;          // from here on the latency of one chain of additions would show
constexpr int64_t kLongPanel = 64;        // rows; with less to add, writing C in the order of its rows counts more
constexpr int64_t kPackAFrom = 128;       // columns
constexpr int64_t kLargeA = 256 << 10;    // elements: more than second caches hold
constexpr double kFlopsForThreads = 4e6;  // about 40 us on one core
constexpr double kFlopsPerTask = 2e6;

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

/// A narrow C wastes lanes unless they lie along its rows, as those of a transposed A do.
void choose_turned(GemmPlan* p) {
  const GemmShape s = p->shape;
  const GemmEpilogue& e = p->epilogue;
  const int lanes = p->isa->lanes;
  const bool plain = !e.bias && e.finish == GemmFinish::none && e.op == TileOp::copy && !p->fill_a && !p->fill_b;
  p->turned = plain && s.a_row == 1 && s.m >= lanes && s.k >= kLongSum && 4 * s.n < 3 * round_up(s.n, lanes);
  if (!p->turned) return;
  p->shape.m = s.n, p->shape.a_row = s.b_col, p->shape.a_col = s.b_row;
  p->shape.n = s.m, p->shape.b_row = s.a_col, p->shape.b_col = s.a_row;
}

void choose_blocks(GemmPlan* p) {
  const GemmShape& s = p->shape;
  const int lanes = p->isa->lanes;
  p->vectors = s.n <= lanes ? 1 : 2;
  p->tile_rows = ceil_div(s.m, ceil_div(s.m, p->isa->gemm_rows[p->vectors]));
  const int64_t width = p->vectors * lanes;
  p->block_n = std::min(round_up(s.n, width), cache_sizes().l2 / (kBlockK * 4) / width * width);
  p->block_m = std::max<int64_t>(1, 192 / p->tile_rows) * p->tile_rows;
  if (p->turned) return;
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

/// With few rows of A all of them pass a panel of B before the next is packed.
void choose_order(GemmPlan* p) {
  const int64_t k = p->shape.k;
  p->by_panels = p->task_m <= p->block_m && k >= kLongPanel;
  if (p->by_panels) p->block_n = p->task_n;
  const int64_t blocks = p->turned ? 1 : std::max<int64_t>(1, (k + kBlockK / 2) / kBlockK);
  p->block_k = std::max<int64_t>(1, ceil_div(k, blocks));
}

void choose_simple(GemmPlan* p) {
  const int lanes = p->isa->lanes;
  p->path = GemmPath::simple;
  if (p->turned || p->shape.m != p->tile_rows || p->shape.n > p->vectors * lanes) return;
  p->path = GemmPath::one;
  p->tile.last = static_cast<int>(p->shape.n - (p->vectors - 1) * lanes);
  p->only = p->isa->gemm[p->tile_rows][p->vectors];
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
  choose_turned(&p);
  p.task_m = p.shape.m;
  p.task_n = p.shape.n;
  choose_blocks(&p);
  if (!options.alone) choose_tasks(&p);
  p.workers = std::min<int64_t>(p.tasks_m * p.tasks_n, thread_count());
  choose_order(&p);
  p.tile = {.a = nullptr,
            .b = nullptr,
            .c = nullptr,
            .bias = nullptr,
            .mask = nullptr,
            .a_row = p.shape.a_row,
            .a_col = p.shape.a_col,
            .b_row = p.shape.b_row,
            .c_row = shape.c_row,
            .mask_row = epilogue.mask_row,
            .k = shape.k,
            .last = 0,
            .add_to_c = false,
            .finishes = true,
            .finish = epilogue.finish};
  const bool one_panel = !p.pack_b || p.shape.n <= p.vectors * p.isa->lanes;
  if (p.workers == 1 && !p.pack_a && one_panel && p.tasks_m * p.tasks_n == 1 && p.block_k >= shape.k) choose_simple(&p);
  // Packing writes whole vectors, up to 64 bytes past the last element.
  const auto bytes = [](int64_t floats) { return static_cast<size_t>(round_up(floats * 4 + 64, 64)); };
  const int64_t width = p.vectors * p.isa->lanes;
  p.area_b = p.pack_b ? bytes(p.block_k * (p.by_panels ? width : round_up(std::min(p.block_n, p.task_n), width))) : 0;
  p.area = p.area_b + (p.pack_a ? bytes(p.block_k * std::min(p.block_m, p.task_m)) : 0);
  p.workspace = p.area * static_cast<size_t>(p.workers);
  return p;
}

}  // namespace cornu
