// Layers that slide a kernel over series, images and volumes.
#pragma once
#include <cornu/convolution.h>
#include <cornu/layer.h>
#include <cornu/layers/one_or_more.h>

namespace cornu {

/// A number for all sizes of an image, or one for each of them.
using SizeOrSizes = OneOrMore<int64_t>;

namespace detail {
/// The default of Keras' classes: a number in one dimension, else a list.
inline SizeOrSizes each_size(int rank, int64_t n) {
  return rank == 1 ? SizeOrSizes(n) : SizeOrSizes(std::vector<int64_t>(static_cast<size_t>(rank), n));
}
}  // namespace detail

template <int rank>
struct ConvConfig {
  static constexpr int kRank = rank;
  int64_t filters = 0;          ///< Channels of the output.
  SizeOrSizes kernel_size = 1;  ///< Of the window.
  SizeOrSizes strides = detail::each_size(rank, 1);
  Text padding = "valid";             ///< "valid", "same", or, in one dimension, "causal".
  std::optional<Text> data_format{};  ///< "channels_last" or "channels_first".
  SizeOrSizes dilation_rate = detail::each_size(rank, 1);
  int64_t groups = 1;  ///< Parts of the channels that do not see each other.
  Activation activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform", bias_initializer = "zeros";
  Regularizer kernel_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint kernel_constraint{}, bias_constraint{};
  CORNU_LAYER_FIELDS;
};
using Conv1DConfig = ConvConfig<1>;
using Conv2DConfig = ConvConfig<2>;
using Conv3DConfig = ConvConfig<3>;
/// activation(kernel over windows of a series + bias): (batch, steps, channels) to (batch, steps, filters).
struct CORNU_API Conv1D : Layer {
  explicit Conv1D(int64_t filters, const SizeOrSizes& kernel_size, Conv1DConfig config = {}, CallSite at = here());
};
/// activation(kernel over windows of an image + bias): (batch, rows, columns, channels) to (batch, rows, columns,
/// filters).
struct CORNU_API Conv2D : Layer {
  explicit Conv2D(int64_t filters, const SizeOrSizes& kernel_size, Conv2DConfig config = {}, CallSite at = here());
};
/// activation(kernel over windows of a volume + bias).
struct CORNU_API Conv3D : Layer {
  explicit Conv3D(int64_t filters, const SizeOrSizes& kernel_size, Conv3DConfig config = {}, CallSite at = here());
};

template <int rank>
struct ConvTransposeConfig {
  static constexpr int kRank = rank;
  int64_t filters = 0;          ///< Channels of the output.
  SizeOrSizes kernel_size = 1;  ///< Of the window.
  SizeOrSizes strides = detail::each_size(rank, 1);
  Text padding = "valid";                       ///< "valid" or "same".
  std::optional<SizeOrSizes> output_padding{};  ///< What the output is longer than it need be; below the strides.
  std::optional<Text> data_format{};            ///< "channels_last" or "channels_first".
  SizeOrSizes dilation_rate = detail::each_size(rank, 1);
  Activation activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform", bias_initializer = "zeros";
  Regularizer kernel_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint kernel_constraint{}, bias_constraint{};
  CORNU_LAYER_FIELDS;
};
using Conv1DTransposeConfig = ConvTransposeConfig<1>;
using Conv2DTransposeConfig = ConvTransposeConfig<2>;
using Conv3DTransposeConfig = ConvTransposeConfig<3>;
/// The way of a gradient through Conv1D: strides make the series longer.
struct CORNU_API Conv1DTranspose : Layer {
  explicit Conv1DTranspose(int64_t filters, const SizeOrSizes& kernel_size, Conv1DTransposeConfig config = {},
                           CallSite at = here());
};
/// The way of a gradient through Conv2D: strides make the image larger.
struct CORNU_API Conv2DTranspose : Layer {
  explicit Conv2DTranspose(int64_t filters, const SizeOrSizes& kernel_size, Conv2DTransposeConfig config = {},
                           CallSite at = here());
};
/// The way of a gradient through Conv3D: strides make the volume larger.
struct CORNU_API Conv3DTranspose : Layer {
  explicit Conv3DTranspose(int64_t filters, const SizeOrSizes& kernel_size, Conv3DTransposeConfig config = {},
                           CallSite at = here());
};

template <int rank>
struct DepthwiseConvConfig {
  static constexpr int kRank = rank;
  SizeOrSizes kernel_size = 1;  ///< Of the window.
  SizeOrSizes strides = detail::each_size(rank, 1);
  Text padding = "valid";             ///< "valid" or "same".
  int64_t depth_multiplier = 1;       ///< Channels of the output for each one of the input.
  std::optional<Text> data_format{};  ///< "channels_last" or "channels_first".
  SizeOrSizes dilation_rate = detail::each_size(rank, 1);
  Activation activation = "linear";
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform", bias_initializer = "zeros";
  Regularizer depthwise_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint depthwise_constraint{}, bias_constraint{};
  CORNU_LAYER_FIELDS;
};
using DepthwiseConv1DConfig = DepthwiseConvConfig<1>;
using DepthwiseConv2DConfig = DepthwiseConvConfig<2>;
/// Conv1D of each channel by itself.
struct CORNU_API DepthwiseConv1D : Layer {
  explicit DepthwiseConv1D(const SizeOrSizes& kernel_size, DepthwiseConv1DConfig config = {}, CallSite at = here());
};
/// Conv2D of each channel by itself.
struct CORNU_API DepthwiseConv2D : Layer {
  explicit DepthwiseConv2D(const SizeOrSizes& kernel_size, DepthwiseConv2DConfig config = {}, CallSite at = here());
};

template <int rank>
struct SeparableConvConfig {
  static constexpr int kRank = rank;
  int64_t filters = 0;          ///< Channels of the output.
  SizeOrSizes kernel_size = 1;  ///< Of the window.
  SizeOrSizes strides = detail::each_size(rank, 1);
  Text padding = "valid";             ///< "valid", "same", or, in one dimension, "causal".
  std::optional<Text> data_format{};  ///< "channels_last" or "channels_first".
  SizeOrSizes dilation_rate = detail::each_size(rank, 1);
  int64_t depth_multiplier = 1;  ///< Channels between the two parts for each one of the input.
  Activation activation = "linear";
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform", pointwise_initializer = "glorot_uniform",
              bias_initializer = "zeros";
  Regularizer depthwise_regularizer{}, pointwise_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint depthwise_constraint{}, pointwise_constraint{}, bias_constraint{};
  CORNU_LAYER_FIELDS;
};
using SeparableConv1DConfig = SeparableConvConfig<1>;
using SeparableConv2DConfig = SeparableConvConfig<2>;
/// Each channel by itself, then all channels of each place: fewer weights than Conv1D.
struct CORNU_API SeparableConv1D : Layer {
  explicit SeparableConv1D(int64_t filters, const SizeOrSizes& kernel_size, SeparableConv1DConfig config = {},
                           CallSite at = here());
};
/// Each channel by itself, then all channels of each place: fewer weights than Conv2D.
struct CORNU_API SeparableConv2D : Layer {
  explicit SeparableConv2D(int64_t filters, const SizeOrSizes& kernel_size, SeparableConv2DConfig config = {},
                           CallSite at = here());
};

}  // namespace cornu
