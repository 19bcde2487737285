// Fuzzes the JSON parser: what it takes must survive a round trip, and nlohmann-json must agree on what is valid.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "fuzz.h"
#include "io/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = as_text(data, size);
  std::string once, refused;
  try {
    once = cornu::write_json(cornu::parse_json(text));
  } catch (const cornu::FileError& e) {
    refused = e.what();
  }
  if (refused.empty()) {
    if (cornu::write_json(cornu::parse_json(once)) != once) std::abort();
    if (cornu::write_json(cornu::parse_json(cornu::write_json(cornu::parse_json(once), 2))) != once) std::abort();
  }
  // Known differences: we take Python's words and huge numbers, and refuse duplicate keys and deep nesting.
  const bool ours_alone = text.find("NaN") != text.npos || text.find("Infinity") != text.npos;
  const bool refused_on_purpose =
      refused.find("must differ") != refused.npos || refused.find("200 levels") != refused.npos;
  if (text.find('\0') != text.npos) return 0;  // They take a zero byte for the end.
  const auto theirs = nlohmann::json::parse(text, nullptr, false);
  // Numbers beyond double: they refuse, we follow Python.
  if (!theirs.is_discarded() && !refused.empty() && !refused_on_purpose) std::abort();
  if (theirs.is_discarded() && refused.empty() && !ours_alone && once.find("Infinity") == once.npos) std::abort();
  return 0;
}
