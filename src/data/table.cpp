// Tables: the second pass over a CSV file, and schemas as values.
#include <algorithm>

#include "data/row_encoder.h"

namespace cornu {

int64_t TableSchema::width() const {
  int64_t n = 0;
  for (const Column& c : columns) n += c.width();
  return n;
}

std::vector<std::string> TableSchema::feature_names() const {
  std::vector<std::string> out;
  for (const Column& c : columns) {
    if (!c.category) out.push_back(c.name);
    for (const std::string& level : c.levels) out.push_back(c.name + "=" + level);
    if (c.missing_level) out.push_back(c.name + " missing");
  }
  return out;
}

static Value texts(const std::vector<std::string>& list) {
  Value out = Value::array();
  for (const std::string& s : list) out.push_back(s);
  return out;
}
static std::vector<std::string> texts_of(const Value& v) {
  std::vector<std::string> out;
  for (const Value& s : v.as_array()) out.push_back(s.as_string());
  return out;
}

/// The decimals stand beside it, where files always had them.
static Value style_value(const NumberStyle& style) {
  Value out = Value::object();
  if (style.thousands) out["thousands"] = std::string(1, style.thousands);
  if (!style.unit.empty()) out["unit"] = style.unit;
  if (style.parentheses) out["parentheses"] = true;
  return out;
}

Value TableSchema::to_value() const {
  Value out = Value::object();
  out["columns"] = Value::array();
  for (const Column& c : columns) {
    Value one = Value::object();
    one["name"] = c.name;
    one["position"] = c.position;
    if (c.category) {
      one["levels"] = texts(c.levels);
      one["missing_level"] = c.missing_level;
    } else {
      one["fill"] = c.fill;
      one["offset"] = c.offset;
    }
    one["decimal"] = std::string(1, c.style.decimal);
    if (Value style = style_value(c.style); style.size()) one["style"] = std::move(style);
    if (c.any_case) one["any_case"] = true;
    out["columns"].push_back(std::move(one));
  }
  out["header"] = header;
  out["target"] = target;
  out["target_kind"] = target_kind == TargetKind::classes ? "classes" : "number";
  out["target_decimal"] = std::string(1, target_style.decimal);
  if (Value style = style_value(target_style); style.size()) out["target_style"] = std::move(style);
  if (target_any_case) out["target_any_case"] = true;
  out["missing"] = texts(missing);
  out["target_position"] = target_position;
  out["class_names"] = texts(class_names);
  out["file_columns"] = file_columns;
  return out;
}

/// For schemas that do not say it. Columns without a header are called by their numbers.
static bool named_by_header(const std::vector<Column>& columns) {
  return std::any_of(columns.begin(), columns.end(),
                     [](const Column& c) { return c.name != std::to_string(c.position + 1); });
}

/// Older schemas have neither.
static NumberStyle style_of(const Value& v, const char* decimal_key, const char* style_key) {
  NumberStyle out;
  if (const Value* decimal = v.find(decimal_key); decimal && decimal->as_string() == ",") out.decimal = ',';
  const Value* style = v.find(style_key);
  if (!style) return out;
  if (const Value* mark = style->find("thousands"); mark && mark->as_string().size() == 1)
    out.thousands = mark->as_string()[0];
  if (const Value* unit = style->find("unit")) out.unit = unit->as_string();
  if (const Value* negative = style->find("parentheses")) out.parentheses = negative->as_bool();
  return out;
}
static bool is_set(const Value& v, const char* key) {
  const Value* flag = v.find(key);
  return flag && flag->as_bool();
}

TableSchema TableSchema::from_value(const Value& v) {
  TableSchema out;
  for (const Value& one : v.at("columns").as_array()) {
    Column c;
    c.name = one.at("name").as_string();
    c.position = one.at("position").as_int();
    c.category = one.has("levels");
    if (c.category) {
      c.levels = texts_of(one.at("levels"));
      c.missing_level = one.at("missing_level").as_bool();
    } else {
      c.fill = one.at("fill").as_double();
      if (const Value* offset = one.find("offset")) c.offset = offset->as_double();
    }
    c.style = style_of(one, "decimal", "style");
    c.any_case = is_set(one, "any_case");
    out.columns.push_back(std::move(c));
  }
  const Value* header = v.find("header");
  out.header = header ? header->as_bool() : named_by_header(out.columns);
  out.target = v.at("target").as_string();
  out.target_kind = v.at("target_kind").as_string() == "classes" ? TargetKind::classes : TargetKind::number;
  out.target_style = style_of(v, "target_decimal", "target_style");
  out.target_any_case = is_set(v, "target_any_case");
  if (const Value* missing = v.find("missing")) out.missing = texts_of(*missing);
  out.target_position = v.at("target_position").as_int();
  out.class_names = texts_of(v.at("class_names"));
  out.file_columns = v.at("file_columns").as_int();
  return out;
}

/// Grows by doubling if the number of rows is not known before.
static Table read_rows(CsvReader& reader, const std::string& path, const TableSchema& schema, bool need_target,
                       char decimal, int64_t rows_expected) {
  RowEncoder encoder(schema, reader, path, need_target, decimal);
  Table t;
  t.schema = schema;
  const int64_t width = schema.width();
  const bool classes = schema.target_kind == TargetKind::classes;
  const bool known = rows_expected > 0;
  Tensor x(Shape{known ? rows_expected : 256, width});
  std::vector<float> targets;
  std::vector<std::string_view> fields;
  std::vector<int64_t> missing;
  int64_t rows = 0, skipped = 0;
  float* out = x.mutable_data<float>().data();
  std::vector<float> spare(static_cast<size_t>(width));  // For a row for which there may be no room.
  while (reader.next(fields)) {
    missing.clear();
    const bool full = rows == x.shape()[0];
    if (!encoder.read_target(fields, reader.line())) {
      ++skipped;
      continue;
    }
    encoder.read_features(fields, reader.line(), full ? spare.data() : out + rows * width, missing);
    if (full) {
      if (known) throw FileError(path, "has changed while it was read");
      Tensor larger(Shape{rows * 2, width});
      const std::span<const float> old = x.data<float>();
      std::copy(old.begin(), old.end(), larger.mutable_data<float>().begin());
      x = larger;
      out = x.mutable_data<float>().data();
      std::copy(spare.begin(), spare.end(), out + rows * width);
    }
    for (const int64_t place : missing) t.missing.push_back(rows * width + place);
    if (encoder.has_target()) targets.push_back(encoder.target());
    ++rows;
  }
  if (known && rows != rows_expected) throw FileError(path, "has changed while it was read");
  t.x = rows == x.shape()[0] ? x : x.rows(0, rows).clone();
  t.unknown = encoder.unknown();
  t.schema.rows = rows;
  t.schema.rows_without_target = skipped;
  if (encoder.has_target()) {
    t.y = Tensor({rows}, std::span<const float>(targets));
    if (classes) t.y = t.y.to(DType::i32);
  }
  return t;
}

Table load_csv(const Text& path, const CsvConfig& config) {
  const TableSchema schema = scan_csv(path, config);
  CsvReader reader = open_csv(path, config.separator, schema.header, {});
  return read_rows(reader, path, schema, true, 0, schema.rows);
}

Table load_csv_as(const TableSchema& schema, const Text& path, const CsvReadConfig& config) {
  CsvReader reader = open_csv_as(schema, path, config.separator, config.header);
  return read_rows(reader, path, schema, config.need_target, config.decimal, 0);
}

}  // namespace cornu
