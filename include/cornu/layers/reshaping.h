// Layers that change the shape of their input and no value.
#pragma once
#include <cornu/layer.h>

namespace cornu {

struct FlattenConfig {
  std::optional<Text> data_format{};  ///< "channels_last" or "channels_first".
  CORNU_LAYER_FIELDS;
};
/// All axes but the first in one; with channels_first, axis 1 goes to the end before.
struct CORNU_API Flatten : Layer {
  explicit Flatten(FlattenConfig config = {}, CallSite at = here());
};

struct ReshapeConfig {
  Shape target_shape;  ///< Without the batch axis; one size may be -1.
  CORNU_LAYER_FIELDS;
};
/// The same elements in another shape.
struct CORNU_API Reshape : Layer {
  explicit Reshape(const Shape& target_shape, ReshapeConfig config = {}, CallSite at = here());
};

struct PermuteConfig {
  std::vector<int64_t> dims{};
  CORNU_LAYER_FIELDS;
};
/// Axes in the order `dims`, counted from 1, since the batch stays first.
struct CORNU_API Permute : Layer {
  explicit Permute(const std::vector<int64_t>& dims, PermuteConfig config = {}, CallSite at = here());
};

struct RepeatVectorConfig {
  int64_t n = 1;
  CORNU_LAYER_FIELDS;
};
/// (batch, features) to (batch, n, features).
struct CORNU_API RepeatVector : Layer {
  explicit RepeatVector(int64_t n, RepeatVectorConfig config = {}, CallSite at = here());
};

}  // namespace cornu
