// Reading fields.
#include "data/field.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

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

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string_view trimmed(std::string_view field) {
  const auto space = [](char c) { return c == ' ' || c == '\t'; };
  while (!field.empty() && space(field.front())) field.remove_prefix(1);
  while (!field.empty() && space(field.back())) field.remove_suffix(1);
  return field;
}

bool is_mark(std::string_view field) {
  static constexpr std::string_view kMarks[] = {"-", "--", ".", "na", "n/a", "n.a.", "none", "null"};
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::any_of(std::begin(kMarks), std::end(kMarks), [&](std::string_view mark) {
    return std::equal(mark.begin(), mark.end(), field.begin(), field.end(),
                      [&](char m, char f) { return m == lower(f); });
  });
}

FieldReader::FieldReader(char decimal, const std::vector<std::string>& missing) : decimal_(decimal) {
  if (missing.empty()) return;
  TextSet all;
  for (const std::string& one : missing) all.insert(level(one));
  missing_ = std::make_shared<const TextSet>(std::move(all));
}

bool FieldReader::is_missing(std::string_view field) const {
  // A number that means it does so in any spelling.
  return cornu::is_missing(field) || (missing_ && (missing_->contains(field) || missing_->contains(level(field))));
}

FieldKind FieldReader::read(std::string_view field, double& value) const {
  if (missing_ && is_missing(field)) return FieldKind::missing;
  if (plain_decimal(field, decimal_, value)) return FieldKind::number;
  if (cornu::is_missing(field)) return FieldKind::missing;
  const std::optional<double> v = parse_number(field, decimal_);
  if (!v) return is_mark(field) ? FieldKind::mark : FieldKind::text;
  value = *v;
  return std::fabs(value) <= static_cast<double>(std::numeric_limits<float>::max()) ? FieldKind::number
                                                                                    : FieldKind::beyond;
}

std::string FieldReader::level(std::string_view field) const {
  field = trimmed(field);
  const std::optional<double> v = parse_number(field, decimal_);
  if (!v || !std::isfinite(*v)) return std::string(field);
  char out[40];
  // Zero has one text, too.
  return {out, std::to_chars(out, out + sizeof out, *v == 0 ? 0.0 : *v).ptr};
}

Commas commas_in(std::string_view field) {
  if (field.find(',') == field.npos) return {};
  Commas out;
  out.decimal = parse_number(field, ',').has_value();
  if (field[0] == '-' || field[0] == '+') field.remove_prefix(1);
  size_t at = std::min(field.find(','), field.size());
  out.thousands = at >= 1 && at <= 3 && field[0] >= '1' && std::all_of(field.begin(), field.begin() + at, is_digit);
  while (out.thousands && at < field.size() && field[at] == ',') {
    const std::string_view group = field.substr(at + 1, 3);
    out.thousands = group.size() == 3 && std::all_of(group.begin(), group.end(), is_digit);
    at += 4;
  }
  // A fraction may follow.
  out.thousands &=
      at >= field.size() || (field[at] == '.' && std::all_of(field.begin() + at + 1, field.end(), is_digit));
  return out;
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

}  // namespace cornu
