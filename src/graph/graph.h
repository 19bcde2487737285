// The graph: a flat list of nodes in execution order, each value assigned once.
#pragma once
#include <cornu/tensor.h>

#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "graph/attrs.h"
#include "graph/op_def.h"
#include "tensor/cell.h"

namespace cornu {

using ValueId = uint32_t;
constexpr ValueId kNoValue = ~ValueId{0};

struct Node {
  const OpDef* op = nullptr;
  Attrs attrs;
  std::vector<ValueId> in;
  ValueId first_out = kNoValue;
  uint32_t n_out = 0;
  uint32_t scope = 0;

  ValueId out(uint32_t i = 0) const { return first_out + i; }
  /// Most names differ in the first letter, which spares the passes most of the comparisons.
  bool is(const char* name) const { return op->name[0] == name[0] && std::strcmp(op->name, name) == 0; }
};

/// Effects are nodes: `read` gives a variable's value at entry, `assign` its value at exit; `input` and `constant` have
/// an index into the graph's tables.
struct Graph {
  std::vector<Node> nodes;
  std::vector<TypeShape> types;     ///< of each value
  std::vector<uint32_t> producers;  ///< node of each value
  std::vector<ValueId> inputs;      ///< values of the input nodes, in order
  std::vector<ValueId> outputs;
  std::vector<std::shared_ptr<Cell>> cells;
  std::vector<Tensor> constants;
  std::vector<std::string> scopes{""};

  const Node& producer(ValueId v) const { return nodes[producers[v]]; }
  const TypeShape& type(ValueId v) const { return types[v]; }
};

/// The index attribute of an input, constant, read or assign node.
int64_t state_index(const Node& n);
void add_state_ops(OpRegistry& r);
/// Number of uses of each value, graph outputs included.
std::vector<uint32_t> use_counts(const Graph& g);
/// Throws std::logic_error, with the node's neighbourhood printed, if the graph is not well formed.
void verify(const Graph& g, const char* after);
/// Text that parse_graph() reads back: attributes that have their usual value are left out. So are the values of
/// larger constants unless all are wanted; such text does not parse.
std::string print(const Graph& g, bool all_values = false);
/// "float32(None, 8)".
std::string to_string(const TypeShape& t);

/// Appends nodes and runs their shape rules.
class Builder {
 public:
  explicit Builder(Graph& g);
  ValueId input(const TypeShape& type);
  ValueId constant(const Tensor& value);
  ValueId read(const std::shared_ptr<Cell>& cell);
  void assign(const std::shared_ptr<Cell>& cell, ValueId value);
  /// The node's first output.
  ValueId add(const OpDef& op, const std::vector<ValueId>& in, const Attrs& attrs = {}, uint32_t scope = 0);
  /// A node as another graph has it, with operands here of the same types: what its shape rule gave there holds.
  ValueId repeat(const Graph& from, const Node& n, std::vector<ValueId> in, uint32_t scope);
  uint32_t scope(const std::string& path);
  uint32_t cell_index(const std::shared_ptr<Cell>& cell);
  Graph& graph() { return g_; }

 private:
  ValueId append(const OpDef& op, std::vector<ValueId> in, Attrs attrs, const Types& out, uint32_t scope);
  Graph& g_;
  std::unordered_map<const Cell*, uint32_t> cell_index_;
  std::unordered_map<std::string, uint32_t> scope_index_;
};

}  // namespace cornu
