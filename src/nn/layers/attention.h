// What the layers of attention share.
#pragma once
#include <cornu/layer.h>
#include <cornu/ops.h>

namespace cornu {

/// bool (1, ..., 1, steps, places): which places each step may see, where none sees a later one, or none that is
/// `window` or more away. Undefined where neither is asked for. `scores`: (..., steps, places), for the sizes.
Tensor places_seen(const Tensor& scores, bool causal, std::optional<int64_t> window);
/// Both, where both are there.
Tensor both_masks(const Tensor& a, const Tensor& b);
/// Keras' stand-in for minus infinity where a place is not seen, so that rows of nothing else have no NaN in a softmax.
Tensor hide_unseen(const Tensor& scores, const Tensor& seen);

}  // namespace cornu
