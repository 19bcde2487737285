// Reading fields.
#include "data/field.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "data/number_style.h"
#include "io/csv.h"

namespace cornu {
namespace {

/// Plain decimals of up to 15 digits, three times as fast as from_chars: both the digits and the power of ten are
/// exact doubles, so that one division rounds correctly. False for anything else.
bool plain_decimal(std::string_view field, char decimal, double& out) {
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
    else if (*at == decimal && !point)
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

/// Spaces besides ASCII's, in UTF-8: no-break, figure, thin, narrow no-break, the mark of byte order.
constexpr std::string_view kSpaces[] = {"\xC2\xA0", "\xE2\x80\x87", "\xE2\x80\x89", "\xE2\x80\xAF", "\xEF\xBB\xBF"};

}  // namespace

size_t space_at(std::string_view s) {
  if (s.empty()) return 0;
  if (s[0] == ' ' || s[0] == '\t') return 1;
  if (static_cast<unsigned char>(s[0]) < 0x80) return 0;
  for (const std::string_view space : kSpaces)
    if (s.starts_with(space)) return space.size();
  return 0;
}

/// The same at the end.
static size_t space_before_end(std::string_view s) {
  if (s.back() == ' ' || s.back() == '\t') return 1;
  if (static_cast<unsigned char>(s.back()) < 0x80) return 0;
  for (const std::string_view space : kSpaces)
    if (s.ends_with(space)) return space.size();
  return 0;
}

std::string_view trimmed(std::string_view field) {
  while (const size_t n = space_at(field)) field.remove_prefix(n);
  while (!field.empty()) {
    const size_t n = space_before_end(field);
    if (n == 0) break;
    field.remove_suffix(n);
  }
  return field;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view field) {
  std::string out(field);
  for (char& c : out) c = lower(c);
  return out;
}

bool is_mark(std::string_view field) {
  // The last three are dashes of Unicode.
  static constexpr std::string_view kMarks[] = {
      "-", "--", ".", "na", "n/a", "n.a.", "none", "null", "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x88\x92"};
  return std::any_of(std::begin(kMarks), std::end(kMarks), [&](std::string_view mark) {
    return std::equal(mark.begin(), mark.end(), field.begin(), field.end(),
                      [&](char m, char f) { return m == lower(f); });
  });
}

static constexpr std::string_view kTruths[][2] = {
    {"no", "yes"}, {"false", "true"}, {"off", "on"}, {"n", "y"}, {"f", "t"}};

std::optional<bool> truth_value(std::string_view word) {
  for (const auto& pair : kTruths)
    for (const bool value : {false, true})
      if (word == pair[value]) return value;
  return std::nullopt;
}

std::vector<std::string_view> words_of_truth(bool value) {
  std::vector<std::string_view> out;
  for (const auto& pair : kTruths) out.push_back(pair[value]);
  return out;
}

bool are_truth_values(const TextMap<int64_t>& levels) {
  bool sides[2]{}, pairs[std::size(kTruths)]{};
  for (const auto& [spelling, count] : levels) {
    const std::string word = lower(spelling);
    const std::optional<bool> value = truth_value(word);
    if (!value) return false;
    sides[*value] = true;
    for (size_t i = 0; i < std::size(kTruths); ++i) pairs[i] |= word == kTruths[i][*value];
  }
  const bool no_yes = pairs[0], false_true = pairs[1], n_y = pairs[3], f_t = pairs[4];
  const int kinds = pairs[0] + pairs[1] + pairs[2] + pairs[3] + pairs[4];
  return sides[0] && sides[1] && (kinds == 1 || ((!n_y || no_yes) && (!f_t || false_true)));
}

std::pair<std::string, std::string> main_truth_pair(const std::map<std::string, int64_t>& no,
                                                    const std::map<std::string, int64_t>& yes) {
  const auto rows = [](const std::map<std::string, int64_t>& words, std::string_view word) {
    const auto found = words.find(std::string(word));
    return found == words.end() ? 0 : found->second;
  };
  int64_t most = 0;
  std::pair<std::string, std::string> out;
  for (const auto& pair : kTruths) {
    const int64_t a = rows(no, pair[0]), b = rows(yes, pair[1]);
    if (a && b && a + b > most) most = a + b, out = {std::string(pair[0]), std::string(pair[1])};
  }
  if (most) return out;
  const auto by_rows = [](const auto& a, const auto& b) { return a.second < b.second; };
  return {std::ranges::max_element(no, by_rows)->first, std::ranges::max_element(yes, by_rows)->first};
}

FieldReader::FieldReader(NumberStyle style, const std::vector<std::string>& missing) {
  set_style(std::move(style));
  if (missing.empty()) return;
  TextSet all;
  for (const std::string& one : missing) all.insert(level(one));
  missing_ = std::make_shared<const TextSet>(std::move(all));
}

void FieldReader::set_style(NumberStyle style) {
  style_ = std::move(style);
  plain_ = !style_.thousands && style_.unit.empty() && !style_.parentheses;
  needs_unit_ = style_.unit == "%";
}

std::optional<double> FieldReader::number(std::string_view field) const {
  if (!plain_) {
    if (const std::optional<double> v = number_in_style(field, style_)) return v;
    if (needs_unit_) return std::nullopt;
  }
  const std::optional<double> v = parse_number(field, style_.decimal);
  return v || !has_other_minus(field) ? v : number_in_style(field, style_);
}

bool FieldReader::is_missing(std::string_view field) const {
  // A number that means it does so in any spelling.
  return cornu::is_missing(field) || (missing_ && (missing_->contains(field) || missing_->contains(level(field))));
}

FieldKind FieldReader::read(std::string_view field, double& value) const {
  if (missing_ && is_missing(field)) return FieldKind::missing;
  if (!needs_unit_ && plain_decimal(field, style_.decimal, value)) return FieldKind::number;
  if (cornu::is_missing(field)) return FieldKind::missing;
  const std::optional<double> v = number(field);
  if (!v) return is_mark(field) ? FieldKind::mark : FieldKind::text;
  value = *v;
  return std::fabs(value) <= static_cast<double>(std::numeric_limits<float>::max()) ? FieldKind::number
                                                                                    : FieldKind::beyond;
}

std::string FieldReader::level(std::string_view field) const {
  field = trimmed(field);
  const std::optional<double> v = number(field);
  if (!v || !std::isfinite(*v)) return std::string(field);
  char out[40];
  // Zero has one text, too.
  return {out, std::to_chars(out, out + sizeof out, *v == 0 ? 0.0 : *v).ptr};
}

bool is_date(std::string_view field) {
  size_t lengths[3], at = 0;
  char between = 0;
  for (size_t part = 0; part < 3; ++part) {
    const size_t end = std::min(field.find_first_not_of("0123456789", at), field.size());
    lengths[part] = end - at;
    at = end;
    if (part == 2) break;
    if (at == field.size() || (between && field[at] != between)) return false;
    between = field[at++];
  }
  const auto small = [](size_t n) { return n == 1 || n == 2; };
  const bool year = (lengths[0] == 4 && small(lengths[2])) || (small(lengths[0]) && lengths[2] == 4);
  return year && small(lengths[1]) && (between == '-' || between == '/' || between == '.') &&
         (at == field.size() || field[at] == ' ' || field[at] == 'T');
}

bool is_time(std::string_view field) {
  int parts = 0;
  for (;; field.remove_prefix(1)) {
    const size_t end = std::min(field.find_first_not_of("0123456789"), field.size());
    if (end < 1 || end > 2 || (parts > 0 && end != 2)) return false;
    field.remove_prefix(end);
    ++parts;
    if (field.empty() || field[0] != ':' || parts == 3) break;
  }
  const std::string rest = lower(trimmed(field));
  return parts > 1 && (rest.empty() || rest == "am" || rest == "pm" || rest == "a.m." || rest == "p.m." ||
                       (parts == 3 && rest[0] == '.' && rest.find_first_not_of("0123456789", 1) == rest.npos));
}

}  // namespace cornu
