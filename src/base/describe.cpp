// Messages of the reflection: unknown keys and wrong field values.
#include <cornu/describe.h>

#include <algorithm>

namespace cornu {

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

std::string nearest_name(std::string_view got, const std::vector<std::string>& known) {
  const std::string* best = nullptr;
  size_t best_distance = std::max<size_t>(2, got.size() / 3) + 1;
  for (const std::string& name : known) {
    const size_t d = edit_distance(got, name);
    if (d < best_distance) best_distance = d, best = &name;
  }
  return best ? *best : "";
}

namespace detail {

void check_keys(const Value& v, const std::vector<const char*>& known, const std::string& who) {
  const std::vector<std::string> names(known.begin(), known.end());
  for (const auto& [key, unused] : v.as_object()) {
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    const std::string near = nearest_name(key, names);
    throw ConfigError(who,
                      text("'{}' is not one of its arguments{}", key,
                           near.empty() ? std::string() : text("; did you mean '{}'?", near)),
                      {{"arguments", Arg(names).text}});
  }
}

void missing_field(const std::string& who, const char* field) { throw ConfigError(who, text("needs '{}'", field)); }

void field_error(const std::string& who, const char* field, const Error& why) {
  std::string rule = why.message();
  // "config: expected ..." says nothing that the field's name does not.
  if (const std::string_view known = "config: "; rule.starts_with(known)) rule.erase(0, known.size());
  throw ConfigError(who, text("{}: {}", field, rule));
}

}  // namespace detail
}  // namespace cornu
