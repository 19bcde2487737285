// Maps by path whose keys may be regular expressions: of policies, of optimizers.
#pragma once
#include <cornu/text.h>

#include <optional>
#include <string>
#include <vector>

namespace cornu {

/// The number of the key that is `path` itself, else of the one regular expression that is all of it. ConfigError, in
/// the name of `who`, for several, and for a key that is no expression.
std::optional<size_t> find_path(const std::vector<std::string>& keys, const std::string& path, const std::string& who);

/// The same among pairs of a key and something else.
template <class T>
const T* find_path(const std::vector<std::pair<std::string, T>>& by_path, const std::string& path,
                   const std::string& who) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : by_path) keys.push_back(key);
  const std::optional<size_t> at = find_path(keys, path, who);
  return at ? &by_path[*at].second : nullptr;
}

/// Whether a text begins as a regular expression says. ConfigError for what is none.
bool begins_as(const std::string& beginning, const std::string& expression, const std::string& who);

}  // namespace cornu
