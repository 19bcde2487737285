// Elementwise formulas and casts, element by element, with broadcasting.
#include "kernels/ref/formulas.h"
#include "kernels/ref/ref.h"
#include "kernels/ref/strides.h"
#include "ops/emit.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

struct Plan {
  TileOp op;
  size_t n_in;
  DType in[3], out;
  Shape shape;
  std::array<ref::Strides, 3> strides;
};

/// int64 needs more than double's 53 bits.
template <class V>
void run_as(const Plan& p, Slots s) {
  const auto load = [&](size_t i, int64_t at) {
    return with_type(p.in[i], [&]<class T>() { return static_cast<V>(static_cast<const T*>(s[i])[at]); });
  };
  with_type(p.out, [&]<class T>() {
    T* out = static_cast<T*>(s[p.n_in]);
    ref::for_each(p.shape, p.strides, [&](int64_t flat, const std::array<int64_t, 3>& at) {
      V v[3] = {};
      for (size_t i = 0; i < p.n_in; ++i) v[i] = load(i, at[i]);
      out[flat] = static_cast<T>(p.op == TileOp::count ? v[0] : ref::apply<V>(p.op, v[0], v[1], v[2]));
    });
  });
}
void run(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  if (p.in[0] == DType::i64 || p.out == DType::i64) return run_as<long double>(p, s);
  run_as<double>(p, s);
}

std::optional<Kernel> prepare(const NodeView& n, Decline&) {
  Plan p{n.node.op->tile, n.n_in(), {}, n.out().dtype, n.out().shape, {}};
  for (size_t i = 0; i < n.n_in(); ++i) {
    p.in[i] = n.in(i).dtype;
    p.strides[i] = ref::broadcast_strides(n.in(i).shape, n.out().shape);
  }
  return Kernel{run, share(p), 0, {}};
}

}  // namespace

void add_ref_elementwise(KernelTable& t) {
  for (const OpDef* op : op_registry().all())
    if (op->kind == OpKind::elementwise || op->kind == OpKind::cast) t.add(op->name, "ref", prepare);
}

}  // namespace cornu
