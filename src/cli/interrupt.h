// Ctrl-C: during training a checkpoint, during predictions no half-written file, then the end.
#pragma once

namespace cornu::cli {

/// While it lives, the first SIGINT, SIGTERM or SIGHUP asks for an orderly end; a second one ends the process at once.
class InterruptScope {
 public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;
};

/// Whether the signal came.
bool interrupt_asked();

}  // namespace cornu::cli
