// Access to JSON-like values, with sentences for what is missing or of the wrong kind.
#include <cornu/value.h>

#include <cmath>

namespace cornu {

std::string to_string(Value::Kind kind) {
  static constexpr const char* kNames[] = {"null",     "a bool", "an integer", "a number",
                                           "a string", "a list", "an object",  "a live object"};
  return kNames[static_cast<size_t>(kind)];
}

Value::Value(const char* s) : Value(std::string(not_null(s, "value"))) {}
Value::Value(std::string_view s) : Value(std::string(s)) {}
Value::Value(std::string s) : kind_(Kind::string) { held_.string = new std::string(std::move(s)); }
Value::Value(Array a) : kind_(Kind::array) { held_.array = new Array(std::move(a)); }
Value::Value(Object o) : kind_(Kind::object) { held_.object = new Object(std::move(o)); }
Value::Value(std::shared_ptr<Configurable> live) : kind_(Kind::live) {
  held_.live = new std::shared_ptr<Configurable>(std::move(live));
}
Value Value::array() { return Value(Array{}); }
Value Value::object() { return Value(Object{}); }

Value::Value(const Value& o) : held_(o.held_) {
  if (o.is_string()) held_.string = new std::string(*o.held_.string);
  if (o.is_array()) held_.array = new Array(*o.held_.array);
  if (o.is_object()) held_.object = new Object(*o.held_.object);
  if (o.kind_ == Kind::live) held_.live = new std::shared_ptr<Configurable>(*o.held_.live);
  kind_ = o.kind_;
}
Value& Value::operator=(const Value& o) { return *this = Value(o); }
Value& Value::operator=(Value&& o) noexcept {
  // Through a third one: `o` may be inside of this.
  Value moved(std::move(o));
  std::swap(kind_, moved.kind_);
  std::swap(held_, moved.held_);
  return *this;
}
void Value::free() {
  if (is_string()) delete held_.string;
  if (is_array()) delete held_.array;
  if (is_object()) delete held_.object;
  if (kind_ == Kind::live) delete held_.live;
}
Value::~Value() { free(); }

bool Value::operator==(const Value& o) const {
  if (kind_ != o.kind_) return false;
  switch (kind_) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return held_.boolean == o.held_.boolean;
    case Kind::integer:
      return held_.integer == o.held_.integer;
    case Kind::real:
      return held_.real == o.held_.real;
    case Kind::string:
      return *held_.string == *o.held_.string;
    case Kind::array:
      return *held_.array == *o.held_.array;
    case Kind::live:
      return *held_.live == *o.held_.live;
    default:
      return *held_.object == *o.held_.object;
  }
}

void Value::wrong_kind(const char* expected) const {
  std::string got = to_string(kind());
  if (is_string()) got = "the string '" + held_.string->substr(0, 60) + "'";
  if (kind() == Kind::integer) got = text("{}", held_.integer);
  if (kind() == Kind::real) got = text("{}", held_.real);
  if (kind() == Kind::boolean) got = held_.boolean ? "true" : "false";
  throw ConfigError("config", text("expected {}, got {}", expected, got));
}

bool Value::as_bool() const {
  if (is_bool()) return held_.boolean;
  wrong_kind("a bool");
}

int64_t Value::as_int() const {
  if (is_int()) return held_.integer;
  // Below 2^53 every integer has its own double, so nothing is rounded here.
  if (kind() == Kind::real && std::trunc(held_.real) == held_.real && std::abs(held_.real) <= 9007199254740992.0)
    return static_cast<int64_t>(held_.real);
  wrong_kind("an integer");
}

double Value::as_double() const {
  if (kind() == Kind::real) return held_.real;
  if (is_int()) return static_cast<double>(held_.integer);
  wrong_kind("a number");
}

const std::string& Value::as_string() const {
  if (is_string()) return *held_.string;
  wrong_kind("a string");
}

const Value::Array& Value::as_array() const {
  if (is_array()) return *held_.array;
  wrong_kind("a list");
}
Value::Array& Value::as_array() { return const_cast<Array&>(std::as_const(*this).as_array()); }

const Value::Object& Value::as_object() const {
  if (is_object()) return *held_.object;
  wrong_kind("an object");
}
Value::Object& Value::as_object() { return const_cast<Object&>(std::as_const(*this).as_object()); }

std::shared_ptr<Configurable> Value::live() const { return kind_ == Kind::live ? *held_.live : nullptr; }

size_t Value::size() const {
  if (is_array()) return as_array().size();
  return is_object() ? as_object().size() : 0;
}

const Value* Value::find(TextView key) const {
  if (!is_object()) return nullptr;
  for (const auto& [name, value] : *held_.object)
    if (name == key) return &value;
  return nullptr;
}
Value* Value::find(TextView key) { return const_cast<Value*>(std::as_const(*this).find(key)); }

const Value& Value::at(TextView key) const {
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

Value& Value::operator[](TextView key) {
  if (is_null()) *this = object();
  if (Value* v = find(key)) return *v;
  return as_object().emplace_back(std::string(key), Value()).second;
}

void Value::push_back(Value v) {
  if (is_null()) *this = array();
  as_array().push_back(std::move(v));
}

bool Value::erase(TextView key) {
  Object& members = as_object();
  for (auto it = members.begin(); it != members.end(); ++it)
    if (it->first == key) {
      members.erase(it);
      return true;
    }
  return false;
}

}  // namespace cornu
