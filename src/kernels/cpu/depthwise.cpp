// Convolutions of each channel by itself, row by row.
#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/integers.h"
#include "base/parallel.h"
#include "kernels/cpu/conv.h"
#include "kernels/cpu/rows.h"

namespace cornu {
namespace {

constexpr int64_t kParts = 16;  // of a sum over rows

Depthwise common(const ConvWindows& given) {
  Depthwise p;
  p.isa = &isa();
  p.w = given;
  p.multiplier = given.filters / given.channels;
  p.w.channels = p.w.groups = given.filters;
  p.block = p.w.channels;
  return p;
}

/// Each channel as many times as there are filters for it.
void widen(const Depthwise& p, const float* x, float* to) {
  const int64_t channels = p.w.channels / p.multiplier, places = p.w.batch * p.w.in_places();
  for_rows(places, p.w.channels, [&](int64_t first, int64_t last) {
    for (int64_t i = first * channels; i < last * channels; ++i)
      for (int64_t m = 0; m < p.multiplier; ++m) to[i * p.multiplier + m] = x[i];
  });
}
void narrow(const Depthwise& p, const float* wide, float* to) {
  const int64_t channels = p.w.channels / p.multiplier, places = p.w.batch * p.w.in_places();
  for_rows(places, p.w.channels, [&](int64_t first, int64_t last) {
    for (int64_t i = first * channels; i < last * channels; ++i) {
      float sum = 0;
      for (int64_t m = 0; m < p.multiplier; ++m) sum += wide[i * p.multiplier + m];
      to[i] = sum;
    }
  });
}

}  // namespace

Depthwise prepare_depthwise_forward(const ConvWindows& w) {
  Depthwise p = common(w);
  if (p.multiplier > 1) p.workspace = area_bytes(w.batch * w.in_places() * w.filters);
  return p;
}

void run_depthwise_forward(const Depthwise& p, const float* x, const float* kernel, float* y, void* workspace) {
  const ConvWindows& w = p.w;
  if (p.multiplier > 1) {
    widen(p, x, static_cast<float*>(workspace));
    x = static_cast<const float*>(workspace);
  }
  const int64_t line = w.axis[2].out * w.channels;
  for_rows(w.batch * w.axis[0].out * w.axis[1].out, line * w.taps(), [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      std::memset(y + row * line, 0, static_cast<size_t>(line) * sizeof(float));
      each_run(w, row, [&](const WindowRun& r) {
        p.isa->window_add(y + row * line + r.window * w.channels, w.channels, x + r.place * w.channels,
                          w.axis[2].stride * w.channels, kernel + r.tap * w.channels, r.count, w.channels);
      });
    }
  });
}

Depthwise prepare_depthwise_input(const ConvWindows& w) {
  Depthwise p = common(w);
  divide_images(w.batch, p.w.channels, &p.blocks, &p.block);
  if (p.multiplier > 1) p.workspace = area_bytes(w.batch * w.in_places() * w.filters);
  return p;
}

void run_depthwise_input(const Depthwise& p, const float* y, const float* kernel, float* x, void* workspace) {
  const ConvWindows& w = p.w;
  float* const to = p.multiplier > 1 ? static_cast<float*>(workspace) : x;
  const int64_t rows = w.axis[0].out * w.axis[1].out, image = w.in_places() * w.channels,
                line = w.axis[2].out * w.channels;
  parallel_for(w.batch * p.blocks, [&](int64_t task) {
    const int64_t n = task / p.blocks, c = task % p.blocks * p.block, channels = std::min(p.block, w.channels - c);
    zero_places(to + n * image + c, w.in_places(), w.channels, channels);
    for (int64_t row = n * rows; row < (n + 1) * rows; ++row)
      each_run(w, row, [&](const WindowRun& r) {
        p.isa->window_add(to + r.place * w.channels + c, w.axis[2].stride * w.channels,
                          y + row * line + r.window * w.channels + c, w.channels, kernel + r.tap * w.channels + c,
                          r.count, channels);
      });
  });
  if (p.multiplier > 1) narrow(p, to, x);
}

Depthwise prepare_depthwise_kernel(const ConvWindows& w) {
  Depthwise p = common(w);
  p.tasks = std::min(kParts, w.batch * w.axis[0].out * w.axis[1].out);
  p.area = area_bytes(p.w.taps() * p.w.channels);
  p.workspace =
      p.area * static_cast<size_t>(p.tasks) + (p.multiplier > 1 ? area_bytes(w.batch * w.in_places() * w.filters) : 0);
  return p;
}

void run_depthwise_kernel(const Depthwise& p, const float* x, const float* y, float* kernel, void* workspace) {
  const ConvWindows& w = p.w;
  char* const area = static_cast<char*>(workspace);
  const auto sums = [&](int64_t task) { return reinterpret_cast<float*>(area + p.area * static_cast<size_t>(task)); };
  if (p.multiplier > 1) {
    widen(p, x, sums(p.tasks));
    x = sums(p.tasks);
  }
  const int64_t rows = w.batch * w.axis[0].out * w.axis[1].out, line = w.axis[2].out * w.channels,
                size = w.taps() * w.channels;
  parallel_for(p.tasks, [&](int64_t task) {
    float* const sum = sums(task);
    std::memset(sum, 0, static_cast<size_t>(size) * sizeof(float));
    for (int64_t row = task * rows / p.tasks; row < (task + 1) * rows / p.tasks; ++row)
      each_run(w, row, [&](const WindowRun& r) {
        p.isa->window_dot(sum + r.tap * w.channels, x + r.place * w.channels, w.axis[2].stride * w.channels,
                          y + row * line + r.window * w.channels, w.channels, r.count, w.channels);
      });
  });
  const TileFn add = p.isa->tile[static_cast<int>(TileOp::add)].fn[0];
  for (int64_t i = 1; i < p.tasks; ++i) add(sums(0), sums(0), sums(i), sums(0), static_cast<int>(size));
  std::memcpy(kernel, sums(0), static_cast<size_t>(size) * sizeof(float));
}

}  // namespace cornu
