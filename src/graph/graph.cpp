// Building and checking graphs.
#include "graph/graph.h"

#include <cstring>
#include <set>
#include <stdexcept>

namespace cornu {

void InferCall::fail(const std::string& rule) const {
  std::vector<Detail> received;
  for (size_t i = 0; i < in.size(); ++i)
    received.push_back({"input " + std::to_string(i), text("{} {}", in[i].shape, in[i].dtype)});
  throw ShapeError(scope.empty() ? std::string(op) : text("{} in '{}'", op, scope), rule, std::move(received));
}

void OpRegistry::add(const OpDef& op) {
  CORNU_ASSERT(op.name && op.infer && !find(op.name));
  rows_.push_back(&op);
}
const OpDef* OpRegistry::find(std::string_view name) const {
  for (const OpDef* row : rows_)
    if (name == row->name) return row;
  return nullptr;
}

namespace {

struct IndexAttrs {
  int64_t index = 0;
};

Types infer_known(const InferCall&) { return {}; }  // types of these four are given by the builder

const OpDef kInput{.name = "input", .kind = OpKind::state, .arity = 0, .infer = infer_known};
const OpDef kConstant{.name = "constant", .kind = OpKind::state, .arity = 0, .infer = infer_known};
const OpDef kRead{.name = "read", .kind = OpKind::state, .arity = 0, .infer = infer_known};
const OpDef kAssign{.name = "assign", .kind = OpKind::state, .arity = 1, .infer = infer_known};

}  // namespace

template <>
struct Describe<IndexAttrs> {
  static constexpr auto fields = std::tuple{field("index", &IndexAttrs::index)};
};

void add_state_ops(OpRegistry& r) {
  for (const OpDef* op : {&kInput, &kConstant, &kRead, &kAssign}) r.add(*op);
}

int64_t state_index(const Node& n) { return n.attrs.as<IndexAttrs>().index; }

static Attrs index_of(size_t i) { return Attrs::of(IndexAttrs{static_cast<int64_t>(i)}); }

ValueId Builder::append(const OpDef& op, std::vector<ValueId> in, Attrs attrs, const Types& out, uint32_t scope) {
  Node n{
      &op,  std::move(attrs), std::move(in), static_cast<ValueId>(g_.types.size()), static_cast<uint32_t>(out.size()),
      scope};
  for (const TypeShape& t : out) {
    g_.types.push_back(t);
    g_.producers.push_back(static_cast<uint32_t>(g_.nodes.size()));
  }
  g_.nodes.push_back(std::move(n));
  return g_.nodes.back().first_out;
}

ValueId Builder::input(const TypeShape& type) {
  const ValueId v = append(kInput, {}, index_of(g_.inputs.size()), type, 0);
  g_.inputs.push_back(v);
  return v;
}

ValueId Builder::constant(const Tensor& value) {
  g_.constants.push_back(value);
  return append(kConstant, {}, index_of(g_.constants.size() - 1), TypeShape{value.dtype(), value.shape()}, 0);
}

Builder::Builder(Graph& g) : g_(g) {
  for (const auto& cell : g.cells) cell_index_.try_emplace(cell.get(), static_cast<uint32_t>(cell_index_.size()));
  for (size_t i = 0; i < g.scopes.size(); ++i) scope_index_[g.scopes[i]] = static_cast<uint32_t>(i);
}

uint32_t Builder::cell_index(const std::shared_ptr<Cell>& cell) {
  const auto [at, is_new] = cell_index_.try_emplace(cell.get(), static_cast<uint32_t>(g_.cells.size()));
  if (is_new) g_.cells.push_back(cell);
  return at->second;
}

ValueId Builder::read(const std::shared_ptr<Cell>& cell) {
  const TypeShape type{cell->value.dtype(), cell->value.shape()};
  return append(kRead, {}, index_of(cell_index(cell)), type, 0);
}

void Builder::assign(const std::shared_ptr<Cell>& cell, ValueId value) {
  append(kAssign, {value}, index_of(cell_index(cell)), {}, 0);
}

uint32_t Builder::scope(const std::string& path) {
  const auto [at, is_new] = scope_index_.try_emplace(path, static_cast<uint32_t>(g_.scopes.size()));
  if (is_new) g_.scopes.push_back(path);
  return at->second;
}

ValueId Builder::add(const OpDef& op, const std::vector<ValueId>& in, const Attrs& attrs, uint32_t scope) {
  std::vector<TypeShape> types;
  types.reserve(in.size());
  for (ValueId v : in) types.push_back(g_.types[v]);
  const InferCall call{op.name, types, attrs, g_.scopes[scope]};
  CORNU_ASSERT(op.arity < 0 || static_cast<size_t>(op.arity) == in.size());
  return append(op, in, attrs, op.infer(call), scope);
}

ValueId Builder::repeat(const Graph& from, const Node& n, std::vector<ValueId> in, uint32_t scope) {
  const ValueId first = static_cast<ValueId>(g_.types.size());
  for (uint32_t i = 0; i < n.n_out; ++i) {
    g_.types.push_back(from.types[n.out(i)]);
    g_.producers.push_back(static_cast<uint32_t>(g_.nodes.size()));
  }
  g_.nodes.push_back({n.op, n.attrs, std::move(in), first, n.n_out, scope});
  return first;
}

std::vector<uint32_t> use_counts(const Graph& g) {
  std::vector<uint32_t> uses(g.types.size());
  for (const Node& n : g.nodes)
    for (ValueId v : n.in) ++uses[v];
  for (ValueId v : g.outputs) ++uses[v];
  return uses;
}

void verify(const Graph& g, const char* after) {
  std::string wrong;
  std::set<int64_t> assigned;
  ValueId next = 0;
  for (size_t i = 0; i < g.nodes.size() && wrong.empty(); ++i) {
    const Node& n = g.nodes[i];
    for (ValueId v : n.in)
      if (v >= n.first_out) wrong = text("node {} uses value {} before it exists", i, v);
    if (n.first_out != next) wrong = text("node {} starts at value {}, expected {}", i, n.first_out, next);
    next += n.n_out;
    if (n.is("assign")) {
      const int64_t cell = state_index(n);
      if (!assigned.insert(cell).second) wrong = text("node {} assigns variable {} twice", i, cell);
      const Tensor& held = g.cells[static_cast<size_t>(cell)]->value;
      const TypeShape& t = g.types[n.in[0]];
      if (t.dtype != held.dtype() || (t.shape.known() && t.shape != held.shape()))
        wrong = text("node {} assigns {} {} to a variable of {} {}", i, t.shape, t.dtype, held.shape(), held.dtype());
    }
  }
  if (wrong.empty()) return;
  throw std::logic_error(text("after {}: {}\n{}", after, wrong, print(g)));
}

}  // namespace cornu
