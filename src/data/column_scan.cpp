// Gathering what a column holds, and telling of it.
#include "data/column_scan.h"

#include <cornu/error.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "data/wording.h"
#include "io/csv.h"

namespace cornu {

static std::string rounded(double v) {
  char out[32];
  std::snprintf(out, sizeof out, "%.3g", v);
  return out;
}

ColumnScan ColumnScan::afresh() const {
  ColumnScan out;
  out.name = name;
  out.fields = fields;
  out.keeps_levels = keeps_levels;
  out.style_found = style_found;
  out.marks_missing = marks_missing;
  return out;
}

void ColumnScan::add(std::string_view field, uint64_t line) {
  field = trimmed(field);
  double v = 0;
  FieldKind kind = fields.read(field, v);
  if (kind == FieldKind::mark && marks_missing) kind = FieldKind::missing;
  switch (kind) {
    case FieldKind::missing:
      ++missing;
      return;
    case FieldKind::mark:
      if (marks++ == 0) first_mark = {std::string(field), line};
      break;
    case FieldKind::number:
      add_number(field, v, line);
      break;
    case FieldKind::beyond:
      if (beyond++ == 0) first_beyond = {std::string(field), line};
      largest_beyond = std::max(largest_beyond, std::fabs(v));
      break;
    case FieldKind::text:
      add_text(field, line);
      break;
  }
  const bool number = kind == FieldKind::number || kind == FieldKind::beyond;
  if (!number || keeps_levels) add_level(field, number);
}

static bool is_compact_date(double v) {
  if (!(v >= 19000101 && v <= 21001231) || v != std::floor(v)) return false;
  const int64_t day = static_cast<int64_t>(v) % 100, month = static_cast<int64_t>(v) / 100 % 100;
  return day >= 1 && day <= 31 && month >= 1 && month <= 12;
}

/// "1.234", but not "0.234" or "1.2345": three digits behind the point and one to three before it.
static bool could_be_thousands(std::string_view field, size_t point) {
  if (field[0] == '-' || field[0] == '+') field.remove_prefix(1), --point;
  return point >= 1 && point <= 3 && field[0] != '0' && field.size() == point + 4 &&
         field.find_first_not_of("0123456789", point + 1) == field.npos;
}

/// Until there is no doubt that points mark decimals.
void ColumnScan::note_marks(std::string_view field, double v, uint64_t line) {
  if (const size_t point = field.find('.'); point != field.npos) {
    ++points;
    styles &= kPointStyles | style_bit(',', '.');
    points_fit += could_be_thousands(field, point);
  } else {
    ++wholes;
    largest_whole = std::max(largest_whole, std::fabs(v));
    if (field.size() > 1 && field[0] == '0' && first_zero.line == 0 &&
        field.find_first_not_of("0123456789") == field.npos)
      first_zero = {std::string(field), line};
  }
}

void ColumnScan::add_number(std::string_view field, double v, uint64_t line) {
  if (numbers > 0) steps_ += v == last_ + 1, rises_ &= v > last_;
  integers &= v == std::floor(v);
  if (points == points_fit) note_marks(field, v, line);
  if (compact_dates == numbers) compact_dates += is_compact_date(v);
  if (integers && numbers < kFirst && std::fabs(v) < 1e18) first_wholes.insert(static_cast<int64_t>(v));
  last_ = v;
  ++numbers;
  const double d = v - mean;  // Welford
  mean += d / static_cast<double>(numbers);
  squares += d * (v - mean);
  min = std::min(min, v);
  max = std::max(max, v);
}

void ColumnScan::add_text(std::string_view field, uint64_t line) {
  if (texts++ == 0) first_text = {std::string(field), line};
  const auto all_so_far = [&](int64_t count) { return count + 1 == texts; };  // Most columns of text are neither.
  dates += all_so_far(dates) && is_date(field);
  times += all_so_far(times) && is_time(field);
  if (const std::optional<BareNumber> number = bare_number(field))
    if (const Styles these = styles_of(number->digits)) {
      styles &= these;
      return add_styled(*number, these);
    }
  if (first_plain_text.line == 0) first_plain_text = {std::string(field), line};
}

void ColumnScan::add_styled(const BareNumber& number, Styles these) {
  ++styled;
  if (number.digits.find_first_of(".,") == number.digits.npos)
    ++wholes, largest_whole = std::max(largest_whole, parse_number(number.digits).value_or(0));
  else
    grouped += (these & kPointStyles) && (these & kCommaStyles);
  with_parentheses += number.parentheses;
  if (number.unit.empty()) return;
  units_differ |= with_unit++ > 0 && unit != number.unit;
  unit = number.unit;
}

void ColumnScan::add_level(std::string_view field, bool number) {
  if (too_many) return;
  const auto found = levels.find(field);
  if (found != levels.end()) return void(++found->second);
  ++levels[number ? fields.level(field) : std::string(field)];
  if (levels.size() > kLevelLimit) too_many = true, levels.clear();
}

void ColumnScan::take_marks_as_missing() {
  marks_missing = true;
  missing += marks;
  marks = 0;
  std::erase_if(levels, [](const auto& entry) { return is_mark(entry.first); });
}

void ColumnScan::take_marks_as_texts() {
  if (texts == 0) first_text = first_mark;
  if (first_plain_text.line == 0) first_plain_text = first_mark;
  texts += marks;
  marks = 0;
}

bool ColumnScan::counts_rows() const {
  constexpr int64_t kSure = 20;  // Fewer numbers could rise by chance.
  return numbers > 2 && present() == numbers && missing == 0 && beyond == 0 && integers && rises_ &&
         (steps_ == numbers - 1 || (numbers >= kSure && steps_ * 2 > numbers));
}

Styles ColumnScan::possible_styles() const {
  // Where one point cannot part thousands, none does.
  return points == points_fit ? styles : styles & kPointStyles;
}

bool ColumnScan::has_unread_numbers() const {
  // With nothing but "(1)", "(2)", ... they are names of kinds.
  return texts > 0 && styled == texts && with_parentheses < present();
}

NumberStyle ColumnScan::style_with(char decimal, char thousands) const {
  return {decimal, thousands, unit, with_parentheses > 0};
}

std::string ColumnScan::about_unread() const {
  const std::string where = text(", as '{}' in line {}; ", first_text.field, first_text.line);
  if (units_differ) return "numbers with different units" + where + "make them one";
  if (unit == "%" && with_unit < present())
    return text("numbers of which {} have '%' and {} have not", with_unit, present() - with_unit) + where +
           "write all alike";
  if (possible_styles() == kNoStyle) return "numbers written in different ways" + where + "write all alike";
  if (possible_styles() & kPointStyles)
    return "numbers with commas before each three digits" + where +
           in_words_of("set decimal to ',' if that is what they are, or to '.' if they part thousands",
                       "--decimal , if that is what they are, --decimal . if they part thousands");
  return "numbers with decimal commas" + where + in_words_of("set decimal to ','", "--decimal , reads them");
}

std::string ColumnScan::about_mixture() const {
  if (numbers + styled <= plain_texts() || plain_texts() == 0) return "";
  const Example& one = first_plain_text.line ? first_plain_text : first_text;
  return text("; {} are numbers, but not '{}' in line {}, ", numbers + styled, one.field, one.line) +
         in_words_of("to be named in missing if it means that", text("--missing {} if it means that", one.field));
}

float ColumnScan::farthest() const { return static_cast<float>(std::max(std::fabs(min), std::fabs(max))); }

double ColumnScan::float_step() const {
  return static_cast<double>(farthest()) - static_cast<double>(std::nextafter(farthest(), 0.0f));
}

bool ColumnScan::loses_spread() const {
  // In a standard deviation; with so many, rounding (0.3 steps) is within a hundredth of it.
  constexpr double kSteps = 30;
  return numbers > 0 && min != max && std::sqrt(variance()) < kSteps * float_step();
}

std::string ColumnScan::about_spread() const {
  return text(
      "its standard deviation of {} is lost in float32, which has steps of {} at {}; subtract a constant from it",
      rounded(std::sqrt(variance())), rounded(float_step()), rounded(static_cast<double>(farthest())));
}

std::vector<std::string> ColumnScan::sorted_levels() const {
  std::vector<std::string> out;
  for (const auto& entry : levels) out.push_back(entry.first);
  if (any_case)
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return lower(a) < lower(b); });
  else if (texts > 0)
    std::sort(out.begin(), out.end());
  else
    std::sort(out.begin(), out.end(),
              [](const std::string& a, const std::string& b) { return *parse_number(a) < *parse_number(b); });
  return out;
}

