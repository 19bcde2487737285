// Signals.
#include "cli/interrupt.h"

#include <unistd.h>

#include <csignal>

#include "cli/command.h"

namespace cornu::cli {
namespace {

volatile std::sig_atomic_t asked = 0;

void on_signal(int) {
  if (asked) _exit(kInterrupted);
  asked = 1;
}

}  // namespace

InterruptScope::InterruptScope() {
  asked = 0;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  // The terminal was closed; a program under nohup is to go on all the same.
  if (std::signal(SIGHUP, on_signal) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
}
InterruptScope::~InterruptScope() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  if (std::signal(SIGHUP, SIG_DFL) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
}

bool interrupt_asked() { return asked != 0; }

}  // namespace cornu::cli
