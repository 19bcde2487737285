// What layers of series, images and volumes say.
#include "errors/check_errors.h"

namespace cornu {
namespace {

TEST(Errors, Spatial) {
  const Tensor image({1, 5, 6, 3}), series({1, 7, 3});
  check_errors("spatial.txt",
               {
                   {"filters", [] { Conv2D(0, 3, {.name = "c"}); }},
                   {"kernel_of_three_sizes",
                    [] {
                      Conv2D(4, {3, 3, 3}, {.name = "c"});
                    }},
                   {"kernel_of_no_size",
                    [] {
                      Conv2D(4, {3, 0}, {.name = "c"});
                    }},
                   {"strides_beside_dilation", [] { Conv2D(4, 3, {.strides = 2, .dilation_rate = 2, .name = "c"}); }},
                   {"filters_and_groups", [] { Conv2D(4, 3, {.groups = 3, .name = "c"}); }},
                   {"causal_image", [] { Conv2D(4, 3, {.padding = "causal", .name = "c"}); }},
                   {"format", [] { Conv2D(4, 3, {.data_format = "channels", .name = "c"}); }},
                   {"series_for_an_image", [&] { Conv2D(4, 3, {.name = "c"})(series); }},
                   {"channels_and_groups", [&] { Conv2D(4, 3, {.groups = 2, .name = "c"})(image); }},
                   {"other_channels_than_built_for",
                    [&] {
                      const Layer c = Conv2D(4, 3, {.name = "c"});
                      c(image);
                      c(Tensor({1, 5, 6, 4}));
                    }},
                   {"window_larger_than_the_image",
                    [&] {
                      Conv2D(4, {3, 8}, {.name = "c"})(image);
                    }},
                   {"unknown_channels",
                    [] {
                      Sequential m({Input({5, 5, -1}), Conv2D(4, 3, {.name = "c"})}, "m");
                      m.build({5, 5, -1});
                    }},
                   {"output_padding", [] { Conv2DTranspose(4, 3, {.strides = 2, .output_padding = 2, .name = "c"}); }},
                   {"depth_multiplier", [] { DepthwiseConv2D(3, {.depth_multiplier = 0, .name = "c"}); }},
                   {"pool_size",
                    [] {
                      MaxPooling2D({2, 0}, {.name = "p"});
                    }},
                   {"pool_padding", [] { MaxPooling1D(2, {.padding = "causal", .name = "p"}); }},
                   {"pool_larger_than_the_image", [&] { AveragePooling2D(6, {.name = "p"})(image); }},
                   {"pool_of_a_table",
                    [] {
                      GlobalMaxPooling2D({.name = "p"})(Tensor({2, 3}));
                    }},
                   {"cropping_all",
                    [&] {
                      Cropping1D({.cropping = {4, 3}, .name = "p"})(series);
                    }},
                   {"cropping_below_zero", [] { Cropping2D({.cropping = -1, .name = "p"}); }},
                   {"padding_of_three",
                    [] {
                      ZeroPadding2D({.padding = {1, 2, 3}, .name = "p"});
                    }},
                   {"up_sampling", [] { UpSampling2D({.interpolation = "area", .name = "p"}); }},
                   {"groups_of_a_norm", [&] { GroupNormalization({.groups = 2, .name = "n"})(image); }},
                   {"kernel_function",
                    [&] {
                      ops::conv(image, Tensor({3, 3, 2, 4}));
                    }},
                   {"kernel_of_another_rank",
                    [&] {
                      ops::conv(image, Tensor({3, 3, 4}));
                    }},
                   {"table_for_a_function",
                    [] {
                      ops::max_pool(Tensor({2, 3}), {2});
                    }},
                   {"transposed_function",
                    [&] {
                      ops::conv_transpose(image, Tensor({3, 3, 4, 2}));
                    }},
               });
}

}  // namespace
}  // namespace cornu
