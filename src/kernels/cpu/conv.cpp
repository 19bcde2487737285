// The three products of a convolution.
#include "kernels/cpu/conv.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/integers.h"
#include "base/parallel.h"

namespace cornu {
namespace {

constexpr double kFlopsPerPart = 4e6;  // of a sum over windows
constexpr int64_t kMaxParts = 16;
constexpr int64_t kLargeKernel = 256 * 256;  // from here on its own elements are work for all threads
constexpr int64_t kBytesPerTask = 256 << 10;

/// Windows of one place each, one after another, need not be looked up.
bool is_plain(const Patches& p) {
  for (const Patches::Axis& a : p.axis)
    if (a.taps != 1 || a.step != 1 || a.start != 0 || a.grid != a.size) return false;
  return true;
}

/// (windows x columns) times a matrix.
void prepare_product(const Patches& p, int64_t windows, int64_t n, int64_t b_row, int64_t c_row, GemmPlan* plan) {
  GemmShape s{
      .m = windows, .n = n, .k = p.columns(), .a_row = p.pitch, .a_col = 1, .b_row = b_row, .b_col = 1, .c_row = c_row};
  GemmOptions options;
  if (!is_plain(p)) options.fill_a = fill_patches, options.context_a = &p;
  *plan = prepare_gemm(s, {}, options);
}

/// The taps of one axis that places residue, residue + stride, ... are seen by, last first, and which windows see them.
struct AxisPart {
  Patches::Axis axis;
  std::vector<int64_t> taps;
};
AxisPart part_of(const WindowAxis& a, int64_t residue) {
  AxisPart out;
  const auto sees = [&](int64_t tap) { return (residue + a.low - tap * a.dilation) % a.stride == 0; };
  for (int64_t tap = a.taps - 1; tap >= 0; --tap)
    if (sees(tap)) out.taps.push_back(tap);
  out.axis = {
      a.out, residue < a.in ? ceil_div(a.in - residue, a.stride) : 0, static_cast<int64_t>(out.taps.size()), 1, 1, 0};
  if (out.taps.empty()) return out;
  const auto window = [&](int64_t tap) { return (residue + a.low - tap * a.dilation) / a.stride; };
  out.axis.start = window(out.taps[0]);
  if (out.taps.size() > 1) out.axis.hop = window(out.taps[1]) - out.axis.start;
  return out;
}

}  // namespace

void prepare_conv_forward(const ConvWindows& w, ConvForward* plan) {
  plan->w = w;
  plan->patches = patches_of(w);
  prepare_product(plan->patches, w.batch * w.out_places(), w.filters / w.groups, w.filters, w.filters, &plan->gemm);
  plan->workspace = plan->gemm.workspace;
}

void run_conv_forward(const ConvForward& p, const float* x, const float* kernel, float* y, void* workspace) {
  const int64_t channels = p.w.channels / p.w.groups, filters = p.w.filters / p.w.groups;
  for (int64_t g = 0; g < p.w.groups; ++g)
    run_gemm(p.gemm, x + g * channels, kernel + g * filters, nullptr, nullptr, y + g * filters, workspace);
}

void prepare_conv_input(const ConvWindows& w, ConvInput* plan) {
  plan->w = w;
  const int64_t channels = w.channels / w.groups, filters = w.filters / w.groups;
  const auto& [a, b, c] = w.axis;
  plan->parts.reserve(static_cast<size_t>(a.stride * b.stride * c.stride));
  for (int64_t i = 0; i < a.stride * b.stride * c.stride; ++i) {
    ConvInput::Part part;
    part.residue = {i / (b.stride * c.stride), i / c.stride % b.stride, i % c.stride};
    std::array<AxisPart, kMaxSpatial> axes;
    for (size_t k = 0; k < kMaxSpatial; ++k) {
      axes[k] = part_of(w.axis[k], part.residue[k]);
      part.patches.axis[k] = axes[k].axis;
    }
    for (const int64_t t0 : axes[0].taps)
      for (const int64_t t1 : axes[1].taps)
        for (const int64_t t2 : axes[2].taps) part.taps.push_back((t0 * b.taps + t1) * c.taps + t2);
    if (part.taps.empty() || part.patches.grid() == 0) continue;
    part.patches.pitch = w.filters;
    part.patches.channels = filters;
    part.patches.join();
    plan->parts.push_back(std::move(part));
  }
  plan->direct = plan->parts.size() == 1 && a.stride * b.stride * c.stride == 1;
  int64_t largest = 0;
  size_t gemm = 0;
  for (ConvInput::Part& part : plan->parts) {
    const int64_t places = w.batch * part.patches.grid();
    prepare_product(part.patches, places, channels, channels, plan->direct ? w.channels : channels, &part.gemm);
    largest = std::max(largest, places * channels);
    gemm = std::max(gemm, part.gemm.workspace);
  }
  plan->part_at = plan->kernel_at + area_bytes(w.taps() * filters * channels);
  plan->gemm_at = plan->part_at + (plan->direct ? 0 : area_bytes(largest));
  plan->workspace = plan->gemm_at + gemm;
}

/// Rows of a part to their places in x, from channel `first` on.
static void spread_part(const ConvInput& p, const ConvInput::Part& part, const float* rows, int64_t first, float* x) {
  const WindowAxis &a = p.w.axis[0], &b = p.w.axis[1], &c = p.w.axis[2];
  const Patches::Axis &ga = part.patches.axis[0], &gb = part.patches.axis[1], &gc = part.patches.axis[2];
  const int64_t channels = p.w.channels / p.w.groups, lines = p.w.batch * ga.grid * gb.grid;
  const int64_t each = std::max<int64_t>(1, kBytesPerTask / (gc.grid * channels * 4));
  parallel_for(ceil_div(lines, each), [&](int64_t task) {
    for (int64_t line = task * each; line < std::min(lines, (task + 1) * each); ++line) {
      const int64_t n = line / (ga.grid * gb.grid), i0 = line / gb.grid % ga.grid * a.stride + part.residue[0],
                    i1 = line % gb.grid * b.stride + part.residue[1];
      const float* from = rows + line * gc.grid * channels;
      float* to = x + (((n * a.in + i0) * b.in + i1) * c.in + part.residue[2]) * p.w.channels + first;
      for (int64_t i = 0; i < gc.grid; ++i, from += channels, to += c.stride * p.w.channels)
        std::memcpy(to, from, static_cast<size_t>(channels) * sizeof(float));
    }
  });
}

void run_conv_input(const ConvInput& p, const float* y, const float* kernel, float* x, void* workspace) {
  const ConvWindows& w = p.w;
  const int64_t channels = w.channels / w.groups, filters = w.filters / w.groups;
  char* const area = static_cast<char*>(workspace);
  float *const turned = reinterpret_cast<float*>(area + p.kernel_at), *const rows =
                                                                          reinterpret_cast<float*>(area + p.part_at);
  if (!p.direct) std::memset(x, 0, static_cast<size_t>(w.batch * w.in_places() * w.channels) * sizeof(float));
  for (int64_t g = 0; g < w.groups; ++g)
    for (const ConvInput::Part& part : p.parts) {
      float* to = turned;
      for (const int64_t tap : part.taps) {
        isa().transpose(to, channels, kernel + tap * channels * w.filters + g * filters, w.filters, channels, filters);
        to += filters * channels;
      }
      float* const out = p.direct ? x + g * channels : rows;
      run_gemm(part.gemm, y + g * filters, turned, nullptr, nullptr, out, area + p.gemm_at);
      if (!p.direct) spread_part(p, part, rows, g * channels, x);
    }
}

void prepare_conv_kernel(const ConvWindows& w, ConvKernel* plan) {
  plan->w = w;
  const Patches whole = patches_of(w);
  const int64_t filters = w.filters / w.groups, columns = whole.columns(), windows = w.batch * w.out_places();
  const double flops = 2.0 * static_cast<double>(filters * columns) * static_cast<double>(windows);
  const int64_t wanted = std::clamp(static_cast<int64_t>(flops / kFlopsPerPart), int64_t{1}, kMaxParts);
  const int64_t parts = filters * columns >= kLargeKernel ? 1 : std::min(wanted, windows);
  const int64_t each = ceil_div(windows, parts);
  plan->parts.resize(static_cast<size_t>(ceil_div(windows, each)));
  for (size_t i = 0; i < plan->parts.size(); ++i) {
    ConvKernel::Part& part = plan->parts[i];
    part.first = static_cast<int64_t>(i) * each;
    part.patches = whole;
    part.patches.first = part.first;
    // The transposed kernel: filters x columns.
    GemmShape s{.m = filters,
                .n = columns,
                .k = std::min(each, windows - part.first),
                .a_row = 1,
                .a_col = w.filters,
                .b_row = whole.pitch,
                .b_col = 1,
                .c_row = columns};
    GemmOptions options;
    options.alone = plan->parts.size() > 1;
    if (!is_plain(whole)) options.fill_b = fill_patches, options.context_b = &part.patches;
    part.gemm = prepare_gemm(s, {}, options);
    plan->area = std::max(plan->area, part.gemm.workspace);
  }
  plan->sum = area_bytes(filters * columns);
  plan->workspace = (plan->sum + plan->area) * plan->parts.size();
}

void run_conv_kernel(const ConvKernel& p, const float* x, const float* y, float* kernel, void* workspace) {
  const ConvWindows& w = p.w;
  const int64_t channels = w.channels / w.groups, filters = w.filters / w.groups, columns = w.taps() * channels;
  const bool plain = !p.parts[0].gemm.fill_b;
  char* const area = static_cast<char*>(workspace);
  const auto sums = [&](size_t part) { return reinterpret_cast<float*>(area + p.sum * part); };
  const TileFn add = isa().tile[static_cast<int>(TileOp::add)].fn[0];
  for (int64_t g = 0; g < w.groups; ++g) {
    parallel_for(static_cast<int64_t>(p.parts.size()), [&](int64_t task) {
      const auto i = static_cast<size_t>(task);
      const ConvKernel::Part& part = p.parts[i];
      const float* images = x + g * channels + (plain ? part.first * w.channels : 0);
      run_gemm(part.gemm, y + part.first * w.filters + g * filters, images, nullptr, nullptr, sums(i),
               area + p.sum * p.parts.size() + p.area * i);
    });
    for (size_t i = 1; i < p.parts.size(); ++i)
      add(sums(0), sums(0), sums(i), sums(0), static_cast<int>(filters * columns));
    isa().transpose(kernel + g * filters, w.filters, sums(0), columns, filters, columns);
  }
}

}  // namespace cornu
