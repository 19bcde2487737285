// Fields of a CSV record to numbers, as a schema says.
#pragma once
#include <cornu/data.h>

#include <functional>
#include <string_view>
#include <unordered_map>

#include "data/csv_columns.h"

namespace cornu {

/// Looks text up without making strings.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
};
template <class T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

/// The text of a level: numbers in their shortest form, so that "1" and "1.0" are one.
std::string level_text(std::string_view field);
/// Nothing if it is missing: no value, or one that no float holds. `bad` if it is text.
std::optional<double> number_in(std::string_view trimmed_field, bool& bad);

class RowEncoder {
 public:
  /// Finds the columns of the schema in the file.
  RowEncoder(const TableSchema& schema, const CsvReader& reader, const std::string& path, bool need_target);
  bool has_target() const { return target_ >= 0; }
  /// False if the target is missing.
  bool read_target(const std::vector<std::string_view>& fields, uint64_t line);
  /// Places of missing numbers (in the row) are appended.
  void read_features(const std::vector<std::string_view>& fields, uint64_t line, float* out,
                     std::vector<int64_t>& missing);
  /// Of the last row: the class or the number.
  float target() const { return value_; }
  /// Columns in which texts were met that are none of the levels.
  std::vector<UnknownLevels> unknown() const;

 private:
  struct Source {
    size_t field;
    const Column* column;
    TextMap<int64_t> places;  ///< Of the levels.
    UnknownLevels unknown{};
  };
  void find_by_name(const CsvReader& reader, bool need_target);
  void find_by_position(const CsvReader& reader, bool need_target);

  const TableSchema& schema_;
  std::string path_;
  std::vector<Source> sources_;
  std::ptrdiff_t target_ = -1;
  TextMap<int64_t> classes_;
  int64_t width_;
  float value_ = 0;
};

}  // namespace cornu
