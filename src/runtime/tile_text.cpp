// Printer and parser of tile programs.
#include "runtime/tile_text.h"

#include <cornu/error.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <sstream>

namespace cornu {
namespace {

constexpr const char* kModes[] = {"contiguous", "scalar", "per_column", "per_row", "strided"};

std::string reg(int r) { return text("r{}", r); }
std::string number(float x) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, x);  // the shortest that reads back the same
  return std::string(text, end.ptr);
}
std::string move_text(const char* what, const TileProgram& p, const TileMove& m, bool identity) {
  std::string s = text("{} {} {} {}", what, reg(m.reg), to_string(m.dtype), kModes[static_cast<int>(m.mode)]);
  if (m.mode == TileMode::strided && !identity) {  // where it starts, then size:stride of each axis
    const TileView& v = p.views[static_cast<size_t>(m.view)];
    s += text(" {}", v.offset);
    for (size_t i = 0; i < static_cast<size_t>(v.rank); ++i) s += text(" {}:{}", v.size[i], v.stride[i]);
  }
  if (m.integer) s += " integer";
  if (!identity) s += text(" slot {}", static_cast<int>(m.slot));
  return s + "\n";
}

std::string print(const TileProgram& p, bool identity) {
  std::string s;
  if (!identity && !p.segments.empty()) {
    s += "segments";
    for (const int64_t n : p.segments) s += text(" {}", n);
    s += text(" slots {}\n", static_cast<int>(p.slots_per_segment));
  } else if (!identity) {
    s += text("space {} x {}\n", p.rows, p.cols);
  }
  for (const TileMove& m : p.loads) s += move_text("load", p, m, identity);
  for (const TileConstant& c : p.constants)
    s += identity    ? text("constant {}\n", reg(c.reg))
         : c.integer ? text("constant {} integer {}\n", reg(c.reg), std::bit_cast<uint32_t>(c.value))
                     : text("constant {} {}\n", reg(c.reg), number(c.value));
  for (const TileInstr& i : p.code) {
    const int arity = tile_op_arity(i.op);
    s += text("{} = {} {}", reg(i.dst), tile_op_name(i.op), reg(i.a));
    if (arity > 1) s += text(" {}", reg(i.b));
    if (arity > 2) s += text(" {}", reg(i.c));
    s += "\n";
  }
  for (const TileMove& m : p.stores) s += move_text("store", p, m, identity);
  for (const TileSum& q : p.sums)
    s += identity ? text("sum {}\n", reg(q.reg))
                  : text("sum {} slot {} scale {}\n", reg(q.reg), static_cast<int>(q.slot), number(q.scale));
  return s;
}

/// Words of one line, with complaints that quote it.
class Line {
 public:
  explicit Line(const std::string& line) : line_(line), in_(line) { in_ >> next_; }
  bool empty() const { return next_.empty(); }
  const std::string& peek() const { return next_; }
  std::string word() {
    std::string w;
    std::swap(w, next_);
    in_ >> next_;
    require(!w.empty(), "is too short");
    return w;
  }
  void expect(const char* w) { require(word() == w, text("must have '{}' here", w)); }
  int64_t integer() {
    const std::string w = word();
    int64_t v = 0;
    const auto end = std::from_chars(w.data(), w.data() + w.size(), v);
    require(end.ptr == w.data() + w.size() && v >= 0, text("must have a count instead of '{}'", w));
    return v;
  }
  float real() {
    const std::string w = word();
    float v = 0;
    const auto end = std::from_chars(w.data(), w.data() + w.size(), v);
    require(end.ptr == w.data() + w.size(), text("must have a number instead of '{}'", w));
    return v;
  }
  uint8_t reg() {
    const std::string w = word();
    int v = -1;
    if (w.size() > 1 && w[0] == 'r') std::from_chars(w.data() + 1, w.data() + w.size(), v);
    require(v >= 0 && v < 256, text("must have a register instead of '{}'", w));
    return static_cast<uint8_t>(v);
  }
  void require(bool ok, const std::string& rule) const {
    if (!ok) throw ConfigError("tile program", text("line '{}' {}", line_, rule));
  }

