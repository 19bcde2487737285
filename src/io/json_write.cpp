// JSON text and shortest numbers, character for character as Python writes them.
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "io/json.h"

namespace cornu {
namespace {

void write_hex(std::string& out, unsigned v) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[v >> shift & 15];
}

// All that is not ASCII is escaped, as json.dumps does by default.
void write_string(std::string& out, const std::string& s) {
  out += '"';
  for (size_t i = 0; i < s.size();) {
    const unsigned char c = static_cast<unsigned char>(s[i]);
    if (c < 0x80) {
      ++i;
      static constexpr std::string_view kMeant = "\"\\\b\f\n\r\t", kNames = "\"\\bfnrt";
      if (const size_t k = kMeant.find(static_cast<char>(c)); k != kMeant.npos) {
        out += '\\';
        out += kNames[k];
      } else if (c < 0x20 || c == 0x7F) {
        write_hex(out, c);
      } else {
        out += static_cast<char>(c);
      }
      continue;
    }
    size_t n = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    unsigned v = c & (0xFFu >> (n + 1));
    bool good = c >= 0xC2 && c <= 0xF4 && i + n <= s.size();
    for (size_t k = 1; good && k < n; ++k) {
      good = (static_cast<unsigned char>(s[i + k]) & 0xC0) == 0x80;
      v = v << 6 | (static_cast<unsigned char>(s[i + k]) & 63);
    }
    if (!good || v > 0x10FFFF) v = 0xFFFD, n = 1;  // The replacement character: the output stays valid JSON.
    if (v >= 0x10000) {
      write_hex(out, 0xD800 + ((v - 0x10000) >> 10));
      write_hex(out, 0xDC00 + ((v - 0x10000) & 1023));
    } else {
      write_hex(out, v);
    }
    i += n;
  }
  out += '"';
}

void write_double(std::string& out, double v) {
  if (std::isnan(v)) {
    out += "NaN";
  } else if (std::isinf(v)) {
    out += v < 0 ? "-Infinity" : "Infinity";
  } else {
    out += shortest_text(v);
  }
}

struct Writer {
  std::string& out;
  int indent;

  void new_line(int depth) {
    if (indent < 0) return;
    out += '\n';
    out.append(static_cast<size_t>(indent * depth), ' ');
  }
  // The separator between elements also ends the line if there are lines.
  void comma(bool first, int depth) {
    if (!first) out += indent < 0 ? ", " : ",";
    new_line(depth);
  }

  void value(const Value& v, int depth) {
    switch (v.kind()) {
      case Value::Kind::null:
        out += "null";
        return;
      case Value::Kind::boolean:
        out += v.as_bool() ? "true" : "false";
        return;
      case Value::Kind::integer:
        out += std::to_string(v.as_int());
        return;
      case Value::Kind::real:
        return write_double(out, v.as_double());
      case Value::Kind::string:
        return write_string(out, v.as_string());
      case Value::Kind::array: {
        out += '[';
        bool first = true;
        for (const Value& element : v.as_array()) {
          comma(std::exchange(first, false), depth + 1);
          value(element, depth + 1);
        }
        if (!first) new_line(depth);
        out += ']';
        return;
      }
      case Value::Kind::object: {
        out += '{';
        bool first = true;
        for (const auto& [key, member] : v.as_object()) {
          comma(std::exchange(first, false), depth + 1);
          write_string(out, key);
          out += ": ";
          value(member, depth + 1);
        }
        if (!first) new_line(depth);
        out += '}';
        return;
      }
      case Value::Kind::live:
        throw ConfigError("json", "a live object cannot be written; serialize it first");
    }
  }
};

}  // namespace

std::string write_json(const Value& value, int indent) {
  std::string out;
  Writer{out, indent}.value(value, 0);
  return out;
}

std::string shortest_text(double v) {
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v < 0 ? "-inf" : "inf";
  char buffer[40];
  const char* end = std::to_chars(buffer, buffer + sizeof buffer, v, std::chars_format::scientific).ptr;
  std::string_view all(buffer, static_cast<size_t>(end - buffer));
  std::string out;
  if (all[0] == '-') {
    out = "-";
    all.remove_prefix(1);
  }
  const size_t e = all.find('e');
  int exponent = 0;
  std::from_chars(all.data() + e + (all[e + 1] == '+' ? 2 : 1), all.data() + all.size(), exponent);
  std::string digits(all.substr(0, 1));
  if (e > 2) digits += all.substr(2, e - 2);
  // Python's repr: an exponent below 1e-4 and from 1e16 on.
  if (exponent < -4 || exponent >= 16) {
    out += digits.substr(0, 1);
    if (digits.size() > 1) out += "." + digits.substr(1);
    out += exponent < 0 ? "e-" : "e+";
    const std::string magnitude = std::to_string(std::abs(exponent));
    return out + (magnitude.size() < 2 ? "0" : "") + magnitude;
  }
  if (exponent < 0) return out + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  const size_t whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) return out + digits + std::string(whole - digits.size(), '0') + ".0";
  return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

}  // namespace cornu
