// Random tensors from a (seed, counter) pair.
#include <algorithm>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/halves.h"
#include "kernels/cpu/random.h"
#include "ops/attrs.h"

namespace cornu {
namespace {

struct Plan {
  bool normal;
  float a, b;
  int64_t n;
  DType dtype;
};

/// Other types are drawn as floats first.
void run(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  const int32_t* seed = static_cast<const int32_t*>(s[0]);
  const uint64_t key = static_cast<uint32_t>(seed[0]), call = static_cast<uint32_t>(seed[1]);
  float* out = static_cast<float*>(s[p.dtype == DType::f32 ? 2 : 3]);
  if (p.normal)
    random_normal(key, call, p.a, p.b, out, p.n);
  else
    random_uniform(key, call, p.a, p.b, out, p.n);
  if (p.dtype == DType::f64) std::copy(out, out + p.n, static_cast<double*>(s[2]));
  if (is_half(p.dtype)) store_halves(p.dtype, out, s[2], p.n);
}

std::optional<Kernel> prepare(const NodeView& n, Decline& why) {
  const RandomAttrs& a = n.node.attrs.as<RandomAttrs>();
  const DType t = n.out().dtype;
  if (!is_floating(t)) return why("random: only floating types");
  const Plan p{a.kind == "normal", static_cast<float>(a.a), static_cast<float>(a.b), n.out().shape.size(), t};
  // The second operand lends its shape only, so its slot holds nothing.
  return Kernel{run, share(p), t == DType::f32 ? 0 : static_cast<size_t>(p.n) * sizeof(float), {}};
}

}  // namespace

void add_cpu_random_kernels(KernelTable& t) { t.add("random", "philox", prepare); }

}  // namespace cornu
