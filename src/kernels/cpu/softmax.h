// Softmax along the last axis.
#pragma once
#include <cstdint>

#include "kernels/cpu/isa/isa_table.h"

namespace cornu {

/// exp(x - max) / sum of the row, or its logarithm; the sum in 16 lanes as TileSum's. dst may be src.
struct SoftmaxPlan {
  int64_t rows = 0, cols = 0;
  bool log = false;
  const IsaTable* isa = nullptr;
};
SoftmaxPlan prepare_softmax(int64_t rows, int64_t cols, bool log = false);
void run_softmax(const SoftmaxPlan& plan, const float* src, float* dst);

}  // namespace cornu
