// Reductions, element by element.
#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "kernels/ref/formulas.h"
#include "kernels/ref/ref.h"
#include "kernels/ref/strides.h"
#include "ops/attrs.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

enum class Reduce { sum, max, min, prod };

struct Plan {
  Reduce op;
  DType dtype;
  Shape in;
  ref::Strides out;  // of the output along the input's axes: 0 along the reduced ones
  int64_t out_size;
};

template <class V>
V start(Reduce op) {
  if (op == Reduce::sum) return 0;
  if (op == Reduce::prod) return 1;
  const V inf = std::numeric_limits<V>::infinity();
  return op == Reduce::max ? -inf : inf;
}
template <class V>
V combine(Reduce op, V a, V x) {
  switch (op) {
    case Reduce::sum:
      return a + x;
    case Reduce::prod:
      return a * x;
    case Reduce::max:
      return a != a || a > x ? a : x;  // NaN stays
    default:
      return a != a || a < x ? a : x;
  }
}

/// Sums and products of integers wrap as NumPy's do.
template <class T>
void run_integers(const Plan& p, Slots s) {
  const T* x = static_cast<const T*>(s[0]);
  T* out = static_cast<T*>(s[1]);
  std::vector<uint64_t> total(static_cast<size_t>(p.out_size), p.op == Reduce::prod);
  ref::for_each(p.in, std::array<ref::Strides, 1>{p.out}, [&](int64_t flat, const std::array<int64_t, 1>& at) {
    uint64_t& t = total[static_cast<size_t>(at[0])];
    const auto v = static_cast<uint64_t>(static_cast<int64_t>(x[flat]));
    t = p.op == Reduce::sum ? t + v : t * v;
  });
  for (size_t i = 0; i < total.size(); ++i) out[i] = static_cast<T>(total[i]);
}

void run(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  with_type(p.dtype, [&]<class T>() {
    if constexpr (kIsInteger<T>)
      if (p.op == Reduce::sum || p.op == Reduce::prod) return run_integers<T>(p, s);
    using V = std::conditional_t<kIsInteger<T> && sizeof(T) == 8, long double, double>;
    const T* x = static_cast<const T*>(s[0]);
    T* out = static_cast<T*>(s[1]);
    std::vector<V> total(static_cast<size_t>(p.out_size), start<V>(p.op));
    ref::for_each(p.in, std::array<ref::Strides, 1>{p.out}, [&](int64_t flat, const std::array<int64_t, 1>& at) {
      V& t = total[static_cast<size_t>(at[0])];
      t = combine<V>(p.op, t, static_cast<V>(x[flat]));
    });
    for (size_t i = 0; i < total.size(); ++i) out[i] = ref::rounded<T>(total[i]);
  });
}

template <Reduce op>
std::optional<Kernel> prepare(const NodeView& n, Decline&) {
  const AxesAttrs& a = n.node.attrs.as<AxesAttrs>();
  Plan p{op, n.in(0).dtype, n.in(0).shape, {}, n.out().shape.size()};
  int64_t step = 1;
  for (int i = p.in.rank() - 1; i >= 0; --i) {
    if (std::count(a.axes.begin(), a.axes.end(), i)) continue;
    p.out[static_cast<size_t>(i)] = step;
    step *= p.in[i];
  }
  return Kernel{run, share(p), 0, {}};
}

/// [outer, n, inner]: ops along one axis.
struct AxisPlan {
  DType dtype;
  int64_t outer, n, inner;
};
AxisPlan axis_plan(const NodeView& n) {
  const int axis = static_cast<int>(n.node.attrs.as<AxisAttrs>().axis);
  const Shape& s = n.in(0).shape;
  return {n.in(0).dtype, s.slice(0, axis).size(), s[axis], s.slice(axis + 1).size()};
}

