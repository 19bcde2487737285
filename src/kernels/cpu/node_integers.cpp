// Matrix products of integers, which wrap: sums modulo 2^bits are the same in any order and in the type itself.
#include <algorithm>

#include "base/parallel.h"
#include "kernels/cpu/cpu.h"
#include "ops/attrs.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

constexpr int64_t kRows = 16;    // of the result: what one chunk makes
constexpr int64_t kInner = 128;  // of k: so many rows of the right operand stay in the cache while a chunk uses them

struct Plan {
  DType dtype;
  int64_t batch, m, n, k;
  MatmulAttrs attrs;
};

/// What sums of a type are made in: unsigned, since a signed overflow is undefined; of at least 32 bits.
template <class T>
using Sum = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;

/// Rows of the result from rows of the right operand: the inner loop goes along both.
template <class T>
void add_rows(const Plan& p, const T* x, const T* y, T* out, int64_t from, int64_t to) {
  std::fill(out + from * p.n, out + to * p.n, T(0));
  for (int64_t first = 0; first < p.k; first += kInner)
    for (int64_t i = from; i < to; ++i)
      for (int64_t k = first; k < std::min(p.k, first + kInner); ++k) {
        const auto factor = static_cast<Sum<T>>(p.attrs.transpose_a ? x[k * p.m + i] : x[i * p.k + k]);
        const T* row = y + k * p.n;
        T* r = out + i * p.n;
        for (int64_t j = 0; j < p.n; ++j)
          r[j] = static_cast<T>(static_cast<Sum<T>>(r[j]) + factor * static_cast<Sum<T>>(row[j]));
      }
}

/// Each element from a row of the right operand, which lies there transposed.
template <class T>
void add_products(const Plan& p, const T* x, const T* y, T* out, int64_t from, int64_t to) {
  const int64_t step = p.attrs.transpose_a ? p.m : 1;
  for (int64_t i = from; i < to; ++i)
    for (int64_t j = 0; j < p.n; ++j) {
      const T *left = x + (p.attrs.transpose_a ? i : i * p.k), *right = y + j * p.k;
      Sum<T> sum = 0;
      for (int64_t k = 0; k < p.k; ++k) sum += static_cast<Sum<T>>(left[k * step]) * static_cast<Sum<T>>(right[k]);
      out[i * p.n + j] = static_cast<T>(sum);
    }
}

/// Products modulo 2^bits have the same bits with and without a sign.
DType without_sign(DType d) {
  return size_of(d) == 8 ? DType::u64 : size_of(d) == 4 ? DType::u32 : size_of(d) == 2 ? DType::u16 : DType::u8;
}

void run(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  with_type(without_sign(p.dtype), [&]<class T>() {
    if constexpr (kIsInteger<T> && std::is_unsigned_v<T>) {
      const int64_t parts = (p.m + kRows - 1) / kRows;
      parallel_for(p.batch * parts, [&](int64_t chunk) {
        const int64_t b = chunk / parts, from = chunk % parts * kRows, to = std::min(p.m, from + kRows);
        const auto *x = static_cast<const T*>(s[0]) + b * p.m * p.k, *y = static_cast<const T*>(s[1]) + b * p.k * p.n;
        T* out = static_cast<T*>(s[2]) + b * p.m * p.n;
        p.attrs.transpose_b ? add_products(p, x, y, out, from, to) : add_rows(p, x, y, out, from, to);
      });
    }
  });
}

std::optional<Kernel> prepare(const NodeView& n, Decline& why) {
  if (!is_integer(n.out().dtype)) return why("integers: only integers");
  const MatmulAttrs& a = n.node.attrs.as<MatmulAttrs>();
  if (a.bias || !a.activation.empty()) return why("integers: a bias or an activation is an operation of its own");
  const Shape &x = n.in(0).shape, &out = n.out().shape;
  return Kernel{
      run, share(Plan{n.out().dtype, out.slice(0, -2).size(), out[-2], out[-1], x[a.transpose_a ? -2 : -1], a}), 0, {}};
}

}  // namespace

void add_cpu_integer_kernels(KernelTable& t) { t.add("matmul", "integers", prepare); }

}  // namespace cornu
