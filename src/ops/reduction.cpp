// Reductions over axes.
#include <algorithm>

#include "ops/rules.h"

namespace cornu {
namespace {

using C = const GradCall&;

Shape reduced(const Shape& in, const AxesAttrs& a) {
  std::vector<int64_t> dims;
  for (int i = 0; i < in.rank(); ++i) {
    const bool gone = std::find(a.axes.begin(), a.axes.end(), i) != a.axes.end();
    if (!gone)
      dims.push_back(in.dim(i));
    else if (a.keepdims)
      dims.push_back(1);
  }
  return Shape(dims);
}
Types infer_reduce(const InferCall& c) {
  return TypeShape{c.in[0].dtype, reduced(c.in[0].shape, c.attrs.as<AxesAttrs>())};
}
Types infer_arg(const InferCall& c) {
  return TypeShape{DType::i32, reduced(c.in[0].shape, {{c.attrs.as<AxisAttrs>().axis}, false})};
}

/// The reduced tensor with its axes back as size 1, so that it broadcasts against the input.
Tensor with_axes(const Tensor& r, const Tensor& x, const AxesAttrs& a) {
  if (a.keepdims) return r;
  Shape s = x.shape();
  for (int64_t axis : a.axes) s.dim(static_cast<int>(axis)) = 1;
  return reshape_by(r, s, r);
}
Tensors sum_grad(C c) { return {ops::broadcast_like(with_axes(c.dout[0], c.in[0], c.attrs.as<AxesAttrs>()), c.in[0])}; }
/// To the elements that equal the extreme, shared equally among them, as JAX does.
Tensors extreme_grad(C c) {
  const AxesAttrs& a = c.attrs.as<AxesAttrs>();
  const Tensor hit = ops::cast(ops::equal(c.in[0], with_axes(c.out[0], c.in[0], a)), c.in[0].dtype());
  const ops::Axes axes(a.axes.begin(), a.axes.end());
  return {with_axes(c.dout[0], c.in[0], a) * (hit / ops::sum(hit, axes, true))};
}
/// The product of the others: that of what is not zero, but nothing where another element is.
Tensors prod_grad(C c) {
  const AxesAttrs& a = c.attrs.as<AxesAttrs>();
  const Tensor& x = c.in[0];
  const ops::Axes axes(a.axes.begin(), a.axes.end());
  const Tensor zero = ops::equal(x, ops::zeros_like(x)), one_if_zero = ops::cast(zero, x.dtype());
  const Tensor others = ops::where(zero, ops::ones_like(x), x);
  const Tensor zeros_besides = ops::sum(one_if_zero, axes, true) - one_if_zero;
  const Tensor product = ops::prod(others, axes, true) / others;
  const Tensor besides = ops::where(ops::equal(zeros_besides, ops::zeros_like(x)), product, ops::zeros_like(x));
  return {with_axes(c.dout[0], x, a) * besides};
}

OpDef reduction(const char* name, Tensors (*grad)(C)) {
  return {.name = name, .kind = OpKind::reduction, .infer = infer_reduce, .attrs = attrs_of<AxesAttrs>, .grad = grad};
}
const OpDef kSum = reduction("sum", sum_grad);
const OpDef kMax = reduction("max", extreme_grad);
const OpDef kMin = reduction("min", extreme_grad);
const OpDef kProd = reduction("prod", prod_grad);
const OpDef kArgmax{.name = "argmax", .kind = OpKind::reduction, .infer = infer_arg, .attrs = attrs_of<AxisAttrs>};
const OpDef kArgmin{.name = "argmin", .kind = OpKind::reduction, .infer = infer_arg, .attrs = attrs_of<AxisAttrs>};
const OpDef kCumsum{.name = "cumsum",
                    .kind = OpKind::reduction,
                    .infer = same_as_input,
                    .attrs = attrs_of<AxisAttrs>,
                    .grad = [](C c) -> Tensors {
                      const Tensor& d = c.dout[0];  // the sum from each place to the end
                      const int axis = static_cast<int>(c.attrs.as<AxisAttrs>().axis);
                      return {ops::sum(d, {axis}, true) - ops::cumsum(d, axis) + d};
                    }};
Types infer_argsort(const InferCall& c) { return TypeShape{DType::i32, c.in[0].shape}; }
const OpDef kArgsort{
    .name = "argsort", .kind = OpKind::reduction, .infer = infer_argsort, .attrs = attrs_of<AxisAttrs>};

/// Back to where each element came from: the order of the order is the inverse permutation.
Tensors sort_grad(C c) {
  const int axis = static_cast<int>(c.attrs.as<AxisAttrs>().axis), last = c.in[0].rank() - 1;
  std::vector<int> swapped;
  for (int i = 0; i <= last; ++i) swapped.push_back(i == axis ? last : i == last ? axis : i);
  const auto to_last = [&](const Tensor& t) { return axis == last ? t : ops::transpose(t, swapped); };
  const Tensor back = ops::argsort(ops::argsort(to_last(c.in[0])));
  return {to_last(ops::take_along_last(to_last(c.dout[0]), back))};
}
const OpDef kSort{
    .name = "sort", .kind = OpKind::reduction, .infer = same_as_input, .attrs = attrs_of<AxisAttrs>, .grad = sort_grad};

Tensor reduce(const OpDef& op, const Tensor& x, const ops::Axes& axes, bool keepdims) {
  AxesAttrs a{{}, keepdims};
  for (int axis : axes) a.axes.push_back(normal_axis(op.name, axis, x.rank()));
  if (axes.empty())
    for (int i = 0; i < x.rank(); ++i) a.axes.push_back(i);
  std::sort(a.axes.begin(), a.axes.end());
  if (std::adjacent_find(a.axes.begin(), a.axes.end()) != a.axes.end())
    throw ConfigError(op.name,
                      text("each axis may be named once, got {}", std::vector<int64_t>(axes.begin(), axes.end())));
  if (a.axes.empty()) return x;
  return emit(op, {x}, Attrs::of(a));
}
/// What is added up or multiplied: small types in one that their sums fit, as Keras on JAX does.
Tensor widened(const Tensor& x) {
  if (size_of(x.dtype()) > 2 || is_half(x.dtype())) return x;
  return ops::cast(x, is_unsigned(x.dtype()) ? DType::u32 : DType::i32);
}
/// f of x, of halves in float32 and rounded once at the end: sums of many may be beyond their range.
template <class F>
Tensor in_floats(const Tensor& x, F f) {
  if (!is_floating(x.dtype())) return f(ops::cast(x, DType::f32));
  return is_half(x.dtype()) ? ops::cast(f(ops::cast(x, DType::f32)), x.dtype()) : f(x);
}
/// The extreme of nothing does not exist.
void require_elements(const char* op, const Tensor& x, const ops::Axes& axes) {
  for (int i = 0; i < x.rank(); ++i) {
    bool reduced = axes.empty();
    for (const int axis : axes) reduced |= normal_axis(op, axis, x.rank()) == i;
    if (reduced && x.shape().dim(i) == 0)
      throw ShapeError(op, text("needs at least one element along the axis, got shape {}", x.shape()));
  }
}
Tensor on_axis(const OpDef& op, const Tensor& x, int axis) {
  return emit(op, {x}, Attrs::of(AxisAttrs{normal_axis(op.name, axis, x.rank())}));
}

}  // namespace

void add_reduction_ops(OpRegistry& r) {
  for (const OpDef* op : {&kSum, &kMax, &kMin, &kProd, &kArgmax, &kArgmin, &kCumsum, &kSort, &kArgsort}) r.add(*op);
}

namespace ops {

Tensor sum(const Tensor& x, const Axes& axes, bool keepdims) { return reduce(kSum, widened(x), axes, keepdims); }
Tensor max(const Tensor& x, const Axes& axes, bool keepdims) {
  require_elements("max", x, axes);
  return reduce(kMax, x, axes, keepdims);
}
Tensor min(const Tensor& x, const Axes& axes, bool keepdims) {
  require_elements("min", x, axes);
  return reduce(kMin, x, axes, keepdims);
}
Tensor prod(const Tensor& x, const Axes& axes, bool keepdims) { return reduce(kProd, widened(x), axes, keepdims); }
Tensor mean(const Tensor& x, const Axes& axes, bool keepdims) {
  return in_floats(
      x, [&](const Tensor& f) { return f.rank() == 0 ? f : sum(f, axes, keepdims) / dim(f, axes, f.dtype()); });
}
Tensor any(const Tensor& x, const Axes& axes, bool keepdims) {
  return cast(sum(cast(cast(x, DType::boolean), DType::i32), axes, keepdims), DType::boolean);
}
Tensor all(const Tensor& x, const Axes& axes, bool keepdims) {
  return logical_not(any(logical_not(cast(x, DType::boolean)), axes, keepdims));
}
Tensor var(const Tensor& x, const Axes& axes, bool keepdims) {
  return in_floats(x, [&](const Tensor& f) { return mean(square(f - mean(f, axes, true)), axes, keepdims); });
}
Tensor std(const Tensor& x, const Axes& axes, bool keepdims) {
  return in_floats(x, [&](const Tensor& f) { return sqrt(var(f, axes, keepdims)); });
}
Tensor logsumexp(const Tensor& given, const Axes& axes, bool keepdims) {
  return in_floats(given, [&](const Tensor& x) {
    const Tensor top = max(x, axes, true);
    const Tensor finite = stop_gradient(where(isfinite(top), top, zeros_like(top)));
    const Tensor sums = log(sum(exp(x - finite), axes, keepdims));
    return sums + (keepdims ? finite : reshape_like(finite, sums));
  });
}
Tensor argmax(const Tensor& x, int axis) {
  require_elements("argmax", x, {axis});
  return on_axis(kArgmax, x, axis);
}
Tensor argmin(const Tensor& x, int axis) {
  require_elements("argmin", x, {axis});
  return on_axis(kArgmin, x, axis);
}
Tensor cumsum(const Tensor& x, int axis) {
  return on_axis(kCumsum, x.dtype() == DType::boolean ? cast(x, DType::i32) : x, axis);
}
Tensor sort(const Tensor& x, int axis) { return on_axis(kSort, x, axis); }
Tensor argsort(const Tensor& x, int axis) { return on_axis(kArgsort, x, axis); }

}  // namespace ops
}  // namespace cornu
