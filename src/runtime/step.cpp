// Compiling and replaying steps.
#include "runtime/step.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>

#include "base/interrupt.h"
#include "base/parallel.h"
#include "passes/memory.h"
#include "runtime/check_nan.h"
#include "tensor/storage.h"

namespace cornu {
namespace {

struct CopyPlan {
  size_t bytes;
};
constexpr uint64_t kLongProgram = uint64_t{16} << 20;  // bytes of values from which a replay takes milliseconds
void run_copy(const void* plan, Slots s) { std::memcpy(s[1], s[0], static_cast<const CopyPlan*>(plan)->bytes); }

bool computes(const Node& n) {
  return !n.is("input") && !n.is("constant") && !n.is("read") && !n.is("assign") && !n.is("reshape");
}

}  // namespace

Step::Step(const Graph& graph, const std::vector<TypeShape>& inputs, const CompileOptions& options) {
  const auto program = std::make_shared<Program>();
  program->graph = run_pipeline(graph, {inputs, options.fuse && !options.check_nan}, &program->pass_times);
  const auto start = std::chrono::steady_clock::now();
  program->compile(options);
  program_ = program;
  take_arena();
  program->pass_times.push_back(
      {"compile", std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count()});
}

Step::Step(const Step& twin) : program_(twin.program_) { take_arena(); }
std::unique_ptr<Step> Step::twin() const {
  return program_->keeps_something ? nullptr : std::unique_ptr<Step>(new Step(*this));
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
  bound_.resize(program_->graph.inputs.size());
  slots_.resize(program_->sources.size());
  outputs_.resize(program_->output_sources.size());
  resolve();
}

void Step::Program::compile(const CompileOptions& options) {
  keeps_something = options.check_nan;
  std::vector<Kernel> kernels(graph.nodes.size());
  std::vector<size_t> workspaces(graph.nodes.size());
  std::vector<const char*> names(graph.nodes.size(), "");
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!computes(graph.nodes[i])) continue;
    Choice choice = choose_kernel(graph, graph.nodes[i], options.only_kernels);
    names[i] = choice.name;
    workspaces[i] = choice.kernel.workspace;
    kernels[i] = std::move(choice.kernel);
  }
  const MemoryPlan plan = plan_memory(graph, workspaces);
  arena_bytes = plan.arena_bytes;
  input_slots.resize(graph.inputs.size());
  size_t first_write = SIZE_MAX;  // the first instruction that writes a variable

  const auto source = [&](ValueId v) {
    const Place& p = plan.places[v];
    return SlotSource{p.kind, p.kind == Place::arena ? 0 : p.index, p.offset};
  };
  const auto add = [&](size_t node, const Kernel& k, const std::vector<SlotSource>& operands, const char* name) {
    code.push_back({k.run, k.plan.get(), static_cast<uint32_t>(sources.size()), static_cast<uint32_t>(node)});
    plans.push_back(k.plan);
    kernel_names.push_back(name);
    if (k.order.empty())
      sources.insert(sources.end(), operands.begin(), operands.end());
    else
      for (uint16_t i : k.order) sources.push_back(operands[i]);
  };
  const std::optional<NanChecks> checks = options.check_nan ? std::optional<NanChecks>(graph) : std::nullopt;
  const auto check = [&](size_t i) {
    const Node& n = graph.nodes[i];
    for (uint32_t k = 0; k < n.n_out; ++k)
      if (checks->checks(n.out(k))) add(i, checks->count(n.out(k)), {source(n.out(k))}, "check");
  };
  for (size_t i = 0; checks && i < graph.nodes.size(); ++i)
    if (graph.nodes[i].is("read") || graph.nodes[i].is("constant")) check(i);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& n = graph.nodes[i];
    if (!computes(n)) continue;
    std::vector<SlotSource> operands;
    for (size_t k = 0; k < n.in.size(); ++k) operands.push_back(source(n.in[k]));
    for (uint32_t k = 0; k < n.n_out; ++k) operands.push_back(source(n.out(k)));
    operands.push_back({Place::arena, 0, plan.workspaces[i]});
    for (uint32_t k = 0; k < n.n_out; ++k)
      if (plan.places[n.out(k)].kind == Place::variable) first_write = std::min(first_write, code.size());
    add(i, kernels[i], operands, names[i]);
    if (checks) check(i);
  }
  if (checks && !graph.nodes.empty()) {
    std::vector<SlotSource> inputs;
    for (ValueId v : graph.inputs) inputs.push_back(source(v));
    add(graph.nodes.size() - 1, checks->judge(), inputs, "check");
  }
  if (arena_bytes >= kLongProgram) stoppable = std::min(first_write, code.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& n = graph.nodes[i];
    if (!n.is("assign") || !plan.copies[i]) continue;
    const TypeShape& t = graph.types[n.in[0]];
    const Kernel copy{run_copy, share(CopyPlan{static_cast<size_t>(t.shape.size()) * size_of(t.dtype)}), 0, {}};
    add(i, copy, {source(n.in[0]), {Place::variable, static_cast<uint32_t>(state_index(n)), 0}}, "copy");
  }
  for (uint32_t i = 0; i < sources.size(); ++i)
    if (sources[i].kind == Place::input) input_slots[sources[i].index].push_back(i);
  for (ValueId v : graph.outputs) output_sources.push_back(source(v));
}

