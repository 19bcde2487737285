// Shared shape rules, and the registry of all rows.
#include "ops/rules.h"

#include "ops/bodies.h"
#include "ops/scatter.h"
#include "ops/windows.h"

#include <algorithm>

namespace cornu {

Shape broadcast_shape(const InferCall& c) {
  int rank = 0;
  for (const TypeShape& t : c.in) rank = std::max(rank, t.shape.rank());
  std::vector<int64_t> dims(static_cast<size_t>(rank), 1);
  for (const TypeShape& t : c.in)
    for (int i = 0; i < t.shape.rank(); ++i) {
      int64_t& d = dims[static_cast<size_t>(rank - t.shape.rank() + i)];
      const int64_t e = t.shape.dim(i);
      if (e == 1 || e == d) continue;
      c.require(d == 1 || d < 0 || e < 0, "shapes must broadcast, got sizes {} and {}", d, e);
      if (d == 1 || d < 0) d = e;
    }
  return Shape(dims);
}

Types same_as_input(const InferCall& c) { return c.in[0]; }

static DType common_type(const InferCall& c, size_t from = 0) {
  for (size_t i = from + 1; i < c.in.size(); ++i)
    c.require(c.in[i].dtype == c.in[from].dtype, "operands must have one type, got {} and {}", c.in[from].dtype,
              c.in[i].dtype);
  return c.in[from].dtype;
}

Types infer_elementwise(const InferCall& c) { return TypeShape{common_type(c), broadcast_shape(c)}; }
Types infer_compare(const InferCall& c) {
  common_type(c);
  return TypeShape{DType::boolean, broadcast_shape(c)};
}

Tensors promoted(const Tensor& a, const Tensor& b) {
  const DType t = promote(a.dtype(), b.dtype());
  Tensors out;
  out.reserve(2);
  out.push_back(ops::cast(a, t));
  out.push_back(ops::cast(b, t));
  return out;
}

int normal_axis(const char* op, int axis, int rank) {
  const int a = axis < 0 ? axis + rank : axis;
  if (a < 0 || a >= rank) throw ShapeError(op, text("axis must be in [{}, {}), got {}", -rank, rank, axis));
  return a;
}

Tensor move_axis(const Tensor& x, int from, int to) {
  if (from == to) return x;
  std::vector<int> order;
  for (int i = 0; i < x.rank(); ++i)
    if (i != from) order.push_back(i);
  order.insert(order.begin() + to, from);
  return ops::transpose(x, order);
}

Tensor whole_numbers(int64_t from, int64_t to, int64_t step) {
  std::vector<int32_t> all;
  for (int64_t i = from; step > 0 ? i < to : i > to; i += step) all.push_back(static_cast<int32_t>(i));
  return Tensor({static_cast<int64_t>(all.size())}, all);
}

Tensor unbroadcast(const Tensor& x, const Tensor& like) {
  if (x.shape() == like.shape() && x.shape().known()) return x;
  return ops::sum_to(x, like);
}

const OpRegistry& op_registry() {
  // never destroyed: threads may still train at exit
  static const OpRegistry& registry = *new OpRegistry([] {
    OpRegistry r;
    add_state_ops(r);
    add_elementwise_ops(r);
    add_shape_ops(r);
    add_reduction_ops(r);
    add_contraction_ops(r);
    add_norm_ops(r);
    add_index_ops(r);
    add_random_ops(r);
    add_fused_ops(r);
    add_body_ops(r);
    add_scatter_ops(r);
    add_convolution_ops(r);
    add_pooling_ops(r);
    return r;
  }());
  return registry;
}

const OpDef& op_row(std::string_view name) {
  const OpDef* row = op_registry().find(name);
  CORNU_ASSERT(row);
  return *row;
}

}  // namespace cornu
