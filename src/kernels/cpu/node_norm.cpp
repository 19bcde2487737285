// Softmax rows.
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/halves.h"
#include "kernels/cpu/softmax.h"

namespace cornu {
namespace {

void run(const void* plan, Slots s) {
  run_softmax(*static_cast<const SoftmaxPlan*>(plan), static_cast<const float*>(s[0]), static_cast<float*>(s[1]));
}

struct HalfPlan {
  SoftmaxPlan floats;
  DType dtype;
};
void run_halves(const void* plan, Slots s) {
  const HalfPlan& p = *static_cast<const HalfPlan*>(plan);
  float* const x = static_cast<float*>(s[2]);
  const int64_t n = p.floats.rows * p.floats.cols;
  load_halves(p.dtype, s[0], x, n);
  run_softmax(p.floats, x, x);
  store_halves(p.dtype, x, s[1], n);
}

template <bool logarithm>
std::optional<Kernel> prepare(const NodeView& n, Decline& why) {
  const DType t = n.out().dtype;
  if (t != DType::f32 && !is_half(t)) return why("softmax: only float32 and halves");
  const Shape& s = n.out().shape;
  if (s.size() == 0) return why("softmax: no elements");
  const SoftmaxPlan p = prepare_softmax(s.slice(0, -1).size(), s[-1], logarithm);
  if (is_half(t)) return Kernel{run_halves, share(HalfPlan{p, t}), static_cast<size_t>(s.size()) * 4 + 64, {}};
  return Kernel{run, share(p), 0, {}};
}

}  // namespace

void add_cpu_norm_kernels(KernelTable& t) {
  t.add("softmax", "rows", prepare<false>);
  t.add("log_softmax", "rows", prepare<true>);
}

}  // namespace cornu
