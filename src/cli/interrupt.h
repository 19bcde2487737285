// Ctrl-C: during training a checkpoint, during predictions no half-written file, then the end.
#pragma once
#include <cornu/callbacks.h>

namespace cornu::cli {

/// Thrown out of fit when the checkpoint is written.
struct Interrupted {
  int64_t epoch = 0;
};

/// While it lives, the first SIGINT or SIGTERM asks for an orderly end; a second one ends the process at once.
class InterruptScope {
 public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;
};

/// Whether the signal came.
bool interrupt_asked();

/// Writes the checkpoint at the next moment at which it is whole, and throws Interrupted. UsageError if a checkpoint of
/// other `data` is taken up.
std::shared_ptr<Callback> checkpoint_on_interrupt(const std::string& path, const std::string& data);

}  // namespace cornu::cli
