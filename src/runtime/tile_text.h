// Tile programs as text: for reading, for tests, and as the key of precompiled programs.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "runtime/tile.h"

namespace cornu {

/// One line for each part:
///   space 10 x 8                        or: segments 80 10 slots 4
///   load r0 float32 contiguous slot 0
///   constant r1 0.5
///   r2 = multiply r0 r1
///   store r2 float32 contiguous slot 1
///   sum r2 slot 2 scale 1
std::string print_tile(const TileProgram& program);
/// Inverse of print_tile; '#' starts a comment. Throws ConfigError naming the line.
TileProgram parse_tile(std::string_view text);

/// The same program with loads and constants in order of first use, and stores in the order in which their registers
/// get their last value.
TileProgram ordered_tile(const TileProgram& program);
/// The ordered program with registers numbered in order of definition, each written once. Names that differ only
/// because registers were reused become equal. Throws ConfigError if it has more than 255 values.
TileProgram canonical_tile(const TileProgram& program);
/// Programs that the printer of C++ knows: contiguous float32 and int32 arrays, float32 numbers, sums.
bool can_be_printed(const TileProgram& program);
/// What a precompiled program is looked up by: the canonical text without lengths, slots and constants' values.
std::string tile_identity(const TileProgram& program);

/// The entries of programs.txt: "program <name>" and the lines of its text.
struct NamedTile {
  std::string name;
  TileProgram program;
};
std::vector<NamedTile> parse_named_tiles(std::string_view text);

}  // namespace cornu
