// Making configurables from names and files; instantiated once for each kind.
#pragma once
#include <cornu/configurable.h>

#include <algorithm>

namespace cornu {

[[noreturn]] void unknown_class(const char* module, const std::string& name, const std::vector<std::string>& known);
/// The class to look up from Keras' form; refuses code, and modules of another kind.
std::string class_of(const char* module, const Value& identifier);
/// The name by which a file knows a user's class or function that was registered nowhere when it was written: one that
/// may be the name of a class of Keras' too. Empty for all others.
std::string unregistered_of(const Value& identifier);
/// What Keras' files hold of a function.
Value function_form(const std::string& name);
Value keras_form(const char* module, const Configurable& object, const std::string& registered_name);

class ActivationImpl;
/// Activations are functions with a table of their own.
template <>
std::shared_ptr<ActivationImpl> make_configurable<ActivationImpl>(const Value& identifier);

/// How to make what a form names; null if nothing does. `name` is the form's class_of.
template <class Base>
const typename Registry<Base>::Make* find_class(const Value& identifier, const std::string& name) {
  const Registry<Base>& known = registry<Base>();
  const std::string own = unregistered_of(identifier);
  if (own.empty()) return known.find(name);
  if (const auto* make = known.find("Custom>" + own)) return make;
  const std::vector<std::string>& names = known.names();
  const bool of_keras = std::find(names.begin(), names.end(), name) != names.end() && !known.is_users(name);
  return of_keras ? nullptr : known.find(name);
}

template <class Base>
std::shared_ptr<Base> make_configurable(const Value& identifier) {
  if (identifier.is_null()) return nullptr;
  const std::string name = identifier.is_string() ? identifier.as_string() : class_of(Base::kModule, identifier);
  const typename Registry<Base>::Make* make = find_class<Base>(identifier, name);
  if (!make) unknown_class(Base::kModule, name, registry<Base>().names());
  const Value* config = identifier.find("config");
  return (*make)(config && config->is_object() ? *config : Value::object());  // a function's config is its name
}

template <class Base>
Value serialize(const Base* object) {
  return object ? keras_form(Base::kModule, *object, registry<Base>().registered_name(*object)) : Value();
}

}  // namespace cornu