 private:
  std::string line_, next_;
  std::istringstream in_;
};

int16_t parse_view(Line& line, TileProgram* p) {
  TileView v;
  v.offset = line.integer();
  v.rank = 0;
  while (line.peek().find(':') != std::string::npos) {
    const std::string word = line.word();
    int64_t size = 0, stride = 0;
    const char *const middle = word.data() + word.find(':'), *const end = word.data() + word.size();
    line.require(v.rank < kMaxTileAxes && std::from_chars(word.data(), middle, size).ptr == middle &&
                     std::from_chars(middle + 1, end, stride).ptr == end && size > 0,
                 text("must have up to {} axes as size:stride instead of '{}'", kMaxTileAxes, word));
    v.size[static_cast<size_t>(v.rank)] = size;
    v.stride[static_cast<size_t>(v.rank++)] = stride;
  }
  line.require(v.rank > 0, "must have axes as size:stride");
  const auto found = std::find(p->views.begin(), p->views.end(), v);
  const int16_t number = static_cast<int16_t>(found - p->views.begin());
  if (found == p->views.end()) p->views.push_back(v);
  return number;
}

TileMove parse_move(Line& line, TileProgram* p) {
  TileMove m;
  m.reg = line.reg();
  m.dtype = dtype_from_string(line.word());
  const std::string mode = line.word();
  int found = -1;
  for (int i = 0; i < 5; ++i)
    if (mode == kModes[i]) found = i;
  line.require(found >= 0, "must have a mode: contiguous, scalar, per_column, per_row or strided");
  m.mode = static_cast<TileMode>(found);
  if (m.mode == TileMode::strided) m.view = parse_view(line, p);
  m.integer = line.peek() == "integer";
  if (m.integer) line.word();
  line.expect("slot");
  m.slot = static_cast<uint16_t>(line.integer());
  return m;
}

TileInstr parse_instr(Line& line, uint8_t dst) {
  TileInstr i;
  i.dst = dst;
  line.expect("=");
  const std::string name = line.word();
  int op = 0;
  while (op < static_cast<int>(TileOp::count) && name != tile_op_name(static_cast<TileOp>(op))) ++op;
  line.require(op < static_cast<int>(TileOp::count), text("names no operation '{}'", name));
  i.op = static_cast<TileOp>(op);
  i.a = line.reg();
  if (tile_op_arity(i.op) > 1) i.b = line.reg();
  if (tile_op_arity(i.op) > 2) i.c = line.reg();
  return i;
}

void parse_line(const std::string& source, TileProgram* p) {
  Line line(source.substr(0, source.find('#')));
  if (line.empty()) return;
  const std::string what = line.peek();
  if (what[0] == 'r' && what.size() > 1 && what[1] >= '0' && what[1] <= '9') {
    const uint8_t dst = line.reg();
    p->code.push_back(parse_instr(line, dst));
    return;
  }
  line.word();
  if (what == "space") {
    p->rows = line.integer();
    line.expect("x");
    p->cols = line.integer();
  } else if (what == "segments") {
    while (line.peek() != "slots") p->segments.push_back(line.integer());
    if (p->segments.empty()) p->segments.push_back(0);
    line.word();
    p->slots_per_segment = static_cast<uint16_t>(line.integer());
  } else if (what == "load") {
    p->loads.push_back(parse_move(line, p));
  } else if (what == "store") {
    p->stores.push_back(parse_move(line, p));
  } else if (what == "constant") {
    const uint8_t r = line.reg();
    const bool integer = line.peek() == "integer";
    if (integer) line.word();
    p->constants.push_back({r,
                            integer        ? std::bit_cast<float>(static_cast<uint32_t>(line.integer()))
                            : line.empty() ? 0.0f
                                           : line.real(),
                            integer});
  } else if (what == "sum") {
    TileSum s;
    s.reg = line.reg();
    line.expect("slot");
    s.slot = static_cast<uint16_t>(line.integer());
    if (!line.empty()) {
      line.expect("scale");
      s.scale = line.real();
    }
    p->sums.push_back(s);
  } else {
    line.require(false, "must start with space, segments, load, constant, store, sum or a register");
  }
}

}  // namespace

