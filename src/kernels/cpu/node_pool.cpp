// Pooling by the largest, row by row; zeros around an array.
#include <atomic>
#include <limits>

#include "kernels/cpu/copy.h"
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/isa/isa_table.h"
#include "kernels/cpu/rows.h"

namespace cornu {
namespace {

struct Plan {
  Windows w;
  const IsaTable* isa;
  int64_t blocks = 1, block = 0;  ///< Channels are divided into blocks.
  int64_t workers = 1;
  int64_t line = 0;  ///< Floats of a row of windows of a block.
};

/// The largest of each window of a row, of `channels` channels from x on.
void largest_of_row(const Plan& p, const float* x, int64_t row, int64_t channels, float* top) {
  const Windows& w = p.w;
  std::fill(top, top + w.axis[2].out * channels, -std::numeric_limits<float>::infinity());
  each_run(w, row, [&](const WindowRun& r) {
    p.isa->window_max(top + r.window * channels, x + r.place * w.channels, w.axis[2].stride * w.channels, r.count,
                      channels);
  });
}

void run_max(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  const Windows& w = p.w;
  for_rows(w.batch * w.axis[0].out * w.axis[1].out, p.line * w.taps(), [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row)
      largest_of_row(p, static_cast<const float*>(s[1]), row, w.channels, static_cast<float*>(s[2]) + row * p.line);
  });
}

void run_max_grad(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  const Windows& w = p.w;
  const float *d = static_cast<const float*>(s[0]), *x = static_cast<const float*>(s[1]);
  float *const out = static_cast<float*>(s[2]), *const area = static_cast<float*>(s[3]);
  const int64_t rows = w.axis[0].out * w.axis[1].out, image = w.in_places() * w.channels, tasks = w.batch * p.blocks;
  const auto run_task = [&](int64_t task, float* top, float* rest) {
    const int64_t n = task / p.blocks, c = task % p.blocks * p.block, channels = std::min(p.block, w.channels - c);
    zero_places(out + n * image + c, w.in_places(), w.channels, channels);
    for (int64_t row = n * rows; row < (n + 1) * rows; ++row) {
      largest_of_row(p, x + c, row, channels, top);
      for (int64_t o = 0; o < w.axis[2].out; ++o)
        std::memcpy(rest + o * channels, d + (row * w.axis[2].out + o) * w.channels + c,
                    static_cast<size_t>(channels) * sizeof(float));
      each_run(w, row, [&](const WindowRun& r) {
        p.isa->window_place(out + r.place * w.channels + c, rest + r.window * channels, top + r.window * channels,
                            x + r.place * w.channels + c, w.axis[2].stride * w.channels, r.count, channels);
      });
    }
  };
  std::atomic<int64_t> next{0};
  parallel_for(p.workers, [&](int64_t worker) {
    float* const top = area + 2 * worker * p.line;
    for (int64_t task = next++; task < tasks; task = next++) run_task(task, top, top + p.line);
  });
}

std::optional<Kernel> prepare_max(const NodeView& n, Decline& why) {
  if (n.out().dtype != DType::f32) return why("rows: only float32");
  if (n.node.in[0] != n.node.in[1]) return why("rows: only the largest itself");
  Plan p{pool_windows(n.node.attrs.as<PoolAttrs>(), n.in(0).shape, n.out().shape), &isa()};
  p.line = p.w.axis[2].out * p.w.channels;
  return Kernel{run_max, share(p), 0, {}};
}

std::optional<Kernel> prepare_max_grad(const NodeView& n, Decline& why) {
  if (n.out().dtype != DType::f32) return why("rows: only float32");
  Plan p{pool_windows(n.node.attrs.as<PoolAttrs>(), n.out().shape, n.in(0).shape), &isa()};
  if (p.w.batch * p.w.channels == 0) return why("rows: no elements");
  divide_images(p.w.batch, p.w.channels, &p.blocks, &p.block);
  p.line = round_up(p.w.axis[2].out * p.block, 16);
  p.workers = std::min<int64_t>(thread_count(), p.w.batch * p.blocks);
  const size_t workspace = static_cast<size_t>(2 * p.workers * p.line) * sizeof(float) + 64;
  return Kernel{run_max_grad, share(p), workspace, {}};
}

struct Padded {
  CopyPlan copy;
  int64_t to = 0;    ///< Bytes before the first element.
  size_t bytes = 0;  ///< Of the result.
};
void run_pad(const void* plan, Slots s) {
  const Padded& p = *static_cast<const Padded*>(plan);
  std::memset(s[1], 0, p.bytes);
  run_copy(p.copy, s[0], static_cast<char*>(s[1]) + p.to);
}
std::optional<Kernel> prepare_pad(const NodeView& n, Decline&) {
  const std::vector<int64_t> in = n.in(0).shape.dims(), whole = contiguous_strides(n.out().shape.dims());
  const std::vector<int64_t>& low = n.node.attrs.as<PadAttrs>().low;
  const int item = static_cast<int>(size_of(n.out().dtype));
  Padded p{prepare_copy(in, contiguous_strides(in), whole, item), 0, static_cast<size_t>(n.out().shape.size() * item)};
  for (size_t i = 0; i < low.size(); ++i) p.to += low[i] * whole[i] * item;
  return Kernel{run_pad, share(std::move(p)), 0, {}};
}

}  // namespace

void add_cpu_pool_kernels(KernelTable& t) {
  t.add("max_pool", "rows", prepare_max);
  t.add("max_pool_grad", "rows", prepare_max_grad);
  t.add("pad", "move", prepare_pad);
}

}  // namespace cornu
