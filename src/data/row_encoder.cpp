// Encoding rows.
#include "data/row_encoder.h"

#include <algorithm>

#include "data/number_style.h"
#include "data/wording.h"

namespace cornu {

/// Of a category.
static bool are_numbers(const std::vector<std::string>& levels) {
  return std::all_of(levels.begin(), levels.end(), [](const std::string& l) { return parse_number(l).has_value(); });
}

/// As the schema says, or with decimals that are asked for: then the other mark may part thousands.
static NumberStyle style_for(const NumberStyle& own, char decimal) {
  NumberStyle out = own;
  if (!decimal || decimal == own.decimal) return out;
  out.decimal = decimal;
  if (!own.thousands || own.thousands == decimal) out.thousands = decimal == '.' ? ',' : '.';
  return out;
}

static void place(TextMap<int64_t>& places, const std::vector<std::string>& names, bool any_case) {
  for (size_t i = 0; i < names.size(); ++i)
    places.emplace(any_case ? lower(names[i]) : names[i], static_cast<int64_t>(i));
  // Levels of any case are truth values, which have other words too.
  if (!any_case || names.size() != 2) return;
  for (size_t i = 0; i < names.size(); ++i)
    if (const std::optional<bool> value = truth_value(lower(names[i])))
      for (const std::string_view word : words_of_truth(*value)) places.emplace(word, static_cast<int64_t>(i));
}

/// The place of a level; the end if it is none.
static TextMap<int64_t>::const_iterator find_level(const TextMap<int64_t>& places, std::string_view field,
                                                   const FieldReader& fields, bool any_case) {
  if (any_case) return places.find(lower(field));
  const auto found = places.find(field);
  return found != places.end() ? found : places.find(fields.level(field));
}

RowEncoder::RowEncoder(const TableSchema& schema, const CsvReader& reader, const std::string& path, bool need_target,
                       char decimal)
    : schema_(schema), path_(path), width_(schema.width()) {
  const auto fields = [&](const NumberStyle& own) { return FieldReader(style_for(own, decimal), schema.missing); };
  target_fields_ = fields(schema.target_style);
  target_marks_missing_ = schema.target_kind == TargetKind::number || are_numbers(schema.class_names);
  for (const Column& c : schema.columns) {
    sources_.push_back({0, &c, fields(c.style), !c.category || are_numbers(c.levels), {}, {c.name, {}, 0}});
    sources_.back().unknown.number = !c.category;
    place(sources_.back().places, c.levels, c.any_case);
  }
  place(classes_, schema.class_names, schema.target_any_case);
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

/// "a number with '%'"
static std::string number_rule(const FieldReader& fields) {
  return fields.style().unit == "%" ? "a number with '%'" : "a number";
}
/// What is wrong if it would be a number with the other decimal mark; else "".
static std::string about_decimals(const FieldReader& fields, std::string_view field) {
  const NumberStyle& own = fields.style();
  NumberStyle other = own;
  other.decimal = own.decimal == ',' ? '.' : ',';
  other.thousands = 0;
  if (!number_in_style(field, other)) return "";
  return text("; the model was made of a file whose decimals come after '{}'; ", own.decimal) +
         in_words_of(text("set decimal to '{}' if here it is that", other.decimal),
                     text("--decimal {} reads this one", other.decimal));
}

bool RowEncoder::read_target(const std::vector<std::string_view>& fields, uint64_t line) {
  if (target_ < 0) return true;
  const std::string_view field = trimmed(fields[static_cast<size_t>(target_)]);
  const auto fail = [&](const std::string& rule) {
    const bool number = schema_.target_kind == TargetKind::number;
    return FileError(path_, text("line {}: '{}' must be {}, got '{}'", line, schema_.target, rule, field) +
                                (number ? about_decimals(target_fields_, field) : ""));
  };
  if (schema_.target_kind == TargetKind::number) {
    double v = 0;
    const FieldKind kind = target_fields_.read(field, v);
    if (kind == FieldKind::missing || kind == FieldKind::mark) return false;
    if (kind == FieldKind::beyond) throw fail(text("a {}", kTargetNumber));
    if (kind == FieldKind::text) throw fail(number_rule(target_fields_));
    value_ = static_cast<float>(v);
    return true;
  }
  if (target_fields_.is_missing(field) || (target_marks_missing_ && is_mark(field))) return false;
  const auto found = find_level(classes_, field, target_fields_, schema_.target_any_case);
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
        throw FileError(path_, text("line {}: '{}' must be {}, got '{}'", line, c.name, number_rule(s.fields), field) +
                                   about_decimals(s.fields, field));
      if (kind == FieldKind::beyond) note_unknown(s.unknown, field);
      if (kind != FieldKind::number) missing.push_back(at);
      out[at] = static_cast<float>(kind == FieldKind::number ? v - c.offset : c.fill);
      ++at;
      continue;
    }
    if (s.fields.is_missing(field) || (s.marks_missing && is_mark(field))) {
      if (c.missing_level) out[at + c.width() - 1] = 1;
    } else {
      const auto found = find_level(s.places, field, s.fields, c.any_case);
      if (found != s.places.end())
        out[at + found->second] = 1;
      else
        note_unknown(s.unknown, field);
    }
    at += c.width();
  }
}

}  // namespace cornu
