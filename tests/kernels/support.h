// Helpers of the kernel tests: buffers with spare bytes, all instruction sets, distances in ULP.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "base/cpu_info.h"
#include "base/parallel.h"

namespace cornu {

/// Aligned memory with the 64 spare bytes that kernels may read. The spare floats are NaN and must stay so.
template <class T>
class Buffer {
 public:
  explicit Buffer(int64_t n = 0) : n_(n) {
    const size_t bytes = (static_cast<size_t>(n) * sizeof(T) + 64 + 63) / 64 * 64;
    p_.reset(static_cast<T*>(std::aligned_alloc(64, bytes)), std::free);
    std::memset(static_cast<void*>(p_.get()), 0xff, bytes);
    for (int64_t i = 0; i < n; ++i) p_.get()[i] = T{};
  }
  T* data() const { return p_.get(); }
  operator T*() const { return p_.get(); }
  T& operator[](int64_t i) const { return p_.get()[i]; }
  int64_t size() const { return n_; }
  T* begin() const { return p_.get(); }
  T* end() const { return p_.get() + n_; }
  /// True if nobody wrote past the end.
  bool intact() const {
    const unsigned char* spare = reinterpret_cast<const unsigned char*>(end());
    for (int i = 0; i < 64; ++i)
      if (spare[i] != 0xff) return false;
    return true;
  }

 private:
  std::shared_ptr<T> p_;
  int64_t n_;
};
using Floats = Buffer<float>;

inline Floats random_floats(int64_t n, unsigned seed, float lo = -1, float hi = 1) {
  std::mt19937 g(seed);
  std::uniform_real_distribution<float> d(lo, hi);
  Floats f(n);
  for (float& x : f) x = d(g);
  return f;
}

inline bool same_bits(const Floats& a, const Floats& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), static_cast<size_t>(a.size()) * 4) == 0;
}

/// Distance of a float from the exact result, in units in the last place of the result.
inline double ulps(float got, double want) {
  const float w = static_cast<float>(want);
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) == std::isnan(got) ? 0 : 1e9;
  if (std::isinf(w) || std::isinf(got)) return got == w ? 0 : 1e9;
  const double size = std::max(std::fabs(want), 1.17549435e-38);
  const double ulp = std::ldexp(1.0, std::ilogb(size) - 23);
  return std::fabs(static_cast<double>(got) - want) / ulp;
}

/// Runs each test for every level; those the processor lacks are reported as skipped.
class EveryIsa : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    if (GetParam() > detected_isa()) GTEST_SKIP() << "this processor has no " << isa_name(GetParam());
    before_ = active_isa();
    set_active_isa(GetParam());
    threads_ = thread_count();
  }
  void TearDown() override {
    if (GetParam() > detected_isa()) return;
    set_active_isa(before_);
    set_thread_count(threads_);
  }

 private:
  Isa before_ = Isa::baseline;
  int threads_ = 1;
};
inline std::string isa_test_name(const testing::TestParamInfo<Isa>& info) { return isa_name(info.param); }

}  // namespace cornu

#define CORNU_EVERY_ISA(suite)                                                                                      \
  class suite : public cornu::EveryIsa {};                                                                          \
  INSTANTIATE_TEST_SUITE_P(Isa, suite, testing::Values(cornu::Isa::baseline, cornu::Isa::avx2, cornu::Isa::avx512), \
                           cornu::isa_test_name)
