// Build step: prints programs.txt as C++ functions on V, which every instruction set compiles.
// print_programs <programs.txt> <functions.inc> <identities.inc>
#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>
#include <string>

#include <cornu/error.h>

#include "runtime/tile_text.h"

namespace cornu {
namespace {

std::string value(int r) { return "r" + std::to_string(r); }

std::string op_call(const TileInstr& i) {
  return "const V " + value(i.dst) + " = op_" + tile_op_name(i.op) + "::f(" + value(i.a) + ", " + value(i.b) + ", " +
         value(i.c) + ");\n";
}

std::string function_text(const NamedTile& named) {
  const TileProgram p = canonical_tile(named.program);
  std::string before, loads, code, stores;
  bool uniform[256] = {};
  int memory = 0, scalars = 0;
  const auto pointer = [&] {
    const std::string m = std::to_string(memory++);
    before += "  float* const m" + m + " = memory[" + m + "];\n";
    return "m" + m + " + i";
  };
  const auto scalar = [&](int reg) {
    uniform[reg] = true;
    before += "  const V " + value(reg) + "(scalars[" + std::to_string(scalars++) + "]);\n";
  };
  for (const TileMove& m : p.loads)
    if (m.mode == TileMode::scalar)
      scalar(m.reg);
    else
      loads +=
          "    const V " + value(m.reg) + " = " + (m.dtype == DType::i32 ? "load_i32(" : "load(") + pointer() + ");\n";
  for (const TileConstant& c : p.constants) scalar(c.reg);
  for (const TileInstr& i : p.code) {
    uniform[i.dst] = uniform[i.a] && uniform[i.b] && uniform[i.c];
    (uniform[i.dst] ? before += "  " : code += "    ") += op_call(i);
  }
  for (const TileMove& m : p.stores) stores += "    store_up_to(" + pointer() + ", " + value(m.reg) + ", n - i);\n";
  std::string sums;
  for (size_t k = 0; k < p.sums.size(); ++k)
    sums += "    add_to_lanes(lanes + " + std::to_string(16 * k) + ", i, " + value(p.sums[k].reg) + ", n - i);\n";
  return "void program_" + named.name +
         "(float* const* memory, [[maybe_unused]] const float* scalars, int64_t n, [[maybe_unused]] double* lanes) "
         "{\n" +
         before + "  for (int64_t i = 0; i < n; i += kLanes) {\n" + loads + code + stores + sums + "  }\n}\n";
}

void run(const char* source, const char* functions, const char* identities) {
  std::stringstream text;
  text << std::ifstream(source).rdbuf();
  std::ofstream f(functions), ids(identities);
  std::string table;
  for (const NamedTile& named : parse_named_tiles(text.str())) {
    if (!can_be_printed(named.program))
      throw ConfigError("programs.txt", "'" + named.name + "' has an unsupported operand");
    f << function_text(named);
    table += "program_" + named.name + ", ";
    ids << "R\"(" << tile_identity(named.program) << ")\",\n";
  }
  f << "constexpr ProgramFn kPrograms[] = {" << table << "nullptr};\n";
}

}  // namespace
}  // namespace cornu

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: print_programs <programs.txt> <functions> <identities>\n"), 2;
  try {
    cornu::run(argv[1], argv[2], argv[3]);
  } catch (const std::exception& e) {
    return std::fprintf(stderr, "%s\n", e.what()), 1;
  }
}
