// The row of fused nodes, which the fuse pass makes.
#include "ops/fused.h"

#include "ops/rules.h"

namespace cornu {

/// A program's content: equal text means equal work.
template <>
struct Describe<FusedAttrs> {
  static constexpr auto fields = std::tuple{
      field("segment_inputs", &FusedAttrs::segment_inputs), field("segment_outputs", &FusedAttrs::segment_outputs),
      field("outputs", &FusedAttrs::outputs), field("program", &FusedAttrs::program)};
};
template <>
struct Codec<TypeShape> {
  static Value to_value(const TypeShape& t) { return to_string(t.dtype) + t.shape.str(); }
};
template <>
struct Codec<TileProgram> {
  static Value to_value(const TileProgram& p) {
    std::string out = text("{}x{};", p.rows, p.cols);
    for (int64_t s : p.segments) out += text(" segment {};", s);
    constexpr const char* kModes[] = {"", " scalar", " per_column", " per_row"};
    const auto move = [&](const TileMove& m) {
      return text("{}{} {}", to_string(m.dtype), kModes[static_cast<int>(m.mode)], m.slot);
    };
    for (const TileMove& m : p.loads) out += text(" r{} = load {};", m.reg, move(m));
    for (const TileConstant& c : p.constants) out += text(" r{} = {};", c.reg, c.value);
    for (const TileInstr& i : p.code) {
      out += text(" r{} = {}", i.dst, tile_op_name(i.op));
      const uint8_t regs[] = {i.a, i.b, i.c};
      for (int k = 0; k < tile_op_arity(i.op); ++k) out += text(" r{}", regs[k]);
      out += ";";
    }
    for (const TileMove& m : p.stores) out += text(" store {} r{};", move(m), m.reg);
    for (const TileSum& s : p.sums) out += text(" sum {} r{} * {};", s.slot, s.reg, s.scale);
    return out;
  }
};

namespace {

Types infer_fused(const InferCall& c) {
  Types out;
  for (const TypeShape& t : c.attrs.as<FusedAttrs>().outputs) out.push_back(t);
  return out;
}
const OpDef kFused{.name = "fused", .kind = OpKind::fused, .arity = -1, .infer = infer_fused};

}  // namespace

void add_fused_ops(OpRegistry& r) { r.add(kFused); }

std::vector<uint16_t> fused_slot_order(const FusedAttrs& a, size_t n_inputs) {
  std::vector<uint16_t> order;
  const size_t segments = a.program.segments.size();
  if (!segments) return order;
  const auto push = [&](size_t i) { order.push_back(static_cast<uint16_t>(i)); };
  const size_t ins = static_cast<size_t>(a.segment_inputs), outs = static_cast<size_t>(a.segment_outputs);
  for (size_t s = 0; s < segments; ++s) {
    for (size_t i = 0; i < ins; ++i) push(s * ins + i);
    for (size_t k = 0; k < outs; ++k) push(n_inputs + s * outs + k);
  }
  for (size_t i = segments * ins; i < n_inputs; ++i) push(i);
  push(n_inputs + segments * outs);
  return order;
}

Attrs fused_attrs(FusedAttrs a) { return Attrs::of(std::move(a)); }

}  // namespace cornu
