// What files hold of models: their layers, what they were built for, what compile was given.
#include <cornu/call_inputs.h>

#include <algorithm>
#include <map>
#include <set>

#include "nn/functional.h"
#include "nn/layers/families.h"
#include "nn/layers/input.h"
#include "nn/model.h"
#include "nn/registry.h"
#include "ops/array_form.h"

namespace cornu {

/// As Keras' files write structures: null, the value, a list, an object.
template <class T, class F>
static Value tree_to_value(const Tree<T>& tree, const F& of_leaf) {
  if (tree.is_leaf()) return of_leaf(tree.leaf());
  if (tree.is_none() || (tree.is_list() && tree.size() == 0)) return {};
  Value out = tree.is_list() ? Value::array() : Value::object();
  for (const auto& [name, part] : tree.children()) {
    if (tree.is_list())
      out.push_back(tree_to_value(part, of_leaf));
    else
      out[name] = tree_to_value(part, of_leaf);
  }
  return out;
}

Value compile_to_config(const ModelImpl& model) {
  Value to = Value::object();
  if (!model.compiled) return to;
  const CompileConfig& c = *model.compiled;
  if (!model.compiled_as.is_null()) {
    to = model.compiled_as;
    to["optimizer"] = serialize<OptimizerImpl>(c.optimizer.impl().get());
    return to;
  }
  to["optimizer"] = serialize<OptimizerImpl>(c.optimizer.impl().get());
  to["loss"] = tree_to_value(c.loss, [](const Loss& loss) {
    return loss.given().empty() ? serialize<LossImpl>(loss.impl().get()) : Value(loss.given());
  });
  to["loss_weights"] = tree_to_value(c.loss_weights, [](double w) { return Value(w); });
  const auto metric = [](const MetricSpec& s) {
    if (!s) return Value();
    return s.metric() ? serialize<MetricImpl>(s.metric().impl().get()) : Value(s.name());
  };
  to["metrics"] = tree_to_value(c.metrics, metric);
  to["weighted_metrics"] = tree_to_value(c.weighted_metrics, metric);
  to["run_eagerly"] = c.run_eagerly;
  to["steps_per_execution"] = c.steps_per_execution;
  to["jit_compile"] = c.jit_compile == "auto" ? !c.run_eagerly : c.jit_compile == "true";  // as Keras settles it
  return to;
}

Value build_config(const LayerImpl& layer) {
  const bool none = dynamic_cast<const InputLayer*>(&layer) || dynamic_cast<const BuiltAtInit*>(&layer);
  if (none || !layer.built() || layer.build_shape().rank() == 0) return {};
  Value out = Value::object();
  const Tree<Shape>& shapes = layer.build_shapes();
  if (!layer.call_parameters().empty() && shapes.is_fields()) {
    Value& shapes_dict = out["shapes_dict"] = Value::object();
    for (const auto& [name, shape] : shapes.children())
      if (name.find("mask") == std::string::npos)
        shapes_dict[name + "_shape"] = tree_to_value(shape, Codec<Shape>::to_value);
    return out;
  }
  out["input_shape"] = tree_to_value(shapes, Codec<Shape>::to_value);
  return out;
}

namespace {

/// Numbers for the layers that are at several places of a model, by which its description says that they are one.
class SharedLayers {
 public:
  explicit SharedLayers(const LayerImpl& root) {
    if (current) return;
    current = this;
    count(root);
  }
  ~SharedLayers() {
    if (current == this) current = nullptr;
  }
  SharedLayers(const SharedLayers&) = delete;
  SharedLayers& operator=(const SharedLayers&) = delete;
  /// 0 for a layer that is at one place alone.
  static int64_t number(const LayerImpl& layer) {
    const auto found = current->places_.find(&layer);
    return found == current->places_.end() || found->second.second < 2 ? 0 : found->second.first;
  }

