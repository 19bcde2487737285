// Step: a graph compiled for concrete shapes; replaying it runs its instructions, and nothing else.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/program.h"

namespace cornu {

class Step {
 public:
  /// Specializes, optimizes and plans `graph` for inputs of these types.
  Step(const Graph& graph, const std::vector<TypeShape>& inputs, const CompileOptions& options = {});
  Step& operator=(const Step&) = delete;
  /// The same program with memory and bindings of its own, for another thread: both may be replayed at once if the
  /// program assigns nothing. Null if its instructions keep something themselves, as those that check for NaN do.
  std::unique_ptr<Step> twin() const;

  size_t input_count() const { return graph().inputs.size(); }
  const TypeShape& input_type(size_t i) const { return graph().types[graph().inputs[i]]; }
  size_t output_count() const { return graph().outputs.size(); }
  const TypeShape& output_type(size_t i) const { return graph().types[graph().outputs[i]]; }
  /// The array that the next replays read. It must be readable for 64 bytes past its end, as every tensor is.
  void bind(size_t input, const void* data) { frame_.bind(input, data); }
  /// Runs all instructions. Variables that got another storage are found again first. Allocates nothing. Programs over
  /// much memory look at the program's interrupt check on their way, until the first variable is written: what that
  /// throws ends the replay with every variable as it was.
  void replay();
  /// `count` replays, binding `input` to data, data + stride, data + 2 strides, ... (in bytes).
  void replay_over(size_t input, const void* data, int64_t stride, int64_t count);
  /// Valid until the next replay.
  const void* output(size_t i) const { return frame_.output(i); }
  Tensor output_tensor(size_t i) const;
  /// Binds tensors, replays, and copies the outputs.
  Tensors call(const Tensors& inputs);
  /// As call, for the first output, which is not copied if it is nearly all of the arena: while that tensor lives, the
  /// next `evaluate` takes another arena. Not to be mixed with replay.
  Tensor evaluate(const Tensors& inputs);

  const Graph& graph() const { return program_->graph; }
  size_t instruction_count() const { return program_->code.size(); }
  uint64_t arena_bytes() const { return program_->arena_bytes; }
  /// One line per instruction: layer, kernel, operands; with `repeats`, the time of each, on inputs of zeros. Variables
  /// end as they were.
  std::string explain(int repeats = 0);
  const std::vector<PassTime>& pass_times() const { return program_->pass_times; }

 private:
  struct Measuring;
  explicit Step(std::shared_ptr<const Program> program);
  void resolve();
  void take_arena();

  std::shared_ptr<const Program> program_;
  std::vector<char> addresses_;
  Frame frame_;
  std::shared_ptr<Storage> arena_;
  uint64_t epoch_ = 0;
};

}  // namespace cornu
