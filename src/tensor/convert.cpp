// Arrays of one element type as another: by way of one of three types that hold them all, so that there is a loop for
// each type and not for each pair.
#include "tensor/convert.h"

#include <algorithm>

#include "tensor/dispatch.h"

namespace cornu {

template <class V>
static void store_elements(const V* block, DType to, void* dst, int64_t at, int64_t n) {
  with_type(to, [&]<class To>() {
    To* out = static_cast<To*>(dst) + at;
    for (int64_t i = 0; i < n; ++i) out[i] = converted<To>(block[i]);
  });
}

void convert_elements(DType from, const void* src, DType to, void* dst, int64_t n) {
  constexpr int64_t kBlock = 512;
  with_type(from, [&]<class From>() {
    using V = Wider<From>;
    V block[kBlock];
    for (int64_t at = 0; at < n; at += kBlock) {
      const int64_t count = std::min(kBlock, n - at);
      const From* x = static_cast<const From*>(src) + at;
      for (int64_t i = 0; i < count; ++i) block[i] = static_cast<V>(x[i]);
      store_elements(block, to, dst, at, count);
    }
  });
}

}  // namespace cornu
