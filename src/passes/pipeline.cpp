// The one ordered list of passes.
#include <chrono>
#include <stdexcept>

#include "base/env.h"
#include "graph/parse.h"
#include "passes/pass.h"

namespace cornu {

static bool skipped(const char* name) {
  return ("," + env().skip + ",").find("," + std::string(name) + ",") != std::string::npos;
}

/// What is printed must read back as the same graph.
static void verify_text(const Graph& g, const char* after) {
  const std::string text = print(g, true);
  const std::string again = print(parse_graph(text, op_registry()), true);
  if (again != text)
    throw std::logic_error(cornu::text("after {}: the graph\n{}\nreads back as\n{}", after, text, again));
}

Graph run_pipeline(const Graph& g, const PassOptions& options, std::vector<PassTime>* times) {
  struct Pass {
    const char* name;
    std::function<Graph(const Graph&)> run;
  };
  std::vector<Pass> passes = {
      {"prune", prune},
      {"specialize", [&](const Graph& x) { return specialize(x, options.inputs); }},
      {"decompose", [](const Graph& x) { return decompose(x); }},
      {"simplify", simplify},
  };
  if (options.fuse) passes.push_back({"epilogue", epilogue});
  passes.push_back({"effects", effects});
  if (options.fuse) {
    passes.push_back({"fuse", fuse});
    passes.push_back({"merge", merge});
  }
  Graph out = g;
  if (env().check_text) verify_text(out, "tracing");
  for (const Pass& pass : passes) {
    if (skipped(pass.name)) continue;
    const auto start = std::chrono::steady_clock::now();
    out = pass.run(out);
    verify(out, pass.name);
    if (env().check_text) verify_text(out, pass.name);
    if (times)
      times->push_back(
          {pass.name, std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count()});
  }
  return out;
}

}  // namespace cornu
