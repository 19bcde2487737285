// The rows of loops and branches.
#include "ops/bodies.h"

#include <cornu/ops.h>

#include "graph/parse.h"
#include "ops/emit.h"

namespace cornu {

/// The lines of print().
template <>
struct Codec<Body> {
  static Value to_value(const Body& b) {
    Value lines = Value::array();
    const std::string all = b.graph ? print(*b.graph, true) : "";
    for (size_t at = 0, end; (end = all.find('\n', at)) != all.npos; at = end + 1)
      lines.push_back(all.substr(at, end - at));
    return lines;
  }
  static Body from_value(const Value& v) {
    std::string all;
    for (const Value& line : v.as_array()) all += line.as_string() + "\n";
    return all.empty() ? Body() : Body{std::make_shared<const Graph>(parse_graph(all, op_registry()))};
  }
};
template <>
struct Describe<ScanAttrs> {
  static constexpr auto fields =
      std::tuple{field("carries", &ScanAttrs::carries), field("sequences", &ScanAttrs::sequences),
                 field("length", &ScanAttrs::length),   field("reverse", &ScanAttrs::reverse),
                 field("saved", &ScanAttrs::saved),     field("body", &ScanAttrs::body)};
};
template <>
struct Describe<WhileAttrs> {
  static constexpr auto fields =
      std::tuple{field("carries", &WhileAttrs::carries), field("limit", &WhileAttrs::limit),
                 field("condition", &WhileAttrs::condition), field("body", &WhileAttrs::body)};
};
template <>
struct Describe<SwitchAttrs> {
  static constexpr auto fields = std::tuple{field("bodies", &SwitchAttrs::bodies)};
};

template <>
struct Describe<CustomGradientAttrs> {
  static constexpr auto fields =
      std::tuple{field("id", &CustomGradientAttrs::id), field("results", &CustomGradientAttrs::results)};
};

Attrs scan_attrs(ScanAttrs a) { return Attrs::of(std::move(a)); }
Attrs while_attrs(WhileAttrs a) { return Attrs::of(std::move(a)); }
Attrs switch_attrs(SwitchAttrs a) { return Attrs::of(std::move(a)); }
Attrs custom_gradient_attrs(CustomGradientAttrs a) { return Attrs::of(std::move(a)); }

void keep_values(Graph& body, ScanAttrs& a) {
  for (ValueId v = 0; v < body.types.size(); ++v) {
    const Node& n = body.producer(v);
    if (n.is("constant") || (n.is("input") && state_index(n) >= a.carries)) continue;
    a.saved.push_back(v);
    body.outputs.push_back(v);
  }
}

Types types_of(const Graph& g, const std::vector<TypeShape>& inputs, bool all) {
  Types types;
  types.resize(g.types.size());
  for (const Node& n : g.nodes) {
    if (n.is("input")) {
      types[n.out()] = inputs.at(static_cast<size_t>(state_index(n)));
    } else if (n.is("constant")) {
      types[n.out()] = g.types[n.out()];
    } else {
      std::vector<TypeShape> in;
      for (const ValueId v : n.in) in.push_back(types[v]);
      const Types out = n.op->infer({n.op->name, in, n.attrs, g.scopes[n.scope]});
      for (uint32_t k = 0; k < n.n_out; ++k) types[n.out(k)] = out[k];
    }
  }
  if (all) return types;
  Types out;
  for (const ValueId v : g.outputs) out.push_back(types[v]);
  return out;
}

Tensors record_body(const Graph& body, const Tensors& inputs) {
  Trace& trace = *current_trace();
  Tensors values(body.types.size());
  const std::vector<std::string> path = trace.scope_path;
  for (const Node& n : body.nodes) {
    if (n.is("input")) {
      values[n.out()] = inputs.at(static_cast<size_t>(state_index(n)));
    } else if (n.is("constant")) {
      values[n.out()] = body.constants[static_cast<size_t>(state_index(n))];
    } else {
      Tensors in;
      for (const ValueId v : n.in) in.push_back(values[v]);
      trace.scope_path = {body.scopes[n.scope]};
      const Tensors out = trace.emit_all(*n.op, in, n.attrs);
      for (uint32_t k = 0; k < n.n_out; ++k) values[n.out(k)] = out[k];
    }
  }
  trace.scope_path = path;
  return values;
}

Graph with_inputs(const Graph& g, const std::vector<size_t>& order, const std::vector<TypeShape>& types) {
  Graph out;
  Builder builder(out);
  std::vector<ValueId> map(g.types.size(), kNoValue);
  for (size_t i = 0; i < order.size(); ++i) {
    const ValueId v = builder.input(order[i] == kNewInput ? types[i] : g.types[g.inputs[order[i]]]);
    if (order[i] != kNewInput) map[g.inputs[order[i]]] = v;
  }
  for (const Node& n : g.nodes) {
    if (n.is("input")) continue;
    if (n.is("constant")) {
      map[n.out()] = builder.constant(g.constants[static_cast<size_t>(state_index(n))]);
      continue;
    }
    std::vector<ValueId> in;
    for (const ValueId v : n.in) in.push_back(map[v]);
    const ValueId first = builder.add(*n.op, in, n.attrs, builder.scope(g.scopes[n.scope]));
    for (uint32_t k = 0; k < n.n_out; ++k) map[n.out(k)] = first + k;
  }
  for (const ValueId v : g.outputs) out.outputs.push_back(map[v]);
  return out;
}

namespace {

/// The types of two values of which either may come, or a sentence.
TypeShape either(const InferCall& c, const char* what, const TypeShape& a, const TypeShape& b) {
  c.require(a.dtype == b.dtype && a.shape.rank() == b.shape.rank(), "{} must keep its type, {}, got {}", what,
            to_string(a), to_string(b));
  TypeShape out = a;
  for (int i = 0; i < a.shape.rank(); ++i) {
    const int64_t x = a.shape.dim(i), y = b.shape.dim(i);
    c.require(x < 0 || y < 0 || x == y, "{} must keep its shape, {}, got {}", what, a.shape, b.shape);
    if (x < 0) out.shape.dim(i) = y;
  }
  return out;
}

Types infer_scan(const InferCall& c) {
  const ScanAttrs& a = c.attrs.as<ScanAttrs>();
  const size_t carries = static_cast<size_t>(a.carries), first = carries + static_cast<size_t>(a.sequences);
  int64_t length = a.length;
  std::vector<TypeShape> in = c.in;
  for (size_t i = carries; i < first; ++i) {
    const Shape& all = c.in[i].shape;
    c.require(all.rank() > 0, "each sequence must have an axis to go along, got a scalar");
    c.require(length < 0 || all.dim(0) < 0 || all.dim(0) == length,
              "all sequences must be of one length, got {} and {}", length, all.dim(0));
    length = std::max(length, all.dim(0));
    in[i].shape = all.slice(1);
  }
  Types out = types_of(*a.body.graph, in);
  for (size_t i = 0; i < out.size(); ++i) {
    if (i < carries) {
      out[i] = either(c, "the carry", c.in[i], out[i]);
    } else {
      out[i].shape = Shape({length}).append(out[i].shape);
    }
  }
  return out;
}

Types infer_while(const InferCall& c) {
  const WhileAttrs& a = c.attrs.as<WhileAttrs>();
  const Types go_on = types_of(*a.condition.graph, c.in);
  c.require(go_on.size() == 1 && go_on[0].dtype == DType::boolean && go_on[0].shape.elements() == 1,
            "the condition must give one truth value");
  Types out = types_of(*a.body.graph, c.in);
  for (size_t i = 0; i < out.size(); ++i) out[i] = either(c, "the loop's variable", c.in[i], out[i]);
  return out;
}

Types infer_switch(const InferCall& c) {
  const SwitchAttrs& a = c.attrs.as<SwitchAttrs>();
  const std::vector<TypeShape> in(c.in.begin() + 1, c.in.end());
  Types out = types_of(*a.bodies.at(0).graph, in);
  for (size_t b = 1; b < a.bodies.size(); ++b) {
    const Types other = types_of(*a.bodies[b].graph, in);
    for (size_t i = 0; i < out.size(); ++i) out[i] = either(c, "each branch's result", out[i], other[i]);
  }
  return out;
}

Tensors no_gradient(const GradCall&) {
  throw TraceError("while_loop",
                   "has no gradient, as nothing is kept of its runs; use scan, or fori_loop with bounds "
                   "that are known, for loops to be learned through");
}

Types infer_custom_gradient(const InferCall& c) {
  Types out;
  out.assign(c.in.begin(), c.in.begin() + c.attrs.as<CustomGradientAttrs>().results);
  return out;
}
Tensors custom_gradient(const GradCall& g) {
  const CustomGradientAttrs& a = g.attrs.as<CustomGradientAttrs>();
  const size_t results = static_cast<size_t>(a.results);
  Tensors upstream = g.dout;
  for (size_t i = 0; i < results; ++i)
    if (!upstream[i].defined()) upstream[i] = ops::zeros_like(g.out[i]);
  const Tensors of_arguments = a.gradient(upstream);
  if (of_arguments.size() != g.in.size() - results)
    throw CallError("custom_gradient", text("its gradient must give a tensor for each of {} arguments, got {}",
                                            g.in.size() - results, of_arguments.size()));
  Tensors out(results);
  for (size_t i = 0; i < of_arguments.size(); ++i) {
    const Tensor& one = of_arguments[i];
    const Tensor& argument = g.in[results + i];
    if (one.defined() && is_floating(argument.dtype()) && one.shape().rank() != argument.shape().rank())
      throw ShapeError("custom_gradient", text("the gradient of argument {} must be of its shape, {}, got {}", i,
                                               argument.shape(), one.shape()));
    out.push_back(is_floating(argument.dtype()) ? one : Tensor());
  }
  return out;
}

const OpDef kCustomGradient{.name = "custom_gradient",
                            .kind = OpKind::control,
                            .arity = -1,
                            .infer = infer_custom_gradient,
                            .attrs = attrs_of<CustomGradientAttrs>,
                            .grad = custom_gradient};
const OpDef kScan{.name = "scan",
                  .kind = OpKind::control,
                  .arity = -1,
                  .infer = infer_scan,
                  .attrs = attrs_of<ScanAttrs>,
                  .grad = gradient_of_scan};
const OpDef kWhile{.name = "while",
                   .kind = OpKind::control,
                   .arity = -1,
                   .infer = infer_while,
                   .attrs = attrs_of<WhileAttrs>,
                   .grad = no_gradient};
const OpDef kSwitch{.name = "switch",
                    .kind = OpKind::control,
                    .arity = -1,
                    .infer = infer_switch,
                    .attrs = attrs_of<SwitchAttrs>,
                    .grad = gradient_of_switch};

}  // namespace

void add_body_ops(OpRegistry& r) {
  for (const OpDef* op : {&kScan, &kWhile, &kSwitch, &kCustomGradient}) r.add(*op);
}

}  // namespace cornu
