// Encoding rows.
#include "data/row_encoder.h"

#include <algorithm>

namespace cornu {

/// Of a category.
static bool are_numbers(const std::vector<std::string>& levels) {
  return std::all_of(levels.begin(), levels.end(), [](const std::string& l) { return parse_number(l).has_value(); });
}

RowEncoder::RowEncoder(const TableSchema& schema, const CsvReader& reader, const std::string& path, bool need_target,
                       char decimal)
    : schema_(schema), path_(path), width_(schema.width()) {
  const auto fields = [&](char own) { return FieldReader(decimal ? decimal : own, schema.missing); };
  target_fields_ = fields(schema.target_decimal);
  target_marks_missing_ = schema.target_kind == TargetKind::number || are_numbers(schema.class_names);
  for (const Column& c : schema.columns) {
    sources_.push_back({0, &c, fields(c.decimal), !c.category || are_numbers(c.levels), {}, {c.name, {}, 0}});
    sources_.back().unknown.number = !c.category;
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
  const auto fail = [&](const std::string& rule) {
    return FileError(path_, text("line {}: '{}' must be {}, got '{}'", line, schema_.target, rule, field));
  };
  if (schema_.target_kind == TargetKind::number) {
    double v = 0;
    const FieldKind kind = target_fields_.read(field, v);
    if (kind == FieldKind::missing || kind == FieldKind::mark) return false;
    if (kind == FieldKind::beyond) throw fail(text("a {}", kTargetNumber));
    if (kind == FieldKind::text) throw fail("a number");
    value_ = static_cast<float>(v);
    return true;
  }
  if (target_fields_.is_missing(field) || (target_marks_missing_ && is_mark(field))) return false;
  auto found = classes_.find(field);
  if (found == classes_.end()) found = classes_.find(target_fields_.level(field));
  if (found == classes_.end()) throw fail(text("one of {}", schema_.class_names));
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
      double v = 0;
      const FieldKind kind = s.fields.read(field, v);
      if (kind == FieldKind::text)
        throw FileError(path_, text("line {}: '{}' must be a number, got '{}'", line, c.name, field));
      if (kind == FieldKind::beyond) note_unknown(s.unknown, field);
      if (kind != FieldKind::number) missing.push_back(at);
      out[at] = static_cast<float>(kind == FieldKind::number ? v - c.offset : c.fill);
      ++at;
      continue;
    }
    if (s.fields.is_missing(field) || (s.marks_missing && is_mark(field))) {
      if (c.missing_level) out[at + c.width() - 1] = 1;
    } else {
      auto found = s.places.find(field);
      if (found == s.places.end()) found = s.places.find(s.fields.level(field));
      if (found != s.places.end())
        out[at + found->second] = 1;
      else
        note_unknown(s.unknown, field);
    }
    at += c.width();
  }
}

}  // namespace cornu
