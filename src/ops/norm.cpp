// Softmax and its logarithm over the last axis.
#include "ops/rules.h"

namespace cornu {
namespace {

using C = const GradCall&;

Tensor decompose_softmax(const DecomposeCall& c) {
  const Tensor e = ops::exp(c.in[0] - ops::max(c.in[0], {-1}, true));
  return e / ops::sum(e, {-1}, true);
}
Tensor decompose_log_softmax(const DecomposeCall& c) {
  const Tensor z = c.in[0] - ops::max(c.in[0], {-1}, true);
  return z - ops::log(ops::sum(ops::exp(z), {-1}, true));
}

const OpDef kSoftmax{.name = "softmax",
                     .kind = OpKind::norm,
                     .infer = same_as_input,
                     .grad = [](C c) -> Tensors {
                       const Tensor &y = c.out[0], &d = c.dout[0];
                       return {y * (d - ops::sum(d * y, {-1}, true))};
                     },
                     .decompose = decompose_softmax};
const OpDef kLogSoftmax{.name = "log_softmax",
                        .kind = OpKind::norm,
                        .infer = same_as_input,
                        .grad = [](C c) -> Tensors {
                          const Tensor& d = c.dout[0];
                          return {d - ops::exp(c.out[0]) * ops::sum(d, {-1}, true)};
                        },
                        .decompose = decompose_log_softmax};

/// Applies a last-axis op along any axis.
Tensor along(const OpDef& op, const Tensor& x, int axis) {
  const int at = normal_axis(op.name, axis, x.rank());
  const Tensor f = is_floating(x.dtype()) ? x : ops::cast(x, DType::f32);
  if (at == x.rank() - 1) return emit(op, {f});
  std::vector<int> swap(static_cast<size_t>(x.rank()));
  for (int i = 0; i < x.rank(); ++i) swap[static_cast<size_t>(i)] = i;
  std::swap(swap[static_cast<size_t>(at)], swap.back());
  return ops::transpose(emit(op, {ops::transpose(f, swap)}), swap);
}

}  // namespace

void add_norm_ops(OpRegistry& r) {
  r.add(kSoftmax);
  r.add(kLogSoftmax);
}

namespace ops {

Tensor softmax(const Tensor& x, int axis) { return along(kSoftmax, x, axis); }
Tensor log_softmax(const Tensor& x, int axis) { return along(kLogSoftmax, x, axis); }
Tensor softmax(const Tensor& x, const Axes& axes) {
  return axes.size() == 1 ? softmax(x, axes[0]) : exp(x - logsumexp(x, axes, true));
}
Tensor log_softmax(const Tensor& x, const Axes& axes) {
  return axes.size() == 1 ? log_softmax(x, axes[0]) : x - logsumexp(x, axes, true);
}

}  // namespace ops
}  // namespace cornu
