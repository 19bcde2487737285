// Everything of one level after its simd header, in order.
#include "kernels/cpu/isa/gemm.inl"
#include "kernels/cpu/isa/programs.inl"
#include "kernels/cpu/isa/reduce.inl"
#include "kernels/cpu/isa/table.inl"
#include "kernels/cpu/isa/tiles.inl"
#include "kernels/cpu/isa/transpose.inl"
#include "kernels/cpu/isa/vecmath.inl"
