// The rows of keras.ops that slide windows.
#include <cornu/convolution.h>

#include "ops/function_table.h"

namespace cornu {
namespace {

using T = Tensor;
using ops::Sizes;
using OptionalSizes = std::optional<Sizes>;
using Format = std::optional<Text>;

template <T (*f)(const T&, const Sizes&, const ops::PoolOptions&)>
T pool(const T& x, const Sizes& size, const OptionalSizes& strides, const Text& padding, const Format& format) {
  return f(x, size, {.strides = strides.value_or(Sizes()), .padding = padding, .data_format = format});
}
template <T (*f)(const T&, const T&, const ops::ConvOptions&)>
T conv(const T& x, const T& kernel, const Sizes& strides, const Text& padding, const Format& format,
       const Sizes& dilation) {
  return f(x, kernel, {.strides = strides, .padding = padding, .data_format = format, .dilation_rate = dilation});
}

}  // namespace

void add_window_functions(FunctionTable& t) {
  t.add("conv(inputs, kernel, strides=1, padding=\"valid\", data_format=None, dilation_rate=1)", conv<ops::conv>);
  t.add("depthwise_conv(inputs, kernel, strides=1, padding=\"valid\", data_format=None, dilation_rate=1)",
        conv<ops::depthwise_conv>);
  t.add(
      "separable_conv(inputs, depthwise_kernel, pointwise_kernel, strides=1, padding=\"valid\", data_format=None, "
      "dilation_rate=1)",
      [](const T& x, const T& depthwise, const T& pointwise, const Sizes& strides, const Text& padding,
         const Format& format, const Sizes& dilation) {
        return ops::separable_conv(
            x, depthwise, pointwise,
            {.strides = strides, .padding = padding, .data_format = format, .dilation_rate = dilation});
      });
  t.add(
      "conv_transpose(inputs, kernel, strides=1, padding=\"valid\", output_padding=None, data_format=None, "
      "dilation_rate=1)",
      [](const T& x, const T& kernel, const Sizes& strides, const Text& padding, const OptionalSizes& output_padding,
         const Format& format, const Sizes& dilation) {
        return ops::conv_transpose(x, kernel,
                                   {.strides = strides,
                                    .padding = padding,
                                    .output_padding = output_padding,
                                    .data_format = format,
                                    .dilation_rate = dilation});
      });
  t.add("max_pool(inputs, pool_size, strides=None, padding=\"valid\", data_format=None)", pool<ops::max_pool>);
  t.add("average_pool(inputs, pool_size, strides=None, padding=\"valid\", data_format=None)", pool<ops::average_pool>);
  t.add("adaptive_max_pool(inputs, output_size, data_format=None)", ops::adaptive_max_pool);
  t.add("adaptive_average_pool(inputs, output_size, data_format=None)", ops::adaptive_average_pool);
}

}  // namespace cornu
