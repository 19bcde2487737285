// Calls of layers on symbolic tensors, and their order in a graph.
#include "nn/call_record.h"

#include <algorithm>
#include <map>
#include <set>

#include "nn/layers/input.h"
#include "nn/model.h"
#include "ops/emit.h"

namespace cornu {

bool in_graph_of_layers(const Tree<Tensor>& tensors) {
  bool any = false;
  tensors.each([&](const Tensor& t) { any |= in_graph_of_layers(t); });
  return any;
}

Tree<Tensor> outputs_of(const std::shared_ptr<const CallRecord>& record) {
  uint32_t n = 0;
  return record->outputs.map([&](const TypeShape& type) {
    auto impl = std::make_shared<TensorImpl>();
    impl->dtype = type.dtype;
    impl->shape = type.shape;
    impl->output = n++;
    impl->record = record;
    return Tensor(std::move(impl));
  });
}

namespace {

Tree<Tensor> noted(const std::shared_ptr<LayerImpl>& layer, Tree<Tensor> inputs, CallOptions options,
                   Tree<TypeShape> outputs) {
  auto record = std::make_shared<CallRecord>();
  record->layer = layer;
  record->kept = layer->keep_alive();
  record->inputs = std::move(inputs);
  record->options = std::move(options);
  record->outputs = std::move(outputs);
  record->number = layer->count_record(record);
  return outputs_of(record);
}

/// The types of what `call` gives for inputs of these types; of an unknown number of rows, if any of them has one.
template <class Call>
Tree<TypeShape> types_given(const Call& call) {
  Tree<TypeShape> types;
  const bool fixed = record(Trace::kStandIn, [&](Trace& trace, int64_t rows) {
                       const Tree<Tensor> y = call(trace, rows);
                       types = types_of(y);
                       return y.leaves();
                     }).fixed;
  if (!fixed) return types;
  return types.map([](TypeShape type) {  // the layer asked for the number of rows, and got one that stands in for it
    if (type.shape.rank() > 0 && type.shape.dim(0) == Trace::kStandIn) type.shape.dim(0) = -1;
    return type;
  });
}

}  // namespace

Tree<Tensor> note_call(LayerImpl& layer, const Tree<Tensor>& inputs, const CallOptions& options) {
  const auto traced = [](Trace& trace, int64_t rows) {
    return [&trace, rows](const Tensor& x) {
      if (!in_graph_of_layers(x)) return x;
      Shape shape = x.shape();
      if (shape.rank() > 0 && shape.dim(0) < 0) shape.dim(0) = rows;
      return trace.input(x.dtype(), shape);
    };
  };
  const Tree<TypeShape> types = types_given([&](Trace& trace, int64_t rows) {
    const auto input = traced(trace, rows);
    CallOptions own = options;
    if (own.mask.defined()) own.mask = input(own.mask);
    own.masks = own.masks.map([&](const Tensor& mask) { return mask.defined() ? input(mask) : mask; });
    return layer.apply(inputs.map(input), own);
  });
  if (types.leaf_count() == 0)
    throw CallError(text("{} '{}'", layer.class_name(), layer.name), "gives no tensor, so nothing can be made of it",
                    {}, layer.where);
  return noted(layer.shared_from_this(), inputs, options, types);
}

Tensor symbolic_input(const std::shared_ptr<LayerImpl>& layer) {
  const auto* input = dynamic_cast<const InputLayer*>(layer.get());
  if (!input)
    throw CallError(text("{} '{}'", layer->class_name(), layer->name), "is no Input, so it gives no tensor by itself",
                    {}, layer->where);
  for (const auto& known : layer->records()) return outputs_of(known).leaf();
  return noted(layer, {}, {}, TypeShape{input->dtype, input->config.batch_shape}).leaf();
}

// ---- order

namespace {

struct Walk {
  const std::string& who;
  std::set<std::pair<const CallRecord*, uint32_t>> inputs;
  std::vector<std::shared_ptr<const CallRecord>> after{};  ///< Each behind those that it needs.
  std::set<const CallRecord*> seen{};
  std::map<const LayerImpl*, size_t> met{};  ///< Layers in the order in which a walk from the outputs meets them.

