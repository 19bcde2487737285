// A strict JSON parser. Written here, as no library at hand takes Python's NaN and refuses duplicate keys.
#include "io/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_set>

#include "io/utf8.h"

namespace cornu {
namespace {

constexpr int kMaxDepth = 200;
constexpr size_t kMaxText = size_t{256} << 20;

class Parser {
 public:
  Parser(std::string_view json, const std::string& who) : json_(json), who_(who) {}

  Value document() {
    if (json_.size() > kMaxText) fail("the text must have at most 268435456 bytes", text("{}", json_.size()));
    if (json_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // A byte order mark, as Windows editors add.
    Value v = value(0);
    skip_space();
    if (at_ != json_.size()) fail("nothing may follow the value", here());
    return v;
  }

 private:
  [[noreturn]] void fail(const char* rule, const std::string& got) const {
    size_t line = 1, start = 0;
    for (size_t i = 0; i < at_ && i < json_.size(); ++i)
      if (json_[i] == '\n') ++line, start = i + 1;
    throw FileError(who_, text("line {} column {}: {}, got {}", line, at_ - start + 1, rule, got));
  }

  // The next character, for messages.
  std::string here() const {
    if (at_ >= json_.size()) return "the end";
    const unsigned char c = static_cast<unsigned char>(json_[at_]);
    return c >= 32 && c < 127 ? text("'{}'", json_[at_]) : text("byte {}", static_cast<int>(c));
  }

  char peek() const { return at_ < json_.size() ? json_[at_] : '\0'; }
  void skip_space() {
    while (at_ < json_.size() && (json_[at_] == ' ' || json_[at_] == '\n' || json_[at_] == '\r' || json_[at_] == '\t'))
      ++at_;
  }
  bool take(std::string_view word) {
    if (!json_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  Value value(int depth) {
    if (depth > kMaxDepth) fail("values must be nested at most 200 levels deep", "more");
    skip_space();
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return string();
      case 't':
        if (take("true")) return true;
        break;
      case 'f':
        if (take("false")) return false;
        break;
      case 'n':
        if (take("null")) return nullptr;
        break;
      case 'N':
        if (take("NaN")) return std::nan("");
        break;
      case 'I':
        if (take("Infinity")) return HUGE_VAL;
        break;
      default:
        if (take("-Infinity")) return -HUGE_VAL;
        if (peek() == '-' || (peek() >= '0' && peek() <= '9')) return number();
    }
    fail("a value must stand here", here());
  }

  Value object(int depth) {
    ++at_;
    Value::Object members;
    std::unordered_set<std::string> seen;
    skip_space();
    if (take("}")) return members;
    for (;;) {
      skip_space();
      if (peek() != '"') fail("a key in quotes must stand here", here());
      std::string key = string();
      if (!seen.insert(key).second) fail("keys of an object must differ", text("'{}' twice", key));
      skip_space();
      if (!take(":")) fail("':' must follow a key", here());
      members.emplace_back(std::move(key), value(depth + 1));
      skip_space();
      if (take("}")) return members;
      if (!take(",")) fail("',' or '}' must follow a member", here());
    }
  }

  Value array(int depth) {
    ++at_;
    Value::Array elements;
    skip_space();
    if (take("]")) return elements;
    for (;;) {
      elements.push_back(value(depth + 1));
      skip_space();
      if (take("]")) return elements;
      if (!take(",")) fail("',' or ']' must follow an element", here());
    }
  }

  size_t digits() {
    const size_t start = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ - start;
  }

  Value number() {
    const size_t start = at_;
    bool integral = true;
    take("-");
    const bool zero = peek() == '0';
    const size_t whole = digits();
    if (whole == 0 || (zero && whole > 1)) fail("a number must not start so", here());
    if (take(".")) {
      integral = false;
      if (!digits()) fail("a digit must follow the point", here());
    }
    if (peek() == 'e' || peek() == 'E') {
      integral = false;
      ++at_;
      if (!take("+")) take("-");
      if (!digits()) fail("a digit must follow the exponent's sign", here());
    }
    const char *from = json_.data() + start, *to = json_.data() + at_;
    if (int64_t i; integral && std::from_chars(from, to, i).ec == std::errc()) return i;
    double d = 0;
    if (std::from_chars(from, to, d).ec == std::errc::result_out_of_range) return out_of_range({from, to});
    return d;
  }

  // from_chars leaves the value open; Python gives 0 or infinity, by the sign of the decimal exponent of the value.
  static double out_of_range(std::string_view token) {
    const double sign = token[0] == '-' ? -1.0 : 1.0;
    if (token[0] == '-') token.remove_prefix(1);
    const size_t e = token.find_first_of("eE");
    const std::string_view mantissa = token.substr(0, e);
    const size_t point = std::min(mantissa.find('.'), mantissa.size());
    const size_t first = mantissa.find_first_of("123456789");
    // An exponent that itself overflows decides alone: texts are far shorter than its value.
    if (e != token.npos && token.size() - e > 12) return token[e + 1] == '-' ? 0.0 * sign : HUGE_VAL * sign;
    long exponent = 0;
    if (e != token.npos) {
      const size_t skip = token[e + 1] == '+' ? 2 : 1;
      std::from_chars(token.data() + e + skip, token.data() + token.size(), exponent);
    }
    const long lead = first == mantissa.npos ? 0 : static_cast<long>(point) - static_cast<long>(first);
    return lead + exponent < 0 ? 0.0 * sign : HUGE_VAL * sign;
  }

  unsigned hex4() {
    unsigned v = 0;
    if (json_.size() - at_ < 4) fail("four hexadecimal digits must follow \\u", "the end");
    const auto r = std::from_chars(json_.data() + at_, json_.data() + at_ + 4, v, 16);
    if (r.ptr != json_.data() + at_ + 4) fail("four hexadecimal digits must follow \\u", here());
    at_ += 4;
    return v;
  }

  static void append_utf8(std::string& out, unsigned c) {
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xC0 | c >> 6);
      out += static_cast<char>(0x80 | (c & 63));
    } else if (c < 0x10000) {
      out += static_cast<char>(0xE0 | c >> 12);
      out += static_cast<char>(0x80 | (c >> 6 & 63));
      out += static_cast<char>(0x80 | (c & 63));
    } else {
      out += static_cast<char>(0xF0 | c >> 18);
      out += static_cast<char>(0x80 | (c >> 12 & 63));
      out += static_cast<char>(0x80 | (c >> 6 & 63));
      out += static_cast<char>(0x80 | (c & 63));
    }
  }

