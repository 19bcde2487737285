// The one reflection: a struct lists its fields once, and configs, attributes, flags and documentation follow.
#pragma once
#include <cornu/shape.h>
#include <cornu/value.h>

#include <array>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace cornu {

/// Specialise with `static constexpr auto fields = std::tuple{field("units", &DenseConfig::units), ...};`
template <class T>
struct Describe;

template <class C, class M>
struct Field {
  const char* name;
  M C::*member;
  bool required = false;
};
template <class C, class M>
constexpr Field<C, M> field(const char* name, M C::*member) {
  return {name, member};
}
/// A field that Keras gives no default.
template <class C, class M>
constexpr Field<C, M> required(const char* name, M C::*member) {
  return {name, member, true};
}

/// How a field's type is written as a Value and read back; one specialisation for each type.
template <class T>
struct Codec;

template <class T>
concept Described = requires {
  Describe<T>::fields;
};

namespace detail {
struct Key {
  const char* name;
  bool required;
};
/// ConfigError for a key that is not known, and for a required one that is not there.
CORNU_API void check_keys(const Value& v, std::span<const Key> known, const std::string& who);
CORNU_API void add_field(Value& object, const char* name, Value value);
CORNU_API void refuse_nan(const std::string& who, const char* field, double value);
[[noreturn]] CORNU_API void field_error(const std::string& who, const char* field, const Error& why);
}  // namespace detail

template <class T>
Value describe_to_value(const T& object) {
  Value out = Value::object();
  std::apply(
      [&](const auto&... f) {
        (detail::add_field(out, f.name,
                           Codec<std::remove_cvref_t<decltype(object.*(f.member))>>::to_value(object.*(f.member))),
         ...);
      },
      Describe<T>::fields);
  return out;
}

/// Missing keys keep their defaults; an unknown key is a ConfigError that suggests the nearest known one.
template <class T>
T describe_from_value(const Value& v, const std::string& who) {
  T out{};
  std::apply(
      [&](const auto&... f) {
        detail::check_keys(v, std::array<detail::Key, sizeof...(f)>{detail::Key{f.name, f.required}...}, who);
        const char* at = "";
        [[maybe_unused]] const auto read = [&](const auto& one) {  // a config may have no fields
          using M = std::remove_cvref_t<decltype(out.*(one.member))>;
          at = one.name;
          if (const Value* member = v.find(at)) out.*(one.member) = Codec<M>::from_value(*member);
        };
        try {
          (read(f), ...);
        } catch (const Error& e) {
          detail::field_error(who, at, e);
        }
      },
      Describe<T>::fields);
  return out;
}

/// ConfigError for a number that is NaN, which no argument can be.
template <class T>
void check_numbers(const T& object, const std::string& who) {
  std::apply(
      [&](const auto&... f) {
        [[maybe_unused]] const auto check = [&](const auto& one) {
          using M = std::remove_cvref_t<decltype(object.*(one.member))>;
          if constexpr (std::is_same_v<M, double>) detail::refuse_nan(who, one.name, object.*(one.member));
          if constexpr (std::is_same_v<M, std::optional<double>>)
            detail::refuse_nan(who, one.name, (object.*(one.member)).value_or(0));
        };
        (check(f), ...);
      },
      Describe<T>::fields);
}

/// One argument of a class, as its constructor takes it.
struct Parameter {
  std::string name;
  Value default_value;
  bool required;
  const char* kind;  ///< Module of what it holds, as "keras.initializers"; "" for plain values.
  size_t offset;     ///< In the config: its order is that of Keras' arguments.
};

namespace detail {
CORNU_API void add_parameter(std::vector<Parameter>& parameters, const char* name, Value default_value, bool required,
                             const char* kind, size_t offset);
CORNU_API void sort_by_offset(std::vector<Parameter>& parameters);
}  // namespace detail

template <class T>
constexpr const char* module_of() {
  if constexpr (requires { T::kModule; })
    return T::kModule;
  else
    return "";
}

/// What a described class takes, in the order of declaration.
template <class T>
std::vector<Parameter> parameters_of() {
  const T object{};
  std::vector<Parameter> out;
  std::apply(
      [&](const auto&... f) {
        [[maybe_unused]] const auto add = [&](const auto& one) {
          using M = std::remove_cvref_t<decltype(object.*(one.member))>;
          const auto at =
              reinterpret_cast<const char*>(&(object.*(one.member))) - reinterpret_cast<const char*>(&object);
          detail::add_parameter(out, one.name, Codec<M>::to_value(object.*(one.member)), one.required, module_of<M>(),
                                static_cast<size_t>(at));
        };
        (add(f), ...);
      },
      Describe<T>::fields);
  detail::sort_by_offset(out);
  return out;
}

/// The known name nearest to `got`, if it is near enough to suggest; else "".
CORNU_API std::string nearest_name(TextView got, const std::vector<std::string>& known);

template <>
struct CORNU_API Codec<bool> {
  static Value to_value(bool v);
  static bool from_value(const Value& v);
};
template <>
struct CORNU_API Codec<int64_t> {
  static Value to_value(int64_t v);
  static int64_t from_value(const Value& v);
};
template <>
struct CORNU_API Codec<int> {
  static Value to_value(int v);
  static int from_value(const Value& v);
};
template <>
struct CORNU_API Codec<double> {
  static Value to_value(double v);
  static double from_value(const Value& v);
};
template <>
struct CORNU_API Codec<std::string> {
  static Value to_value(const std::string& v);
  static std::string from_value(const Value& v);
};
template <>
struct Codec<Text> {
  static Value to_value(const Text& v) { return Codec<std::string>::to_value(v); }
  static Text from_value(const Value& v) { return Codec<std::string>::from_value(v); }
};
template <>
struct CORNU_API Codec<DType> {
  static Value to_value(DType v);
  static DType from_value(const Value& v);
};
template <>
struct CORNU_API Codec<Value> {
  static Value to_value(const Value& v);
  static Value from_value(const Value& v);
};
template <class T>
struct Codec<std::vector<T>> {
  static Value to_value(const std::vector<T>& v) {
    Value out = Value::array();
    for (const T& x : v) out.push_back(Codec<T>::to_value(x));
    return out;
  }
  static std::vector<T> from_value(const Value& v) {
    std::vector<T> out;
    if (!v.is_array()) return {Codec<T>::from_value(v)};  // Keras takes a number where it takes a list of one
    for (const Value& x : v.as_array()) out.push_back(Codec<T>::from_value(x));
    return out;
  }
};
/// Unknown dimensions are null, as in Keras' files.
template <>
struct CORNU_API Codec<Shape> {
  static Value to_value(const Shape& v);
  static Shape from_value(const Value& v);
};
template <class T>
struct Codec<std::optional<T>> {
  static Value to_value(const std::optional<T>& v) { return v ? Codec<T>::to_value(*v) : Value(); }
  static std::optional<T> from_value(const Value& v) {
    if (v.is_null()) return std::nullopt;
    return Codec<T>::from_value(v);
  }
};

}  // namespace cornu
