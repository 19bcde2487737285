// Data: arrays and tables from files, and their splits.
#pragma once
#include <cornu/tensor.h>
#include <cornu/value.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cornu {

/// IDX, plain or gzipped (MNIST's format).
CORNU_API Tensor load_idx(const Text& path);
CORNU_API Tensor load_npy(const Text& path);
CORNU_API std::map<std::string, Tensor> load_npz(const Text& path);
CORNU_API void save_npy(const Text& path, const Tensor& t);
CORNU_API void save_npz(const Text& path, const std::map<std::string, Tensor>& arrays);

// ---- tables

/// How the numbers of a column are written.
struct CORNU_API NumberStyle {
  char decimal = '.';  ///< Or ','.
  char thousands = 0;  ///< Between groups of three digits: '.', ',', ' ' (of any kind), '\''; 0: nothing.
  std::string unit{};  ///< Before or behind them, and left out: "%", "$", "EUR"; other fields need not have it but
                       ///< for "%", where a number without it could be a share of one.
  bool parentheses = false;  ///< "(5)" is -5.
  bool operator==(const NumberStyle&) const = default;
};

/// A column that a model sees, and how its fields become numbers. A value, as all structs of this file: copies are
/// independent, but for the arrays of their tensors.
struct CORNU_API Column {
  std::string name;
  int64_t position = 0;               ///< In the file, from 0.
  bool category = false;              ///< One-hot, one place for each level; otherwise one number.
  std::vector<std::string> levels{};  ///< Of a category, sorted; as numbers if all are numbers.
  bool missing_level = false;         ///< A category whose missing fields have a place of their own, the last.
  bool any_case = false;              ///< "TRUE" and "true" are one level.
  NumberStyle style{};                ///< Of its numbers.
  double offset = 0;                  ///< Subtracted from its numbers where float32 would not hold their differences.
  double fill = 0;                    ///< What a missing number becomes.
  int64_t missing = 0;                ///< Fields without a value.
  double min = 0, max = 0, mean = 0, variance = 0;  ///< Of the numbers that are there, less the offset.

  int64_t width() const { return category ? static_cast<int64_t>(levels.size()) + missing_level : 1; }
};

enum class TargetKind { automatic, number, classes };

/// What the rows of a table are and how they become numbers; found in a file, and kept in a model's metadata so that
/// it can be given raw data.
struct CORNU_API TableSchema {
  std::vector<Column> columns;  ///< In the order of the file.
  struct LeftOut {
    std::string name, why;
  };
  std::vector<LeftOut> left_out;
  struct Note {
    std::string name, text;
  };
  std::vector<Note> notes;  ///< What may be wrong with columns that are used, a sentence each.
  std::string target;       ///< Empty if there is none.
  TargetKind target_kind = TargetKind::number;
  int64_t target_position = -1;
  std::vector<std::string> class_names{};       ///< Of a target of classes; the class number is the place here.
  std::vector<int64_t> class_rows{};            ///< Rows of each class in the file.
  double target_mean = 0, target_variance = 0;  ///< Of a target of numbers.
  NumberStyle target_style{};
  bool target_any_case = false;        ///< "Yes" and "yes" are one class.
  std::vector<std::string> missing{};  ///< Texts that stand for no value, besides the usual ones.
  bool header = true;                  ///< The columns' names are those of the file.
  int64_t file_columns = 0;
  int64_t rows = 0;
  int64_t rows_without_target = 0;  ///< Left out.

  /// Numbers in an encoded row.
  int64_t width() const;
  /// A name for each of those: "age", "sex=male".
  std::vector<std::string> feature_names() const;
  /// What encoding new rows needs, without counts.
  Value to_value() const;
  static TableSchema from_value(const Value& v);
};

/// Texts in a column of kinds that a schema does not know; in one of numbers, those that no float32 holds, which count
/// as missing.
struct UnknownLevels {
  std::string column;
  std::vector<std::string> values;  ///< Different ones, as they came; at most 6.
  int64_t rows = 0;
  bool number = false;  ///< The column is one of numbers.
};

