// Random tensors from a (seed, counter) pair.
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/random.h"
#include "ops/attrs.h"

namespace cornu {
namespace {

struct Plan {
  bool normal;
  float a, b;
  int64_t n;
};

template <class T>
void convert(const float* from, void* to, int64_t n) {
  for (int64_t i = n; i-- > 0;) static_cast<T*>(to)[i] = static_cast<T>(from[i]);  // backwards: T may be wider
}

template <bool f64>
void run(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  const int32_t* seed = static_cast<const int32_t*>(s[0]);
  const uint64_t key = static_cast<uint32_t>(seed[0]), call = static_cast<uint32_t>(seed[1]);
  float* out = static_cast<float*>(f64 ? s[3] : s[2]);
  if (p.normal)
    random_normal(key, call, p.a, p.b, out, p.n);
  else
    random_uniform(key, call, p.a, p.b, out, p.n);
  if (f64) convert<double>(out, s[2], p.n);
}

std::optional<Kernel> prepare(const NodeView& n, Decline& why) {
  const RandomAttrs& a = n.node.attrs.as<RandomAttrs>();
  const bool f64 = n.out().dtype == DType::f64;
  if (!is_floating(n.out().dtype)) return why("random: only floating types");
  const Plan p{a.kind == "normal", static_cast<float>(a.a), static_cast<float>(a.b), n.out().shape.size()};
  // The second operand lends its shape only, so its slot holds nothing; doubles are drawn as floats first.
  return Kernel{f64 ? run<true> : run<false>, share(p), f64 ? static_cast<size_t>(p.n) * sizeof(float) : 0, {}};
}

}  // namespace

void add_cpu_random_kernels(KernelTable& t) { t.add("random", "philox", prepare); }

}  // namespace cornu
