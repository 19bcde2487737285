// A JSON-like value: what configs, metadata and reports are made of.
#pragma once
#include <cornu/text.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cornu {

class Configurable;

/// Null, bool, int64, double, string, array or object, or, in configs that never go to a file, a live configurable.
/// Objects keep the order in which keys were added. A value: copies are independent, but for a live configurable, which
/// they share.
class CORNU_API Value {
 public:
  using Array = std::vector<Value>;
  using Object = std::vector<std::pair<std::string, Value>>;
  enum class Kind { null, boolean, integer, real, string, array, object, live };

  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool b) : kind_(Kind::boolean) { held_.boolean = b; }
  template <std::integral T>
  requires(!std::same_as<T, bool>) Value(T v) : kind_(Kind::integer) { held_.integer = static_cast<int64_t>(v); }
  Value(double v) : kind_(Kind::real) { held_.real = v; }
  Value(const char* s);
  Value(std::string_view s);
  Value(std::string s);
  Value(Array a);
  /// An array of what values are made of, as std::vector<std::string>.
  template <class T>
  requires(!std::same_as<T, Value> && std::constructible_from<Value, const T&>) Value(const std::vector<T>& list)
      : Value(Array(list.begin(), list.end())) {}
  Value(Object o);
  explicit Value(std::shared_ptr<Configurable> live);
  Value(const Value& o);
  Value(Value&& o) noexcept : kind_(o.kind_), held_(o.held_) { o.kind_ = Kind::null; }
  Value& operator=(const Value& o);
  Value& operator=(Value&& o) noexcept;
  ~Value();
  static Value array();
  static Value object();

  Kind kind() const { return kind_; }
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
  const Value* find(TextView key) const;
  Value* find(TextView key);
  bool has(TextView key) const { return find(key) != nullptr; }
  /// Throws ConfigError naming the key that is missing and the keys that are there.
  const Value& at(TextView key) const;
  /// Throws ConfigError if out of range.
  const Value& at(size_t index) const;
  /// The member of that name, added if it is missing; a null becomes an object.
  Value& operator[](TextView key);
  /// Appends to an array; a null becomes an array.
  void push_back(Value v);
  /// Removes the member of that name and tells whether there was one.
  bool erase(TextView key);

  /// Same kind and same content; objects also in the same order.
  bool operator==(const Value& o) const;

 private:
  [[noreturn]] void wrong_kind(const char* expected) const;
  void free();
  // By hand: std::variant costs every file that includes this header a tenth of a second of compile time.
  union Held {
    bool boolean;
    int64_t integer;
    double real;
    std::string* string;
    Array* array;
    Object* object;
    std::shared_ptr<Configurable>* live;
  };
  Kind kind_ = Kind::null;
  Held held_{};
};

/// "null", "a bool", "an integer", ... for messages.
CORNU_API std::string to_string(Value::Kind kind);

}  // namespace cornu
