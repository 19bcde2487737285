// What people give that is no table of text, told by its first bytes.
#pragma once
#include <string>
#include <string_view>

namespace cornu {

/// "is an Excel file; save it as CSV", of files that are of another kind and say so; else "".
std::string not_a_table(std::string_view start);

}  // namespace cornu
