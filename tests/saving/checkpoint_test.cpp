// Checkpoints: a training that is killed again and again ends with the bits of one that never stopped.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <random>
#include <thread>

#include "saving/support.h"

using namespace cornu;
using namespace cornu::testing;

namespace {

constexpr int64_t kEpochs = 6, kBatches = 24;

struct Ended {
  Model model;
  History history;
};

/// A training with everything that has a state. An empty folder means no backup; `slow` leaves time to be killed.
Ended train(const std::string& folder, int64_t save_every, bool slow) {
  set_random_seed(11);
  clear_session();
  Sequential model{Input({5}),   Dense(16, {.activation = "relu"}),  Dropout(0.4), Dense(8),
                   Dropout(0.2), Dense(1, {.activation = "sigmoid"})};
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}),
                 .loss = "binary_crossentropy",
                 .metrics = {"accuracy", "mse"}});
  const Tensor x = numbers({kBatches * 8 - 3, 5}, 3), y = labels_of(x);
  const Tensor vx = numbers({40, 5}, 4), vy = labels_of(vx);
  Callbacks all;
  if (!folder.empty())
    all.push_back(callbacks::BackupAndRestore({.backup_dir = folder + "/backup", .save_freq = save_every}));
  all.push_back(
      callbacks::EarlyStopping({.monitor = "val_loss", .min_delta = 0.5, .patience = 3, .restore_best_weights = true}));
  all.push_back(callbacks::ReduceLROnPlateau({.monitor = "loss", .factor = 0.5, .patience = 1, .min_delta = 0.3}));
  all.push_back(callbacks::LearningRateScheduler({.schedule = [](int64_t, double rate) { return rate * 0.9; }}));
  all.push_back(callbacks::StopAtSmallUpdates(1e-9));
  if (!folder.empty()) all.push_back(callbacks::CSVLogger({.filename = folder + "/log.csv"}));
  if (slow)
    all.push_back(callbacks::LambdaCallback({.on_train_batch_end = [&](int64_t, const std::function<Logs()>&) {
      std::ofstream(folder + "/batch");  // A sign for the parent.
      std::this_thread::sleep_for(std::chrono::milliseconds(4));
    }}));
  History history = model.fit(
      x, y,
      {.batch_size = 8, .epochs = kEpochs, .verbose = 0, .callbacks = all, .validation_data = ValidationData{vx, vy}});
  return {model, history};
}

/// What must be the same: weights, optimizer, History. Written by the child for the parent.
std::string fingerprint(const Ended& e) {
  std::string out;
  const auto add = [&](const Tensor& t) {
    out.append(static_cast<const char*>(t.raw()), static_cast<size_t>(t.size()) * size_of(t.dtype()));
  };
  for (const Tensor& t : e.model.get_weights()) add(t);
  for (const Variable& v : e.model.optimizer()->variables()) add(v.numpy());
  for (int64_t epoch : e.history.epoch) out += std::to_string(epoch) + " ";
  for (const auto& [name, values] : e.history.history) {
    out += name;
    out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
  }
  return out;
}

/// This program again, running one test; a fork alone would not have the threads of the pool.
pid_t start_child(const std::string& folder, int64_t save_every) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::setenv("CORNU_TEST_TRAINING", folder.c_str(), 1);
  const int quiet = ::open("/dev/null", O_WRONLY);
  ::dup2(quiet, 1);
  ::setenv("CORNU_TEST_SAVE_EVERY", std::to_string(save_every).c_str(), 1);
  ::execl("/proc/self/exe", "saving_tests", "--gtest_filter=Child.Trains", nullptr);
  ::_exit(99);
}

/// Until the child has trained a batch, however slow it is, or has ended.
void wait_for_batch(pid_t pid, const std::string& folder) {
  siginfo_t ended{};
  while (!fs::exists(folder + "/batch") && ended.si_pid == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT), 0);
  }
}

/// The callbacks' states at one moment, for the order of hooks.
struct Recorder final : Callback {
  std::vector<std::string>& events;
  explicit Recorder(std::vector<std::string>& e) : events(e) {}
  bool wants_batches() const override { return true; }
  void on_train_batch_end(int64_t batch, const std::function<Logs()>&) override {
    events.push_back(text("b{}", batch));
  }
  void on_epoch_end(int64_t epoch, Logs&) override { events.push_back(text("e{}", epoch)); }
  void on_safe_point() override { events.push_back("s"); }
};

}  // namespace

TEST(Child, Trains) {
  const char* folder = std::getenv("CORNU_TEST_TRAINING");
  if (!folder) GTEST_SKIP() << "runs as a child of Checkpoint.KilledTrainingEndsWithTheSameBits";
  const int64_t every = std::atoll(std::getenv("CORNU_TEST_SAVE_EVERY"));
  write_file_atomically(std::string(folder) + "/end", fingerprint(train(folder, every, true)));
}

