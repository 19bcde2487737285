// cornu info: what this program runs on.
#include <cornu/version.h>

#include <cstdio>

#include "base/cpu_info.h"
#include "base/parallel.h"
#include "cli/command.h"
#include "cli/report.h"

namespace cornu::cli {

static int info() {
  std::string levels;
  for (const Isa level : available_isas()) levels += (levels.empty() ? "" : ", ") + std::string(isa_name(level));
  std::printf("%s", aligned({{"cornu", CORNU_VERSION},
                             {"processor", cpu_name()},
                             {"instructions", text("{} (of {})", isa_name(active_isa()), levels)},
                             {"threads", std::to_string(thread_count())}})
                        .c_str());
  return kDone;
}

void add_info(CLI::App& app, Run& run) {
  CLI::App& c = *app.add_subcommand("info", "Show version, processor and threads");
  c.footer("Example:\n  cornu info\nCORNU_NUM_THREADS and CORNU_ISA change what is used.");
  c.callback([&run] { run = info; });
}

}  // namespace cornu::cli
