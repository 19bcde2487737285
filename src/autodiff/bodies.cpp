// Gradients of loops and branches: loops and branches again.
#include "ops/bodies.h"

#include <cornu/ops.h>

#include "autodiff/gradient.h"
#include "ops/emit.h"

namespace cornu {
namespace {

/// The tensors of a trace that stand for elements along the first axis of `stacks`.
Tensors elements_of(Trace& trace, const Tensors& stacks) {
  Tensors out;
  for (const Tensor& stack : stacks) out.push_back(trace.input(stack.dtype(), stack.shape().slice(1)));
  return out;
}

Tensors inputs_like(Trace& trace, const Tensors& like) {
  Tensors out;
  for (const Tensor& t : like) out.push_back(trace.input(t.dtype(), t.shape()));
  return out;
}

Tensor zero_if_none(const Tensor& gradient, const Tensor& like) {
  return gradient.defined() ? gradient : ops::zeros_like(like);
}

Tensors part(const Tensors& all, size_t from, size_t count) {
  const auto at = all.begin() + static_cast<std::ptrdiff_t>(from);
  return Tensors(at, at + static_cast<std::ptrdiff_t>(count));
}

/// Numbers of the tensors that have gradients.
std::vector<size_t> floating(const Tensors& all) {
  std::vector<size_t> out;
  for (size_t i = 0; i < all.size(); ++i)
    if (is_floating(all[i].dtype())) out.push_back(i);
  return out;
}

/// The gradients that come, of the results of these numbers.
struct Upstream {
  std::vector<size_t> of;
  Tensors values;
  Upstream(const GradCall& call, size_t first) {
    for (size_t i = first; i < call.out.size(); ++i)
      if (call.dout[i].defined()) of.push_back(i), values.push_back(call.dout[i]);
  }
};

}  // namespace

/// A scan the other way round. Its carries are the gradients of the carries and, added up, those of what the body
/// captured; it goes along what the body has calculated, which the scan has kept, and along the gradients of its
/// results.
Tensors gradient_of_scan(const GradCall& call) {
  const ScanAttrs& a = call.attrs.as<ScanAttrs>();
  const Graph& body = *a.body.graph;
  const size_t carries = static_cast<size_t>(a.carries), sequences = static_cast<size_t>(a.sequences);
  const size_t saved = a.saved.size(), first_saved = call.out.size() - saved;
  const Tensors xs = part(call.in, carries, sequences);
  const Tensors captured = part(call.in, carries + sequences, call.in.size() - carries - sequences);
  const std::vector<size_t> of_carries = floating(part(call.in, 0, carries)), of_captured = floating(captured);
  const Upstream given(call, carries);

  Tensors init;
  for (const size_t i : of_carries) init.push_back(zero_if_none(call.dout[i], call.out[i]));
  for (const size_t i : of_captured) init.push_back(ops::zeros_like(captured[i]));

  std::vector<bool> has_gradient;  // of what the body takes: carries, elements, captured
  Graph back;
  {
    Trace trace(TraceMode::record);
    const Tensors carried = inputs_like(trace, init), results = elements_of(trace, given.values),
                  values = elements_of(trace, part(call.out, first_saved, saved)), x = elements_of(trace, xs),
                  outside = inputs_like(trace, captured);
    Tensors of(body.types.size());
    for (size_t i = 0; i < saved; ++i) of[static_cast<size_t>(a.saved[i])] = values[i];
    for (size_t i = 0; i < sequences; ++i) of[body.inputs[carries + i]] = x[i];
    for (size_t i = 0; i < captured.size(); ++i) of[body.inputs[carries + sequences + i]] = outside[i];
    for (const Node& n : body.nodes)
      if (n.is("constant")) of[n.out()] = body.constants[static_cast<size_t>(state_index(n))];

    Tensors gradient(body.types.size());
    for (size_t i = 0; i < of_carries.size(); ++i) add_gradient(gradient[body.outputs[of_carries[i]]], carried[i]);
    for (size_t i = 0; i < given.of.size(); ++i) add_gradient(gradient[body.outputs[given.of[i]]], results[i]);
    walk_back(
        body, body.nodes.size(), reached_from(body, body.inputs), [&](ValueId v) { return of[v]; }, gradient);

    for (const ValueId v : body.inputs) has_gradient.push_back(gradient[v].defined());
    Tensors out;
    for (const size_t i : of_carries) out.push_back(zero_if_none(gradient[body.inputs[i]], of[body.inputs[i]]));
    for (size_t i = 0; i < of_captured.size(); ++i) {
      const Tensor& g = gradient[body.inputs[carries + sequences + of_captured[i]]];
      const Tensor& sum = carried[of_carries.size() + i];
      out.push_back(g.defined() ? ops::add(sum, g) : sum);
    }
    for (size_t i = 0; i < sequences; ++i)
      if (has_gradient[carries + i]) out.push_back(gradient[body.inputs[carries + i]]);
    back = trace.finish(out);
  }
  ScanAttrs b;
  b.carries = static_cast<int64_t>(init.size());
  b.sequences = static_cast<int64_t>(given.values.size() + saved + sequences);
  b.length = a.length;
  b.reverse = !a.reverse;
  keep_values(back, b);
  b.body.graph = std::make_shared<const Graph>(std::move(back));
  Tensors operands = init;
  append(operands, given.values);
  append(operands, part(call.out, first_saved, saved));
  append(operands, xs);
  append(operands, captured);
  const Tensors found = current_trace()->emit_all(op_row("scan"), operands, scan_attrs(std::move(b)));

  Tensors out(call.in.size());
  for (size_t i = 0; i < of_carries.size(); ++i) out[of_carries[i]] = found[i];
  for (size_t i = 0; i < of_captured.size(); ++i)
    if (has_gradient[carries + sequences + of_captured[i]])
      out[carries + sequences + of_captured[i]] = found[of_carries.size() + i];
  size_t at = init.size();
  for (size_t i = 0; i < sequences; ++i)
    if (has_gradient[carries + i]) out[carries + i] = found[at++];
  return out;
}

/// A switch again, each branch of which calculates what it needs once more, and goes back from there.
Tensors gradient_of_switch(const GradCall& call) {
  const SwitchAttrs& a = call.attrs.as<SwitchAttrs>();
  const Tensors captured = part(call.in, 1, call.in.size() - 1);
  const std::vector<size_t> wanted = floating(captured);
  const Upstream given(call, 0);
  if (wanted.empty()) return Tensors(call.in.size());

  SwitchAttrs b;
  for (const Body& each : a.bodies) {
    const Graph& body = *each.graph;
    Trace trace(TraceMode::record);
    const Tensors outside = inputs_like(trace, captured), results = inputs_like(trace, given.values);
    const Tensors of = record_body(body, outside);
    Tensors gradient(body.types.size());
    for (size_t i = 0; i < given.of.size(); ++i) add_gradient(gradient[body.outputs[given.of[i]]], results[i]);
    walk_back(
        body, body.nodes.size(), reached_from(body, body.inputs), [&](ValueId v) { return of[v]; }, gradient);
    Tensors out;
    for (const size_t i : wanted) out.push_back(zero_if_none(gradient[body.inputs[i]], outside[i]));
    b.bodies.push_back({std::make_shared<const Graph>(trace.finish(out))});
  }
  Tensors operands{call.in[0]};
  append(operands, captured);
  append(operands, given.values);
  const Tensors found = current_trace()->emit_all(op_row("switch"), operands, switch_attrs(std::move(b)));
  Tensors out(call.in.size());
  for (size_t i = 0; i < wanted.size(); ++i) out[1 + wanted[i]] = found[i];
  return out;
}

}  // namespace cornu
