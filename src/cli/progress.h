// Progress of training in few lines.
#pragma once
#include <cornu/callbacks.h>

namespace cornu::cli {

/// On a terminal one line that follows training; elsewhere a line now and then, ever more rarely.
std::shared_ptr<Callback> brief_progress(bool shown);

}  // namespace cornu::cli