TEST(Checkpoint, KilledTrainingEndsWithTheSameBits) {
  const Folder quiet;
  const std::string expected = fingerprint(train(quiet.path, 1000000, false));
  EXPECT_EQ(expected, fingerprint(train("", 1, false))) << "a backup changes nothing";
  const std::string log = read_file(quiet / "log.csv");
  std::mt19937 random(static_cast<unsigned>(::getpid()));
  int kills = 0, resumed = 0;
  for (int64_t every : {1, 3, 7}) {
    const Folder folder;
    for (int start = 0;; ++start) {
      ASSERT_LT(start, 60) << "training does not come to an end";
      if (fs::exists(folder / "backup/checkpoint.keras")) ++resumed;
      fs::remove(folder / "batch");
      const pid_t pid = start_child(folder.path, every);
      ASSERT_GT(pid, 0);
      if (start < 12) {  // After 12 kills it may run to its end.
        if (start % 2 == 0) wait_for_batch(pid, folder.path);
        std::this_thread::sleep_for(std::chrono::milliseconds(30 + random() % 170));
        ::kill(pid, SIGKILL);
      }
      int status = 0;
      ::waitpid(pid, &status, 0);
      kills += WIFSIGNALED(status);
      if (WIFEXITED(status)) {
        ASSERT_EQ(WEXITSTATUS(status), 0);
        break;
      }
    }
    EXPECT_TRUE(read_file(folder / "end") == expected) << "save_freq " << every;
    EXPECT_EQ(read_file(folder / "log.csv"), log) << "save_freq " << every;
    EXPECT_FALSE(fs::exists(folder / "backup")) << "deleted at the end";
  }
  EXPECT_GT(resumed, 5);
  RecordProperty("kills", kills);
  std::printf("%d kills, %d starts from a checkpoint\n", kills, resumed);
}

TEST(Checkpoint, SafePointsComeAfterEveryCallback) {
  std::vector<std::string> events;
  Sequential m{Input({2}), Dense(1)};
  m.compile({.loss = "mse"});
  const Tensor x = numbers({4, 2}, 1);
  m.fit(x, labels_of(x),
        {.batch_size = 2,
         .verbose = 0,
         .callbacks = {std::make_shared<Recorder>(events), std::make_shared<Recorder>(events)}});
  EXPECT_EQ(events, (std::vector<std::string>{"b0", "b0", "s", "s", "b1", "b1", "s", "s", "e0", "e0", "s", "s"}));
}

TEST(Checkpoint, ResumesByHandAcrossModels) {
  const Folder folder;
  const Tensor x = numbers({64, 3}, 1), y = labels_of(x);
  const auto make = [] {
    set_random_seed(5);
    Sequential m{Input({3}), Dense(8, {.activation = "relu"}), Dropout(0.5), Dense(1)};
    m.compile({.optimizer = "adam", .loss = "mse"});
    return m;
  };
  FitConfig config{.batch_size = 8, .epochs = 4, .verbose = 0};
  Sequential whole = make();
  whole.fit(x, y, config);
  const std::vector<double> later = whole.fit(x, y, config)["loss"];  // seeds drawn later are the same, too

  struct SaveAt final : Callback {
    std::string path;
    int64_t n = 0;
    bool wants_batches() const override { return true; }
    void on_safe_point() override {
      if (++n == 13) {  // inside the second epoch
        save_checkpoint(*model, path);
        model->set_stop_training(true);
      }
    }
  };
  const auto save = std::make_shared<SaveAt>();
  save->path = folder / "c.keras";
  config.callbacks = {save};
  Sequential first = make();
  first.fit(x, y, config);
  set_random_seed(99);
  Sequential second{Input({3}), Dense(8, {.activation = "relu"}), Dropout(0.5), Dense(1)};
  second.compile({.optimizer = "adam", .loss = "mse"});
  resume(second, folder / "c.keras");
  const History history = second.fit(x, y, config);
  EXPECT_EQ(history["loss"].size(), 4u);
  config.callbacks = {};
  EXPECT_EQ(second.fit(x, y, config)["loss"], later);
  expect_same_bits(second.get_weights(), whole.get_weights(), "weight");
}

