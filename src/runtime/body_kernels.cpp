// Loops and branches: their bodies are programs, which run in the node's workspace.
#include <algorithm>
#include <cstring>

#include "ops/bodies.h"
#include "runtime/program.h"
#include "tensor/storage.h"

namespace cornu {
namespace {

size_t bytes_of(const TypeShape& t) { return static_cast<size_t>(t.shape.size()) * size_of(t.dtype); }
size_t padded(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment + kAlignment; }

/// Nothing may lie nowhere.
void copy_bytes(void* to, const void* from, size_t bytes) {
  if (bytes) std::memcpy(to, from, bytes);
}

/// A body, and what a frame of it needs.
struct BodyProgram {
  std::shared_ptr<const Program> program;
  std::vector<size_t> bytes;  ///< Of each output.
  size_t arena = 0, memory = 0;

  BodyProgram(const Body& body, const std::vector<TypeShape>& inputs)
      : program(std::make_shared<const Program>(*body.graph, inputs, CompileOptions{.check_nan = false})) {
    for (const ValueId v : program->graph.outputs) bytes.push_back(bytes_of(program->graph.types[v]));
    arena = padded(program->arena_bytes);
    memory = arena + padded(Frame::bytes_beside(*program));
  }
};

/// A frame in memory that the kernel was given.
struct BodyFrame {
  const BodyProgram& body;
  char* memory;
  Frame frame;
  BodyFrame(const BodyProgram& b, void* at)
      : body(b), memory(static_cast<char*>(at)), frame(*b.program, static_cast<char*>(at) + b.arena) {}
  void bind(size_t input, const void* data) { frame.bind(input, data); }
  /// To be called once all inputs are bound; later ones may be bound anew.
  void start() { frame.resolve(memory); }
  void copy_output(size_t i, void* to) const { copy_bytes(to, frame.output(i), body.bytes[i]); }
};

/// Two places for each value that a loop carries: what is read, and what is written meanwhile.
struct Carried {
  std::vector<size_t> bytes, offsets;
  size_t each = 0;  ///< Bytes of one of the two places of all.
  void add(const TypeShape& t) {
    bytes.push_back(bytes_of(t));
    offsets.push_back(each);
    each += padded(bytes.back());
  }
};

struct ScanPlan {
  BodyProgram body;
  Carried carried;
  std::vector<size_t> strides;  ///< Bytes of an element of each sequence.
  size_t captured;
  int64_t length;
  bool reverse;
};

void run_scan(const void* plan, Slots slots) {
  const ScanPlan& p = *static_cast<const ScanPlan*>(plan);
  const size_t carries = p.carried.bytes.size(), inputs = carries + p.strides.size() + p.captured;
  const size_t outputs = p.body.bytes.size();
  void* const* const out = slots + inputs;
  char* const memory = static_cast<char*>(slots[inputs + outputs]);
  if (p.length == 0) {
    for (size_t i = 0; i < carries; ++i) copy_bytes(out[i], slots[i], p.carried.bytes[i]);
    return;
  }
  BodyFrame frame(p.body, memory + 2 * p.carried.each);
  for (size_t i = 0; i < inputs; ++i) frame.bind(i, slots[i]);
  frame.start();
  for (int64_t n = 0; n < p.length; ++n) {
    const size_t at = static_cast<size_t>(p.reverse ? p.length - 1 - n : n);
    for (size_t i = 0; i < p.strides.size(); ++i)
      frame.bind(carries + i, static_cast<const char*>(slots[carries + i]) + at * p.strides[i]);
    frame.frame.run();
    char* const next = memory + static_cast<size_t>(n % 2) * p.carried.each;
    for (size_t i = 0; i < carries; ++i) {
      void* const to = n + 1 == p.length ? out[i] : next + p.carried.offsets[i];
      frame.copy_output(i, to);
      frame.bind(i, to);
    }
    for (size_t i = carries; i < outputs; ++i) frame.copy_output(i, static_cast<char*>(out[i]) + at * p.body.bytes[i]);
  }
}

std::optional<Kernel> prepare_scan(const NodeView& node, Decline&) {
  const ScanAttrs& a = node.node.attrs.as<ScanAttrs>();
  const size_t carries = static_cast<size_t>(a.carries), sequences = static_cast<size_t>(a.sequences);
  std::vector<TypeShape> inputs;
  int64_t length = a.length;
  std::vector<size_t> strides;
  Carried carried;
  for (size_t i = 0; i < node.n_in(); ++i) {
    TypeShape t = node.in(i);
    if (i < carries) {
      carried.add(t);
    } else if (i < carries + sequences) {
      length = t.shape.dim(0);
      t.shape = t.shape.slice(1);
      strides.push_back(bytes_of(t));
    }
    inputs.push_back(t);
  }
  ScanPlan plan{BodyProgram(a.body, inputs), carried, strides, node.n_in() - carries - sequences, length, a.reverse};
  Kernel k{run_scan, nullptr, 2 * plan.carried.each + plan.body.memory, {}};
  k.plan = share(std::move(plan));
  return k;
}

struct WhilePlan {
  BodyProgram condition, body;
  Carried carried;
  size_t inputs;
  int64_t limit;
};

void run_while(const void* plan, Slots slots) {
  const WhilePlan& p = *static_cast<const WhilePlan*>(plan);
  const size_t carries = p.carried.bytes.size();
  char* const memory = static_cast<char*>(slots[p.inputs + carries]);
  BodyFrame test(p.condition, memory + 2 * p.carried.each), step(p.body, test.memory + p.condition.memory);
  for (size_t i = 0; i < p.inputs; ++i) {
    test.bind(i, slots[i]);
    step.bind(i, slots[i]);
  }
  test.start();
  step.start();
  const char* now = nullptr;  // where the carries are, if not in the operands
  for (int64_t n = 0; p.limit < 0 || n < p.limit; ++n) {
    test.frame.run();
    bool go_on;
    test.copy_output(0, &go_on);
    if (!go_on) break;
    step.frame.run();
    char* const next = memory + static_cast<size_t>(n % 2) * p.carried.each;
    for (size_t i = 0; i < carries; ++i) {
      step.copy_output(i, next + p.carried.offsets[i]);
      test.bind(i, next + p.carried.offsets[i]);
    }
    for (size_t i = 0; i < carries; ++i) step.bind(i, next + p.carried.offsets[i]);
    now = next;
  }
  for (size_t i = 0; i < carries; ++i)
    copy_bytes(slots[p.inputs + i], now ? now + p.carried.offsets[i] : slots[i], p.carried.bytes[i]);
}

std::vector<TypeShape> inputs_of(const NodeView& node, size_t from) {
  std::vector<TypeShape> out;
  for (size_t i = from; i < node.n_in(); ++i) out.push_back(node.in(i));
  return out;
}

std::optional<Kernel> prepare_while(const NodeView& node, Decline&) {
  const WhileAttrs& a = node.node.attrs.as<WhileAttrs>();
  const std::vector<TypeShape> inputs = inputs_of(node, 0);
  Carried carried;
  for (size_t i = 0; i < static_cast<size_t>(a.carries); ++i) carried.add(inputs[i]);
  WhilePlan plan{BodyProgram(a.condition, inputs), BodyProgram(a.body, inputs), carried, inputs.size(), a.limit};
  Kernel k{run_while, nullptr, 2 * plan.carried.each + plan.condition.memory + plan.body.memory, {}};
  k.plan = share(std::move(plan));
  return k;
}

struct SwitchPlan {
  std::vector<BodyProgram> bodies;
  size_t inputs;
};

void run_switch(const void* plan, Slots slots) {
  const SwitchPlan& p = *static_cast<const SwitchPlan*>(plan);
  int32_t index;
  std::memcpy(&index, slots[0], sizeof index);
  const size_t outputs = p.bodies[0].bytes.size();
  const auto last = static_cast<int32_t>(p.bodies.size() - 1);
  BodyFrame frame(p.bodies[static_cast<size_t>(std::clamp(index, 0, last))], slots[1 + p.inputs + outputs]);
  for (size_t i = 0; i < p.inputs; ++i) frame.bind(i, slots[1 + i]);
  frame.start();
  frame.frame.run();
  for (size_t i = 0; i < outputs; ++i) frame.copy_output(i, slots[1 + p.inputs + i]);
}

std::optional<Kernel> prepare_switch(const NodeView& node, Decline&) {
  const std::vector<TypeShape> inputs = inputs_of(node, 1);
  SwitchPlan plan{{}, inputs.size()};
  size_t memory = 0;
  for (const Body& body : node.node.attrs.as<SwitchAttrs>().bodies) {
    plan.bodies.emplace_back(body, inputs);
    memory = std::max(memory, plan.bodies.back().memory);
  }
  return Kernel{run_switch, share(std::move(plan)), memory, {}};
}

}  // namespace

void add_body_kernels(KernelTable& t) {
  t.add("scan", "loop", prepare_scan);
  t.add("while", "loop", prepare_while);
  t.add("switch", "branch", prepare_switch);
}

}  // namespace cornu
