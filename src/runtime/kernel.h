// Kernels: prepared once for a node, run at every replay.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace cornu {

/// Addresses of a node's operands: inputs, then outputs, then the workspace.
using Slots = void* const*;
using RunFn = void (*)(const void* plan, Slots slots);

struct Kernel {
  RunFn run = nullptr;
  std::shared_ptr<const void> plan;
  size_t workspace = 0;         ///< Bytes, valid during the run only.
  std::vector<uint16_t> order;  ///< If not empty: slots are given in this order instead.
};

/// A node with its types, as prepare functions see it.
struct NodeView {
  const Graph& graph;
  const Node& node;
  const TypeShape& in(size_t i) const { return graph.types[node.in[i]]; }
  const TypeShape& out(size_t i = 0) const { return graph.types[node.out(static_cast<uint32_t>(i))]; }
  size_t n_in() const { return node.in.size(); }
};

/// `return why("softmax: only float32");` turns a node down with a reason that explain() prints.
struct Decline {
  std::string reason;
  std::nullopt_t operator()(std::string text) {
    reason = std::move(text);
    return std::nullopt;
  }
};

using PrepareFn = std::optional<Kernel> (*)(const NodeView& node, Decline& why);

/// Candidates for each op, best first; the reference comes last.
class KernelTable {
 public:
  /// An unknown op name is our own mistake and aborts.
  void add(const char* op, const char* name, PrepareFn prepare);
  struct Candidate {
    const char* name;
    PrepareFn prepare;
  };
  const std::vector<Candidate>& candidates(const OpDef& op) const;

 private:
  std::vector<std::pair<const OpDef*, std::vector<Candidate>>> rows_;
};

const KernelTable& kernel_table();
/// Defined by backends.cpp: the only file that names every backend.
void add_backend_kernels(KernelTable& table);

/// Loops and branches, which run programs on any of them.
void add_body_kernels(KernelTable& table);

struct Choice {
  Kernel kernel;
  const char* name = "";
  std::vector<std::string> declined;
};
/// The first candidate that accepts; PlacementError naming each reason if none does. `only` restricts it to candidates
/// of one name where the op has one.
Choice choose_kernel(const Graph& g, const Node& n, const char* only = nullptr);
bool kernel_accepts(const Graph& g, const Node& n);

/// Hands a plan to a kernel.
template <class T>
std::shared_ptr<const void> share(T plan) {
  return std::make_shared<const T>(std::move(plan));
}

}  // namespace cornu
