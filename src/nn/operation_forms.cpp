// How Keras' files name operations on symbolic tensors.
#include "nn/operation_forms.h"

#include <cornu/indexing.h>
#include <cornu/layer.h>

#include <algorithm>
#include <map>
#include <set>

#include "nn/functions.h"
#include "ops/attrs.h"

namespace cornu {
namespace {

constexpr const char* kOps = "keras.src.ops.";
constexpr const char* kActivations = "keras.src.activations.activations";

/// Names that are not those of the functions in other spelling.
const std::map<std::string, OperationClass>& own_names() {
  static const std::map<std::string, OperationClass> names = {{"exponential", {"numpy", "Exp"}},
                                                              {"mish", {kActivations, "Mish"}}};
  return names;
}
/// "BroadcastTo" of "broadcast_to".
std::string camel_case(const std::string& name) {
  std::string out;
  bool upper = true;
  for (const char c : name) {
    if (c != '_') out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = c == '_';
  }
  return out;
}
std::string module_of(const std::string& function) {
  static const std::set<std::string> kNn = {"softmax",
                                            "log_softmax",
                                            "one_hot",
                                            "multi_hot",
                                            "moments",
                                            "normalize",
                                            "relu",
                                            "sigmoid",
                                            "softplus",
                                            "softsign",
                                            "silu",
                                            "log_sigmoid",
                                            "binary_crossentropy",
                                            "categorical_crossentropy",
                                            "sparse_categorical_crossentropy"};
  static const std::set<std::string> kMath = {"logsumexp", "rsqrt", "erf", "erfinv", "top_k", "in_top_k"};
  if (kNn.contains(function)) return "nn";
  if (kMath.contains(function)) return "math";
  if (function == "norm") return "linalg";
  static const std::set<std::string> kCore = {"cast",  "shape",        "stop_gradient", "saturate_cast", "scatter",
                                              "slice", "slice_update", "unstack",       "scatter_update"};
  if (kCore.contains(function)) return "core";
  return op_functions().find(function) ? "numpy" : "nn";
}

}  // namespace

OperationClass class_of_operation(const std::string& function, const Value& options) {
  if (const auto own = own_names().find(function); own != own_names().end()) {
    const OperationClass& c = own->second;
    return {c.module == kActivations ? c.module : kOps + c.module, c.class_name};
  }
  if (function == "relu" && options.is_object() && options.has("max_value")) return {kActivations, "ReLU"};
  return {kOps + module_of(function), camel_case(function)};
}

bool is_operation_module(const std::string& module) { return module.starts_with(kOps) || module == kActivations; }

const FunctionDef* function_of_operation(const std::string& module, const std::string& class_name) {
  if (module == kActivations)
    return activation_functions().find(class_name == "ReLU" ? "relu" : to_snake_case(class_name));
  const std::string name = to_snake_case(class_name);
  const FunctionDef* f = op_functions().find(name);
  if (!f) f = nn_functions().find(name);
  return f ? f : activation_functions().find(name);
}

/// The arguments that are no tensors, by name; nothing where no function says the same.
static std::optional<Value> options_saying(const OpDef& op, const Tensors& in, const Attrs& attrs) {
  Value out = Value::object();
  const std::string_view name = op.name;
  if (name == "take") out["axis"] = 0;
  if (!op.attrs) return out;
  const auto sizes = [](const Shape& s) { return std::vector<int64_t>(s.raw().begin(), s.raw().end()); };
  const auto unknown = [](const Shape& s) { return std::count(s.raw().begin(), s.raw().end(), -1); };
  if (name == "sum" || name == "max" || name == "min" || name == "prod") {
    out["axis"] = attrs.as<AxesAttrs>().axes;
    out["keepdims"] = attrs.as<AxesAttrs>().keepdims;
  } else if (name == "argmax" || name == "argmin" || name == "cumsum" || name == "sort" || name == "argsort" ||
             name == "concatenate") {
    out["axis"] = attrs.as<AxisAttrs>().axis;
  } else if (name == "cast") {
    out["dtype"] = to_string(attrs.as<CastAttrs>().dtype);
  } else if (name == "transpose") {
    out["axes"] = attrs.as<PermAttrs>().perm;
  } else if (name == "one_hot") {
    out["num_classes"] = attrs.as<OneHotAttrs>().depth;
    out["dtype"] = to_string(attrs.as<OneHotAttrs>().dtype);
  } else if (name == "reshape" && unknown(attrs.as<ShapeAttrs>().shape) < 2) {
    out["newshape"] = sizes(attrs.as<ShapeAttrs>().shape);
  } else if (name == "broadcast_to" && unknown(attrs.as<ShapeAttrs>().shape) == 0) {
    out["shape"] = sizes(attrs.as<ShapeAttrs>().shape);
  } else if (name == "matmul" && in.size() == 2) {
    const MatmulAttrs& a = attrs.as<MatmulAttrs>();
    if (a.transpose_a || a.transpose_b || !a.activation.empty()) return {};
  } else if (name == "slice") {
    const SliceAttrs& a = attrs.as<SliceAttrs>();
    std::vector<ops::Index> key(static_cast<size_t>(a.axis), ops::Slice{});
    ops::Slice own{a.start, {}, {}};
    if (a.stop != SliceAttrs::kToEnd) own.stop = a.stop;
    key.emplace_back(own);
    out["key"] = Codec<std::vector<ops::Index>>::to_value(key);
  } else {
    return {};
  }
  return out;
}
const FunctionDef* function_saying(const OpDef& op, const Tensors& in, const Attrs& attrs,
                                   std::vector<Argument>& arguments) {
  // The operator `/` is what Keras calls true_divide.
  static const std::map<std::string_view, const char*> kOther = {
      {"slice", "get_item"}, {"divide", "true_divide"}, {"select", "where"}};
  const auto other = kOther.find(op.name);
  const FunctionDef* f = op_functions().find(other == kOther.end() ? op.name : other->second);
  // Of the other module those that have nothing to be told, and these, which work along the last axis as the function
  // does if not told otherwise.
  if (!f) f = nn_functions().find(op.name);
  const bool last_axis = std::string_view(op.name) == "softmax" || std::string_view(op.name) == "log_softmax";
  if (f && nn_functions().find(op.name) == f && !last_axis && f->parameters.size() > 1) f = nullptr;
  const std::optional<Value> options = f ? options_saying(op, in, attrs) : std::nullopt;
  if (!options) return nullptr;
  size_t next = 0;
  for (const FunctionParameter& p : f->parameters) {
    const Value* given = options->find(p.name);
    if (p.kind == FunctionParameter::Kind::tensors)
      arguments.emplace_back(in);
    else if (p.kind == FunctionParameter::Kind::tensor)
      arguments.emplace_back(next < in.size() ? in[next++] : Tensor());
    else
      arguments.emplace_back(given ? *given : p.default_value);
  }
  return f;
}

bool plain_in_call(const std::string& function, const std::string& parameter) {
  return (function == "get_item" && parameter == "key") || (function == "full_like" && parameter == "fill_value");
}
bool number_in_config(const std::string& function, const std::string& parameter) {
  return (function == "clip" && parameter != "x") || (function == "threshold" && parameter != "x");
}

}  // namespace cornu
