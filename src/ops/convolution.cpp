// Convolutions: three operations, each of which is linear in both operands, so that their gradients are one another.
#include <cornu/convolution.h>

#include "ops/rules.h"
#include "ops/windows.h"

namespace cornu {
namespace {

using C = const GradCall&;

void require_fit(const InferCall& c, const Shape& image, const Shape& kernel) {
  const ConvAttrs& a = c.attrs.as<ConvAttrs>();
  c.require(image.rank() >= 3 && image.rank() <= 2 + kMaxSpatial, "needs an input of 3 to {} axes, got {}",
            2 + kMaxSpatial, image);
  c.require(kernel.rank() == image.rank(), "needs a kernel of {} axes for an input of shape {}, got {}", image.rank(),
            image, kernel);
  c.require(c.in[0].dtype == c.in[1].dtype, "operands must have one type, got {} and {}", c.in[0].dtype, c.in[1].dtype);
  const auto rank = static_cast<size_t>(image.rank() - 2);
  c.require(a.groups >= 1 && a.strides.size() == rank && a.dilation.size() == rank &&
                (a.same || (a.low.size() == rank && a.high.size() == rank)),
            "attributes must be of {} sizes", rank);
}

int64_t reach_of(const ConvAttrs& a, const Shape& kernel, int i) {
  return (kernel.dim(i) - 1) * a.dilation[static_cast<size_t>(i)] + 1;
}

Types infer_conv(const InferCall& c) {
  const ConvAttrs& a = c.attrs.as<ConvAttrs>();
  const Shape &x = c.in[0].shape, &kernel = c.in[1].shape;
  require_fit(c, x, kernel);
  c.require(x.dim(-1) < 0 || x.dim(-1) == kernel.dim(-2) * a.groups,
            "an input of {} channels in {} groups needs a kernel of as many channels to each, got {}", x.dim(-1),
            a.groups, kernel);
  c.require(kernel.dim(-1) % a.groups == 0, "{} filters must divide into {} groups", kernel.dim(-1), a.groups);
  Shape out = x;
  for (int i = 0; i < x.rank() - 2; ++i) {
    const auto at = static_cast<size_t>(i);
    out.dim(i + 1) = window_count(c, x.dim(i + 1), reach_of(a, kernel, i), a.strides[at], a.same,
                                  a.same ? 0 : a.low[at] + a.high[at]);
  }
  out.dim(-1) = kernel.dim(-1);
  return TypeShape{c.in[0].dtype, out};
}

/// Of y and the kernel; the shape comes from a third operand, or from what was added to x, which is then known.
Types infer_conv_grad_input(const InferCall& c) {
  const ConvAttrs& a = c.attrs.as<ConvAttrs>();
  const Shape &y = c.in[0].shape, &kernel = c.in[1].shape;
  require_fit(c, y, kernel);
  c.require(compatible(y.dim(-1), kernel.dim(-1)), "an input of {} channels needs a kernel for as many, got {}",
            y.dim(-1), kernel);
  if (c.in.size() > 2) return TypeShape{c.in[0].dtype, c.in[2].shape};
  c.require(!a.same, "needs an operand of the shape of the result");
  Shape out = y;
  for (int i = 0; i < y.rank() - 2; ++i) {
    const auto at = static_cast<size_t>(i);
    if (y.dim(i + 1) < 0) continue;
    out.dim(i + 1) = (y.dim(i + 1) - 1) * a.strides[at] + reach_of(a, kernel, i) - a.low[at] - a.high[at];
    c.require(out.dim(i + 1) > 0, "the output must have a size of at least 1, got {}", out.dim(i + 1));
  }
  out.dim(-1) = kernel.dim(-2) * a.groups;
  return TypeShape{c.in[0].dtype, out};
}

/// Of x and y, and the kernel for its shape.
Types infer_conv_grad_kernel(const InferCall& c) {
  require_fit(c, c.in[0].shape, c.in[2].shape);
  return TypeShape{c.in[0].dtype, c.in[2].shape};
}

Tensor grad_input(const Tensor& y, const Tensor& kernel, const Tensor& x, const Attrs& a) {
  return emit(op_row("conv_grad_input"), {y, kernel, x}, a);
}
Tensor grad_kernel(const Tensor& x, const Tensor& y, const Tensor& kernel, const Attrs& a) {
  return emit(op_row("conv_grad_kernel"), {x, y, kernel}, a);
}

const OpDef kConv{
    .name = "conv",
    .kind = OpKind::contraction,
    .arity = 2,
    .infer = infer_conv,
    .attrs = attrs_of<ConvAttrs>,
    .grad = [](C c) -> Tensors {
      return {grad_input(c.dout[0], c.in[1], c.in[0], c.attrs), grad_kernel(c.in[0], c.dout[0], c.in[1], c.attrs)};
    }};
const OpDef kConvGradInput{
    .name = "conv_grad_input",
    .kind = OpKind::contraction,
    .arity = -1,
    .infer = infer_conv_grad_input,
    .attrs = attrs_of<ConvAttrs>,
    .grad = [](C c) -> Tensors {
      Tensors out{emit(kConv, {c.dout[0], c.in[1]}, c.attrs), grad_kernel(c.dout[0], c.in[0], c.in[1], c.attrs)};
      if (c.in.size() > 2) out.push_back(Tensor());
      return out;
    },
    .shape_only = 4};
const OpDef kConvGradKernel{
    .name = "conv_grad_kernel",
    .kind = OpKind::contraction,
    .arity = 3,
    .infer = infer_conv_grad_kernel,
    .attrs = attrs_of<ConvAttrs>,
    .grad = [](C c) -> Tensors {
      return {grad_input(c.in[1], c.dout[0], c.in[0], c.attrs), emit(kConv, {c.in[0], c.dout[0]}, c.attrs), Tensor()};
    },
    .shape_only = 4};

void check_rank(const char* who, const Tensor& x, const Tensor& kernel) {
  if (x.rank() != kernel.rank())
    throw ShapeError(
        who, text("needs a kernel of {} axes for an input of shape {}, got {}", x.rank(), x.shape(), kernel.shape()));
}
void check_channels(const char* who, const Tensor& x, bool first, const Tensor& kernel, int axis, const char* what) {
  const int64_t channels = x.shape().dim(first ? 1 : -1), own = kernel.shape().dim(axis);
  check_rank(who, x, kernel);
  if (!compatible(channels, own))
    throw ShapeError(
        who, text("{} must be those of the input (Number of input channels), {}, got {} in a kernel of shape {}", what,
                  channels, own, kernel.shape()));
}

/// Halves are added up in float32 and rounded once; integers keep their type.
struct Operands {
  Tensor x, kernel;
  DType result;
};
Operands operands_of(const Tensor& x, const Tensor& kernel) {
  const DType t = promote(x.dtype(), kernel.dtype()), inside = is_half(t) ? DType::f32 : t;
  return {ops::cast(x, inside), ops::cast(kernel, inside), t};
}

Tensor convolved(const char* who, const Tensor& x, const Tensor& kernel, int64_t groups, const ops::ConvOptions& o,
                 bool first) {
  const int rank = spatial_rank(who, x);
  ConvAttrs a{spread_sizes(who, "strides", o.strides, rank), spread_sizes(who, "dilation_rate", o.dilation_rate, rank)};
  const Padding padding = padding_of(who, o.padding, rank == 1);
  a.same = padding.same;
  a.groups = groups;
  if (!a.same) a.low = a.high = std::vector<int64_t>(static_cast<size_t>(rank), 0);
  if (padding.causal) a.low[0] = a.dilation[0] * (kernel.shape().dim(0) - 1);
  const Operands in = operands_of(x, kernel);
  const Tensor y = emit(kConv, {first ? channels_to_end(in.x) : in.x, in.kernel}, Attrs::of(a));
  return ops::cast(first ? channels_to_front(y) : y, in.result);
}

/// What a transposed convolution leaves out before and behind, of an axis of which a window reaches over `reach`.
std::pair<int64_t, int64_t> left_out(int64_t reach, int64_t stride, bool same, std::optional<int64_t> more) {
  if (!same) return {0, -more.value_or(std::max(reach, stride) - reach)};
  const int64_t total = more ? reach + reach % 2 - 2 + *more : stride + reach - 2;
  const int64_t before = std::min(total / 2 + total % 2, reach - 1);
  return {reach - 1 - before, reach - 1 - (total - before)};
}

}  // namespace

void add_convolution_ops(OpRegistry& r) {
  for (const OpDef* op : {&kConv, &kConvGradInput, &kConvGradKernel}) r.add(*op);
}

namespace ops {

Tensor conv(const Tensor& x, const Tensor& kernel, const ConvOptions& o) {
  const bool first = channels_first("conv", o.data_format);
  spatial_rank("conv", x);
  check_rank("conv", x, kernel);
  const int64_t channels = x.shape().dim(first ? 1 : -1), own = kernel.shape().dim(-2);
  if (channels >= 0 && (own < 1 || channels % own))
    throw ShapeError("conv",
                     text("The number of input channels must be evenly divisible by those of the kernel, got {} "
                          "channels and a kernel of shape {}",
                          channels, kernel.shape()));
  return convolved("conv", x, kernel, channels < 0 ? 1 : channels / own, o, first);
}

Tensor depthwise_conv(const Tensor& x, const Tensor& kernel, const ConvOptions& o) {
  const bool first = channels_first("depthwise_conv", o.data_format);
  spatial_rank("depthwise_conv", x);
  check_channels("depthwise_conv", x, first, kernel, -2, "the channels of a depthwise kernel");
  const Shape& k = kernel.shape();
  const Tensor flat = reshape(kernel, k.slice(0, -2).append(1).append(k.dim(-2) * k.dim(-1)));
  return convolved("depthwise_conv", x, flat, k.dim(-2), o, first);
}

Tensor separable_conv(const Tensor& x, const Tensor& depthwise_kernel, const Tensor& pointwise_kernel,
                      const ConvOptions& o) {
  const Tensor y = depthwise_conv(x, depthwise_kernel, o);
  return conv(y, pointwise_kernel, {.data_format = o.data_format});
}

Tensor conv_transpose(const Tensor& x, const Tensor& kernel, const ConvTransposeOptions& o) {
  const char* who = "conv_transpose";
  const bool first = channels_first(who, o.data_format);
  const int rank = spatial_rank(who, x);
  check_channels(who, x, first, kernel, -1, "the channels of a transposed kernel");
  ConvAttrs a{spread_sizes(who, "strides", o.strides, rank), spread_sizes(who, "dilation_rate", o.dilation_rate, rank)};
  const bool same = padding_of(who, o.padding, false).same;
  std::vector<int64_t> more;
  if (o.output_padding) more = spread_sizes(who, "output_padding", *o.output_padding, rank, 0);
  for (size_t i = 0; i < static_cast<size_t>(rank); ++i) {
    const int64_t reach = (kernel.shape().dim(static_cast<int>(i)) - 1) * a.dilation[i] + 1;
    const auto [low, high] = left_out(reach, a.strides[i], same, more.empty() ? std::nullopt : std::optional(more[i]));
    a.low.push_back(low);
    a.high.push_back(high);
  }
  const Operands in = operands_of(x, kernel);
  const Tensor y = emit(kConvGradInput, {first ? channels_to_end(in.x) : in.x, in.kernel}, Attrs::of(a));
  return cast(first ? channels_to_front(y) : y, in.result);
}

}  // namespace ops
}  // namespace cornu
