// Matrix products of bfloat16 on processors with instructions for them: C[m, n] = A[m, k] B[k, n].
#pragma once
#include <cstddef>
#include <cstdint>

#include "kernels/cpu/gemm.h"

namespace cornu {

struct Bf16GemmPlan {
  GemmShape shape;
  bool a_floats = false, b_floats = false;  ///< float32 operands, rounded while they are packed.
  const IsaTable* isa = nullptr;
  int64_t tiles = 0;                 ///< Along k.
  int64_t rows = 0, cols = 0;        ///< Blocks of C.
  int64_t group = 1;                 ///< Rows of blocks whose A stays in the second cache while the columns pass.
  int64_t packs = 1, tasks = 1;      ///< How packing, then blocks are shared out.
  size_t area_a = 0, workspace = 0;  ///< Bytes: of packed A; that run_gemm_bf16 needs, aligned to 64.
};

/// Whether the active level has them and each operand's elements are neighbours along one axis.
bool has_gemm_bf16(const GemmShape& shape);
/// Operands are bfloat16, or float32 where said.
Bf16GemmPlan prepare_gemm_bf16(const GemmShape& shape, bool a_floats = false, bool b_floats = false);

/// Products of two bfloat16 are exact, sums are float32 (denormals flushed to zero) in an order that depends on k
/// alone, each is rounded once. A, B and C are read and written exactly.
void run_gemm_bf16(const Bf16GemmPlan& plan, const void* a, const void* b, uint16_t* c, void* workspace);

}  // namespace cornu
