// Value: data as in JSON, with objects that keep their order. Configurations travel in it.
#pragma once
#include <cornu/error.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cornu {

class Value;
using ValueArray = std::vector<Value>;
using ValueObject = std::vector<std::pair<std::string, Value>>;

/// Null, bool, integer, double, string, array or object.
class CORNU_API Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool b) : v_(b) {}
  Value(int i) : v_(static_cast<int64_t>(i)) {}
  Value(int64_t i) : v_(i) {}
  Value(double d) : v_(d) {}
  Value(const char* s) : v_(std::string(s)) {}
  Value(std::string_view s) : v_(std::string(s)) {}
  Value(std::string s) : v_(std::move(s)) {}
  Value(ValueArray a) : v_(std::move(a)) {}
  Value(ValueObject o) : v_(std::move(o)) {}
  static Value array() { return Value(ValueArray{}); }
  static Value object() { return Value(ValueObject{}); }

  bool is_null() const { return std::holds_alternative<std::monostate>(v_); }
  bool is_bool() const { return std::holds_alternative<bool>(v_); }
  bool is_int() const { return std::holds_alternative<int64_t>(v_); }
  bool is_double() const { return std::holds_alternative<double>(v_); }
  bool is_number() const { return is_int() || is_double(); }
  bool is_string() const { return std::holds_alternative<std::string>(v_); }
  bool is_array() const { return std::holds_alternative<ValueArray>(v_); }
  bool is_object() const { return std::holds_alternative<ValueObject>(v_); }
  /// "null", "bool", "integer", "number", "string", "array" or "object": for messages.
  const char* kind() const;

  /// The contents; ConfigError if of another kind. as_double takes integers, as_int whole doubles.
  bool as_bool() const;
  int64_t as_int() const;
  double as_double() const;
  const std::string& as_string() const;
  const ValueArray& as_array() const;
  ValueArray& as_array();
  const ValueObject& as_object() const;
  ValueObject& as_object();

  /// Member of an object, or nullptr if absent or not an object.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// Member of an object; ConfigError that names the key if absent.
  const Value& at(std::string_view key) const;
  /// Member of an object, made if absent; null becomes an object.
  Value& operator[](std::string_view key);
  /// Element of an array; ConfigError if out of range.
  const Value& operator[](size_t index) const;
  size_t size() const;
  void push_back(Value v);
  bool operator==(const Value& o) const { return v_ == o.v_; }

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, ValueArray, ValueObject> v_;
};

}  // namespace cornu
