// The kernels for any processor.
#include <math.h>

#include "kernels/cpu/isa/isa_table.h"

namespace cornu::baseline {
namespace {
// clang-format off
#include "kernels/cpu/isa/simd_generic.h"
#include "kernels/cpu/isa/transpose_generic.h"
#include "ops/integer_helpers.inl"
#include "kernels/cpu/isa/integers.inl"
#include "kernels/cpu/isa/level.inl"
// clang-format on
}  // namespace
}  // namespace cornu::baseline

namespace cornu {
const IsaTable& baseline_table() {
  static constexpr IsaTable table = baseline::make_table(Isa::baseline);
  return table;
}
}  // namespace cornu
