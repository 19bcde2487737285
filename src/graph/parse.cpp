// Parser of printed graphs: one statement after another, with complaints that name the line.
#include "graph/parse.h"

#include <cctype>
#include <charconv>
#include <map>

#include "io/json.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

/// Words of a text, read from front to back. Blanks are skipped, ends of lines are not.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  [[noreturn]] void fail(const std::string& rule) const {
    throw ConfigError("graph", text("line {}: {}", line_, rule));
  }
  void require(bool ok, const std::string& rule) const {
    if (!ok) fail(rule);
  }
  bool at_end() {
    skip_blanks();
    return at_ == text_.size();
  }
  char peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\n';
  }
  bool take(std::string_view what) {
    skip_blanks();
    if (text_.substr(at_, what.size()) != what) return false;
    at_ += what.size();
    return true;
  }
  void expect(std::string_view what) {
    if (!take(what)) fail(text("expected '{}', got {}", what, rest()));
  }
  void end_line() {
    if (peek() != '\n') fail(text("expected the end of the line, got {}", rest()));
    at_ += at_ < text_.size();
    ++line_;
  }
  void skip_line() {
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    end_line();
  }
  /// Letters, digits and what numbers hold besides; may be empty.
  std::string_view word() {
    skip_blanks();
    const size_t from = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || in("_.+-"))) ++at_;
    return text_.substr(from, at_ - from);
  }
  template <class T>
  T number(const char* what) {
    const std::string_view w = word();
    T value{};
    const auto end = std::from_chars(w.data(), w.data() + w.size(), value);
    if (w.empty() || end.ec != std::errc() || end.ptr != w.data() + w.size())
      fail(text("expected {}, got {}", what, w.empty() ? rest() : text("'{}'", w)));
    return value;
  }
  /// One JSON value, which may span lines: a string, or an object with everything up to its last brace.
  Value json() {
    skip_blanks();
    const size_t from = at_;
    int depth = 0, lines = 0;
    bool quoted = false;
    do {
      if (at_ == text_.size()) fail("the attributes or the string that begin here do not end");
      const char c = text_[at_++];
      if (c == '\\' && quoted && at_ < text_.size())
        ++at_;
      else if (c == '"')
        quoted = !quoted;
      else if (!quoted)
        depth += c == '{' ? 1 : c == '}' ? -1 : 0;
      lines += c == '\n';
    } while (depth > 0 || quoted);
    try {
      const Value v = parse_json(text_.substr(from, at_ - from), "text");
      line_ += lines;
      return v;
    } catch (const Error& e) {
      fail(e.what());
    }
  }
  TypeShape type() {
    TypeShape t;
    const std::string_view name = word();
    try {
      t.dtype = dtype_from_string(name);
    } catch (const Error&) {
      fail(text("expected a type like float32(None, 8), got '{}'", name));
    }
    std::vector<int64_t> dims;
    expect("(");
    while (!take(")")) {
      dims.push_back(take("None") ? -1 : number<int64_t>("a size"));
      if (!take(",") && peek() != ')') fail(text("expected ',' or ')' after a size, got {}", rest()));
    }
    require(dims.size() <= static_cast<size_t>(Shape::kMaxRank),
            text("got {} dimensions, which are too many", dims.size()));
    t.shape = Shape(dims);
    return t;
  }
  std::string rest() {
    if (peek() == '\n') return "the end of the line";
    const size_t end = text_.find('\n', at_);
    return text("'{}'", text_.substr(at_, std::min<size_t>(end == text_.npos ? 40 : end - at_, 40)));
  }

 private:
  bool in(std::string_view set) const { return set.find(text_[at_]) != set.npos; }
  void skip_blanks() {
    while (at_ < text_.size() && in(" \t\r")) ++at_;
  }
  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
};

class Parser {
 public:
  Parser(std::string_view text, const OpRegistry& rows) : in_(text), rows_(rows), builder_(graph_) {}

  Graph run() {
    bool returned = false;
    while (!in_.at_end()) {
      if (in_.peek() == '#') {
        in_.skip_line();
        continue;
      }
      if (in_.peek() != '\n') {
        in_.require(!returned, "nothing may follow 'return'");
        returned = statement();
      }
      in_.end_line();
    }
    in_.require(returned, "the text must end with 'return' and the results");
    return std::move(graph_);
  }

 private:
  /// True if it was the last one.
  bool statement() {
    std::vector<std::string> results;
    if (in_.peek() == '%') {
      do results.push_back(name());
      while (in_.take(","));
      in_.expect("=");
    }
    const std::string op(in_.word());
    if (op == "return") {
      if (in_.peek() == '%') graph_.outputs = operands();
      return true;
    }
    if (op == "variable") {
      variable();
      return false;
    }
    const OpDef* row = rows_.find(op);
    if (!row) {
      std::vector<std::string> known;
      for (const OpDef* one : rows_.all()) known.push_back(one->name);
      const std::string near = nearest_name(op, known);
      in_.fail(text("there is no operation '{}'{}", op, near.empty() ? "" : "; did you mean '" + near + "'?"));
    }
    const size_t first = graph_.types.size();
    node(*row);
    in_.require(graph_.types.size() - first == results.size(),
                text("{} gives {} values, the text names {}", op, graph_.types.size() - first, results.size()));
    for (size_t i = 0; i < results.size(); ++i)
      in_.require(values_.emplace(results[i], static_cast<ValueId>(first + i)).second,
                  text("%{} is named a second time", results[i]));
    return false;
  }

