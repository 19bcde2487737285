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
  add_worded(field, line);
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

void ColumnScan::add_worded(std::string_view field, uint64_t line) {
  const std::string_view behind = word_behind(field);
  const std::optional<BareNumber> number = behind.empty() ? std::nullopt : bare_number(field, behind);
  const Styles these = number ? styles_of(number->digits) : kNoStyle;
  if (!these) {
    if (first_wordless.line == 0) first_wordless = {std::string(field), line};
    return;
  }
  if (worded++ == 0)
    word = behind, first_worded = {std::string(field), line};
  else if (first_other_word.line == 0 && behind != word)
    first_other_word = {std::string(field), line};
  worded_styles &= these;
  if (number->digits.find_first_of(".,") == number->digits.npos)
    ++worded_whole, worded_largest = std::max(worded_largest, parse_number(number->digits).value_or(0));
  else
    worded_grouped += (these & kPointStyles) && (these & kCommaStyles);
}

void ColumnScan::take_word_as_unit(bool sure) {
  constexpr size_t kFewForKinds = 20;
  if (worded == 0 || worded != plain_texts() || first_other_word.line || with_unit > 0) return;
  if (!sure && !too_many && levels.size() <= kFewForKinds) return;
  styled += worded, with_unit += worded, wholes += worded_whole, grouped += worded_grouped;
  largest_whole = std::max(largest_whole, worded_largest);
  styles &= worded_styles;
  unit = word;
  worded = 0;
}

std::string ColumnScan::about_units() const {
  if (worded * 2 <= texts) return "";
  const std::string what = text("numbers with a unit, as '{}' in line {}", first_worded.field, first_worded.line);
  if (first_other_word.line)
    return what + text(", but '{}' in line {}; make the units one", first_other_word.field, first_other_word.line);
  if (first_wordless.line == 0) return what + "; without it in the file, they are read as numbers";
  return what + text(", but '{}' in line {}; ", first_wordless.field, first_wordless.line) +
         in_words_of("correct it, or name it in missing if it means that",
                     text("correct it, or give --missing '{}' if it means that", first_wordless.field));
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

/// "'TRUE', 'True', 'yes'"
static std::string quoted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "'" : ", '") + name + "'";
  return out;
}

bool ColumnScan::merge_truth_values(bool keep_words, const std::string& way_out) {
  if (too_many || numbers > 0 || levels.size() < 2 || !are_truth_values(levels)) return false;
  struct Side {
    int64_t rows = 0;
    std::map<std::string, int64_t> words;  // in small letters, with their rows
    std::vector<std::string> spellings;
    std::string name;
  } sides[2];
  std::map<std::string, std::pair<int64_t, std::string>> most;  // By small letters: the spelling that is there most.
  for (const auto& [spelling, count] : levels) {
    const std::string word = lower(spelling);
    Side& side = sides[*truth_value(word)];
    side.rows += count, side.words[word] += count;
    side.spellings.push_back(spelling);
    auto& best = most[word];
    if (count > best.first || (count == best.first && spelling < best.second)) best = {count, spelling};
  }
  const bool one_pair = most.size() == 2;
  if (!one_pair && keep_words) return false;
  any_case = true;
  const bool fewer = levels.size() > 2;
  // The names are those of one pair of words, as "True" and "FALSE".
  const auto [no, yes] = main_truth_pair(sides[0].words, sides[1].words);
  sides[0].name = most.at(no).second, sides[1].name = most.at(yes).second;
  if (fewer && one_pair)
    about_spellings = text("its {} spellings, which differ in capital letters alone, are taken for 2", levels.size());
  else if (fewer)
    about_spellings =
        text("its {} spellings of two truth values are taken for '{}' ({}) and '{}' ({}){}", levels.size(),
             sides[1].name, quoted(sides[1].spellings), sides[0].name, quoted(sides[0].spellings), way_out);
  levels.clear();
  for (const Side& side : sides) levels[side.name] = side.rows;
  return true;
}

std::string ColumnScan::about_case() const {
  if (any_case || texts == 0) return "";
  std::map<std::string, std::string> seen;
  std::string first, second, no_truth;
  int64_t others = 0, truths = 0;
  for (const std::string& level : sorted_levels()) {
    const auto [before, is_new] = seen.emplace(lower(level), level);
    if (truth_value(lower(level)))
      ++truths;
    else if (no_truth.empty())
      no_truth = level;
    if (is_new) continue;
    if (first.empty())
      first = before->second, second = level;
    else
      ++others;
  }
  if (first.empty()) return "";
  std::string out = text("'{}' and '{}', which differ in capital letters alone, count as two", first, second);
  if (others) out += text(", and so do {} more", others);
  if (truths > 2 && truths + 1 == static_cast<int64_t>(levels.size()))
    out +=
        text("; but for '{}' all are truth values, and would become two: ", no_truth) +
        in_words_of("name it in missing if it means no value", text("--missing '{}' if it means no value", no_truth));
  return out;
}

}  // namespace cornu