  void escape(std::string& out) {
    static constexpr std::string_view kNames = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
    const char c = peek();
    if (c == 'u') {
      ++at_;
      unsigned v = hex4();
      if (v >= 0xD800 && v < 0xDC00) {
        unsigned low = 0;
        if (take("\\u")) low = hex4();
        if (low < 0xDC00 || low > 0xDFFF) fail("a low surrogate must follow a high one", here());
        v = 0x10000 + ((v - 0xD800) << 10) + (low - 0xDC00);
      } else if (v >= 0xDC00 && v < 0xE000) {
        fail("a low surrogate must follow a high one", text("\\u{} alone", v));
      }
      append_utf8(out, v);
      return;
    }
    const size_t i = at_ < json_.size() ? kNames.find(c) : kNames.npos;
    if (i == kNames.npos) fail("an escape must be one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u", here());
    out += kMeant[i];
    ++at_;
  }

  // Copies one character of several bytes.
  void multibyte(std::string& out) {
    const size_t n = utf8_length(json_.substr(at_));
    if (n == 0) fail("text must be UTF-8", here());
    out.append(json_.substr(at_, n));
    at_ += n;
  }

  std::string string() {
    ++at_;
    std::string out;
    for (;;) {
      if (at_ >= json_.size()) fail("a string must end with a quote", "the end");
      const unsigned char c = static_cast<unsigned char>(json_[at_]);
      if (c == '"') {
        ++at_;
        return out;
      }
      if (c == '\\') {
        ++at_;
        escape(out);
      } else if (c < 0x20) {
        fail("control characters must be escaped", here());
      } else if (c >= 0x80) {
        multibyte(out);
      } else {
        out += static_cast<char>(c);
        ++at_;
      }
    }
  }

  std::string_view json_;
  const std::string& who_;
  size_t at_ = 0;
};

}  // namespace

Value parse_json(std::string_view json, const std::string& who) { return Parser(json, who).document(); }

}  // namespace cornu
