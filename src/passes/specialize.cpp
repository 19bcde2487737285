// specialize: concrete sizes for the unknown ones; operands that lend only their shape disappear.
#include <cornu/ops.h>
#include "ops/attrs.h"
#include "ops/rules.h"
#include "passes/pass.h"

namespace cornu {
namespace {

/// Axes of `from` that must be summed to give `to`, which broadcasts to `from`.
ops::Axes summed_axes(const Shape& from, const Shape& to) {
  ops::Axes axes;
  const int extra = from.rank() - to.rank();
  for (int i = 0; i < from.rank(); ++i)
    if (i < extra || (to.dim(i - extra) == 1 && from.dim(i) != 1)) axes.push_back(i);
  return axes;
}

std::optional<Tensor> resolve(Rewriter& r) {
  const Node& n = r.node;
  if (n.is("sum_to")) {
    const ops::Axes axes = summed_axes(r.in[0].shape(), r.in[1].shape());
    const Tensor s = axes.empty() ? r.in[0] : ops::sum(r.in[0], axes);
    return s.shape() == r.in[1].shape() ? s : ops::reshape(s, r.in[1].shape());
  }
  if (n.is("reshape_like")) return ops::reshape(r.in[0], r.in[1].shape());
  if (n.is("reshape_by")) return ops::reshape(r.in[0], resolved(n.attrs.as<ReshapeByAttrs>(), r.in[1].shape()));
  if (n.is("broadcast_like")) {
    if (r.in[0].shape() == r.in[1].shape()) return r.in[0];
    return ops::broadcast_to(r.in[0], r.in[1].shape());
  }
  if (n.is("dim")) {
    const DimAttrs& a = n.attrs.as<DimAttrs>();
    double size = 1;
    for (int64_t axis : a.axes) size *= static_cast<double>(r.in[0].shape().dim(static_cast<int>(axis)));
    return Tensor::scalar(size, a.dtype);
  }
  if (n.is("custom_gradient")) {
    const Tensors& in = r.in;
    r.results.assign(in.begin(), in.begin() + n.n_out);
    return r.in[0];
  }
  return std::nullopt;
}

}  // namespace

Graph specialize(const Graph& g, const std::vector<TypeShape>& inputs) { return rewrite(g, resolve, inputs); }

}  // namespace cornu
