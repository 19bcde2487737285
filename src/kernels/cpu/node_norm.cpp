// Softmax rows.
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/softmax.h"

namespace cornu {
namespace {

void run(const void* plan, Slots s) {
  run_softmax(*static_cast<const SoftmaxPlan*>(plan), static_cast<const float*>(s[0]), static_cast<float*>(s[1]));
}

template <bool logarithm>
std::optional<Kernel> prepare(const NodeView& n, Decline& why) {
  if (n.out().dtype != DType::f32) return why("softmax: only float32");
  const Shape& s = n.out().shape;
  if (s.size() == 0) return why("softmax: no elements");
  return Kernel{run, share(prepare_softmax(s.slice(0, -1).size(), s[-1], logarithm)), 0, {}};
}

}  // namespace

void add_cpu_norm_kernels(KernelTable& t) {
  t.add("softmax", "rows", prepare<false>);
  t.add("log_softmax", "rows", prepare<true>);
}

}  // namespace cornu
