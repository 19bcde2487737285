// Lowers tile programs: which operands are read and written in place, which are single numbers, how work is divided.
#include <algorithm>

#include "base/assert.h"
#include "kernels/cpu/tile_run.h"
#include "runtime/tile_text.h"

namespace cornu {
namespace {

using P = PreparedTile;
constexpr int kNoOperand = 255;

/// A value of the program, as each operation defines a new one.
struct Value {
  enum Kind { memory, scalar, constant, filled, computed } kind = computed;
  bool uniform = false;
  int source = 0;     // index of the load or constant, or of the instruction
  int last_use = -1;  // last instruction that reads it; code.size() if a store or sum does
  int operand = kNoOperand;
  int store = -1;  // the store that it is written to directly
};
struct Op {
  TileOp op;
  int dst, a, b, c;
};

class Lowering {
 public:
  Lowering(const TileProgram& program, P* plan, bool direct) : t_(program), p_(plan), direct_(direct) {
    name_values();
    choose_destinations();
  }
  P::Code lower();
  std::vector<P::Alias> aliases() const { return aliases_; }

 private:
  void name_values();
  void choose_destinations();
  bool in_place(const TileMove& m) const { return m.mode == TileMode::contiguous && m.as_stored(); }
  int take_scratch(int rows);
  void release(int value, int at);
  void lower_sources();
  void lower_fill(const TileMove& m, Value* v);
  void lower_op(int index);
  void lower_results();
  TileFn function(TileOp op, int a, int b, int c) const;
  bool one_number(int v) const { return values_[static_cast<size_t>(v)].uniform; }
  int settled(int value);
  Value& value(int v) { return values_[static_cast<size_t>(v)]; }

