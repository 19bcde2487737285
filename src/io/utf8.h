// UTF-8 by the letter.
#pragma once
#include <cstddef>
#include <string_view>

namespace cornu {

/// Bytes of the character that starts there; 0 for overlong forms, surrogates, values beyond Unicode and anything else.
inline size_t utf8_length(std::string_view s) {
  const auto byte = [&](size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u; };
  const unsigned lead = byte(0);
  if (!s.empty() && lead < 0x80) return 1;
  const size_t n = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  unsigned c = lead & (0xFFu >> (n + 1));
  bool good = lead >= 0xC2 && lead <= 0xF4;
  for (size_t i = 1; good && i < n; ++i) {
    good = (byte(i) & 0xC0) == 0x80;
    c = c << 6 | (byte(i) & 63);
  }
  if (n == 3) good = good && c >= 0x800 && (c < 0xD800 || c > 0xDFFF);
  if (n == 4) good = good && c >= 0x10000 && c <= 0x10FFFF;
  return good ? n : 0;
}

inline bool is_utf8(std::string_view s) {
  while (!s.empty()) {
    const size_t n = utf8_length(s);
    if (n == 0) return false;
    s.remove_prefix(n);
  }
  return true;
}

/// Characters, for columns of a table on a terminal.
inline size_t utf8_width(std::string_view s) {
  size_t n = 0;
  for (const char c : s) n += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return n;
}

}  // namespace cornu
