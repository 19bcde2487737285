// Chooses the table of kernel functions.
#include "kernels/cpu/isa/isa_table.h"

namespace cornu {

const IsaTable& isa() {
  switch (active_isa()) {
#if defined(__x86_64__)
    case Isa::amx:
      return amx_table();
    case Isa::avx512_bf16:
      return avx512_bf16_table();
    case Isa::avx512:
      return avx512_table();
    case Isa::avx2:
      return avx2_table();
#endif
    default:
      return baseline_table();
  }
}

}  // namespace cornu
