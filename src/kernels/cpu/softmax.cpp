// Softmax: rows over threads; a row is isa/reduce.inl.
#include "kernels/cpu/softmax.h"

#include <algorithm>

#include "base/parallel.h"

namespace cornu {

SoftmaxPlan prepare_softmax(int64_t rows, int64_t cols, bool log) { return {rows, cols, log, &isa()}; }

void run_softmax(const SoftmaxPlan& p, const float* src, float* dst) {
  const auto row = p.log ? p.isa->log_softmax_row : p.isa->softmax_row;
  constexpr int64_t kElementsPerTask = 32768;  // about 20 us
  const int64_t rows_per_task = std::max<int64_t>(1, kElementsPerTask / std::max<int64_t>(1, p.cols));
  const int64_t tasks = p.rows * p.cols < 2 * kElementsPerTask ? 1 : (p.rows + rows_per_task - 1) / rows_per_task;
  parallel_for(tasks, [&](int64_t task) {
    const int64_t first = tasks == 1 ? 0 : task * rows_per_task;
    const int64_t last = tasks == 1 ? p.rows : std::min(p.rows, first + rows_per_task);
    for (int64_t r = first; r < last; ++r) row(dst + r * p.cols, src + r * p.cols, p.cols);
  });
}

}  // namespace cornu
