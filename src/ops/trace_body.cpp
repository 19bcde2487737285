// Bodies, and what they take from outside.
#include "ops/trace_body.h"

#include <algorithm>

#include "tensor/storage.h"

namespace cornu::ops {

Trace* recording() {
  Trace* const trace = current_trace();
  return trace && !trace->runs() ? trace : nullptr;
}

static bool same_value(const Tensor& a, const Tensor& b) {
  return a.impl() == b.impl() || (a.impl()->trace != 0 && a.impl()->trace == b.impl()->trace && !a.impl()->storage &&
                                  a.impl()->value == b.impl()->value);
}

size_t Captures::add(const Tensor& t) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Tensor& x) { return same_value(x, t); });
  const size_t at = static_cast<size_t>(found - all.begin());
  if (found == all.end()) all.push_back(t);
  return at;
}

size_t number_of(const std::vector<std::shared_ptr<Cell>>& cells, const std::shared_ptr<Cell>& cell) {
  return static_cast<size_t>(std::find(cells.begin(), cells.end(), cell) - cells.begin());
}

std::vector<size_t> InputOrder::places(const TracedBody& b) const {
  std::vector<size_t> out(b.captured.size(), kNewInput);
  for (const auto& [cell, i] : b.read)
    if (const size_t n = number_of(cells, cell); n < cells.size()) out[i] = own + n;
  for (size_t i = 0; i < out.size(); ++i)
    if (out[i] == kNewInput) out[i] = own + cells.size() + more + captures.add(b.captured[i]);
  return out;
}
Graph InputOrder::apply(const TracedBody& b, const std::vector<size_t>& places) const {
  std::vector<size_t> order(own + cells.size() + more + captures.all.size(), kNewInput);
  for (size_t i = 0; i < own; ++i) order[i] = i;
  for (size_t i = 0; i < more; ++i) order[own + cells.size() + i] = own + i;
  for (size_t i = 0; i < places.size(); ++i) order[places[i]] = own + more + i;
  std::vector<TypeShape> types(order.size());
  for (size_t i = 0; i < cells.size(); ++i) types[own + i] = {cells[i]->value.dtype(), cells[i]->value.shape()};
  for (size_t i = 0; i < captures.all.size(); ++i)
    types[own + cells.size() + more + i] = {captures.all[i].dtype(), captures.all[i].shape()};
  return with_inputs(b.graph, order, types);
}

Tensors values_of(Trace& trace, const std::vector<std::shared_ptr<Cell>>& cells) {
  Tensors out;
  for (const auto& cell : cells) out.push_back(trace.read(cell));
  return out;
}

std::vector<TypeShape> types_of(const Tensors& all) {
  std::vector<TypeShape> out;
  for (const Tensor& t : all) out.push_back({t.dtype(), t.shape()});
  return out;
}

void check_alike(const char* who, const char* what, const Tree<Tensor>& one, const Tree<Tensor>& other) {
  if (!one.same_structure(other))
    throw ShapeError(who, text("{} of one structure, got {} and {}", what, to_string(one.kind(), one.size()),
                               to_string(other.kind(), other.size())));
  const Tensors a = one.leaves(), b = other.leaves();
  for (size_t i = 0; i < a.size(); ++i) {
    bool fits = a[i].rank() == b[i].rank();
    for (int k = 0; fits && k < a[i].rank(); ++k) fits = compatible(a[i].shape().dim(k), b[i].shape().dim(k));
    if (!fits) throw ShapeError(who, text("{} of one shape, got {} and {}", what, a[i].shape(), b[i].shape()));
    if (a[i].dtype() != b[i].dtype())
      throw DTypeError(who, text("{} of one type, got {} and {}", what, a[i].dtype(), b[i].dtype()));
  }
}

}  // namespace cornu::ops
