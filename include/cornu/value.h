// A JSON-like value: what configs, metadata and reports are made of.
#pragma once
#include <cornu/error.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cornu {

class Configurable;

/// Null, bool, int64, double, string, array or object, or, in configs that never go to a file, a live configurable.
/// Objects keep the order in which keys were added.
class CORNU_API Value {
 public:
  using Array = std::vector<Value>;
  using Object = std::vector<std::pair<std::string, Value>>;
  enum class Kind { null, boolean, integer, real, string, array, object, live };

  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool b) : data_(b) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Value(T v) : data_(static_cast<int64_t>(v)) {}
  Value(double v) : data_(v) {}
  Value(const char* s) : data_(std::string(s)) {}
  Value(std::string_view s) : data_(std::string(s)) {}
  Value(std::string s) : data_(std::move(s)) {}
  Value(Array a) : data_(std::move(a)) {}
  Value(Object o) : data_(std::move(o)) {}
  explicit Value(std::shared_ptr<Configurable> live) : data_(std::move(live)) {}
  static Value array() { return Value(Array{}); }
  static Value object() { return Value(Object{}); }

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_null() const { return kind() == Kind::null; }
  bool is_bool() const { return kind() == Kind::boolean; }
  bool is_int() const { return kind() == Kind::integer; }
  bool is_number() const { return kind() == Kind::integer || kind() == Kind::real; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_array() const { return kind() == Kind::array; }
  bool is_object() const { return kind() == Kind::object; }

  /// Each throws ConfigError if the value is of another kind.
  bool as_bool() const;
  /// Also takes a real without a fraction, as JSON writers that know only doubles produce.
  int64_t as_int() const;
  /// Also takes an integer.
  double as_double() const;
  const std::string& as_string() const;
  const Array& as_array() const;
  Array& as_array();
  const Object& as_object() const;
  Object& as_object();
  /// The configurable itself, or null if this is no live one.
  std::shared_ptr<Configurable> live() const;

  /// Elements of an array or members of an object; 0 for anything else.
  size_t size() const;
  /// The member of that name, or null if there is none or this is no object.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  bool has(std::string_view key) const { return find(key) != nullptr; }
  /// Throws ConfigError naming the key that is missing and the keys that are there.
  const Value& at(std::string_view key) const;
  /// Throws ConfigError if out of range.
  const Value& at(size_t index) const;
  /// The member of that name, added if it is missing; a null becomes an object.
  Value& operator[](std::string_view key);
  /// Appends to an array; a null becomes an array.
  void push_back(Value v);
  /// Removes the member of that name and tells whether there was one.
  bool erase(std::string_view key);

  /// Same kind and same content; objects also in the same order.
  bool operator==(const Value& o) const { return data_ == o.data_; }

 private:
  [[noreturn]] void wrong_kind(const char* expected) const;
  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object, std::shared_ptr<Configurable>> data_;
};

/// "null", "a bool", "an integer", ... for messages.
CORNU_API std::string to_string(Value::Kind kind);

}  // namespace cornu
