// Operations that move elements without computing, and those whose shape comes from another operand.
#include <algorithm>
#include <numeric>

#include "ops/rules.h"

namespace cornu {
namespace {

using C = const GradCall&;

Types infer_reshape(const InferCall& c) {
  const Shape want = c.attrs.as<ShapeAttrs>().shape;
  std::vector<int64_t> dims = want.dims();
  const auto unknown = std::find(dims.begin(), dims.end(), -1);
  const int64_t have = c.in[0].shape.elements();
  if (have < 0) {  // only one unknown size can be carried over
    int64_t known_in = 1, known_out = 1;
    for (int64_t d : c.in[0].shape.raw()) known_in *= d < 0 ? 1 : d;
    for (int64_t d : dims) known_out *= d < 0 ? 1 : d;
    c.require(unknown == dims.end() || known_out == 0 || known_in % known_out == 0 || known_out % known_in == 0,
              "cannot reshape {} to {}", c.in[0].shape, want);
    return TypeShape{c.in[0].dtype, want};
  }
  if (unknown != dims.end()) {
    int64_t known = 1;
    for (int64_t d : dims) known *= d < 0 ? 1 : d;
    c.require(known > 0 && have % known == 0, "cannot reshape {} to {}", c.in[0].shape, want);
    *unknown = have / known;
  }
  const Shape out(dims);
  c.require(out.elements() == have, "cannot reshape {} to {}", c.in[0].shape, want);
  return TypeShape{c.in[0].dtype, out};
}
Types infer_reshape_by(const InferCall& c) {
  const Shape out = resolved(c.attrs.as<ReshapeByAttrs>(), c.in[1].shape);
  const int64_t have = c.in[0].shape.elements();
  c.require(have < 0 || out.elements() < 0 || have == out.elements(), "cannot reshape {} to {}", c.in[0].shape, out);
  return TypeShape{c.in[0].dtype, out};
}
Types infer_like(const InferCall& c) { return TypeShape{c.in[0].dtype, c.in[1].shape}; }

Types infer_transpose(const InferCall& c) {
  const std::vector<int64_t>& perm = c.attrs.as<PermAttrs>().perm;
  const Shape& in = c.in[0].shape;
  c.require(static_cast<int>(perm.size()) == in.rank(), "the permutation must have {} axes, got {}", in.rank(),
            perm.size());
  std::vector<int64_t> dims;
  std::vector<bool> seen(perm.size());
  for (int64_t p : perm) {
    c.require(p >= 0 && p < in.rank() && !seen[static_cast<size_t>(p)], "{} is not a permutation", perm);
    seen[static_cast<size_t>(p)] = true;
    dims.push_back(in.dim(static_cast<int>(p)));
  }
  return TypeShape{c.in[0].dtype, Shape(dims)};
}

Types infer_broadcast_to(const InferCall& c) {
  const Shape& to = c.attrs.as<ShapeAttrs>().shape;
  const Shape& from = c.in[0].shape;
  c.require(from.rank() <= to.rank(), "cannot broadcast {} to {}", from, to);
  for (int i = 1; i <= from.rank(); ++i)
    c.require(from.dim(-i) == 1 || compatible(from.dim(-i), to.dim(-i)), "cannot broadcast {} to {}", from, to);
  return TypeShape{c.in[0].dtype, to};
}

Types infer_concat(const InferCall& c) {
  const int axis = static_cast<int>(c.attrs.as<AxisAttrs>().axis);
  c.require(!c.in.empty(), "needs at least one tensor");
  Shape out = c.in[0].shape;
  int64_t total = 0;
  for (const TypeShape& t : c.in) {
    c.require(t.shape.rank() == out.rank() && t.dtype == c.in[0].dtype, "all parts must have rank {} and type {}",
              out.rank(), c.in[0].dtype);
    for (int i = 0; i < out.rank(); ++i) {
      if (i == axis) continue;
      c.require(compatible(t.shape.dim(i), out.dim(i)), "all parts must agree outside axis {}, got {} and {}", axis,
                out, t.shape);
      if (out.dim(i) < 0) out.dim(i) = t.shape.dim(i);
    }
    total = total < 0 || t.shape.dim(axis) < 0 ? -1 : total + t.shape.dim(axis);
  }
  out.dim(axis) = total;
  return TypeShape{c.in[0].dtype, out};
}

struct Range {
  int64_t start, stop;
};
Range slice_range(const SliceAttrs& a, int64_t n) {
  const auto at = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + n : i, 0, n); };
  const int64_t start = at(a.start);
  return {start, std::max(start, a.stop == SliceAttrs::kToEnd ? n : at(a.stop))};
}
Types infer_slice(const InferCall& c) {
  const SliceAttrs& a = c.attrs.as<SliceAttrs>();
  Shape out = c.in[0].shape;
  int64_t& n = out.dim(static_cast<int>(a.axis));
  if (n >= 0) {
    const Range r = slice_range(a, n);
    n = r.stop - r.start;
  }
  return TypeShape{c.in[0].dtype, out};
}

