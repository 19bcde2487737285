// Encoding rows, and finding columns by name.
#include "data/row_encoder.h"

#include <cornu/describe.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "io/utf8.h"

namespace cornu {

std::string_view trimmed(std::string_view field) {
  const auto space = [](char c) { return c == ' ' || c == '\t'; };
  while (!field.empty() && space(field.front())) field.remove_prefix(1);
  while (!field.empty() && space(field.back())) field.remove_suffix(1);
  return field;
}

std::string level_text(std::string_view field) {
  field = trimmed(field);
  const std::optional<double> v = parse_number(field);
  if (!v || !std::isfinite(*v)) return std::string(field);
  char out[40];
  // Zero has one text, too.
  return {out, std::to_chars(out, out + sizeof out, *v == 0 ? 0.0 : *v).ptr};
}

/// Plain decimals of up to 15 digits, three times as fast as from_chars: both the digits and the power of ten are
/// exact doubles, so that one division rounds correctly. False for anything else.
static bool plain_decimal(std::string_view field, double& out) {
  static constexpr double kPowers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const char *at = field.data(), *const end = at + field.size();
  const bool negative = at != end && *at == '-';
  at += negative;
  if (end - at > 16) return false;
  int64_t digits = 0;
  const char* point = nullptr;
  const char* const start = at;
  for (; at != end; ++at) {
    const unsigned d = static_cast<unsigned>(*at) - '0';
    if (d <= 9)
      digits = digits * 10 + d;
    else if (*at == '.' && !point)
      point = at;
    else
      return false;
  }
  const std::ptrdiff_t count = end - start - (point != nullptr);
  if (count < 1 || count > 15) return false;
  const double v = static_cast<double>(digits) / kPowers[point ? end - point - 1 : 0];
  out = negative ? -v : v;
  return true;
}

std::optional<double> number_in(std::string_view field, bool& bad) {
  bad = false;
  if (double v = 0; plain_decimal(field, v)) return v;
  if (is_missing(field)) return std::nullopt;
  const std::optional<double> v = parse_number(field);
  bad = !v;
  return v && std::fabs(*v) <= static_cast<double>(std::numeric_limits<float>::max()) ? v : std::nullopt;
}

/// What people give that is no table, told before it makes for odd columns.
static void check_text(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file || std::fseek(file.get(), 0, SEEK_SET) != 0) return;  // The reader says why.
  std::string start(size_t{1} << 16, '\0');
  start.resize(std::fread(start.data(), 1, start.size(), file.get()));
  const auto begins = [&](std::string_view what) { return std::string_view(start).starts_with(what); };
  if (begins("\xFF\xFE") || begins("\xFE\xFF")) throw FileError(path, "is UTF-16 text; save it as UTF-8");
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
  std::vector<std::string_view> fields;
  if (!header && !known.empty() && reader.header().empty() && reader.next(fields)) {
    for (std::string_view& f : fields) f = trimmed(f);
    const bool all = std::all_of(known.begin(), known.end(), [&](const std::string& name) {
      return std::find(fields.begin(), fields.end(), name) != fields.end();
    });
    reader.rewind();
    if (all) {
      o.header = Header::yes;
      return CsvReader(path, o);
    }
  }
  return reader;
}

std::vector<std::string> column_names(const CsvReader& reader) {
  std::vector<std::string> out;
  for (const std::string& name : reader.header()) out.emplace_back(trimmed(name));
  out.resize(reader.columns());
  for (size_t i = 0; i < out.size(); ++i)
    if (out[i].empty()) out[i] = std::to_string(i + 1);
  return out;
}

size_t find_column(const std::string& path, const std::vector<std::string>& names, const std::string& wanted) {
  const auto at = std::find(names.begin(), names.end(), wanted);
  if (at != names.end()) return static_cast<size_t>(at - names.begin());
  size_t number = 0;
  const auto r = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  if (r.ec == std::errc() && r.ptr == wanted.data() + wanted.size() && number >= 1 && number <= names.size())
    return number - 1;
  for (const std::string& name : names) need_utf8(path, name);  // That may be why.
  std::string near = nearest_name(wanted, names);
  if (wanted.size() < 4 && near.substr(0, 1) != wanted.substr(0, 1)) near.clear();  // Short names are all alike.
  std::vector<std::string> first(names.begin(),
                                 names.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(names.size(), 30)));
  if (first.size() < names.size()) first.push_back("...");
  throw FileError(path, near.empty() ? text("has no column '{}'; its columns are {}", wanted, first)
                                     : text("has no column '{}'; did you mean '{}'?", wanted, near));
}

