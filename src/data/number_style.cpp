// Taking numbers apart.
#include "data/number_style.h"

#include <algorithm>

#include "data/field.h"
#include "io/csv.h"

namespace cornu {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Cuts it off the front or the end.
bool take_front(std::string_view& s, std::string_view what) {
  if (!s.starts_with(what)) return false;
  s.remove_prefix(what.size());
  return true;
}
bool take_back(std::string_view& s, std::string_view what) {
  if (!s.ends_with(what)) return false;
  s.remove_suffix(what.size());
  return true;
}

/// Hyphen, minus, en dash.
constexpr std::string_view kMinus[] = {"-", "\xE2\x88\x92", "\xE2\x80\x93"};
constexpr std::string_view kUnits[] = {"%",
                                       "$",
                                       "\xE2\x82\xAC" /* euro */,
                                       "\xC2\xA3" /* pound */,
                                       "\xC2\xA5" /* yen */,
                                       "\xE2\x82\xB9" /* rupee */,
                                       "EUR",
                                       "USD",
                                       "GBP",
                                       "CHF",
                                       "JPY",
                                       "INR",
                                       "Rs.",
                                       "Rs"};

/// Spaces and apostrophes of all kinds become one; false for what no number has.
bool clean_digits(std::string_view from, std::string& out) {
  bool exponent = false;
  while (!from.empty()) {
    const char c = from[0];
    if (is_digit(c) || c == '.' || c == ',' || c == '\'' || c == ' ') {
      out += c;
    } else if ((c == 'e' || c == 'E') && !exponent) {
      exponent = true;
      out += c;
    } else if ((c == '-' || c == '+') && (out.back() == 'e' || out.back() == 'E')) {
      out += c;
    } else {
      if (take_front(from, "\xE2\x80\x99"))
        out += '\'';
      else if (const size_t n = space_at(from))
        out += ' ', from.remove_prefix(n);
      else
        return false;
      continue;
    }
    from.remove_prefix(1);
  }
  return true;
}

/// "12,34,567", as in India: groups of two digits before the last of three.
bool is_grouped_by_twos(std::string_view whole) {
  if (whole.size() < 8 || whole[0] == '0') return false;
  for (size_t i = 0; i < whole.size(); ++i) {
    const size_t from_end = whole.size() - 1 - i;  // marks are the 4th, the 7th, the 10th, ...
    if (from_end >= 3 && from_end % 3 == 0 ? whole[i] != ',' : !is_digit(whole[i])) return false;
  }
  return true;
}

/// "1.234.567" before the decimals: the first group has one to three digits, the others three.
bool is_grouped(std::string_view whole, char mark) {
  if (mark == ',' && is_grouped_by_twos(whole)) return true;
  const size_t first = whole.find(mark);
  if (first == 0 || first > 3 || whole[0] == '0') return false;
  for (size_t at = first; at < whole.size(); at += 4)
    if (whole[at] != mark || at + 4 > whole.size() || !std::all_of(&whole[at + 1], &whole[at] + 4, is_digit))
      return false;
  return std::all_of(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(first), is_digit);
}

std::optional<double> read_digits(const std::string& digits, char decimal, char thousands) {
  const size_t point = std::min(digits.find(decimal), digits.size());
  const std::string_view whole = std::string_view(digits).substr(0, point);
  std::string plain;
  if (thousands && whole.find(thousands) != whole.npos) {
    if (!is_grouped(whole, thousands)) return std::nullopt;
    std::copy_if(whole.begin(), whole.end(), std::back_inserter(plain), is_digit);
  } else {
    if (whole.find('.') != whole.npos) return std::nullopt;  // It would pass for a decimal point below.
    plain = whole;
  }
  if (point < digits.size()) {
    const std::string_view rest = std::string_view(digits).substr(point + 1);
    if (rest.find_first_of(".,") != rest.npos) return std::nullopt;
    plain += '.';
    plain += rest;
  }
  if (plain.find_first_of(" ',") != plain.npos) return std::nullopt;
  return parse_number(plain);
}

}  // namespace

std::optional<BareNumber> bare_number(std::string_view field, std::string_view own) {
  BareNumber out;
  bool sign = false;
  for (std::string_view left = trimmed(field);; left = trimmed(left)) {
    if (left.empty()) return std::nullopt;
    const size_t before = left.size();
    if (!out.parentheses && left.front() == '(' && left.back() == ')' && left.size() > 2) {
      left = left.substr(1, left.size() - 2);
      out.parentheses = out.negative = true;
    } else if (!sign) {
      for (const std::string_view minus : kMinus) sign = sign || take_front(left, minus);
      out.negative |= sign;
      if (!sign) sign = take_front(left, "+");
    }
    for (const std::string_view unit : kUnits)
      if (out.unit.empty() && ((unit != "%" && take_front(left, unit)) || take_back(left, unit))) out.unit = unit;
    if (out.unit.empty() && !own.empty() && take_back(left, own)) out.unit = own;
    if (left.size() != before) continue;
    if (sign && out.parentheses) return std::nullopt;
    if (!is_digit(left[0]) && left[0] != '.' && left[0] != ',') return std::nullopt;
    if (!clean_digits(left, out.digits)) return std::nullopt;
    return out;
  }
}

std::string_view word_behind(std::string_view field) {
  constexpr size_t kLongest = 12;
  const size_t at = field.find_first_not_of("0123456789.,'+- ");
  if (at == field.npos || at == 0 || field.size() - at > kLongest) return {};
  const std::string_view word = trimmed(field.substr(at));
  if (word.empty()) return {};
  const bool last_may_be_digit = word.back() == '2' || word.back() == '3';
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
    const bool joins = i > 0 && (c == '/' || c == '.' || c == '^' || c == '*');
    if (!letter && !joins && !(i > 0 && last_may_be_digit && i + 1 == word.size())) return {};
  }
  return word;
}

Styles styles_of(const std::string& digits) {
  Styles out = kNoStyle;
  for (const char decimal : {'.', ','})
    for (const char thousands : {'\0', decimal == '.' ? ',' : '.', ' ', '\''})
      if (read_digits(digits, decimal, thousands)) out |= style_bit(decimal, thousands);
  return out;
}

std::optional<double> number_in_style(std::string_view field, const NumberStyle& style) {
  const std::optional<BareNumber> bare = bare_number(field, style.unit);
  if (!bare || (!bare->unit.empty() && bare->unit != style.unit) || (bare->parentheses && !style.parentheses))
    return std::nullopt;
  // A share of one and one of a hundred look alike.
  if (style.unit == "%" && bare->unit.empty()) return std::nullopt;
  const std::optional<double> v = read_digits(bare->digits, style.decimal, style.thousands);
  return v && bare->negative ? -*v : v;
}

bool has_other_minus(std::string_view field) {
  return field.size() > 3 && (field.starts_with(kMinus[1]) || field.starts_with(kMinus[2]));
}

std::string described(const NumberStyle& style) {
  std::string out;
  const auto add = [&](const std::string& one) { out += (out.empty() ? "" : ", ") + one; };
  if (style.thousands) {
    add(text("'{}' between thousands", style.thousands));
    add(text("'{}' before decimals", style.decimal));
  }
  if (!style.unit.empty()) add(text("'{}' left out", style.unit));
  if (style.parentheses) add("those in parentheses negative");
  return out;
}

}  // namespace cornu
