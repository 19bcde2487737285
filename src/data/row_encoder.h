// Fields of a CSV record to numbers, as a schema says.
#pragma once
#include <cornu/data.h>

#include "data/csv_columns.h"
#include "data/field.h"

namespace cornu {

/// "finite number ...": what a target must be, for messages.
inline constexpr const char* kTargetNumber = "finite number that float32 holds";

class RowEncoder {
 public:
  /// Finds the columns of the schema in the file. `decimal` 0: as the schema says.
  RowEncoder(const TableSchema& schema, const CsvReader& reader, const std::string& path, bool need_target,
             char decimal);
  bool has_target() const { return target_ >= 0; }
  /// False if the target is missing.
  bool read_target(const std::vector<std::string_view>& fields, uint64_t line);
  /// Places of missing numbers (in the row) are appended.
  void read_features(const std::vector<std::string_view>& fields, uint64_t line, float* out,
                     std::vector<int64_t>& missing);
  /// Of the last row: the class or the number.
  float target() const { return value_; }
  /// Columns in which fields were met that cannot be encoded.
  std::vector<UnknownLevels> unknown() const;

 private:
  struct Source {
    size_t field;
    const Column* column;
    FieldReader fields;
    bool marks_missing;
    TextMap<int64_t> places;  ///< Of the levels, in small letters if those do not matter.
    UnknownLevels unknown{};
  };
  void find_by_name(const CsvReader& reader, bool need_target);
  void find_by_position(const CsvReader& reader, bool need_target);

  const TableSchema& schema_;
  std::string path_;
  std::vector<Source> sources_;
  std::ptrdiff_t target_ = -1;
  FieldReader target_fields_;
  bool target_marks_missing_;
  TextMap<int64_t> classes_;
  int64_t width_;
  float value_ = 0;
};

}  // namespace cornu
