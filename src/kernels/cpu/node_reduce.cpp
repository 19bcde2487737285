// Reductions over leading, trailing or all axes of float32.
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/isa/isa_table.h"
#include "ops/attrs.h"

namespace cornu {
namespace {

struct Plan {
  int64_t outer, n, inner;  // reduces n
  int op;
  const IsaTable* isa;
};
void run_rows(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  for (int64_t o = 0; o < p.outer; ++o)
    static_cast<float*>(s[1])[o] = p.isa->reduce_row[p.op](static_cast<const float*>(s[0]) + o * p.n, p.n);
}
void run_columns(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  for (int64_t o = 0; o < p.outer; ++o)
    p.isa->reduce_columns[p.op](static_cast<float*>(s[1]) + o * p.inner,
                                static_cast<const float*>(s[0]) + o * p.n * p.inner, p.inner, p.n, p.inner);
}

/// Reduced axes must be neighbours.
template <int op>
std::optional<Kernel> prepare(const NodeView& n, Decline& why) {
  if (n.out().dtype != DType::f32) return why("reduce: only float32");
  const std::vector<int64_t>& axes = n.node.attrs.as<AxesAttrs>().axes;
  for (size_t i = 1; i < axes.size(); ++i)
    if (axes[i] != axes[i - 1] + 1) return why("reduce: axes are not neighbours");
  const Shape& in = n.in(0).shape;
  if (in.size() == 0) return why("reduce: no elements");
  const int first = static_cast<int>(axes.front()), last = static_cast<int>(axes.back());
  const Plan p{in.slice(0, first).size(), in.slice(first, last + 1).size(), in.slice(last + 1).size(), op, &isa()};
  return Kernel{p.inner == 1 ? run_rows : run_columns, share(p), 0, {}};
}

}  // namespace

void add_cpu_reduce_kernels(KernelTable& t) {
  t.add("sum", "reduce", prepare<0>);
  t.add("max", "reduce", prepare<1>);
  t.add("min", "reduce", prepare<2>);
  t.add("prod", "reduce", prepare<3>);
}

}  // namespace cornu
