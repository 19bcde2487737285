// decompose: composites without a kernel become primitives.
#include "passes/pass.h"
#include "runtime/kernel.h"

namespace cornu {

Graph decompose(const Graph& g, bool all) {
  return rewrite(g, [all](Rewriter& r) -> std::optional<Tensor> {
    const OpDef& op = *r.node.op;
    if (!op.decompose || (!all && kernel_accepts(r.old, r.node))) return std::nullopt;
    const TypeShape out = r.old.types[r.node.out()];
    return op.decompose({r.in, r.node.attrs, out});
  });
}

}  // namespace cornu