  const TileProgram& t_;
  P* p_;
  bool direct_;
  std::vector<Value> values_;
  std::vector<Op> ops_;
  int reg_[256];
  std::vector<P::Alias> aliases_;
  P::Code code_;
  int loaded_in_place_ = 0, first_scratch_ = 0;
  std::vector<std::pair<int, int>> scratch_;  // rows, user value or -1
  int next_offset_ = 0;
};

void Lowering::name_values() {
  std::fill(std::begin(reg_), std::end(reg_), -1);
  for (size_t i = 0; i < t_.loads.size(); ++i) {
    const TileMove& m = t_.loads[i];
    Value v;
    v.uniform = m.mode == TileMode::scalar;
    v.kind = v.uniform ? Value::scalar : in_place(m) ? Value::memory : Value::filled;
    v.source = static_cast<int>(i);
    reg_[m.reg] = static_cast<int>(values_.size());
    values_.push_back(v);
  }
  for (size_t i = 0; i < t_.constants.size(); ++i) {
    reg_[t_.constants[i].reg] = static_cast<int>(values_.size());
    values_.push_back({.kind = Value::constant, .uniform = true, .source = static_cast<int>(i)});
  }
  for (size_t i = 0; i < t_.code.size(); ++i) {
    const TileInstr& in = t_.code[i];
    const int arity = tile_op_arity(in.op), at = static_cast<int>(i);
    Op op{in.op, 0, reg_[in.a], reg_[arity > 1 ? in.b : in.a], reg_[arity > 2 ? in.c : in.a]};
    bool uniform = true;
    for (const int v : {op.a, op.b, op.c}) {
      CORNU_ASSERT(v >= 0);  // a register is written before it is read
      value(v).last_use = at;
      uniform = uniform && one_number(v);
    }
    op.dst = static_cast<int>(values_.size());
    reg_[in.dst] = op.dst;
    values_.push_back({.kind = Value::computed, .uniform = uniform, .source = at});
    ops_.push_back(op);
  }
  const int end = static_cast<int>(t_.code.size());
  for (const TileMove& m : t_.stores) value(reg_[m.reg]).last_use = end;
  for (const TileSum& s : t_.sums) value(reg_[s.reg]).last_use = end;
}

/// A result goes straight to its destination unless an operand in the same place is read later.
void Lowering::choose_destinations() {
  if (!direct_) return;
  for (size_t s = 0; s < t_.stores.size(); ++s) {
    const TileMove& m = t_.stores[s];
    Value& v = value(reg_[m.reg]);
    if (!in_place(m) || v.kind != Value::computed || v.uniform || v.store >= 0) continue;
    bool possible = true;
    std::vector<P::Alias> found;
    for (const Value& other : values_) {
      if (other.kind != Value::memory || other.last_use <= v.source) continue;
      const uint16_t loaded = t_.loads[static_cast<size_t>(other.source)].slot;
      if (loaded == m.slot) possible = false;
      found.push_back({m.slot, loaded});
    }
    if (!possible) continue;
    v.store = static_cast<int>(s);
    aliases_.insert(aliases_.end(), found.begin(), found.end());
  }
}

int Lowering::take_scratch(int rows) {
  for (size_t i = 0; i < scratch_.size(); ++i)
    if (scratch_[i].first == rows && scratch_[i].second < 0) {
      scratch_[i].second = 1;
      return first_scratch_ + static_cast<int>(i);
    }
  scratch_.push_back({rows, 1});
  code_.scratch.push_back(static_cast<uint16_t>(next_offset_));
  next_offset_ += rows * P::kRowFloats;
  CORNU_ASSERT(next_offset_ <= P::kScratchRows * P::kRowFloats);
  const int operand = first_scratch_ + static_cast<int>(scratch_.size()) - 1;
  CORNU_ASSERT(operand < kNoOperand);
  return operand;
}

void Lowering::release(int v, int at) {
  const Value& x = value(v);
  // Filled values keep theirs: a pattern outlives the tile.
  if (x.kind != Value::computed || x.last_use > at || x.operand < first_scratch_) return;
  scratch_[static_cast<size_t>(x.operand - first_scratch_)].second = -1;
}

void Lowering::lower_sources() {
  int next = 0;
  for (Value& v : values_)
    if (v.kind == Value::memory) {
      v.operand = next++;
      code_.memory.push_back(t_.loads[static_cast<size_t>(v.source)].slot);
    }
  loaded_in_place_ = next;
  for (const TileMove& m : t_.stores)
    if (in_place(m)) {
      ++next;
      code_.memory.push_back(m.slot);
    }
  for (Value& v : values_)
    if (v.kind == Value::scalar) {
      v.operand = next++;
      const TileMove& m = t_.loads[static_cast<size_t>(v.source)];
      code_.scalars.push_back({m.slot, m.dtype, m.integer});
    }
  for (Value& v : values_)
    if (v.kind == Value::constant) v.operand = next++;
  first_scratch_ = next;
  for (Value& v : values_)
    if (v.kind == Value::filled) lower_fill(t_.loads[static_cast<size_t>(v.source)], &v);
}

void Lowering::lower_fill(const TileMove& m, Value* v) {
  P::Load load{P::Fill::convert, m.dtype, m.integer, 0, m.slot, 0, m.view};
  if (m.mode == TileMode::strided) load.kind = P::Fill::strided;
  if (m.mode == TileMode::per_column) load.kind = p_->by_rows ? P::Fill::row_vector : P::Fill::pattern;
  if (m.mode == TileMode::per_row) load.kind = p_->by_rows ? P::Fill::row_scalar : P::Fill::spread;
  // A pattern may start in the middle of a row and is a tile long from there.
  v->operand = take_scratch(load.kind == P::Fill::pattern ? 2 : 1);
  v->uniform = false;
  load.at = static_cast<uint8_t>(v->operand);
  load.scratch = static_cast<uint8_t>(v->operand - first_scratch_);
  code_.loads.push_back(load);
}

TileFn Lowering::function(TileOp op, int a, int b, int c) const {
  const int arity = tile_op_arity(op);
  const auto single = [&](int v) {
    const Value& x = values_[static_cast<size_t>(v)];
    const bool follows_row =
        x.kind == Value::filled && p_->by_rows && t_.loads[static_cast<size_t>(x.source)].mode == TileMode::per_row;
    return x.uniform || follows_row;
  };
  const int mask = (single(a) ? 1 : 0) | (arity > 1 && single(b) ? 2 : 0) | (arity > 2 && single(c) ? 4 : 0);
  const int number = static_cast<int>(op), first = static_cast<int>(TileOp::add_i);
  return (is_integer_op(op) ? p_->isa->integer_tile[number - first] : p_->isa->tile[number]).fn[mask];
}

void Lowering::lower_op(int index) {
  const Op& op = ops_[static_cast<size_t>(index)];
  Value& v = value(op.dst);
  const auto at = [&](int x) { return static_cast<uint8_t>(value(x).operand); };
  for (const int x : {op.a, op.b, op.c}) release(x, index);  // functions may write onto their own operands
  bool exact = false;
  if (v.store >= 0) {
    int memory = loaded_in_place_;
    for (int s = 0; s < v.store; ++s) memory += in_place(t_.stores[static_cast<size_t>(s)]);
    v.operand = memory;
    exact = true;
  } else {
    v.operand = take_scratch(1);
  }
  const P::Instr instr{function(op.op, op.a, op.b, op.c), at(op.dst), at(op.a), at(op.b), at(op.c), exact};
  (v.uniform ? code_.uniform : code_.body).push_back(instr);
}

/// The operand that holds a value as a tile that no store changes; copies it into scratch if need be.
int Lowering::settled(int v) {
  const Value& x = value(v);
  const bool in_scratch =
      x.kind == Value::filled && !p_->by_rows && t_.loads[static_cast<size_t>(x.source)].mode != TileMode::strided;
  const bool as_it_is = !x.uniform && (x.kind == Value::computed || in_scratch);
  if (as_it_is) return x.operand;
  const int to = take_scratch(1);
  const uint8_t from = static_cast<uint8_t>(x.operand);
  code_.body.push_back({function(TileOp::copy, v, v, v), static_cast<uint8_t>(to), from, from, from, false});
  return to;
}

void Lowering::lower_results() {
  struct Copy {
    int from, to;
  };
  std::vector<Copy> copies;
  int memory = loaded_in_place_;
  for (size_t s = 0; s < t_.stores.size(); ++s) {
    const TileMove& m = t_.stores[s];
    const int v = reg_[m.reg];
    CORNU_ASSERT(v >= 0 && m.mode == TileMode::contiguous);
    if (!in_place(m))
      code_.stores.push_back({m.dtype, m.integer, static_cast<uint8_t>(settled(v)), m.slot});
    else if (value(v).store == static_cast<int>(s))
      ++memory;
    else
      copies.push_back(
          {value(v).kind == Value::memory && t_.stores.size() == 1 ? value(v).operand : settled(v), memory++});
  }
  for (const TileSum& s : t_.sums) code_.sums.push_back({static_cast<uint8_t>(settled(reg_[s.reg])), s.slot, s.scale});
  const TileFn copy = p_->isa->tile[static_cast<int>(TileOp::copy)].fn[0];
  for (const Copy& c : copies) {
    const uint8_t from = static_cast<uint8_t>(c.from);
    code_.body.push_back({copy, static_cast<uint8_t>(c.to), from, from, from, true});
  }
}

P::Code Lowering::lower() {
  lower_sources();
  // Numbers first: their scratch is not shared with tiles, whose values change while they stay.
  for (size_t i = 0; i < ops_.size(); ++i)
    if (value(ops_[i].dst).uniform) {
      value(ops_[i].dst).last_use = static_cast<int>(ops_.size());
      lower_op(static_cast<int>(i));
    }
  for (size_t i = 0; i < ops_.size(); ++i)
    if (!value(ops_[i].dst).uniform) lower_op(static_cast<int>(i));
  lower_results();
  code_.operands = first_scratch_ + static_cast<int>(scratch_.size());
  return code_;
}

/// Rough cost of an element in nanoseconds; only decides how much work a chunk is.
double cost_of(const TileProgram& t) {
  double ns = 0.1 * static_cast<double>(t.loads.size() + t.stores.size());
  ns += 0.3 * static_cast<double>(t.views.size());
  for (const TileInstr& i : t.code) {
    if (i.op == TileOp::power)
      ns += 8;
    else if (i.op >= TileOp::exp && i.op <= TileOp::erf)
      ns += 0.4;
    else if (i.op == TileOp::sigmoid || i.op == TileOp::softplus)
      ns += 0.5;
    else
      ns += 0.05;
  }
  return ns;
}

constexpr double kSplitNs = 50e3, kTaskNs = 20e3;

void divide(const TileProgram& t, P* p) {
  std::vector<int64_t> lengths = t.segments;
  if (lengths.empty()) lengths.push_back(t.rows * t.cols);
  double total = 0;
  for (const int64_t n : lengths) total += static_cast<double>(n);
  const double ns = cost_of(t), all = total * ns;
  // Sums are defined in chunks of kSumChunk; without them a piece is a task's work, in whole vectors and cache lines.
  int64_t piece = all < kSplitNs ? INT64_MAX : std::max<int64_t>(1, static_cast<int64_t>(kTaskNs / ns) / 1024) * 1024;
  if (!t.sums.empty()) piece = kSumChunk;
  double in_task = 0;
  for (size_t s = 0; s < lengths.size(); ++s)
    for (int64_t at = 0; at<lengths[s]; at = lengths[s] - at> piece ? at + piece : lengths[s]) {
      const int64_t end = lengths[s] - at > piece ? at + piece : lengths[s];
      if (p->tasks.empty() || (all >= kSplitNs && in_task >= kTaskNs)) {
        p->tasks.push_back(static_cast<uint32_t>(p->pieces.size()));
        in_task = 0;
      }
      p->pieces.push_back({static_cast<uint32_t>(s), at, end});
      in_task += ns * static_cast<double>(end - at);
    }
  p->tasks.push_back(static_cast<uint32_t>(p->pieces.size()));
  if (p->pieces.size() > 1) p->workspace = p->pieces.size() * t.sums.size() * sizeof(double);
}

/// Broadcasts over an index space of one row or one column are plain reads.
TileProgram simplified(TileProgram t) {
  for (TileMove& m : t.loads) {
    if (m.mode == TileMode::per_column && t.cols == 1) m.mode = TileMode::scalar;
    if (m.mode == TileMode::per_row && t.cols == 1) m.mode = TileMode::contiguous;
    if (m.mode == TileMode::per_column && t.rows == 1) m.mode = TileMode::contiguous;
    if (m.mode == TileMode::per_row && t.rows == 1) m.mode = TileMode::scalar;
    if (m.mode == TileMode::scalar && t.rows * t.cols == 1 && t.segments.empty()) m.mode = TileMode::contiguous;
  }
  return t;
}

void choose_tiling(const TileProgram& t, P* p) {
  const bool follows = std::any_of(t.loads.begin(), t.loads.end(), [](const TileMove& m) {
    return m.mode == TileMode::per_column || m.mode == TileMode::per_row;
  });
  if (!follows) return;
  CORNU_ASSERT(t.segments.empty());
  p->cols = t.cols;
  p->by_rows = t.cols > kTile;
  const int64_t parts = (t.cols + kTile - 1) / kTile;
  p->tile = p->by_rows ? ((t.cols + parts - 1) / parts + 15) / 16 * 16 : kTile / t.cols * t.cols;
}

void make_small(P* p) {
  const P::Code& code = p->direct;
  if (p->program || p->segments > 0 || p->pieces.size() != 1 || p->pieces[0].end > p->tile || !p->aliases.empty() ||
      !code.loads.empty() || !code.stores.empty() || !code.sums.empty())
    return;
  for (const P::Scalar& s : code.scalars)
    if (!s.as_stored()) return;
  p->small.slots = code.memory;
  for (const P::Scalar& s : code.scalars) p->small.slots.push_back(s.slot);
  const int n = static_cast<int>(p->pieces[0].end), lanes = p->isa->lanes, whole = (n + lanes - 1) & -lanes;
  for (const P::Instr& i : code.uniform) p->small.code.push_back({i.fn, i.dst, i.a, i.b, i.c, lanes});
  for (const P::Instr& i : code.body) p->small.code.push_back({i.fn, i.dst, i.a, i.b, i.c, i.exact ? n : whole});
}

}  // namespace

std::shared_ptr<const PreparedTile> prepare_tile(const TileProgram& program, const TileOptions& options) {
  const TileProgram t = ordered_tile(simplified(program));  // the order that precompiled programs take operands in
  CORNU_ASSERT(t.sums.size() <= P::kMaxSums && t.loads.size() + t.stores.size() <= P::kMaxMemory &&
               t.loads.size() <= P::kMaxScalars && t.constants.size() <= P::kMaxScalars);
  const auto plan = std::make_shared<PreparedTile>();
  P* p = plan.get();
  p->isa = &isa();
  p->segments = static_cast<uint32_t>(t.segments.size());
  p->slots_per_segment = t.segments.empty() ? 0 : t.slots_per_segment;
  for (const TileConstant& c : t.constants) p->constants.push_back(c.value);
  p->views = t.views;
  choose_tiling(t, p);
  divide(t, p);
  Lowering direct(t, p, true);
  p->direct = direct.lower();
  p->aliases = direct.aliases();
  p->safe = p->aliases.empty() ? p->direct : Lowering(t, p, false).lower();
  if (options.precompiled) p->program = find_program(t);
  for (const TileMove& m : t.loads)
    (m.mode == TileMode::scalar ? p->program_scalars : p->program_memory).push_back(m.slot);
  for (const TileMove& m : t.stores) p->program_memory.push_back(m.slot);
  for (const uint16_t s : p->program_scalars) p->own_scalars |= s < p->slots_per_segment;
  make_small(p);
  return plan;
}

}  // namespace cornu