Types infer_dim(const InferCall& c) { return TypeShape{c.attrs.as<DimAttrs>().dtype, {}}; }

Tensors like_grad(C c) { return {ops::reshape_like(c.dout[0], c.in[0]), Tensor()}; }

const OpDef kReshape{.name = "reshape",
                     .kind = OpKind::shape,
                     .infer = infer_reshape,
                     .attrs = attrs_of<ShapeAttrs>,
                     .grad = [](C c) -> Tensors { return {ops::reshape_like(c.dout[0], c.in[0])}; }};
const OpDef kReshapeLike{
    .name = "reshape_like", .kind = OpKind::shape, .arity = 2, .infer = infer_like, .grad = like_grad, .shape_only = 2};
const OpDef kReshapeBy{.name = "reshape_by",
                       .kind = OpKind::shape,
                       .arity = 2,
                       .infer = infer_reshape_by,
                       .attrs = attrs_of<ReshapeByAttrs>,
                       .grad = like_grad,
                       .shape_only = 2};
const OpDef kTranspose{.name = "transpose",
                       .kind = OpKind::shape,
                       .infer = infer_transpose,
                       .attrs = attrs_of<PermAttrs>,
                       .grad = [](C c) -> Tensors {
                         const std::vector<int64_t>& perm = c.attrs.as<PermAttrs>().perm;
                         std::vector<int> inverse(perm.size());
                         for (size_t i = 0; i < perm.size(); ++i)
                           inverse[static_cast<size_t>(perm[i])] = static_cast<int>(i);
                         return {ops::transpose(c.dout[0], inverse)};
                       }};
const OpDef kBroadcastTo{.name = "broadcast_to",
                         .kind = OpKind::shape,
                         .infer = infer_broadcast_to,
                         .attrs = attrs_of<ShapeAttrs>,
                         .grad = [](C c) -> Tensors { return {ops::sum_to(c.dout[0], c.in[0])}; }};
const OpDef kBroadcastLike{.name = "broadcast_like",
                           .kind = OpKind::shape,
                           .arity = 2,
                           .infer = infer_like,
                           .grad = [](C c) -> Tensors {
                             return {ops::sum_to(c.dout[0], c.in[0]), Tensor()};
                           },
                           .shape_only = 2};
const OpDef kSumTo{.name = "sum_to",
                   .kind = OpKind::reduction,
                   .arity = 2,
                   .infer = infer_like,
                   .grad = [](C c) -> Tensors {
                     return {ops::broadcast_like(c.dout[0], c.in[0]), Tensor()};
                   },
                   .shape_only = 2};
