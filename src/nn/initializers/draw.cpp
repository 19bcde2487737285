// Uniform and normal draws from Philox streams.
#include "nn/initializers/draw.h"

#include <cmath>
#include <numbers>

#include "base/philox.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

constexpr uint64_t kInitializerCall = 0x1417;  // keeps these streams apart from those of layers with the same seed

class Stream {
 public:
  explicit Stream(uint64_t seed) : seed_(seed) {}
  uint32_t next() {
    if (at_ == 4) block_ = philox(seed_, kInitializerCall, index_++), at_ = 0;
    return block_[at_++];
  }
  /// In [0, 1), of 53 bits.
  double uniform() {
    const uint64_t high = next(), low = next();
    return static_cast<double>(((high << 32) | low) >> 11) * 0x1p-53;
  }
  /// Two values at a time, by Box and Muller.
  double normal() {
    if (spare_) {
      spare_ = false;
      return second_;
    }
    const double radius = std::sqrt(-2 * std::log(1 - uniform())), angle = 2 * std::numbers::pi * uniform();
    second_ = radius * std::sin(angle);
    spare_ = true;
    return radius * std::cos(angle);
  }

 private:
  uint64_t seed_, index_ = 0;
  PhiloxBlock block_{};
  size_t at_ = 4;
  bool spare_ = false;
  double second_ = 0;
};

template <class F>
Tensor fill(const Shape& shape, DType dtype, F next) {
  if (!is_floating(dtype)) throw DTypeError("initializer", text("draws need a floating type, got {}", dtype));
  Tensor out(shape, dtype);
  with_type(dtype, [&]<class T>() {
    T* p = static_cast<T*>(out.raw());
    for (int64_t i = 0, n = out.size(); i < n; ++i) p[i] = converted<T>(next());
  });
  return out;
}

}  // namespace

uint64_t seed_or_next(const std::optional<int64_t>& seed) { return seed ? static_cast<uint64_t>(*seed) : next_seed(); }

Tensor draw_uniform(uint64_t seed, const Shape& shape, DType dtype, double low, double high) {
  Stream s(seed);
  return fill(shape, dtype, [&] { return low + (high - low) * s.uniform(); });
}

Tensor draw_normal(uint64_t seed, const Shape& shape, DType dtype, double mean, double stddev, bool truncated) {
  Stream s(seed);
  return fill(shape, dtype, [&] {
    double z = s.normal();
    while (truncated && std::fabs(z) > 2) z = s.normal();
    return mean + stddev * z;
  });
}

}  // namespace cornu
