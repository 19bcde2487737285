// Copies of what windows see.
#include "kernels/cpu/patches.h"

#include <algorithm>
#include <cstring>

namespace cornu {
namespace {

constexpr int64_t kShort = 16;  // floats: a fixed number is copied, of which the next run overwrites the excess

void copy_run(float* dst, const float* src, int64_t n) {
  if (n <= kShort)
    std::memcpy(dst, src, kShort * sizeof(float));
  else
    std::memcpy(dst, src, static_cast<size_t>(n) * sizeof(float));
}
void zero_run(float* dst, int64_t n) {
  if (n <= kShort)
    std::memset(dst, 0, kShort * sizeof(float));
  else
    std::memset(dst, 0, static_cast<size_t>(n) * sizeof(float));
}

/// Elements [from, from + n) of the taps of the last axis, of which those at places below 0 or from `size` on are 0.
void copy_joined(const Patches& p, float* dst, const float* line, int64_t place, int64_t from, int64_t n) {
  const int64_t low = std::clamp(-place * p.channels - from, int64_t{0}, n),
                high = std::clamp((p.axis[2].size - place) * p.channels - from, low, n);
  if (low > 0) zero_run(dst, low);
  if (high > low) copy_run(dst + low, line + place * p.pitch + from + low, high - low);
  if (n > high) zero_run(dst + high, n - high);
}

}  // namespace

Patches patches_of(const ConvWindows& w) {
  Patches p;
  for (size_t i = 0; i < kMaxSpatial; ++i) {
    const WindowAxis& a = w.axis[i];
    p.axis[i] = {a.in, a.out, a.taps, a.stride, a.dilation, -a.low};
  }
  p.pitch = w.channels;
  p.channels = w.channels / w.groups;
  p.join();
  return p;
}

void fill_patches(const void* context, const float* images, float* dst, int64_t dst_row, int64_t row, int64_t rows,
                  int64_t col, int64_t cols) {
  const Patches& p = *static_cast<const Patches*>(context);
  const Patches::Axis &a = p.axis[0], &b = p.axis[1], &c = p.axis[2];
  const int64_t run = p.joined ? c.taps * p.channels : p.channels, inner_taps = p.joined ? 1 : c.taps;
  const int64_t line = c.size * p.pitch, first_run = col / run, first_in_run = col % run;
  const int64_t at = row + p.first;
  int64_t o2 = at % c.grid, o1 = at / c.grid % b.grid, o0 = at / (c.grid * b.grid) % a.grid,
          n = at / (c.grid * b.grid * a.grid);
  for (int64_t r = 0; r < rows; ++r, dst += dst_row) {
    const int64_t place = o2 * c.step + c.start;
    int64_t t2 = first_run % inner_taps, t1 = first_run / inner_taps % b.taps, t0 = first_run / (inner_taps * b.taps),
            from = first_in_run;
    float* to = dst;
    for (int64_t left = cols; left > 0;) {
      const int64_t i0 = o0 * a.step + t0 * a.hop + a.start, i1 = o1 * b.step + t1 * b.hop + b.start,
                    i2 = place + t2 * c.hop, count = std::min(run - from, left);
      const bool inside = i0 >= 0 && i0 < a.size && i1 >= 0 && i1 < b.size;
      const float* const source = images + ((n * a.size + i0) * b.size + i1) * line;
      if (!inside || (!p.joined && (i2 < 0 || i2 >= c.size)))
        zero_run(to, count);
      else if (p.joined)
        copy_joined(p, to, source, place, from, count);
      else
        copy_run(to, source + i2 * p.pitch + from, count);
      to += count;
      left -= count;
      from = 0;
      if (++t2 < inner_taps) continue;
      t2 = 0;
      if (++t1 < b.taps) continue;
      t1 = 0;
      ++t0;
    }
    if (++o2 < c.grid) continue;
    o2 = 0;
    if (++o1 < b.grid) continue;
    o1 = 0;
    if (++o0 < a.grid) continue;
    o0 = 0;
    ++n;
  }
}

}  // namespace cornu
