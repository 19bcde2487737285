// Random numbers, 16 blocks of the generator at a time. Only operations that round exactly, so that all levels give the
// same bits.

constexpr int kPhiloxLanes = 16;
constexpr uint32_t kCount[kPhiloxLanes] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

inline I int_of(uint64_t bits) { return I(static_cast<int>(static_cast<uint32_t>(bits))); }

/// The four words of kLanes blocks of a group of 16, from block `from` on. See base/philox.h.
inline void philox_lanes(uint64_t seed, uint64_t call, uint64_t group, int from, I (&c)[4]) {
  const uint64_t first = group * kPhiloxLanes;
  c[0] = int_of(first) + load_int(kCount + from);  // no carry, since the first is a multiple of 16
  c[1] = int_of(first >> 32);
  c[2] = int_of(call);
  c[3] = int_of(call >> 32);
  I k0 = int_of(seed), k1 = int_of(seed >> 32);
  const I a = int_of(0xD2511F53), b = int_of(0xCD9E8D57);
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    I a_high, a_low, b_high, b_low;
    multiply_wide(c[0], a, &a_high, &a_low);
    multiply_wide(c[2], b, &b_high, &b_low);
    c[0] = b_high ^ c[1] ^ k0;
    c[1] = b_low;
    c[2] = a_high ^ c[3] ^ k1;
    c[3] = a_low;
    k0 = k0 + int_of(0x9E3779B9);
    k1 = k1 + int_of(0xBB67AE85);
  }
}

/// [0, 1) in steps of 2^-24.
inline V uniform_of(I bits) { return to_float(shift_right<8>(bits) & I(0xffffff)) * V(0x1p-24f); }

void random_bits(uint64_t seed, uint64_t call, uint64_t group, uint32_t* dst) {
  for (int from = 0; from < kPhiloxLanes; from += kLanes) {
    I w[4];
    philox_lanes(seed, call, group, from, w);
    for (int i = 0; i < 4; ++i) store_int(dst + i * kPhiloxLanes + from, w[i]);
  }
}

void random_uniform(uint64_t seed, uint64_t call, uint64_t group, float low, float high, float* dst) {
  for (int from = 0; from < kPhiloxLanes; from += kLanes) {
    I w[4];
    philox_lanes(seed, call, group, from, w);
    for (int i = 0; i < 4; ++i) {
      const V x = V(low) + V(high - low) * uniform_of(w[i]);
      store(dst + i * kPhiloxLanes + from, select(x < V(high), x, V(low)));  // rounding may reach high, once in 2^24
    }
  }
}

void random_mask(uint64_t seed, uint64_t call, uint64_t group, float keep, float scale, float* dst) {
  for (int from = 0; from < kPhiloxLanes; from += kLanes) {
    I w[4];
    philox_lanes(seed, call, group, from, w);
    for (int i = 0; i < 4; ++i)
      store(dst + i * kPhiloxLanes + from, select(uniform_of(w[i]) < V(keep), V(scale), V(0.0f)));
  }
}

// Logarithm, sine and cosine from additions, multiplications and divisions alone, since those of the C library differ
// between machines in the last bit. An error of 1e-12 is enough: the results are rounded to float.

/// (bits + 1) / 2^32 in (0, 1].
inline double plain_log(uint32_t bits) {
  const double x = (static_cast<double>(static_cast<int64_t>(bits)) + 1.0) * 0x1p-32;
  int64_t i;
  __builtin_memcpy(&i, &x, sizeof i);
  const int64_t e = (i - 0x3fe6a09e667f3bcd) >> 52;  // so that the mantissa is in [sqrt(1/2), sqrt(2))
  const int64_t mantissa = i - e * (int64_t{1} << 52);
  double m;
  __builtin_memcpy(&m, &mantissa, sizeof m);
  const double t = (m - 1.0) / (m + 1.0), z = t * t;
  double s = 1.0 / 17.0;
#pragma GCC unroll 8
  for (int k = 15; k >= 1; k -= 2) s = s * z + 1.0 / k;
  return 2.0 * t * s + static_cast<double>(static_cast<int32_t>(e)) * 0.69314718055994531;
}

/// sin and cos of 2 pi bits / 2^32.
inline void plain_sin_cos(uint32_t bits, double* sine, double* cosine) {
  const uint32_t quarter = (bits + (1u << 29)) >> 30;  // nearest quarter turn
  const double r = static_cast<double>(static_cast<int32_t>(bits - (quarter << 30))) * (6.283185307179586 * 0x1p-32);
  const double z = r * r;
  double s = 0, c = 0;
#pragma GCC unroll 8
  for (int k = 15; k >= 3; k -= 2) s = (1.0 + s) * z * (-1.0 / (k * (k - 1)));
#pragma GCC unroll 8
  for (int k = 16; k >= 2; k -= 2) c = (1.0 + c) * z * (-1.0 / (k * (k - 1)));
  s = r * (1.0 + s);
  c = 1.0 + c;
  const double x = quarter & 1 ? c : s, y = quarter & 1 ? s : c;
  *sine = quarter & 2 ? -x : x;
  *cosine = (quarter + 1) & 2 ? -y : y;
}

void random_normal(uint64_t seed, uint64_t call, uint64_t group, float mean, float stddev, float* dst) {
  uint32_t w[4][kPhiloxLanes];
  random_bits(seed, call, group, w[0]);
  for (int i = 0; i < 4; i += 2)
    for (int l = 0; l < kPhiloxLanes; ++l) {
      const double radius = __builtin_sqrt(-2.0 * plain_log(w[i][l]));
      double s, c;
      plain_sin_cos(w[i + 1][l], &s, &c);
      dst[i * kPhiloxLanes + l] = mean + stddev * static_cast<float>(radius * c);
      dst[(i + 1) * kPhiloxLanes + l] = mean + stddev * static_cast<float>(radius * s);
    }
}