struct CsvConfig {
  Text target{};                        ///< The column to predict, by name or by number from 1; empty: none.
  std::vector<std::string> features{};  ///< The columns to use, in that order; empty: all that are of use.
  std::vector<std::string> ignore{};
  std::vector<std::string> categories{};           ///< Columns that stand for kinds, also if they hold numbers.
  TargetKind target_kind = TargetKind::automatic;  ///< Automatic: classes if text, two values or a few integers.
  char separator = 0;                              ///< 0 finds out: tab, ';', ',' or '|'.
  std::optional<bool> header{};  ///< Nothing: there is one if it is text above numbers, or has the names above.
  /// In numbers, '.' or ','; the other one may then part thousands. 0 finds out: columns all of whose fractions have a
  /// comma, unless it separates fields; and the other one parts thousands where that alone explains a column.
  char decimal = 0;
  /// Texts that stand for no value, besides those that pandas' read_csv takes for it, and "?". In columns of numbers
  /// "-", "." and the like do as well.
  std::vector<std::string> missing{};
  int64_t max_levels = 100;  ///< A column of more different texts is left out, unless in `features` or `categories`.
};

/// A CSV file as numbers. Missing numbers have the mean of their column; `missing` remembers where they were, so that
/// train_test_split can take the mean of the training part instead.
struct CORNU_API Table {
  Tensor x;  ///< (rows, schema.width()) float32
  Tensor y;  ///< (rows): int32 classes or float32 numbers; undefined without a target.
  TableSchema schema;
  std::vector<int64_t> missing;        ///< Places in x, rising.
  std::vector<UnknownLevels> unknown;  ///< A column each.
};
/// Reads the file twice, so it takes no more memory than the numbers. FileError if a row has another number of fields
/// than the first, or if a column of numbers has a few texts; the error names the line.
CORNU_API Table load_csv(const Text& path, const CsvConfig& config = {});
/// The first pass alone.
CORNU_API TableSchema scan_csv(const Text& path, const CsvConfig& config = {});
struct CsvReadConfig {
  char separator = 0;
  std::optional<bool> header{};
  char decimal = 0;          ///< Then the other one may part thousands; 0: as the schema says.
  bool need_target = false;  ///< Otherwise y is undefined if the file lacks the target.
};
/// Rows of another file of the same columns, in any order; more columns do not matter. Without a header they are taken
/// by position. A category that the schema does not know has 0 everywhere, and
/// is told in `unknown`.
CORNU_API Table load_csv_as(const TableSchema& schema, const Text& path, const CsvReadConfig& config = {});

// ---- splits

struct SplitConfig {
  double test = 0.2, validation = 0;  ///< Shares of the rows.
  bool stratify = true;               ///< Classes have the same shares in each part; only for a target of classes.
  uint64_t seed = 0;
};
/// Row numbers, shuffled.
struct SplitRows {
  std::vector<int64_t> train, validation, test;
};
CORNU_API SplitRows split_rows(int64_t rows, const SplitConfig& config = {});
/// Each class within one row of its exact share. `y` as for stratified_k_fold.
CORNU_API SplitRows stratified_split_rows(const Tensor& y, const SplitConfig& config = {});

struct ArraySplit {
  Tensor x_train, y_train, x_validation, y_validation, x_test, y_test;
};
/// Stratified if asked for and y holds integers, class numbers or one-hot rows.
CORNU_API ArraySplit train_test_split(const Tensor& x, const Tensor& y, const SplitConfig& config = {});
struct TableSplit {
  Table train, validation, test;
};
/// Missing numbers in all parts become the means of the training part, and so do the statistics of the schemas.
CORNU_API TableSplit train_test_split(const Table& table, const SplitConfig& config = {});
/// The same with parts that are given.
CORNU_API TableSplit split_table(const Table& table, const SplitRows& rows);

/// Each row is in `test` of exactly one fold and in `train` of the others.
struct Fold {
  std::vector<int64_t> train, test;
};
CORNU_API std::vector<Fold> k_fold(int64_t rows, int64_t k, uint64_t seed = 0);
/// The counts of a class in two folds differ by at most 1, and so do the sizes of folds. `y`: class numbers (n) or
/// (n, 1), or one-hot rows (n, classes).
CORNU_API std::vector<Fold> stratified_k_fold(const Tensor& y, int64_t k, uint64_t seed = 0);
/// A new tensor of these rows.
CORNU_API Tensor take_rows(const Tensor& t, const std::vector<int64_t>& rows);

}  // namespace cornu
