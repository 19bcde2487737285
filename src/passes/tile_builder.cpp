// Tile programs from graph nodes.
#include "passes/tile_builder.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <tuple>
#include <unordered_map>

#include "ops/attrs.h"
#include "passes/tile_types.h"
#include "passes/tile_view.h"

namespace cornu {
namespace {

/// Registers of a region's values; temporaries are given back after their last use.
class TileBuilder {
 public:
  TileBuilder(const Graph& g, const std::vector<uint32_t>& nodes, int64_t size, int64_t cols, const TileUses* uses)
      : g_(g), nodes_(nodes), uses_(uses) {
    p_.cols = cols ? cols : size;
    p_.rows = cols ? size / cols : 1;
    for (uint32_t i : nodes) {
      for (ValueId v : g.nodes[i].in) last_use_[root_value(g, v)] = i;
    }
    for (uint32_t i : nodes)
      for (uint32_t k = 0; k < g.nodes[i].n_out; ++k)
        if (!uses || uses->outside(g.nodes[i].out(k), nodes)) outputs_.push_back(g.nodes[i].out(k));
  }

  std::optional<BuiltTile> build() {
    for (uint32_t i : nodes_)
      if (!add(i)) return std::nullopt;
    return finish();
  }

 private:
  std::optional<uint8_t> fresh() {
    if (!free_.empty()) {
      const uint8_t r = free_.back();
      free_.pop_back();
      return r;
    }
    if (next_ >= kMaxTileRegs) return std::nullopt;
    return next_++;
  }

  /// The register that holds operand v of node n: floats where `as_float`, else as its type says.
  std::optional<uint8_t> operand(const Node& n, ValueId v, bool as_float = false) {
    const ValueId root = root_value(g_, v);
    if (const auto found = reg_.find(root); found != reg_.end()) return found->second;
    const bool integer = !as_float && integer_register(g_.types[root].dtype);
    const Shape& space = is_full_sum(g_, n) ? g_.types[v].shape : g_.types[n.out()].shape;
    const auto [source, how] = place_of(v, root, space);
    // Through reshapes one value may be read both along rows and along columns: a load for each.
    const auto key = std::tuple{source, how.mode, number_of(how), integer};
    if (const auto found = loaded_.find(key); found != loaded_.end()) return found->second;
    if (next_ >= kMaxTileRegs) return std::nullopt;
    const Node& producer = g_.producer(source);
    const TypeShape& t = g_.types[source];
    const uint8_t r = next_++;
    loaded_[key] = r;
    fixed_.push_back(r);
    if (producer.is("constant") && t.shape.size() == 1 && tile_type(t.dtype)) {
      const double value = g_.constants[static_cast<size_t>(state_index(producer))].item();
      const float bits = integer ? std::bit_cast<float>(static_cast<uint32_t>(static_cast<int64_t>(value)))
                                 : static_cast<float>(value);
      p_.constants.push_back({r, bits, integer});
      return r;
    }
    p_.loads.push_back({r, how.mode, t.dtype, static_cast<uint16_t>(inputs_.size()), integer, number_of(how)});
    inputs_.push_back(source);
    return r;
  }

  /// Where operand v is read, and how.
  std::pair<ValueId, TileOperand> place_of(ValueId v, ValueId root, const Shape& space) const {
    const std::optional<TileSource> source = uses_ ? source_in_place(g_, *uses_, v, space) : std::nullopt;
    if (!source) {
      const std::optional<TileOperand> how = follow(g_.types[v].shape, space);
      CORNU_ASSERT(how);
      return {root, *how};
    }
    const TileView& w = source->view;
    if (w.rank == 1 && w.offset == 0 && w.stride[0] == 0) return {source->root, {TileMode::scalar}};
    if (w.rank == 1 && w.offset == 0 && w.stride[0] == 1) return {source->root, {TileMode::contiguous}};
    return {source->root, {TileMode::strided, 0, w}};
  }
  /// A view's number in the program; -1 for other modes.
  int16_t number_of(const TileOperand& how) {
    if (how.mode != TileMode::strided) return -1;
    const auto found = std::find(p_.views.begin(), p_.views.end(), how.view);
    const int16_t number = static_cast<int16_t>(found - p_.views.begin());
    if (found == p_.views.end()) p_.views.push_back(how.view);
    return number;
  }

