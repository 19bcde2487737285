// Functions of tensors by name, with Keras' arguments: what other languages, and model files, call.
#pragma once
#include <cornu/describe.h>
#include <cornu/ops.h>
#include <cornu/tree.h>

#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace cornu {

using Argument = std::variant<Value, Tensor, std::vector<Tensor>>;

struct FunctionParameter {
  enum class Kind : uint8_t { plain, tensor, tensors };
  std::string name;
  Value default_value;
  bool required = true;
  Kind kind = Kind::plain;
};

struct FunctionDef {
  std::string name;
  std::vector<FunctionParameter> parameters;
  /// One argument for each parameter; a tensor that was not given is an undefined Tensor.
  std::function<Argument(const Argument*)> call;
};

namespace detail {

/// How an argument becomes what the C++ function takes.
template <class T>
struct FromArgument {
  static constexpr auto kKind = FunctionParameter::Kind::plain;
  static T get(const Argument& a) { return Codec<T>::from_value(std::get<Value>(a)); }
};
template <>
struct FromArgument<Tensor> {
  static constexpr auto kKind = FunctionParameter::Kind::tensor;
  static const Tensor& get(const Argument& a) { return std::get<Tensor>(a); }
};
template <>
struct FromArgument<std::vector<Tensor>> {
  static constexpr auto kKind = FunctionParameter::Kind::tensors;
  static const std::vector<Tensor>& get(const Argument& a) { return std::get<std::vector<Tensor>>(a); }
};
/// None means all axes.
template <>
struct FromArgument<ops::Axes> {
  static constexpr auto kKind = FunctionParameter::Kind::plain;
  static ops::Axes get(const Argument& a) {
    const Value& v = std::get<Value>(a);
    return v.is_null() ? ops::Axes() : Codec<ops::Axes>::from_value(v);
  }
};

using Kinds = std::vector<FunctionParameter::Kind>;
/// From "sum(x, axis=None, keepdims=False)".
FunctionDef parse_signature(const char* signature, const Kinds& kinds);

/// Argument `place` of them; notes which is being read.
template <class T>
decltype(auto) read_argument(const Argument* in, size_t place, size_t& reading) {
  reading = place;
  return FromArgument<T>::get(in[place]);
}
/// The error again, of the function and of the argument that was being read, if one was.
[[noreturn]] void argument_error(const char* signature, size_t argument, const Error& why);

template <class F, class R, class... A>
FunctionDef bind_function(const char* signature, F f, R (*)(A...)) {
  FunctionDef out = parse_signature(signature, {FromArgument<std::remove_cvref_t<A>>::kKind...});
  out.call = [f, signature](const Argument* in) -> Argument {
    size_t reading = 0;
    try {
      return [&]<size_t... I>(std::index_sequence<I...>)->Argument {
        std::tuple<decltype(FromArgument<std::remove_cvref_t<A>>::get(in[I]))...> arguments{
            read_argument<std::remove_cvref_t<A>>(in, I, reading)...};
        reading = sizeof...(A);
        return std::apply(f, std::move(arguments));
      }
      (std::index_sequence_for<A...>{});
    } catch (const ConfigError& e) {
      argument_error(signature, reading, e);
    } catch (const DTypeError& e) {
      argument_error(signature, reading, e);
    }
  };
  return out;
}

}  // namespace detail

/// The functions of one module of Keras, as "keras.ops". Aliases name the same row.
class FunctionTable {
 public:
  /// `f`: a function, or a lambda without captures, whose arguments are those of the signature.
  template <class F>
  void add(const char* signature, F f) {
    add(detail::bind_function(signature, +f, +f));
  }
  void alias(const std::string& name, const std::string& of) { aliases_[name] = of; }
  const FunctionDef* find(const std::string& name) const;
  std::vector<std::string> names() const;

 private:
  void add(FunctionDef row);
  std::map<std::string, FunctionDef> rows_;
  std::map<std::string, std::string> aliases_;
};

/// Notes a call of a function on tensors of a graph of layers, as note_operation does. `arguments`: one for each
/// parameter. `name` is that of the layer.
Tree<Tensor> note_function(const FunctionDef& f, const Argument* arguments, const std::string& name = "");

/// slice, scatter and their like.
void add_core_functions(FunctionTable& t);
/// keras.ops, as far as it is tensors in, tensors out.
const FunctionTable& op_functions();

}  // namespace cornu
