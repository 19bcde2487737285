// Program: a graph compiled for concrete shapes, which does not change. Frame: the memory in which it runs.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "graph/graph.h"
#include "passes/pass.h"
#include "runtime/kernel.h"

namespace cornu {

struct Instr {
  RunFn run;
  const void* plan;
  uint32_t first_slot;
  uint32_t node;  ///< In the compiled graph, for profiles and messages.
};

struct CompileOptions {
  bool fuse = true;
  bool check_nan = env().check_nan;    ///< Stop at the first value that is not finite; nothing is fused then.
  const char* only_kernels = nullptr;  ///< For tests: kernels of this name alone, where an op has one.
};

/// Instructions in order, with the plan of each and the sources of its operands. Frames of several threads share it.
struct Program {
  /// Specializes, optimizes and plans `graph` for inputs of these types.
  Program(const Graph& graph, const std::vector<TypeShape>& inputs, const CompileOptions& options);

  struct SlotSource {
    uint8_t kind;
    uint32_t index;
    uint64_t offset;
  };
  std::vector<PassTime> pass_times;
  Graph graph;
  std::vector<Instr> code;
  std::vector<SlotSource> sources;                 // of each slot
  std::vector<std::vector<uint32_t>> input_slots;  // places to patch when an input is bound
  std::vector<SlotSource> output_sources;
  std::vector<std::shared_ptr<const void>> plans;
  std::vector<const char*> kernel_names;
  uint64_t arena_bytes = 0;
  bool keeps_something = false;
  size_t stoppable = 0;  // so many instructions at the head of a long program write no variable

 private:
  void compile(const CompileOptions& options);
};

/// One place where a program runs. It owns no memory.
class Frame {
 public:
  /// `memory` holds bytes_beside(program) bytes, which the frame fills.
  Frame(const Program& program, void* memory);
  /// What a frame needs beside the arena: addresses.
  static size_t bytes_beside(const Program& program);
  /// Values live in `arena` from now on; addresses are found anew, of variables too.
  void resolve(void* arena);
  /// The array that the next runs read. It must be readable for 64 bytes past its end, as every tensor is.
  void bind(size_t input, const void* data) {
    bound_[input] = data;
    for (uint32_t slot : program_.input_slots[input]) slots_[slot] = const_cast<void*>(data);
  }
  const void* bound(size_t input) const { return bound_[input]; }
  /// Runs the instructions once.
  void run() const;
  /// One of them.
  void run(const Instr& i) const { i.run(i.plan, slots_ + i.first_slot); }
  /// Valid until the next run. That of an output which is an input or a variable itself is found by `resolve` alone.
  const void* output(size_t i) const { return outputs_[i]; }

 private:
  void* address(const Program::SlotSource& s, void* arena) const;

  const Program& program_;
  void** slots_;
  const void **bound_, **outputs_;
};

}  // namespace cornu
