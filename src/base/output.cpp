// The one place that knows where messages go.
#include "base/output.h"

#include <unistd.h>

#include <cstdio>
#include <mutex>

namespace cornu {
namespace {

struct Sink {
  std::mutex mutex;
  std::function<void(const std::string&)> write, warn;
  bool terminal = false;
};
Sink& sink() {
  static Sink* s = new Sink;  // never destroyed: threads may still talk at exit
  return *s;
}

}  // namespace

void set_output(std::function<void(const std::string&)> write, bool terminal,
                std::function<void(const std::string&)> warn) {
  const std::lock_guard lock(sink().mutex);
  sink().warn = std::move(warn);
  sink().write = std::move(write);
  sink().terminal = terminal;
}

static void put(const std::string& line, std::function<void(const std::string&)> Sink::*to, std::FILE* otherwise) {
  std::function<void(const std::string&)> write;
  {
    const std::lock_guard lock(sink().mutex);
    write = sink().*to;
  }
  if (write) return write(line);
  std::fputs(line.c_str(), otherwise);
  std::fflush(otherwise);
}

void say(const std::string& line) { put(line, &Sink::write, stdout); }
void warn(const std::string& line) { put(line, &Sink::warn, stderr); }

bool says_to_terminal() {
  const std::lock_guard lock(sink().mutex);
  return sink().write ? sink().terminal : isatty(1) != 0;
}

}  // namespace cornu
