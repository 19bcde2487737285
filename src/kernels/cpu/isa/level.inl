// Everything of one level after its simd header. Each builds on those above, so the order is fixed.
// clang-format off
#include "kernels/cpu/isa/vecmath.inl"
#include "kernels/cpu/isa/tiles.inl"
#include "kernels/cpu/isa/transpose.inl"
#include "kernels/cpu/isa/gemm.inl"
#include "kernels/cpu/isa/reduce.inl"
#include "kernels/cpu/isa/windows.inl"
#include "kernels/cpu/isa/random.inl"
#include "kernels/cpu/isa/programs.inl"
#include "kernels/cpu/isa/table.inl"
// clang-format on