bool ColumnScan::merge_truth_values() {
  static constexpr std::string_view kPairs[][2] = {
      {"true", "false"}, {"yes", "no"}, {"t", "f"}, {"y", "n"}, {"on", "off"}};
  if (too_many || numbers > 0 || levels.size() < 2) return false;
  const bool all = std::any_of(std::begin(kPairs), std::end(kPairs), [&](const auto& pair) {
    return std::all_of(levels.begin(), levels.end(), [&](const auto& entry) {
      const std::string small = lower(entry.first);
      return small == pair[0] || small == pair[1];
    });
  });
  if (!all) return false;
  any_case = true;
  std::map<std::string, std::pair<int64_t, std::string>> most;  // By small letters: the spelling that is there most.
  std::map<std::string, int64_t> sums;
  for (const auto& [spelling, count] : levels) {
    auto& best = most[lower(spelling)];
    if (count > best.first || (count == best.first && spelling < best.second)) best = {count, spelling};
    sums[lower(spelling)] += count;
  }
  if (levels.size() > most.size())
    about_spellings =
        text("its {} spellings, which differ in capital letters alone, are taken for {}", levels.size(), most.size());
  levels.clear();
  for (const auto& [small, best] : most) levels[best.second] = sums.at(small);
  return true;
}

std::string ColumnScan::about_case() const {
  if (any_case || texts == 0) return "";
  std::map<std::string, std::string> seen;
  for (const std::string& level : sorted_levels()) {
    const auto [before, is_new] = seen.emplace(lower(level), level);
    if (!is_new)
      return text("'{}' and '{}', which differ in capital letters alone, count as two", before->second, level);
  }
  return "";
}

}  // namespace cornu
