// Headers and names.
#include "data/csv_columns.h"

#include <cornu/describe.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "data/field.h"
#include "data/file_kind.h"
#include "data/wording.h"
#include "io/utf8.h"

namespace cornu {

/// What people give that is no table, told before it makes for odd columns.
static void check_text(const std::string& path) {
  if (std::error_code none; std::filesystem::is_directory(path, none))
    throw FileError(path, "is a folder; name a file in it");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file || std::fseek(file.get(), 0, SEEK_SET) != 0) return;  // The reader says why.
  std::string start(size_t{1} << 16, '\0');
  start.resize(std::fread(start.data(), 1, start.size(), file.get()));
  if (const std::string why = not_a_table(start); !why.empty()) throw FileError(path, why);
  if (start.find('\0') != start.npos) throw FileError(path, "is no text: it has bytes of zero");
  if (start.find('\n') == start.npos && std::count(start.begin(), start.end(), '\r') > 1)
    throw FileError(path, "has no line ends but carriage returns; convert them, for example with tr '\\r' '\\n'");
}

void need_utf8(const std::string& path, const std::string& name) {
  if (is_utf8(name)) return;
  std::string shown;
  for (const char c : name) shown += static_cast<unsigned char>(c) < 0x80 ? c : '?';
  throw FileError(path, text("must be UTF-8 text, which '{}' is not; convert it, for example with iconv -f latin1 -t "
                             "utf-8",
                             shown));
}

CsvReader open_csv(const std::string& path, char separator, const std::optional<bool>& header,
                   const std::vector<std::string>& known) {
  using Header = CsvOptions::Header;
  CsvOptions o;
  o.separator = separator;
  o.header = !header ? Header::automatic : *header ? Header::yes : Header::no;
  check_text(path);
  CsvReader reader(path, o);
  if (reader.columns() == 0) throw FileError(path, "is empty");
  if (header || known.empty() || !reader.header().empty()) return reader;
  const std::vector<std::string>& first = reader.first();
  const bool all = std::all_of(known.begin(), known.end(), [&](const std::string& name) {
    return std::any_of(first.begin(), first.end(), [&](const std::string& f) { return trimmed(f) == name; });
  });
  if (!all) return reader;
  o.header = Header::yes;
  return CsvReader(path, o);
}

CsvReader open_csv_as(const TableSchema& schema, const std::string& path, char separator,
                      const std::optional<bool>& header) {
  std::vector<std::string> names;
  if (schema.header)
    for (const Column& c : schema.columns) names.push_back(c.name);
  return open_csv(path, separator, header, names);
}

CsvColumns::CsvColumns(const std::string& path, const CsvReader& reader) : path_(path) {
  for (const std::string& name : reader.header()) names_.emplace_back(trimmed(name));
  names_.resize(reader.columns());
  for (size_t i = 0; i < names_.size(); ++i)
    if (names_[i].empty()) names_[i] = std::to_string(i + 1);
  if (names_.size() == 1) first_line_ = reader.first()[0].substr(0, 60);
}

bool CsvColumns::has(const std::string& name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

void CsvColumns::need_only(const std::string& name) const {
  if (std::count(names_.begin(), names_.end(), name) > 1)
    throw FileError(path_, text("has two columns named '{}'", name));
}

size_t CsvColumns::find(const std::string& wanted) const {
  need_only(wanted);
  return find_all(wanted)[0];
}

std::vector<size_t> CsvColumns::find_all(const std::string& wanted) const {
  std::vector<size_t> out;
  for (size_t i = 0; i < names_.size(); ++i)
    if (names_[i] == wanted) out.push_back(i);
  if (!out.empty()) return out;
  size_t number = 0;
  const auto r = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  if (r.ec == std::errc() && r.ptr == wanted.data() + wanted.size() && number >= 1 && number <= names_.size())
    return {number - 1};
  fail(wanted);
}

void CsvColumns::fail(const std::string& wanted) const {
  for (const std::string& name : names_) need_utf8(path_, name);  // That may be why.
  if (names_.size() == 1)
    throw FileError(path_, text("has no column '{}', as its first line, '{}', is one field; {}, or "
                                "remove the line if it is no header",
                                wanted, first_line_, in_words_of("give the separator", "give --separator")));
  std::string near = nearest_name(wanted, names_);
  if (wanted.size() < 4 && near.substr(0, 1) != wanted.substr(0, 1)) near.clear();  // Short names are all alike.
  std::vector<std::string> first(names_.begin(),
                                 names_.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(names_.size(), 30)));
  if (first.size() < names_.size()) first.push_back("...");
  throw FileError(path_, near.empty() ? text("has no column '{}'; its columns are {}", wanted, first)
                                      : text("has no column '{}'; did you mean '{}'?", wanted, near));
}

}  // namespace cornu
