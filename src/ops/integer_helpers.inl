// What integer_formulas.inl is written with. Included inside the namespace of whoever uses the formulas.

inline int32_t signed_of(uint32_t x) { return static_cast<int32_t>(x); }
inline float float_of(uint32_t x) { return __builtin_bit_cast(float, x); }
inline uint32_t bits_of(float x) { return __builtin_bit_cast(uint32_t, x); }
inline uint32_t truth(bool is) { return is ? 0x3f800000u : 0u; }

/// Towards minus infinity; by 0 gives 0.
inline uint32_t floor_divided(uint32_t x, uint32_t y) {
  const int32_t a = signed_of(x), b = signed_of(y);
  if (b == 0) return 0;
  if (b == -1) return 0u - x;  // the least number has no negative
  return static_cast<uint32_t>(a / b - (a % b != 0 && (a < 0) != (b < 0)));
}
inline uint32_t whole_power(uint32_t x, uint32_t y) {
  uint32_t result = 1;
  for (; y != 0; y >>= 1, x *= x)
    if (y & 1) result *= x;
  return result;
}
/// Negative powers are 0 but for those of 1 and -1.
inline uint32_t signed_power(uint32_t x, uint32_t y) {
  if (signed_of(y) >= 0) return whole_power(x, y);
  return x == 1 ? 1 : x == ~0u ? (y & 1 ? x : 1u) : 0u;
}
/// Towards zero; the nearest limit for what is outside, 0 for NaN.
inline uint32_t limited(float x, int32_t least, int32_t most) {
  const float low = x > static_cast<float>(least) ? x : static_cast<float>(least);
  const float inside = low < static_cast<float>(most) ? low : static_cast<float>(most);
  return x == x ? static_cast<uint32_t>(static_cast<int32_t>(inside)) : 0u;
}
inline uint32_t int32_limited(float x) {
  if (x >= 2147483648.0f) return 0x7fffffffu;
  if (x < -2147483648.0f) return 0x80000000u;
  return x == x ? static_cast<uint32_t>(static_cast<int32_t>(x)) : 0u;
}
inline uint32_t uint32_limited(float x) {
  if (x >= 4294967296.0f) return ~0u;
  return x > 0.0f ? static_cast<uint32_t>(static_cast<int64_t>(x)) : 0u;
}
