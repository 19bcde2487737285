// The rows of keras.ops: signatures as Keras has them, and what they compute in terms of <cornu/ops.h>.
#include <cornu/indexing.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ops/function_table.h"
#include "ops/rules.h"

namespace cornu {
namespace {

using T = Tensor;
using Ts = std::vector<Tensor>;
using ops::Axes;
using OptionalType = std::optional<DType>;
using OptionalInt = std::optional<int64_t>;

T typed(const T& x, OptionalType dtype) { return dtype && *dtype != x.dtype() ? ops::cast(x, *dtype) : x; }
/// Truth values as the numbers 0 and 1, which Keras calculates with.
T numbers(const T& x) { return x.dtype() == DType::boolean ? ops::cast(x, DType::i32) : x; }
/// A function of two tensors that takes two truth values as numbers.
template <T (*f)(const T&, const T&)>
T of_numbers(const T& a, const T& b) {
  const bool logical = a.dtype() == DType::boolean && b.dtype() == DType::boolean;
  return logical ? f(numbers(a), numbers(b)) : f(a, b);
}
T flat(const T& x) { return ops::reshape(x, {-1}); }

T take(const T& x, const T& indices, OptionalInt axis) {
  if (!axis) return ops::take(flat(x), indices);
  return ops::take(x, indices, static_cast<int>(*axis));
}

T squeeze(const T& x, const Value& axis) {
  Axes axes;
  if (axis.is_null()) {
    for (int i = 0; i < x.rank(); ++i)
      if (x.shape().dim(i) == 1) axes.push_back(i);
  } else {
    for (int a : Codec<Axes>::from_value(axis)) axes.push_back(normal_axis("squeeze", a, x.rank()));
    std::sort(axes.begin(), axes.end());
  }
  T y = x;
  for (size_t i = axes.size(); i-- > 0;) y = ops::squeeze(y, axes[i]);
  return y;
}

T expand_dims(const T& x, const Axes& axes) {
  T y = x;
  for (int a : axes) y = ops::expand_dims(y, a);
  return y;
}

Ts split(const T& x, const Value& where, int axis) {
  const int a = normal_axis("split", axis, x.rank());
  const int64_t n = x.shape().dim(a);
  std::vector<int64_t> at;
  if (where.is_array()) {
    at = Codec<std::vector<int64_t>>::from_value(where);
  } else {
    const int64_t parts = where.as_int();
    if (parts < 1 || n < 0 || n % parts)
      throw ShapeError("split", text("an axis of size {} does not divide into {} equal parts", n, parts));
    for (int64_t i = 1; i < parts; ++i) at.push_back(i * (n / parts));
  }
  Ts out;
  int64_t from = 0;
  for (int64_t to : at) out.push_back(ops::slice(x, a, from, to)), from = to;
  out.push_back(ops::slice(x, a, from));
  return out;
}

Ts unstack(const T& x, OptionalInt num, int axis) {
  const int a = normal_axis("unstack", axis, x.rank());
  const int64_t n = x.shape().dim(a);
  if (n < 0 && !num)
    throw ShapeError("unstack",
                     text("the size of axis {} is not known, so `num` must say it, got shape {}", axis, x.shape()));
  if (num && n >= 0 && *num != n)
    throw ShapeError("unstack", text("expected `num` to be the size of axis {} of {}, got {}", axis, x.shape(), *num));
  Ts out;
  if (n < 0) {
    const T rows = move_axis(x, a, 0);
    for (int64_t i = 0; i < *num; ++i)
      out.push_back(ops::squeeze(ops::take(rows, T({1}, std::vector<int32_t>{static_cast<int32_t>(i)})), 0));
    return out;
  }
  for (int64_t i = 0; i < n; ++i) out.push_back(ops::squeeze(ops::slice(x, a, i, i + 1), a));
  return out;
}

/// float32 unless all numbers are integers.
T arange(const Value& start, const Value& stop, const Value& step, OptionalType dtype) {
  const bool one = stop.is_null();
  const double from = one ? 0 : start.as_double(), to = one ? start.as_double() : stop.as_double(),
               by = step.is_null() ? 1 : step.as_double();
  const bool whole = start.is_int() && (one || stop.is_int()) && (step.is_null() || step.is_int());
  if (by == 0) throw ConfigError("arange", "step must not be 0");
  const auto n = static_cast<int64_t>(std::max(0.0, std::ceil((to - from) / by)));
  std::vector<double> values(static_cast<size_t>(n));
  for (size_t i = 0; i < values.size(); ++i) values[i] = from + static_cast<double>(i) * by;
  return T(Shape{n}, values).to(dtype.value_or(whole ? DType::i32 : floatx()));
}

Argument linspace(const T& start, const T& stop, int64_t num, bool endpoint, bool retstep, OptionalType dtype,
                  int axis) {
  if (num < 0) throw ConfigError("linspace", text("num must not be negative, got {}", num));
  const DType both = promote(start.dtype(), stop.dtype()), t = is_floating(both) ? both : DType::f32;
  const T a = ops::cast(start, t), b = ops::cast(stop, t);
  const int64_t parts = endpoint ? num - 1 : num;
  const T step = parts > 0 ? (b - a) / static_cast<double>(parts) : (b - a) * std::nan("");
  // Shares of the way in double: rounded steps would add up.
  std::vector<double> share(static_cast<size_t>(num));
  for (size_t i = 0; i < share.size(); ++i)
    share[i] = parts > 0 ? static_cast<double>(i) / static_cast<double>(parts) : 0;
  std::vector<int64_t> column(static_cast<size_t>(step.rank()) + 1, 1);
  column[0] = num;
  const T s = T(Shape(column), share).to(t);
  T y = ops::where(ops::equal(s, ops::like_scalar(1, s)), b, a + (b - a) * s);
  if (dtype && is_integer(*dtype)) y = ops::floor(y);
  y = move_axis(typed(y, dtype), 0, normal_axis("linspace", axis, y.rank()));
  return retstep ? Argument(Ts{y, step}) : Argument(y);
}

T eye(int64_t n, OptionalInt m, int64_t k, OptionalType dtype) {
  const int64_t columns = m.value_or(n);
  T out({n, columns}, DType::f32);
  for (int64_t i = std::max<int64_t>(0, -k); i < n && i + k < columns; ++i)
    out.mutable_data<float>()[static_cast<size_t>(i * columns + i + k)] = 1;
  return out.to(dtype.value_or(floatx()));
}

T product(const T& a, const T& b) {
  if (a.rank() == 0 || b.rank() == 0) return a * b;
  if (a.rank() == 1 && b.rank() == 1) {
    const DType t = promote(a.dtype(), b.dtype()), sums = is_half(t) ? DType::f32 : t;
    return ops::cast(ops::sum(ops::cast(a, sums) * ops::cast(b, sums)), t);
  }
  if (b.rank() == 1) return ops::squeeze(ops::matmul(a, ops::expand_dims(b, -1)), -1);
  if (a.rank() == 1) return ops::squeeze(ops::matmul(ops::expand_dims(a, 0), b), 0);
  if (b.rank() == 2) return ops::matmul(a, b);
  throw ShapeError("dot", text("takes a second operand of at most 2 axes, got {}", b.shape()));
}
T dot(const T& a, const T& b) { return ops::cast(product(a, b), promote(a.dtype(), b.dtype())); }
T matmul(const T& a, const T& b) {
  if (a.rank() > 1 && b.rank() > 1) return ops::matmul(a, b);
  const bool small = a.dtype() == DType::i8 && b.dtype() == DType::i8;  // see ops::matmul
  return small ? product(ops::cast(a, DType::i32), b) : product(a, b);
}

T norm(const T& given, const Value& order, const Value& axis, bool keepdims) {
  if (!order.is_null() && !(order.is_number() && (order.as_double() == 2 || order.as_double() == 1)))
    throw ConfigError("norm", "ord must be None, 1 or 2");
  const T x = is_floating(given.dtype()) ? given : ops::cast(given, DType::f32);
  const Axes axes = axis.is_null() ? Axes() : Codec<Axes>::from_value(axis);
  const size_t over = axes.empty() ? static_cast<size_t>(x.rank()) : axes.size();
  if (order.is_null() || (over == 1 && order.as_double() == 2))
    return ops::sqrt(ops::sum(ops::square(x), axes, keepdims));
  if (over == 1) return ops::sum(ops::abs(x), axes, keepdims);
  if (over != 2 || order.as_double() != 1)
    throw ConfigError("norm", text("ord={} over {} axes is not supported; ord=None is the root of the sum of squares",
                                   order.as_int(), over));
  // Of a matrix: the largest sum of a column.
  const int rows = axes.empty() ? 0 : normal_axis("norm", axes[0], x.rank()),
            columns = axes.empty() ? 1 : normal_axis("norm", axes[1], x.rank());
  const T largest = ops::max(ops::sum(ops::abs(x), {rows}, true), {columns}, true);
  if (keepdims) return largest;
  return ops::squeeze(ops::squeeze(largest, std::max(rows, columns)), std::min(rows, columns));
}

T average(const T& x, const Axes& axis, const T& weights) {
  return weights.defined() ? ops::sum(x * weights, axis) / ops::sum(ops::broadcast_like(weights, x), axis)
                           : ops::mean(x, axis);
}

T whole_axis(T (*f)(const T&, int), const T& x, OptionalInt axis, bool keepdims) {
  const T y = axis ? f(x, static_cast<int>(*axis)) : f(flat(x), 0);
  if (!keepdims) return y;
  if (axis) return ops::expand_dims(y, normal_axis("argmax", static_cast<int>(*axis), x.rank()));
  return ops::reshape(y, Shape(std::vector<int64_t>(static_cast<size_t>(x.rank()), 1)));
}

T one_hot(const T& x, int64_t classes, int axis, OptionalType dtype, bool sparse) {
  if (sparse) throw ConfigError("one_hot", "sparse tensors are not supported");
  const T y = ops::one_hot(x, classes, dtype.value_or(floatx()));
  return axis == -1 ? y : move_axis(y, y.rank() - 1, normal_axis("one_hot", axis, y.rank()));
}

T where(const T& condition, const T& a, const T& b) {
  if (!a.defined() || !b.defined())
    throw CallError("where", "needs x1 and x2; the number of true elements is not known to a compiled step");
  return ops::where(condition, a, b);
}

T swap(const T& x, int a, int b) {
  std::vector<int> p(static_cast<size_t>(x.rank()));
  std::iota(p.begin(), p.end(), 0);
  std::swap(p[static_cast<size_t>(normal_axis("swapaxes", a, x.rank()))],
            p[static_cast<size_t>(normal_axis("swapaxes", b, x.rank()))]);
  return ops::transpose(x, p);
}

void add_arithmetic(FunctionTable& t) {
  t.add("add(x1, x2)", ops::add);
  t.add("subtract(x1, x2)", ops::subtract);
  t.add("multiply(x1, x2)", ops::multiply);
  t.add("divide(x1, x2)", ops::divide);
  t.add("true_divide(x1, x2)", ops::divide);
  t.add("floor_divide(x1, x2)", of_numbers<ops::floor_divide>);
  t.add("mod(x1, x2)", of_numbers<ops::mod>);
  t.add("power(x1, x2)", of_numbers<ops::power>);
  t.add("maximum(x1, x2)", ops::maximum);
  t.add("minimum(x1, x2)", ops::minimum);
  t.add("negative(x)", ops::negative);
  t.add("absolute(x)", ops::abs);
  t.alias("abs", "absolute");
  t.add("sign(x)", ops::sign);
  t.add("square(x)", [](const T& x) { return ops::square(numbers(x)); });
  t.add("sqrt(x)", ops::sqrt);
  t.add("rsqrt(x)", ops::rsqrt);
  t.add("reciprocal(x)", ops::reciprocal);
  t.add("exp(x)", ops::exp);
  t.add("expm1(x)", ops::expm1);
  t.add("log(x)", ops::log);
  t.add("log1p(x)", ops::log1p);
  t.add("log2(x)", [](const T& x) { return ops::log(x) / std::log(2.0); });
  t.add("log10(x)", [](const T& x) { return ops::log(x) / std::log(10.0); });
  t.add("sin(x)", ops::sin);
  t.add("cos(x)", ops::cos);
  t.add("tan(x)", [](const T& x) { return ops::sin(x) / ops::cos(x); });
  t.add("tanh(x)", ops::tanh);
  t.add("erf(x)", ops::erf);
  t.add("floor(x)", ops::floor);
  t.add("ceil(x)", ops::ceil);
  t.add("round(x, decimals=0)", ops::round);
  t.add("clip(x, x_min, x_max)", [](const T& x, const T& low, const T& high) { return ops::clip(x, low, high); });
  t.add("equal(x1, x2)", ops::equal);
  t.add("not_equal(x1, x2)", ops::not_equal);
  t.add("less(x1, x2)", ops::less);
  t.add("less_equal(x1, x2)", ops::less_equal);
  t.add("greater(x1, x2)", ops::greater);
  t.add("greater_equal(x1, x2)", ops::greater_equal);
  t.add("logical_and(x1, x2)", ops::logical_and);
  t.add("logical_or(x1, x2)", ops::logical_or);
  t.add("logical_not(x)", ops::logical_not);
  t.add("isnan(x)", ops::isnan);
  t.add("isfinite(x)", ops::isfinite);
  t.add("isinf(x)", [](const T& x) { return ops::logical_not(ops::logical_or(ops::isfinite(x), ops::isnan(x))); });
  t.add("where(condition, x1=None, x2=None)", where);
  t.add("cast(x, dtype)", ops::cast);
  t.add("stop_gradient(variable)", ops::stop_gradient);
}

void add_reductions(FunctionTable& t) {
  t.add("sum(x, axis=None, keepdims=False)", ops::sum);
  t.add("mean(x, axis=None, keepdims=False)", ops::mean);
  t.add("max(x, axis=None, keepdims=False, initial=None)",
        [](const T& x, const Axes& a, bool k, std::optional<double> initial) {
          const T out = ops::max(x, a, k);
          return initial ? ops::maximum(out, ops::like_scalar(*initial, out)) : out;
        });
  t.add("min(x, axis=None, keepdims=False, initial=None)",
        [](const T& x, const Axes& a, bool k, std::optional<double> initial) {
          const T out = ops::min(x, a, k);
          return initial ? ops::minimum(out, ops::like_scalar(*initial, out)) : out;
        });
  t.add("amax(x, axis=None, keepdims=False)", ops::max);
  t.add("amin(x, axis=None, keepdims=False)", ops::min);
  t.add("prod(x, axis=None, keepdims=False, dtype=None)",
        [](const T& x, const Axes& a, bool k, OptionalType d) { return ops::prod(typed(x, d), a, k); });
  t.add("any(x, axis=None, keepdims=False)", ops::any);
  t.add("all(x, axis=None, keepdims=False)", ops::all);
  t.add("var(x, axis=None, keepdims=False)", ops::var);
  t.add("std(x, axis=None, keepdims=False)", ops::std);
  t.add("logsumexp(x, axis=None, keepdims=False)", ops::logsumexp);
  t.add("average(x, axis=None, weights=None)", average);
  t.add("count_nonzero(x, axis=None)", [](const T& x, const Axes& a) {
    return ops::sum(ops::cast(ops::not_equal(x, ops::like_scalar(0, x)), DType::i32), a);
  });
  t.add("argmax(x, axis=None, keepdims=False)",
        [](const T& x, OptionalInt a, bool k) { return whole_axis(ops::argmax, x, a, k); });
  t.add("argmin(x, axis=None, keepdims=False)",
        [](const T& x, OptionalInt a, bool k) { return whole_axis(ops::argmin, x, a, k); });
  t.add("cumsum(x, axis=None, dtype=None)", [](const T& x, OptionalInt a, OptionalType d) {
    const T y = typed(x, d);
    return a ? ops::cumsum(y, static_cast<int>(*a)) : ops::cumsum(flat(y), 0);
  });
  t.add("sort(x, axis=-1)", ops::sort);
  t.add("argsort(x, axis=-1)", ops::argsort);
  t.add("moments(x, axes, keepdims=False, synchronized=False)",
        [](const T& x, const Axes& a, bool k, bool synchronized) {
          if (synchronized) throw ConfigError("moments", "synchronized is not supported: there is one device");
          return Ts{ops::mean(x, a, k), ops::var(x, a, k)};
        });
  t.add("norm(x, ord=None, axis=None, keepdims=False)", norm);
  t.add("matmul(x1, x2)", matmul);
  t.add("dot(x1, x2)", dot);
  t.add("outer(x1, x2)",
        [](const T& a, const T& b) { return ops::expand_dims(flat(a), -1) * ops::expand_dims(flat(b), 0); });
  t.add("in_top_k(targets, predictions, k)", ops::in_top_k);
}

void add_shapes(FunctionTable& t) {
  t.add("reshape(x, newshape)", ops::reshape);
  t.add("ravel(x)", flat);
  t.add("transpose(x, axes=None)", [](const T& x, const Axes& a) { return ops::transpose(x, a); });
  t.add("swapaxes(x, axis1, axis2)", swap);
  t.add("moveaxis(x, source, destination)", [](const T& x, int from, int to) {
    return move_axis(x, normal_axis("moveaxis", from, x.rank()), normal_axis("moveaxis", to, x.rank()));
  });
  t.add("expand_dims(x, axis)", expand_dims);
  t.add("squeeze(x, axis=None)", squeeze);
  t.add("broadcast_to(x, shape)", ops::broadcast_to);
  t.add("concatenate(xs, axis=0)", ops::concatenate);
  t.add("stack(x, axis=0)", ops::stack);
  t.add("hstack(xs)", [](const Ts& xs) { return ops::concatenate(xs, !xs.empty() && xs[0].rank() == 1 ? 0 : 1); });
  t.add("vstack(xs)", [](const Ts& xs) {
    Ts rows;
    for (const T& x : xs) rows.push_back(x.rank() == 1 ? ops::expand_dims(x, 0) : x);
    return ops::concatenate(rows, 0);
  });
  t.add("split(x, indices_or_sections, axis=0)", split);
  t.add("unstack(x, num=None, axis=0)", unstack);
  t.add("repeat(x, repeats, axis=None)", [](const T& x, int64_t n, OptionalInt a) {
    return a ? ops::repeat(x, n, static_cast<int>(*a)) : ops::repeat(flat(x), n, 0);
  });
  t.add("take(x, indices, axis=None)", take);
  t.add("one_hot(x, num_classes, axis=-1, dtype=None, sparse=False)", one_hot);
  t.add("zeros(shape, dtype=None)", [](const Shape& s, OptionalType d) { return T(s, d.value_or(floatx())); });
  t.add("ones(shape, dtype=None)", [](const Shape& s, OptionalType d) { return T::full(s, 1, d.value_or(floatx())); });
  t.add("full(shape, fill_value, dtype=None)",
        [](const Shape& s, double v, OptionalType d) { return T::full(s, v, d.value_or(floatx())); });
  t.add("zeros_like(x, dtype=None)", [](const T& x, OptionalType d) { return typed(ops::zeros_like(x), d); });
  t.add("ones_like(x, dtype=None)", [](const T& x, OptionalType d) { return typed(ops::ones_like(x), d); });
  t.add("full_like(x, fill_value, dtype=None)",
        [](const T& x, double v, OptionalType d) { return typed(ops::full_like(x, v), d); });
  t.add("arange(start, stop=None, step=None, dtype=None)", arange);
  t.add("linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0)", linspace);
  t.add("eye(N, M=None, k=0, dtype=None)", eye);
  t.add("identity(n, dtype=None)", [](int64_t n, OptionalType d) { return eye(n, {}, 0, d); });
}

}  // namespace

const FunctionTable& op_functions() {
  static const FunctionTable* table = [] {
    auto* t = new FunctionTable;
    add_arithmetic(*t);
    add_reductions(*t);
    add_shapes(*t);
    add_core_functions(*t);
    add_window_functions(*t);
    return t;
  }();
  return *table;
}

}  // namespace cornu
