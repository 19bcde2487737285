// Tile programs, one element after another.
#include <vector>

#include "kernels/ref/formulas.h"
#include "kernels/ref/ref.h"
#include "ops/fused.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

int64_t index_of(TileMode mode, int64_t i, int64_t cols) {
  switch (mode) {
    case TileMode::scalar:
      return 0;
    case TileMode::per_column:
      return i % cols;
    case TileMode::per_row:
      return i / cols;
    default:
      return i;
  }
}

/// Runs over n elements; `slot` finds a slot's address.
template <class SlotOf>
void run_space(const TileProgram& p, int64_t n, const SlotOf& slot) {
  std::vector<double> sums(p.sums.size());
  double reg[kMaxTileRegs] = {};
  for (int64_t i = 0; i < n; ++i) {
    for (const TileConstant& c : p.constants) reg[c.reg] = static_cast<double>(c.value);
    for (const TileMove& m : p.loads)
      reg[m.reg] = with_type(m.dtype, [&]<class T>() {
        return static_cast<double>(static_cast<const T*>(slot(m.slot))[index_of(m.mode, i, p.cols)]);
      });
    for (const TileInstr& c : p.code)  // each operation rounds to float32, as a register does
      reg[c.dst] = static_cast<double>(static_cast<float>(ref::apply<double>(c.op, reg[c.a], reg[c.b], reg[c.c])));
    for (const TileMove& m : p.stores)
      with_type(m.dtype, [&]<class T>() { static_cast<T*>(slot(m.slot))[i] = static_cast<T>(reg[m.reg]); });
    for (size_t k = 0; k < sums.size(); ++k) sums[k] += reg[p.sums[k].reg];
  }
  for (size_t k = 0; k < sums.size(); ++k)
    *static_cast<float*>(slot(p.sums[k].slot)) = static_cast<float>(sums[k] * static_cast<double>(p.sums[k].scale));
}

void run(const void* plan, Slots s) {
  const TileProgram& p = *static_cast<const TileProgram*>(plan);
  if (p.segments.empty()) return run_space(p, p.rows * p.cols, [&](size_t i) { return s[i]; });
  const size_t own = p.slots_per_segment, all = own * p.segments.size();
  for (size_t k = 0; k < p.segments.size(); ++k)
    run_space(p, p.segments[k], [&](size_t i) { return i < own ? s[k * own + i] : s[all + i - own]; });
}

std::optional<Kernel> prepare(const NodeView& n, Decline&) {
  const FusedAttrs& a = n.node.attrs.as<FusedAttrs>();
  return Kernel{run, share(a.program), 0, fused_slot_order(a, n.n_in())};
}

}  // namespace

void add_ref_tile(KernelTable& t) { t.add("fused", "ref", prepare); }

}  // namespace cornu
