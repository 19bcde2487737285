// Shape rules and gradient helpers that several families of operations share.
#pragma once
#include <cornu/ops.h>

#include "graph/op_def.h"
#include "ops/attrs.h"
#include "ops/emit.h"

namespace cornu {

/// The shape of broadcasting all operands together; fails with a sentence if they do not fit.
Shape broadcast_shape(const InferCall& c);
Types same_as_input(const InferCall& c);
Types infer_elementwise(const InferCall& c);  ///< Broadcast; type of the first operand (all are equal).
Types infer_compare(const InferCall& c);      ///< Broadcast; bool.

/// Casts operands to their common type before an elementwise op.
Tensors promoted(const Tensor& a, const Tensor& b);
/// An axis of a tensor of this rank, counted from the start; throws naming `op`.
int normal_axis(const char* op, int axis, int rank);
/// The result of `a` for an operand of this shape.
Shape resolved(const ReshapeByAttrs& a, const Shape& like);
/// reshape to a shape whose unknown sizes are, in order, those of `like`: for more than one of them.
Tensor reshape_by(const Tensor& x, const Shape& shape, const Tensor& like);
/// The same where it is said of which axes of `like` they are.
Tensor reshape_by(const Tensor& x, const ReshapeByAttrs& a, const Tensor& like);
/// The axis `from`, counted from the start, becomes the one of number `to`.
Tensor move_axis(const Tensor& x, int from, int to);
/// from, from + step, ... up to but without `to`, as int32.
Tensor whole_numbers(int64_t from, int64_t to, int64_t step = 1);
/// x summed to the shape of `like` where broadcasting may have repeated it.
Tensor unbroadcast(const Tensor& x, const Tensor& like);

void add_elementwise_ops(OpRegistry& r);
void add_shape_ops(OpRegistry& r);
void add_reduction_ops(OpRegistry& r);
void add_contraction_ops(OpRegistry& r);
void add_norm_ops(OpRegistry& r);
void add_index_ops(OpRegistry& r);
void add_random_ops(OpRegistry& r);
void add_fused_ops(OpRegistry& r);

}  // namespace cornu
