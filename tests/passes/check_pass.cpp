// The checks behind check_pass.
#include "passes/check_pass.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "graph/parse.h"
#include "passes/pass.h"

namespace cornu {
namespace {

/// "float32(2, 3) float32(2,)" as types.
std::vector<TypeShape> types_of(const std::string& text) {
  std::vector<TypeShape> out;
  for (size_t at = 0, end; (end = text.find(')', at)) != text.npos; at = end + 1)
    out.push_back(type_from_string(text.substr(at, end + 1 - at)));
  return out;
}

Graph run(const std::string& pass, const std::string& rest, const Graph& g) {
  if (pass == "specialize") return specialize(g, types_of(rest));
  if (pass == "decompose") return decompose(g, rest.find("all") != rest.npos);
  const std::pair<const char*, Graph (*)(const Graph&)> plain[] = {
      {"simplify", simplify}, {"epilogue", epilogue}, {"effects", effects}, {"fuse", fuse}, {"merge", merge}};
  for (const auto& [name, fn] : plain)
    if (pass == name) return fn(g);
  throw std::invalid_argument("no pass is called '" + pass + "'");
}

}  // namespace

void check_pass(const std::string& path) {
  SCOPED_TRACE(path);
  std::ifstream in(path);
  std::string pass, rest, graph, expected, line;
  ASSERT_TRUE(in >> pass && std::getline(in, rest));
  bool behind = false;
  while (std::getline(in, line)) {
    if (line == "----")
      behind = true;
    else
      (behind ? expected : graph) += line + "\n";
  }
  const Graph given = parse_graph(graph, op_registry());
  verify(given, "parsing");
  const Graph got = run(pass, rest, given);
  verify(got, pass.c_str());
  if (expected.empty()) FAIL() << "has no expected graph; the pass gives\n" << print(got, true);
  EXPECT_EQ(print(got, true), print(parse_graph(expected, op_registry()), true));
}

}  // namespace cornu
