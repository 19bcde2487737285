// The policies of layers: names, the default of the process, others by path, and their forms in files.
#include <cornu/layer.h>

#include <mutex>

#include "base/path_patterns.h"

namespace cornu {
namespace {

constexpr std::string_view kMixed = "mixed_", kFrom = "_from_";
constexpr const char* kModes[] = {"int8", "float8", "int4", "gptq", "awq"};

bool is_mixed(const std::string& name) { return name == "mixed_float16" || name == "mixed_bfloat16"; }

/// The place of "_from_" in the name of a quantized policy, as in "int8_from_float32".
size_t quantized_from(const std::string& name) {
  const size_t at = name.find(kFrom);
  if (at == std::string::npos) return at;
  const std::string mode = name.substr(0, std::min(at, name.find('/')));
  for (const char* known : kModes)
    if (mode == known) return at;
  return std::string::npos;
}
/// The name of the policy that a layer had before it was quantized; else its own.
std::string source_of(const std::string& name) {
  const size_t at = quantized_from(name);
  return at == std::string::npos ? name : name.substr(at + kFrom.size());
}

Value form(const char* module, const char* class_name, Value config) {
  Value out = Value::object();
  out["module"] = module;
  out["class_name"] = class_name;
  out["config"] = std::move(config);
  out["registered_name"] = Value();
  return out;
}

Value form_of(const std::string& name) {
  Value config = Value::object();
  const size_t at = quantized_from(name);
  if (at == std::string::npos) {
    config["name"] = name;
    return form("keras", "DTypePolicy", config);
  }
  const std::string mode = name.substr(0, at);
  config["mode"] = mode;
  config["source_name"] = source_of(name);
  const char* kind = mode == "float8"            ? "QuantizedFloat8DTypePolicy"
                     : mode.starts_with("int4/") ? "Int4DTypePolicy"
                     : mode.starts_with("gptq/") ? "GPTQDTypePolicy"
                     : mode.starts_with("awq/")  ? "AWQDTypePolicy"
                                                 : "QuantizedDTypePolicy";
  if (mode == "float8") config["amax_history_length"] = 1024;
  return form("keras.dtype_policies", kind, config);
}

std::string name_of(const Value& v);

/// A name that is left out is that of the process.
std::string name_in(const Value& config, const char* key) {
  const Value* name = config.find(key);
  return name && !name->is_null() ? name->as_string() : dtype_policy().name;
}

/// The name of the policy that a name or a form means.
std::string name_of(const Value& v) {
  if (v.is_null()) return dtype_policy().name;
  if (v.is_string()) return v.as_string();
  const Value& config = v.at("config");
  if (config.find("mode")) return config.at("mode").as_string() + std::string(kFrom) + name_in(config, "source_name");
  return name_in(config, "name");
}

std::mutex g_lock;
/// Empty until one is set.
DTypePolicy& default_policy() {
  static DTypePolicy& policy = *new DTypePolicy("");  // never destroyed: threads may make layers at exit
  return policy;
}

}  // namespace

Value Codec<DTypePolicy>::to_value(const DTypePolicy& p) {
  if (p.by_path.empty()) return form_of(p.name);
  Value config = Value::object(), others = Value::object();
  for (const auto& [path, name] : p.by_path) others[path] = form_of(name);
  config["default_policy"] = form_of(p.name);
  config["policy_map"] = others;
  return form("keras.dtype_policies", "DTypePolicyMap", config);
}

DTypePolicy Codec<DTypePolicy>::from_value(const Value& v) {
  DTypePolicy p("");
  const Value* map = v.is_object() && v.find("config") ? v.at("config").find("policy_map") : nullptr;
  if (map) {
    p.name = name_of(v.at("config").at("default_policy"));
    for (const auto& [path, policy] : map->as_object()) p.by_path.emplace_back(path, name_of(policy));
  } else {
    p.name = name_of(v);
  }
  p.compute_dtype();  // an unknown name is refused here
  for (const auto& [path, name] : p.by_path) DTypePolicy(name.c_str()).compute_dtype();
  return p;
}

DType DTypePolicy::compute_dtype() const {
  const std::string source = source_of(name);
  return dtype_from_string(is_mixed(source) ? source.substr(kMixed.size()) : source);
}
DType DTypePolicy::variable_dtype() const {
  const std::string source = source_of(name);
  return is_mixed(source) ? DType::f32 : dtype_from_string(source);
}
std::string DTypePolicy::quantization_mode() const {
  const size_t at = quantized_from(name);
  return at == std::string::npos ? "" : name.substr(0, std::min(at, name.find('/')));
}
DTypePolicy DTypePolicy::at(const Text& path) const {
  const std::string* found = find_path(by_path, path, "DTypePolicyMap");
  return DTypePolicy(found ? found->c_str() : name.c_str());
}
DTypePolicy DTypePolicy::of(DType compute, DType variable) {
  return text("{}{}", compute == variable ? std::string_view() : kMixed, to_string(compute)).c_str();
}

DTypePolicy::DTypePolicy() : DTypePolicy("") {
  {
    const std::lock_guard lock(g_lock);
    *this = default_policy();
  }
  if (name.empty()) name = to_string(floatx());
}
DTypePolicy dtype_policy() { return {}; }
void set_dtype_policy(const DTypePolicy& policy) {
  if (!policy.name.empty()) policy.compute_dtype();
  const std::lock_guard lock(g_lock);
  default_policy() = policy;
}

}  // namespace cornu
