// The layers of a functional model are called again, as its description says, on symbolic tensors.
#include "saving/functional.h"

#include <cornu/call_inputs.h>

#include <algorithm>
#include <map>
#include <set>

#include "nn/functional.h"
#include "nn/layers/input.h"
#include "ops/array_form.h"

namespace cornu {
namespace {

/// {"module", "class_name"} of an operation; empty for a layer.
OperationClass operation_class(const Value& form) {
  const Value* module = form.find("module");
  if (!module || !module->is_string() || !is_operation_module(module->as_string())) return {};
  return {module->as_string(), form.at("class_name").as_string()};
}

/// Several things wait for each other: calls for tensors that other calls give.
struct MissingTensor {
  std::string name;
};

class GraphReader {
 public:
  GraphReader(const std::string& who, const std::function<Layer(const Value&)>& make_layer)
      : who_(who), make_layer_(make_layer) {}

  Model read(const Value& config) {
    std::vector<Call> waiting;
    for (const Value& form : config.at("layers").as_array()) add(form, waiting);
    while (!waiting.empty()) {
      const size_t before = waiting.size();
      std::string missing;
      std::erase_if(waiting, [&](const Call& call) {
        // The calls of one layer are numbered in their order.
        if (call.number > 0 && !done_.contains({call.layer, call.number - 1})) return false;
        try {
          run(call);
          return true;
        } catch (const MissingTensor& m) {
          missing = m.name;
          return false;
        }
      });
      if (waiting.size() == before)
        fail(text("the layer '{}' is called with '{}', which nothing in the model gives", waiting[0].layer, missing));
    }
    const Value* name = config.find("name");
    Model model(references(config, "input_layers"), references(config, "output_layers"),
                name && name->is_string() ? name->as_string() : "", CallSite{});
    if (const Value* trainable = config.find("trainable"); trainable && trainable->is_bool())
      model->trainable = trainable->as_bool();
    return model;
  }

 private:
  struct Operation {
    const FunctionDef* function;
    const Value* config;
  };
  struct Call {
    std::string layer;
    int64_t number;
    const Value* node;
  };
  [[noreturn]] void fail(const std::string& rule) const { throw ConfigError(who_, rule); }

  void add(const Value& form, std::vector<Call>& waiting) {
    if (!form.is_object()) fail(text("a layer must be an object, got {}", to_string(form.kind())));
    const Value* own = form.find("config");
    const Value* named = form.find("name");
    if (!named) named = own ? own->find("name") : nullptr;
    if (!named || !named->is_string()) fail("a layer of a functional model must have a name");
    const std::string name = named->as_string();
    if (known_.contains(name)) fail(text("its layers must have names of their own, got '{}' twice", name));
    known_.insert(name);
    const OperationClass operation = operation_class(form);
    if (operation.module.empty()) {
      layers_.emplace(name, make_layer_(form));
      if (dynamic_cast<const InputLayer*>(layers_.at(name).impl().get()))
        outputs_[{name, 0}] = symbolic_input(layers_.at(name).impl());
    } else {
      const FunctionDef* f = function_of_operation(operation.module, operation.class_name);
      if (!f) fail(text("the operation '{}' ({}) is not supported yet", name, operation.class_name));
      operations_.emplace(name, Operation{f, own});
    }
    const Value* nodes = form.find("inbound_nodes");
    if (!nodes || !nodes->is_array()) return;
    int64_t number = 0;
    for (const Value& node : nodes->as_array()) waiting.push_back({name, number++, &node});
  }

  void run(const Call& call) {
    if (const auto op = operations_.find(call.layer); op != operations_.end()) {
      outputs_[{call.layer, call.number}] = operate(call, op->second);
      done_.insert({call.layer, call.number});
      return;
    }
    Tree<Tensor> inputs;
    CallOptions options;
    if (call.node->is_array()) {  // Keras 2: [[name, node, tensor, kwargs], ...]
      std::vector<Tree<Tensor>> all;
      for (const Value& one : call.node->as_array()) {
        all.push_back(reference(one));
        if (one.size() > 3) read_options(call, one.at(3), options);
      }
      inputs = all.size() == 1 ? all[0] : Tree<Tensor>(all);
    } else {
      const Value& args = call.node->at("args");
      std::vector<Tree<Tensor>> all;
      for (const Value& one : args.as_array()) all.push_back(argument(call, one));
      inputs = all.size() == 1 ? all[0] : Tree<Tensor>(all);
      if (has_own_arguments(call)) {
        const Value* kwargs = call.node->find("kwargs");
        Tensors tensors;
        const Value given = with_places(args, tensors);
        const Value named = kwargs ? with_places(*kwargs, tensors) : Value::object();
        const Tree<Tensor> y = foreign_calls().call(layers_.at(call.layer).impl(), given, named, tensors);
        outputs_[{call.layer, call.number}] = y;
        done_.insert({call.layer, call.number});
        return;
      }
      if (const auto& parameters = layers_.at(call.layer)->call_parameters(); !parameters.empty())
        inputs = by_name(call, parameters, all, options);
      else if (const Value* kwargs = call.node->find("kwargs"))
        read_options(call, *kwargs, options);
      if (args.size() > 1 && layers_.at(call.layer)->call_parameters().empty())
        fail(text("layer '{}' is called with {} arguments, which is not supported yet", call.layer, args.size()));
    }
    outputs_[{call.layer, call.number}] = layers_.at(call.layer)(inputs, options);
    done_.insert({call.layer, call.number});
  }

