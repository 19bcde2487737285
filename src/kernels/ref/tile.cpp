// Tile programs, one element after another.
#include <bit>
#include <vector>

#include "kernels/ref/formulas.h"
#include "kernels/ref/ref.h"
#include "ops/fused.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

int64_t index_of(const TileProgram& p, const TileMove& m, int64_t i) {
  switch (m.mode) {
    case TileMode::scalar:
      return 0;
    case TileMode::per_column:
      return i % p.cols;
    case TileMode::per_row:
      return i / p.cols;
    case TileMode::strided:
      return element_of(p.views[static_cast<size_t>(m.view)], i);
    case TileMode::contiguous:
      break;
  }
  return i;
}

/// Of operations on integers those that take floats.
bool takes_floats(TileOp op) { return op >= TileOp::int8_of_float && op <= TileOp::uint32_of_float; }

/// A register: a number, or the bits of an integer.
struct Register {
  double real = 0;
  uint32_t bits = 0;
};

/// The result of an operation, in both kinds of registers.
Register computed(const TileInstr& c, const Register* reg) {
  if (!is_integer_op(c.op)) {  // rounded to float32, as a register is
    // What is chosen or copied may be an integer.
    const uint32_t bits = c.op == TileOp::select ? reg[reg[c.a].real != 0 ? c.b : c.c].bits : reg[c.a].bits;
    return {
        static_cast<double>(static_cast<float>(ref::apply<double>(c.op, reg[c.a].real, reg[c.b].real, reg[c.c].real))),
        bits};
  }
  const auto operand = [&](uint8_t r) {
    return takes_floats(c.op) ? std::bit_cast<uint32_t>(static_cast<float>(reg[r].real)) : reg[r].bits;
  };
  const uint32_t bits = ref::apply_bits(c.op, operand(c.a), operand(c.b), operand(c.c));
  return {static_cast<double>(std::bit_cast<float>(bits)), bits};
}

/// Runs over n elements; `slot` finds a slot's address.
template <class SlotOf>
void run_space(const TileProgram& p, int64_t n, const SlotOf& slot) {
  std::vector<double> sums(p.sums.size());
  Register reg[kMaxTileRegs];
  for (int64_t i = 0; i < n; ++i) {
    for (const TileConstant& c : p.constants)
      reg[c.reg] = {static_cast<double>(c.value), std::bit_cast<uint32_t>(c.value)};
    for (const TileMove& m : p.loads)
      reg[m.reg] = with_type(m.dtype, [&]<class T>() {
        const T x = static_cast<const T*>(slot(m.slot))[index_of(p, m, i)];
        const double real = static_cast<double>(static_cast<float>(x));
        if constexpr (kIsInteger<T>)
          if (m.integer) return Register{0, static_cast<uint32_t>(static_cast<int64_t>(x))};
        return Register{real, 0};
      });
    for (const TileInstr& c : p.code) reg[c.dst] = computed(c, reg);
    for (const TileMove& m : p.stores)
      with_type(m.dtype, [&]<class T>() {
        T& to = static_cast<T*>(slot(m.slot))[i];
        if constexpr (kIsInteger<T>)
          if (m.integer) return void(to = static_cast<T>(static_cast<int32_t>(reg[m.reg].bits)));
        to = converted<T>(static_cast<float>(reg[m.reg].real));
      });
    for (size_t k = 0; k < sums.size(); ++k) sums[k] += reg[p.sums[k].reg].real;
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
