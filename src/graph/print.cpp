// Graphs as text: one line for each variable, one statement for each node.
#include "graph/graph.h"
#include "io/json.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

constexpr int64_t kShownValues = 16;  ///< Larger constants are left out unless all values are wanted.
constexpr size_t kOneLine = 100;      ///< Longer attributes are spread over lines.

/// Elements as the shortest text that reads back the same.
std::string values_text(const Tensor& t) {
  std::string out;
  with_type(t.dtype(), [&]<class T>() {
    for (const T& x : t.data<T>()) out += (out.empty() ? "" : ", ") + Arg(x).text;
  });
  return t.shape().rank() ? "[" + out + "]" : out;
}

std::string attrs_text(const Node& n) {
  if (n.attrs.empty()) return "";
  const Value all = n.attrs.to_value();
  const Value defaults = n.op->attrs ? n.op->attrs(Value::object(), n.op->name).to_value() : Value::object();
  Value given = Value::object();
  for (const auto& [key, value] : all.as_object())
    if (const Value* usual = defaults.find(key); !usual || !(*usual == value)) given[key] = value;
  if (given.size() == 0) return "";
  const std::string line = write_json(given);
  return " " + (line.size() <= kOneLine ? line : write_json(given, 2));
}

std::string payload_text(const Graph& g, const Node& n, bool all_values) {
  if (n.is("input")) return "";
  if (n.is("read") || n.is("assign")) return text(" @{}", state_index(n));
  if (!n.is("constant")) return attrs_text(n);
  const Tensor& t = g.constants[static_cast<size_t>(state_index(n))];
  return " " + (all_values || t.size() <= kShownValues ? values_text(t) : text("<{} values>", t.size()));
}

std::string list(const char* before, const std::vector<ValueId>& values) {
  std::string out;
  for (const ValueId v : values) out += text("{}%{}", out.empty() ? before : ", ", v);
  return out;
}

}  // namespace

std::string to_string(const TypeShape& t) { return to_string(t.dtype) + t.shape.str(); }

std::string print(const Graph& g, bool all_values) {
  std::string out;
  for (size_t i = 0; i < g.cells.size(); ++i) {
    const Tensor& held = g.cells[i]->value;
    out += text("variable @{} {} : {}\n", i, write_json(Value(g.cells[i]->path)),
                to_string(TypeShape{held.dtype(), held.shape()}));
  }
  for (const Node& n : g.nodes) {
    std::string results, types;
    for (uint32_t i = 0; i < n.n_out; ++i) {
      results += text("{}%{}", i ? ", " : "", n.out(i));
      types += (i ? ", " : " : ") + to_string(g.types[n.out(i)]);
    }
    out += results + (n.n_out ? " = " : "") + n.op->name + list(" ", n.in) + payload_text(g, n, all_values) + types;
    if (!g.scopes[n.scope].empty()) out += " in " + write_json(Value(g.scopes[n.scope]));
    out += "\n";
  }
  return out + "return" + list(" ", g.outputs) + "\n";
}

}  // namespace cornu
