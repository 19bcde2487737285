// Writing at places that indices name, and reading blocks from where they say.
#include "ops/scatter.h"

#include <cornu/indexing.h>

#include <algorithm>
#include <array>

#include "ops/rules.h"

namespace cornu {

template <>
struct Describe<ScatterAttrs> {
  static constexpr auto fields = std::tuple{field("reduction", &ScatterAttrs::reduction)};
};

namespace {

using C = const GradCall&;

constexpr std::array<const char*, 5> kReductions{"update", "add", "max", "min", "mul"};

Types infer_scatter(const InferCall& c) {
  const Shape &x = c.in[0].shape, &indices = c.in[1].shape, &updates = c.in[2].shape;
  c.require(is_integer(c.in[1].dtype), "indices must be integers, got {}", c.in[1].dtype);
  c.require(c.in[2].dtype == c.in[0].dtype, "updates must be of the type {}, got {}", c.in[0].dtype, c.in[2].dtype);
  c.require(x.rank() >= 1 && indices.rank() == 1 && updates.rank() == x.rank(),
            "needs rows, a list of their numbers and as many new ones, got {}, {} and {}", x, indices, updates);
  bool fits = compatible(indices.dim(0), updates.dim(0));
  for (int i = 1; i < x.rank(); ++i) fits = fits && compatible(x.dim(i), updates.dim(i));
  c.require(fits, "updates must be one row of {} for each of {} indices, got {}", x.slice(1), indices.dim(0), updates);
  return c.in[0];
}

/// 1 where an index names one of the rows of `x`, in the shape of a column beside `updates`.
Tensor valid(const Tensor& indices, const Tensor& x, const Tensor& updates) {
  const Tensor inside = ops::logical_and(indices >= 0, indices < ops::dim(x, {0}, indices.dtype()));
  std::vector<int64_t> column(static_cast<size_t>(updates.rank()), 1);
  column[0] = -1;
  return ops::reshape(inside, Shape(column));
}

/// The sum of each row.
Tensor sum_rows(const Tensor& x) {
  if (x.rank() == 1) return x;
  ops::Axes axes;
  for (int i = 1; i < x.rank(); ++i) axes.push_back(i);
  return ops::sum(x, axes);
}

Tensors scatter_grad(C c) {
  const std::string& reduction = c.attrs.as<ScatterAttrs>().reduction;
  const Tensor &x = c.in[0], &indices = c.in[1], &updates = c.in[2], &up = c.dout[0];
  const Tensor taken = ops::take(up, indices), zeros = ops::zeros_like(taken);
  const Tensor counts = valid(indices, x, updates);
  if (reduction == "add") return {up, Tensor(), ops::where(counts, taken, zeros)};
  if (reduction != "update")
    throw CallError("scatter_update", text("the reduction '{}' has no gradient; 'add' and None have", reduction));
  // Of several new values for one place the last one stays, and has the gradient.
  const Tensor number = ops::cumsum(ops::ones_like(indices), 0);
  const Tensor last =
      ops::scatter_rows(ops::zeros_like(ops::cast(sum_rows(x), indices.dtype())), indices, number, "max");
  const Tensor stays = ops::reshape(ops::equal(ops::take(last, indices), number), counts.shape());
  return {ops::scatter_rows(up, indices, zeros, "update"), Tensor(),
          ops::where(ops::logical_and(counts, stays), taken, zeros)};
}

const OpDef kScatter{.name = "scatter_rows",
                     .kind = OpKind::gather,
                     .arity = 3,
                     .infer = infer_scatter,
                     .attrs = attrs_of<ScatterAttrs>,
                     .grad = scatter_grad};

}  // namespace

void add_scatter_ops(OpRegistry& r) { r.add(kScatter); }

namespace ops {

Tensor scatter_rows(const Tensor& x, const Tensor& indices, const Tensor& updates, const std::string& reduction) {
  if (std::find(kReductions.begin(), kReductions.end(), reduction) == kReductions.end())
    throw ConfigError("scatter_update",
                      text("reduction must be None, 'add', 'max', 'min' or 'mul', got '{}'", reduction));
  return emit(kScatter, {x, indices, updates}, Attrs::of(ScatterAttrs{reduction}));
}

namespace {

int64_t known_size(const char* who, const Shape& shape, int axis) {
  const int64_t n = shape.dim(axis);
  if (n < 0) throw ShapeError(who, text("the size of axis {} must be known, got shape {}", axis, shape));
  return n;
}

/// The size of an axis, as a tensor that is found out later if need be.
Tensor size_along(const Tensor& x, int axis) {
  const int64_t n = x.shape().dim(axis);
  return n >= 0 ? Tensor::scalar(static_cast<double>(n), DType::i32) : dim(x, {axis}, DType::i32);
}

/// Places (..., k) in the first k axes as numbers of rows (n,); those outside become -1. Negative ones count from the
/// end.
Tensor row_numbers(const char* who, const Tensor& indices, const Tensor& inputs) {
  const Shape& shape = inputs.shape();
  const int k = static_cast<int>(indices.shape().dim(-1));
  if (indices.rank() < 1 || k < 1 || k > shape.rank())
    throw ShapeError(
        who, text("the last axis of indices must hold 1 to {} numbers, got shape {}", shape.rank(), indices.shape()));
  const Tensor list = reshape(cast(indices, DType::i32), {-1, k});
  Tensor row, inside;
  for (int i = 0; i < k; ++i) {
    const Tensor n = size_along(inputs, i);
    const Tensor given = reshape(slice(list, 1, i, i + 1), {-1});
    const Tensor at = where(given < 0, given + n, given);
    const Tensor ok = logical_and(at >= 0, at < n);
    row = row.defined() ? row * n + at : at;
    inside = inside.defined() ? logical_and(inside, ok) : ok;
  }
  return where(inside, row, Tensor::scalar(-1, DType::i32));
}

/// The sizes of the first `k` axes become one.
Shape as_rows(const char* who, const Shape& shape, int k) {
  int64_t rows = 1;
  for (int i = 0; i < k; ++i) rows = rows < 0 || shape.dim(i) < 0 ? -1 : rows * shape.dim(i);
  if (rows < 0)
    for (int i = k; i < shape.rank(); ++i) known_size(who, shape, i);  // one unknown size can be found out
  return Shape({rows}).append(shape.slice(k));
}

/// The start of a block along an axis, brought to where the block fits.
Tensor start_of(const Tensor& starts, int axis, const Tensor& inputs, int64_t block) {
  const Tensor one = reshape(slice(cast(starts, DType::i32), 0, axis, axis + 1), {}), size = size_along(inputs, axis);
  const Tensor from_front = where(one < 0, one + size, one);
  return clip(from_front, like_scalar(0, one), size - block);
}

Tensor shaped_as(const Tensor& x, const Tensor& like) {
  return like.shape().known() ? reshape(x, like.shape()) : reshape_like(x, like);
}

void check_starts(const char* who, const Tensor& starts, int rank) {
  if (!is_integer(starts.dtype()) || starts.rank() != 1 || starts.shape().dim(0) != rank)
    throw ShapeError(who, text("dimensions in `start_indices` must match the dimensions in `inputs`: expected {} whole "
                               "numbers, got {} {}",
                               rank, starts.shape(), starts.dtype()));
}

}  // namespace

Tensor scatter_update(const Tensor& inputs, const Tensor& indices, const Tensor& updates,
                      const std::string& reduction) {
  constexpr const char* kWho = "scatter_update";
  const Tensor rows = row_numbers(kWho, indices, inputs);
  const int k = static_cast<int>(indices.shape().dim(-1));
  const Shape flat = as_rows(kWho, inputs.shape(), k);
  const Tensor news = reshape(cast(updates, inputs.dtype()), Shape({-1}).append(inputs.shape().slice(k)));
  return shaped_as(scatter_rows(reshape(inputs, flat), rows, news, reduction), inputs);
}

Tensor scatter(const Tensor& indices, const Tensor& values, const Shape& shape) {
  return scatter_update(Tensor(shape, values.dtype()), indices, values, "add");
}

Tensor slice(const Tensor& inputs, const Tensor& start_indices, const Shape& shape) {
  constexpr const char* kWho = "slice";
  const Shape& all = inputs.shape();
  check_starts(kWho, start_indices, all.rank());
  if (shape.rank() != all.rank())
    throw ShapeError(
        kWho, text("dimensions in `inputs` must match the dimensions in `shape`, {} sizes, got {}", all.rank(), shape));
  Tensor out = inputs;
  for (int i = 0; i < all.rank(); ++i) {
    const int64_t n = all.dim(i);
    if (shape.dim(i) == n && n >= 0) continue;  // wherever it begins, it is all of the axis
    int64_t block = shape.dim(i);
    if (block < 0) {
      if (start_indices.symbolic())
        throw ShapeError(kWho, text("the size -1 of axis {} needs a start that is known", i));
      const int64_t start = static_cast<int64_t>(start_indices.rows(i, i + 1).item());
      out = slice(out, i, start);
      continue;
    }
    if (n >= 0 && block > n) throw ShapeError(kWho, text("a block of {} does not fit in shape {}", shape, all));
    if (!start_indices.symbolic() && n < 0) {
      const int64_t start = static_cast<int64_t>(start_indices.rows(i, i + 1).item());
      out = slice(out, i, start, start + block);
      continue;
    }
    const Tensor picks = start_of(start_indices, i, inputs, block) + whole_numbers(0, block);
    out = move_axis(take(move_axis(out, i, 0), picks), 0, i);
  }
  return out;
}

Tensor slice_update(const Tensor& inputs, const Tensor& start_indices, const Tensor& updates) {
  constexpr const char* kWho = "slice_update";
  const Shape &all = inputs.shape(), &block = updates.shape();
  check_starts(kWho, start_indices, all.rank());
  bool fits = block.rank() == all.rank();
  for (int i = 0; fits && i < all.rank(); ++i) fits = all.dim(i) < 0 || known_size(kWho, block, i) <= all.dim(i);
  if (!fits) throw ShapeError(kWho, text("updates must fit in shape {}, got {}", all, block));
  Tensor number = Tensor::scalar(0, DType::i32);  // of each element of the block among all elements
  for (int i = 0; i < all.rank(); ++i) {
    std::vector<int64_t> along(static_cast<size_t>(all.rank()), 1);
    along[static_cast<size_t>(i)] = block.dim(i);
    const int64_t size = known_size(kWho, block, i);
    const Tensor at = start_of(start_indices, i, inputs, size) + whole_numbers(0, size);
    number = number * size_along(inputs, i) + reshape(at, Shape(along));
  }
  const Tensor news = reshape(cast(updates, inputs.dtype()), {-1});
  return shaped_as(scatter_rows(reshape(inputs, {-1}), reshape(number, {-1}), news, "update"), inputs);
}

}  // namespace ops
}  // namespace cornu
