// Matrix product nodes on the packed kernel.
#include "base/integers.h"
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/gemm_bf16.h"
#include "kernels/cpu/halves.h"
#include "ops/attrs.h"
#include "ops/emit.h"

namespace cornu {
namespace {

struct Plan {
  GemmPlan gemm;
  int64_t batch, a_step, b_step, c_step;
  uint8_t bias, mask, out;  // slots; 0: none
};

void run(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  const float* bias = p.bias ? static_cast<const float*>(s[p.bias]) : nullptr;
  const float* mask = p.mask ? static_cast<const float*>(s[p.mask]) : nullptr;
  for (int64_t b = 0; b < p.batch; ++b)
    run_gemm(p.gemm, static_cast<const float*>(s[0]) + b * p.a_step, static_cast<const float*>(s[1]) + b * p.b_step,
             bias, mask, static_cast<float*>(s[p.out]) + b * p.c_step, s[p.out + 1]);
}

/// Halves: operands and result as floats in the workspace, each sum rounded once.
struct HalfPlan {
  Plan floats;
  DType dtype;
  bool a_floats, b_floats;  // operands that are cast
  int64_t a, b, c;          // elements
  size_t a_at, b_at, c_at, rest_at;
};
void run_halves(const void* plan, Slots s) {
  const HalfPlan& p = *static_cast<const HalfPlan*>(plan);
  char* const area = static_cast<char*>(s[3]);
  float *const a = reinterpret_cast<float*>(area + p.a_at), *const b = reinterpret_cast<float*>(area + p.b_at),
               *const c = reinterpret_cast<float*>(area + p.c_at);
  const auto load = [&](bool floats, const void* src, float* dst, int64_t n) {
    floats ? round_to_halves(p.dtype, static_cast<const float*>(src), dst, n) : load_halves(p.dtype, src, dst, n);
  };
  load(p.a_floats, s[0], a, p.a);
  load(p.b_floats, s[1], b, p.b);
  void* const slots[] = {a, b, c, area + p.rest_at};
  run(&p.floats, slots);
  store_halves(p.dtype, c, s[2], p.c);
}

/// bfloat16 by the processor's own products.
struct Bf16Plan {
  Bf16GemmPlan gemm;
  int64_t batch, a_step, b_step, c_step;  // bytes of a and b
};
void run_bf16(const void* plan, Slots s) {
  const Bf16Plan& p = *static_cast<const Bf16Plan*>(plan);
  const auto *a = static_cast<const char*>(s[0]), *b = static_cast<const char*>(s[1]);
  auto* c = static_cast<uint16_t*>(s[2]);
  for (int64_t i = 0; i < p.batch; ++i, a += p.a_step, b += p.b_step, c += p.c_step)
    run_gemm_bf16(p.gemm, a, b, c, s[3]);
}

GemmShape shape_of(const NodeView& n) {
  const MatmulAttrs& a = n.node.attrs.as<MatmulAttrs>();
  const Shape &x = n.in(0).shape, &out = n.out().shape;
  return gemm_shape(out[-2], out[-1], x[a.transpose_a ? -2 : -1], a.transpose_a, a.transpose_b);
}
int64_t batch_of(const NodeView& n) { return n.out().shape.slice(0, -2).size(); }

Plan plan_of(const NodeView& n, const GemmEpilogue& e) {
  const GemmShape s = shape_of(n);
  return {prepare_gemm(s, e), batch_of(n), s.m * s.k, s.k * s.n, s.m * s.n, 0, 0, 2};
}

std::optional<Kernel> prepare_halves(const NodeView& n) {
  const bool a_floats = n.in(0).dtype == DType::f32, b_floats = n.in(1).dtype == DType::f32;
  if (const GemmShape s = shape_of(n); n.out().dtype == DType::bf16 && has_gemm_bf16(s)) {
    Bf16Plan p{prepare_gemm_bf16(s, a_floats, b_floats), batch_of(n), s.m * s.k * (a_floats ? 4 : 2),
               s.k * s.n * (b_floats ? 4 : 2), s.m * s.n};
    const size_t workspace = p.gemm.workspace;
    return Kernel{run_bf16, share(p), workspace, {}};
  }
  HalfPlan p{plan_of(n, {}),
             n.out().dtype,
             a_floats,
             b_floats,
             n.in(0).shape.size(),
             n.in(1).shape.size(),
             n.out().shape.size(),
             0,
             0,
             0,
             0};
  // Products read up to 64 bytes past the end of an operand.
  const auto bytes = [](int64_t floats) { return static_cast<size_t>(round_up(floats * 4 + 64, 64)); };
  p.b_at = bytes(p.a);
  p.c_at = p.b_at + bytes(p.b);
  p.rest_at = p.c_at + bytes(p.c);
  const size_t workspace = p.rest_at + p.floats.gemm.workspace;
  return Kernel{run_halves, share(p), workspace, {}};
}

std::optional<Kernel> prepare(const NodeView& n, Decline& why) {
  if (n.out().dtype != DType::f32 && !is_half(n.out().dtype)) return why("gemm: only float32 and halves");
  const MatmulAttrs& a = n.node.attrs.as<MatmulAttrs>();
  const Shape& out = n.out().shape;
  if (out[-2] == 0 || out[-1] == 0 || n.in(0).shape.size() == 0) return why("gemm: an axis has no elements");
  if (is_half(n.out().dtype)) {
    if (a.bias || !a.activation.empty())
      return why("gemm: a bias or an activation of halves is an operation of its own");
    return prepare_halves(n);
  }
  GemmEpilogue e;
  e.bias = a.bias;
  e.mask_row = out[-1];
  if (a.activation == "relu")
    e.finish = GemmFinish::relu;
  else if (a.activation == "relu_grad")
    e.finish = GemmFinish::relu_grad;
  else if (!a.activation.empty())
    e.op = op_row(a.activation).tile;
  Plan p = plan_of(n, e);
  if (a.bias) p.bias = p.out++;
  if (e.finish == GemmFinish::relu_grad) p.mask = p.out++;
  const size_t workspace = p.gemm.workspace;
  return Kernel{run, share(p), workspace, {}};
}

}  // namespace

void add_cpu_matmul_kernels(KernelTable& t) { t.add("matmul", "gemm", prepare); }

}  // namespace cornu
