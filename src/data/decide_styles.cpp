// Weighing what is in the columns. "1.234" is a number in two styles; a file has one.
#include "data/decide_styles.h"

namespace cornu {
namespace {

struct Decider {
  char decimal, separator;
  bool commas = false, points = false;  ///< What marks decimals somewhere in the file, without doubt.
  bool commas_in_doubt = false;

  static bool holds_numbers(const ColumnScan& s) { return s.numbers + s.styled > 0 && s.plain_texts() == 0; }

  /// "1.234" beside "970": decimals that end in no zero would have three digits all by chance, and decimals of a fixed
  /// number of digits would not be left out.
  static bool parts_thousands(const ColumnScan& s) {
    constexpr int64_t kSure = 20;
    return s.grouped + s.points_fit >= kSure && s.wholes > 0 && s.largest_whole < 1000;
  }

  void look_at(const ColumnScan& s) {
    const Styles p = s.possible_styles();
    if (!holds_numbers(s) || (s.styled == 0 && s.points == 0) || p == kNoStyle) return;
    const bool point_styles = p & kPointStyles, comma_styles = p & kCommaStyles;
    // Between commas, a decimal comma may be a mistake of quoting.
    if (!point_styles) (separator != ',' || !(p & style_bit(',', 0)) ? commas : commas_in_doubt) = true;
    if (!comma_styles) points = true;
    if (!point_styles || !comma_styles || !parts_thousands(s)) return;
    if (p & style_bit('.', 0) && !(p & style_bit(',', 0))) commas = true;
    if (p & style_bit(',', 0) && !(p & style_bit('.', 0))) points = true;
  }

  /// The plainest style of those.
  static std::optional<NumberStyle> plainest(const ColumnScan& s, Styles p) {
    for (const char other : {'\0', 'o', ' ', '\''})
      for (const char mark : {'.', ','}) {
        const char thousands = other == 'o' ? (mark == '.' ? ',' : '.') : other;
        if (p & style_bit(mark, thousands)) return s.style_with(mark, thousands);
      }
    return std::nullopt;
  }

  std::optional<NumberStyle> style_of(const ColumnScan& s) const {
    const Styles p = s.possible_styles();
    if (!holds_numbers(s) || s.units_differ || s.with_parentheses == s.present()) return std::nullopt;
    if (s.unit == "%" && s.with_unit < s.present()) return std::nullopt;
    if (decimal) return plainest(s, p & (decimal == ',' ? kCommaStyles : kPointStyles));
    const Styles with_points = p & kPointStyles, with_commas = p & kCommaStyles;
    const bool plain_points = p & style_bit('.', 0), plain_commas = p & style_bit(',', 0);
    if (!with_commas) return plainest(s, p);
    if (!with_points) return separator == ',' && plain_commas && !commas ? std::nullopt : plainest(s, with_commas);
    if (plain_points == plain_commas) return plainest(s, commas && !points ? with_commas : with_points);
    if (plain_points) return plainest(s, (commas && !points) || parts_thousands(s) ? with_commas : with_points);
    if (commas && points) return parts_thousands(s) ? plainest(s, with_points) : std::nullopt;
    if (commas) return plainest(s, with_commas);
    if (points || (separator == ',' && !commas_in_doubt) || parts_thousands(s)) return plainest(s, with_points);
    return std::nullopt;
  }
};

}  // namespace

bool decide_styles(std::vector<ColumnScan>& columns, char decimal, char separator) {
  Decider d{decimal, separator};
  for (const ColumnScan& s : columns) d.look_at(s);
  bool found = false, thousands = false;
  for (ColumnScan& s : columns) {
    if (s.styled == 0 && s.points == 0) continue;  // It says nothing of marks.
    const std::optional<NumberStyle> style = d.style_of(s);
    if (!style || (*style == s.fields.style() && s.styled == 0)) continue;
    s.fields.set_style(*style);
    s.style_found = true;
    s.take_marks_as_missing();
    found = true;
    thousands |= style->thousands == '.';
  }
  // Whole numbers may have fractions in other files, or become larger.
  for (ColumnScan& s : columns)
    if (d.commas && !d.decimal && s.numbers == s.wholes && s.numbers > 0 && s.texts == 0)
      s.fields.set_style({',', thousands ? '.' : '\0', {}, false}), found = true;
  return found;
}

}  // namespace cornu
