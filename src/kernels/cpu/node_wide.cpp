// Elementwise nodes that no tile program takes: types of 64 bits, and any broadcast. A block of each operand is brought
// into the type that is computed in, then one loop does the work.
#include <algorithm>

#include "base/parallel.h"
#include "kernels/cpu/cpu.h"
#include "kernels/ref/formulas.h"
#include "ops/emit.h"
#include "tensor/convert.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

constexpr int64_t kBlock = 256;

/// What a node computes in: float64 also stands for smaller floats, integers of 64 bits for all integers.
enum class Wide : uint8_t { real, whole, natural };

struct Operand {
  DType dtype = DType::f32;
  bool contiguous = false, single = false;
  std::vector<int64_t> strides;  ///< By axis of the result, in elements; 0 where it repeats.
};
struct Plan {
  TileOp op = TileOp::copy;
  Wide wide = Wide::real;
  std::vector<int64_t> shape;
  Operand in[3];
  size_t n_in = 1;
  DType out = DType::f32;
  int64_t n = 0;
};

/// Whether a node that computes in V may have operands of type T: truth values beside its own kind.
template <class V, class T>
constexpr bool kComputedIn = std::is_same_v<T, bool> ||
                             (std::is_same_v<V, double> ? kIsFloating<T>
                                                        : kIsInteger<T> && std::is_signed_v<T> == std::is_signed_v<V>);

/// Elements [at, at + n) of the result's index space as V.
template <class V>
void gather(const Plan& p, const Operand& o, const void* data, int64_t at, int64_t n, V* dst) {
  with_type(o.dtype, [&]<class T>() {
    if constexpr (!kComputedIn<V, T>) return;
    const T* x = static_cast<const T*>(data);
    const auto value = [](T v) {
      if constexpr (kIsHalf<T>)
        return static_cast<V>(static_cast<float>(v));
      else
        return static_cast<V>(v);
    };
    if (o.contiguous || o.single) {
      for (int64_t i = 0; i < n; ++i) dst[i] = value(x[o.single ? 0 : at + i]);
      return;
    }
    const size_t rank = p.shape.size();
    int64_t index[Shape::kMaxRank], from = 0, rest = at;
    for (size_t d = rank; d-- > 0; rest /= p.shape[d]) index[d] = rest % p.shape[d], from += index[d] * o.strides[d];
    for (int64_t i = 0; i < n; ++i) {
      dst[i] = value(x[from]);
      for (size_t d = rank; d-- > 0;) {
        from += o.strides[d];
        if (++index[d] < p.shape[d]) break;
        from -= o.strides[d] * p.shape[d];
        index[d] = 0;
      }
    }
  });
}

template <class V, TileOp op>
void loop(const V* x, const V* y, const V* z, int64_t n, V* out) {
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (std::is_same_v<V, double>)
      out[i] = ref::apply<V>(op, x[i], y[i], z[i]);
    else
      out[i] = ref::apply_wide<V>(op, x[i], y[i], z[i]);
  }
}
template <class V>
using LoopFn = void (*)(const V*, const V*, const V*, int64_t, V*);
template <class V>
constexpr LoopFn<V> kLoops[] = {
#define CORNU_TILE_OP(name, arity, formula) loop<V, TileOp::name>,
#include "ops/formulas.inl"
#undef CORNU_TILE_OP
};

template <class V>
void run_blocks(const Plan& p, Slots s, int64_t from, int64_t to) {
  alignas(64) V in[3][kBlock], out[kBlock];
  for (auto& block : in) std::fill(std::begin(block), std::end(block), V(0));
  const auto work = kLoops<V>[static_cast<size_t>(p.op)];
  for (int64_t at = from; at < to; at += kBlock) {
    const int64_t n = std::min(kBlock, to - at);
    for (size_t i = 0; i < p.n_in; ++i) gather(p, p.in[i], s[i], at, n, in[i]);
    work(in[0], in[1], in[2], n, out);
    with_type(p.out, [&]<class T>() {
      if constexpr (!kComputedIn<V, T>) return;
      T* result = static_cast<T*>(s[p.n_in]) + at;
      for (int64_t i = 0; i < n; ++i) result[i] = ref::rounded<T>(out[i]);
    });
  }
}

void run(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  constexpr int64_t kPart = 16384;
  parallel_for((p.n + kPart - 1) / kPart, [&](int64_t part) {
    const int64_t from = part * kPart, to = std::min(p.n, from + kPart);
    if (p.wide == Wide::real) return run_blocks<double>(p, s, from, to);
    return p.wide == Wide::whole ? run_blocks<int64_t>(p, s, from, to) : run_blocks<uint64_t>(p, s, from, to);
  });
}

Operand operand_of(const TypeShape& t, const Shape& out) {
  Operand o{t.dtype, t.shape == out, t.shape.size() == 1, std::vector<int64_t>(static_cast<size_t>(out.rank()))};
  int64_t step = 1;
  for (int i = 1; i <= t.shape.rank(); ++i) {
    o.strides[static_cast<size_t>(out.rank() - i)] = t.shape[-i] == 1 ? 0 : step;
    step *= t.shape[-i];
  }
  return o;
}

std::optional<Kernel> prepare(const NodeView& n, Decline& why) {
  Plan p;
  p.op = n.node.op->tile;
  p.n_in = n.n_in();
  p.out = n.out().dtype;
  p.shape = n.out().shape.dims();
  p.n = n.out().shape.size();
  if (p.n == 0) return why("wide: no elements");
  const DType computed = n.in(p.op == TileOp::select ? 1 : 0).dtype;
  if (is_integer(computed)) {
    if (!ref::has_wide_formula(p.op)) return why("wide: no formula for integers");
    p.wide = is_unsigned(computed) ? Wide::natural : Wide::whole;
  }
  for (size_t i = 0; i < p.n_in; ++i) p.in[i] = operand_of(n.in(i), n.out().shape);
  return Kernel{run, share(std::move(p)), 0, {}};
}

struct CastPlan {
  DType from, to;
  int64_t n;
};
void run_cast(const void* plan, Slots s) {
  const CastPlan& p = *static_cast<const CastPlan*>(plan);
  constexpr int64_t kPart = 32768;
  parallel_for((p.n + kPart - 1) / kPart, [&](int64_t part) {
    const int64_t from = part * kPart, to = std::min(p.n, from + kPart);
    const auto at = [from](void* data, DType t) {
      return static_cast<char*>(data) + from * static_cast<int64_t>(size_of(t));
    };
    convert_elements(p.from, at(s[0], p.from), p.to, at(s[1], p.to), to - from);
  });
}
std::optional<Kernel> prepare_cast(const NodeView& n, Decline& why) {
  if (n.out().shape.size() == 0) return why("cast: no elements");
  return Kernel{run_cast, share(CastPlan{n.in(0).dtype, n.out().dtype, n.out().shape.size()}), 0, {}};
}

}  // namespace

void add_cpu_wide_kernels(KernelTable& t) {
  for (const OpDef* op : op_registry().all()) {
    if (op->kind == OpKind::elementwise) t.add(op->name, "wide", prepare);
    if (op->kind == OpKind::cast) t.add(op->name, "wide", prepare_cast);
  }
}

}  // namespace cornu
