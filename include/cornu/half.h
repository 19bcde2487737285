// Floating numbers of 16 bits: how they are stored, and conversions. Arithmetic on them is that of float.
#pragma once
#include <bit>
#include <cstdint>
#include <type_traits>

namespace cornu {
namespace detail {

/// Of the nearest float16, halves to even; too large ones become infinite.
constexpr uint16_t float16_bits(float value) {
  const uint32_t all = std::bit_cast<uint32_t>(value), sign = all >> 16 & 0x8000, size = all & 0x7fffffff;
  if (size > 0x7f800000) return static_cast<uint16_t>(sign | 0x7e00 | (size >> 13 & 0x1ff));  // NaN
  if (size >= 0x477ff000) return static_cast<uint16_t>(sign | 0x7c00);                        // from 65520 on
  if (size < 0x38800000) {  // below 2^-14: multiples of 2^-24, as which the addition leaves them in the last bits
    const float there = std::bit_cast<float>(size) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(there) - 0x3f000000));
  }
  return static_cast<uint16_t>(sign | (size - 0x38000000 + 0xfff + (size >> 13 & 1)) >> 13);
}
constexpr float from_float16_bits(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16, size = bits & 0x7fff;
  if (size >= 0x7c00) return std::bit_cast<float>(sign | 0x7f800000 | size << 13);
  if (size >= 0x400) return std::bit_cast<float>(sign | ((size << 13) + 0x38000000));
  const float small = static_cast<float>(size) * 0x1p-24f;
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(small));
}
/// Of the nearest bfloat16, halves to even.
constexpr uint16_t bfloat16_bits(float value) {
  const uint32_t all = std::bit_cast<uint32_t>(value);
  if ((all & 0x7fffffff) > 0x7f800000) return static_cast<uint16_t>(all >> 16 | 0x40);  // NaN
  return static_cast<uint16_t>((all + 0x7fff + (all >> 16 & 1)) >> 16);
}
constexpr float from_bfloat16_bits(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

/// The float towards zero, its last bit set if anything was lost: rounded once more, to fewer bits, it gives what one
/// rounding of `value` would.
constexpr float rounded_to_odd(double value) {
  const float near = static_cast<float>(value);
  const double back = static_cast<double>(near);
  if (back == value || value != value || near - near != 0.0f) return near;
  const uint32_t bits = std::bit_cast<uint32_t>(near);
  if (bits & 1) return near;
  const bool away = (back > value) == (value > 0);
  return std::bit_cast<float>(away ? bits - 1 : bits + 1);
}

/// What both types share: a value of 16 bits that reads as a float and is made of one.
template <uint16_t (*kPack)(float), float (*kUnpack)(uint16_t)>
struct Half {
  uint16_t bits = 0;

  constexpr Half() = default;
  explicit constexpr Half(float value) : bits(kPack(value)) {}
  /// Rounded once; integers become floats first.
  template <class T>
  requires std::is_arithmetic_v<T>
  explicit constexpr Half(T value) : bits(kPack(packed_from(value))) {}
  template <class T>
  static constexpr float packed_from(T value) {
    if constexpr (std::is_integral_v<T>)
      return static_cast<float>(value);
    else
      return rounded_to_odd(static_cast<double>(value));
  }
  constexpr operator float() const { return kUnpack(bits); }
  static constexpr Half from_bits(uint16_t bits) {
    Half h;
    h.bits = bits;
    return h;
  }
};

}  // namespace detail

/// IEEE's half precision: 11 significant bits, up to 65504.
using float16 = detail::Half<detail::float16_bits, detail::from_float16_bits>;
/// The upper half of a float: 8 significant bits, its range.
using bfloat16 = detail::Half<detail::bfloat16_bits, detail::from_bfloat16_bits>;

static_assert(sizeof(float16) == 2 && sizeof(bfloat16) == 2);

}  // namespace cornu
