// Indexing: rows by number, one-hot, the place of a class among predictions.
#include "ops/rules.h"

namespace cornu {
namespace {

using C = const GradCall&;

void require_integer(const InferCall& c, const TypeShape& t) {
  c.require(is_integer(t.dtype), "indices must be integers, got {}", t.dtype);
}
Types infer_take(const InferCall& c) {
  require_integer(c, c.in[1]);
  c.require(c.in[0].shape.rank() >= 1, "needs rows to take, got shape {}", c.in[0].shape);
  return TypeShape{c.in[0].dtype, c.in[1].shape.append(c.in[0].shape.slice(1))};
}
Types infer_take_along(const InferCall& c) {
  require_integer(c, c.in[1]);
  const Shape &x = c.in[0].shape, &i = c.in[1].shape;
  c.require(x.rank() == i.rank() && x.rank() >= 1, "indices must have rank {}, got {}", x.rank(), i.rank());
  for (int d = 0; d < x.rank() - 1; ++d)
    c.require(compatible(x.dim(d), i.dim(d)), "leading sizes must agree, got {} and {}", x, i);
  return TypeShape{c.in[0].dtype, i};
}
Types infer_like_last(const InferCall& c) { return TypeShape{c.in[0].dtype, c.in[2].shape}; }
Types infer_one_hot(const InferCall& c) {
  require_integer(c, c.in[0]);
  const OneHotAttrs& a = c.attrs.as<OneHotAttrs>();
  return TypeShape{a.dtype, c.in[0].shape.append(a.depth)};
}

/// Rows d added up at their indices, in order, into zeros of the shape of the third operand.
const OpDef kTakeGrad{.name = "take_grad",
                      .kind = OpKind::gather,
                      .arity = 3,
                      .infer = infer_like_last,
                      .grad = [](C c) -> Tensors {
                        return {ops::take(c.dout[0], c.in[1]), Tensor(), Tensor()};
                      },
                      .shape_only = 4};
const OpDef kTake{.name = "take", .kind = OpKind::gather, .arity = 2, .infer = infer_take, .grad = [](C c) -> Tensors {
                    return {emit(kTakeGrad, {c.dout[0], c.in[1], c.in[0]}), Tensor()};
                  }};
const OpDef kTakeAlongGrad{.name = "take_along_grad",
                           .kind = OpKind::gather,
                           .arity = 3,
                           .infer = infer_like_last,
                           .grad = [](C c) -> Tensors {
                             return {ops::take_along_last(c.dout[0], c.in[1]), Tensor(), Tensor()};
                           },
                           .shape_only = 4};
const OpDef kTakeAlong{
    .name = "take_along", .kind = OpKind::gather, .arity = 2, .infer = infer_take_along, .grad = [](C c) -> Tensors {
      return {emit(kTakeAlongGrad, {c.dout[0], c.in[1], c.in[0]}), Tensor()};
    }};
const OpDef kOneHot{.name = "one_hot", .kind = OpKind::gather, .infer = infer_one_hot, .attrs = attrs_of<OneHotAttrs>};

}  // namespace

void add_index_ops(OpRegistry& r) {
  for (const OpDef* op : {&kTake, &kTakeGrad, &kTakeAlong, &kTakeAlongGrad, &kOneHot}) r.add(*op);
}

namespace ops {

Tensor take(const Tensor& x, const Tensor& indices) { return emit(kTake, {x, indices}); }
Tensor take_along_last(const Tensor& x, const Tensor& indices) { return emit(kTakeAlong, {x, indices}); }
Tensor one_hot(const Tensor& indices, int64_t depth, DType dtype) {
  if (depth < 1) throw ConfigError("one_hot", text("the number of classes must be at least 1, got {}", depth));
  const Tensor i = is_integer(indices.dtype()) ? indices : cast(indices, DType::i32);
  return emit(kOneHot, {i}, Attrs::of(OneHotAttrs{depth, dtype}));
}
Tensor in_top_k(const Tensor& targets, const Tensor& predictions, int64_t k) {
  const Tensor i = is_integer(targets.dtype()) ? targets : cast(targets, DType::i32);
  // A target that is no class is among no classes.
  const Tensor known = logical_and(i >= 0, i < predictions.shape().dim(-1));
  const Tensor own = take_along_last(predictions, expand_dims(i, -1));
  const Tensor larger = sum(cast(predictions > own, DType::i32), {-1});
  const Tensor in = logical_and(larger < k, isfinite(squeeze(own, -1)));
  return predictions.shape().dim(-1) < 0 ? in : logical_and(in, known);
}

}  // namespace ops
}  // namespace cornu
