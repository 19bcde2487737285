// Keras' progress bar.
#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "base/output.h"
#include "train/callback_list.h"

namespace cornu {
namespace {

using Clock = std::chrono::steady_clock;

/// Keras' rule: four decimals, or exponents for tiny values.
std::string number(double v) {
  if (std::isnan(v)) return "nan";  // whatever its sign
  if (std::fabs(v) > 1e-3 || v == 0 || !std::isfinite(v)) return fmt::format("{:.4f}", v);
  return fmt::format("{:.4e}", v);
}

std::string duration(double seconds) {
  if (seconds >= 3600)
    return fmt::format("{}:{:02}:{:02}", static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60) % 60,
                       static_cast<int>(seconds) % 60);
  if (seconds >= 60) return fmt::format("{}:{:02}", static_cast<int>(seconds / 60), static_cast<int>(seconds) % 60);
  return fmt::format("{}s", static_cast<int>(seconds));
}

std::string per_step(double seconds) {
  if (seconds >= 1 || seconds == 0) return fmt::format("{:.0f}s/step", seconds);
  if (seconds >= 1e-3) return fmt::format("{:.0f}ms/step", seconds * 1e3);
  return fmt::format("{:.0f}us/step", seconds * 1e6);
}

class Progress final : public Callback {
 public:
  explicit Progress(const FitParams& p) { params = p; }

  void on_epoch_begin(int64_t epoch) override {
    start_ = Clock::now();
    shown_ = start_;
    if (params.epochs > 1) say(text("Epoch {}/{}\n", epoch + 1, params.epochs));
  }

  void on_train_batch_end(int64_t batch, const std::function<Logs()>& logs) override {
    seen_ = batch + 1;
    if (params.verbose != 1) return;
    const Clock::time_point now = Clock::now();
    if (now - shown_ < std::chrono::milliseconds(100)) return;
    shown_ = now;
    const double passed = seconds(now), done = static_cast<double>(batch + 1);
    const double left = params.steps > 0 ? passed / done * (static_cast<double>(params.steps) - done) : 0;
    line("\r", batch + 1, duration(left), passed / done, logs(), "\x1b[K");
  }

  void on_test_batch_end(int64_t batch, const std::function<Logs()>& logs) override { on_train_batch_end(batch, logs); }
  bool wants_test_batches() const override { return true; }
  void on_predict_batch_end(int64_t batch, const Tree<Tensor>&) override {
    on_train_batch_end(batch, [] { return Logs(); });
  }
  bool wants_predict_batches() const override { return true; }

  void on_epoch_end(int64_t, Logs& logs) override {
    const double passed = seconds(Clock::now());
    const int64_t count = params.steps > 0 ? params.steps : seen_;  // Of a source only the end tells.
    const double steps = static_cast<double>(std::max<int64_t>(1, count));
    if (params.verbose == 1)
      line("\r", count, duration(passed), passed / steps, logs, "\x1b[K\n");
    else
      say(text("{}/{} - {} - {}{}\n", count, count, duration(passed), per_step(passed / steps), metrics(logs)));
  }

 private:
  double seconds(Clock::time_point now) const { return std::chrono::duration<double>(now - start_).count(); }
  static std::string metrics(const Logs& logs) {
    std::string out;
    for (const auto& [name, value] : logs) out += " - " + name + ": " + number(value);
    return out;
  }
  void line(const char* before, int64_t at, const std::string& time, double step, const Logs& logs,
            const char* after) const {
    constexpr int kWidth = 20;
    const int filled = params.steps > 0 ? static_cast<int>(kWidth * at / params.steps) : 0;
    std::string bar;
    for (int i = 0; i < kWidth; ++i) bar += i < filled ? "\u2501" : "\x1b[37m\u2501\x1b[0m";
    const int digits = static_cast<int>(std::to_string(params.steps).size());
    say(fmt::format("{}\x1b[1m{:>{}}/{}\x1b[0m {} \x1b[1m{}\x1b[0m {}{}{}", before, at, digits, params.steps, bar, time,
                    per_step(step), metrics(logs), after));
  }

  Clock::time_point start_{}, shown_{};
  int64_t seen_ = 0;  ///< Batches of the epoch.
};

}  // namespace

int verbosity(int verbose) {
  if (verbose < -1 || verbose > 2)
    throw ConfigError("verbose", text("must be 0, 1, 2 or -1 (by itself), got {}", verbose));
  return verbose >= 0 ? verbose : says_to_terminal() ? 1 : 2;
}

std::shared_ptr<Callback> make_progress(const FitParams& params) {
  return params.verbose > 0 ? std::make_shared<Progress>(params) : nullptr;
}

}  // namespace cornu
