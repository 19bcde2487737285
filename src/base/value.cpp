// Access to JSON-like values, with sentences for what is missing or of the wrong kind.
#include <cornu/value.h>

#include <cmath>

namespace cornu {

std::string to_string(Value::Kind kind) {
  static constexpr const char* kNames[] = {"null",     "a bool", "an integer", "a number",
                                           "a string", "a list", "an object", "a live object"};
  return kNames[static_cast<size_t>(kind)];
}

void Value::wrong_kind(const char* expected) const {
  std::string got = to_string(kind());
  if (is_string()) got = "the string '" + std::get<std::string>(data_).substr(0, 60) + "'";
  if (kind() == Kind::integer) got = text("{}", std::get<int64_t>(data_));
  if (kind() == Kind::real) got = text("{}", std::get<double>(data_));
  if (kind() == Kind::boolean) got = std::get<bool>(data_) ? "true" : "false";
  throw ConfigError("config", text("expected {}, got {}", expected, got));
}

bool Value::as_bool() const {
  if (const bool* v = std::get_if<bool>(&data_)) return *v;
  wrong_kind("a bool");
}

int64_t Value::as_int() const {
  if (const int64_t* v = std::get_if<int64_t>(&data_)) return *v;
  // Below 2^53 every integer has its own double, so nothing is rounded here.
  if (const double* v = std::get_if<double>(&data_); v && std::trunc(*v) == *v && std::abs(*v) <= 9007199254740992.0)
    return static_cast<int64_t>(*v);
  wrong_kind("an integer");
}

double Value::as_double() const {
  if (const double* v = std::get_if<double>(&data_)) return *v;
  if (const int64_t* v = std::get_if<int64_t>(&data_)) return static_cast<double>(*v);
  wrong_kind("a number");
}

const std::string& Value::as_string() const {
  if (const std::string* v = std::get_if<std::string>(&data_)) return *v;
  wrong_kind("a string");
}

const Value::Array& Value::as_array() const {
  if (const Array* v = std::get_if<Array>(&data_)) return *v;
  wrong_kind("a list");
}
Value::Array& Value::as_array() { return const_cast<Array&>(std::as_const(*this).as_array()); }

const Value::Object& Value::as_object() const {
  if (const Object* v = std::get_if<Object>(&data_)) return *v;
  wrong_kind("an object");
}
Value::Object& Value::as_object() { return const_cast<Object&>(std::as_const(*this).as_object()); }

std::shared_ptr<Configurable> Value::live() const {
  const auto* v = std::get_if<std::shared_ptr<Configurable>>(&data_);
  return v ? *v : nullptr;
}

size_t Value::size() const {
  if (is_array()) return as_array().size();
  return is_object() ? as_object().size() : 0;
}

const Value* Value::find(std::string_view key) const {
  if (const Object* members = std::get_if<Object>(&data_))
    for (const auto& [name, value] : *members)
      if (name == key) return &value;
  return nullptr;
}
Value* Value::find(std::string_view key) { return const_cast<Value*>(std::as_const(*this).find(key)); }

const Value& Value::at(std::string_view key) const {
  if (const Value* v = find(key)) return *v;
  std::vector<std::string> keys;
  for (const auto& member : as_object()) keys.push_back(member.first);
  throw ConfigError("config", text("the key '{}' must be given, got {}", key, keys));
}

const Value& Value::at(size_t index) const {
  const Array& a = as_array();
  if (index < a.size()) return a[index];
  throw ConfigError("config", text("the list must have more than {} elements, got {}", index, a.size()));
}

Value& Value::operator[](std::string_view key) {
  if (is_null()) data_ = Object{};
  if (Value* v = find(key)) return *v;
  return as_object().emplace_back(std::string(key), Value()).second;
}

void Value::push_back(Value v) {
  if (is_null()) data_ = Array{};
  as_array().push_back(std::move(v));
}

bool Value::erase(std::string_view key) {
  Object& members = as_object();
  for (auto it = members.begin(); it != members.end(); ++it)
    if (it->first == key) {
      members.erase(it);
      return true;
    }
  return false;
}

}  // namespace cornu
