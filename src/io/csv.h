// CSV files as a stream of records: files of many gigabytes take one block of memory.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cornu {

struct CsvOptions {
  enum class Header { automatic, yes, no };
  char separator = 0;  ///< 0 finds out: tab, ';', ',' or '|'.
  Header header = Header::automatic;
  size_t block = size_t{1} << 20;        ///< Bytes read at a time.
  size_t max_record = size_t{64} << 20;  ///< A longer record means a quote that nobody closed.
};

/// Records of a file by RFC 4180: quoted fields may hold separators, line ends and doubled quotes. Takes CRLF, a
/// byte order mark, and a first line "sep=;" that names the separator, as Excel has it; leaves empty lines out. A
/// record with more or fewer fields than the first is a FileError naming its line.
class CsvReader {
 public:
  explicit CsvReader(const std::string& path, CsvOptions options = {});
  CsvReader(CsvReader&&) noexcept;
  ~CsvReader();

  /// Names of the columns; empty if the file has no header. Automatic: the first record is one if it holds text above
  /// a column of numbers.
  const std::vector<std::string>& header() const;
  /// The first record of all, whether it is the header or not.
  const std::vector<std::string>& first() const;
  char separator() const;
  /// Fields of every record; 0 for an empty file.
  size_t columns() const;
  /// The next record; false at the end. The views last until the next call.
  bool next(std::vector<std::string_view>& fields);
  /// The line on which the last record started, from 1.
  uint64_t line() const;
  /// Back to the first record after the header.
  void rewind();
  /// Where the next record begins: its byte in the file, and its line.
  struct Place {
    uint64_t offset = 0, line = 1;
  };
  Place place() const;
  /// Goes on at a place that this file gave; `block` bytes are read at a time from here on.
  void seek(const Place& place, size_t block);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What pandas takes for missing: "", "NA", "N/A", "NULL", "None", "nan", ...; and "?".
bool is_missing(std::string_view field);
/// The whole field as a number, spaces around it left out; nothing if it is none. What no double holds is infinite or
/// 0.
std::optional<double> parse_number(std::string_view field, char decimal = '.');

/// One line of CSV with its line end; fields are quoted where needed.
std::string csv_line(const std::vector<std::string>& fields, char separator = ',');

}  // namespace cornu
