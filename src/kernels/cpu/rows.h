// Rows of windows: the windows of one line and the places that one tap of them sees lie at even distances.
#pragma once
#include <algorithm>
#include <cstring>

#include "base/integers.h"
#include "base/parallel.h"
#include "ops/windows.h"

namespace cornu {

/// Windows [window, window + count) of a row see by `tap` the place `place` (counted through the batch) and those a
/// stride apart.
struct WindowRun {
  int64_t tap, window, place, count;
};
/// f(WindowRun) for each tap of a row of windows, counted through the batch; taps in order.
template <class F>
void each_run(const Windows& w, int64_t row, F&& f) {
  const auto& [a, b, c] = w.axis;
  const int64_t n = row / (a.out * b.out), o0 = row / b.out % a.out, o1 = row % b.out;
  for (int64_t t0 = 0; t0 < a.taps; ++t0) {
    const int64_t i0 = o0 * a.stride + t0 * a.dilation - a.low;
    if (i0 < 0 || i0 >= a.in) continue;
    for (int64_t t1 = 0; t1 < b.taps; ++t1) {
      const int64_t i1 = o1 * b.stride + t1 * b.dilation - b.low;
      if (i1 < 0 || i1 >= b.in) continue;
      const int64_t line = ((n * a.in + i0) * b.in + i1) * c.in;
      for (int64_t t2 = 0; t2 < c.taps; ++t2) {
        const int64_t offset = t2 * c.dilation - c.low;
        const int64_t from = offset < 0 ? ceil_div(-offset, c.stride) : 0,
                      to = offset >= c.in ? 0 : std::min(c.out, (c.in - 1 - offset) / c.stride + 1);
        if (from < to) f(WindowRun{(t0 * b.taps + t1) * c.taps + t2, from, line + from * c.stride + offset, to - from});
      }
    }
  }
}

/// f(first, last) of so many rows, of `work` elements each, over threads.
template <class F>
void for_rows(int64_t rows, int64_t work, F&& f) {
  constexpr int64_t kElementsPerTask = 65536;  // about 20 us
  const int64_t each = std::max<int64_t>(1, kElementsPerTask / std::max<int64_t>(1, work));
  if (rows <= 2 * each) return f(int64_t{0}, rows);
  parallel_for(ceil_div(rows, each), [&](int64_t task) { f(task * each, std::min(rows, (task + 1) * each)); });
}

/// Where windows overlap, an image's rows are one task; few images are divided by channels too.
inline void divide_images(int64_t batch, int64_t channels, int64_t* blocks, int64_t* block) {
  constexpr int64_t kTasks = 16, kLeast = 16;
  *blocks = std::clamp<int64_t>(kTasks / std::max<int64_t>(1, batch), 1, std::max<int64_t>(1, channels / kLeast));
  *block = round_up(ceil_div(channels, *blocks), kLeast);
  *blocks = ceil_div(channels, *block);
}

inline void zero_places(float* x, int64_t places, int64_t pitch, int64_t channels) {
  if (pitch == channels) channels *= places, places = 1;
  for (int64_t i = 0; i < places; ++i) std::memset(x + i * pitch, 0, static_cast<size_t>(channels) * sizeof(float));
}

}  // namespace cornu
