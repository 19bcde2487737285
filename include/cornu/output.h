// Where the progress of training and the messages of callbacks go: the standard output, unless a program says
// otherwise.
#pragma once
#include <cornu/error.h>

#include <functional>
#include <string>

namespace cornu {

/// Sends them to `write` instead, an empty function back to the standard output. `terminal`: whether lines may be drawn
/// anew, as a progress bar does. `warn`: what nobody asked for, as that the data ran out; else to the standard error.
/// Both are called by the thread that trains.
CORNU_API void set_output(std::function<void(const std::string& text)> write, bool terminal = false,
                          std::function<void(const std::string& text)> warn = {});

}  // namespace cornu