void* Step::address(const SlotSource& s) const {
  switch (s.kind) {
    case Place::input:
      return const_cast<void*>(bound_[s.index]);
    case Place::constant:
      return const_cast<void*>(program_->graph.constants[s.index].raw());
    case Place::variable:
      return program_->graph.cells[s.index]->value.raw();
    default:
      return static_cast<char*>(arena_->data) + s.offset;
  }
}

void Step::resolve() {
  epoch_ = storage_epoch();
  for (size_t i = 0; i < slots_.size(); ++i) slots_[i] = address(program_->sources[i]);
  for (size_t i = 0; i < outputs_.size(); ++i) outputs_[i] = address(program_->output_sources[i]);
}

void Step::bind(size_t input, const void* data) {
  bound_[input] = data;
  for (uint32_t slot : program_->input_slots[input]) slots_[slot] = const_cast<void*>(data);
}

inline void Step::run_code() const {
  void* const* slots = slots_.data();
  const Program& p = *program_;
  auto i = p.code.begin();
  if (p.stoppable != 0) {
    InterruptClock interrupts;
    for (const auto end = i + static_cast<ptrdiff_t>(p.stoppable); i != end; ++i) {
      interrupts.look();
      i->run(i->plan, slots + i->first_slot);
    }
    interrupts.look();
  }
  for (; i != p.code.end(); ++i) i->run(i->plan, slots + i->first_slot);
}

void Step::replay() {
  if (epoch_ != storage_epoch()) resolve();
  const FlushDenormals flush;
  run_code();
}

void Step::replay_over(size_t input, const void* data, int64_t stride, int64_t count) {
  if (epoch_ != storage_epoch()) resolve();
  const FlushDenormals flush;
  const char* at = static_cast<const char*>(data);
  for (int64_t n = 0; n < count; ++n, at += stride) {
    bind(input, at);
    run_code();
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
  const SlotSource& place = program_->output_sources[0];
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
  std::vector<const void*> bound = step.bound_;
  Tensors zeros, values;

  explicit Measuring(Step& s) : step(s) {
    for (size_t i = 0; i < step.input_count(); ++i) {
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
      for (int r = 0; r < repeats; ++r)
        program_->code[at].run(program_->code[at].plan, slots_.data() + program_->code[at].first_slot);
      const double ns = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
      line = text("{} ns  ", static_cast<int64_t>(ns / repeats)) + line;
    }
    out += line + "\n";
  }
  return out;
}

}  // namespace cornu
