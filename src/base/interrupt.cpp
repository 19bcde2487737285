// The check that a program has set.
#include "base/interrupt.h"

#include <utility>

namespace cornu {
namespace {

std::function<void()>& interrupt_check() {
  static auto* look = new std::function<void()>;  // threads may outlive static objects
  return *look;
}

}  // namespace

void set_interrupt_check(std::function<void()> look) { interrupt_check() = std::move(look); }

void check_interrupt() {
  if (const std::function<void()>& look = interrupt_check()) look();
}

}  // namespace cornu