 private:
  void count(const LayerImpl& layer) {
    for (const auto& child : layer.children()) {
      auto& [number, places] =
          places_.try_emplace(child.get(), static_cast<int64_t>(places_.size()) + 1, 0).first->second;
      if (++places == 1) count(*child);
    }
  }
  std::map<const LayerImpl*, std::pair<int64_t, int>> places_;
  static thread_local SharedLayers* current;  ///< Of the model that is being described.
};
thread_local SharedLayers* SharedLayers::current = nullptr;

}  // namespace

/// One layer of a model's description.
static Value layer_form(const Layer& layer) {
  Value one;
  try {
    one = serialize<LayerImpl>(layer.impl().get());
  } catch (const ConfigError& e) {
    if (dynamic_cast<const ModelImpl*>(layer.impl().get())) throw;  // names its own layer
    throw ConfigError(text("{} '{}'", layer->class_name(), layer->name), e.message(), {}, layer->where);
  }
  if (Value build = build_config(*layer); !build.is_null()) one["build_config"] = std::move(build);
  if (const auto* model = dynamic_cast<const ModelImpl*>(layer.impl().get())) {
    name_model(*model, one);
    one["compile_config"] = compile_to_config(*model);
  }
  if (const int64_t number = SharedLayers::number(*layer)) one["shared_object_id"] = number;
  return one;
}

Value SequentialImpl::get_config() const {
  const SharedLayers shared(*this);
  Value out = Value::object();
  out["name"] = name;
  out["trainable"] = static_cast<bool>(trainable);
  out["dtype"] = Codec<DTypePolicy>::to_value(policy);
  Value list = Value::array();
  for (const Layer& layer : layers_) list.push_back(layer_form(layer));
  out["layers"] = std::move(list);
  if (built() && build_shape().rank()) out["build_input_shape"] = Codec<Shape>::to_value(build_shape());
  return out;
}

// ---- graphs of layers

namespace {

/// The calls of a functional model as its description has them.
class NodeForms {
 public:
  explicit NodeForms(const CallNumbers& numbers) : numbers_(numbers) {}
  /// ["dense", 0, 0]
  Value history(const Tensor& t) const {
    const CallRecord& record = *t.impl()->record;
    return Value::Array{record.layer->name, numbers_.of(record), static_cast<int64_t>(t.impl()->output)};
  }
  Value argument(const Tensor& t) const {
    if (!in_graph_of_layers(t)) return t.rank() == 0 ? number_form(t) : array_form(t);
    Value config = Value::object(), out = Value::object();
    config["shape"] = Codec<Shape>::to_value(t.shape());
    config["dtype"] = to_string(t.dtype());
    config["keras_history"] = history(t);
    out["class_name"] = "__keras_tensor__";
    out["config"] = std::move(config);
    return out;
  }
  /// Of a layer whose call has arguments of its own: what is required by its place, the rest by name.
  void split_arguments(const CallRecord& record, Value& args, Value& kwargs) const {
    const std::vector<CallParameter>& parameters = record.layer->call_parameters();
    const auto of = [this](const Tensor& t) { return argument(t); };
    args = Value::array();
    for (const CallParameter& p : parameters) {
      const Tree<Tensor>* given = p.tensors ? detail::call_input(parameters, record.inputs, p.name) : nullptr;
      if (given && p.required)
        args.push_back(tree_to_value(*given, of));
      else if (given)
        kwargs[p.name] = tree_to_value(*given, of);
    }
    if (record.options.values.is_object())
      for (const auto& [name, value] : record.options.values.as_object()) kwargs[name] = value;
  }
  /// One call, as an inbound node.
  Value node(const CallRecord& record) const {
    const LayerImpl& layer = *record.layer;
    const auto of = [this](const Tensor& t) { return argument(t); };
    Value args = tree_to_value(record.inputs, of);
    // An operation has one argument for each operand, a layer one for all its inputs.
    const auto* operation = dynamic_cast<const OperationLayer*>(&layer);
    if (!operation) args = Value::Array{std::move(args)};
    if (operation)
      for (const Value& v : operation->in_call) args.push_back(v);
    Value kwargs = Value::object(), out = Value::object();
    if (!layer.call_parameters().empty()) split_arguments(record, args, kwargs);
    if (record.options.arguments) {
      std::vector<Value> tensors;
      record.inputs.each([&](const Tensor& t) { tensors.push_back(of(t)); });
      Value forms = foreign_calls().write(layer, record.options.arguments, tensors);
      args = std::move(forms["args"]);
      kwargs = std::move(forms["kwargs"]);
    }
    if (record.options.training) kwargs["training"] = *record.options.training;
    if (record.options.mask.defined())
      kwargs["mask"] = of(record.options.mask);
    else if (!record.options.masks.is_none())
      kwargs["mask"] = tree_to_value(record.options.masks, of);
    else if ((dynamic_cast<const ModelImpl*>(&layer) || dynamic_cast<const TakesMask*>(&layer)) && !kwargs.has("mask"))
      kwargs["mask"] = Value();
    out["args"] = std::move(args);
    out["kwargs"] = std::move(kwargs);
    return out;
  }

 private:
  const CallNumbers& numbers_;
};

/// Operations are described by Keras' classes of them.
Value operation_form(const OperationLayer& layer) {
  if (!layer.in_files)
    throw ConfigError(text("operation '{}'", layer.name),
                      text("'{}' on symbolic tensors cannot be written to a file; put it into a layer of one's own",
                           layer.function_name));
  Value out = Value::object();
  out["module"] = layer.module();
  out["class_name"] = layer.class_name();
  out["config"] = layer.get_config();
  out["registered_name"] = layer.class_name();
  return out;
}

}  // namespace

Value FunctionalImpl::get_config() const {
  const SharedLayers shared(*this);
  const CallNumbers numbers(graph_);
  const NodeForms forms(numbers);
  Value out = Value::object(), list = Value::array();
  out["name"] = name;
  out["trainable"] = static_cast<bool>(trainable);
  for (const auto& layer : graph_.layers) {
    const auto* operation = dynamic_cast<const OperationLayer*>(layer.get());
    Value one = operation ? operation_form(*operation) : layer_form(Layer(layer));
    Value nodes = Value::array();
    for (const auto& call : numbers.calls(*layer))
      if (!call->inputs.is_none()) nodes.push_back(forms.node(*call));
    one["name"] = layer->name;
    one["inbound_nodes"] = std::move(nodes);
    list.push_back(std::move(one));
  }
  out["layers"] = std::move(list);
  // Here, and here alone, Keras counts the call that made a functional model as the first one of it.
  const auto history = [&](const Tensor& t) {
    Value out = forms.history(t);
    const bool functional = dynamic_cast<const FunctionalImpl*>(t.impl()->record->layer.get());
    if (functional) out.as_array()[1] = out.at(1).as_int() + 1;
    return out;
  };
  out["input_layers"] = tree_to_value(given_inputs_, history);
  out["output_layers"] = tree_to_value(given_outputs_, history);
  return out;
}

void name_model(const ModelImpl& model, Value& form) {
  if (!model.registered_name.empty()) return;
  const bool functional = dynamic_cast<const FunctionalImpl*>(&model) != nullptr;
  form["module"] = functional ? "keras.src.models.functional" : "keras";
  if (!functional) return;
  form["registered_name"] = "Functional";
  form["build_config"] = Value::object();
  form["build_config"]["input_shape"] = Value();
}

}  // namespace cornu
