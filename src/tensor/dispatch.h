// From an element type known at run time to a C++ type.
#pragma once
#include <cornu/shape.h>

#include <type_traits>

namespace cornu {

/// Calls f.template operator()<T>() with the C++ type of `dtype`.
template <class F>
auto with_type(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f64:
      return f.template operator()<double>();
    case DType::i32:
      return f.template operator()<int32_t>();
    case DType::i64:
      return f.template operator()<int64_t>();
    case DType::u8:
      return f.template operator()<uint8_t>();
    case DType::u32:
      return f.template operator()<uint32_t>();
    case DType::boolean:
      return f.template operator()<bool>();
    default:
      return f.template operator()<float>();
  }
}

/// A number as an element: integers wrap where they are too small for it, as NumPy's do.
template <class T>
T element_of(double value) {
  if constexpr (std::is_floating_point_v<T> || std::is_same_v<T, bool>) {
    return static_cast<T>(value);
  } else {
    constexpr double kLimit = 9223372036854775808.0;  // 2^63
    return value >= -kLimit && value < kLimit ? static_cast<T>(static_cast<int64_t>(value)) : T(0);
  }
}

}  // namespace cornu
