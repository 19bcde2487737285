// Convolutions and pooling of images, series and volumes: x is (batch, sizes ..., channels) or, with "channels_first",
// (batch, channels, sizes ...), of 1, 2 or 3 sizes. Names and semantics are those of keras.ops.
#pragma once
#include <cornu/tensor.h>
#include <cornu/text.h>

#include <optional>
#include <vector>

namespace cornu {

/// Where the channels stand if nothing else is said: "channels_last", unless this process set the other one.
CORNU_API void set_image_data_format(const Text& format);
CORNU_API std::string image_data_format();

namespace ops {

/// One number for each size, or one for all of them.
using Sizes = std::vector<int64_t>;

struct ConvOptions {
  Sizes strides = {1};
  Text padding = "valid";  ///< "valid", "same", or, of one size, "causal".
  std::optional<Text> data_format{};
  Sizes dilation_rate = {1};
};
/// The kernel is (sizes ..., channels / groups, filters): its channels say how many groups there are.
CORNU_API Tensor conv(const Tensor& inputs, const Tensor& kernel, const ConvOptions& options = {});
/// Every channel by itself: the kernel is (sizes ..., channels, multiplier), the result has channels * multiplier.
CORNU_API Tensor depthwise_conv(const Tensor& inputs, const Tensor& kernel, const ConvOptions& options = {});
/// depthwise_conv, and conv of its result with a kernel of sizes 1.
CORNU_API Tensor separable_conv(const Tensor& inputs, const Tensor& depthwise_kernel, const Tensor& pointwise_kernel,
                                const ConvOptions& options = {});

struct ConvTransposeOptions {
  Sizes strides = {1};
  Text padding = "valid";                 ///< "valid" or "same".
  std::optional<Sizes> output_padding{};  ///< What the result is longer than it need be.
  std::optional<Text> data_format{};
  Sizes dilation_rate = {1};
};
/// What conv does to a gradient: the kernel is (sizes ..., filters, channels).
CORNU_API Tensor conv_transpose(const Tensor& inputs, const Tensor& kernel, const ConvTransposeOptions& options = {});

struct PoolOptions {
  Sizes strides{};         ///< None: those of the windows.
  Text padding = "valid";  ///< "valid" or "same"; what is added never counts.
  std::optional<Text> data_format{};
};
/// The largest of each window. Where several are, the first gets the gradient.
CORNU_API Tensor max_pool(const Tensor& inputs, const Sizes& pool_size, const PoolOptions& options = {});
CORNU_API Tensor average_pool(const Tensor& inputs, const Sizes& pool_size, const PoolOptions& options = {});
/// Windows that share the input out evenly, so that the result has the given sizes.
CORNU_API Tensor adaptive_max_pool(const Tensor& inputs, const Sizes& output_size,
                                   const std::optional<Text>& data_format = {});
CORNU_API Tensor adaptive_average_pool(const Tensor& inputs, const Sizes& output_size,
                                       const std::optional<Text>& data_format = {});

}  // namespace ops
}  // namespace cornu
