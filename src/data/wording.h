// Advice in the words of who reads it: fields of CsvConfig, or flags of the command line.
#pragma once
#include <string>

namespace cornu {

/// From here on in all of the process; the command line calls it before anything else.
void advise_by_flags();
/// One of the two.
std::string in_words_of(const std::string& library, const std::string& command_line);

}  // namespace cornu
