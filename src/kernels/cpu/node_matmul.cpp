// Matrix product nodes on the packed kernel.
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/gemm.h"
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

std::optional<Kernel> prepare(const NodeView& n, Decline& why) {
  if (n.out().dtype != DType::f32) return why("gemm: only float32");
  const MatmulAttrs& a = n.node.attrs.as<MatmulAttrs>();
  const Shape &x = n.in(0).shape, &out = n.out().shape;
  const int64_t m = out[-2], cols = out[-1], k = x[a.transpose_a ? -2 : -1];
  if (m == 0 || cols == 0 || k == 0) return why("gemm: an axis has no elements");
  GemmEpilogue e;
  e.bias = a.bias;
  e.mask_row = cols;
  if (a.activation == "relu")
    e.finish = GemmFinish::relu;
  else if (a.activation == "relu_grad")
    e.finish = GemmFinish::relu_grad;
  else if (!a.activation.empty())
    e.op = op_row(a.activation).tile;
  Plan p{prepare_gemm(gemm_shape(m, cols, k, a.transpose_a, a.transpose_b), e),
         out.slice(0, -2).size(),
         m * k,
         k * cols,
         m * cols,
         0,
         0,
         2};
  if (a.bias) p.bias = p.out++;
  if (e.finish == GemmFinish::relu_grad) p.mask = p.out++;
  const size_t workspace = p.gemm.workspace;
  return Kernel{run, share(p), workspace, {}};
}

}  // namespace

void add_cpu_matmul_kernels(KernelTable& t) { t.add("matmul", "gemm", prepare); }

}  // namespace cornu
