// Encoding rows.
#include "data/row_encoder.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace cornu {

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
  const CsvColumns columns(path_, reader);
  for (Source& s : sources_) s.field = columns.find(s.column->name);
  if (schema_.target.empty()) return;
  if (need_target || columns.has(schema_.target)) target_ = static_cast<std::ptrdiff_t>(columns.find(schema_.target));
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
