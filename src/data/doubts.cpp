// Looking at names and numbers. These are notes: nothing is decided by them.
#include "data/doubts.h"

#include <cornu/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "data/wording.h"

namespace cornu {
namespace {

/// Words of a name as "customer_id", "customerId" or "ZIP code", in small letters.
std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> out(1);
  const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_large = [](char c) { return c >= 'A' && c <= 'Z'; };
  for (size_t i = 0; i < name.size(); ++i) {
    const bool letter = is_small(name[i]) || is_large(name[i]);
    const bool begins = i > 0 && is_large(name[i]) && is_small(name[i - 1]);
    if ((!letter || begins) && !out.back().empty()) out.emplace_back();
    if (letter) out.back() += name[i];
  }
  for (std::string& word : out) word = lower(word);
  return out;
}

template <size_t N>
bool has_word(const std::string& name, const std::array<std::string_view, N>& words) {
  const std::vector<std::string> own = words_of(name);
  return std::any_of(own.begin(), own.end(),
                     [&](const std::string& w) { return std::find(words.begin(), words.end(), w) != words.end(); });
}

constexpr std::array<std::string_view, 8> kIds{"id", "ids", "uuid", "guid", "key", "nr", "no", "number"};
constexpr std::array<std::string_view, 12> kCodes{"id",  "code", "codes", "zip",  "zipcode", "postcode",
                                                  "plz", "cap",  "cp",    "fips", "postal",  "sku"};

bool all_differ(const ColumnScan& s) {
  return s.numbers >= 20 && static_cast<int64_t>(s.first_wholes.size()) == std::min(s.numbers, ColumnScan::kFirst);
}

/// Few numbers of as many digits, far apart and not round, each of them often.
bool look_like_codes(const ColumnScan& s) {
  const double different = static_cast<double>(s.first_wholes.size());
  const int64_t seen = std::min(s.numbers, ColumnScan::kFirst);
  if (different < 5 || static_cast<double>(seen) < 5 * different || s.min < 1000) return false;
  if (std::floor(std::log10(s.min)) != std::floor(std::log10(s.max)) || s.max - s.min < 10 * different) return false;
  int64_t step = 0;
  for (const int64_t v : s.first_wholes) step = std::gcd(step, v);
  return step == 1;
}

/// The unit of a count since 1970, if that gives days between 2000 and 2035 which differ by an hour or more; else null.
const char* since_1970(const ColumnScan& s) {
  constexpr double kFrom = 946684800, kTo = 2051222400, kHour = 3600;
  struct Unit {
    const char* name;
    double in_second;
  };
  for (const Unit u : {Unit{"seconds", 1}, Unit{"milliseconds", 1e3}, Unit{"microseconds", 1e6}})
    if (s.min >= kFrom * u.in_second && s.max <= kTo * u.in_second && s.max - s.min >= kHour * u.in_second)
      return u.name;
  return nullptr;
}

std::string whole(double v) { return std::to_string(static_cast<int64_t>(v)); }

}  // namespace

std::string flag_with(const char* flag, const std::string& value) {
  const bool plain = value.find_first_of(" \t'\"\\$&|;<>()*?[]#~`!{},") == value.npos;
  return text(plain ? "{} {}" : "{} '{}'", flag, value);
}

