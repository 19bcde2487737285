// JSON text <-> Value, as Python's json module reads and writes it.
#pragma once
#include <string>
#include <string_view>

#include <cornu/value.h>

namespace cornu {

/// Parses one JSON document in UTF-8. Takes NaN, Infinity and -Infinity, which Python writes; refuses duplicate keys,
/// more than 200 levels and more than 256 MiB. Throws FileError with line and column; `who` names the text.
/// Integers that do not fit int64 become doubles.
Value parse_json(std::string_view text, const std::string& who = "JSON");

/// The text that Python's json.dumps(value, indent=indent) gives; indent < 0 is one line.
std::string write_json(const Value& value, int indent = -1);

/// The shortest text that reads back as the same double, as Python's repr: "0.1", "1.0", "1e-07", "nan".
std::string shortest_text(double v);

}  // namespace cornu
