// Windows that slide over an array: what convolutions and pooling have in common.
#pragma once
#include <cornu/convolution.h>

#include <array>

#include "graph/op_def.h"

namespace cornu {

/// Of nodes whose operands are (batch, sizes ..., channels). `same`: as many windows as strides fit, `low` and `high`
/// being found by the sizes; else what is added (or, below 0, left out) before and behind.
struct ConvAttrs {
  std::vector<int64_t> strides, dilation, low, high;
  bool same = false;
  int64_t groups = 1;
};
struct PoolAttrs {
  std::vector<int64_t> size, strides;
  bool same = false;
};
struct PadAttrs {
  std::vector<int64_t> low, high;
};
template <>
struct Describe<PadAttrs> {
  static constexpr auto fields = std::tuple{field("low", &PadAttrs::low), field("high", &PadAttrs::high)};
};
template <>
struct Describe<ConvAttrs> {
  static constexpr auto fields =
      std::tuple{field("strides", &ConvAttrs::strides), field("dilation", &ConvAttrs::dilation),
                 field("low", &ConvAttrs::low),         field("high", &ConvAttrs::high),
                 field("same", &ConvAttrs::same),       field("groups", &ConvAttrs::groups)};
};
template <>
struct Describe<PoolAttrs> {
  static constexpr auto fields = std::tuple{field("size", &PoolAttrs::size), field("strides", &PoolAttrs::strides),
                                            field("same", &PoolAttrs::same)};
};

struct Padding {
  bool same = false, causal = false;
};
/// Of "valid", "same" and, if it is allowed, "causal", in any case; ConfigError for another word.
Padding padding_of(const char* who, const std::string& given, bool allow_causal);

constexpr int kMaxSpatial = 3;

/// One axis: window `o` of `out` has its tap `t` of `taps` at place o * stride + t * dilation - low of `in`.
struct WindowAxis {
  int64_t in = 1, out = 1, taps = 1, stride = 1, dilation = 1, low = 0;
  /// From the first tap to the last.
  int64_t reach() const { return (taps - 1) * dilation + 1; }
};
/// All axes with sizes known; those that are missing come first and have size 1.
struct Windows {
  int64_t batch = 1, channels = 1;
  std::array<WindowAxis, kMaxSpatial> axis;
  int64_t taps() const { return axis[0].taps * axis[1].taps * axis[2].taps; }
  int64_t in_places() const { return axis[0].in * axis[1].in * axis[2].in; }
  int64_t out_places() const { return axis[0].out * axis[1].out * axis[2].out; }
};

/// Of a convolution: x is the larger operand, y the smaller one, whichever of them is given.
struct ConvWindows : Windows {
  int64_t filters = 1, groups = 1;
};
ConvWindows conv_windows(const ConvAttrs& a, const Shape& x, const Shape& kernel, const Shape& y);
Windows pool_windows(const PoolAttrs& a, const Shape& x, const Shape& y);

/// How many windows there are, -1 if that is not known. Fails where it would be none.
int64_t window_count(const InferCall& c, int64_t in, int64_t reach, int64_t stride, bool same, int64_t padding);

/// A list of one number for each of `rank` sizes, from one or as many; ConfigError naming `who` and `what` otherwise.
std::vector<int64_t> spread_sizes(const char* who, const char* what, const ops::Sizes& given, int rank,
                                  int64_t least = 1);
/// Keras takes "SAME" for "same".
std::string lower_case(std::string s);
/// Whether channels come first.
bool channels_first(const char* who, const std::optional<Text>& format);
/// The number of sizes beside batch and channels, 1 to 3.
int spatial_rank(const char* who, const Tensor& x);
/// Channels to the end, and back to axis 1.
Tensor channels_to_end(const Tensor& x);
Tensor channels_to_front(const Tensor& x);

/// Zeros, `low` before and `high` behind each axis; none are negative.
Tensor pad_zeros(const Tensor& x, const std::vector<int64_t>& low, const std::vector<int64_t>& high);

/// The elements along an axis times a matrix, whose columns then lie along it.
Tensor product_along(const Tensor& x, int axis, const Tensor& matrix);

void add_convolution_ops(OpRegistry& r);
void add_pooling_ops(OpRegistry& r);

}  // namespace cornu
