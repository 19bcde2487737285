// Random tensors: groups of 64 elements over threads; the arithmetic is isa/random.inl.
#include "kernels/cpu/random.h"

#include <algorithm>
#include <cstring>

#include "base/parallel.h"
#include "kernels/cpu/isa/isa_table.h"

namespace cornu {
namespace {

constexpr int64_t kGroup = 64;

/// Calls group(g, dst) for each group of 64 elements; ns is the rough cost of one.
template <class T, class F>
void fill_groups(T* dst, int64_t n, double ns, F&& group) {
  const int64_t groups = (n + kGroup - 1) / kGroup, each = static_cast<int64_t>(20e3 / ns) + 1;
  const int64_t tasks = static_cast<double>(groups) * ns < 50e3 ? 1 : (groups + each - 1) / each;
  parallel_for(tasks, [&](int64_t task) {
    const int64_t first = tasks == 1 ? 0 : task * each, last = tasks == 1 ? groups : std::min(groups, first + each);
    for (int64_t g = first; g < last; ++g) {
      T* to = dst + g * kGroup;
      if (n - g * kGroup >= kGroup) {
        group(static_cast<uint64_t>(g), to);
      } else {
        T some[kGroup];
        group(static_cast<uint64_t>(g), some);
        std::memcpy(to, some, static_cast<size_t>(n - g * kGroup) * sizeof(T));
      }
    }
  });
}

}  // namespace

void random_bits(uint64_t seed, uint64_t call, uint32_t* dst, int64_t n) {
  const IsaTable& t = isa();
  fill_groups(dst, n, 40, [&](uint64_t g, uint32_t* to) { t.random_bits(seed, call, g, to); });
}

void random_uniform(uint64_t seed, uint64_t call, float low, float high, float* dst, int64_t n) {
  const IsaTable& t = isa();
  fill_groups(dst, n, 50, [&](uint64_t g, float* to) { t.random_uniform(seed, call, g, low, high, to); });
}

void random_normal(uint64_t seed, uint64_t call, float mean, float stddev, float* dst, int64_t n) {
  const IsaTable& t = isa();
  fill_groups(dst, n, 300, [&](uint64_t g, float* to) { t.random_normal(seed, call, g, mean, stddev, to); });
}

void random_mask(uint64_t seed, uint64_t call, float keep, float scale, float* dst, int64_t n) {
  const IsaTable& t = isa();
  fill_groups(dst, n, 50, [&](uint64_t g, float* to) { t.random_mask(seed, call, g, keep, scale, to); });
}

}  // namespace cornu
