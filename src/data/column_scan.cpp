// Gathering what a column holds, and telling of it.
#include "data/column_scan.h"

#include <cornu/error.h>

#include <algorithm>
#include <cstdio>

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
      add_number(field, v);
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

void ColumnScan::add_number(std::string_view field, double v) {
  if (numbers > 0) steps_ += v == last_ + 1, rises_ &= v > last_;
  integers &= v == std::floor(v);
  points = points || field.find('.') != field.npos;
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
  if (!all_so_far(decimal_commas) && !all_so_far(thousands)) return;
  const Commas commas = commas_in(field);
  decimal_commas += all_so_far(decimal_commas) && commas.decimal;
  thousands += all_so_far(thousands) && commas.thousands;
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
  texts += marks;
  marks = 0;
}

bool ColumnScan::counts_rows() const {
  constexpr int64_t kSure = 20;  // Fewer numbers could rise by chance.
  return numbers > 2 && present() == numbers && missing == 0 && beyond == 0 && integers && rises_ &&
         (steps_ == numbers - 1 || (numbers >= kSure && steps_ * 2 > numbers));
}

bool ColumnScan::has_commas() const { return texts > 0 && (decimal_commas == texts || thousands == texts); }

std::string ColumnScan::about_commas() const {
  const std::string where = text(", as '{}' in line {}; ", first_text.field, first_text.line);
  return thousands == texts ? "numbers with commas before each three digits" + where +
                                  "remove them, or set decimal to ',' if that is what they are"
                            : "numbers with decimal commas" + where + "set decimal to ','";
}

std::string ColumnScan::about_mixture() const {
  if (numbers <= texts || texts == 0) return "";
  return text("; {} are numbers, but not '{}' in line {}, to be named in missing if it means that", numbers,
              first_text.field, first_text.line);
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
  if (texts > 0)
    std::sort(out.begin(), out.end());
  else
    std::sort(out.begin(), out.end(),
              [](const std::string& a, const std::string& b) { return *parse_number(a) < *parse_number(b); });
  return out;
}

}  // namespace cornu
