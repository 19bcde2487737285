// Names and arities of tile operations, from the table of formulas.
#include "runtime/tile.h"

namespace cornu {
namespace {

struct OpInfo {
  const char* name;
  int arity;
};
constexpr OpInfo kOps[] = {
#define CORNU_TILE_OP(name, arity, formula) {#name, arity},
#include "ops/formulas.inl"
#include "ops/integer_formulas.inl"
#undef CORNU_TILE_OP
};

}  // namespace

const char* tile_op_name(TileOp op) { return kOps[static_cast<int>(op)].name; }
int tile_op_arity(TileOp op) { return kOps[static_cast<int>(op)].arity; }

}  // namespace cornu
