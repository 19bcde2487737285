// What the first pass over a CSV file sees in one column.
#pragma once
#include <cornu/data.h>

#include <cmath>

#include "data/field.h"

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
  bool marks_missing = false;  ///< Marks are missing fields; otherwise it is not decided yet what they are.

  int64_t numbers = 0, texts = 0, marks = 0, missing = 0, beyond = 0;
  int64_t dates = 0, decimal_commas = 0, thousands = 0;  ///< Among the texts, as long as all are.
  Example first_text, first_mark, first_beyond;
  double largest_beyond = 0;
  double mean = 0, squares = 0, min = INFINITY, max = -INFINITY;
  bool integers = true, points = false;
  TextMap<int64_t> levels;
  bool too_many = false;  ///< More levels than are kept.

  static constexpr size_t kLevelLimit = 1000;

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
  /// Texts with a comma are numbers that are not read as such.
  bool has_commas() const;
  /// "numbers with decimal commas, as ...", for messages.
  std::string about_commas() const;
  /// "; 900 are numbers, but not ...", of texts that are numbers for the greater part; else "".
  std::string about_mixture() const;
  /// Float32 does not hold the differences of its numbers, as with seconds since 1970.
  bool loses_spread() const;
  /// A sentence on that.
  std::string about_spread() const;
  std::vector<std::string> sorted_levels() const;

 private:
  void add_number(std::string_view field, double v);
  void add_text(std::string_view field, uint64_t line);
  void add_level(std::string_view field, bool number);
  float farthest() const;
  /// Between the floats at the number that is farthest from 0.
  double float_step() const;

  double last_ = 0;
  int64_t steps_ = 0;  ///< By one.
  bool rises_ = true;
};

}  // namespace cornu
