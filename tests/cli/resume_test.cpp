// Runs of `cornu train` that are stopped, and go on to the same bits.
#include <set>

#include "cli/support.h"

namespace cornu_cli {
namespace {

class Resume : public Cli {
 protected:
  /// `cornu train` with these flags and more.
  static std::vector<std::string> with(std::vector<std::string> flags, const std::vector<std::string>& more) {
    flags.insert(flags.end(), more.begin(), more.end());
    return flags;
  }
  const std::vector<std::string> long_{"train", "f.csv",     "-t",  "species",      "--patience",
                                       "0",     "--dropout", "0.2", "--batch-size", "4"};
  /// The epoch that the run was stopped in.
  static int epoch_of(const Result& stopped) {
    const size_t at = stopped.err.find("epoch ");
    return at == stopped.err.npos ? 0 : std::stoi(stopped.err.substr(at + 6));
  }
  void expect_same_model() {
    EXPECT_EQ(run({"predict", "model.keras", "f.csv"}).out, run({"predict", "whole.keras", "f.csv"}).out);
  }
};

TEST_F(Resume, InterruptedStreamGoesOnToTheSameBits) {
  write("f.csv", flowers(60000));
  const std::vector<std::string> train{"train", "f.csv",        "-t", "species",   "--stream", "--patience",
                                       "0",     "--batch-size", "8",  "--dropout", "0.2",      "--epochs"};
  const Result stopped = run(with(train, {"1000000"}), interrupt);
  ASSERT_EQ(stopped.status, 130) << stopped.err;
  const std::string epochs = std::to_string(epoch_of(stopped) + 2);
  const Result resumed = run(with(train, {epochs, "--resume"}));
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  ASSERT_EQ(run(with(train, {epochs, "-o", "whole.keras"})).status, 0);
  expect_same_model();
  expect_has(read("model.report.txt"), "42,000 to train, 9,000 to validate, 9,000 to test");
}

TEST_F(Resume, InterruptedTrainingGoesOnToTheSameBits) {
  write("f.csv", flowers(6000));
  for (const int signal : {SIGINT, SIGHUP}) {
    const Result stopped = run(with(long_, {"--epochs", "1000000"}), [&](pid_t child) { kill(child, signal); });
    ASSERT_EQ(stopped.status, 130) << stopped.err;
    expect_has(stopped.err, "The state is in 'model.checkpoint.keras'; go on with\n  cornu train f.csv -t species");
    expect_has(stopped.err, "--resume");
    EXPECT_FALSE(exists("model.keras"));
    const std::string epochs = std::to_string(epoch_of(stopped) + 2);
    const Result resumed = run(with(long_, {"--epochs", epochs, "--resume"}));
    ASSERT_EQ(resumed.status, 0) << resumed.err;
    EXPECT_FALSE(exists("model.checkpoint.keras"));
    ASSERT_EQ(run(with(long_, {"--epochs", epochs, "-o", "whole.keras"})).status, 0);
    expect_same_model();
    fs::remove(folder_ / "model.keras");
  }
}

TEST_F(Resume, AKilledTrainingGoesOnFromItsLastCheckpoint) {
  write("f.csv", flowers(6000));
  const std::vector<std::string> train = with(long_, {"--checkpoint-every", "0.1", "--epochs"});
  const Result killed = run(with(train, {"1000000"}), [&](pid_t child) {
    // On a slow machine the first checkpoints may be of the first epoch.
    std::set<fs::file_time_type> seen;
    for (int i = 0; i < 6000 && seen.size() < 4; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      std::error_code missing;
      const auto time = fs::last_write_time(folder_ / "model.checkpoint.keras", missing);
      if (!missing) seen.insert(time);
    }
    kill(child, SIGKILL);
  });
  ASSERT_EQ(killed.status, -SIGKILL);
  ASSERT_TRUE(exists("model.checkpoint.keras"));
  const Result early = run(with(train, {"1", "--resume"}));
  const std::string reached = early.err.substr(early.err.rfind("at least ") + 9);
  EXPECT_EQ(early.err, "cornu: the training in 'model.checkpoint.keras' has reached epoch " +
                           std::to_string(std::stoi(reached)) + ", so --epochs must be at least " + reached);
  EXPECT_TRUE(exists("model.checkpoint.keras"));
  const std::string epochs = std::to_string(std::stoi(reached) + 2);
  // How often there are checkpoints changes nothing.
  const Result resumed = run(with(long_, {"--epochs", epochs, "--resume"}));
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_FALSE(exists("model.checkpoint.keras"));
  // The time is that of all epochs, of which the two of this run are the smaller part.
  EXPECT_GT(figure(read("model.report.json"), "seconds"), 0.1);
  ASSERT_EQ(run(with(long_, {"--epochs", epochs, "-o", "whole.keras"})).status, 0);
  expect_same_model();
}

TEST_F(Resume, FoldsThatAreFinishedAreNotRepeated) {
  write("f.csv", flowers(3000));
  const std::vector<std::string> train{"train",    "f.csv", "-t",         "species", "--cross-validation", "3",
                                       "--epochs", "500",   "--patience", "0",       "--batch-size",       "4"};
  const auto figures = [&](const std::string& stem) {
    const std::string all = read(stem + ".report.txt");
    const size_t at = all.find("Cross-validation");
    return all.substr(at, all.find("\n\n", at) - at);
  };
  const Result stopped = run(train, interrupt, "fold 1 of 3", 0);
  ASSERT_EQ(stopped.status, 130) << stopped.err;
  expect_has(stopped.err, " of 3. The state is in 'model.checkpoint.keras'; go on with\n");
  std::vector<std::string> longer = with(train, {"--resume"});
  std::replace(longer.begin(), longer.end(), std::string("500"), std::string("600"));
  expect_refused(longer,
                 "cornu: 'model.checkpoint.keras' has folds that are finished with --epochs 500, which the others must "
                 "have too");
  const Result resumed = run(with(train, {"--resume"}));
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  ASSERT_EQ(run(with(train, {"-o", "whole.keras"})).status, 0);
  EXPECT_EQ(figures("model"), figures("whole"));
  expect_same_model();
}

TEST_F(Resume, TakesNoOtherRun) {
  write("f.csv", flowers(6000));
  const std::vector<std::string> train = with(long_, {"--epochs", "1000000"});
  ASSERT_EQ(run(train, interrupt).status, 130);
  expect_refused(train,
                 "cornu: 'model.checkpoint.keras' holds an interrupted run: go on with it by --resume, or delete it to "
                 "start anew");
  const auto refused = [&](const std::vector<std::string>& flags, const std::string& which) {
    expect_refused(with(with({"train", "f.csv", "-t", "species", "--epochs", "1000000", "--resume"}, flags), {}),
                   "cornu: 'model.checkpoint.keras' is of a run with another " + which +
                       "; --resume allows no change but of --epochs");
  };
  const std::vector<std::string> same{"--patience", "0", "--dropout", "0.2", "--batch-size", "4"};
  refused(with(same, {"--scale", "minmax"}), "--scale");
  refused(with(same, {"--activation", "tanh"}), "--activation");
  refused(with(same, {"--l2", ".3", "--lr", ".0001"}), "--l2 and --learning-rate");
  refused(with(same, {"--seed", "3"}), "--seed");
  refused({}, "--dropout, --batch-size and --patience");
  write("f.csv", flowers(6000));  // others, as the generator goes on
  const Result other = run(with(train, {"--resume"}));
  EXPECT_EQ(other.status, 2);
  EXPECT_EQ(other.err, "cornu: 'model.checkpoint.keras' is of a training on other data\n");
}

}  // namespace
}  // namespace cornu_cli
