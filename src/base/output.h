// Writing to where set_output says.
#pragma once
#include <cornu/output.h>

namespace cornu {

void say(const std::string& line);
/// What nobody asked for, to standard error.
void warn(const std::string& line);
/// Whether what is said can be drawn anew.
bool says_to_terminal();

}  // namespace cornu
