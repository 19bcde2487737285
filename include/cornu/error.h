// What can go wrong, and how it is said: one kind, who, the rule and the value that broke it.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#if defined(__GNUC__)
#define CORNU_API __attribute__((visibility("default")))
#else
#define CORNU_API
#endif

namespace cornu {

class Shape;
enum class DType : uint8_t;

/// One type-erased argument of a message; holds its text. A value, like all of this file: different objects may be used
/// by different threads.
class CORNU_API Arg {
 public:
  Arg(const std::string& s);
  Arg(std::string_view s);
  Arg(const char* s);
  Arg(char c);
  Arg(bool b);
  Arg(int v);
  Arg(unsigned v);
  Arg(long v);
  Arg(long long v);
  Arg(unsigned long v);
  Arg(unsigned long long v);
  Arg(double v);
  Arg(float v);
  Arg(const Shape& s);
  Arg(DType d);
  Arg(const std::vector<int64_t>& v);
  Arg(const std::vector<std::string>& v);
  std::string text;
};

/// Replaces each "{}" of `format` with the next argument; "{{" and "}}" stand for braces.
CORNU_API std::string message_text(std::string_view format, std::span<const Arg> args);
template <class... A>
std::string text(std::string_view format, const A&... args) {
  return message_text(format, std::array<Arg, sizeof...(A)>{Arg(args)...});
}

enum class Code { shape, dtype, config, key, trace, placement, file, call };

/// One received thing, printed on a line of its own below the first line of an error.
struct Detail {
  std::string name, text;
};

/// Base of all errors that a user or the world can cause. what() is the whole text: "Kind: who: rule, got value".
class CORNU_API Error : public std::runtime_error {
 public:
  Error(Code kind, std::string whose, std::string rule, std::vector<Detail> details = {}, std::string at = "");
  /// what() without the kind: for readers who are told it otherwise, and for errors that contain errors.
  const char* message() const;
  Code code;
  std::string who;    ///< Layer, op, file or function that complains.
  std::string where;  ///< File and line of the user's call, if known.
};

/// A shape does not fit: fix the input or the layer that the first line names.
struct CORNU_API ShapeError final : Error {
  ShapeError(std::string whose, std::string rule, std::vector<Detail> d = {}, std::string at = "")
      : Error(Code::shape, std::move(whose), std::move(rule), std::move(d), std::move(at)) {}
};
/// An element type does not fit: cast the input.
struct CORNU_API DTypeError final : Error {
  DTypeError(std::string whose, std::string rule, std::vector<Detail> d = {}, std::string at = "")
      : Error(Code::dtype, std::move(whose), std::move(rule), std::move(d), std::move(at)) {}
};
/// A configuration value is unknown or out of range.
struct CORNU_API ConfigError final : Error {
  ConfigError(std::string whose, std::string rule, std::vector<Detail> d = {}, std::string at = "")
      : Error(Code::config, std::move(whose), std::move(rule), std::move(d), std::move(at)) {}
};
/// Something was looked for by a name or number that is not there.
struct CORNU_API KeyError final : Error {
  KeyError(std::string whose, std::string rule, std::vector<Detail> d = {}, std::string at = "")
      : Error(Code::key, std::move(whose), std::move(rule), std::move(d), std::move(at)) {}
};
/// A value was read while the model is traced, when only its shape exists.
struct CORNU_API TraceError final : Error {
  TraceError(std::string whose, std::string rule, std::vector<Detail> d = {}, std::string at = "")
      : Error(Code::trace, std::move(whose), std::move(rule), std::move(d), std::move(at)) {}
};
/// No kernel on the device accepts the node.
struct CORNU_API PlacementError final : Error {
  PlacementError(std::string whose, std::string rule, std::vector<Detail> d = {}, std::string at = "")
      : Error(Code::placement, std::move(whose), std::move(rule), std::move(d), std::move(at)) {}
};
/// A file is missing, damaged or refused.
struct CORNU_API FileError final : Error {
  FileError(std::string whose, std::string rule, std::vector<Detail> d = {}, std::string at = "")
      : Error(Code::file, std::move(whose), std::move(rule), std::move(d), std::move(at)) {}
};
/// A function was called in the wrong state or with wrong arguments.
struct CORNU_API CallError final : Error {
  CallError(std::string whose, std::string rule, std::vector<Detail> d = {}, std::string at = "")
      : Error(Code::call, std::move(whose), std::move(rule), std::move(d), std::move(at)) {}
};

/// The text itself; ConfigError from `who` where a program hands on a null pointer.
CORNU_API const char* not_null(const char* given, const char* who);

/// The place of the user's call, taken by default arguments.
struct CallSite {
  const char* file = nullptr;
  int line = 0;
};
constexpr CallSite here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) { return {file, line}; }
CORNU_API std::string to_string(const CallSite& at);

}  // namespace cornu
