// Reductions over neighbouring axes.
#include <algorithm>

#include "base/integers.h"
#include "base/parallel.h"
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/halves.h"
#include "kernels/cpu/reduce.h"
#include "ops/attrs.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

void run(const void* plan, Slots s) {
  run_reduce(*static_cast<const ReducePlan*>(plan), static_cast<const float*>(s[0]), static_cast<float*>(s[1]), s[2]);
}

/// Halves: operand and result as floats in the workspace, each result rounded once.
struct HalfPlan {
  ReducePlan floats;
  DType dtype;
  int64_t in, out;
  size_t out_at, rest_at;
};
void run_halves(const void* plan, Slots s) {
  const HalfPlan& p = *static_cast<const HalfPlan*>(plan);
  char* const area = static_cast<char*>(s[2]);
  float *const x = reinterpret_cast<float*>(area), *const y = reinterpret_cast<float*>(area + p.out_at);
  load_halves(p.dtype, s[0], x, p.in);
  run_reduce(p.floats, x, y, area + p.rest_at);
  store_halves(p.dtype, y, s[1], p.out);
}
Kernel halves(const ReducePlan& floats, const NodeView& n) {
  const auto bytes = [](int64_t count) { return static_cast<size_t>(round_up(count * 4 + 64, 64)); };
  HalfPlan p{floats, n.out().dtype, n.in(0).shape.size(), n.out().shape.size(), 0, 0};
  p.out_at = bytes(p.in);
  p.rest_at = p.out_at + bytes(p.out);
  const size_t workspace = p.rest_at + floats.workspace;
  return {run_halves, share(p), workspace, {}};
}

/// Other types, element by element from first to last: integers wrap, float64 is added up in itself.
struct PlainPlan {
  Reduction op;
  DType dtype;
  int64_t outer, n, inner;
};
/// What sums and products of integers are made in: unsigned, since a signed overflow is undefined.
template <class T>
using Total = std::conditional_t<kIsInteger<T>, std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>, T>;

template <class T, class F>
void fold_columns(const PlainPlan& p, const T* x, T* out, F combine) {
  std::copy(x, x + p.inner, out);
  for (int64_t r = 1; r < p.n; ++r)
    for (int64_t i = 0; i < p.inner; ++i) out[i] = combine(out[i], x[r * p.inner + i]);
}
template <class T>
void run_plain_of(const PlainPlan& p, const T* x, T* out) {
  using S = Total<T>;
  switch (p.op) {
    case Reduction::sum:
      return fold_columns(p, x, out, [](T a, T b) { return static_cast<T>(static_cast<S>(a) + static_cast<S>(b)); });
    case Reduction::prod:
      return fold_columns(p, x, out, [](T a, T b) { return static_cast<T>(static_cast<S>(a) * static_cast<S>(b)); });
    case Reduction::max:
      return fold_columns(p, x, out, [](T a, T b) { return a != a || a > b ? a : b; });  // NaN stays
    case Reduction::min:
      return fold_columns(p, x, out, [](T a, T b) { return a != a || a < b ? a : b; });
  }
}
void run_plain(const void* plan, Slots s) {
  const PlainPlan& p = *static_cast<const PlainPlan*>(plan);
  with_type(p.dtype, [&]<class T>() {
    if constexpr (kIsInteger<T> || std::is_same_v<T, double>) {
      const int64_t work = p.n * p.inner, each = std::max<int64_t>(1, (int64_t{1} << 17) / work);
      parallel_for((p.outer + each - 1) / each, [&](int64_t part) {
        for (int64_t o = part * each; o < std::min(p.outer, (part + 1) * each); ++o)
          run_plain_of(p, static_cast<const T*>(s[0]) + o * work, static_cast<T*>(s[1]) + o * p.inner);
      });
    }
  });
}

template <Reduction op>
std::optional<Kernel> prepare(const NodeView& n, Decline& why) {
  const DType t = n.out().dtype;
  if (t == DType::boolean) return why("reduce: truth values are few");
  const std::vector<int64_t>& axes = n.node.attrs.as<AxesAttrs>().axes;
  for (size_t i = 1; i < axes.size(); ++i)
    if (axes[i] != axes[i - 1] + 1) return why("reduce: axes are not neighbours");
  const Shape& in = n.in(0).shape;
  if (in.size() == 0) return why("reduce: no elements");
  const int first = static_cast<int>(axes.front()), last = static_cast<int>(axes.back());
  const int64_t outer = in.slice(0, first).size(), count = in.slice(first, last + 1).size(),
                inner = in.slice(last + 1).size();
  if (t != DType::f32 && !is_half(t)) return Kernel{run_plain, share(PlainPlan{op, t, outer, count, inner}), 0, {}};
  const ReducePlan p = prepare_reduce(op, outer, count, inner);
  if (is_half(t)) return halves(p, n);
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