const OpDef kConcat{.name = "concatenate",
                    .kind = OpKind::shape,
                    .arity = -1,
                    .infer = infer_concat,
                    .attrs = attrs_of<AxisAttrs>,
                    .grad = [](C c) -> Tensors {
                      Tensors parts;
                      const int axis = static_cast<int>(c.attrs.as<AxisAttrs>().axis);
                      int64_t at = 0;
                      for (const Tensor& t : c.in) {
                        const int64_t n = t.shape().dim(axis);
                        if (n < 0)
                          throw ShapeError("concatenate",
                                           text("axis {} must have a known size to be differentiated", axis));
                        parts.push_back(ops::slice(c.dout[0], axis, at, at + n));
                        at += n;
                      }
                      return parts;
                    }};
const OpDef kSlice{.name = "slice",
                   .kind = OpKind::shape,
                   .infer = infer_slice,
                   .attrs = attrs_of<SliceAttrs>,
                   .grad = [](C c) -> Tensors {
                     return {emit(op_row("slice_grad"), {c.dout[0], c.in[0]}, c.attrs)};
                   }};
/// Zeros of the shape of the second operand, with the first at the place of the slice.
const OpDef kSliceGrad{.name = "slice_grad",
                       .kind = OpKind::shape,
                       .arity = 2,
                       .infer = infer_like,
                       .attrs = attrs_of<SliceAttrs>,
                       .grad = [](C c) -> Tensors {
                         return {emit(op_row("slice"), {c.dout[0]}, c.attrs), Tensor()};
                       },
                       .shape_only = 2};
const OpDef kDim{.name = "dim",
                 .kind = OpKind::shape,
                 .infer = infer_dim,
                 .attrs = attrs_of<DimAttrs>,
                 .grad = nullptr,
                 .shape_only = 1};

}  // namespace

Shape resolved(const ReshapeByAttrs& a, const Shape& like) {
  Shape out = a.shape;
  size_t next = 0;
  int rest = -1;
  for (int i = 0; i < out.rank(); ++i) {
    if (out.dim(i) >= 0) continue;
    const int64_t axis = a.axes[next++];
    if (axis < 0) rest = i;
    out.dim(i) = axis < 0 ? 1 : like.dim(static_cast<int>(axis));
  }
  if (rest >= 0) out.dim(rest) = like.elements() < 0 || out.elements() < 1 ? -1 : like.elements() / out.elements();
  return out;
}
Tensor reshape_by(const Tensor& x, const Shape& shape, const Tensor& like) {
  ReshapeByAttrs a{shape, {}};
  for (int i = 0; i < like.rank(); ++i)
    if (like.shape().dim(i) < 0) a.axes.push_back(i);
  return reshape_by(x, a, like);
}
Tensor reshape_by(const Tensor& x, const ReshapeByAttrs& a, const Tensor& like) {
  if (std::ranges::count_if(a.shape.raw(), [](int64_t d) { return d < 0; }) < 2) return ops::reshape(x, a.shape);
  return emit(kReshapeBy, {x, like}, Attrs::of(a));
}

void add_shape_ops(OpRegistry& r) {
  for (const OpDef* op : {&kReshape, &kReshapeLike, &kReshapeBy, &kTranspose, &kBroadcastTo, &kBroadcastLike, &kSumTo,
                          &kConcat, &kSlice, &kSliceGrad, &kDim})
    r.add(*op);
}