TEST(Checkpoint, IsAModelFileToo) {
  const Folder folder;
  Sequential m{Input({3}), Dense(4), Dropout(0.5), Dense(1)};
  m.compile({.optimizer = "adam", .loss = "mse"});
  const Tensor x = numbers({16, 3}, 1);
  m.fit(x, labels_of(x), {.verbose = 0});
  save_checkpoint(m, folder / "c.keras");
  if (const char* keep = std::getenv("CORNU_KEEP_FILES")) {
    fs::create_directories(keep);
    fs::copy_file(folder / "c.keras", fs::path(keep) / "checkpoint.keras", fs::copy_options::overwrite_existing);
    Value about = Value::object();
    about["input"] = about["prediction"] = Value::array();
    const std::vector<double> in = x.to_doubles(), out = m.predict(x).to_doubles();
    for (size_t r = 0; r < 16; ++r) {
      about["input"].push_back(Value::Array{in[3 * r], in[3 * r + 1], in[3 * r + 2]});
      about["prediction"].push_back(Value::Array{out[r]});
    }
    write_file_atomically((fs::path(keep) / "checkpoint.json").string(), write_json(about));
  }
  expect_same_bits(load_model(folder / "c.keras").get_weights(), m.get_weights(), "weight");
  Sequential again{Input({3}), Dense(4), Dropout(0.5), Dense(1)};
  again.compile({.optimizer = "adam", .loss = "mse"});
  resume(again, folder / "c.keras");
  EXPECT_EQ(next_losses(again, x, labels_of(x), 4, 8), next_losses(m, x, labels_of(x), 4, 8)) << "Dropout goes on";
}

TEST(Checkpoint, SaysWhatDoesNotFit) {
  const Folder folder;
  Sequential m{Input({3}), Dense(1)};
  m.compile({.optimizer = "adam", .loss = "mse"});
  m.save(folder / "m.keras");
  EXPECT_NE(error_of([&] { resume(m, folder / "m.keras"); }).find("is no checkpoint"), std::string::npos);
  const Tensor x = numbers({16, 3}, 1), y = labels_of(x);
  struct Save final : Callback {
    std::string path;
    void on_safe_point() override { save_checkpoint(*model, path); }
  };
  const auto save = std::make_shared<Save>();
  save->path = folder / "c.keras";
  m.fit(x, y, {.verbose = 0, .callbacks = {save}});
  resume(m, save->path);
  EXPECT_EQ(error_of([&] { m.fit(x, y, {.verbose = 0}); }), "") << "a callback without a state may go";
  m.fit(x, y, {.verbose = 0, .callbacks = {save, callbacks::EarlyStopping({.monitor = "loss"})}});
  resume(m, save->path);
  EXPECT_NE(error_of([&] {
              m.fit(x, y, {.verbose = 0, .callbacks = {save}});
            }).find("the state of 2 callbacks, of which the one at place 1 is not among the 1 that there are now"),
            std::string::npos);
  resume(m, save->path);
  EXPECT_NE(error_of([&] {
              m.fit(x.rows(0, 8), y.rows(0, 8), {.verbose = 0, .callbacks = {save}});
            }).find("16 rows, now there are 8"),
            std::string::npos);
  std::string bytes = read_file(save->path);
  bytes.resize(bytes.size() / 2);
  write_file_atomically(save->path, bytes);
  EXPECT_NE(error_of([&] { resume(m, save->path); }).find("FileError"), std::string::npos);
}

/// Interrupts the beginning of an epoch, as a crash would.
struct InterruptAt final : Callback {
  int64_t at;
  explicit InterruptAt(int64_t epoch) : at(epoch) {}
  void on_epoch_begin(int64_t epoch) override {
    if (epoch == at) throw CallError("test", "interrupted");
  }
};

TEST(Checkpoint, TheCallbackThatInterruptedMayBeGone) {
  const Folder folder;
  const Tensor x = numbers({32, 3}, 1), y = labels_of(x);
  const auto make = [] {
    set_random_seed(5);
    Sequential m{Input({3}), Dense(4), Dense(1)};
    m.compile({.optimizer = "adam", .loss = "mse"});
    return m;
  };
  const auto backup = [&] { return callbacks::BackupAndRestore({.backup_dir = folder / "backup"}); };
  const auto stopping = [] { return callbacks::EarlyStopping({.monitor = "loss", .patience = 50}); };
  FitConfig config{.batch_size = 8, .epochs = 6, .verbose = 0};
  Sequential whole = make();
  const History expected = whole.fit(x, y, config);
  // The callbacks of the second run: without the one that interrupted, another order, one more.
  config.callbacks = {std::make_shared<InterruptAt>(4), stopping(), backup()};
  Sequential first = make();
  EXPECT_NE(error_of([&] { first.fit(x, y, config); }).find("interrupted"), std::string::npos);
  config.callbacks = {backup(), stopping(), callbacks::TerminateOnNaN()};
  Sequential second = make();
  EXPECT_EQ(second.fit(x, y, config).history, expected.history);
  expect_same_bits(second.get_weights(), whole.get_weights(), "weight");
}
