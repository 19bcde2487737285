// Which words.
#include "data/wording.h"

#include <atomic>

namespace cornu {

static std::atomic<bool> by_flags{false};

void advise_by_flags() { by_flags = true; }
std::string in_words_of(const std::string& library, const std::string& command_line) {
  return by_flags ? command_line : library;
}

}  // namespace cornu
