// Arrays of halves.
#include "kernels/cpu/halves.h"

#include <algorithm>

#include "base/parallel.h"
#include "kernels/cpu/isa/isa_table.h"

namespace cornu {
namespace {

constexpr int64_t kPart = 64 << 10;  // elements of one task: about 20 us from memory

template <class F>
void in_parts(int64_t n, F f) {
  if (n <= 2 * kPart) return f(int64_t{0}, n);
  parallel_for((n + kPart - 1) / kPart, [&](int64_t part) { f(part * kPart, std::min(kPart, n - part * kPart)); });
}

}  // namespace

void load_halves(DType half, const void* src, float* dst, int64_t n) {
  const auto load = isa().load_half[half == DType::bf16];
  in_parts(n, [&](int64_t at, int64_t count) { load(dst + at, static_cast<const uint16_t*>(src) + at, count); });
}
void store_halves(DType half, const float* src, void* dst, int64_t n) {
  const auto store = isa().store_half[half == DType::bf16];
  in_parts(n, [&](int64_t at, int64_t count) { store(static_cast<uint16_t*>(dst) + at, src + at, count); });
}
void round_to_halves(DType half, const float* src, float* dst, int64_t n) {
  const auto store = isa().store_half[half == DType::bf16];
  const auto load = isa().load_half[half == DType::bf16];
  in_parts(n, [&](int64_t at, int64_t count) {
    uint16_t part[1024];
    for (const int64_t end = at + count; at < end; at += 1024) {
      const int64_t here = std::min<int64_t>(1024, end - at);
      store(part, src + at, here);
      load(dst + at, part, here);
    }
  });
}

}  // namespace cornu
