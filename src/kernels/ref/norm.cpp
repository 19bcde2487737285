// Softmax and its logarithm over the last axis.
#include <algorithm>
#include <cmath>

#include "kernels/ref/formulas.h"
#include "kernels/ref/ref.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

struct Plan {
  DType dtype;
  int64_t rows, cols;
};

template <bool logarithm>
void run(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  with_type(p.dtype, [&]<class T>() {
    for (int64_t r = 0; r < p.rows; ++r) {
      const T* x = static_cast<const T*>(s[0]) + r * p.cols;
      T* out = static_cast<T*>(s[1]) + r * p.cols;
      const double top = static_cast<double>(*std::max_element(x, x + p.cols));
      double sum = 0;
      for (int64_t c = 0; c < p.cols; ++c) sum += std::exp(static_cast<double>(x[c]) - top);
      for (int64_t c = 0; c < p.cols; ++c) {
        const double z = static_cast<double>(x[c]) - top;
        out[c] = ref::rounded<T>(logarithm ? z - std::log(sum) : std::exp(z) / sum);
      }
    }
  });
}

template <bool logarithm>
std::optional<Kernel> prepare(const NodeView& n, Decline&) {
  const Shape& s = n.out().shape;
  return Kernel{run<logarithm>, share(Plan{n.out().dtype, s.slice(0, -1).size(), s[-1]}), 0, {}};
}

}  // namespace

void add_ref_norm(KernelTable& t) {
  t.add("softmax", "ref", prepare<false>);
  t.add("log_softmax", "ref", prepare<true>);
}

}  // namespace cornu
