// Layers of series, images and volumes for check_layer, one of each class.
#pragma once
#include <cornu/cornu.h>

#include <vector>

#include "nn/check_layer.h"

namespace cornu {

inline std::vector<LayerCase> spatial_layer_cases() {
  // Small ones: what follows adds up short rows of features in one order, whatever the batch.
  const Shape series{5, 5, 2}, image{5, 3, 3, 2}, square{5, 2, 2, 2}, volume{5, 2, 2, 2, 2}, gray{5, 2, 2, 2, 1};
  return {
      {Conv1D(3, 3, {.padding = "causal"}), series, {5, 5, 3}, 2},
      {Conv2D(4, {3, 2}, {.strides = 2, .padding = "same", .activation = "relu"}), image, {5, 2, 2, 4}, 2},
      {Conv2D(4, 3, {.data_format = "channels_first", .groups = 2}), {5, 4, 3, 4}, {5, 4, 1, 2}, 2},
      {Conv3D(2, 2), volume, {5, 1, 1, 1, 2}, 2},
      {Conv1DTranspose(2, 3, {.strides = 2}), series, {5, 11, 2}, 2},
      {Conv2DTranspose(1, 3, {.strides = 2, .padding = "same", .output_padding = {{1, 0}}}), square, {5, 4, 3, 1}, 2},
      {Conv3DTranspose(1, {2, 1, 1}, {.use_bias = false}), volume, {5, 3, 2, 2, 1}, 1},
      {DepthwiseConv1D(3), series, {5, 3, 2}, 2},
      {DepthwiseConv2D(2, {.depth_multiplier = 2}), image, {5, 2, 2, 4}, 2},
      {SeparableConv1D(3, 3), series, {5, 3, 3}, 3},
      {SeparableConv2D(3, 2), image, {5, 2, 2, 3}, 3},
      {MaxPooling1D(2), series, {5, 2, 2}},
      {MaxPooling2D(2, {.padding = "same"}), image, {5, 2, 2, 2}},
      {MaxPooling3D(2, {.strides = 1}), volume, {5, 1, 1, 1, 2}},
      {AveragePooling1D(2), series, {5, 2, 2}},
      {AveragePooling2D({2, 3}, {.padding = "same"}), image, {5, 2, 1, 2}},
      {AveragePooling3D(2, {.strides = 1}), volume, {5, 1, 1, 1, 2}},
      {GlobalMaxPooling1D(), series, {5, 2}},
      {GlobalMaxPooling2D({.keepdims = true}), image, {5, 1, 1, 2}},
      {GlobalMaxPooling3D(), volume, {5, 2}},
      {GlobalAveragePooling1D(), series, {5, 2}},
      {GlobalAveragePooling2D(), image, {5, 2}},
      {GlobalAveragePooling3D({.data_format = "channels_first"}), volume, {5, 2}},
      {AdaptiveMaxPooling1D(3), series, {5, 3, 2}},
      {AdaptiveMaxPooling2D({2, 3}), image, {5, 2, 3, 2}},
      {AdaptiveMaxPooling3D(1), volume, {5, 1, 1, 1, 2}},
      {AdaptiveAveragePooling1D(3), series, {5, 3, 2}},
      {AdaptiveAveragePooling2D({2, 1}), image, {5, 2, 1, 2}},
      {AdaptiveAveragePooling3D(1), volume, {5, 1, 1, 1, 2}},
      {ZeroPadding1D({.padding = {0, 2}}), series, {5, 7, 2}},
      {ZeroPadding2D({.padding = {{1, 0}, {0, 1}}}), square, {5, 3, 3, 2}},
      {ZeroPadding3D({.padding = {{1, 0}, {0, 1}, {0, 0}}}), gray, {5, 3, 3, 2, 1}},
      {Cropping1D({.cropping = {2, 0}}), series, {5, 3, 2}},
      {Cropping2D({.cropping = {{1, 0}, {0, 1}}}), image, {5, 2, 2, 2}},
      {Cropping3D({.cropping = {{1, 0}, {0, 0}, {0, 1}}}), volume, {5, 1, 2, 1, 2}},
      {UpSampling1D(), series, {5, 10, 2}},
      {UpSampling2D({.size = {1, 2}, .interpolation = "bilinear"}), square, {5, 2, 4, 2}},
      {UpSampling3D({.size = {2, 1, 1}}), gray, {5, 4, 2, 2, 1}},
      {SpatialDropout1D(0.4), series, series},
      {SpatialDropout2D(0.4), image, image},
      {SpatialDropout3D(0.4, {.data_format = "channels_first"}), volume, volume},
      {GroupNormalization({.groups = 2}), series, series, 2},
      {BatchNormalization({.axis = 1}), image, image, 4},
  };
}

}  // namespace cornu