  /// Whether a layer of another language is called with more than tensors, training and mask.
  bool has_own_arguments(const Call& call) const {
    const auto layer = layers_.find(call.layer);
    if (layer == layers_.end() || !layer->second->keep_alive()) return false;
    const Value* kwargs = call.node->find("kwargs");
    bool more = call.node->at("args").size() != 1;
    if (kwargs && kwargs->is_object())
      for (const auto& [key, value] : kwargs->as_object()) more |= key != "training" && key != "mask";
    return more;
  }

  /// Whether a tensor of the model stands anywhere in it.
  static bool names_tensor(const Value& v) {
    if (v.is_array()) return std::ranges::any_of(v.as_array(), names_tensor);
    const Value* kind = v.is_object() ? v.find("class_name") : nullptr;
    return kind && kind->is_string() && kind->as_string() == "__keras_tensor__";
  }
  static bool holds_fractions(const Value& v) {
    if (v.is_array()) return std::ranges::any_of(v.as_array(), holds_fractions);
    return v.is_number() && !v.is_int();
  }

  /// The same value with places in place of tensors, which are put behind those that are there.
  Value with_places(const Value& v, Tensors& tensors) {
    const Value* kind = v.is_object() ? v.find("class_name") : nullptr;
    if (kind && kind->is_string() && kind->as_string() == "__keras_tensor__") {
      tensors.push_back(reference(v.at("config").at("keras_history")));
      Value place = Value::object();
      place["class_name"] = "__place__";
      place["config"] = static_cast<int64_t>(tensors.size() - 1);
      return place;
    }
    Value out = v;
    if (v.is_array())
      for (Value& one : out.as_array()) one = with_places(one, tensors);
    if (v.is_object())
      for (auto& [key, one] : out.as_object()) one = with_places(one, tensors);
    return out;
  }

  /// Calls a function: what is no tensor is in the operation's config, the tensors are arguments of the call.
  Tree<Tensor> operate(const Call& call, const Operation& operation) {
    const FunctionDef& f = *operation.function;
    const Value* config = operation.config;
    using Kind = FunctionParameter::Kind;
    const Value& args = call.node->at("args");
    const Value* kwargs = call.node->find("kwargs");
    std::vector<Argument> in;
    size_t next = 0;
    for (const FunctionParameter& p : f.parameters) {
      const Value* in_call = next < args.size() ? &args.at(next) : kwargs ? kwargs->find(p.name) : nullptr;
      const Value* in_config = config ? config->find(p.name) : nullptr;
      if (p.kind == Kind::plain) {
        if (!in_config && in_call && names_tensor(*in_call))
          fail(text("the operation '{}' takes no tensor for its '{}'", call.layer, p.name));
        in.push_back(in_config ? *in_config : in_call ? *in_call : p.default_value);
        if (!in_config && in_call && next < args.size()) ++next;
        continue;
      }
      if (in_call && next < args.size()) ++next;
      const Value* v = in_call ? in_call : in_config;
      Tree<Tensor> given = v ? argument(call, *v) : Tree<Tensor>();
      // A list of numbers in place of a tensor is an array.
      if (p.kind == Kind::tensor && v && v->is_array() && !names_tensor(*v))
        given = array_of_numbers(*v, holds_fractions(*v) ? DType::f32 : DType::i32);
      if (given.is_none() && p.required) fail(text("the operation '{}' lacks its '{}'", call.layer, p.name));
      if (p.kind == Kind::tensors)
        in.push_back(given.leaves());
      else
        in.push_back(given.is_none() ? Tensor() : given.only());
    }
    return note_function(f, in.data(), call.layer);
  }

