// Matrix products, one element after another.
#include "kernels/ref/formulas.h"
#include "kernels/ref/ref.h"
#include "ops/attrs.h"
#include "ops/emit.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

struct Plan {
  DType dtype;
  int64_t batch, m, n, k;
  MatmulAttrs attrs;
  TileOp activation;
  bool floats[2];  // operands that are cast
};

/// What products are added up in: of integers modulo 2^64, so that they wrap as NumPy's do.
template <class T>
using Sum = std::conditional_t<kIsInteger<T>, uint64_t, double>;

template <class T>
T element(const void* operand, int64_t i, bool floats) {
  if constexpr (std::is_same_v<T, bfloat16>)
    if (floats) return T(static_cast<const float*>(operand)[i]);
  return static_cast<const T*>(operand)[i];
}

void run(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  with_type(p.dtype, [&]<class T>() {
    const size_t extra = p.attrs.bias + (p.activation == TileOp::relu_grad);
    const T* bias = p.attrs.bias ? static_cast<const T*>(s[2]) : nullptr;
    const T* mask = p.activation == TileOp::relu_grad ? static_cast<const T*>(s[2 + p.attrs.bias]) : nullptr;
    T* out = static_cast<T*>(s[2 + extra]);
    for (int64_t b = 0; b < p.batch; ++b) {
      const auto x = [&](int64_t i) { return element<T>(s[0], b * p.m * p.k + i, p.floats[0]); };
      const auto y = [&](int64_t i) { return element<T>(s[1], b * p.k * p.n + i, p.floats[1]); };
      for (int64_t i = 0; i < p.m; ++i)
        for (int64_t j = 0; j < p.n; ++j) {
          Sum<T> sum = 0;
          for (int64_t k = 0; k < p.k; ++k)
            sum += static_cast<Sum<T>>(x(p.attrs.transpose_a ? k * p.m + i : i * p.k + k)) *
                   static_cast<Sum<T>>(y(p.attrs.transpose_b ? j * p.k + k : k * p.n + j));
          if (bias) sum += static_cast<Sum<T>>(bias[j]);
          const int64_t at = (b * p.m + i) * p.n + j;
          if constexpr (std::is_same_v<Sum<T>, double>)  // activations are of floating numbers
            if (p.activation != TileOp::count)
              sum = ref::apply<double>(p.activation, sum, mask ? static_cast<double>(mask[at]) : 0, 0);
          out[at] = ref::rounded<T>(sum);
        }
    }
  });
}

std::optional<Kernel> prepare(const NodeView& n, Decline&) {
  const MatmulAttrs& a = n.node.attrs.as<MatmulAttrs>();
  const Shape &x = n.in(0).shape, &out = n.out().shape;
  const TileOp activation = a.activation.empty() ? TileOp::count : op_row(a.activation).tile;
  const auto floats = [&](size_t i) { return a.casts && n.in(i).dtype == DType::f32; };
  const Plan p{n.out().dtype, out.slice(0, -2).size(), out[-2], out[-1], x[a.transpose_a ? -2 : -1], a,
               activation,    {floats(0), floats(1)}};
  return Kernel{run, share(p), 0, {}};
}

}  // namespace

void add_ref_matmul(KernelTable& t) { t.add("matmul", "ref", prepare); }

}  // namespace cornu
