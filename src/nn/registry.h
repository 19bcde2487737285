// Making configurables from names and files; instantiated once for each kind.
#pragma once
#include <cornu/configurable.h>

namespace cornu {

[[noreturn]] void unknown_class(const char* module, const std::string& name, const std::vector<std::string>& known);
/// The class to look up from Keras' form; refuses code, and modules of another kind.
std::string class_of(const char* module, const Value& identifier);
Value keras_form(const char* module, const Configurable& object, const std::string& registered_name);

class ActivationImpl;
/// Activations are functions with a table of their own.
template <>
std::shared_ptr<ActivationImpl> make_configurable<ActivationImpl>(const Value& identifier);

template <class Base>
std::shared_ptr<Base> make_configurable(const Value& identifier) {
  if (identifier.is_null()) return nullptr;
  const std::string name = identifier.is_string() ? identifier.as_string() : class_of(Base::kModule, identifier);
  const typename Registry<Base>::Make* make = registry<Base>().find(name);
  if (!make) unknown_class(Base::kModule, name, registry<Base>().names());
  const Value* config = identifier.find("config");
  return (*make)(config && config->is_object() ? *config : Value::object());  // a function's config is its name
}

template <class Base>
Value serialize(const Base* object) {
  return object ? keras_form(Base::kModule, *object, registry<Base>().registered_name(*object)) : Value();
}

}  // namespace cornu