  std::string name() {
    in_.expect("%");
    const std::string word(in_.word());
    in_.require(!word.empty(), "a name must follow '%'");
    return word;
  }
  std::vector<ValueId> operands() {
    std::vector<ValueId> out;
    while (in_.peek() == '%') {
      const std::string word = name();
      const auto found = values_.find(word);
      in_.require(found != values_.end(), text("%{} is used before it is computed", word));
      out.push_back(found->second);
      if (!in_.take(",")) break;
    }
    return out;
  }
  void variable() {
    in_.expect("@");
    const size_t index = in_.number<size_t>("the number of the variable");
    in_.require(index == graph_.cells.size(), text("expected variable @{}, got @{}", graph_.cells.size(), index));
    auto cell = std::make_shared<Cell>();
    cell->path = cell->name = quoted("the variable's path");
    in_.expect(":");
    const TypeShape t = in_.type();
    in_.require(t.shape.known(), text("a variable must have known sizes, got {}", to_string(t)));
    cell->value = Tensor(t.shape, t.dtype);
    builder_.cell_index(cell);
  }
  std::string quoted(const char* what) {
    if (in_.peek() != '"') in_.fail(text("expected {} in quotes, got {}", what, in_.rest()));
    return in_.json().as_string();
  }
  const std::shared_ptr<Cell>& cell() {
    in_.expect("@");
    const size_t index = in_.number<size_t>("the number of a variable");
    in_.require(index < graph_.cells.size(), text("there is no variable @{}", index));
    return graph_.cells[index];
  }

  void node(const OpDef& op) {
    const std::vector<ValueId> in = operands();
    const ValueId first = static_cast<ValueId>(graph_.types.size());
    const auto is = [&](const char* name) { return std::string_view(op.name) == name; };
    if (is("input")) {
      in_.expect(":");
      builder_.input(in_.type());
    } else if (is("constant")) {
      constant();
    } else if (is("read")) {
      builder_.read(cell());
    } else if (is("assign")) {
      in_.require(in.size() == 1, text("assign takes 1 operand, got {}", in.size()));
      builder_.assign(cell(), in[0]);
    } else {
      computed(op, in);
    }
    if (graph_.types.size() > first && in_.take(":")) {
      size_t i = first;
      do {
        const TypeShape t = in_.type();
        in_.require(i < graph_.types.size() && t == graph_.types[i],
                    text("{} gives {}, the text says {}", op.name,
                         i < graph_.types.size() ? to_string(graph_.types[i]) : "nothing more", to_string(t)));
        ++i;
      } while (in_.take(","));
    }
    if (in_.take("in ")) graph_.nodes.back().scope = builder_.scope(quoted("the layer"));
  }

  void computed(const OpDef& op, const std::vector<ValueId>& in) {
    in_.require(op.arity < 0 ? !in.empty() || op.kind == OpKind::fused : static_cast<size_t>(op.arity) == in.size(),
                text("{} takes {} operands, got {}", op.name, op.arity < 0 ? "1 or more" : std::to_string(op.arity),
                     in.size()));
    const Value given = in_.peek() == '{' ? in_.json() : Value::object();
    in_.require(op.attrs || given.size() == 0, text("{} has no attributes", op.name));
    try {
      builder_.add(op, in, op.attrs ? op.attrs(given, op.name) : Attrs());
    } catch (const Error& e) {
      in_.fail(e.what());
    }
  }

  void constant() {
    if (in_.peek() == '<') in_.fail("the values of the constant are left out; print the graph with all values");
    // The type follows the values, so these are kept as text until it is known.
    std::vector<std::string> values;
    const bool listed = in_.take("[");
    do {
      if (listed && in_.peek() == ']') break;
      values.emplace_back(in_.word());
    } while (listed && in_.take(","));
    if (listed) in_.expect("]");
    in_.expect(":");
    const TypeShape t = in_.type();
    in_.require(t.shape.known() && t.shape.size() == static_cast<int64_t>(values.size()),
                text("{} cannot hold {} values", to_string(t), values.size()));
    Tensor tensor(t.shape, t.dtype);
    with_type(t.dtype, [&]<class T>() {
      const std::span<T> into = tensor.mutable_data<T>();
      for (size_t i = 0; i < values.size(); ++i) {
        if constexpr (std::is_same_v<T, bool>) {
          in_.require(values[i] == "true" || values[i] == "false", text("expected true or false, got '{}'", values[i]));
          into[i] = values[i] == "true";
        } else {
          const char *begin = values[i].data(), *end = begin + values[i].size();
          std::conditional_t<kIsHalf<T>, float, T> value{};
          const auto read = std::from_chars(begin, end, value);
          into[i] = static_cast<T>(value);
          in_.require(begin != end && read.ec == std::errc() && read.ptr == end,
                      text("expected a number of type {}, got '{}'", t.dtype, values[i]));
        }
      }
    });
    builder_.constant(tensor);
  }

  Cursor in_;
  const OpRegistry& rows_;
  Graph graph_;
  Builder builder_;
  std::map<std::string, ValueId> values_;
};

}  // namespace

Graph parse_graph(std::string_view text, const OpRegistry& rows) { return Parser(text, rows).run(); }

TypeShape type_from_string(std::string_view text) {
  Cursor in(text);
  TypeShape t = in.type();
  in.require(in.at_end(), cornu::text("nothing may follow the type {}", to_string(t)));
  return t;
}

}  // namespace cornu
