// Copies between differently strided arrays: transposition, slices, broadcasts, reversals.
#pragma once
#include <cstdint>
#include <vector>

#include "kernels/cpu/isa/isa_table.h"

namespace cornu {

/// An N-D copy of items of 1, 2, 4 or 8 bytes, prepared: axes without length are dropped, neighbours that lie the same
/// way in both arrays are joined, and the axes ordered for the destination.
struct CopyPlan {
  struct Axis {
    int64_t size, src, dst;  // strides in items; negative ones reverse, src 0 repeats
  };
  std::vector<Axis> axes;  // outermost first
  int item = 4;
  bool transposes = false;  // the two innermost axes are a transposition of floats
  int64_t count = 0;        // items
  const IsaTable* isa = nullptr;
};
CopyPlan prepare_copy(const std::vector<int64_t>& shape, const std::vector<int64_t>& src_strides,
                      const std::vector<int64_t>& dst_strides, int item_bytes);
/// The strides of a contiguous array.
std::vector<int64_t> contiguous_strides(const std::vector<int64_t>& shape);
/// dst = src with axes permuted: dst axis i is src axis permutation[i].
CopyPlan prepare_transpose(const std::vector<int64_t>& src_shape, const std::vector<int>& permutation, int item_bytes);
void run_copy(const CopyPlan& plan, const void* src, void* dst);

}  // namespace cornu
