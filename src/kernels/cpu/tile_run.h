// Runs tile programs: prepared once (functions, destinations and splitting are chosen), then run at every replay.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "kernels/cpu/isa/isa_table.h"
#include "runtime/tile.h"

namespace cornu {

/// A prepared tile program. Operands of its code are indices into a table of pointers that a run fills in this order:
/// memory (f32 read or written in place), scalar slots, constants, scratch.
struct PreparedTile {
  struct Instr {
    TileFn fn;
    uint8_t dst, a, b, c;
    bool exact;  // writes to memory, so not one element more than there are; else whole vectors, which is faster
  };
  enum class Fill : uint8_t { convert, pattern, spread, row_vector, row_scalar, strided };
  struct Load {  // into scratch, or (row_*) a pointer that follows the row
    Fill kind;
    DType dtype;
    bool integer;
    uint8_t at;
    uint16_t slot;
    uint8_t scratch;
    int16_t view;
    bool as_stored() const { return register_holds(dtype, integer); }
  };
  struct Store {  // converted from operand `at`
    DType dtype;
    bool integer;
    uint8_t at;
    uint16_t slot;
  };
  struct Scalar {
    uint16_t slot;
    DType dtype;
    bool integer;
    bool as_stored() const { return register_holds(dtype, integer); }
  };
  struct Sum {
    uint8_t at;
    uint16_t slot;
    float scale;
  };
  struct Alias {  // slots that the direct code may not find at the same address
    uint16_t stored, loaded;
  };
  struct Code {
    std::vector<uint16_t> memory;  // slots
    std::vector<Scalar> scalars;
    std::vector<uint16_t> scratch;  // offset of each, in floats
    std::vector<Load> loads;
    std::vector<Instr> uniform;  // results are one number; once for each segment
    std::vector<Instr> body;
    std::vector<Store> stores;
    std::vector<Sum> sums;
    int operands = 0;
  };
  static constexpr int kRowFloats = kTile + 16;  // of scratch: room for a vector written past the end
  static constexpr int kScratchRows = 48, kMaxSums = 16, kMaxScalars = 64, kMaxMemory = 64;
  /// A program of one tile without conversions and sums, laid out so that it costs little more than its functions.
  struct Small {
    struct Instr {
      TileFn fn;
      uint8_t dst, a, b, c;
      int n;
    };
    std::vector<uint16_t> slots;  // memory and scalars
    std::vector<Instr> code;
  };
  struct Piece {
    uint32_t segment;
    int64_t begin, end;
  };

  const IsaTable* isa = nullptr;
  int64_t cols = 1;      // of the index space, if a load follows rows or columns
  bool by_rows = false;  // a tile stays within a row; else flat, in whole rows if a load follows them
  int64_t tile = kTile;
  uint32_t segments = 1;
  uint16_t slots_per_segment = 0;
  std::vector<float> constants;
  std::vector<TileView> views;
  Code direct;  // results go straight to their destinations
  Code safe;    // ... through scratch, for when one of `aliases` comes true
  std::vector<Alias> aliases;
  Small small;                                            // used if it has code
  ProgramFn program = nullptr;                            // compiled ahead: takes the place of the code
  std::vector<uint16_t> program_memory, program_scalars;  // slots, loads before stores
  bool own_scalars = false;                               // numbers differ between segments

  std::vector<Piece> pieces;
  std::vector<uint32_t> tasks;  // first piece of each, and the number of pieces
  size_t workspace = 0;         // bytes that run_tile needs
};

struct TileOptions {
  bool precompiled = true;  ///< May use a program compiled ahead; bits are the same.
};
std::shared_ptr<const PreparedTile> prepare_tile(const TileProgram& program, const TileOptions& options = {});
void run_tile(const PreparedTile& plan, void* const* slots, void* workspace);

/// The precompiled function for a program at the active level; null if programs.txt lacks it.
ProgramFn find_program(const TileProgram& program);

}  // namespace cornu
