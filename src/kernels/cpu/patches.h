// An array of images seen as a matrix: one row for each place of a window, in it the window's elements, tap by tap.
#pragma once
#include <array>
#include <cstdint>

#include "ops/windows.h"

namespace cornu {

/// Rows are (batch, grid ...), columns (taps ..., channels). What lies outside of the image is 0.
struct Patches {
  /// Window `o` has its tap `t` at place o * step + t * hop + start.
  struct Axis {
    int64_t size = 1, grid = 1, taps = 1, step = 1, hop = 1, start = 0;
  };
  std::array<Axis, kMaxSpatial> axis;
  int64_t pitch = 1;     ///< Floats from one place to the next.
  int64_t channels = 1;  ///< Those of a place that count; the first of them is where the array is said to begin.
  int64_t first = 0;     ///< The row that is counted as 0.
  bool joined = false;   ///< All taps of the last axis lie side by side.

  /// To be called when everything else is set.
  void join() { joined = axis[2].hop == 1 && pitch == channels; }
  int64_t columns() const { return axis[0].taps * axis[1].taps * axis[2].taps * channels; }
  int64_t grid() const { return axis[0].grid * axis[1].grid * axis[2].grid; }
};

/// The windows of a convolution over x, of one group.
Patches patches_of(const ConvWindows& w);

/// A GemmFill; the context is a Patches. Writes up to 64 bytes behind each row, and reads as far behind the images.
void fill_patches(const void* context, const float* images, float* dst, int64_t dst_row, int64_t row, int64_t rows,
                  int64_t col, int64_t cols);

}  // namespace cornu
