// Graphs as text: one line per node.
#include "graph/graph.h"
#include "io/json.h"

namespace cornu {

static std::string type_text(const TypeShape& t) { return to_string(t.dtype) + t.shape.str(); }

static std::string literal(const Tensor& t) {
  return t.size() == 1 ? Arg(t.item()).text : text("<{} values>", t.size());
}

std::string print(const Graph& g) {
  std::string out;
  for (const Node& n : g.nodes) {
    std::string line;
    for (uint32_t i = 0; i < n.n_out; ++i) line += text("{}%{}", i ? ", " : "", n.out(i));
    if (n.n_out) line += " = ";
    line += n.op->name;
    for (size_t i = 0; i < n.in.size(); ++i) line += text("{}%{}", i ? ", " : " ", n.in[i]);
    if (n.is("constant"))
      line += " " + literal(g.constants[static_cast<size_t>(state_index(n))]);
    else if (!n.attrs.empty() && n.is("read") + n.is("assign"))
      line += " @" + std::to_string(state_index(n));
    else if (!n.attrs.empty() && !n.is("input"))
      line += " " + write_json(n.attrs.to_value());
    for (uint32_t i = 0; i < n.n_out; ++i) line += (i ? ", " : " : ") + type_text(g.types[n.out(i)]);
    out += line + "\n";
  }
  out += "return";
  for (size_t i = 0; i < g.outputs.size(); ++i) out += text("{}%{}", i ? ", " : " ", g.outputs[i]);
  return out + "\n";
}

}  // namespace cornu
