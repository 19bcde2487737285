// Loops of unknown length and branches, and functions with a gradient of their own.
#include <algorithm>
#include <atomic>

#include "ops/trace_body.h"

namespace cornu::ops {

/// A truth value of no axes.
static Tensor truth(const char* who, const char* what, const Tensor& x) {
  if (x.shape().elements() != 1) throw ShapeError(who, text("{} must be a scalar, got shape {}", what, x.shape()));
  const Tensor scalar = reshape(x, {});
  return scalar.dtype() == DType::boolean ? scalar : not_equal(scalar, like_scalar(0, scalar));
}

Tree<Tensor> while_loop(const std::function<Tensor(const Tree<Tensor>&)>& condition,
                        const std::function<Tree<Tensor>(const Tree<Tensor>&)>& body, const Tree<Tensor>& variables,
                        std::optional<int64_t> maximum_iterations) {
  constexpr const char* kWho = "while_loop";
  const int64_t limit = maximum_iterations.value_or(-1);
  Trace* const trace = recording();
  if (!trace) {
    Tree<Tensor> now = variables;
    for (int64_t n = 0; (limit < 0 || n < limit) && truth(kWho, "the condition", condition(now)).item() != 0; ++n) {
      Tree<Tensor> next = body(now);
      check_alike(kWho, "the variables must stay", variables, next);
      now = std::move(next);
    }
    return now;
  }
  const Tensors first = variables.leaves();
  const TracedBody step = trace_body(types_of(first), [&](const Tensors& in) {
    const Tree<Tensor> next = body(variables.with_leaves(in));
    check_alike(kWho, "the variables must stay", variables, next);
    return next.leaves();
  });
  const TracedBody test = trace_body(types_of(first), [&](const Tensors& in) -> Tensors {
    return {truth(kWho, "the condition", condition(variables.with_leaves(in)))};
  });
  if (!test.assigned.empty())
    throw CallError(kWho, text("its condition must not assign variables, it assigns '{}'", test.assigned[0]->path));
  if (!step.escaped.empty() || !test.escaped.empty())
    throw CallError(kWho, "a layer inside it adds a loss, which would have no gradient; use scan or fori_loop");
  Captures captures;
  const InputOrder order{first.size(), 0, step.assigned, captures};
  const std::vector<size_t> of_step = order.places(step), of_test = order.places(test);
  WhileAttrs attrs;
  attrs.body.graph = std::make_shared<const Graph>(order.apply(step, of_step));
  attrs.condition.graph = std::make_shared<const Graph>(order.apply(test, of_test));
  attrs.carries = static_cast<int64_t>(first.size() + step.assigned.size());
  attrs.limit = limit;
  Tensors operands = first;
  append(operands, values_of(*trace, step.assigned));
  append(operands, captures.all);
  const Tensors out = trace->emit_all(op_row("while"), operands, while_attrs(std::move(attrs)));
  for (size_t i = 0; i < step.assigned.size(); ++i) trace->assign(step.assigned[i], out[first.size() + i]);
  return variables.with_leaves(Tensors(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(first.size())));
}

Tree<Tensor> fori_loop(const Tensor& lower, const Tensor& upper,
                       const std::function<Tree<Tensor>(const Tensor&, const Tree<Tensor>&)>& body,
                       const Tree<Tensor>& init) {
  constexpr const char* kWho = "fori_loop";
  for (const Tensor* bound : {&lower, &upper})
    if (bound->shape().elements() != 1 || is_floating(bound->dtype()))
      throw ConfigError(kWho, text("its bounds must be whole numbers, got {} {}", bound->shape(), bound->dtype()));
  const DType type = promote(lower.dtype(), upper.dtype());
  const Tensor start = reshape(cast(lower, type), {}), end = reshape(cast(upper, type), {});
  const auto known = [](const Tensor& bound) { return !bound.symbolic(); };
  const Tree<Tensor> first(std::vector<Tree<Tensor>>{start, init});
  const auto next = [&](const Tree<Tensor>& now) {
    const Tensor& i = now[0].leaf();
    const Tree<Tensor> value = body(i, now[1]);
    check_alike(kWho, "the value must stay", init, value);
    return Tree<Tensor>(std::vector<Tree<Tensor>>{i + like_scalar(1, i), value});
  };
  if (known(lower) && known(upper)) {
    const int64_t length = std::max<int64_t>(0, static_cast<int64_t>(upper.item() - lower.item()));
    return scan(
               [&](const Tree<Tensor>& now, const Tree<Tensor>&) {
                 return ScanStep{next(now), {}};
               },
               first, {}, {.length = length})
        .carry[1];
  }
  return while_loop([&](const Tree<Tensor>& now) { return now[0].leaf() < end; }, next, first)[1];
}

/// One of several functions, traced as branches of a node.
static Tree<Tensor> choose(const char* who, const char* what, const Tensor& index,
                           const std::vector<std::function<Tree<Tensor>()>>& branches) {
  Trace* const trace = recording();
  if (!trace) throw TraceError(who, "what it depends on belongs to a traced function that is no longer traced");
  std::vector<TracedBody> traced;
  std::vector<Tree<Tensor>> results;
  for (const auto& branch : branches)
    traced.push_back(trace_body({}, [&](const Tensors&) {
      results.push_back(branch());
      return results.back().leaves();
    }));
  for (const Tree<Tensor>& other : results) check_alike(who, what, results[0], other);
  std::vector<std::shared_ptr<Cell>> cells;
  std::vector<TypeShape> escapes;
  for (const TracedBody& b : traced) {
    for (size_t e = b.graph.outputs.size() - b.escaped.size(); e < b.graph.outputs.size(); ++e)
      escapes.push_back(b.graph.types[b.graph.outputs[e]]);
    for (const auto& cell : b.assigned)
      if (number_of(cells, cell) == cells.size()) cells.push_back(cell);
  }
  Captures captures;
  const InputOrder order{0, 0, cells, captures};
  std::vector<std::vector<size_t>> places;
  places.reserve(traced.size());
  for (const TracedBody& b : traced) places.push_back(order.places(b));
  const size_t n = results[0].leaf_count();
  SwitchAttrs attrs;
  std::vector<std::function<void(const Tensor&)>> receivers;
  for (size_t i = 0; i < traced.size(); ++i) {
    const TracedBody& b = traced[i];
    Graph body = order.apply(b, places[i]);
    const std::vector<ValueId> given = body.outputs;
    body.outputs.resize(n);
    for (size_t c = 0; c < cells.size(); ++c) {  // a variable that this branch leaves alone keeps its value
      const size_t own = number_of(b.assigned, cells[c]);
      body.outputs.push_back(own < b.assigned.size() ? given[n + own] : body.inputs[c]);
    }
    Builder builder(body);
    for (size_t e = 0; e < escapes.size(); ++e) {  // what the others hand on is 0 here
      const bool own = e >= receivers.size() && e < receivers.size() + b.escaped.size();
      body.outputs.push_back(own ? given[n + b.assigned.size() + (e - receivers.size())]
                                 : builder.constant(Tensor::full(escapes[e].shape, 0, escapes[e].dtype)));
    }
    receivers.insert(receivers.end(), b.escaped.begin(), b.escaped.end());
    attrs.bodies.push_back({std::make_shared<const Graph>(std::move(body))});
  }
  Tensors operands{reshape(cast(index, DType::i32), {})};
  append(operands, values_of(*trace, cells));
  append(operands, captures.all);
  const Tensors out = trace->emit_all(op_row("switch"), operands, switch_attrs(std::move(attrs)));
  for (size_t c = 0; c < cells.size(); ++c) trace->assign(cells[c], out[n + c]);
  for (size_t e = 0; e < escapes.size(); ++e) trace->escape(out[n + cells.size() + e], receivers[e]);
  return results[0].with_leaves(Tensors(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(n)));
}

Tree<Tensor> switch_case(const Tensor& index, const std::vector<std::function<Tree<Tensor>()>>& branches) {
  constexpr const char* kWho = "switch";
  if (branches.empty()) throw ConfigError(kWho, "needs at least one branch");
  for (const auto& branch : branches)
    if (!branch) throw CallError(kWho, "needs functions, got an empty one");
  if (index.shape().elements() != 1 || is_floating(index.dtype()))
    throw ShapeError(kWho, text("the index must be a whole number, got {} {}", index.shape(), index.dtype()));
  if (!index.symbolic()) {
    const auto last = static_cast<double>(branches.size() - 1);
    return branches[static_cast<size_t>(std::clamp(index.item(), 0.0, last))]();
  }
  return choose(kWho, "all branches must give tensors", index, branches);
}

Tree<Tensor> cond_tree(const Tensor& pred, const std::function<Tree<Tensor>()>& if_true,
                       const std::function<Tree<Tensor>()>& if_false) {
  if (!if_true || !if_false) throw CallError("cond", "needs two functions, got an empty one");
  if (pred.shape().elements() != 1)
    throw ShapeError("cond",
                     text("pred must be a scalar, got shape {}; where chooses element by element", pred.shape()));
  if (!pred.symbolic()) return pred.item() != 0 ? if_true() : if_false();
  return choose("cond", "both functions must give tensors", cast(logical_not(truth("cond", "pred", pred)), DType::i32),
                {if_true, if_false});
}

Function custom_gradient(std::function<WithGradient(const Tensors&)> f) {
  return [f = std::move(f)](const Tensors& in) -> Tensors {
    Trace* const trace = current_trace();
    if (!trace) return f(in).value;
    const WithGradient given = f(in);
    static std::atomic<int64_t> next_id{0};
    Tensors operands = given.value;
    append(operands, in);
    return trace->emit_all(op_row("custom_gradient"), operands,
                           custom_gradient_attrs({next_id++, static_cast<int64_t>(given.value.size()), given.gradient}),
                           given.value);
  };
}

}  // namespace cornu::ops
