// From an element type known at run time to a C++ type.
#pragma once
#include <cornu/shape.h>

#include <limits>
#include <type_traits>

namespace cornu {

/// Calls f.template operator()<T>() with the C++ type of `dtype`.
template <class F>
auto with_type(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f32:
      break;
    case DType::f64:
      return f.template operator()<double>();
    case DType::f16:
      return f.template operator()<float16>();
    case DType::bf16:
      return f.template operator()<bfloat16>();
    case DType::i8:
      return f.template operator()<int8_t>();
    case DType::i16:
      return f.template operator()<int16_t>();
    case DType::i32:
      return f.template operator()<int32_t>();
    case DType::i64:
      return f.template operator()<int64_t>();
    case DType::u8:
      return f.template operator()<uint8_t>();
    case DType::u16:
      return f.template operator()<uint16_t>();
    case DType::u32:
      return f.template operator()<uint32_t>();
    case DType::u64:
      return f.template operator()<uint64_t>();
    case DType::boolean:
      return f.template operator()<bool>();
  }
  return f.template operator()<float>();
}

template <class T>
constexpr bool kIsHalf = std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>;
template <class T>
constexpr bool kIsFloating = std::is_floating_point_v<T> || kIsHalf<T>;
template <class T>
constexpr bool kIsInteger = std::is_integral_v<T> && !std::is_same_v<T, bool>;

/// The one of three types that holds every element of T exactly.
template <class T>
using Wider =
    std::conditional_t<kIsFloating<T>, double, std::conditional_t<std::is_same_v<T, uint64_t>, uint64_t, int64_t>>;

/// An element as another type: halves round to even, integers wrap in integers, and a floating number that an integer
/// type does not hold becomes its nearest one, NaN 0, as with Keras on JAX.
template <class To, class From>
To converted(From x) {
  if constexpr (kIsHalf<From> && !std::is_same_v<To, From>) {
    return converted<To>(static_cast<float>(x));
  } else if constexpr (kIsFloating<From> && kIsInteger<To>) {
    using Limits = std::numeric_limits<To>;
    // The first number too large, which is a power of two and so exact in any floating type.
    const From above = static_cast<From>(Limits::max() / 2 + 1) * From(2);
    if (x != x) return To(0);
    if (x >= above) return Limits::max();
    if (x <= static_cast<From>(Limits::min())) return Limits::min();
    return static_cast<To>(x);
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else {
    return static_cast<To>(x);
  }
}

/// A number as an element: integers wrap where they are too small for it, as NumPy's do.
template <class T>
T element_of(double value) {
  if constexpr (!kIsInteger<T>) {
    return static_cast<T>(value);
  } else {
    constexpr double kLimit = 9223372036854775808.0;  // 2^63
    if (value >= kLimit && value < 2 * kLimit) return static_cast<T>(static_cast<uint64_t>(value));
    return value >= -kLimit && value < kLimit ? static_cast<T>(static_cast<int64_t>(value)) : T(0);
  }
}

}  // namespace cornu
