// Layers that make one tensor of several, given in a list: `Tensor y = Add()({a, b}).leaf();`.
#pragma once
#include <cornu/layer.h>

namespace cornu {

struct MergeConfig {
  CORNU_LAYER_FIELDS;
};
/// Element by element, of tensors of one shape, or of shapes that broadcast; of one with fewer axes, those behind the
/// first are the last ones of the others. A position of the result is masked where it is in all inputs; if one of them
/// has no mask, it has none.
struct CORNU_API Add : Layer {
  explicit Add(MergeConfig config = {}, CallSite at = here());
};
/// a - b, of two tensors.
struct CORNU_API Subtract : Layer {
  explicit Subtract(MergeConfig config = {}, CallSite at = here());
};
/// The product of all, as Add does it.
struct CORNU_API Multiply : Layer {
  explicit Multiply(MergeConfig config = {}, CallSite at = here());
};
/// The mean of all, as Add does it.
struct CORNU_API Average : Layer {
  explicit Average(MergeConfig config = {}, CallSite at = here());
};
/// The largest of all, element by element.
struct CORNU_API Maximum : Layer {
  explicit Maximum(MergeConfig config = {}, CallSite at = here());
};
/// The smallest of all, element by element.
struct CORNU_API Minimum : Layer {
  explicit Minimum(MergeConfig config = {}, CallSite at = here());
};

/// Its input, whatever that is.
struct CORNU_API Identity : Layer {
  explicit Identity(MergeConfig config = {}, CallSite at = here());
};

struct ConcatenateConfig {
  int64_t axis = -1;
  CORNU_LAYER_FIELDS;
};
/// One behind the other along an axis; all other sizes agree.
struct CORNU_API Concatenate : Layer {
  explicit Concatenate(ConcatenateConfig config = {}, CallSite at = here());
};

struct DotConfig {
  std::vector<int64_t> axes{};  ///< One for both tensors, or one for each; the batch is axis 0.
  bool normalize = false;       ///< To length 1 along the axis, so that the result is the cosine.
  CORNU_LAYER_FIELDS;
};
/// Of each sample, the sum of products along an axis of two tensors: (batch, a, d) and (batch, b, d) give (batch, a,
/// b).
struct CORNU_API Dot : Layer {
  explicit Dot(const std::vector<int64_t>& axes, DotConfig config = {}, CallSite at = here());
};

}  // namespace cornu