std::string doubt_of_numbers(const ColumnScan& s, bool target) {
  if (s.numbers < 10 || s.texts > 0 || s.min == s.max) return "";
  if (s.compact_dates == s.numbers)
    return text("its numbers look like dates, as {}; as they are, they jump at the end of a month: make them days",
                whole(s.min));
  if (const char* unit = since_1970(s))
    return text(
        "its numbers look like {} since 1970, as {}; if the hour, the weekday or the season matters, make a "
        "column of it",
        unit, whole(s.min));
  if (target || !s.integers || s.keeps_levels) return "";
  const std::string kinds =
      in_words_of("named in categories, they are kinds", flag_with("--categories", s.name) + " takes them for kinds");
  if (s.first_zero.line)
    return text("it has numbers that begin with 0, as '{}' in line {}, and so may hold codes; ", s.first_zero.field,
                s.first_zero.line) +
           kinds;
  if (all_differ(s))
    return has_word(s.name, kIds)
               ? "it looks like an id: whole numbers, no two the same; " +
                     in_words_of("to leave it out, name it in ignore", flag_with("--ignore", s.name) + " leaves it out")
               : "";
  const size_t different = s.first_wholes.size();
  const bool repeats = 2 * static_cast<int64_t>(different) <= std::min(s.numbers, ColumnScan::kFirst);
  if (different > 2 && different <= ColumnScan::kLevelLimit && repeats &&
      (has_word(s.name, kCodes) || look_like_codes(s)))
    return text("its {} different whole numbers may be codes, of which the size means nothing; ", different) + kinds;
  return "";
}

void TargetCopies::start(size_t columns, std::ptrdiff_t target) {
  watched_.clear();
  rows_ = 0;
  if (target < 0) return;
  target_ = static_cast<size_t>(target);
  for (size_t i = 0; i < columns; ++i)
    if (i != target_) watched_.emplace_back().column = i;
}

void TargetCopies::add(const std::vector<std::string_view>& fields, const std::vector<ColumnScan>& scans) {
  ++rows_;
  if (watched_.empty()) return;
  const std::string_view target = trimmed(fields[target_]);
  for (Watch& w : watched_) {
    const std::string_view value = trimmed(fields[w.column]);
    if (w.one_to_one) follow_pairs(w, value, target);
    if (!w.line) continue;
    double x = 0, y = 0;
    if (scans[w.column].fields.read(value, x) == FieldKind::number &&
        scans[target_].fields.read(target, y) == FieldKind::number)
      follow_line(w, x, y);
    else
      w.line = false;
  }
  std::erase_if(watched_, [](const Watch& w) { return !w.one_to_one && !w.line; });
}

void TargetCopies::follow_pairs(Watch& w, std::string_view value, std::string_view target) {
  constexpr size_t kMost = 100;
  const auto agrees = [&](TextMap<std::string>& map, std::string_view from, std::string_view to) {
    const auto found = map.find(from);
    if (found != map.end()) return found->second == to;
    map.emplace(from, to);
    return map.size() <= kMost;
  };
  w.one_to_one = agrees(w.target_of, value, target) && agrees(w.value_of, target, value);
}

void TargetCopies::follow_line(Watch& w, double x, double y) {
  if (w.points++ == 0) return void((w.x0 = x, w.y0 = y));
  if (!w.has_slope) {
    if (x == w.x0) return void(w.line = y == w.y0);
    w.slope = (y - w.y0) / (x - w.x0);
    w.has_slope = true;
    w.line = w.slope != 0;
    return;
  }
  // As exact as numbers in a file are, whose last digits may be rounded.
  const double size = std::fabs(w.y0) + std::fabs(w.slope) * (std::fabs(x) + std::fabs(w.x0));
  w.line = std::fabs(w.y0 + w.slope * (x - w.x0) - y) <= 1e-9 * size;
}

std::string TargetCopies::doubt(size_t column, const std::string& name, const TableSchema& schema) const {
  constexpr int64_t kSure = 20;
  const auto found = std::find_if(watched_.begin(), watched_.end(), [&](const Watch& w) { return w.column == column; });
  if (found == watched_.end() || rows_ < kSure) return "";
  const bool classes = schema.target_kind == TargetKind::classes;
  const bool pairs = classes && found->one_to_one && found->target_of.size() > 1;
  const bool line = !classes && found->line && found->has_slope;
  if (!pairs && !line) return "";
  const std::string what = pairs
                               ? text("each of its values goes with one of '{}' and the other way round", schema.target)
                               : text("it is '{}' itself, or that times a number plus a number", schema.target);
  return what + "; if it is not known before the answer is, " +
         in_words_of("name it in ignore", flag_with("--ignore", name) + " leaves it out");
}

}  // namespace cornu
