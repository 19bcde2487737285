// The memory planner on programs made by hand, whose arenas are worked out here.
#include "passes/memory.h"

#include <gtest/gtest.h>

#include <cstring>

#include "graph/parse.h"
#include "passes/check_memory.h"
#include "passes/pass.h"

namespace cornu {
namespace {

Graph graph_of(const std::string& text) { return parse_graph(text, op_registry()); }

/// The plan of a program whose nodes need no workspace.
MemoryPlan plan(const Graph& g) {
  const std::vector<size_t> none(g.nodes.size());
  MemoryPlan p = plan_memory(g, none);
  check_places(g, none, p);
  return p;
}
uint64_t arena(const std::string& text) { return plan(graph_of(text)).arena_bytes; }

// 16 x 16 float32 are 1,024 bytes; sizes are rounded up to 64.
constexpr const char* kInput = "%x = input : float32(16, 16)\n";

TEST(Memory, AChainOfElementwiseNodesStaysInOnePlace) {
  EXPECT_EQ(arena(std::string(kInput) + "%a = relu %x\n%b = tanh %a\n%c = negative %b\n%d = exp %c\nreturn %d\n"),
            1024u);
  EXPECT_EQ(arena("%x = input : float32(3, 5)\n%a = relu %x\n%b = tanh %a\nreturn %b\n"), 64u);
  EXPECT_EQ(arena("%x = input : float64(3, 5)\n%a = relu %x\n%b = tanh %a\nreturn %b\n"), 128u);
}

TEST(Memory, AChainOfProductsTakesTwoPlacesInTurn) {
  const Graph g =
      graph_of(std::string(kInput) +
               "%a = matmul %x, %x\n%b = matmul %a, %x\n%c = matmul %b, %x\n%d = matmul %c, %x\nreturn %d\n");
  const MemoryPlan p = plan(g);
  EXPECT_EQ(p.arena_bytes, 2048u);
  for (ValueId v = 1; v < 5; ++v) EXPECT_EQ(p.places[v].offset, v % 2 ? 0u : 1024u);
}

TEST(Memory, ALaterValueTakesTheFirstHoleThatHoldsIt) {
  // Of 256, 512 and 1,024 bytes in a row the first two end; 512 bytes go to 256, 256 bytes to 0.
  const Graph g = graph_of(
      "%x = input : float32(8, 8)\n%y = input : float32(8, 16)\n%z = input : float32(16, 16)\n"
      "%a = transpose %x {\"perm\": [1, 0]}\n%b = transpose %y {\"perm\": [1, 0]}\n%c = transpose %z {\"perm\": [1, "
      "0]}\n"
      "%s = matmul %a, %y\n%e = matmul %b, %x\n%f = matmul %x, %x\nreturn %c, %s, %e, %f\n");
  const MemoryPlan p = plan(g);
  const auto at = [&](ValueId v) { return p.places[v].offset; };
  EXPECT_EQ(at(3), 0u);     // a, until s
  EXPECT_EQ(at(4), 256u);   // b, until e
  EXPECT_EQ(at(5), 768u);   // c
  EXPECT_EQ(at(6), 1792u);  // s: 8 x 16, beside a
  EXPECT_EQ(at(7), 2304u);  // e: 16 x 8, beside b; a's 256 bytes are too few
  EXPECT_EQ(at(8), 0u);     // f: 8 x 8 fits where a was
  EXPECT_EQ(p.arena_bytes, 2816u);
}

TEST(Memory, WhatIsStillReadKeepsItsPlace) {
  // m is read twice, so that a takes a place of its own, and b the place of a; the sum that of m.
  EXPECT_EQ(arena(std::string(kInput) + "%m = matmul %x, %x\n%a = relu %m\n%b = tanh %a\n%c = add %m, %b\nreturn %c\n"),
            2048u);
  // A result stays to the end, though nobody reads it again.
  EXPECT_EQ(arena(std::string(kInput) + "%a = relu %x\n%b = tanh %a\n%c = negative %b\nreturn %a, %b, %c\n"), 3072u);
  // The product reads both operands while it writes.
  EXPECT_EQ(arena(std::string(kInput) + "%a = relu %x\n%b = tanh %x\n%c = matmul %a, %b\nreturn %c\n"), 3072u);
}

TEST(Memory, NoPlaceIsTakenOverByOtherSizesOrTypes) {
  // Smaller elements would be written over what is not read yet.
  EXPECT_EQ(arena(std::string(kInput) + "%a = relu %x\n%b = greater %a, %x\nreturn %b\n"), 1024u + 256);
  // A row that is read again and again must stay while the whole is written.
  EXPECT_EQ(arena("%x = input : float32(1, 16)\n%y = input : float32(16, 16)\n%a = relu %x\n%b = relu %y\n"
                  "%c = add %a, %b\nreturn %c\n"),
            64u + 1024);
}

TEST(Memory, ViewsAreWhereTheyLook) {
  const std::string flat = " {\"shape\": [256]}\n", square = " {\"shape\": [16, 16]}\n";
  // A view holds its root until its own last reader, as an operand and as a result.
  const Graph g = graph_of(std::string(kInput) + "%a = matmul %x, %x\n%v = reshape %a" + flat + "%w = reshape %v" +
                           square + "%b = matmul %x, %x\n%c = matmul %b, %x\n%d = add %c, %w\nreturn %d\n");
  const MemoryPlan p = plan(g);
  EXPECT_EQ(p.places[2].offset, p.places[1].offset);
  EXPECT_EQ(p.places[3].offset, p.places[1].offset);
  EXPECT_EQ(p.arena_bytes, 3072u);
  EXPECT_EQ(arena(std::string(kInput) + "%a = matmul %x, %x\n%v = reshape %a" + flat +
                  "%b = matmul %x, %x\n%c = matmul %b, %x\nreturn %v, %c\n"),
            3072u);
  // The place of what dies through a view of the result's shape is taken over.
  EXPECT_EQ(arena(std::string(kInput) + "%a = matmul %x, %x\n%v = reshape %a" + flat + "%b = relu %v\nreturn %b\n"),
            1024u);
}

TEST(Memory, ViewsOfInputsAndVariablesTakeNoBytes) {
  const Graph g = graph_of("variable @0 \"v\" : float32(16, 16)\n" + std::string(kInput) +
                           "%k = read @0\n%f = reshape %x {\"shape\": [256]}\n%h = reshape %k {\"shape\": [256]}\n"
                           "%s = add %f, %h\nreturn %s\n");
  const MemoryPlan p = plan(g);
  EXPECT_EQ(p.places[2].kind, Place::input);
  EXPECT_EQ(p.places[3].kind, Place::variable);
  EXPECT_EQ(p.arena_bytes, 1024u);
}

TEST(Memory, WorkspacesLieBesideOperandsAndResults) {
  const Graph g = graph_of(std::string(kInput) + "%a = matmul %x, %x\n%b = matmul %a, %x\nreturn %b\n");
  std::vector<size_t> workspaces(g.nodes.size());
  workspaces[1] = 100, workspaces[2] = 1000;
  const MemoryPlan p = plan_memory(g, workspaces);
  check_places(g, workspaces, p);
  EXPECT_EQ(p.workspaces[1], 1024u);  // behind a
  EXPECT_EQ(p.workspaces[2], 2048u);  // behind a and b
  EXPECT_EQ(p.arena_bytes, 2048u + 1024);
}

constexpr const char* kVariable = "variable @0 \"v\" : float32(16, 16)\n";

TEST(Memory, AnUpdateIsWrittenIntoItsVariable) {
  const Graph g =
      graph_of(std::string(kVariable) + kInput + "%k = read @0\n%n = subtract %k, %x\nassign %n @0\nreturn\n");
  const MemoryPlan p = plan(g);
  EXPECT_EQ(p.arena_bytes, 0u);
  EXPECT_EQ(p.places[2].kind, Place::variable);
  EXPECT_FALSE(p.copies[3]);
}

TEST(Memory, AnUpdateIsCopiedAtTheEndWhereTheOldValueIsStillRead) {
  const std::string start = std::string(kVariable) + kInput + "%k = read @0\n";
  const std::pair<std::string, uint64_t> programs[] = {
      {"%n = subtract %k, %x\n%o = matmul %k, %x\nassign %n @0\nreturn %o\n", 2048},  // read later
      {"%n = subtract %k, %x\n%f = reshape %k {\"shape\": [256]}\n%o = relu %f\nassign %n @0\nreturn %o\n", 2048},
      {"%n = matmul %k, %x\nassign %n @0\nreturn\n", 1024},       // read at other places
      {"%n = subtract %k, %x\nassign %n @0\nreturn %n\n", 1024},  // a result too
      {"%n = subtract %k, %x\n%f = reshape %n {\"shape\": [256]}\nassign %n @0\nreturn %f\n", 1024}};
  for (const auto& [rest, bytes] : programs) {
    const Graph g = graph_of(start + rest);
    const MemoryPlan p = plan(g);
    EXPECT_EQ(p.arena_bytes, bytes) << rest;
    for (size_t i = 0; i < g.nodes.size(); ++i) EXPECT_EQ(p.copies[i], g.nodes[i].is("assign")) << rest;
  }
  // Of two variables that get one value, neither is its home, since both are written when all is computed.
  const Graph two = graph_of(std::string(kVariable) + "variable @1 \"w\" : float32(16, 16)\n" + kInput +
                             "%k = read @0\n%n = subtract %k, %x\nassign %n @0\nassign %n @1\nreturn\n");
  EXPECT_EQ(plan(two).arena_bytes, 1024u);
}

TEST(Memory, VariablesThatSwapKeepTheirOldValuesUntilTheEnd) {
  const Graph g =
      effects(graph_of("variable @0 \"a\" : float32(2,)\nvariable @1 \"b\" : float32(2,)\n%x = input : float32(2,)\n"
                       "%a = read @0\n%b = read @1\n%c = add %a, %x\nassign %b @0\nassign %a @1\nreturn %c, %a\n"));
  g.cells[0]->value = Tensor({2}, {1, 2});
  g.cells[1]->value = Tensor({2}, {3, 4});
  const auto out = check_replay(g, {Tensor({2}, {10, 20})});
  const float c[] = {11, 22}, a[] = {1, 2};
  EXPECT_EQ(std::memcmp(out[0].data(), c, sizeof c), 0);
  EXPECT_EQ(std::memcmp(out[1].data(), a, sizeof a), 0);
}

TEST(Memory, WhatHasNoElementsHasAnAddressOfItsOwn) {
  const MemoryPlan p =
      plan(graph_of("%x = input : float32(0, 4)\n%a = transpose %x {\"perm\": [1, 0]}\n"
                    "%b = transpose %a {\"perm\": [1, 0]}\n%c = relu %b\nreturn %a, %c\n"));
  EXPECT_EQ(p.arena_bytes, 128u);
  EXPECT_EQ(p.places[3].offset, p.places[2].offset);
}

TEST(Memory, ATileProgramTakesOverWhatItReadsElementByElement) {
  const std::string fused =
      "fused %a, %r {\"outputs\": [\"float32(16, 16)\", \"float32(16, 16)\", \"float32()\"], \"program\": [\"space 16 "
      "x 16\",\n"
      "\"load r0 float32 contiguous slot 0\", \"load r1 float32 per_row slot 1\", \"r2 = add r0 r1\", \"r3 = relu "
      "r2\",\n"
      "\"store r2 float32 contiguous slot 2\", \"store r3 float32 contiguous slot 3\", \"sum r3 slot 4 scale 1\"]}\n";
  // Two results for one operand that ends, a sum, and a column, which is read once for each row: 64 bytes each.
  const Graph g = graph_of(std::string(kInput) + "%y = input : float32(16, 1)\n%a = matmul %x, %x\n%r = relu %y\n" +
                           "%p, %q, %s = " + fused + "return %p, %q, %s\n");
  const MemoryPlan p = plan(g);
  EXPECT_EQ(p.places[4].offset, p.places[2].offset);
  EXPECT_EQ(p.arena_bytes, 1024u + 64 + 1024 + 64);
}

TEST(Memory, ASumNeverTakesThePlaceOfWhatTheProgramStillReads) {
  // The number is read for every tile; the sum is as large and written when all are read, which no kernel promises.
  const std::string sum =
      " {\"outputs\": [\"float32()\"], \"program\": [\"space 16 x 16\", \"load r0 float32 contiguous slot 0\",\n"
      "\"load r1 float32 scalar slot 1\", \"r0 = multiply r0 r1\", \"sum r0 slot 2 scale 1\"]}\n";
  EXPECT_EQ(
      arena(std::string(kInput) + "%y = input : float32()\n%a = relu %y\n%s = fused %x, %a" + sum + "return %s\n"),
      128u);
  const Graph g = graph_of("variable @0 \"v\" : float32()\n" + std::string(kInput) + "%k = read @0\n%s = fused %x, %k" +
                           sum + "assign %s @0\nreturn\n");
  const MemoryPlan p = plan(g);
  EXPECT_EQ(p.arena_bytes, 64u);
  EXPECT_TRUE(p.copies[3]);
}

TEST(Memory, SegmentsTakeOverTheirOwnOperandsAlone) {
  // The first segment writes before the second reads: its result must not lie where the second's operand is.
  const Graph g = graph_of(
      "%x = input : float32(4, 16)\n%y = input : float32(4, 16)\n%a = relu %x\n"
      "%p, %q = fused %x, %y, %a, %x {\"segment_inputs\": 2, \"segment_outputs\": 1,\n"
      "\"outputs\": [\"float32(4, 16)\", \"float32(4, 16)\"], \"program\": [\"segments 64 64 slots 3\",\n"
      "\"load r0 float32 contiguous slot 0\", \"load r1 float32 contiguous slot 1\", \"r0 = subtract r0 r1\",\n"
      "\"store r0 float32 contiguous slot 2\"]}\nreturn %p, %q\n");
  const MemoryPlan p = plan(g);
  EXPECT_EQ(p.places[4].offset, p.places[2].offset);
  EXPECT_EQ(p.places[3].offset, 256u);
  Tensor x({4, 16}), y({4, 16});
  for (size_t i = 0; i < 64; ++i) x.mutable_data<float>()[i] = static_cast<float>(i), y.mutable_data<float>()[i] = 0.5f;
  const auto out = check_replay(g, {x, y});
  for (size_t i = 0; i < 64; ++i) {
    EXPECT_EQ(reinterpret_cast<const float*>(out[0].data())[i], static_cast<float>(i) - 0.5f);
    EXPECT_EQ(reinterpret_cast<const float*>(out[1].data())[i], 0);
  }
}

TEST(Memory, WhatIsAssignedStaysUntilVariablesAreWritten) {
  // The copy into the variable comes when all nodes have run, wherever the assignment stands.
  EXPECT_EQ(arena(std::string(kVariable) + kInput + "%n = matmul %x, %x\nassign %n @0\n%o = matmul %x, %x\n" +
                  "%p = matmul %o, %x\nreturn %p\n"),
            3072u);
}

TEST(Memory, APlanForOtherSizesStandsAlone) {
  const Graph open = graph_of(
      "%x = input : float32(None, None)\n%a = relu %x\n%t = transpose %a {\"perm\": [1, 0]}\n%m = matmul %t, "
      "%a\nreturn %m\n");
  const auto bytes = [&](int64_t rows, int64_t cols) {
    return plan(specialize(open, {{DType::f32, {rows, cols}}})).arena_bytes;
  };
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(bytes(16, 8), 512u + 512 + 256);
    EXPECT_EQ(bytes(8, 16), 512u + 512 + 1024);
    EXPECT_EQ(bytes(0, 16), 64u + 64 + 1024);
    EXPECT_EQ(bytes(1, 1), 192u);
  }
}

}  // namespace
}  // namespace cornu
