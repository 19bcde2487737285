// Access to Values, with sentences where the kind is wrong.
#include <cornu/value.h>

#include <cmath>

namespace cornu {

const char* Value::kind() const {
  constexpr const char* kNames[] = {"null", "bool", "integer", "number", "string", "array", "object"};
  return kNames[v_.index()];
}

static ConfigError wrong(const char* expected, const Value& v) {
  return ConfigError("configuration", text("expected {}, got {}", expected, v.kind()));
}

bool Value::as_bool() const {
  if (const bool* b = std::get_if<bool>(&v_)) return *b;
  throw wrong("a bool", *this);
}
int64_t Value::as_int() const {
  if (const int64_t* i = std::get_if<int64_t>(&v_)) return *i;
  if (const double* d = std::get_if<double>(&v_); d && *d == std::floor(*d) && std::fabs(*d) < 9e15)
    return static_cast<int64_t>(*d);
  throw wrong("an integer", *this);
}
double Value::as_double() const {
  if (const double* d = std::get_if<double>(&v_)) return *d;
  if (const int64_t* i = std::get_if<int64_t>(&v_)) return static_cast<double>(*i);
  throw wrong("a number", *this);
}
const std::string& Value::as_string() const {
  if (const std::string* s = std::get_if<std::string>(&v_)) return *s;
  throw wrong("a string", *this);
}
const ValueArray& Value::as_array() const {
  if (const ValueArray* a = std::get_if<ValueArray>(&v_)) return *a;
  throw wrong("an array", *this);
}
ValueArray& Value::as_array() { return const_cast<ValueArray&>(static_cast<const Value*>(this)->as_array()); }
const ValueObject& Value::as_object() const {
  if (const ValueObject* o = std::get_if<ValueObject>(&v_)) return *o;
  throw wrong("an object", *this);
}
ValueObject& Value::as_object() { return const_cast<ValueObject&>(static_cast<const Value*>(this)->as_object()); }

const Value* Value::find(std::string_view key) const {
  const ValueObject* o = std::get_if<ValueObject>(&v_);
  if (!o) return nullptr;
  for (const auto& [k, v] : *o)
    if (k == key) return &v;
  return nullptr;
}
Value* Value::find(std::string_view key) { return const_cast<Value*>(static_cast<const Value*>(this)->find(key)); }

const Value& Value::at(std::string_view key) const {
  if (const Value* v = find(key)) return *v;
  throw ConfigError("configuration", text("'{}' is missing", key));
}

Value& Value::operator[](std::string_view key) {
  if (is_null()) v_ = ValueObject{};
  if (Value* v = find(key)) return *v;
  ValueObject& o = as_object();
  o.emplace_back(std::string(key), Value());
  return o.back().second;
}

const Value& Value::operator[](size_t index) const {
  const ValueArray& a = as_array();
  if (index >= a.size())
    throw ConfigError("configuration", text("needs at least {} elements, got {}", index + 1, a.size()));
  return a[index];
}

size_t Value::size() const {
  if (const ValueArray* a = std::get_if<ValueArray>(&v_)) return a->size();
  if (const ValueObject* o = std::get_if<ValueObject>(&v_)) return o->size();
  throw wrong("an array or object", *this);
}

void Value::push_back(Value v) {
  if (is_null()) v_ = ValueArray{};
  as_array().push_back(std::move(v));
}

}  // namespace cornu
