// Reference kernels: one readable loop for each primitive, for every element type. The oracle of all others, and the
// fallback where no other accepts.
#pragma once
#include "runtime/kernel.h"

namespace cornu {

void add_ref_elementwise(KernelTable& t);
void add_ref_reduce(KernelTable& t);
void add_ref_shape(KernelTable& t);
void add_ref_matmul(KernelTable& t);
void add_ref_scatter(KernelTable& t);
void add_ref_index(KernelTable& t);
void add_ref_norm(KernelTable& t);
void add_ref_random(KernelTable& t);
void add_ref_tile(KernelTable& t);
void add_ref_windows(KernelTable& t);

}  // namespace cornu
