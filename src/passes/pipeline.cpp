// The one ordered list of passes.
#include <chrono>

#include "base/env.h"
#include "passes/pass.h"

namespace cornu {

static bool skipped(const char* name) {
  return ("," + env().skip + ",").find("," + std::string(name) + ",") != std::string::npos;
}

Graph run_pipeline(const Graph& g, const PassOptions& options, std::vector<PassTime>* times) {
  struct Pass {
    const char* name;
    std::function<Graph(const Graph&)> run;
  };
  std::vector<Pass> passes = {
      {"specialize", [&](const Graph& x) { return specialize(x, options.inputs); }},
      {"decompose", decompose},
      {"simplify", simplify},
  };
  if (options.fuse) passes.push_back({"epilogue", epilogue});
  passes.push_back({"effects", effects});
  if (options.fuse) {
    passes.push_back({"fuse", fuse});
    passes.push_back({"merge", merge});
  }
  Graph out = g;
  for (const Pass& pass : passes) {
    if (skipped(pass.name)) continue;
    const auto start = std::chrono::steady_clock::now();
    out = pass.run(out);
    verify(out, pass.name);
    if (times)
      times->push_back(
          {pass.name, std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count()});
  }
  return out;
}

}  // namespace cornu
