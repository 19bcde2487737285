// Messages of the reflection: unknown keys and wrong field values. Plain fields as values.
#include <cornu/describe.h>

#include <algorithm>

namespace cornu {

void detail::add_parameter(std::vector<Parameter>& parameters, const char* name, Value default_value, bool required,
                           const char* kind, size_t offset) {
  parameters.push_back({name, std::move(default_value), required, kind, offset});
}
void detail::sort_by_offset(std::vector<Parameter>& parameters) {
  std::sort(parameters.begin(), parameters.end(),
            [](const Parameter& a, const Parameter& b) { return a.offset < b.offset; });
}

static size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string nearest_name(TextView got, const std::vector<std::string>& known) {
  const std::string* best = nullptr;
  size_t best_distance = std::max<size_t>(2, got.size() / 3) + 1;
  for (const std::string& name : known) {
    const size_t d = edit_distance(got, name);
    if (d < best_distance) best_distance = d, best = &name;
  }
  return best ? *best : "";
}

namespace detail {

void check_keys(const Value& v, std::span<const Key> known, const std::string& who) {
  std::vector<std::string> names;
  for (const Key& k : known) names.emplace_back(k.name);
  for (const auto& [key, unused] : v.as_object()) {
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    const std::string near = nearest_name(key, names);
    throw ConfigError(who,
                      text("'{}' is not one of its arguments{}", key,
                           near.empty() ? std::string() : text("; did you mean '{}'?", near)),
                      {{"arguments", Arg(names).text}});
  }
  for (const Key& k : known)
    if (k.required && !v.find(k.name)) throw ConfigError(who, text("needs '{}'", k.name));
}

void add_field(Value& object, const char* name, Value value) {
  object.as_object().emplace_back(name, std::move(value));
}

void refuse_nan(const std::string& who, const char* field, double value) {
  if (value != value) throw ConfigError(who, text("{} must be a number, got NaN", field));
}
void field_error(const std::string& who, const char* field, const Error& why) {
  std::string rule = why.message();
  // "config: expected ..." and "dtype: must be ..." say nothing that the field's name does not.
  for (const std::string& known : {std::string("config: "), field + std::string(": ")})
    if (rule.starts_with(known)) rule.erase(0, known.size());
  throw ConfigError(who, text("{}: {}", field, rule));
}

}  // namespace detail

Value Codec<bool>::to_value(bool v) { return v; }
bool Codec<bool>::from_value(const Value& v) { return v.is_number() ? v.as_double() != 0 : v.as_bool(); }
Value Codec<int64_t>::to_value(int64_t v) { return v; }
int64_t Codec<int64_t>::from_value(const Value& v) { return v.as_int(); }
Value Codec<int>::to_value(int v) { return v; }
int Codec<int>::from_value(const Value& v) { return static_cast<int>(v.as_int()); }
Value Codec<double>::to_value(double v) { return v; }
double Codec<double>::from_value(const Value& v) { return v.as_double(); }
Value Codec<std::string>::to_value(const std::string& v) { return v; }
std::string Codec<std::string>::from_value(const Value& v) { return v.as_string(); }
Value Codec<DType>::to_value(DType v) { return to_string(v); }
DType Codec<DType>::from_value(const Value& v) { return dtype_from_string(v.as_string()); }
Value Codec<Value>::to_value(const Value& v) { return v; }
Value Codec<Value>::from_value(const Value& v) { return v; }
Value Codec<Shape>::to_value(const Shape& v) {
  Value out = Value::array();
  for (int64_t d : v.raw()) out.push_back(d < 0 ? Value() : Value(d));
  return out;
}
Shape Codec<Shape>::from_value(const Value& v) {
  std::vector<int64_t> dims;
  for (const Value& d : v.as_array()) dims.push_back(d.is_null() ? -1 : d.as_int());
  return Shape(dims);
}

}  // namespace cornu
