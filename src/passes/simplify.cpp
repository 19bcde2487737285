// simplify: removes what changes nothing, computes scalars known now, shares equal nodes, drops unused ones. Every rule
// keeps the bits of the result.
#include <cornu/ops.h>

#include <cmath>
#include <cstring>
#include <string_view>
#include <unordered_map>

#include "io/json.h"
#include "ops/attrs.h"
#include "passes/pass.h"
#include "tensor/storage.h"

namespace cornu {
namespace {

bool is_scalar(const Tensor& t, double value) { return t.defined() && t.size() == 1 && t.item() == value; }

/// Arithmetic on two or one float32 constants whose result is correctly rounded on every machine.
std::optional<float> fold(const Node& n, float x, float y) {
  switch (n.op->tile) {
    case TileOp::add:
      return x + y;
    case TileOp::subtract:
      return x - y;
    case TileOp::multiply:
      return x * y;
    case TileOp::divide:
      return x / y;
    case TileOp::negative:
      return -x;
    case TileOp::square:
      return x * x;
    case TileOp::sqrt:
      return std::sqrt(x);
    case TileOp::reciprocal:
      return 1 / x;
    default:
      return std::nullopt;
  }
}

std::optional<Tensor> fold_scalars(Rewriter& r) {
  const Node& n = r.node;
  if (n.op->kind != OpKind::elementwise || n.in.empty() || n.in.size() > 2) return std::nullopt;
  float v[2] = {};
  for (size_t i = 0; i < n.in.size(); ++i) {
    const Tensor c = r.constant(i);
    if (!c.defined() || c.shape().rank() != 0 || c.dtype() != DType::f32) return std::nullopt;
    v[i] = static_cast<float>(c.item());
  }
  const std::optional<float> result = fold(n, v[0], v[1]);
  if (!result) return std::nullopt;
  return Tensor::scalar(*result);
}

std::optional<Tensor> identity(Rewriter& r) {
  const Node& n = r.node;
  const TypeShape& out = r.old.types[n.out()];
  const auto same = [&](size_t i) { return r.in[i].shape() == out.shape && r.in[i].dtype() == out.dtype; };
  if (n.is("stop_gradient") || n.is("copy")) return r.in[0];
  if ((n.is("reshape") || n.is("broadcast_to") || n.is("concatenate") || n.is("slice")) && n.in.size() == 1 && same(0))
    return r.in[0];
  if (n.is("reshape") && r.producer(0).is("reshape")) {
    const Node& inner = r.producer(0);
    return ops::reshape(r.trace.wrap(inner.in[0]), out.shape);
  }
  if (n.is("transpose")) {
    // Moving axes of size 1 keeps the order of the elements.
    std::vector<int64_t> moved;
    for (int64_t p : n.attrs.as<PermAttrs>().perm)
      if (r.in[0].shape().dim(static_cast<int>(p)) != 1) moved.push_back(p);
    if (std::is_sorted(moved.begin(), moved.end())) return ops::reshape(r.in[0], out.shape);
  }
  if (n.op->kind == OpKind::reduction && (n.is("sum") || n.is("max") || n.is("min") || n.is("prod"))) {
    const AxesAttrs& a = n.attrs.as<AxesAttrs>();
    bool ones = true;
    for (int64_t axis : a.axes) ones &= r.in[0].shape().dim(static_cast<int>(axis)) == 1;
    if (ones) return ops::reshape(r.in[0], out.shape);
  }
  if (n.is("reshape") || n.is("broadcast_to")) {  // numbers are kept as scalars
    const Tensor c = r.constant(0);
    if (n.is("reshape") && c.defined() && c.size() == 1) return c.reshaped(out.shape);
    if (n.is("broadcast_to") && c.defined() && c.size() == 1 && c.rank() > 0)
      return ops::broadcast_to(c.reshaped({}), out.shape);
  }
  if (n.is("reshape") && r.producer(0).is("broadcast_to")) {
    const Tensor number = r.trace.wrap(r.producer(0).in[0]);
    if (number.size() == 1) return ops::broadcast_to(number.rank() ? ops::reshape(number, {}) : number, out.shape);
  }
  if (n.op->kind == OpKind::elementwise && n.in.size() == 1 && r.producer(0).is("broadcast_to"))
    return ops::broadcast_to(r.trace.emit(*n.op, {r.trace.wrap(r.producer(0).in[0])}, n.attrs), out.shape);
  if (n.is("multiply") || n.is("divide")) {
    if (is_scalar(r.constant(1), 1) && same(0)) return r.in[0];
    if (n.is("multiply") && is_scalar(r.constant(0), 1) && same(1)) return r.in[1];
  }
  if (n.is("subtract") && same(0)) {  // x - 0 is x, for x = -0 too
    const Tensor c = r.constant(1);
    if (is_scalar(c, 0) && !std::signbit(c.item())) return r.in[0];
  }
  if (n.is("select") && same(1) && r.in.values()[1] == r.in.values()[2]) return r.in[1];
  if (n.is("cast") && r.in[0].dtype() == out.dtype) return r.in[0];
  if (n.is("cast")) {
    if (const Tensor c = r.constant(0); c.defined() && c.size() == 1) return c.to(out.dtype);
  }
  if (n.is("broadcast_to") && r.constant(0).defined() && r.in[0].size() == 1 && out.shape.rank() == 0) return r.in[0];
  return std::nullopt;
}

/// The bytes that two nodes share exactly if they compute the same.
std::string key_of(const Rewriter& r) {
  const auto bytes = [](const auto* from, size_t n) {
    return std::string_view(reinterpret_cast<const char*>(from), n * sizeof(*from));
  };
  std::string key(bytes(&r.node.op, 1));
  key += bytes(r.in.values().data(), r.in.values().size());
  if (!r.node.attrs.empty()) key += write_json(r.node.attrs.to_value());
  return key;
}

Graph share_equal(const Graph& g) {
  std::unordered_map<std::string, ValueId> seen;
  return rewrite(g, [&](Rewriter& r) -> std::optional<Tensor> {
    if (r.node.n_out != 1) return std::nullopt;
    for (const auto& rule : {fold_scalars, identity})
      if (std::optional<Tensor> t = rule(r)) return t;
    const auto [known, is_new] = seen.try_emplace(key_of(r), kNoValue);
    if (is_new) known->second = r.same();
    return r.trace.wrap(known->second);
  });
}

/// A broadcast whose only readers are elementwise needs no memory: those broadcast by themselves.
Graph drop_broadcasts(const Graph& g) {
  std::vector<bool> needed(g.types.size());
  for (const Node& n : g.nodes)
    for (ValueId v : n.in)
      if (n.op->kind != OpKind::elementwise) needed[v] = true;
  for (ValueId v : g.outputs) needed[v] = true;
  // A reader keeps its shape only if another operand has it.
  for (const Node& n : g.nodes) {
    if (n.op->kind != OpKind::elementwise) continue;
    bool shaped = false;
    for (ValueId v : n.in) shaped |= g.types[v].shape == g.types[n.out()].shape && !g.producer(v).is("broadcast_to");
    if (!shaped)
      for (ValueId v : n.in) needed[v] = true;
  }
  return rewrite(g, [&](Rewriter& r) -> std::optional<Tensor> {
    if (r.node.is("broadcast_to") && !needed[r.node.out()]) return r.in[0];
    return std::nullopt;
  });
}

}  // namespace

Graph drop_unused(const Graph& g) {
  std::vector<bool> used(g.types.size());
  for (ValueId v : g.outputs) used[v] = true;
  for (size_t i = g.nodes.size(); i-- > 0;) {
    const Node& n = g.nodes[i];
    bool alive = n.is("assign");
    for (uint32_t k = 0; k < n.n_out; ++k) alive |= used[n.out(k)];
    if (alive)
      for (ValueId v : n.in) used[v] = true;
  }
  GraphCopy copy(g);
  for (const Node& n : g.nodes) {
    bool alive = n.is("assign") || n.is("input");
    for (uint32_t k = 0; k < n.n_out; ++k) alive |= used[n.out(k)];
    if (alive) copy.append(n);
  }
  return copy.finish();
}

Graph simplify(const Graph& g) {
  // Twice: what one rule makes, another may simplify.
  return drop_unused(drop_broadcasts(drop_unused(share_equal(share_equal(g)))));
}

}  // namespace cornu
