// Writing checkpoints as time passes, and comparing what they say with what is asked for.
#include "cli/run_checkpoint.h"

#include <cornu/callbacks.h>
#include <cornu/saving.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "cli/command.h"
#include "cli/interrupt.h"
#include "io/json.h"
#include "saving/checkpoint.h"

namespace cornu::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// What the Keeper of the run had said: it is the last of fit's callbacks.
Value state_of_keeper(const Value& training, const std::string& path) {
  const Value* all = training.find("callbacks");
  if (all && all->is_array() && all->size() > 0)
    if (const Value& last = all->as_array().back(); last.is_object() && last.has("settings")) return last;
  throw UsageError(text("'{}' was not written by this version of cornu train", path));
}

std::string joined(const std::vector<std::string>& flags) {
  std::string out;
  for (size_t i = 0; i < flags.size(); ++i) out += (i == 0 ? "" : i + 1 == flags.size() ? " and " : ", ") + flags[i];
  return out;
}

}  // namespace

struct RunCheckpoint::Keeper final : Callback {
  const State& run;
  const std::string data;
  int64_t epoch = 0;
  const double seconds_before;  ///< Of the runs that this one goes on with.
  const Clock::time_point start = Clock::now();
  Clock::time_point due = start + seconds(run.every);
  bool warned = false;

  Keeper(const State& r, std::string d, double before) : run(r), data(std::move(d)), seconds_before(before) {}
  static Clock::duration seconds(double s) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
  }

  void on_epoch_begin(int64_t e) override { epoch = e; }
  void on_safe_point() override {
    if (interrupt_asked()) {
      save_checkpoint(*model, run.path);
      throw Interrupted{epoch + 1};
    }
    if (Clock::now() >= due) save_meanwhile();
  }
  /// At most a hundredth of the time goes into checkpoints, and one that cannot be written ends nothing.
  void save_meanwhile() {
    const Clock::time_point start = Clock::now();
    try {
      save_checkpoint(*model, run.path);
    } catch (const Error& e) {
      if (!warned)
        std::fprintf(stderr, "cornu: warning: there is no checkpoint of this training: %s\n",
                     sentence_of_error(e).c_str());
      warned = true;
    }
    const Clock::time_point end = Clock::now();
    due = end + std::max(seconds(run.every), 100 * (end - start));
  }
  Value state() const override {
    Value v = Value::object();
    v["epoch"] = epoch;
    v["data"] = data;
    v["settings"] = run.settings;
    v["folds"] = run.folds;
    v["epochs"] = run.epochs;
    v["seconds"] = seconds_before + std::chrono::duration<double>(Clock::now() - start).count();
    return v;
  }
  void set_state(const Value& v, const std::vector<Tensor>&) override { epoch = v.at("epoch").as_int(); }
};

RunCheckpoint::RunCheckpoint(std::string path, Value settings, int64_t epochs, double every)
    : state_{std::move(path), std::move(settings), Value::array(), epochs, every} {}

void RunCheckpoint::need_none() const {
  if (fs::exists(path()))
    throw UsageError(
        text("'{}' holds an interrupted run: go on with it by --resume, or delete it to start anew", path()));
}

void RunCheckpoint::read() {
  if (!fs::exists(path())) throw UsageError(text("there is nothing to resume: no file '{}'", path()));
  Value training = checkpoint_values(path());
  const Value ours = state_of_keeper(training, path());
  const Value& theirs = ours.at("settings");
  std::vector<std::string> others;
  for (const auto& [flag, value] : state_.settings.as_object()) {
    const Value* then = theirs.find(flag);
    if (!then || write_json(*then) != write_json(value)) others.push_back(flag);
  }
  if (!others.empty())
    throw UsageError(
        text("'{}' is of a run with another {}; --resume allows no change but of --epochs", path(), joined(others)));
  state_.folds = ours.at("folds");
  if (const int64_t then = ours.at("epochs").as_int(); state_.folds.size() && then != state_.epochs)
    throw UsageError(text("'{}' has folds that are finished {}, which the others must have too", path(),
                          then ? text("with --epochs {}", then) : "without --epochs"));
  found_ = std::move(training);
}

double RunCheckpoint::follow(Model& model, FitConfig& fit, const std::string& data) {
  double before = 0;
  if (!found_.is_null()) {
    const Value training = std::exchange(found_, Value());
    const Value then = state_of_keeper(training, path());
    if (then.at("data").as_string() != data) throw UsageError(text("'{}' is of a training on other data", path()));
    const int64_t reached = training.at("epoch").as_int() + (training.at("batch").as_int() > 0);
    if (reached > fit.epochs)
      throw UsageError(text("the training in '{}' has reached epoch {}, so --epochs must be at least {}, got {}",
                            path(), reached, reached, fit.epochs));
    resume(model, path());
    if (const Value* seconds = then.find("seconds")) before = seconds->as_double();
  }
  fit.callbacks.push_back(std::make_shared<Keeper>(state_, data, before));
  return before;
}

void RunCheckpoint::remove() {
  std::error_code none;
  fs::remove(path(), none);
}

}  // namespace cornu::cli
