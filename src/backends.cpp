// The composition root: the only file that names every backend.
#include "kernels/cpu/cpu.h"
#include "kernels/ref/ref.h"

namespace cornu {

void add_backend_kernels(KernelTable& t) {
  add_cpu_tile_kernels(t);
  add_cpu_wide_kernels(t);
  add_cpu_matmul_kernels(t);
  add_cpu_integer_kernels(t);
  add_cpu_norm_kernels(t);
  add_cpu_reduce_kernels(t);
  add_cpu_gather_kernels(t);
  add_cpu_move_kernels(t);
  add_cpu_random_kernels(t);
  add_cpu_conv_kernels(t);
  add_cpu_pool_kernels(t);

  add_ref_elementwise(t);
  add_ref_reduce(t);
  add_ref_shape(t);
  add_ref_matmul(t);
  add_ref_index(t);
  add_ref_norm(t);
  add_ref_tile(t);
  add_ref_scatter(t);
  add_ref_windows(t);
}

}  // namespace cornu
