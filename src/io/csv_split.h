// The two passes over a CSV record: where it ends, and what its fields are.
#pragma once
#include <functional>
#include <string_view>
#include <vector>

namespace cornu {

struct CsvRecord {
  bool complete = false;    ///< The end is in sight.
  bool open_quote = false;  ///< The file ends inside quotes.
  bool has_quote = false;
  size_t length = 0;   ///< With the line end; 0 at the end of the file.
  size_t content = 0;  ///< Without the line end.
  size_t lines = 0;    ///< Line ends within.
};

/// Looks at the record that `bytes` start with; `last` tells that nothing follows them.
CsvRecord find_record(std::string_view bytes, char separator, bool last);

/// Splits a record in place: doubled quotes are made single, so it can be done once.
/// `bad_quote(field)` is called when something other than a separator follows a quoted field, and must throw.
void split_record(char* start, size_t length, char separator, bool has_quote, std::vector<std::string_view>& fields,
                  const std::function<void(size_t)>& bad_quote);

}  // namespace cornu
