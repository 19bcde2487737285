// ModelCheckpoint and BackupAndRestore.
#include <cornu/callbacks/saving.h>
#include <cornu/saving.h>
#include <fmt/format.h>

#include <filesystem>

#include "base/output.h"
#include "io/file.h"
#include "io/json.h"
#include "train/callbacks/monitor.h"

namespace cornu {

callbacks::SaveFreq::SaveFreq(const char* name) {
  if (std::string(not_null(name, "save_freq")) != "epoch")
    throw ConfigError("save_freq", text("must be \"epoch\" or a number of batches, got '{}'", name));
}
callbacks::SaveFreq::SaveFreq(int64_t batches) : batches_(batches) {
  if (batches < 1) throw ConfigError("save_freq", text("must be at least 1 batch, got {}", batches));
}

namespace {

using namespace callbacks;
namespace fs = std::filesystem;

/// Counts batches up to the next that is to be saved.
struct BatchCount {
  SaveFreq freq = "epoch";
  int64_t seen = 0;
  bool due() {
    if (freq.each_epoch() || ++seen < freq.batches()) return false;
    seen = 0;
    return true;
  }
};

/// Python's "{name:spec}" with epoch and batch as integers and logs as numbers.
std::string filled(const std::string& pattern, const std::map<std::string, int64_t>& counts, const Logs& logs) {
  std::string out;
  for (size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if ((c == '{' || c == '}') && at + 1 < pattern.size() && pattern[at + 1] == c) {
      out += c;
      ++at;
      continue;
    }
    if (c != '{') {
      out += c;
      continue;
    }
    const size_t end = pattern.find('}', at);
    if (end == std::string::npos) throw ConfigError("ModelCheckpoint", text("filepath '{}' lacks a '}}'", pattern));
    const std::string field = pattern.substr(at + 1, end - at - 1);
    const size_t colon = field.find(':');
    const std::string name = field.substr(0, colon);
    const std::string spec = colon == std::string::npos ? "" : field.substr(colon + 1);
    try {
      const auto count = counts.find(name);
      if (count != counts.end()) {
        out += fmt::format(fmt::runtime("{:" + spec + "}"), count->second);
      } else if (const double* v = logs.find(name)) {
        out += spec.empty() ? shortest_text(*v) : fmt::format(fmt::runtime("{:" + spec + "}"), *v);
      } else {
        std::vector<std::string> known;
        for (const auto& entry : counts) known.push_back(entry.first);
        for (const auto& entry : logs) known.push_back(entry.first);
        throw ConfigError("ModelCheckpoint", text("filepath names '{}', there is only {}", name, known));
      }
    } catch (const fmt::format_error& e) {
      throw ConfigError("ModelCheckpoint", text("filepath '{}': '{}' is no format ({})", pattern, spec, e.what()));
    }
    at = end;
  }
  return out;
}

void make_folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code why;
  if (!folder.empty() && !fs::create_directories(folder, why) && why)
    throw FileError(folder.string(), text("the folder must exist or be makeable: {}", why.message()));
}

struct ModelCheckpointCallback final : Callback {
  ModelCheckpointConfig c;
  Monitor monitor;
  BatchCount count;
  std::optional<double> best;
  int64_t epoch = 0;

  explicit ModelCheckpointCallback(ModelCheckpointConfig config)
      : c(std::move(config)),
        monitor("ModelCheckpoint", c.monitor, c.mode, 0),
        count{c.save_freq},
        best(c.initial_value_threshold) {
    const std::string ending = c.save_weights_only ? ".weights.h5" : ".keras";
    if (c.filepath.size() < ending.size() || c.filepath.substr(c.filepath.size() - ending.size()) != ending)
      throw ConfigError("ModelCheckpoint", text("filepath must end in '{}', got '{}'", ending, c.filepath));
  }
  bool wants_batches() const override { return !c.save_freq.each_epoch(); }
  void on_epoch_begin(int64_t e) override { epoch = e; }
  void on_train_batch_end(int64_t batch, const std::function<Logs()>& logs) override {
    if (count.due()) save(batch, logs());
  }
  void on_epoch_end(int64_t e, Logs& logs) override {
    epoch = e;
    if (c.save_freq.each_epoch()) save(std::nullopt, logs);
  }

