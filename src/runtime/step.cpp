// Compiling and replaying steps.
#include "runtime/step.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>

#include "base/interrupt.h"
#include "base/parallel.h"
#include "passes/memory.h"
#include "tensor/storage.h"

namespace cornu {

Step::Step(const Graph& graph, const std::vector<TypeShape>& inputs, const CompileOptions& options)
    : Step(std::make_shared<const Program>(graph, inputs, options)) {}

Step::Step(std::shared_ptr<const Program> program)
    : program_(std::move(program)), addresses_(Frame::bytes_beside(*program_)), frame_(*program_, addresses_.data()) {
  take_arena();
}

std::unique_ptr<Step> Step::twin() const {
  return program_->keeps_something ? nullptr : std::unique_ptr<Step>(new Step(program_));
}

/// Memory of this step's own, where nothing is bound yet.
void Step::take_arena() {
  arena_ = std::make_shared<Storage>(program_->arena_bytes);
  constexpr uint64_t kPiece = uint64_t{32} << 20;  // fresh memory costs some 10 ms for that many bytes
  InterruptClock interrupts;
  for (uint64_t at = 0; at < program_->arena_bytes; at += kPiece) {
    if (at > 0) interrupts.look();
    std::memset(static_cast<char*>(arena_->data) + at, 0, std::min(kPiece, program_->arena_bytes - at));
  }
  resolve();
}

void Step::resolve() {
  epoch_ = storage_epoch();
  frame_.resolve(arena_->data);
}

void Step::replay() {
  if (epoch_ != storage_epoch()) resolve();
  const FlushDenormals flush;
  frame_.run();
}

void Step::replay_over(size_t input, const void* data, int64_t stride, int64_t count) {
  if (epoch_ != storage_epoch()) resolve();
  const FlushDenormals flush;
  const char* at = static_cast<const char*>(data);
  for (int64_t n = 0; n < count; ++n, at += stride) {
    bind(input, at);
    frame_.run();
  }
}

Tensor Step::output_tensor(size_t i) const {
  Tensor t = unwritten(output_type(i).shape, output_type(i).dtype);
  std::memcpy(t.raw(), output(i), static_cast<size_t>(t.size()) * size_of(t.dtype()));
  return t;
}

Tensors Step::call(const Tensors& inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) bind(i, inputs[i].raw());
  replay();
  Tensors out;
  for (size_t i = 0; i < output_count(); ++i) out.push_back(output_tensor(i));
  return out;
}

Tensor Step::evaluate(const Tensors& inputs) {
  if (arena_.use_count() > 1) {
    arena_ = std::make_shared<Storage>(program_->arena_bytes);
    resolve();
  }
  {  // Counting once more orders what comes after the last reader, if that was another thread; no fence, which the
     // thread sanitizer does not know.
    const std::shared_ptr<Storage> counted = arena_;
  }
  for (size_t i = 0; i < inputs.size(); ++i) bind(i, inputs[i].raw());
  replay();
  const Program::SlotSource& place = program_->output_sources[0];
  const TypeShape& type = output_type(0);
  const uint64_t bytes = static_cast<uint64_t>(type.shape.size()) * size_of(type.dtype);
  if (place.kind != Place::arena || program_->arena_bytes > bytes + bytes / 8 + 256) return output_tensor(0);
  auto impl = std::make_shared<TensorImpl>();
  impl->dtype = type.dtype;
  impl->shape = type.shape;
  impl->storage = arena_;
  impl->offset = place.offset;
  return Tensor(std::move(impl));
}

/// Lends a step inputs of zeros, which are valid indices and classes too, and keeps the variables as they were: what is
/// bound may be gone, and measuring must not train.
struct Step::Measuring {
  Step& step;
  std::vector<const void*> bound;
  Tensors zeros, values;

  explicit Measuring(Step& s) : step(s) {
    for (size_t i = 0; i < step.input_count(); ++i) {
      bound.push_back(step.frame_.bound(i));
      zeros.push_back(Tensor::full(step.input_type(i).shape, 0, step.input_type(i).dtype));
      step.bind(i, zeros.back().raw());
    }
    for (const auto& cell : step.graph().cells) values.push_back(cell->value.clone());
    step.resolve();
  }
  ~Measuring() {
    for (size_t i = 0; i < values.size(); ++i) {
      const Tensor& v = values[i];
      std::memcpy(step.graph().cells[i]->value.raw(), v.raw(), static_cast<size_t>(v.size()) * size_of(v.dtype()));
    }
    for (size_t i = 0; i < bound.size(); ++i) step.bind(i, bound[i]);
  }
};

std::string Step::explain(int repeats) {
  std::optional<Measuring> measuring;
  if (repeats) measuring.emplace(*this);
  std::string out;
  for (size_t at = 0; at < program_->code.size(); ++at) {
    const Node& n = program_->graph.nodes[program_->code[at].node];
    std::string line = text("{} [{}]", n.op->name, program_->kernel_names[at]);
    for (ValueId v : n.in) line += text(" {}", program_->graph.types[v].shape);
    line += " ->";
    for (uint32_t k = 0; k < n.n_out; ++k) line += text(" {}", program_->graph.types[n.out(k)].shape);
    if (!program_->graph.scopes[n.scope].empty()) line += text("  '{}'", program_->graph.scopes[n.scope]);
    if (repeats) {
      const FlushDenormals flush;
      const auto start = std::chrono::steady_clock::now();
      for (int r = 0; r < repeats; ++r) frame_.run(program_->code[at]);
      const double ns = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
      line = text("{} ns  ", static_cast<int64_t>(ns / repeats)) + line;
    }
    out += line + "\n";
  }
  return out;
}

}  // namespace cornu
