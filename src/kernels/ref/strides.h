// Walking arrays of any rank.
#pragma once
#include <cornu/shape.h>

#include <array>

namespace cornu::ref {

using Strides = std::array<int64_t, Shape::kMaxRank>;

/// Row-major strides of `from`, seen under the shape `to` that it broadcasts to: 0 where it repeats.
inline Strides broadcast_strides(const Shape& from, const Shape& to) {
  Strides s{};
  int64_t step = 1;
  for (int i = 1; i <= from.rank(); ++i) {
    s[static_cast<size_t>(to.rank() - i)] = from[-i] == 1 ? 0 : step;
    step *= from[-i];
  }
  return s;
}

/// Calls f(flat index, offset in each of N arrays) for every element of `shape`, in row-major order.
template <size_t N, class F>
void for_each(const Shape& shape, const std::array<Strides, N>& strides, F&& f) {
  const int64_t n = shape.size();
  std::array<int64_t, Shape::kMaxRank> index{};
  std::array<int64_t, N> at{};
  for (int64_t flat = 0; flat < n; ++flat) {
    f(flat, at);
    for (int d = shape.rank() - 1; d >= 0; --d) {
      const size_t k = static_cast<size_t>(d);
      for (size_t a = 0; a < N; ++a) at[a] += strides[a][k];
      if (++index[k] < shape[d]) break;
      for (size_t a = 0; a < N; ++a) at[a] -= strides[a][k] * shape[d];
      index[k] = 0;
    }
  }
}

}  // namespace cornu::ref