RowEncoder::RowEncoder(const TableSchema& schema, const CsvReader& reader, const std::string& path, bool need_target)
    : schema_(schema), path_(path), width_(schema.width()) {
  for (const Column& c : schema.columns) {
    sources_.push_back({0, &c, {}, {c.name, {}, 0}});
    for (size_t i = 0; i < c.levels.size(); ++i) sources_.back().places.emplace(c.levels[i], static_cast<int64_t>(i));
  }
  for (size_t i = 0; i < schema.class_names.size(); ++i)
    classes_.emplace(schema.class_names[i], static_cast<int64_t>(i));
  reader.header().empty() ? find_by_position(reader, need_target) : find_by_name(reader, need_target);
}

void RowEncoder::find_by_name(const CsvReader& reader, bool need_target) {
  const std::vector<std::string> names = column_names(reader);
  for (Source& s : sources_) s.field = find_column(path_, names, s.column->name);
  if (schema_.target.empty()) return;
  const bool there = std::find(names.begin(), names.end(), schema_.target) != names.end();
  if (there || need_target) target_ = static_cast<std::ptrdiff_t>(find_column(path_, names, schema_.target));
}

void RowEncoder::find_by_position(const CsvReader& reader, bool need_target) {
  const int64_t n = static_cast<int64_t>(reader.columns()), all = schema_.file_columns,
                target = schema_.target_position;
  const bool lacks_target = target >= 0 && !need_target && n == all - 1;
  if (n != all && !lacks_target)
    throw FileError(path_, text("has no header and {} columns, where the data of the model had {}", n, all));
  for (Source& s : sources_) {
    const int64_t p = s.column->position;
    s.field = static_cast<size_t>(lacks_target && p > target ? p - 1 : p);
  }
  if (!lacks_target && !schema_.target.empty()) target_ = static_cast<std::ptrdiff_t>(target);
}

bool RowEncoder::read_target(const std::vector<std::string_view>& fields, uint64_t line) {
  if (target_ < 0) return true;
  const std::string_view field = trimmed(fields[static_cast<size_t>(target_)]);
  if (is_missing(field)) return false;
  if (schema_.target_kind == TargetKind::number) {
    const std::optional<double> v = parse_number(field);
    if (!v) throw FileError(path_, text("line {}: '{}' must be a number, got '{}'", line, schema_.target, field));
    value_ = static_cast<float>(*v);
    return true;
  }
  auto found = classes_.find(field);
  if (found == classes_.end()) found = classes_.find(level_text(field));
  if (found == classes_.end())
    throw FileError(
        path_, text("line {}: '{}' must be one of {}, got '{}'", line, schema_.target, schema_.class_names, field));
  value_ = static_cast<float>(found->second);
  return true;
}

static void note_unknown(UnknownLevels& u, std::string_view field) {
  constexpr size_t kNamed = 6;
  ++u.rows;
  if (u.values.size() < kNamed && std::find(u.values.begin(), u.values.end(), field) == u.values.end())
    u.values.emplace_back(field);
}

std::vector<UnknownLevels> RowEncoder::unknown() const {
  std::vector<UnknownLevels> out;
  for (const Source& s : sources_)
    if (s.unknown.rows) out.push_back(s.unknown);
  return out;
}

void RowEncoder::read_features(const std::vector<std::string_view>& fields, uint64_t line, float* out,
                               std::vector<int64_t>& missing) {
  std::fill(out, out + width_, 0.0f);
  int64_t at = 0;
  for (Source& s : sources_) {
    const Column& c = *s.column;
    const std::string_view field = trimmed(fields[s.field]);
    if (!c.category) {
      bool bad = false;
      const std::optional<double> v = number_in(field, bad);
      if (bad) throw FileError(path_, text("line {}: '{}' must be a number, got '{}'", line, c.name, field));
      if (!v) missing.push_back(at);
      out[at] = static_cast<float>(v.value_or(c.fill));
      ++at;
      continue;
    }
    if (is_missing(field)) {
      if (c.missing_level) out[at + c.width() - 1] = 1;
    } else {
      auto found = s.places.find(field);
      if (found == s.places.end()) found = s.places.find(level_text(field));
      if (found != s.places.end())
        out[at + found->second] = 1;
      else
        note_unknown(s.unknown, field);
    }
    at += c.width();
  }
}

}  // namespace cornu
