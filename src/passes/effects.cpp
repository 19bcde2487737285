// effects: what is assigned or returned is a value of its own, never the entry value of a variable, an input or a
// constant, so that writing variables at the end of a step cannot change what is still to be read.
#include "passes/pass.h"

namespace cornu {

Graph effects(const Graph& g) {
  // Values that only rename what exists outside the step.
  std::vector<bool> outside(g.types.size());
  for (const Node& n : g.nodes)
    if (n.is("input") || n.is("constant") || n.is("read") || (n.is("reshape") && outside[n.in[0]]))
      outside[n.out()] = true;
  return rewrite(g, nullptr, {}, [&](Trace& trace, ValueId v, const Tensor& t) {
    return outside[v] ? trace.emit(op_row("copy"), {t}, {}) : t;
  });
}

}  // namespace cornu
