// The part of keras.ops that moves blocks and scattered elements.
#include <cornu/indexing.h>

#include <cmath>
#include <limits>

#include "ops/function_table.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

using T = Tensor;

/// `x` brought into the range of another type first, so that nothing wraps.
T saturate_cast(const T& x, DType to) {
  if (x.dtype() == to || x.dtype() == DType::boolean || is_floating(to)) return ops::cast(x, to);
  double low = 0, high = 0;
  if (to == DType::boolean)
    high = 1;
  else
    with_type(to, [&]<class E>() {
      low = static_cast<double>(std::numeric_limits<E>::lowest());
      high = static_cast<double>(std::numeric_limits<E>::max());
    });
  if (!is_floating(x.dtype())) {
    double own_low = 0, own_high = 0;
    with_type(x.dtype(), [&]<class E>() {
      own_low = static_cast<double>(std::numeric_limits<E>::lowest());
      own_high = static_cast<double>(std::numeric_limits<E>::max());
    });
    low = std::max(low, own_low), high = std::min(high, own_high);
  } else if (x.dtype() == DType::f32) {  // the largest float32 that the type still holds
    if (static_cast<double>(static_cast<float>(high)) > high)
      high = static_cast<double>(std::nextafterf(static_cast<float>(high), 0.0f));
  }
  return ops::cast(ops::clip(x, ops::like_scalar(low, x), ops::like_scalar(high, x)), to);
}

std::string reduction_of(const std::optional<std::string>& given) { return given.value_or("update"); }

}  // namespace

void add_core_functions(FunctionTable& t) {
  t.add("saturate_cast(x, dtype)", saturate_cast);
  t.add("scatter(indices, values, shape)",
        [](const T& indices, const T& values, const Shape& shape) { return ops::scatter(indices, values, shape); });
  t.add("scatter_update(inputs, indices, updates, reduction=None)",
        [](const T& inputs, const T& indices, const T& updates, const std::optional<std::string>& reduction) {
          return ops::scatter_update(inputs, indices, updates, reduction_of(reduction));
        });
  t.add("slice(inputs, start_indices, shape)",
        [](const T& x, const T& start, const Shape& shape) { return ops::slice(x, start, shape); });
  t.add("slice_update(inputs, start_indices, updates)", ops::slice_update);
}

}  // namespace cornu
