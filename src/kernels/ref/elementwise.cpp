// Elementwise formulas and casts, element by element, with broadcasting.
#include "kernels/ref/formulas.h"
#include "kernels/ref/ref.h"
#include "kernels/ref/strides.h"
#include "ops/emit.h"
#include "tensor/convert.h"
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

/// Integers of 64 bits need more than double's 53.
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
      out[flat] = ref::rounded<T>(ref::apply<V>(p.op, v[0], v[1], v[2]));
    });
  });
}
void run(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  for (const DType wide : {DType::i64, DType::u64})
    if (p.in[0] == wide || p.out == wide) return run_as<long double>(p, s);
  run_as<double>(p, s);
}

/// Operands and result of one integer type; a condition may stand before them.
template <class T>
void run_integers_of(const Plan& p, Slots s) {
  T* out = static_cast<T*>(s[p.n_in]);
  const bool chosen = p.op == TileOp::select;
  const T* in[3] = {};
  for (size_t i = chosen; i < p.n_in; ++i) in[i] = static_cast<const T*>(s[i]);
  const bool* condition = chosen ? static_cast<const bool*>(s[0]) : nullptr;
  ref::for_each(p.shape, p.strides, [&](int64_t flat, const std::array<int64_t, 3>& at) {
    if (chosen) return void(out[flat] = condition[at[0]] ? in[1][at[1]] : in[2][at[2]]);
    const auto x = [&](size_t i) { return in[i] ? in[i][at[i]] : T(0); };
    out[flat] = ref::apply_integer<T>(p.op, x(0), x(1), x(2));
  });
}
void run_integers(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  with_type(p.out, [&]<class T>() {
    if constexpr (kIsInteger<T>) run_integers_of<T>(p, s);
  });
}

void run_cast(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  convert_elements(p.in[0], s[0], p.out, s[1], p.shape.size());
}

std::optional<Kernel> prepare(const NodeView& n, Decline&) {
  Plan p{n.node.op->tile, n.n_in(), {}, n.out().dtype, n.out().shape, {}};
  for (size_t i = 0; i < n.n_in(); ++i) {
    p.in[i] = n.in(i).dtype;
    p.strides[i] = ref::broadcast_strides(n.in(i).shape, n.out().shape);
  }
  if (n.node.op->kind == OpKind::cast) return Kernel{run_cast, share(p), 0, {}};
  bool integers = is_integer(p.out) && ref::has_integer_formula(p.op);
  for (size_t i = p.op == TileOp::select; i < p.n_in; ++i) integers = integers && p.in[i] == p.out;
  return Kernel{integers ? run_integers : run, share(p), 0, {}};
}

}  // namespace

void add_ref_elementwise(KernelTable& t) {
  for (const OpDef* op : op_registry().all())
    if (op->kind == OpKind::elementwise || op->kind == OpKind::cast) t.add(op->name, "ref", prepare);
}

}  // namespace cornu
