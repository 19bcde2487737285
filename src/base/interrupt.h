// Letting the program that called the engine end what takes long, as Python does at Ctrl-C.
#pragma once
#include <chrono>
#include <functional>

namespace cornu {

/// `look` is called from time to time by the thread that trains, evaluates or predicts, between two batches, without
/// any lock. What it throws ends the call. For the process; set before anything runs.
void set_interrupt_check(std::function<void()> look);

/// Calls it.
void check_interrupt();

/// Looks as often as a person notices, so that tiny batches don't pay for it.
class InterruptClock {
 public:
  void look() {
    const auto now = std::chrono::steady_clock::now();
    const bool begun = next_ != std::chrono::steady_clock::time_point();
    if (begun && now < next_) return;
    next_ = now + std::chrono::milliseconds(20);
    if (begun) check_interrupt();
  }

 private:
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace cornu