namespace ops {

Tensor reshape(const Tensor& x, const Shape& shape) {
  int unknown = 0;
  for (int64_t d : shape.raw()) unknown += d < 0;
  if (unknown > 1) throw ShapeError("reshape", text("at most one dimension may be -1, got {}", shape));
  if (!x.symbolic() && !current_trace() && shape.known()) return x.reshaped(shape);
  return emit(kReshape, {x}, Attrs::of(ShapeAttrs{shape}));
}
Tensor reshape_like(const Tensor& x, const Tensor& like) { return emit(kReshapeLike, {x, like}); }

Tensor transpose(const Tensor& x, const std::vector<int>& permutation) {
  PermAttrs a;
  for (int i = 0; i < x.rank(); ++i) a.perm.push_back(x.rank() - 1 - i);
  if (!permutation.empty()) {
    a.perm.clear();
    for (int p : permutation) a.perm.push_back(normal_axis("transpose", p, x.rank()));
  }
  return emit(kTranspose, {x}, Attrs::of(a));
}

Tensor expand_dims(const Tensor& x, int axis) {
  const int at = normal_axis("expand_dims", axis, x.rank() + 1);
  return reshape_by(x, x.shape().slice(0, at).append(1).append(x.shape().slice(at)), x);
}
Tensor squeeze(const Tensor& x, int axis) {
  const int at = normal_axis("squeeze", axis, x.rank());
  if (x.shape().dim(at) != 1)
    throw ShapeError("squeeze", text("axis {} must have size 1, got shape {}", axis, x.shape()));
  return reshape_by(x, x.shape().slice(0, at).append(x.shape().slice(at + 1)), x);
}
Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  return emit(kBroadcastTo, {x}, Attrs::of(ShapeAttrs{shape}));
}
Tensor broadcast_like(const Tensor& x, const Tensor& like) { return emit(kBroadcastLike, {x, like}); }
Tensor sum_to(const Tensor& x, const Tensor& like) { return emit(kSumTo, {x, like}); }

Tensor concatenate(const std::vector<Tensor>& parts, int axis) {
  if (parts.empty()) throw CallError("concatenate", "needs at least one tensor, got none");
  DType t = parts[0].dtype();
  for (const Tensor& p : parts) t = promote(t, p.dtype());
  Tensors same;
  for (const Tensor& p : parts) same.push_back(cast(p, t));
  return emit(kConcat, same, Attrs::of(AxisAttrs{normal_axis("concatenate", axis, parts[0].rank())}));
}
Tensor stack(const std::vector<Tensor>& parts, int axis) {
  std::vector<Tensor> expanded;
  for (const Tensor& p : parts) expanded.push_back(expand_dims(p, axis));
  return concatenate(expanded, axis);
}
Tensor slice(const Tensor& x, int axis, int64_t start, std::optional<int64_t> stop) {
  const int at = normal_axis("slice", axis, x.rank());
  return emit(kSlice, {x}, Attrs::of(SliceAttrs{at, start, stop.value_or(SliceAttrs::kToEnd)}));
}
Tensor repeat(const Tensor& x, int64_t times, int axis) {
  if (times < 1) throw ConfigError("repeat", text("the number of repeats must be at least 1, got {}", times));
  if (times == 1) return x;
  const int at = normal_axis("repeat", axis, x.rank());
  const Tensor copies = concatenate(Tensors(static_cast<size_t>(times), expand_dims(x, at + 1)), at + 1);
  ReshapeByAttrs a{x.shape(), {}};
  for (int i = 0; i < x.rank(); ++i) {
    if (x.shape().dim(i) < 0)
      a.axes.push_back(i == at ? -1 : i < at ? i : i + 1);
    else if (i == at)
      a.shape.dim(i) *= times;
  }
  return reshape_by(copies, a, copies);
}
Tensor full_like(const Tensor& x, double value) {
  if (x.shape().known() && !x.symbolic()) return Tensor::full(x.shape(), value, x.dtype());
  return broadcast_like(Tensor::scalar(value, x.dtype()), x);
}
Tensor zeros_like(const Tensor& x) { return full_like(x, 0); }
Tensor ones_like(const Tensor& x) { return full_like(x, 1); }

Tensor dim(const Tensor& x, const Axes& axes, DType dtype) {
  DimAttrs a{{}, dtype};
  for (int axis : axes) a.axes.push_back(normal_axis("dim", axis, x.rank()));
  if (axes.empty())
    for (int i = 0; i < x.rank(); ++i) a.axes.push_back(i);
  int64_t n = 1;
  for (int64_t axis : a.axes) {
    const int64_t d = x.shape().dim(static_cast<int>(axis));
    n = n < 0 || d < 0 ? -1 : n * d;
  }
  if (n >= 0) return Tensor::scalar(static_cast<double>(n), dtype);
  return emit(kDim, {x}, Attrs::of(a));
}

}  // namespace ops
}  // namespace cornu
