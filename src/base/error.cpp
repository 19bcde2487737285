// Texts of errors and of their arguments.
#include <cornu/shape.h>
#include <fmt/format.h>

#include <cstring>

namespace cornu {

Arg::Arg(const std::string& s) : text(s) {}
Arg::Arg(std::string_view s) : text(s) {}
Arg::Arg(const char* s) : text(s ? s : "null") {}
Arg::Arg(char c) : text(1, c) {}
Arg::Arg(bool b) : text(b ? "true" : "false") {}
Arg::Arg(int v) : text(std::to_string(v)) {}
Arg::Arg(unsigned v) : text(std::to_string(v)) {}
Arg::Arg(long v) : text(std::to_string(v)) {}
Arg::Arg(long long v) : text(std::to_string(v)) {}
Arg::Arg(unsigned long v) : text(std::to_string(v)) {}
Arg::Arg(unsigned long long v) : text(std::to_string(v)) {}
Arg::Arg(double v) : text(fmt::format("{}", v)) {}
Arg::Arg(float v) : text(fmt::format("{}", v)) {}
Arg::Arg(const Shape& s) : text(s.str()) {}
Arg::Arg(DType d) : text(to_string(d)) {}
Arg::Arg(const std::vector<int64_t>& v) : text(fmt::format("[{}]", fmt::join(v, ", "))) {}
Arg::Arg(const std::vector<std::string>& v) : text(fmt::format("[{}]", fmt::join(v, ", "))) {}

std::string message_text(std::string_view format, std::span<const Arg> args) {
  std::string out;
  size_t next = 0;
  for (size_t i = 0; i < format.size(); ++i) {
    const bool two = i + 1 < format.size();
    if (two && format[i] == '{' && format[i + 1] == '}') {
      out += next < args.size() ? args[next++].text : "{}";
      ++i;
    } else {
      out += format[i];
      if (two && format[i] == format[i + 1] && (format[i] == '{' || format[i] == '}')) ++i;
    }
  }
  return out;
}

static const char* kind_of(Code code) {
  switch (code) {
    case Code::shape:
      return "ShapeError";
    case Code::dtype:
      return "DTypeError";
    case Code::config:
      return "ConfigError";
    case Code::key:
      return "KeyError";
    case Code::trace:
      return "TraceError";
    case Code::placement:
      return "PlacementError";
    case Code::file:
      return "FileError";
    case Code::call:
      return "CallError";
  }
  return "Error";
}

static std::string whole_text(Code code, const std::string& who, const std::string& rule,
                              const std::vector<Detail>& details, const std::string& where) {
  std::string out = std::string(kind_of(code)) + ": " + who + (who.empty() ? "" : ": ") + rule;
  for (const Detail& d : details) out += "\n  " + d.name + ": " + d.text;
  if (!where.empty()) out += "\n  created at " + where;
  return out;
}

Error::Error(Code c, std::string w, std::string rule, std::vector<Detail> details, std::string at)
    : std::runtime_error(whole_text(c, w, rule, details, at)), code(c), who(std::move(w)), where(std::move(at)) {}

const char* Error::message() const { return what() + std::strlen(kind_of(code)) + 2; }

const char* not_null(const char* given, const char* who) {
  if (!given) throw ConfigError(who, "expected a text, got a null pointer");
  return given;
}

std::string to_string(const CallSite& at) {
  if (!at.file) return "";
  const std::string path = at.file;
  const size_t slash = path.find_last_of('/');
  return (slash == std::string::npos ? path : path.substr(slash + 1)) + ":" + std::to_string(at.line);
}

void detail::null_text(const CallSite& at) {
  // What the standard library made of it, as an optional, knows only the place there, in a header without an extension.
  const std::string place = to_string(at);
  const std::string where = place.find('.') == place.npos ? "" : ", at " + place;
  throw ConfigError("text", "expected a text, got a null pointer" + where);
}

}  // namespace cornu
