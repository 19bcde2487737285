// Finds tile programs that were compiled ahead.
#include <cornu/error.h>

#include <string>

#include "kernels/cpu/tile_run.h"
#include "runtime/tile_text.h"

namespace cornu {

ProgramFn find_program(const TileProgram& program) {
  static constexpr const char* kIdentities[] = {
#include "kernels/cpu/program_identities.inc"
      nullptr};
  if (!can_be_printed(program)) return nullptr;
  const std::string identity = tile_identity(program);
  for (int i = 0; kIdentities[i]; ++i)
    if (identity == kIdentities[i]) return isa().programs[i];
  return nullptr;
}

}  // namespace cornu
