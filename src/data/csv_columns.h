// Opening a CSV file, and what its columns are called.
#pragma once
#include <cornu/data.h>

#include "io/csv.h"

namespace cornu {

/// FileError for a name or level that a model file could not hold.
void need_utf8(const std::string& path, const std::string& name);

/// Also takes the first record for a header, in doubt, if it has all of `known`.
CsvReader open_csv(const std::string& path, char separator, const std::optional<bool>& header,
                   const std::vector<std::string>& known);
/// The same for more rows of the kind that a schema describes.
CsvReader open_csv_as(const TableSchema& schema, const std::string& path, char separator,
                      const std::optional<bool>& header);

/// The names of a file's columns: those of its header; "1", "2", ... for columns without a name.
class CsvColumns {
 public:
  CsvColumns(const std::string& path, const CsvReader& reader);
  const std::vector<std::string>& names() const { return names_; }
  size_t size() const { return names_.size(); }
  /// The column of that name, or of that number from 1; FileError with a suggestion if there is none, and if there are
  /// several.
  size_t find(const std::string& wanted) const;
  /// All columns of that name, or the one of that number.
  std::vector<size_t> find_all(const std::string& wanted) const;
  bool has(const std::string& name) const;
  /// FileError if another column is called like this one.
  void need_only(const std::string& name) const;

 private:
  [[noreturn]] void fail(const std::string& wanted) const;

  std::string path_;
  std::vector<std::string> names_;
  std::string first_line_;  ///< Of a file of one column.
};

}  // namespace cornu