  /// The tensors among the arguments of such a call; the rest goes into the options.
  Tree<Tensor> by_name(const Call& call, const std::vector<CallParameter>& parameters,
                       const std::vector<Tree<Tensor>>& args, CallOptions& options) {
    std::vector<Tree<Tensor>::Field> given;
    if (args.size() > parameters.size())
      fail(text("layer '{}' takes {} arguments, got {}", call.layer, parameters.size(), args.size()));
    for (size_t i = 0; i < args.size(); ++i)
      if (!args[i].is_none()) given.emplace_back(parameters[i].name, args[i]);
    const Value* kwargs = call.node->find("kwargs");
    Value rest = Value::object(), values = Value::object();
    if (kwargs && kwargs->is_object())
      for (const auto& [key, value] : kwargs->as_object()) {
        const auto known = std::ranges::find(parameters, key, &CallParameter::name);
        if (known == parameters.end())
          rest[key] = value;
        else if (!known->tensors)
          values[key] = value;
        else if (!value.is_null())
          given.emplace_back(key, argument(call, value));
      }
    read_options(call, rest, options);
    if (values.size() > 0) options.values = values;
    return detail::as_call_inputs(parameters, std::move(given));
  }

  void read_options(const Call& call, const Value& kwargs, CallOptions& options) {
    if (!kwargs.is_object()) return;
    for (const auto& [key, value] : kwargs.as_object()) {
      if (value.is_null()) continue;
      if (key == "training" && value.is_bool())
        options.training = value.as_bool();
      else if (key == "mask")
        options.masks = argument(call, value);
      else
        fail(text("layer '{}' is called with '{}', which is not supported yet", call.layer, key));
    }
  }

  Tree<Tensor> argument(const Call& call, const Value& v) {
    if (v.is_null()) return {};
    if (v.is_bool()) return Tensor::scalar(v.as_bool(), DType::boolean);
    if (v.is_int()) return Tensor::scalar(v.as_double(), DType::i32);
    if (v.is_number()) return Tensor::scalar(v.as_double());
    if (v.is_array()) {
      std::vector<Tree<Tensor>> parts;
      for (const Value& one : v.as_array()) parts.push_back(argument(call, one));
      return parts;
    }
    if (v.is_object()) {
      const Value* kind = v.find("class_name");
      if (kind && kind->is_string() && kind->as_string() == "__keras_tensor__")
        return reference(v.at("config").at("keras_history"));
      if (is_array_form(v)) return array_of_form(v);
      if (!kind) {
        std::vector<Tree<Tensor>::Field> parts;
        for (const auto& [name, one] : v.as_object()) parts.emplace_back(name, argument(call, one));
        return parts;
      }
    }
    fail(text("layer '{}' is called with {}, which is not supported", call.layer, to_string(v.kind())));
  }

  /// The tensor that ["dense", 0, 0] means.
  Tensor reference(const Value& v) {
    const bool is_one = v.is_array() && v.size() >= 3 && v.at(0).is_string() && v.at(1).is_int() && v.at(2).is_int();
    if (!is_one) fail("a tensor must be named by its layer, the number of the call and that of the output");
    const std::string name = v.at(0).as_string();
    const auto found = outputs_.find({name, v.at(1).as_int()});
    if (found == outputs_.end()) throw MissingTensor{text("{}[{}]", name, v.at(1).as_int())};
    const std::vector<Tensor> all = found->second.leaves();
    const int64_t output = v.at(2).as_int();
    if (output < 0 || output >= static_cast<int64_t>(all.size()))
      fail(text("'{}' gives {} tensors, but number {} of them is used", name, all.size(), output));
    return all[static_cast<size_t>(output)];
  }

  Tree<Tensor> references(const Value& config, const char* key) {
    try {
      return structure(config.at(key));
    } catch (const MissingTensor& m) {
      fail(text("its {} name '{}', which nothing in the model gives", key, m.name));
    }
  }
  Tree<Tensor> structure(const Value& v) {
    if (v.is_array() && v.size() >= 3 && v.at(0).is_string()) {
      // Here, and here alone, Keras counts the call that made a functional model as the first one of it.
      const auto layer = layers_.find(v.at(0).as_string());
      const bool functional = layer != layers_.end() && dynamic_cast<const FunctionalImpl*>(layer->second.impl().get());
      Value shifted = v;
      if (functional && v.at(1).is_int()) shifted.as_array()[1] = v.at(1).as_int() - 1;
      return reference(shifted);
    }
    if (v.is_array()) {
      std::vector<Tree<Tensor>> parts;
      for (const Value& one : v.as_array()) parts.push_back(structure(one));
      return parts;
    }
    std::vector<Tree<Tensor>::Field> parts;
    for (const auto& [name, one] : v.as_object()) parts.emplace_back(name, structure(one));
    return parts;
  }

  const std::string& who_;
  const std::function<Layer(const Value&)>& make_layer_;
  std::set<std::string> known_;
  std::map<std::string, Layer> layers_;
  std::map<std::string, Operation> operations_;
  std::map<std::pair<std::string, int64_t>, Tree<Tensor>> outputs_;
  std::set<std::pair<std::string, int64_t>> done_;
};

}  // namespace

Model functional_from_config(const Value& config, const std::string& who,
                             const std::function<Layer(const Value& form)>& make_layer) {
  return GraphReader(who, make_layer).read(config);
}

}  // namespace cornu