  void release(uint32_t at, const Node& n) {
    for (ValueId v : n.in) {
      const ValueId root = root_value(g_, v);
      const auto found = reg_.find(root);
      if (found == reg_.end() || last_use_[root] != at) continue;
      const uint8_t r = found->second;
      if (std::count(fixed_.begin(), fixed_.end(), r) || std::count(kept_.begin(), kept_.end(), r)) continue;
      free_.push_back(r);
      reg_.erase(found);
    }
  }

  /// A cast: often the same register under another name.
  bool add_cast(uint32_t at, bool leaves) {
    const Node& n = g_.nodes[at];
    const DType from = g_.types[n.in[0]].dtype, to = g_.types[n.out()].dtype;
    const bool computed = reg_.contains(root_value(g_, n.in[0]));
    // What comes from memory is converted on the way.
    const bool as_float = !computed && is_integer(from) && is_floating(to);
    const std::optional<uint8_t> r = operand(n, n.in[0], as_float);
    if (!r) return false;
    const std::vector<TileOp> ops = conversion(as_float ? DType::f32 : from, to);
    if (ops.empty()) {
      reg_[n.out()] = *r;
      kept_.push_back(*r);
      return true;
    }
    const std::optional<uint8_t> dst = fresh();
    if (!dst) return false;
    uint8_t source = *r;
    for (const TileOp op : ops) {
      p_.code.push_back({op, *dst, source, source, source});
      source = *dst;
    }
    reg_[n.out()] = *dst;
    if (leaves) kept_.push_back(*dst);
    release(at, n);
    return true;
  }

  bool add(uint32_t at) {
    const Node& n = g_.nodes[at];
    if (is_tile_cast(g_, n)) return add_cast(at, std::count(outputs_.begin(), outputs_.end(), n.out()));
    std::vector<uint8_t> regs;
    for (ValueId v : n.in) {
      const std::optional<uint8_t> r = operand(n, v);
      if (!r) return false;
      regs.push_back(*r);
    }
    const bool leaves = std::count(outputs_.begin(), outputs_.end(), n.out());
    if (is_full_sum(g_, n)) {
      p_.sums.push_back({regs[0], 0, 1});
      sum_values_.push_back(n.out());
      kept_.push_back(regs[0]);
      return true;
    }
    regs.resize(3, regs[0]);
    const std::optional<uint8_t> dst = fresh();
    if (!dst) return false;
    p_.code.push_back({*tile_op(g_, n), *dst, regs[0], regs[1], regs[2]});
    const DType type = g_.types[n.out()].dtype;
    if (const std::optional<TileOp> small = to_small(type); small && !stays_small(n.op->tile, type))
      p_.code.push_back({*small, *dst, *dst, *dst, *dst});
    reg_[n.out()] = *dst;
    if (leaves) kept_.push_back(*dst);
    release(at, n);
    return true;
  }

  std::optional<BuiltTile> finish() {
    BuiltTile out;
    std::vector<ValueId> ordered;
    uint16_t slot = static_cast<uint16_t>(inputs_.size());
    for (ValueId v : outputs_) {
      if (std::count(sum_values_.begin(), sum_values_.end(), v)) continue;
      const DType t = g_.types[v].dtype;
      p_.stores.push_back({reg_.at(v), TileMode::contiguous, t, slot++, integer_register(t)});
      ordered.push_back(v);
    }
    std::vector<TileSum> sums;
    for (size_t i = 0; i < sum_values_.size(); ++i) {
      if (!std::count(outputs_.begin(), outputs_.end(), sum_values_[i])) continue;
      p_.sums[i].slot = slot++;
      sums.push_back(p_.sums[i]);
      ordered.push_back(sum_values_[i]);
    }
    p_.sums = std::move(sums);
    for (ValueId v : ordered) out.attrs.outputs.push_back(g_.types[v]);
    out.attrs.program = std::move(p_);
    out.inputs = std::move(inputs_);
    out.outputs = std::move(ordered);
    return out;
  }

