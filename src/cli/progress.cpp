// Progress that suits hundreds of short epochs.
#include "cli/progress.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "cli/report.h"

namespace cornu::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct BriefProgress final : Callback {
  const bool shown, terminal = isatty(1) != 0;
  Clock::time_point last_shown{};
  explicit BriefProgress(bool show) : shown(show) {}

  int64_t next = 1;
  bool pending = false;

  void on_epoch_end(int64_t epoch, Logs& logs) override {
    if (!shown) return;
    const int64_t n = epoch + 1;
    const Clock::time_point now = Clock::now();
    const double passed = std::chrono::duration<double>(now - last_shown).count();
    const bool show = terminal ? passed > 0.1 : n >= next || passed > 5;
    if (!show && n < params.epochs) {
      pending = true;
      last_epoch = n, last = logs;
      return;
    }
    last_shown = now;
    while (next <= n) next = next * 2 > next + 100 ? next + 100 : next * 2;
    print(n, logs);
  }
  void on_train_end(const Logs&) override {
    if (pending) print(last_epoch, last);
    if (shown && terminal) std::printf("\n");
    std::fflush(stdout);
  }

 private:
  int64_t last_epoch = 0;
  Logs last;
  void print(int64_t epoch, const Logs& logs) {
    pending = false;
    std::printf("%sepoch %4lld", terminal ? "\r\x1b[K" : "", static_cast<long long>(epoch));
    for (const auto& [name, value] : logs) std::printf("   %s %s", name.c_str(), short_number(value).c_str());
    if (!terminal) std::printf("\n");
    std::fflush(stdout);
  }
};

}  // namespace

std::shared_ptr<Callback> brief_progress(bool shown) { return std::make_shared<BriefProgress>(shown); }

}  // namespace cornu::cli
