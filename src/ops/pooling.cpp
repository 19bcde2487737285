// Pooling: the largest and the mean of windows that slide or share the input out; and zeros around an array.
#include <cornu/convolution.h>

#include <cmath>

#include "ops/rules.h"
#include "ops/windows.h"

namespace cornu {
namespace {

using C = const GradCall&;

void require_pool(const InferCall& c, const Shape& x) {
  const PoolAttrs& a = c.attrs.as<PoolAttrs>();
  c.require(x.rank() >= 3 && x.rank() <= 2 + kMaxSpatial, "needs an input of 3 to {} axes, got {}", 2 + kMaxSpatial, x);
  const auto rank = static_cast<size_t>(x.rank() - 2);
  c.require(a.size.size() == rank && a.strides.size() == rank, "attributes must be of {} sizes", rank);
}

/// Of the values and of what is compared, which may be the values: each window gives the value at the place of its
/// first largest element. NaN is larger than any number.
Types infer_max_pool(const InferCall& c) {
  const PoolAttrs& a = c.attrs.as<PoolAttrs>();
  require_pool(c, c.in[0].shape);
  c.require(c.in[0].shape.rank() == c.in[1].shape.rank() && c.in[0].dtype == c.in[1].dtype,
            "operands must be alike, got {} and {}", c.in[0].shape, c.in[1].shape);
  Shape out = c.in[0].shape;
  for (int i = 0; i < out.rank() - 2; ++i) {
    const auto at = static_cast<size_t>(i);
    out.dim(i + 1) = window_count(c, out.dim(i + 1), a.size[at], a.strides[at], a.same, 0);
  }
  return TypeShape{c.in[0].dtype, out};
}
/// Of a gradient and of what was compared: each element goes to the place of the window's first largest.
Types infer_max_pool_grad(const InferCall& c) {
  require_pool(c, c.in[1].shape);
  return TypeShape{c.in[0].dtype, c.in[1].shape};
}

/// Which element is the largest does not change with the values, so nothing flows to what is compared.
const OpDef kMaxPool{.name = "max_pool",
                     .kind = OpKind::gather,
                     .arity = 2,
                     .infer = infer_max_pool,
                     .attrs = attrs_of<PoolAttrs>,
                     .grad = [](C c) -> Tensors {
                       return {emit(op_row("max_pool_grad"), {c.dout[0], c.in[1]}, c.attrs), Tensor()};
                     }};
const OpDef kMaxPoolGrad{.name = "max_pool_grad",
                         .kind = OpKind::gather,
                         .arity = 2,
                         .infer = infer_max_pool_grad,
                         .attrs = attrs_of<PoolAttrs>,
                         .grad = [](C c) -> Tensors {
                           return {emit(kMaxPool, {c.dout[0], c.in[1]}, c.attrs), Tensor()};
                         }};

Types infer_pad(const InferCall& c) {
  const PadAttrs& a = c.attrs.as<PadAttrs>();
  Shape out = c.in[0].shape;
  const auto rank = static_cast<size_t>(out.rank());
  c.require(a.low.size() == rank && a.high.size() == rank, "needs a number for each of {} axes", rank);
  for (int i = 0; i < out.rank(); ++i) {
    const auto at = static_cast<size_t>(i);
    c.require(a.low[at] >= 0 && a.high[at] >= 0, "must not be negative, got {} and {}", a.low, a.high);
    if (out.dim(i) >= 0) out.dim(i) += a.low[at] + a.high[at];
  }
  return TypeShape{c.in[0].dtype, out};
}
const OpDef kPad{
    .name = "pad", .kind = OpKind::shape, .infer = infer_pad, .attrs = attrs_of<PadAttrs>, .grad = [](C c) -> Tensors {
      const PadAttrs& a = c.attrs.as<PadAttrs>();
      Tensor d = c.dout[0];
      for (int i = 0; i < d.rank(); ++i) {
        const int64_t low = a.low[static_cast<size_t>(i)], high = a.high[static_cast<size_t>(i)];
        if (low || high) d = ops::slice(d, i, low, high ? std::optional(-high) : std::nullopt);
      }
      return {d};
    }};

/// f of x with its channels at the end, in float32 if they are halves.
template <class F>
Tensor with_channels_last(const Tensor& x, bool first, F f) {
  const DType t = x.dtype();
  const Tensor wide = is_half(t) ? ops::cast(x, DType::f32) : x;
  const Tensor y = f(first ? channels_to_end(wide) : wide);
  return ops::cast(first ? channels_to_front(y) : y, t);
}

PoolAttrs attrs_of_pool(const char* who, const Tensor& x, const ops::Sizes& size, const ops::PoolOptions& o) {
  const int rank = spatial_rank(who, x);
  PoolAttrs a{spread_sizes(who, "pool_size", size, rank), {}, padding_of(who, o.padding, false).same};
  a.strides = o.strides.empty() ? a.size : spread_sizes(who, "strides", o.strides, rank);
  const int first = channels_first(who, o.data_format) ? 2 : 1;
  for (int i = 0; i < rank && !a.same; ++i)
    if (const int64_t n = x.shape().dim(first + i); n >= 0 && n < a.size[static_cast<size_t>(i)])
      throw ShapeError(who,
                       text("windows of {} must fit into the input, got {}: the output would be empty (Computed output "
                            "size would be zero or negative)",
                            a.size, x.shape()));
  return a;
}

/// Sums of windows: a convolution of each channel with ones.
Tensor window_sums(const Tensor& x, const PoolAttrs& a) {
  const int64_t channels = x.shape()[-1];
  const Tensor ones = Tensor::full(Shape(a.size).append(1).append(channels), 1, x.dtype());
  ConvAttrs sums{a.strides, std::vector<int64_t>(a.size.size(), 1), {}, {}, a.same, channels};
  if (!a.same) sums.low = sums.high = std::vector<int64_t>(a.size.size(), 0);
  return emit(op_row("conv"), {x, ones}, Attrs::of(sums));
}

/// Where the windows that share `in` places out among `out` begin and end.
std::pair<int64_t, int64_t> share_of(int64_t in, int64_t out, int64_t i) {
  return {i * in / out, ((i + 1) * in + out - 1) / out};
}

/// The mean of each share of an axis: a product with a matrix of weights.
Tensor mean_of_shares(const Tensor& x, int axis, int64_t out) {
  const int64_t in = x.shape()[axis];
  std::vector<double> weights(static_cast<size_t>(in * out));
  for (int64_t i = 0; i < out; ++i) {
    const auto [from, to] = share_of(in, out, i);
    for (int64_t k = from; k < to; ++k)
      weights[static_cast<size_t>(k * out + i)] = 1.0 / static_cast<double>(to - from);
  }
  return product_along(x, axis, Tensor({in, out}, weights).to(x.dtype()));
}
/// As max_pool: of several that are the largest, the first gets the gradient.
Tensor max_of_shares(const Tensor& x, int axis, int64_t out) {
  const int64_t in = x.shape()[axis];
  std::vector<Tensor> parts;
  for (int64_t i = 0; i < out; ++i) {
    const auto [from, to] = share_of(in, out, i);
    const Tensor one = ops::slice(x, axis, from, to);
    PoolAttrs whole{std::vector<int64_t>(static_cast<size_t>(x.rank() - 2), 1), {}, false};
    whole.strides = whole.size;
    whole.size[static_cast<size_t>(axis - 1)] = to - from;
    parts.push_back(emit(kMaxPool, {one, one}, Attrs::of(whole)));
  }
  return ops::concatenate(parts, axis);
}

/// Shares are rectangles, so one axis after another is shared out.
Tensor adaptive(const char* who, const Tensor& x, const ops::Sizes& size, const std::optional<Text>& format,
                Tensor (*shares)(const Tensor&, int, int64_t)) {
  const int rank = spatial_rank(who, x);
  const std::vector<int64_t> out = spread_sizes(who, "output_size", size, rank);
  return with_channels_last(x, channels_first(who, format), [&](Tensor y) {
    for (int i = 0; i < rank; ++i) {
      const int64_t n = out[static_cast<size_t>(i)];
      if (y.shape()[i + 1] < 1) throw ShapeError(who, text("needs an input with elements, got {}", x.shape()));
      y = shares(y, i + 1, n);
    }
    return y;
  });
}

}  // namespace

Tensor product_along(const Tensor& x, int axis, const Tensor& matrix) {
  const int last = x.rank() - 1;
  return move_axis(ops::matmul(move_axis(x, axis, last), matrix), last, axis);
}

Tensor pad_zeros(const Tensor& x, const std::vector<int64_t>& low, const std::vector<int64_t>& high) {
  return emit(kPad, {x}, Attrs::of(PadAttrs{low, high}));
}

void add_pooling_ops(OpRegistry& r) {
  for (const OpDef* op : {&kMaxPool, &kMaxPoolGrad, &kPad}) r.add(*op);
}

namespace ops {

Tensor max_pool(const Tensor& x, const Sizes& pool_size, const PoolOptions& o) {
  const PoolAttrs a = attrs_of_pool("max_pool", x, pool_size, o);
  return with_channels_last(x, channels_first("max_pool", o.data_format), [&](const Tensor& y) {
    return emit(kMaxPool, {y, y}, Attrs::of(a));
  });
}

Tensor average_pool(const Tensor& x, const Sizes& pool_size, const PoolOptions& o) {
  const PoolAttrs a = attrs_of_pool("average_pool", x, pool_size, o);
  return with_channels_last(x, channels_first("average_pool", o.data_format), [&](const Tensor& y) {
    const Tensor wide = is_floating(y.dtype()) ? y : cast(y, DType::f32), sums = window_sums(wide, a);
    if (!a.same) {
      int64_t n = 1;
      for (const int64_t k : a.size) n *= k;
      return sums / static_cast<double>(n);
    }
    // What lies outside does not count: of one row and one channel, for all of them.
    const Tensor one = slice(slice(wide, 0, 0, 1), -1, 0, 1);
    return sums / window_sums(ones_like(one), a);
  });
}

Tensor adaptive_max_pool(const Tensor& x, const Sizes& output_size, const std::optional<Text>& data_format) {
  return adaptive("adaptive_max_pool", x, output_size, data_format, max_of_shares);
}
Tensor adaptive_average_pool(const Tensor& x, const Sizes& output_size, const std::optional<Text>& data_format) {
  return adaptive("adaptive_average_pool", x, output_size, data_format, mean_of_shares);
}

}  // namespace ops
}  // namespace cornu
