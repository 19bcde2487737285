// Softmax rows.
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/isa/isa_table.h"

namespace cornu {
namespace {

struct Plan {
  int64_t rows, cols;
  void (*row)(float*, const float*, int64_t);
};
void run(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  for (int64_t r = 0; r < p.rows; ++r)
    p.row(static_cast<float*>(s[1]) + r * p.cols, static_cast<const float*>(s[0]) + r * p.cols, p.cols);
}

template <bool logarithm>
std::optional<Kernel> prepare(const NodeView& n, Decline& why) {
  if (n.out().dtype != DType::f32) return why("softmax: only float32");
  const Shape& s = n.out().shape;
  if (s.size() == 0) return why("softmax: no elements");
  return Kernel{run, share(Plan{s.slice(0, -1).size(), s[-1], logarithm ? isa().log_softmax_row : isa().softmax_row}), 0, {}};
}

}  // namespace

void add_cpu_norm_kernels(KernelTable& t) {
  t.add("softmax", "rows", prepare<false>);
  t.add("log_softmax", "rows", prepare<true>);
}

}  // namespace cornu
