// A pass is a function Graph -> Graph that replays the old graph through a new trace.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ops/emit.h"

namespace cornu {

/// A node's operands in the new graph, as tensors once they are looked at: most nodes stay as they are.
class Operands {
 public:
  Operands(Trace& trace, std::vector<ValueId> values) : trace_(trace), values_(std::move(values)) {}
  const Tensor& operator[](size_t i) const {
    if (tensors_.empty()) tensors_.resize(values_.size());
    if (!tensors_[i].defined()) tensors_[i] = trace_.wrap(values_[i]);
    return tensors_[i];
  }
  operator const Tensors&() const {
    for (size_t i = 0; i < values_.size(); ++i) (*this)[i];
    return tensors_;
  }
  const std::vector<ValueId>& values() const { return values_; }

 private:
  Trace& trace_;
  std::vector<ValueId> values_;
  mutable Tensors tensors_;
};

/// A node of the old graph, seen from the new one.
struct Rewriter {
  const Graph& old;
  const Node& node;
  Operands in;
  Trace& trace;
  uint32_t scope;        ///< The node's, in the new graph.
  Tensors results = {};  ///< Where a node of several results is replaced: all of them.
  /// The new graph's node that made operand i.
  const Node& producer(size_t i) const { return trace.graph.producer(in.values()[i]); }
  /// The node as it is, in the new graph: its first result.
  ValueId same() const;
  /// The constant that operand i is, or an empty tensor.
  Tensor constant(size_t i) const;
};
using RewriteFn = std::function<std::optional<Tensor>(Rewriter&)>;

/// Replays every node; where `fn` gives a tensor, that replaces the node's output. Shape rules run again for each node.
/// `inputs` replaces the types of the inputs if not empty; `leave`, if given, sees each value that is assigned or
/// returned.
using LeaveFn = std::function<Tensor(Trace&, ValueId old, const Tensor&)>;
Graph rewrite(const Graph& g, const RewriteFn& fn, const std::vector<TypeShape>& inputs = {},
              const LeaveFn& leave = {});

/// Copies nodes into a new graph one by one, for passes that reorder, join or drop them.
struct GraphCopy {
  explicit GraphCopy(const Graph& from);
  /// Appends n, whose operands are values of the old graph; `values` are the old values that its outputs stand for.
  void append(Node n, const std::vector<ValueId>& values);
  /// The node as it is.
  void append(const Node& n);
  Graph finish();
  const Graph& old;
  Graph out;
  std::vector<ValueId> map;  ///< Old value -> new value, kNoValue where it was not copied.
};

/// What a step is compiled for.
struct PassOptions {
  std::vector<TypeShape> inputs;  ///< Concrete types of the graph's inputs.
  bool fuse = true;
};
struct PassTime {
  std::string name;
  double microseconds;
};

Graph specialize(const Graph& g, const std::vector<TypeShape>& inputs);
/// `all`: also where a kernel is, as an oracle of kernels needs it.
Graph decompose(const Graph& g, bool all = false);
Graph simplify(const Graph& g);
Graph drop_unused(const Graph& g);
Graph prune(const Graph& g);
Graph epilogue(const Graph& g);
Graph fuse(const Graph& g);
Graph merge(const Graph& g);
Graph effects(const Graph& g);

/// The one ordered list of passes; verified after each. CORNU_SKIP leaves out passes by name.
Graph run_pipeline(const Graph& g, const PassOptions& options, std::vector<PassTime>* times = nullptr);

}  // namespace cornu
