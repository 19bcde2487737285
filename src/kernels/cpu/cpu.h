// Fast kernels for CPUs: adapters from graph nodes to the functions of this folder.
#pragma once
#include "runtime/kernel.h"

namespace cornu {

void add_cpu_tile_kernels(KernelTable& t);  // fused programs; single elementwise nodes
void add_cpu_wide_kernels(KernelTable& t);  // elementwise nodes that no tile program takes
void add_cpu_matmul_kernels(KernelTable& t);
void add_cpu_integer_kernels(KernelTable& t);  // matrix products of integers
void add_cpu_norm_kernels(KernelTable& t);
void add_cpu_reduce_kernels(KernelTable& t);
void add_cpu_gather_kernels(KernelTable& t);
void add_cpu_move_kernels(KernelTable& t);  // copies of parts and permutations
void add_cpu_random_kernels(KernelTable& t);
void add_cpu_conv_kernels(KernelTable& t);
void add_cpu_pool_kernels(KernelTable& t);

}  // namespace cornu
