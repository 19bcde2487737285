// Layers that keep a network from fitting its training data too well: noise, and penalties on activities.
#pragma once
#include <cornu/layer.h>

namespace cornu {

struct DropoutConfig {
  double rate = 0;
  std::optional<Shape> noise_shape{};  ///< Sizes 1 share one draw along their axis; -1 is the input's own size.
  std::optional<int64_t> seed{};
  CORNU_LAYER_FIELDS;
};
/// In training, sets a share `rate` of the inputs to 0 and scales the others by 1 / (1 - rate).
struct CORNU_API Dropout : Layer {
  explicit Dropout(double rate, DropoutConfig config = {}, CallSite at = here());
};
/// In training, sets a share `rate` of the inputs to the negative limit of selu, and keeps mean and variance.
struct CORNU_API AlphaDropout : Layer {
  explicit AlphaDropout(double rate, DropoutConfig config = {}, CallSite at = here());
};

struct SpatialDropout1DConfig {
  double rate = 0;
  std::optional<int64_t> seed{};
  CORNU_LAYER_FIELDS;
};
struct SpatialDropoutConfig {
  double rate = 0;
  std::optional<Text> data_format{};  ///< "channels_last" or "channels_first".
  std::optional<int64_t> seed{};
  CORNU_LAYER_FIELDS;
};
/// Dropout of whole channels of a series: neighbours are too much alike to be dropped one by one.
struct CORNU_API SpatialDropout1D : Layer {
  explicit SpatialDropout1D(double rate, SpatialDropout1DConfig config = {}, CallSite at = here());
};
/// Dropout of whole channels of an image.
struct CORNU_API SpatialDropout2D : Layer {
  explicit SpatialDropout2D(double rate, SpatialDropoutConfig config = {}, CallSite at = here());
};
/// Dropout of whole channels of a volume.
struct CORNU_API SpatialDropout3D : Layer {
  explicit SpatialDropout3D(double rate, SpatialDropoutConfig config = {}, CallSite at = here());
};

struct GaussianDropoutConfig {
  double rate = 0;
  std::optional<int64_t> seed{};
  CORNU_LAYER_FIELDS;
};
/// In training, multiplies by noise of mean 1 and variance rate / (1 - rate).
struct CORNU_API GaussianDropout : Layer {
  explicit GaussianDropout(double rate, GaussianDropoutConfig config = {}, CallSite at = here());
};

struct GaussianNoiseConfig {
  double stddev = 0;
  std::optional<int64_t> seed{};
  CORNU_LAYER_FIELDS;
};
/// In training, adds noise of mean 0.
struct CORNU_API GaussianNoise : Layer {
  explicit GaussianNoise(double stddev, GaussianNoiseConfig config = {}, CallSite at = here());
};

struct ActivityRegularizationConfig {
  double l1 = 0, l2 = 0;
  CORNU_LAYER_FIELDS;
};
/// Passes its input on, and adds l1 * sum |x| + l2 * sum x^2 to the loss.
struct CORNU_API ActivityRegularization : Layer {
  explicit ActivityRegularization(ActivityRegularizationConfig config = {}, CallSite at = here());
};

}  // namespace cornu
