// Layers of series, images and volumes for check_layer, one of each class.
#pragma once
#include <cornu/cornu.h>

#include <vector>

#include "nn/check_layer.h"

namespace cornu {

inline std::vector<LayerCase> spatial_layer_cases() {
  const Shape series{5, 7, 4}, image{5, 6, 7, 2}, volume{5, 3, 4, 3, 2};
  return {
      {Conv1D(3, 3, {.padding = "causal"}), series, {5, 7, 3}, 2},
      {Conv2D(4, {3, 2}, {.strides = 2, .padding = "same", .activation = "relu"}), image, {5, 3, 4, 4}, 2},
      {Conv2D(4, 3, {.data_format = "channels_first", .groups = 2}), {5, 4, 5, 6}, {5, 4, 3, 4}, 2},
      {Conv3D(3, 2), volume, {5, 2, 3, 2, 3}, 2},
      {Conv1DTranspose(3, 3, {.strides = 2}), series, {5, 15, 3}, 2},
      {Conv2DTranspose(3, 3, {.strides = 2, .padding = "same", .output_padding = {{1, 0}}}), image, {5, 12, 13, 3}, 2},
      {Conv3DTranspose(3, 2, {.use_bias = false}), volume, {5, 4, 5, 4, 3}, 1},
      {DepthwiseConv1D(3), series, {5, 5, 4}, 2},
      {DepthwiseConv2D(3, {.padding = "same", .depth_multiplier = 2}), image, {5, 6, 7, 4}, 2},
      {SeparableConv1D(3, 3), series, {5, 5, 3}, 3},
      {SeparableConv2D(3, 2), image, {5, 5, 6, 3}, 3},
      {MaxPooling1D(2), series, {5, 3, 4}},
      {MaxPooling2D(2, {.padding = "same"}), image, {5, 3, 4, 2}},
      {MaxPooling3D(2, {.strides = 1}), volume, {5, 2, 3, 2, 2}},
      {AveragePooling1D(2), series, {5, 3, 4}},
      {AveragePooling2D({2, 3}, {.padding = "same"}), image, {5, 3, 3, 2}},
      {AveragePooling3D(2, {.strides = 1}), volume, {5, 2, 3, 2, 2}},
      {GlobalMaxPooling1D(), series, {5, 4}},
      {GlobalMaxPooling2D({.keepdims = true}), image, {5, 1, 1, 2}},
      {GlobalMaxPooling3D(), volume, {5, 2}},
      {GlobalAveragePooling1D(), series, {5, 4}},
      {GlobalAveragePooling2D(), image, {5, 2}},
      {GlobalAveragePooling3D({.data_format = "channels_first"}), volume, {5, 3}},
      {AdaptiveMaxPooling1D(3), series, {5, 3, 4}},
      {AdaptiveMaxPooling2D({2, 3}), image, {5, 2, 3, 2}},
      {AdaptiveMaxPooling3D(2), volume, {5, 2, 2, 2, 2}},
      {AdaptiveAveragePooling1D(3), series, {5, 3, 4}},
      {AdaptiveAveragePooling2D({4, 3}), image, {5, 4, 3, 2}},
      {AdaptiveAveragePooling3D(2), volume, {5, 2, 2, 2, 2}},
      {ZeroPadding1D({.padding = {0, 2}}), series, {5, 9, 4}},
      {ZeroPadding2D({.padding = {{1, 0}, {2, 1}}}), image, {5, 7, 10, 2}},
      {ZeroPadding3D(), volume, {5, 5, 6, 5, 2}},
      {Cropping1D({.cropping = {2, 0}}), series, {5, 5, 4}},
      {Cropping2D({.cropping = {{1, 0}, {2, 1}}}), image, {5, 5, 4, 2}},
      {Cropping3D(), volume, {5, 1, 2, 1, 2}},
      {UpSampling1D(), series, {5, 14, 4}},
      {UpSampling2D({.size = {1, 3}, .interpolation = "bilinear"}), image, {5, 6, 21, 2}},
      {UpSampling3D({.size = {2, 1, 1}}), volume, {5, 6, 4, 3, 2}},
      {SpatialDropout1D(0.4), series, series},
      {SpatialDropout2D(0.4), image, image},
      {SpatialDropout3D(0.4, {.data_format = "channels_first"}), volume, volume},
      {GroupNormalization({.groups = 2}), series, series, 2},
      {BatchNormalization({.axis = 1}), image, image, 4},
  };
}

}  // namespace cornu
