// CSVLogger and LambdaCallback.
#include <cornu/callbacks/logging.h>
#include <cornu/describe.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "io/json.h"

namespace cornu {
namespace {

using namespace callbacks;

/// Opened at the first epoch, so that a checkpoint can first say how much of the file is still true.
struct CsvCallback final : Callback {
  CSVLoggerConfig c;
  std::vector<std::string> keys;
  std::FILE* file = nullptr;
  bool header = true;
  int64_t kept = -1;  ///< Bytes of the file that a checkpoint knows.

  explicit CsvCallback(CSVLoggerConfig config) : c(std::move(config)) {
    if (c.filename.empty()) throw ConfigError("CSVLogger", "needs a filename");
  }
  ~CsvCallback() override { close(); }
  void close() {
    if (file) std::fclose(file);
    file = nullptr;
  }
  void on_train_begin() override {
    close();
    keys.clear();
    kept = -1;
    header = true;
  }
  void on_train_end(const Logs&) override { close(); }

  void open() {
    std::error_code none;
    const std::filesystem::path path = std::string(c.filename);
    const auto size = std::filesystem::file_size(path, none);
    const bool there = !none;
    if (kept >= 0 && there && size > static_cast<uintmax_t>(kept))
      std::filesystem::resize_file(path, static_cast<uintmax_t>(kept), none);
    if (c.append && kept < 0) header = !there || size == 0;
    file = std::fopen(c.filename.c_str(), c.append || kept >= 0 ? "ab" : "wb");
    if (!file) throw FileError(c.filename, text("the file must be writable: {}", std::strerror(errno)));
  }
  void on_epoch_end(int64_t epoch, Logs& logs) override {
    if (!file) open();
    if (keys.empty()) choose_keys(logs);
    if (header) {
      std::string line = "epoch";
      for (const std::string& key : keys) line += c.separator + key;
      std::fprintf(file, "%s\r\n", line.c_str());
      header = false;
    }
    std::string line = std::to_string(epoch);
    for (const std::string& key : keys) {
      const double* v = logs.find(key);
      line += c.separator + (v ? shortest_text(*v) : "NA");
    }
    std::fprintf(file, "%s\r\n", line.c_str());
    if (std::fflush(file) != 0)
      throw FileError(c.filename, text("the file must be writable: {}", std::strerror(errno)));
  }
  /// Those of the first epoch; with validation_freq > 1 it has no validation yet, so the names are added.
  void choose_keys(const Logs& logs) {
    for (const auto& entry : logs) keys.push_back(entry.first);
    std::sort(keys.begin(), keys.end());
    const auto of_validation = [](const std::string& key) { return key.rfind("val_", 0) == 0; };
    if (std::any_of(keys.begin(), keys.end(), of_validation)) return;
    const std::vector<std::string> plain = keys;
    for (const std::string& key : plain) keys.push_back("val_" + key);
  }
  Value state() const override {
    Value v = Value::object();
    v["keys"] = Codec<std::vector<std::string>>::to_value(keys);
    v["header"] = header;
    v["bytes"] = file ? static_cast<int64_t>(std::ftell(file)) : kept;
    return v;
  }
  void set_state(const Value& v, const std::vector<Tensor>&) override {
    keys = Codec<std::vector<std::string>>::from_value(v.at("keys"));
    header = v.at("header").as_bool();
    kept = v.at("bytes").as_int();
  }
};

struct LambdaCallbackImpl final : Callback {
  LambdaCallbackConfig c;
  explicit LambdaCallbackImpl(LambdaCallbackConfig config) : c(std::move(config)) {}
  bool wants_batches() const override { return c.on_train_batch_begin || c.on_train_batch_end; }
  void on_epoch_begin(int64_t epoch) override {
    if (c.on_epoch_begin) c.on_epoch_begin(epoch);
  }
  void on_epoch_end(int64_t epoch, Logs& logs) override {
    if (c.on_epoch_end) c.on_epoch_end(epoch, logs);
  }
  void on_train_begin() override {
    if (c.on_train_begin) c.on_train_begin();
  }
  void on_train_end(const Logs& logs) override {
    if (c.on_train_end) c.on_train_end(logs);
  }
  void on_train_batch_begin(int64_t batch) override {
    if (c.on_train_batch_begin) c.on_train_batch_begin(batch);
  }
  void on_train_batch_end(int64_t batch, const std::function<Logs()>& logs) override {
    if (c.on_train_batch_end) c.on_train_batch_end(batch, logs);
  }
};

}  // namespace

namespace callbacks {

std::shared_ptr<Callback> CSVLogger(CSVLoggerConfig c) { return std::make_shared<CsvCallback>(std::move(c)); }
std::shared_ptr<Callback> LambdaCallback(LambdaCallbackConfig c) {
  return std::make_shared<LambdaCallbackImpl>(std::move(c));
}

}  // namespace callbacks
}  // namespace cornu
