// Layers that take the largest or the mean of windows.
#pragma once
#include <cornu/layers/convolutional.h>

namespace cornu {

template <int rank>
struct MaxPoolingConfig {
  static constexpr int kRank = rank;
  SizeOrSizes pool_size = detail::each_size(rank, 2);
  std::optional<SizeOrSizes> strides{};  ///< None: as the windows.
  Text padding = "valid";                ///< "valid" or "same"; what is added never counts.
  std::optional<Text> data_format{};     ///< "channels_last" or "channels_first".
  CORNU_LAYER_FIELDS;
};
using MaxPooling1DConfig = MaxPoolingConfig<1>;
using MaxPooling2DConfig = MaxPoolingConfig<2>;
using MaxPooling3DConfig = MaxPoolingConfig<3>;
/// The largest of each window of a series.
struct CORNU_API MaxPooling1D : Layer {
  explicit MaxPooling1D(const SizeOrSizes& pool_size = 2, MaxPooling1DConfig config = {}, CallSite at = here());
};
/// The largest of each window of an image.
struct CORNU_API MaxPooling2D : Layer {
  explicit MaxPooling2D(const SizeOrSizes& pool_size = 2, MaxPooling2DConfig config = {}, CallSite at = here());
};
/// The largest of each window of a volume.
struct CORNU_API MaxPooling3D : Layer {
  explicit MaxPooling3D(const SizeOrSizes& pool_size = 2, MaxPooling3DConfig config = {}, CallSite at = here());
};

template <int rank>
struct AveragePoolingConfig {
  static constexpr int kRank = rank;
  SizeOrSizes pool_size = detail::each_size(rank, 2);
  std::optional<SizeOrSizes> strides{};  ///< None: as the windows.
  Text padding = "valid";                ///< "valid" or "same"; what is added never counts.
  std::optional<Text> data_format{};     ///< "channels_last" or "channels_first".
  CORNU_LAYER_FIELDS;
};
using AveragePooling1DConfig = AveragePoolingConfig<1>;
using AveragePooling2DConfig = AveragePoolingConfig<2>;
using AveragePooling3DConfig = AveragePoolingConfig<3>;
/// The mean of each window of a series.
struct CORNU_API AveragePooling1D : Layer {
  explicit AveragePooling1D(const SizeOrSizes& pool_size, AveragePooling1DConfig config = {}, CallSite at = here());
};
/// The mean of each window of an image.
struct CORNU_API AveragePooling2D : Layer {
  explicit AveragePooling2D(const SizeOrSizes& pool_size, AveragePooling2DConfig config = {}, CallSite at = here());
};
/// The mean of each window of a volume.
struct CORNU_API AveragePooling3D : Layer {
  explicit AveragePooling3D(const SizeOrSizes& pool_size, AveragePooling3DConfig config = {}, CallSite at = here());
};

struct GlobalPoolingConfig {
  std::optional<Text> data_format{};  ///< "channels_last" or "channels_first".
  bool keepdims = false;              ///< Keeps the axes that go, with a size of 1.
  CORNU_LAYER_FIELDS;
};
/// The mean over all steps, of those that a mask does not leave out.
struct CORNU_API GlobalAveragePooling1D : Layer {
  explicit GlobalAveragePooling1D(GlobalPoolingConfig config = {}, CallSite at = here());
};
/// The mean over all places of an image.
struct CORNU_API GlobalAveragePooling2D : Layer {
  explicit GlobalAveragePooling2D(GlobalPoolingConfig config = {}, CallSite at = here());
};
/// The mean over all places of a volume.
struct CORNU_API GlobalAveragePooling3D : Layer {
  explicit GlobalAveragePooling3D(GlobalPoolingConfig config = {}, CallSite at = here());
};
/// The largest of all steps.
struct CORNU_API GlobalMaxPooling1D : Layer {
  explicit GlobalMaxPooling1D(GlobalPoolingConfig config = {}, CallSite at = here());
};
/// The largest of all places of an image.
struct CORNU_API GlobalMaxPooling2D : Layer {
  explicit GlobalMaxPooling2D(GlobalPoolingConfig config = {}, CallSite at = here());
};
/// The largest of all places of a volume.
struct CORNU_API GlobalMaxPooling3D : Layer {
  explicit GlobalMaxPooling3D(GlobalPoolingConfig config = {}, CallSite at = here());
};

struct AdaptivePoolingConfig {
  SizeOrSizes output_size = 1;        ///< Of the result, without batch and channels.
  std::optional<Text> data_format{};  ///< "channels_last" or "channels_first".
  CORNU_LAYER_FIELDS;
};
/// The mean of windows that share a series out evenly.
struct CORNU_API AdaptiveAveragePooling1D : Layer {
  explicit AdaptiveAveragePooling1D(const SizeOrSizes& output_size, AdaptivePoolingConfig config = {},
                                    CallSite at = here());
};
/// The mean of windows that share an image out evenly.
struct CORNU_API AdaptiveAveragePooling2D : Layer {
  explicit AdaptiveAveragePooling2D(const SizeOrSizes& output_size, AdaptivePoolingConfig config = {},
                                    CallSite at = here());
};
/// The mean of windows that share a volume out evenly.
struct CORNU_API AdaptiveAveragePooling3D : Layer {
  explicit AdaptiveAveragePooling3D(const SizeOrSizes& output_size, AdaptivePoolingConfig config = {},
                                    CallSite at = here());
};
/// The largest of windows that share a series out evenly.
struct CORNU_API AdaptiveMaxPooling1D : Layer {
  explicit AdaptiveMaxPooling1D(const SizeOrSizes& output_size, AdaptivePoolingConfig config = {},
                                CallSite at = here());
};
/// The largest of windows that share an image out evenly.
struct CORNU_API AdaptiveMaxPooling2D : Layer {
  explicit AdaptiveMaxPooling2D(const SizeOrSizes& output_size, AdaptivePoolingConfig config = {},
                                CallSite at = here());
};
/// The largest of windows that share a volume out evenly.
struct CORNU_API AdaptiveMaxPooling3D : Layer {
  explicit AdaptiveMaxPooling3D(const SizeOrSizes& output_size, AdaptivePoolingConfig config = {},
                                CallSite at = here());
};

}  // namespace cornu
