// Fused nodes, and elementwise nodes on their own, as tile programs.
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/tile_run.h"
#include "ops/emit.h"
#include "ops/fused.h"
#include "passes/tile_builder.h"

namespace cornu {
namespace {

struct Plan {
  std::shared_ptr<const PreparedTile> tile;
  size_t workspace_slot;
};
void run(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  run_tile(*p.tile, s, s[p.workspace_slot]);
}

Kernel kernel_of(const FusedAttrs& a, size_t n_in, size_t n_out) {
  Plan p{prepare_tile(a.program), n_in + n_out};
  const size_t workspace = p.tile->workspace;
  return Kernel{run, share(std::move(p)), workspace, fused_slot_order(a, n_in)};
}

std::optional<Kernel> prepare_fused(const NodeView& n, Decline&) {
  return kernel_of(n.node.attrs.as<FusedAttrs>(), n.n_in(), n.node.n_out);
}

std::optional<Kernel> prepare_elementwise(const NodeView& n, Decline& why) {
  const std::optional<TileSpace> space = tile_space(n.graph, n.node);
  if (!space) return why("tile: only types of up to 32 bits, and operands of up to four axes");
  const uint32_t index = static_cast<uint32_t>(&n.node - n.graph.nodes.data());
  const std::optional<BuiltTile> built = build_tile(n.graph, {index}, space->size, space->cols);
  if (!built || built->attrs.program.stores.size() != 1) return why("tile: the result is not stored");
  // The program may read fewer operands than the node has: constants and repeated ones are taken over.
  Kernel k = kernel_of(built->attrs, built->inputs.size(), 1);
  for (ValueId v : built->inputs) {
    size_t i = 0;
    while (root_value(n.graph, n.node.in[i]) != v) ++i;
    k.order.push_back(static_cast<uint16_t>(i));
  }
  k.order.push_back(static_cast<uint16_t>(n.n_in()));
  k.order.push_back(static_cast<uint16_t>(n.n_in() + 1));
  return k;
}

}  // namespace

void add_cpu_tile_kernels(KernelTable& t) {
  t.add("fused", "tile", prepare_fused);
  for (const OpDef* op : op_registry().all())
    if (op->kind == OpKind::elementwise || op->kind == OpKind::cast) t.add(op->name, "tile", prepare_elementwise);
}

}  // namespace cornu
