// Floats of 16 bits, which are only read from files.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace cornu {

inline float bfloat16_to_float(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

inline float half_to_float(uint16_t bits) {
  const int exponent = (bits >> 10) & 31, mantissa = bits & 1023;
  float v = 0;
  if (exponent == 31)
    v = mantissa ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
  else
    v = std::ldexp(static_cast<float>(exponent ? mantissa + 1024 : mantissa), (exponent ? exponent : 1) - 25);
  return bits & 0x8000 ? -v : v;
}

}  // namespace cornu