  const Graph& g_;
  const std::vector<uint32_t>& nodes_;
  const TileUses* uses_;
  TileProgram p_;
  std::unordered_map<ValueId, uint8_t> reg_;  ///< Of values computed here.
  std::map<std::tuple<ValueId, TileMode, int16_t, bool>, uint8_t> loaded_;
  std::unordered_map<ValueId, uint32_t> last_use_;
  std::vector<ValueId> inputs_, outputs_, sum_values_;
  std::vector<uint8_t> free_, fixed_, kept_;
  uint8_t next_ = 0;
};

}  // namespace

ValueId root_value(const Graph& g, ValueId v) {
  while (g.producer(v).is("reshape")) v = g.producer(v).in[0];
  return v;
}

bool is_full_sum(const Graph& g, const Node& n) {
  return n.is("sum") && g.types[n.out()].dtype == DType::f32 && g.types[n.out()].shape.size() == 1 &&
         g.types[n.in[0]].shape.size() > 1;
}

std::optional<TileSpace> tile_space(const Graph& g, const Node& n) {
  if (is_full_sum(g, n)) return TileSpace{g.types[n.in[0]].shape.size(), 0};
  if (n.n_out != 1) return std::nullopt;
  const TypeShape& out = g.types[n.out()];
  if (is_tile_cast(g, n)) return TileSpace{out.shape.size(), 0, integer_register(out.dtype)};
  if (n.op->kind != OpKind::elementwise || n.op->tile == TileOp::count || !tile_type(out.dtype)) return std::nullopt;
  if (!tile_op(g, n)) return std::nullopt;
  TileSpace space{out.shape.size(), 0, integer_register(computed_in(g, n))};
  if (space.size == 0) return std::nullopt;
  for (ValueId v : n.in) {
    if (!tile_type(g.types[v].dtype)) return std::nullopt;
    const std::optional<TileOperand> how = follow(g.types[v].shape, out.shape);
    if (!how || (space.cols && how->cols && space.cols != how->cols)) return std::nullopt;
    if (how->cols) space.cols = how->cols;
  }
  return space;
}

bool surely_fits(const Graph& g, const std::vector<uint32_t>& nodes) {
  if (nodes.size() >= static_cast<size_t>(kMaxTileRegs)) return false;
  std::vector<ValueId> values;  // everything that could ever need a register
  for (uint32_t i : nodes) {
    values.push_back(g.nodes[i].out());
    for (ValueId v : g.nodes[i].in) values.push_back(root_value(g, v));
  }
  std::sort(values.begin(), values.end());
  return std::unique(values.begin(), values.end()) - values.begin() <= kMaxTileRegs;
}

TileUses::TileUses(const Graph& g) : readers_(g.types.size()), returned_(g.types.size()) {
  for (uint32_t i = 0; i < g.nodes.size(); ++i)
    if (!g.nodes[i].is("reshape"))
      for (ValueId v : g.nodes[i].in) readers_[root_value(g, v)].push_back(i);
  for (ValueId v : g.outputs) returned_[root_value(g, v)] = true;
}

bool TileUses::outside(ValueId v, const std::vector<uint32_t>& nodes) const {
  return returned_[v] || std::any_of(readers_[v].begin(), readers_[v].end(), [&](uint32_t reader) {
           return !std::binary_search(nodes.begin(), nodes.end(), reader);
         });
}

std::optional<BuiltTile> build_tile(const Graph& g, const std::vector<uint32_t>& nodes, int64_t size, int64_t cols,
                                    const TileUses* uses) {
  return TileBuilder(g, nodes, size, cols, uses).build();
}

}  // namespace cornu
