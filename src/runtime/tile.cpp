// Names and arities of the tile operations.
#include "runtime/tile.h"

namespace cornu {

const char* tile_op_name(TileOp op) {
  static constexpr const char* kNames[] = {
#define CORNU_TILE_OP(name, arity, formula) #name,
#include "ops/formulas.inl"
#undef CORNU_TILE_OP
  };
  return kNames[static_cast<int>(op)];
}

int tile_op_arity(TileOp op) {
  static constexpr int kArity[] = {
#define CORNU_TILE_OP(name, arity, formula) arity,
#include "ops/formulas.inl"
#undef CORNU_TILE_OP
  };
  return kArity[static_cast<int>(op)];
}

}  // namespace cornu
