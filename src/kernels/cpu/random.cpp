// Random tensors from the counter-based generator.
#include "kernels/cpu/random.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "base/philox.h"

namespace cornu {
namespace {

/// Calls value(block, float[4]) for each block of four; ns is the rough cost of one.
template <class T, class F>
void fill_blocks(uint64_t seed, uint64_t call, T* dst, int64_t n, double ns, F&& value) {
  const int64_t blocks = (n + 3) / 4;
  const int64_t each = std::max<int64_t>(1, static_cast<int64_t>(20e3 / ns));
  const int64_t tasks = static_cast<double>(blocks) * ns < 50e3 ? 1 : (blocks + each - 1) / each;
  parallel_for(tasks, [&](int64_t task) {
    const int64_t first = tasks == 1 ? 0 : task * each, last = tasks == 1 ? blocks : std::min(blocks, first + each);
    for (int64_t b = first; b < last; ++b) {
      T v[4];
      value(philox(seed, call, static_cast<uint64_t>(b)), v);
      const int64_t count = std::min<int64_t>(4, n - 4 * b);
      if (count == 4)
        for (int i = 0; i < 4; ++i) dst[4 * b + i] = v[i];
      else
        for (int64_t i = 0; i < count; ++i) dst[4 * b + i] = v[i];
    }
  });
}

// Logarithm, sine and cosine from additions and multiplications alone, since those of the C library differ between
// machines in the last bit. 1e-12 is enough: the results are rounded to float.

/// x in (0, 1].
double plain_log(double x) {
  int e = 0;
  double m = std::frexp(x, &e);  // exact
  if (m < 0.70710678118654752) m *= 2, --e;
  const double t = (m - 1) / (m + 1), z = t * t;
  double s = 0;
  for (int k = 17; k >= 1; k -= 2) s = s * z + 1.0 / k;
  return 2 * t * s + e * 0.69314718055994531;
}

/// sin and cos of 2 pi u, u in [0, 1).
void plain_sin_cos(double u, double* sine, double* cosine) {
  const double quarter = std::floor(u * 4 + 0.5), r = (u - quarter / 4) * 6.283185307179586, z = r * r;
  double s = 0, c = 0;
  for (int k = 17; k >= 3; k -= 2) s = (1 + s) * -z / (k * (k - 1));
  for (int k = 18; k >= 2; k -= 2) c = (1 + c) * -z / (k * (k - 1));
  s = r * (1 + s);
  c = 1 + c;
  const int q = static_cast<int>(quarter) & 3;
  *sine = q == 0 ? s : q == 1 ? c : q == 2 ? -s : -c;
  *cosine = q == 0 ? c : q == 1 ? -s : q == 2 ? -c : s;
}

}  // namespace

void random_bits(uint64_t seed, uint64_t call, uint32_t* dst, int64_t n) {
  fill_blocks(seed, call, dst, n, 8, [](const PhiloxBlock& b, uint32_t* v) { std::copy(b.begin(), b.end(), v); });
}

void random_uniform(uint64_t seed, uint64_t call, float low, float high, float* dst, int64_t n) {
  const float width = high - low, below = std::nextafter(high, low);
  fill_blocks(seed, call, dst, n, 8, [=](const PhiloxBlock& b, float* v) {
    for (size_t i = 0; i < 4; ++i) v[i] = std::min(low + width * uniform_from_bits(b[i]), std::max(below, low));
  });
}

void random_normal(uint64_t seed, uint64_t call, float mean, float stddev, float* dst, int64_t n) {
  fill_blocks(seed, call, dst, n, 60, [=](const PhiloxBlock& b, float* v) {
    for (size_t i = 0; i < 4; i += 2) {
      const double u = (static_cast<double>(b[i]) + 1) * 0x1p-32, angle = static_cast<double>(b[i + 1]) * 0x1p-32;
      const double radius = std::sqrt(-2 * plain_log(u));
      double s, c;
      plain_sin_cos(angle, &s, &c);
      v[i] = mean + stddev * static_cast<float>(radius * c);
      v[i + 1] = mean + stddev * static_cast<float>(radius * s);
    }
  });
}

void random_mask(uint64_t seed, uint64_t call, float keep, float scale, float* dst, int64_t n) {
  fill_blocks(seed, call, dst, n, 8, [=](const PhiloxBlock& b, float* v) {
    for (size_t i = 0; i < 4; ++i) v[i] = uniform_from_bits(b[i]) < keep ? scale : 0.0f;
  });
}

}  // namespace cornu
