// scan and map.
#include <algorithm>

#include "ops/rules.h"
#include "ops/trace_body.h"

namespace cornu::ops {
namespace {

using Trees = Tree<Tensor>;

Tensor element(const Tensor& x, int64_t i) { return reshape(slice(x, 0, i, i + 1), x.shape().slice(1)); }

/// The common length of sequences; -1 if it is not known.
int64_t length_of(const Tensors& xs, const std::optional<int64_t>& given) {
  int64_t length = given.value_or(-1);
  if (given && *given < 0) throw ConfigError("scan", text("length must be 0 or more, got {}", *given));
  if (xs.empty() && !given) throw ConfigError("scan", "needs sequences to go along, or a length");
  for (const Tensor& x : xs) {
    if (x.rank() == 0) throw ShapeError("scan", "each sequence must have an axis to go along, got a scalar");
    const int64_t n = x.shape().dim(0);
    if (length >= 0 && n >= 0 && n != length)
      throw ShapeError("scan", text("all sequences must be of one length, got {} and {}", length, n));
    length = std::max(length, n);
  }
  return length;
}

using ScanFn = std::function<ScanStep(const Tree<Tensor>&, const Tree<Tensor>&)>;

/// Step by step.
ScanStep run_scan(const ScanFn& f, const Tree<Tensor>& init, const Tree<Tensor>& xs, int64_t length, bool reverse) {
  ScanStep out{init, {}};
  std::vector<Tree<Tensor>> ys;
  for (int64_t n = 0; n < length; ++n) {
    const int64_t i = reverse ? length - 1 - n : n;
    ScanStep step = f(out.carry, xs.map([&](const Tensor& x) { return element(x, i); }));
    check_alike("scan", "the carry must stay", init, step.carry);
    if (!ys.empty()) check_alike("scan", "y must stay", ys[0], step.y);
    out.carry = std::move(step.carry);
    ys.push_back(std::move(step.y));
  }
  if (ys.empty()) {  // what it would give is known from its trace alone
    Trace trace;
    const ScanStep once = f(init, xs.map([](const Tensor& x) { return Tensor(x.shape().slice(1), x.dtype()); }));
    out.y = once.y.map([](const Tensor& y) { return Tensor(Shape({0}).append(y.shape()), y.dtype()); });
    return out;
  }
  if (reverse) std::reverse(ys.begin(), ys.end());
  size_t leaf = 0;
  std::vector<Tensors> parts;
  for (const Tree<Tensor>& y : ys) parts.push_back(y.leaves());
  out.y = ys[0].map([&](const Tensor&) {
    Tensors column;
    for (const Tensors& p : parts) column.push_back(p[leaf]);
    ++leaf;
    return stack(column, 0);
  });
  return out;
}

ScanStep record_scan(Trace& trace, const ScanFn& f, const Tree<Tensor>& init, const Tree<Tensor>& xs, int64_t length,
                     bool reverse) {
  const Tensors first = init.leaves(), sequences = xs.leaves();
  std::vector<TypeShape> types = types_of(first);
  for (const Tensor& x : sequences) types.push_back({x.dtype(), x.shape().slice(1)});
  ScanStep step;
  const TracedBody traced = trace_body(types, [&](const Tensors& in) {
    const auto middle = in.begin() + static_cast<std::ptrdiff_t>(first.size());
    step = f(init.with_leaves(Tensors(in.begin(), middle)), xs.with_leaves(Tensors(middle, in.end())));
    check_alike("scan", "the carry must stay", init, step.carry);
    Tensors out = step.carry.leaves();
    append(out, step.y.leaves());
    return out;
  });
  const size_t ys = step.y.leaf_count(), cells = traced.assigned.size();
  Captures captures;
  const InputOrder order{first.size(), sequences.size(), traced.assigned, captures};
  const std::vector<size_t> places = order.places(traced);
  auto body = std::make_shared<Graph>(order.apply(traced, places));
  // The next carries, the variables' among them, come before what is stacked.
  const auto at = body->outputs.begin() + static_cast<std::ptrdiff_t>(first.size());
  std::rotate(at, at + static_cast<std::ptrdiff_t>(ys), at + static_cast<std::ptrdiff_t>(ys + cells));
  ScanAttrs attrs{
      {body}, static_cast<int64_t>(first.size() + cells), static_cast<int64_t>(sequences.size()), length, reverse, {}};
  keep_values(*body, attrs);
  Tensors operands = first;
  append(operands, values_of(trace, traced.assigned));
  append(operands, sequences);
  append(operands, captures.all);
  const Tensors out = trace.emit_all(op_row("scan"), operands, scan_attrs(std::move(attrs)));
  auto result = out.begin();
  const auto next = [&](size_t n) {
    const Tensors part(result, result + static_cast<std::ptrdiff_t>(n));
    result += static_cast<std::ptrdiff_t>(n);
    return part;
  };
  ScanStep whole;
  whole.carry = init.with_leaves(next(first.size()));
  for (const auto& cell : traced.assigned) trace.assign(cell, next(1)[0]);
  whole.y = step.y.with_leaves(next(ys));
  for (const auto& receive : traced.escaped) trace.escape(sum(next(1)[0], {0}), receive);
  return whole;
}

}  // namespace

ScanStep scan(const ScanFn& f, const Tree<Tensor>& init, const Tree<Tensor>& xs, const ScanConfig& config) {
  const int64_t length = length_of(xs.leaves(), config.length);
  Trace* const trace = recording();
  if (trace) return record_scan(*trace, f, init, xs, length, config.reverse);
  return run_scan(f, init, xs, length, config.reverse);
}

Tree<Tensor> map(const std::function<Tree<Tensor>(const Tree<Tensor>&)>& f, const Tree<Tensor>& xs) {
  if (xs.leaf_count() == 0) throw ConfigError("map", "needs at least one tensor to go along");
  return scan([&](const Tree<Tensor>&, const Tree<Tensor>& x) { return ScanStep{{}, f(x)}; }, {}, xs).y;
}

namespace {

/// The axis brought to the front, or back from there.
Trees with_axis_first(const Trees& x, int axis, bool back) {
  return x.map([&](const Tensor& t) {
    const int n = normal_axis("associative_scan", axis, t.rank());
    return back ? move_axis(t, 0, n) : move_axis(t, n, 0);
  });
}

/// Rows of these numbers, in that order.
Trees rows_at(const Trees& x, const Tensor& numbers) {
  return x.map([&](const Tensor& t) { return take(t, numbers); });
}

Trees rows_of(const Trees& x, int64_t from, int64_t to) {
  return x.map([&](const Tensor& t) { return slice(t, 0, from, to); });
}

Trees joined(const Trees& a, const Trees& b) {
  const Tensors of_b = b.leaves();
  size_t at = 0;
  return a.map([&](const Tensor& t) { return concatenate({t, of_b[at++]}, 0); });
}

/// Blelloch (1990): pairs first, the results of those by the same means, and the elements between from them.
Trees partial_results(const std::function<Trees(const Trees&, const Trees&)>& f, const Trees& x, int64_t n) {
  if (n < 2) return x;
  const Trees pairs = f(rows_at(x, whole_numbers(0, n - 1, 2)), rows_at(x, whole_numbers(1, n, 2)));
  const Trees odd = partial_results(f, pairs, n / 2);
  Trees even = rows_of(x, 0, 1);
  if (n > 2) {
    const Trees before = n % 2 ? odd : rows_of(odd, 0, n / 2 - 1);
    even = joined(even, f(before, rows_at(x, whole_numbers(2, n, 2))));
  }
  std::vector<int32_t> order;
  const int64_t evens = (n + 1) / 2;
  for (int64_t i = 0; i < n; ++i) order.push_back(static_cast<int32_t>(i % 2 ? evens + i / 2 : i / 2));
  return rows_at(joined(even, odd), Tensor({n}, order));
}

/// The rows from the last to the first, of which it is not known how many there are.
Tensor turned_around(const Tensor& x) {
  Axes others;
  for (int i = 1; i < x.rank(); ++i) others.push_back(i);
  const Tensor one_each = ones_like(cast(others.empty() ? x : sum(x, others), DType::i32));
  return take(x, dim(x, {0}, DType::i32) - cumsum(one_each, 0));
}

/// The same along an axis whose length is not known: from the first row, which is as it is, to the last.
Trees one_by_one(const std::function<Trees(const Trees&, const Trees&)>& f, const Trees& given, bool reverse) {
  const auto turned = [&](const Trees& t) { return reverse ? t.map(turned_around) : t; };
  const auto row = [](const Trees& t) { return t.map([](const Tensor& x) { return expand_dims(x, 0); }); };
  const auto element_of = [](const Trees& t) { return t.map([](const Tensor& x) { return squeeze(x, 0); }); };
  const Trees x = turned(given);
  const Trees first = rows_at(x, Tensor({1}, std::vector<int32_t>{0}));
  const Trees rest = x.map([](const Tensor& t) { return slice(t, 0, 1); });
  const auto step = [&](const Trees& sum, const Trees& one) {
    const Trees next = element_of(f(row(sum), row(one)));
    return ScanStep{next, next};
  };
  return turned(joined(first, scan(step, element_of(first), rest).y));
}

}  // namespace

Trees associative_scan(const std::function<Trees(const Trees&, const Trees&)>& f, const Trees& elems, bool reverse,
                       int axis) {
  constexpr const char* kWho = "associative_scan";
  int64_t n = -1;
  elems.each([&](const Tensor& t) {
    if (axis < -t.rank() || axis >= t.rank())
      throw ShapeError(kWho, text("axis must be in [{}, {}), got {}", -t.rank(), t.rank(), axis));
    const int64_t own = t.shape().dim(axis);
    if (n >= 0 && own >= 0 && own != n)
      throw ShapeError(kWho, text("all elements must be of one length, got {} and {}", n, own));
    n = std::max(n, own);
  });
  if (elems.leaf_count() == 0) throw ConfigError(kWho, "needs at least one tensor to go along");
  const auto combine = [&](const Trees& a, const Trees& b) {
    const Trees out = f(with_axis_first(a, axis, true), with_axis_first(b, axis, true));
    check_alike(kWho, "the function must keep elements", elems.map([](const Tensor&) { return Tensor::scalar(0); }),
                out.map([](const Tensor&) { return Tensor::scalar(0); }));
    return with_axis_first(out, axis, false);
  };
  Trees x = with_axis_first(elems, axis, false);
  if (n < 0) return with_axis_first(one_by_one(combine, x, reverse), axis, true);
  const Tensor back = whole_numbers(n - 1, -1, -1);
  if (reverse) x = rows_at(x, back);
  x = partial_results(combine, x, n);
  if (reverse) x = rows_at(x, back);
  return with_axis_first(x, axis, true);
}

}  // namespace cornu::ops
