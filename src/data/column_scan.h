// What the first pass over a CSV file sees in one column.
#pragma once
#include <cornu/data.h>

#include <cmath>

#include "data/field.h"
#include "data/number_style.h"

namespace cornu {

struct ColumnScan {
  /// The first field of its kind.
  struct Example {
    std::string field;
    uint64_t line = 0;
  };

  std::string name;
  FieldReader fields;
  bool keeps_levels = false;   ///< Of numbers, too.
  bool style_found = false;    ///< In what it holds, not in other columns.
  bool marks_missing = false;  ///< Marks are missing fields; otherwise it is not decided yet what they are.

  int64_t numbers = 0, texts = 0, marks = 0, missing = 0, beyond = 0;
  int64_t dates = 0, times = 0;  ///< Among the texts, as long as all are.
  /// Texts that are numbers in a style that may not be this column's, and what they have.
  int64_t styled = 0, with_unit = 0, with_parentheses = 0;
  Styles styles = kAllStyles;  ///< In which all numbers and those texts can be read.
  std::string unit;            ///< Of those texts.
  bool units_differ = false;
  /// Texts that are numbers with a word behind them, as "45.1 kg": of a few such kinds are made, as "2 doors"; of many
  /// it is a unit.
  int64_t worded = 0, worded_whole = 0, worded_grouped = 0;
  Styles worded_styles = kAllStyles;
  double worded_largest = 0;
  std::string word;
  Example first_worded, first_other_word, first_wordless;
  Example first_text, first_plain_text, first_mark, first_beyond, first_zero;  ///< The last: of a number as "0123".
  int64_t wholes = 0;  ///< Numbers, and those texts, without a point or comma.
  double largest_whole = 0;
  int64_t grouped = 0;     ///< Those texts whose mark may part thousands or decimals.
  int64_t points_fit = 0;  ///< Numbers whose point has three digits behind it and could part thousands.
  double largest_beyond = 0;
  double mean = 0, squares = 0, min = INFINITY, max = -INFINITY;
  bool integers = true;
  int64_t points = 0;                          ///< Numbers that have one.
  int64_t compact_dates = 0;                   ///< Numbers as 20200131, as long as all are.
  std::unordered_set<int64_t> first_wholes{};  ///< Different ones among the first kFirst numbers.
  TextMap<int64_t> levels;
  bool too_many = false;  ///< More levels than are kept.

  static constexpr size_t kLevelLimit = 1000;
  static constexpr int64_t kFirst = 8192;

  int64_t present() const { return numbers + texts; }
  double variance() const { return numbers > 0 ? squares / static_cast<double>(numbers) : 0; }
  /// To read the rows once more.
  ColumnScan afresh() const;
  void add(std::string_view field, uint64_t line);
  /// What marks are in this column.
  void take_marks_as_missing();
  void take_marks_as_texts();
  /// Whole numbers that rise by one, but for rows that were left out before.
  bool counts_rows() const;
  /// Takes the word behind its numbers for their unit, if all have one and they are too many for kinds, or `sure`.
  void take_word_as_unit(bool sure);
  /// "numbers with a unit, but ...", of texts that are such for the greater part; else "".
  std::string about_units() const;
  /// Texts that are no numbers in any style.
  int64_t plain_texts() const { return texts - styled; }
  /// Styles in which all of the column are numbers.
  Styles possible_styles() const;
  /// All texts are numbers, which are not read as such.
  bool has_unread_numbers() const;
  /// "numbers with decimal commas, as ...", for messages.
  std::string about_unread() const;
  /// Of all that is there, once the texts are known to be numbers of that style.
  NumberStyle style_with(char decimal, char thousands) const;
  /// "; 900 are numbers, but not ...", of texts that are numbers for the greater part; else "".
  std::string about_mixture() const;
  /// Float32 does not hold the differences of its numbers, as with seconds since 1970.
  bool loses_spread() const;
  /// A sentence on that.
  std::string about_spread() const;
  std::vector<std::string> sorted_levels() const;
  /// Truth values, as "TRUE", "true", "yes" and "False": what means the same becomes one, the spelling that is there
  /// most.
  /// `keep_words`: only what differs in capital letters alone. `way_out`: ends the sentence on what was merged.
  bool merge_truth_values(bool keep_words, const std::string& way_out);
  /// "'Paris' and 'paris' ...", of levels that only differ in that, or truth values beside others; else "".
  std::string about_case() const;
  bool any_case = false;  ///< They were merged.
  /// "its 3 spellings ... are taken for 2", of those; else "".
  std::string about_spellings;

 private:
  void add_number(std::string_view field, double v, uint64_t line);
  void note_marks(std::string_view field, double v, uint64_t line);
  void add_text(std::string_view field, uint64_t line);
  void add_styled(const BareNumber& number, Styles these);
  void add_worded(std::string_view field, uint64_t line);
  void add_level(std::string_view field, bool number);
  float farthest() const;
  /// Between the floats at the number that is farthest from 0.
  double float_step() const;

  double last_ = 0;
  int64_t steps_ = 0;  ///< By one.
  bool rises_ = true;
};

}  // namespace cornu
