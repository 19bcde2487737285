// Maps by path whose keys may be regular expressions.
#include "base/path_patterns.h"

#include <cornu/error.h>

#include <algorithm>
#include <regex>

namespace cornu {

static std::regex compiled(const std::string& expression, const std::string& who) {
  try {
    return std::regex(expression);
  } catch (const std::regex_error& why) {
    throw ConfigError(
        who, text("expected a name or a regular expression, got '{}': {}", expression, std::string(why.what())));
  }
}

std::optional<size_t> find_path(const std::vector<std::string>& keys, const std::string& path, const std::string& who) {
  if (const auto same = std::find(keys.begin(), keys.end(), path); same != keys.end())
    return static_cast<size_t>(same - keys.begin());
  std::vector<std::string> found;
  std::optional<size_t> at;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!std::regex_match(path, compiled(keys[i], who))) continue;
    found.push_back(keys[i]);
    at = i;
  }
  if (found.size() > 1)
    throw ConfigError(who, text("path '{}' matches several keys, expected one, got {}", path, found));
  return at;
}

bool begins_as(const std::string& beginning, const std::string& expression, const std::string& who) {
  return std::regex_search(beginning, compiled(expression, who), std::regex_constants::match_continuous);
}

}  // namespace cornu
