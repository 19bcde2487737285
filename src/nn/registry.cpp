// Messages and forms that all kinds of configurables share.
#include "nn/registry.h"

#include <map>
#include <set>
#include <typeindex>

namespace cornu {

namespace detail {

struct ClassList::Lists {
  const char* module;
  std::map<std::type_index, std::string> registered;
  std::map<std::string, std::string> classes;
  std::set<std::string> users;  ///< Plain names that Keras has not.
  std::map<std::string, std::vector<Parameter> (*)()> parameters;
  std::vector<std::string> names;
};

ClassList::ClassList(const char* module) : lists_(std::make_shared<Lists>()) { lists_->module = module; }

void ClassList::insert(const std::string& name, const std::vector<std::string>& aliases,
                       std::vector<Parameter> (*parameters)()) {
  lists_->names.push_back(name);
  for (const std::string& alias : aliases) {
    lists_->names.push_back(alias);
    lists_->classes[alias] = name;
  }
  lists_->parameters[name] = parameters;
}

std::string ClassList::insert_users(const std::type_info& type, const std::string& package, const std::string& name) {
  if (!is_class(name)) lists_->users.insert(name);
  return lists_->registered.insert_or_assign(type, package + ">" + name).first->second;
}

bool ClassList::is_users(const std::string& name) const { return lists_->users.count(name) > 0; }

std::vector<Parameter> ClassList::parameters(const std::string& name) const {
  const auto found = lists_->parameters.find(name);
  if (found == lists_->parameters.end()) throw CallError(lists_->module, text("has no class '{}'", name));
  return found->second();
}

std::string ClassList::class_name(const std::string& name) const {
  const auto found = lists_->classes.find(name);
  return found == lists_->classes.end() ? name : found->second;
}

bool ClassList::is_class(const std::string& name) const { return lists_->parameters.count(name) > 0; }
const std::vector<std::string>& ClassList::names() const { return lists_->names; }

std::string ClassList::registered_name(const Configurable& object) const {
  const auto found = lists_->registered.find(typeid(object));
  return found == lists_->registered.end() ? object.registered_name : found->second;
}

void wrong_live(const char* module, const Value& v) {
  throw ConfigError("config", text("expected one of {}, got '{}'", module, v.live()->class_name()));
}

void empty_handle(const char* module) { throw CallError(module, "an empty handle was used; give it an object first"); }

}  // namespace detail

/// "mean_squared_error" and "MeanSquaredError" are one name for this purpose.
static std::string plain(const std::string& name) {
  std::string out;
  for (const char c : name)
    if (c != '_') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

void unknown_class(const char* module, const std::string& name, const std::vector<std::string>& known) {
  const std::string near = nearest_name(name, known);
  if (!near.empty()) throw ConfigError(module, text("'{}' is unknown; did you mean '{}'?", name, near));
  std::vector<std::string> listed;
  std::set<std::string> seen;
  for (const std::string& one : known)
    if (seen.insert(plain(one)).second) listed.push_back(one);
  throw ConfigError(module, text("'{}' is unknown", name), {{"known", Arg(listed).text}});
}

std::string class_of(const char* module, const Value& identifier) {
  const Value* name = identifier.find("class_name");
  if (!name || !name->is_string())
    throw ConfigError(module,
                      text("expected a name or an object with class_name, got {}", to_string(identifier.kind())));
  if (name->as_string() == "__lambda__" || name->as_string() == "Lambda")
    throw ConfigError(
        module,
        text("'{}' holds program code, which a model file may not; write it as a registered class", name->as_string()));
  // Keras' own functions, as "mean_squared_error" given for a loss, are written by name.
  const Value* config = identifier.find("config");
  if (name->as_string() == "function" && config && config->is_string()) return config->as_string();
  const Value* registered = identifier.find("registered_name");
  if (registered && registered->is_string() && registered->as_string().find('>') != std::string::npos)
    return registered->as_string();
  return name->as_string();
}

std::string unregistered_of(const Value& identifier) {
  const Value *module = identifier.find("module"), *name = identifier.find("registered_name");
  const bool of_keras = module && module->is_string() &&
                        (module->as_string() == "keras" || module->as_string().starts_with("keras.") ||
                         module->as_string() == "builtins");
  if (of_keras || !name || !name->is_string() || name->as_string().find('>') != std::string::npos) return "";
  return name->as_string();
}

Value function_form(const std::string& name) {
  Value out = Value::object();
  out["module"] = "builtins";
  out["class_name"] = "function";
  out["config"] = name;
  out["registered_name"] = "function";
  return out;
}

Value keras_form(const char* module, const Configurable& object, const std::string& registered_name) {
  const bool custom = !registered_name.empty();
  if (object.class_name() == "function")
    return function_form(custom ? registered_name : object.get_config().as_string());
  Value out = Value::object();
  out["module"] = custom ? Value() : Value(module);
  out["class_name"] = object.class_name();
  out["config"] = object.get_config();
  out["registered_name"] = custom ? Value(registered_name) : Value();
  return out;
}

}  // namespace cornu