/// f(row, number, place) for each row along the axis, as a vector of a type that holds its elements, and where it
/// begins.
template <class F>
void each_row(const AxisPlan& p, const void* data, F f) {
  const auto with_rows = [&]<class V, class T>(const T* x) {
    std::vector<V> row(static_cast<size_t>(p.n));
    for (int64_t o = 0; o < p.outer; ++o)
      for (int64_t i = 0; i < p.inner; ++i) {
        const int64_t at = o * p.n * p.inner + i;
        for (int64_t k = 0; k < p.n; ++k) row[static_cast<size_t>(k)] = static_cast<V>(x[at + k * p.inner]);
        f(row, o * p.inner + i, at);
      }
  };
  with_type(p.dtype, [&]<class T>() { with_rows.template operator()<Wider<T>, T>(static_cast<const T*>(data)); });
}
/// Ascending, NaN last.
template <class V>
bool before(V a, V b) {
  return a < b || (b != b && a == a);
}

template <bool largest>
void run_arg(const void* plan, Slots s) {
  const AxisPlan& p = *static_cast<const AxisPlan*>(plan);
  int32_t* out = static_cast<int32_t*>(s[1]);
  each_row(p, s[0], [&](const auto& row, int64_t number, int64_t) {
    size_t best = 0;
    for (size_t k = 1; k < row.size(); ++k) {  // the first NaN is more than all else, and less
      const auto now = row[k], then = row[best];
      if (then == then && (now != now || (largest ? now > then : now < then))) best = k;
    }
    out[number] = static_cast<int32_t>(best);
  });
}

void run_cumsum(const void* plan, Slots s) {
  const AxisPlan& p = *static_cast<const AxisPlan*>(plan);
  with_type(p.dtype, [&]<class T>() {
    const T* x = static_cast<const T*>(s[0]);
    T* out = static_cast<T*>(s[1]);
    for (int64_t o = 0; o < p.outer; ++o)
      for (int64_t i = 0; i < p.inner; ++i) {
        std::conditional_t<kIsFloating<T>, double, uint64_t> total = 0;
        for (int64_t k = 0; k < p.n; ++k) {
          const int64_t at = (o * p.n + k) * p.inner + i;
          total += static_cast<decltype(total)>(x[at]);
          out[at] = static_cast<T>(total);
        }
      }
  });
}

void run_sort(const void* plan, Slots s) {
  const AxisPlan& p = *static_cast<const AxisPlan*>(plan);
  each_row(p, s[0], [&]<class V>(std::vector<V>& row, int64_t, int64_t at) {
    std::stable_sort(row.begin(), row.end(), before<V>);
    with_type(p.dtype, [&]<class T>() {
      if constexpr (std::is_same_v<Wider<T>, V>) {
        T* out = static_cast<T*>(s[1]) + at;
        for (int64_t k = 0; k < p.n; ++k) out[k * p.inner] = static_cast<T>(row[static_cast<size_t>(k)]);
      }
    });
  });
}

/// As run_sort, but where each element was.
void run_argsort(const void* plan, Slots s) {
  const AxisPlan& p = *static_cast<const AxisPlan*>(plan);
  std::vector<int32_t> order(static_cast<size_t>(p.n));
  each_row(p, s[0], [&]<class V>(const std::vector<V>& row, int64_t, int64_t at) {
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
      return before(row[static_cast<size_t>(a)], row[static_cast<size_t>(b)]);
    });
    int32_t* out = static_cast<int32_t*>(s[1]) + at;
    for (int64_t k = 0; k < p.n; ++k) out[k * p.inner] = order[static_cast<size_t>(k)];
  });
}

template <RunFn fn>
std::optional<Kernel> prepare_axis(const NodeView& n, Decline&) {
  return Kernel{fn, share(axis_plan(n)), 0, {}};
}

}  // namespace

void add_ref_reduce(KernelTable& t) {
  t.add("sum", "ref", prepare<Reduce::sum>);
  t.add("max", "ref", prepare<Reduce::max>);
  t.add("min", "ref", prepare<Reduce::min>);
  t.add("prod", "ref", prepare<Reduce::prod>);
  t.add("argmax", "ref", prepare_axis<run_arg<true>>);
  t.add("argmin", "ref", prepare_axis<run_arg<false>>);
  t.add("cumsum", "ref", prepare_axis<run_cumsum>);
  t.add("sort", "ref", prepare_axis<run_sort>);
  t.add("argsort", "ref", prepare_axis<run_argsort>);
}

}  // namespace cornu
