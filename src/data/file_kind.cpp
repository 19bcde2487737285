// Signatures.
#include "data/file_kind.h"

#include <algorithm>
#include <iterator>

namespace cornu {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::string_view bytes;
  const char* what;
};

constexpr Signature kSignatures[] = {
    {"\xFF\xFE"sv, "is UTF-16 text; save it as UTF-8"},
    {"\xFE\xFF"sv, "is UTF-16 text; save it as UTF-8"},
    {"\x1F\x8B"sv, "is compressed; unpack it first, for example with gunzip"},
    {"BZh"sv, "is compressed; unpack it first, for example with bunzip2"},
    {"\xFD"
     "7zXZ\0"sv,
     "is compressed; unpack it first, for example with unxz"},
    {"\x28\xB5\x2F\xFD"sv, "is compressed; unpack it first, for example with unzstd"},
    {"\xD0\xCF\x11\xE0"sv, "is a file of Excel or another program of Office; save it there as CSV"},
    {"PAR1"sv,
     "is a Parquet file; write it as CSV, for example with pandas: read_parquet(...).to_csv(..., index=False)"},
    {"ARROW1"sv,
     "is a Feather file; write it as CSV, for example with pandas: read_feather(...).to_csv(..., index=False)"},
    {"FEA1"sv,
     "is a Feather file; write it as CSV, for example with pandas: read_feather(...).to_csv(..., index=False)"},
    {"\x89HDF\r\n"sv, "is an HDF5 file; write its table as CSV"},
    {"SQLite format 3"sv, "is an SQLite database; write the table as CSV, for example with sqlite3 -header -csv"},
    {"%PDF-"sv, "is a PDF; a table must be CSV text"},
    {"\x93NUMPY"sv, "is a NumPy array; its name must end in .npy, and arrays are given as samples and labels"},
    {"\x80\x04"sv, "is a pickle of Python; write the table as CSV, for example with pandas: to_csv(..., index=False)"},
    {"\x80\x05"sv, "is a pickle of Python; write the table as CSV, for example with pandas: to_csv(..., index=False)"},
    {"\x89PNG"sv, "is an image; images are given as .npz, .npy or IDX"},
    {"\xFF\xD8\xFF"sv, "is an image; images are given as .npz, .npy or IDX"},
};

/// A ZIP archive has the names of its files in its first bytes.
const char* archive(std::string_view start) {
  const auto has = [&](std::string_view name) { return start.find(name) != start.npos; };
  if (has("xl/") || has("[Content_Types].xml")) return "is an Excel file; save it as CSV, in Excel with Save As";
  if (has("mimetypeapplication/vnd.oasis")) return "is a file of LibreOffice; save it there as CSV";
  if (has(".npy")) return "is an .npz file of NumPy; its name must end in .npz";
  if (has("config.json") && has("metadata.json")) return "is a .keras model; the file of the data must come here";
  return "is a ZIP archive; unpack it first, for example with unzip";
}

}  // namespace

std::string not_a_table(std::string_view start) {
  if (start.starts_with("PK\x03\x04")) return archive(start);
  for (const Signature& s : kSignatures)
    if (start.starts_with(s.bytes)) return s.what;
  if (start.starts_with("\xEF\xBB\xBF")) start.remove_prefix(3);
  start.remove_prefix(std::min(start.find_first_not_of(" \t\r\n"), start.size()));
  if (start.empty()) return "";
  const auto next = [&](size_t from) {
    const size_t at = start.find_first_not_of(" \t\r\n", from);
    return at == start.npos ? '\0' : start[at];
  };
  // A header may begin with a bracket, but hardly with one before a quote or another bracket.
  const bool json = (start[0] == '{' && (next(1) == '"' || next(1) == '}')) ||
                    (start[0] == '[' && (next(1) == '{' || next(1) == '['));
  if (json) return "is JSON; write it as CSV, for example with pandas: read_json(...).to_csv(..., index=False)";
  if (start[0] == '<' &&
      (next(1) == '!' || next(1) == '?' || start.starts_with("<html") || start.starts_with("<table")))
    return "is HTML or XML; save the table as CSV";
  return "";
}

}  // namespace cornu
