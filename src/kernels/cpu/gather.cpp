// Gathering and scattering of rows.
#include "kernels/cpu/gather.h"

#include <algorithm>
#include <cstring>

#include "base/parallel.h"

namespace cornu {
namespace {

constexpr int64_t kBytesPerTask = 256 << 10;  // about 20 us from memory
constexpr int64_t kPrefetchFrom = 512;        // shorter rows arrive in time by themselves

/// A fixed size becomes a few vector moves.
template <int64_t kBytes, class Index>
void gather_fixed(const char* src, const Index* index, int64_t count, char* dst) {
  for (int64_t i = 0; i < count; ++i) std::memcpy(dst + i * kBytes, src + index[i] * int64_t{kBytes}, kBytes);
}

template <class Index>
void gather_any(const char* src, const Index* index, int64_t count, int64_t bytes, char* dst) {
  for (int64_t i = 0; i < count; ++i, dst += bytes) {
    if (bytes > kPrefetchFrom && i + 1 < count) {
      const char* next = src + index[i + 1] * bytes;
      for (int64_t at = 0; at < std::min<int64_t>(bytes, 4096); at += 64) __builtin_prefetch(next + at);
    }
    std::memcpy(dst, src + index[i] * bytes, static_cast<size_t>(bytes));
  }
}

template <class Index>
void gather_some(const char* src, const Index* index, int64_t count, int64_t bytes, char* dst) {
  switch (bytes) {
    case 1:
      return gather_fixed<1>(src, index, count, dst);
    case 2:
      return gather_fixed<2>(src, index, count, dst);
    case 4:
      return gather_fixed<4>(src, index, count, dst);
    case 8:
      return gather_fixed<8>(src, index, count, dst);
    case 16:
      return gather_fixed<16>(src, index, count, dst);
    case 32:
      return gather_fixed<32>(src, index, count, dst);
    case 64:
      return gather_fixed<64>(src, index, count, dst);
    case 128:
      return gather_fixed<128>(src, index, count, dst);
    default:
      return gather_any(src, index, count, bytes, dst);
  }
}

}  // namespace

template <class Index>
void gather_rows(const void* src, const Index* index, int64_t count, int64_t bytes, void* dst) {
  const char* from = static_cast<const char*>(src);
  char* to = static_cast<char*>(dst);
  if (count * bytes < 2 * kBytesPerTask) return gather_some(from, index, count, bytes, to);
  const int64_t each = std::max<int64_t>(1, kBytesPerTask / bytes);
  parallel_for((count + each - 1) / each, [&](int64_t task) {
    const int64_t first = task * each, n = std::min(each, count - first);
    gather_some(from, index + first, n, bytes, to + first * bytes);
  });
}
template void gather_rows<int32_t>(const void*, const int32_t*, int64_t, int64_t, void*);
template void gather_rows<int64_t>(const void*, const int64_t*, int64_t, int64_t, void*);

template <class Index>
void scatter_add_rows(const float* src, const Index* index, int64_t count, int64_t cols, float* dst) {
  for (int64_t i = 0; i < count; ++i, src += cols) {
    float* to = dst + static_cast<int64_t>(index[i]) * cols;
    for (int64_t c = 0; c < cols; ++c) to[c] += src[c];
  }
}
template void scatter_add_rows<int32_t>(const float*, const int32_t*, int64_t, int64_t, float*);
template void scatter_add_rows<int64_t>(const float*, const int64_t*, int64_t, int64_t, float*);

}  // namespace cornu
