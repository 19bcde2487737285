// Passes: every text case of this folder, and graphs that do not parse.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "graph/parse.h"
#include "ops/emit.h"
#include "passes/check_pass.h"

namespace cornu {
namespace {

TEST(Passes, TextCases) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(CORNU_TEST_DATA "/passes"))
    if (entry.path().extension() == ".txt") files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) check_pass(file);
  for (const char* pass : {"specialize", "decompose", "simplify", "epilogue", "effects", "fuse", "merge"}) {
    const auto covers = [&](const std::string& f) { return f.find(std::string("/") + pass + "_") != f.npos; };
    EXPECT_GE(std::count_if(files.begin(), files.end(), covers), 2) << pass;
  }
}

std::string complaint(const std::string& text) {
  try {
    parse_graph(text, op_registry());
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

TEST(GraphText, ComplaintsNameTheLine) {
  EXPECT_EQ(complaint("%x = input : float32(2,)\n%y = rellu %x\nreturn %y\n"),
            "ConfigError: graph: line 2: there is no operation 'rellu'; did you mean 'relu'?");
  EXPECT_EQ(complaint("# nothing\n\n%y = relu %x\nreturn %y\n"),
            "ConfigError: graph: line 3: %x is used before it is computed");
  EXPECT_EQ(complaint("%x = input : float32(2,)\n%y = relu %x : float32(3,)\nreturn %y\n"),
            "ConfigError: graph: line 2: relu gives float32(2,), the text says float32(3,)");
  EXPECT_EQ(complaint("%x = input : float32(2,)\n%x = relu %x\nreturn %x\n"),
            "ConfigError: graph: line 2: %x is named a second time");
  EXPECT_EQ(complaint("%x = input : float31(2,)\nreturn %x\n"),
            "ConfigError: graph: line 1: expected a type like float32(None, 8), got 'float31'");
  EXPECT_EQ(complaint("%x = input : float32(2,)\n%y = add %x\nreturn %y\n"),
            "ConfigError: graph: line 2: add takes 2 operands, got 1");
  EXPECT_EQ(complaint("%c = constant <80 values> : float32(80,)\nreturn %c\n"),
            "ConfigError: graph: line 1: the values of the constant are left out; print the graph with all values");
  EXPECT_EQ(complaint("%c = constant [1, 2, x] : float32(3,)\nreturn %c\n"),
            "ConfigError: graph: line 1: expected a number of type float32, got 'x'");
  EXPECT_EQ(complaint("%c = constant [1, 2] : float32(3,)\nreturn %c\n"),
            "ConfigError: graph: line 1: float32(3,) cannot hold 2 values");
  EXPECT_EQ(complaint("%v = read @0 : float32(3,)\nreturn %v\n"),
            "ConfigError: graph: line 1: there is no variable @0");
  EXPECT_EQ(complaint("%x = input : float32(2, 3)\n%y = sum %x {\"axis\": [0]}\nreturn %y\n"),
            "ConfigError: graph: line 2: ConfigError: sum: 'axis' is not one of its arguments; did you mean 'axes'?\n"
            "  arguments: [axes, keepdims]");
  EXPECT_EQ(complaint("%x = input : float32(2, 3)\n%y = matmul %x, %x\nreturn %y\n"),
            "ConfigError: graph: line 2: ShapeError: matmul: inner dimensions must agree, got 3 and 2\n"
            "  input 0: (2, 3) float32\n  input 1: (2, 3) float32");
  EXPECT_EQ(complaint("%x = input : float32(2, 3)\n"),
            "ConfigError: graph: line 2: the text must end with 'return' and the results");
}

TEST(GraphText, DamagedTextNeverAborts) {
  const std::string good =
      "variable @0 \"dense/kernel\" : float32(3, 4)\n%x = input : float32(None, 3)\n%k = read @0\n"
      "%c = constant [1, -2.5, nan, inf] : float32(4,)\n%y = matmul %x, %k {\"transpose_a\": false} in \"dense\"\n"
      "%s, %t = fused %x, %k {\"outputs\": [\"float32(3,)\", \"float32()\"], \"program\": [\"space 1 x 3\",\n"
      " \"load r0 float32 contiguous slot 0\", \"r1 = relu r0\", \"sum r1 slot 3 scale 1\"]}\n"
      "assign %k @0\nreturn %y, %t\n";
  const std::string whole = print(parse_graph(good, op_registry()), true);
  EXPECT_EQ(print(parse_graph(whole, op_registry()), true), whole);
  for (size_t at = 0; at < whole.size(); ++at)
    for (const char c : {'x', '9', '-', '"', '}', '(', '%', '\n', '\0'}) {
      std::string damaged = whole;
      damaged[at] = c;
      try {
        parse_graph(damaged, op_registry());
        parse_graph(whole.substr(0, at), op_registry());
      } catch (const Error&) {}
    }
}

}  // namespace
}  // namespace cornu
