// Compiling graphs, and running what that gives.
#include "runtime/program.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>

#include "base/interrupt.h"
#include "passes/memory.h"
#include "runtime/check_nan.h"

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

Program::Program(const Graph& traced, const std::vector<TypeShape>& inputs, const CompileOptions& options)
    : graph(run_pipeline(traced, {inputs, options.fuse && !options.check_nan}, &pass_times)) {
  const auto start = std::chrono::steady_clock::now();
  compile(options);
  pass_times.push_back(
      {"compile", std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count()});
}

void Program::compile(const CompileOptions& options) {
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

size_t Frame::bytes_beside(const Program& p) {
  return sizeof(void*) * (p.sources.size() + p.graph.inputs.size() + p.output_sources.size());
}

Frame::Frame(const Program& program, void* memory)
    : program_(program),
      slots_(static_cast<void**>(memory)),
      bound_(const_cast<const void**>(slots_ + program.sources.size())),
      outputs_(bound_ + program.graph.inputs.size()) {
  std::memset(memory, 0, bytes_beside(program));
}

void* Frame::address(const Program::SlotSource& s, void* arena) const {
  switch (s.kind) {
    case Place::input:
      return const_cast<void*>(bound_[s.index]);
    case Place::constant:
      return const_cast<void*>(program_.graph.constants[s.index].raw());
    case Place::variable:
      return program_.graph.cells[s.index]->value.raw();
    default:
      return static_cast<char*>(arena) + s.offset;
  }
}

void Frame::resolve(void* arena) {
  for (size_t i = 0; i < program_.sources.size(); ++i) slots_[i] = address(program_.sources[i], arena);
  for (size_t i = 0; i < program_.output_sources.size(); ++i) outputs_[i] = address(program_.output_sources[i], arena);
}

void Frame::run() const {
  const Program& p = program_;
  auto i = p.code.begin();
  if (p.stoppable != 0) {
    InterruptClock interrupts;
    for (const auto end = i + static_cast<ptrdiff_t>(p.stoppable); i != end; ++i) {
      interrupts.look();
      run(*i);
    }
    interrupts.look();
  }
  for (; i != p.code.end(); ++i) run(*i);
}

}  // namespace cornu
