// CSV records. Most have no quotes, and for those both passes are a search for single bytes.
#include "io/csv_split.h"

#include <algorithm>
#include <cstring>

namespace cornu {
namespace {

CsvRecord ended(std::string_view bytes, size_t at, size_t line_end, bool quote, size_t lines) {
  CsvRecord out;
  out.complete = true;
  out.has_quote = quote;
  out.length = at + line_end;
  out.content = at > 0 && bytes[at - 1] == '\r' ? at - 1 : at;
  out.lines = lines + line_end;
  return out;
}

}  // namespace

CsvRecord find_record(std::string_view bytes, char separator, bool last) {
  const size_t end = bytes.find('\n');
  const size_t stop = std::min(end, bytes.size());
  if (bytes.substr(0, stop).find('"') == bytes.npos) {
    if (end != bytes.npos) return ended(bytes, end, 1, false, 0);
    return last ? ended(bytes, stop, 0, false, 0) : CsvRecord{};
  }
  // A quote opens a quoted field only where a field starts.
  bool inside = false, field_start = true;
  size_t lines = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (inside) {
      if (c == '\n') ++lines;
      if (c != '"') continue;
      if (i + 1 < bytes.size() && bytes[i + 1] == '"')
        ++i;
      else
        inside = false;
    } else if (c == '\n') {
      return ended(bytes, i, 1, true, lines);
    } else {
      inside = c == '"' && field_start;
      field_start = c == separator;
    }
  }
  if (!last) return {};
  CsvRecord out = ended(bytes, bytes.size(), 0, true, lines);
  out.open_quote = inside;
  return out;
}

void split_record(char* start, size_t length, char separator, bool has_quote, std::vector<std::string_view>& fields,
                  const std::function<void(size_t)>& bad_quote) {
  fields.clear();
  char *at = start, *const end = start + length;
  for (;;) {
    if (!has_quote || at == end || *at != '"') {
      char* stop = static_cast<char*>(std::memchr(at, separator, static_cast<size_t>(end - at)));
      if (!stop) stop = end;
      fields.emplace_back(at, static_cast<size_t>(stop - at));
      at = stop;
    } else {
      char *from = at + 1, *to = at;
      for (; from < end; ++from) {
        if (*from == '"') {
          if (from + 1 == end || from[1] != '"') break;
          ++from;
        }
        *to++ = *from;
      }
      fields.emplace_back(at, static_cast<size_t>(to - at));
      at = std::min(from + 1, end);
      if (at != end && *at != separator) bad_quote(fields.size());
    }
    if (at == end) return;
    ++at;  // A separator at the very end is followed by one more, empty field.
  }
}

}  // namespace cornu