  void save(std::optional<int64_t> batch, const Logs& logs) {
    std::map<std::string, int64_t> counts{{"epoch", epoch + 1}};
    if (batch && !logs.find("batch")) counts["batch"] = *batch + 1;
    const std::string path = filled(c.filepath, counts, logs);
    if (!wanted(path, logs)) return;
    make_folder_of(path);
    if (c.save_weights_only)
      model->save_weights(path);
    else
      model->save(path);
    say(text("finished saving model to {}", path));
  }
  bool wanted(const std::string& path, const Logs& logs) {
    if (!c.save_best_only) {
      say(text("saving model to {}", path));
      return true;
    }
    const std::optional<double> current = monitor.value(logs);
    if (!current) return true;  // as Keras: better one too many
    monitor.resolve(*model);
    const std::string before = best ? fmt::format("{:.5f}", *best) : "None";
    if (!monitor.improves(*current, best)) {
      say(text("{} did not improve from {}", c.monitor, before));
      return false;
    }
    say(text("{} improved from {} to {}, saving model to {}", c.monitor, before, fmt::format("{:.5f}", *current),
             path));
    best = current;
    return true;
  }
  void say(const std::string& what) const {
    if (c.verbose > 0) cornu::say(text("\nEpoch {}: {}\n", epoch + 1, what));
  }
  Value state() const override {
    Value v = Value::object();
    v["best"] = optional_value(best);
    v["epoch"] = epoch;
    v["seen"] = count.seen;
    return v;
  }
  void set_state(const Value& v, const std::vector<Tensor>&) override {
    best = optional_double(v.at("best"));
    epoch = v.at("epoch").as_int();
    count.seen = v.at("seen").as_int();
  }
};

struct BackupCallback final : Callback {
  static constexpr const char* kName = "checkpoint.keras";
  BackupAndRestoreConfig c;
  BatchCount count;
  bool due = false;
  fs::path folder;
  std::string file, previous;

  explicit BackupCallback(BackupAndRestoreConfig config) : c(std::move(config)), count{c.save_freq} {
    if (c.backup_dir.empty()) throw ConfigError("BackupAndRestore", "needs a backup_dir");
    folder = std::string(c.backup_dir);
    file = (folder / kName).string();
    previous = file + ".bkp";
  }
  bool wants_batches() const override { return !c.save_freq.each_epoch(); }
  void on_train_begin() override {
    count.seen = 0;
    due = false;
    const bool second = fs::exists(previous);
    if (!fs::exists(file) && !second) return;
    try {
      resume(*model, file);
    } catch (const FileError&) {
      if (!second) throw;
      resume(*model, previous);
    }
  }
  void on_train_batch_end(int64_t, const std::function<Logs()>&) override { due |= count.due(); }
  void on_epoch_end(int64_t, Logs&) override { due |= c.save_freq.each_epoch(); }
  void on_safe_point() override {
    if (!due) return;
    due = false;
    make_folder_of(file);
    if (c.double_checkpoint && fs::exists(file)) write_file_atomically(previous, read_file(file));
    save_checkpoint(*model, file);
  }
  void on_train_end(const Logs&) override {
    if (!c.delete_checkpoint) return;
    remove_files();
    std::error_code none;
    fs::remove(folder, none);  // only if nothing else is in it
  }
  /// The checkpoints, and what a crash left of one that was being written.
  void remove_files() const {
    std::error_code none;
    for (const fs::directory_entry& one : fs::directory_iterator(folder, none))
      if (one.path().filename().string().rfind(kName, 0) == 0) fs::remove(one.path(), none);
  }
  Value state() const override {
    Value v = Value::object();
    v["seen"] = count.seen;
    return v;
  }
  void set_state(const Value& v, const std::vector<Tensor>&) override { count.seen = v.at("seen").as_int(); }
};

}  // namespace

namespace callbacks {

std::shared_ptr<Callback> ModelCheckpoint(ModelCheckpointConfig c) {
  return std::make_shared<ModelCheckpointCallback>(std::move(c));
}
std::shared_ptr<Callback> BackupAndRestore(BackupAndRestoreConfig c) {
  return std::make_shared<BackupCallback>(std::move(c));
}

}  // namespace callbacks
}  // namespace cornu
