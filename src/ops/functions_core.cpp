// The part of keras.ops that moves blocks and scattered elements.
#include <cornu/contractions.h>
#include <cornu/indexing.h>

#include <limits>

#include "ops/function_table.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

using T = Tensor;

/// The least and the greatest number of an integer type; of bool 0 and 1.
std::pair<int64_t, uint64_t> range_of(DType dtype) {
  return with_type(dtype, []<class E>() -> std::pair<int64_t, uint64_t> {
    if constexpr (kIsInteger<E>)
      return {static_cast<int64_t>(std::numeric_limits<E>::lowest()),
              static_cast<uint64_t>(std::numeric_limits<E>::max())};
    return {0, 1};
  });
}

/// `x` brought into the range of another type first, so that nothing wraps.
T saturate_cast(const T& x, DType to) {
  if (x.dtype() == to || x.dtype() == DType::boolean || is_floating(to)) return ops::cast(x, to);
  if (is_floating(x.dtype())) {
    if (to != DType::boolean) return ops::cast(x, to);  // casts of floats end at the limits anyway
    return ops::cast(ops::clip(x, ops::like_scalar(0, x), ops::like_scalar(1, x)), to);
  }
  const auto [own_low, own_high] = range_of(x.dtype());
  const auto [low, high] = range_of(to);
  // A limit that is not beyond that of another type is within int64.
  const auto limit = [&](auto v) { return ops::beside(static_cast<int64_t>(v), x); };
  T y = x;
  if (low > own_low) y = ops::maximum(y, limit(low));
  if (high < own_high) y = ops::minimum(y, limit(high));
  return ops::cast(y, to);
}

}  // namespace

void add_core_functions(FunctionTable& t) {
  t.add("einsum(subscripts, operands)", ops::einsum);
  t.add("get_item(x, key)", ops::get_item);
  t.add("saturate_cast(x, dtype)",
        [](const T& x, std::optional<DType> to) { return saturate_cast(x, to.value_or(floatx())); });
  t.add("scatter(indices, values, shape)",
        [](const T& indices, const T& values, const Shape& shape) { return ops::scatter(indices, values, shape); });
  t.add("scatter_update(inputs, indices, updates, reduction=None)",
        [](const T& inputs, const T& indices, const T& updates, const std::optional<std::string>& reduction) {
          return ops::scatter_update(inputs, indices, updates, reduction.value_or("update"));
        });
  t.add("slice(inputs, start_indices, shape)",
        [](const T& x, const T& start, const Shape& shape) { return ops::slice(x, start, shape); });
  t.add("slice_update(inputs, start_indices, updates)", ops::slice_update);
}

}  // namespace cornu
