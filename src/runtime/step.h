// Step: a graph compiled for concrete shapes; replaying it runs its instructions, and nothing else.
#pragma once
#include <functional>
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

class Step {
 public:
  /// Specializes, optimizes and plans `graph` for inputs of these types.
  Step(const Graph& graph, const std::vector<TypeShape>& inputs, const CompileOptions& options = {});
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  size_t input_count() const { return graph_.inputs.size(); }
  const TypeShape& input_type(size_t i) const { return graph_.types[graph_.inputs[i]]; }
  size_t output_count() const { return graph_.outputs.size(); }
  const TypeShape& output_type(size_t i) const { return graph_.types[graph_.outputs[i]]; }
  /// The array that the next replays read. It must be readable for 64 bytes past its end, as every tensor is.
  void bind(size_t input, const void* data);
  /// Runs all instructions. Variables that got another storage are found again first. Allocates nothing.
  void replay();
  /// `count` replays, binding `input` to data, data + stride, data + 2 strides, ... (in bytes).
  void replay_over(size_t input, const void* data, int64_t stride, int64_t count);
  /// Valid until the next replay.
  const void* output(size_t i) const { return outputs_[i]; }
  Tensor output_tensor(size_t i) const;
  /// Binds tensors, replays, and copies the outputs.
  Tensors call(const Tensors& inputs);
  /// As call, for the first output, which is not copied if it is nearly all of the arena: while that tensor lives, the
  /// next `evaluate` takes another arena. Not to be mixed with replay.
  Tensor evaluate(const Tensors& inputs);

  const Graph& graph() const { return graph_; }
  size_t instruction_count() const { return code_.size(); }
  uint64_t arena_bytes() const { return arena_bytes_; }
  /// One line per instruction: layer, kernel, operands; with `repeats`, the time of each, on inputs of zeros. Variables
  /// end as they were.
  std::string explain(int repeats = 0);
  const std::vector<PassTime>& pass_times() const { return pass_times_; }

 private:
  struct SlotSource {
    uint8_t kind;
    uint32_t index;
    uint64_t offset;
  };
  struct Measuring;
  void compile(const CompileOptions& options);
  void* address(const SlotSource& s) const;
  void resolve();

  Graph graph_;
  std::vector<PassTime> pass_times_;
  std::vector<Instr> code_;
  std::vector<void*> slots_;
  std::vector<SlotSource> sources_;                 // of each slot
  std::vector<std::vector<uint32_t>> input_slots_;  // places to patch when an input is bound
  std::vector<const void*> bound_;
  std::vector<SlotSource> output_sources_;
  std::vector<const void*> outputs_;
  std::vector<std::shared_ptr<const void>> plans_;
  std::vector<const char*> kernel_names_;
  std::shared_ptr<Storage> arena_;
  uint64_t arena_bytes_ = 0;
  uint64_t epoch_ = 0;
};

}  // namespace cornu
