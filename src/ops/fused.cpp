// The row of fused nodes, which the fuse pass makes.
#include "ops/fused.h"

#include "graph/parse.h"
#include "ops/rules.h"
#include "runtime/tile_text.h"

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
  static Value to_value(const TypeShape& t) { return to_string(t); }
  static TypeShape from_value(const Value& v) { return type_from_string(v.as_string()); }
};
/// The lines of print_tile.
template <>
struct Codec<TileProgram> {
  static Value to_value(const TileProgram& p) {
    Value lines = Value::array();
    const std::string all = print_tile(p);
    for (size_t at = 0, end; (end = all.find('\n', at)) != all.npos; at = end + 1)
      lines.push_back(all.substr(at, end - at));
    return lines;
  }
  static TileProgram from_value(const Value& v) {
    std::string all;
    for (const Value& line : v.as_array()) all += line.as_string() + "\n";
    return parse_tile(all);
  }
};

namespace {

Types infer_fused(const InferCall& c) {
  Types out;
  for (const TypeShape& t : c.attrs.as<FusedAttrs>().outputs) out.push_back(t);
  return out;
}
const OpDef kFused{
    .name = "fused", .kind = OpKind::fused, .arity = -1, .infer = infer_fused, .attrs = attrs_of<FusedAttrs>};

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
