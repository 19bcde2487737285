// Reductions of float32 over neighbouring axes.
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/reduce.h"
#include "ops/attrs.h"

namespace cornu {
namespace {

void run(const void* plan, Slots s) {
  run_reduce(*static_cast<const ReducePlan*>(plan), static_cast<const float*>(s[0]), static_cast<float*>(s[1]), s[2]);
}

template <Reduction op>
std::optional<Kernel> prepare(const NodeView& n, Decline& why) {
  if (n.out().dtype != DType::f32) return why("reduce: only float32");
  const std::vector<int64_t>& axes = n.node.attrs.as<AxesAttrs>().axes;
  for (size_t i = 1; i < axes.size(); ++i)
    if (axes[i] != axes[i - 1] + 1) return why("reduce: axes are not neighbours");
  const Shape& in = n.in(0).shape;
  if (in.size() == 0) return why("reduce: no elements");
  const int first = static_cast<int>(axes.front()), last = static_cast<int>(axes.back());
  const ReducePlan p =
      prepare_reduce(op, in.slice(0, first).size(), in.slice(first, last + 1).size(), in.slice(last + 1).size());
  return Kernel{run, share(p), p.workspace, {}};
}

struct ArgPlan {
  int64_t rows, cols;
};
void run_argmax(const void* plan, Slots s) {
  const ArgPlan& p = *static_cast<const ArgPlan*>(plan);
  argmax_rows(static_cast<const float*>(s[0]), p.rows, p.cols, static_cast<int32_t*>(s[1]));
}
std::optional<Kernel> prepare_argmax(const NodeView& n, Decline& why) {
  const Shape& in = n.in(0).shape;
  if (n.in(0).dtype != DType::f32 || n.node.attrs.as<AxisAttrs>().axis != in.rank() - 1)
    return why("argmax: only float32 over the last axis");
  return Kernel{run_argmax, share(ArgPlan{in.slice(0, -1).size(), in[-1]}), 0, {}};
}

}  // namespace

void add_cpu_reduce_kernels(KernelTable& t) {
  t.add("sum", "reduce", prepare<Reduction::sum>);
  t.add("max", "reduce", prepare<Reduction::max>);
  t.add("min", "reduce", prepare<Reduction::min>);
  t.add("prod", "reduce", prepare<Reduction::prod>);
  t.add("argmax", "rows", prepare_argmax);
}

}  // namespace cornu