  static std::vector<Tensor> needs(const CallRecord& record) {
    std::vector<Tensor> all = record.inputs.leaves();
    if (record.options.mask.defined()) all.push_back(record.options.mask);
    record.options.masks.each([&](const Tensor& mask) { all.push_back(mask); });
    std::erase_if(all, [](const Tensor& t) { return !in_graph_of_layers(t); });
    return all;
  }
  bool is_input(const Tensor& t) const { return inputs.contains({t.impl()->record.get(), t.impl()->output}); }

  /// Not by recursion: a graph may be a chain of thousands of calls.
  void visit(const Tensor& output) {
    struct Place {
      std::shared_ptr<const CallRecord> record;
      std::vector<Tensor> needs;
      size_t next = 0;
    };
    std::vector<Place> path;
    const auto enter = [&](const Tensor& t) {
      const auto& record = t.impl()->record;
      met.try_emplace(record->layer.get(), met.size());
      if (!seen.insert(record.get()).second) return;
      const bool begins = is_input(t);
      if (!begins && dynamic_cast<const InputLayer*>(record->layer.get()))
        throw CallError(who,
                        text("its outputs depend on the input '{}', which is none of its inputs", record->layer->name),
                        {}, record->layer->where);
      path.push_back({record, begins ? std::vector<Tensor>() : needs(*record)});
    };
    enter(output);
    while (!path.empty()) {
      Place& place = path.back();
      if (place.next < place.needs.size()) {
        const Tensor next = place.needs[place.next++];
        enter(next);
      } else {
        after.push_back(place.record);
        path.pop_back();
      }
    }
  }
};

}  // namespace

CallGraph graph_between(const std::string& who, const Tree<Tensor>& inputs, const Tree<Tensor>& outputs) {
  const auto need_symbolic = [&](const char* what, const Tensor& t) {
    if (in_graph_of_layers(t)) return;
    throw CallError(who, text("its {} must be symbolic tensors, as Input and layers called on it give, got {}", what,
                              t.defined() ? t.str() : "an empty tensor"));
  };
  Walk walk{who, {}};
  inputs.each([&](const Tensor& t) {
    need_symbolic("inputs", t);
    if (!walk.inputs.insert({t.impl()->record.get(), t.impl()->output}).second)
      throw CallError(who, text("has the input '{}' twice", t.impl()->record->layer->name));
  });
  outputs.each([&](const Tensor& t) {
    need_symbolic("outputs", t);
    walk.visit(t);
  });
  // Calls, and layers, are as deep as the longest way from them to an output.
  std::map<const CallRecord*, int64_t> depths;
  std::map<const LayerImpl*, int64_t> layer_depths;
  for (size_t i = walk.after.size(); i-- > 0;) {
    const CallRecord& record = *walk.after[i];
    int64_t& of_layer = layer_depths[record.layer.get()];
    const int64_t depth = of_layer = std::max(depths[&record], of_layer);
    depths[&record] = depth;
    for (const Tensor& t : Walk::needs(record)) {
      if (!walk.seen.contains(t.impl()->record.get())) continue;
      int64_t& below = depths[t.impl()->record.get()];
      below = std::max(below, depth + 1);
    }
  }
  // An input that no output needs comes first.
  const int64_t deepest = [&] {
    int64_t most = 0;
    for (const auto& [layer, depth] : layer_depths) most = std::max(most, depth);
    return most;
  }();
  inputs.each([&](const Tensor& t) {
    const auto& record = t.impl()->record;
    if (!walk.seen.insert(record.get()).second) return;
    depths[record.get()] = layer_depths[record->layer.get()] = deepest;
    walk.after.push_back(record);
  });
  CallGraph out;
  out.records = walk.after;
  std::stable_sort(out.records.begin(), out.records.end(),
                   [&](const auto& a, const auto& b) { return depths[a.get()] > depths[b.get()]; });
  std::set<const LayerImpl*> once;
  for (const auto& record : out.records)
    if (once.insert(record->layer.get()).second) out.layers.push_back(record->layer);
  const auto place = [&](const auto& layer) {
    const auto found = walk.met.find(layer.get());
    return std::pair(-layer_depths[layer.get()],
                     found == walk.met.end() ? int64_t{-1} : static_cast<int64_t>(found->second));
  };
  std::stable_sort(out.layers.begin(), out.layers.end(),
                   [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return out;
}

// ---- operations

/// "BroadcastTo" of "broadcast_to".
static std::string camel_case(const std::string& name) {
  std::string out;
  bool upper = true;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return out;
}

OperationLayer::OperationLayer(const std::string& of, Value options, Function f, bool files)
    : function_name(of),
      in_files(files),
      class_name_(camel_case(of)),
      options_(std::move(options)),
      function_(std::move(f)) {
  name = unique_layer_name(class_name_);
  autocast = false;
}
Value OperationLayer::get_config() const {
  Value out = Value::object();
  out["name"] = name;
  if (options_.is_object())
    for (const auto& [key, value] : options_.as_object()) out[key] = value;
  return out;
}
Tree<Tensor> OperationLayer::call_inputs(const Tree<Tensor>& inputs, const CallContext&) {
  return function_(inputs.leaves());
}

Tensor note_operation(const OpDef& op, const Tensors& in, const Attrs& attrs) {
  const auto f = [&op, attrs](const Tensors& now) -> Tree<Tensor> { return emit(op, now, attrs); };
  const bool in_files = !op.attrs && op_functions().find(op.name);
  // The operator `/` is what Keras calls true_divide.
  const std::string name = std::string_view(op.name) == "divide" ? "true_divide" : op.name;
  const auto layer = std::make_shared<OperationLayer>(name, Value(), f, in_files);
  return note_call(*layer, Tree<Tensor>(in), {}).leaf();
}

Tree<Tensor> note_function(const FunctionDef& f, const Argument* arguments, const std::string& name,
                           const std::string& alias) {
  using Kind = FunctionParameter::Kind;
  std::vector<Argument> given(arguments, arguments + f.parameters.size());
  std::vector<Tree<Tensor>> inputs;
  Value options = Value::object();
  for (size_t i = 0; i < given.size(); ++i) {
    const FunctionParameter& p = f.parameters[i];
    if (p.kind == Kind::plain)
      options[p.name] = std::get<Value>(given[i]);
    else if (auto* tensors = std::get_if<Tensors>(&given[i]))
      inputs.push_back(*tensors);
    else if (const Tensor& t = std::get<Tensor>(given[i]); t.defined())
      inputs.push_back(t);
  }
  const auto call = [&f, given](const Tensors& now) -> Tree<Tensor> {
    std::vector<Argument> in = given;
    size_t next = 0;
    for (Argument& one : in) {
      if (auto* tensors = std::get_if<Tensors>(&one))
        for (Tensor& t : *tensors) t = now.at(next++);
      else if (auto* t = std::get_if<Tensor>(&one); t && t->defined())
        *t = now.at(next++);
    }
    Argument out = f.call(in.data());
    if (auto* several = std::get_if<Tensors>(&out)) return *several;
    if (auto* one = std::get_if<Tensor>(&out)) return *one;
    throw CallError(f.name, "gives no tensor, so it cannot be part of a functional model");
  };
  const auto layer = std::make_shared<OperationLayer>(alias.empty() ? f.name : alias, std::move(options), call, true);
  if (!name.empty()) layer->name = name;
  return note_call(*layer, Tree<Tensor>(std::move(inputs)), {});
}

}  // namespace cornu
