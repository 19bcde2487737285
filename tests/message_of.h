// What a refusal says.
#pragma once
#include <cornu/error.h>

#include <string>

namespace cornu::testing {

/// The text of the Error that `f` throws.
template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

}  // namespace cornu::testing