std::string print_tile(const TileProgram& program) { return print(program, false); }

TileProgram parse_tile(std::string_view text) {
  TileProgram p;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) parse_line(line, &p);
  return p;
}

TileProgram ordered_tile(const TileProgram& program) {
  TileProgram p = program;
  size_t first_use[256], last_write[256] = {}, uses = 1;
  std::fill(std::begin(first_use), std::end(first_use), SIZE_MAX);
  for (size_t at = 0; at < p.code.size(); ++at) {
    const TileInstr& i = p.code[at];
    const uint8_t operands[] = {i.a, i.b, i.c};
    for (int k = 0; k < tile_op_arity(i.op); ++k, ++uses)
      if (first_use[operands[k]] == SIZE_MAX && !last_write[operands[k]]) first_use[operands[k]] = uses;
    last_write[i.dst] = at + 1;
  }
  const auto by_use = [&](const auto& a, const auto& b) { return first_use[a.reg] < first_use[b.reg]; };
  std::stable_sort(p.loads.begin(), p.loads.end(), by_use);
  std::stable_sort(p.constants.begin(), p.constants.end(), by_use);
  std::stable_sort(p.stores.begin(), p.stores.end(),
                   [&](const TileMove& a, const TileMove& b) { return last_write[a.reg] < last_write[b.reg]; });
  return p;
}

TileProgram canonical_tile(const TileProgram& program) {
  TileProgram p = ordered_tile(program);
  int next = 0, now[256] = {};
  const auto define = [&](uint8_t r) {
    if (next > 255) throw ConfigError("tile program", "has more than 255 values");
    now[r] = next;
    return static_cast<uint8_t>(next++);
  };
  const auto use = [&](uint8_t r) { return static_cast<uint8_t>(now[r]); };
  for (TileMove& m : p.loads) m.reg = define(m.reg);
  for (TileConstant& c : p.constants) c.reg = define(c.reg);
  for (TileInstr& i : p.code) {
    const int arity = tile_op_arity(i.op);
    i.a = use(i.a);
    i.b = arity > 1 ? use(i.b) : i.a;
    i.c = arity > 2 ? use(i.c) : i.a;
    i.dst = define(i.dst);
  }
  for (TileMove& m : p.stores) m.reg = use(m.reg);
  for (TileSum& s : p.sums) s.reg = use(s.reg);
  return p;
}

bool can_be_printed(const TileProgram& p) {
  for (const TileInstr& i : p.code)
    if (is_integer_op(i.op)) return false;
  for (const TileMove& m : p.loads) {
    if (m.integer) return false;
    const bool array = m.mode == TileMode::contiguous && (m.dtype == DType::f32 || m.dtype == DType::i32);
    if (!array && !(m.mode == TileMode::scalar && m.dtype == DType::f32)) return false;
  }
  for (const TileMove& m : p.stores)
    if (m.dtype != DType::f32 || m.mode != TileMode::contiguous) return false;
  return p.loads.size() + p.constants.size() + p.code.size() <= 255;
}

std::string tile_identity(const TileProgram& program) { return print(canonical_tile(program), true); }

std::vector<NamedTile> parse_named_tiles(std::string_view source) {
  std::vector<NamedTile> all;
  std::istringstream in{std::string(source)};
  for (std::string raw; std::getline(in, raw);) {
    Line line(raw.substr(0, raw.find('#')));
    if (line.empty()) continue;
    if (line.peek() == "program") {
      line.word();
      all.push_back({line.word(), {}});
    } else {
      line.require(!all.empty(), "must follow 'program <name>'");
      parse_line(raw, &all.back().program);
    }
  }
  return all;
}

}  // namespace cornu
