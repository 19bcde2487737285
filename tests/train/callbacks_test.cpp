// Callbacks: when they stop, save, change rates and write, as in Keras.
#include <gtest/gtest.h>

#include "saving/support.h"

using namespace cornu;
using namespace cornu::testing;

namespace {

/// Puts given values into the logs, so that the callbacks after it see them.
struct Script final : Callback {
  std::map<std::string, std::vector<double>> values;
  explicit Script(std::map<std::string, std::vector<double>> v) : values(std::move(v)) {}
  void on_epoch_end(int64_t epoch, Logs& logs) override {
    for (const auto& [name, list] : values)
      if (static_cast<size_t>(epoch) < list.size()) logs.set(name) = list[static_cast<size_t>(epoch)];
  }
};

struct Trained {
  Sequential model;
  History history;
  std::vector<std::vector<Tensor>> weights;  ///< After each epoch.
  size_t epochs() const { return history.epoch.size(); }
};

/// Up to `epochs` epochs over 8 rows in batches of 2, with scripted logs.
Trained fit(std::map<std::string, std::vector<double>> script, Callbacks callbacks, int64_t epochs = 8,
            std::vector<MetricSpec> metrics = {}) {
  set_random_seed(3);
  Trained t{Sequential{Input({3}), Dense(1)}, {}, {}};
  t.model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.125}), .loss = "mse", .metrics = metrics});
  callbacks.insert(callbacks.begin(), std::make_shared<Script>(std::move(script)));
  callbacks.push_back(
      callbacks::LambdaCallback({.on_epoch_end = [&](int64_t, Logs&) { t.weights.push_back(t.model.get_weights()); }}));
  const Tensor x = numbers({8, 3}, 1);
  t.history = t.model.fit(x, labels_of(x), {.batch_size = 2, .epochs = epochs, .verbose = 0, .callbacks = callbacks});
  return t;
}

using namespace cornu::callbacks;

}  // namespace

TEST(EarlyStopping, WaitsPatiently) {
  EXPECT_EQ(fit({{"val_loss", {5, 4, 3, 3, 3, 3, 3, 3}}}, {EarlyStopping({.patience = 2})}).epochs(), 5u);
  EXPECT_EQ(fit({{"val_loss", {5, 4, 4, 3, 3, 3, 3, 3}}}, {EarlyStopping({.patience = 2})}).epochs(), 6u);
  // Keras never stops after the first epoch.
  EXPECT_EQ(fit({{"val_loss", {5, 6, 7}}}, {EarlyStopping()}).epochs(), 2u);
  EXPECT_EQ(fit({{"val_loss", {5, 4.9, 4.8, 4.7}}}, {EarlyStopping({.min_delta = 0.5, .patience = 1})}).epochs(), 2u);
  EXPECT_EQ(
      fit({{"val_loss", {1, 5, 5, 4, 3, 3, 3}}}, {EarlyStopping({.patience = 1, .start_from_epoch = 3})}).epochs(), 6u);
  // Improvements that do not reach the baseline count as waiting.
  EXPECT_EQ(fit({{"val_loss", {5, 4, 4, 4, 4, 4}}}, {EarlyStopping({.patience = 3})}).epochs(), 5u);
  EXPECT_EQ(fit({{"val_loss", {5, 4, 4, 4, 4, 4}}}, {EarlyStopping({.patience = 3, .baseline = 1})}).epochs(), 3u);
}

TEST(EarlyStopping, KnowsWhereBetterIs) {
  EXPECT_EQ(
      fit({{"accuracy", {1, 2, 3, 3, 3}}}, {EarlyStopping({.monitor = "accuracy", .patience = 1})}, 8, {"accuracy"})
          .epochs(),
      4u);
  EXPECT_EQ(
      fit({{"val_x", {1, 2, 3, 3}}}, {EarlyStopping({.monitor = "val_x", .patience = 1, .mode = "max"})}).epochs(), 4u);
  EXPECT_NE(error_of([] {
              fit({{"val_x", {1}}}, {EarlyStopping({.monitor = "val_x"})});
            }).find("cannot tell whether"),
            std::string::npos);
  EXPECT_EQ(fit({}, {EarlyStopping({.monitor = "val_loss"})}, 3).epochs(), 3u) << "what is not there stops nothing";
}

TEST(EarlyStopping, RestoresTheBestWeights) {
  const std::map<std::string, std::vector<double>> script{{"val_loss", {5, 4, 3, 6, 6}}};
  const Trained best = fit(script, {EarlyStopping({.patience = 2, .restore_best_weights = true})});
  expect_same_bits(best.model.get_weights(), best.weights[2], "weight");
  const Trained last = fit(script, {EarlyStopping({.patience = 2})});
  expect_same_bits(last.model.get_weights(), last.weights.back(), "weight");
  // Also where training ends by itself.
  const Trained ended =
      fit({{"val_loss", {5, 4, 6}}}, {EarlyStopping({.patience = 9, .restore_best_weights = true})}, 3);
  expect_same_bits(ended.model.get_weights(), ended.weights[1], "weight");
}

TEST(TextbookRules, StopAtLossAndAtSmallUpdates) {
  EXPECT_EQ(fit({{"loss", {5, 4, 0.4, 0.3}}}, {StopAtLoss(0.5)}).epochs(), 3u);
  const Trained t = fit({}, {}, 40);
  const auto change = [&](size_t epoch) {
    double largest = 0;
    for (size_t i = 0; i < t.weights[epoch].size(); ++i) {
      const std::vector<double> a = t.weights[epoch][i].to_doubles(), b = t.weights[epoch - 1][i].to_doubles();
      for (size_t k = 0; k < a.size(); ++k) largest = std::max(largest, std::abs(a[k] - b[k]));
    }
    return largest;
  };
  const double threshold = change(20) * 1.000001;
  size_t expected = 1;
  while (change(expected) >= threshold) ++expected;
  EXPECT_EQ(fit({}, {StopAtSmallUpdates(threshold)}, 40).epochs(), expected + 1);
}

TEST(TerminateOnNaN, StopsAtTheBatch) {
  const auto train = [](TerminateOnNaNConfig config) {
    Sequential m{Input({2}), Dense(1)};
    m.compile({.optimizer = "sgd", .loss = "mse"});
    Tensor x = numbers({8, 2}, 1);
    const Tensor y = labels_of(x);
    x.mutable_data<float>()[10] = std::nanf("");
    int64_t batches = 0;
    const auto count = LambdaCallback(
        {.on_train_batch_end = [&](int64_t batch, const std::function<Logs()>&) { batches = batch + 1; }});
    m.fit(x, y,
          {.batch_size = 1, .epochs = 3, .verbose = 0, .callbacks = {TerminateOnNaN(config), count}, .shuffle = false});
    return batches;
  };
  EXPECT_EQ(train({}), 6);
  EXPECT_NE(error_of([&] { train({.raise_error = true}); }).find("the loss of batch 5 is nan"), std::string::npos);
}

TEST(Rates, ReduceOnPlateau) {
  const auto rates = [](std::vector<double> losses, ReduceLROnPlateauConfig config) {
    return fit({{"val_loss", losses}}, {ReduceLROnPlateau(config)}, static_cast<int64_t>(losses.size()))
        .history["learning_rate"];
  };
  EXPECT_EQ(rates({5, 4, 4, 4, 4, 4}, {.factor = 0.5, .patience = 2}),
            (std::vector<double>{0.125, 0.125, 0.125, 0.125, 0.0625, 0.0625}));
  EXPECT_EQ(rates({4, 4, 4, 4, 4, 4, 4}, {.factor = 0.5, .patience = 1, .cooldown = 2}),
            (std::vector<double>{0.125, 0.125, 0.0625, 0.0625, 0.03125, 0.03125, 0.015625}));
  EXPECT_EQ(rates({4, 4, 4, 4}, {.factor = 0.5, .patience = 1, .min_lr = 0.1}),
            (std::vector<double>{0.125, 0.125, static_cast<double>(0.1f), static_cast<double>(0.1f)}));
  EXPECT_NE(error_of([] { ReduceLROnPlateau({.factor = 1}); }).find("factor must be below 1"), std::string::npos);
}

TEST(Rates, SchedulerSetsEachEpoch) {
  const Trained t = fit(
      {},
      {LearningRateScheduler({.schedule = [](int64_t epoch, double rate) { return epoch < 2 ? rate : rate * 0.5; }})},
      4);
  EXPECT_EQ(t.history["learning_rate"], (std::vector<double>{0.125, 0.125, 0.0625, 0.03125}));
}

TEST(ModelCheckpoint, NamesAndChoosesFiles) {
  const Folder folder;
  const auto names = [&] {
    std::vector<std::string> out;
    for (const auto& one : fs::recursive_directory_iterator(folder.path))
      if (one.is_regular_file()) out.push_back(one.path().lexically_relative(folder.path).string());
    std::sort(out.begin(), out.end());
    for (const std::string& name : out) fs::remove(folder.path / name);
    return out;
  };
  const std::map<std::string, std::vector<double>> script{{"val_loss", {5, 3.456, 4, 1}}};
  fit(script, {ModelCheckpoint({.filepath = folder / "a/m-{epoch:02d}-{val_loss:.2f}.keras"})}, 3);
  EXPECT_EQ(names(), (std::vector<std::string>{"a/m-01-5.00.keras", "a/m-02-3.46.keras", "a/m-03-4.00.keras"}));
  fit(script, {ModelCheckpoint({.filepath = folder / "{epoch}.keras", .save_best_only = true})}, 4);
  EXPECT_EQ(names(), (std::vector<std::string>{"1.keras", "2.keras", "4.keras"}));
  fit(script,
      {ModelCheckpoint({.filepath = folder / "{epoch}.keras", .save_best_only = true, .initial_value_threshold = 3.5})},
      4);
  EXPECT_EQ(names(), (std::vector<std::string>{"2.keras", "4.keras"}));
  fit({}, {ModelCheckpoint({.filepath = folder / "{epoch}-{batch:03d}.keras", .save_freq = 3})}, 2);
  EXPECT_EQ(names(), (std::vector<std::string>{"1-003.keras", "2-002.keras"}));
  const Trained t = fit({}, {ModelCheckpoint({.filepath = folder / "last.weights.h5", .save_weights_only = true})}, 2);
  Sequential again{Input({3}), Dense(1)};
  again.load_weights(folder / "last.weights.h5");
  expect_same_bits(again.get_weights(), t.weights.back(), "weight");
  const auto error = [&](ModelCheckpointConfig config) {
    return error_of([&] { fit({}, {ModelCheckpoint(config)}, 1); });
  };
  EXPECT_NE(error({.filepath = "m.weights.h5"}).find("must end in '.keras'"), std::string::npos);
  EXPECT_NE(error({.filepath = "m.keras", .save_weights_only = true}).find("must end in '.weights.h5'"),
            std::string::npos);
  EXPECT_NE(error({.filepath = "{nothing}.keras"}).find("filepath names 'nothing'"), std::string::npos);
  EXPECT_NE(error({.filepath = "{loss:02d}.keras"}).find("is no format"), std::string::npos);
  EXPECT_NE(error_of([] { SaveFreq("batch"); }).find("must be \"epoch\""), std::string::npos);
}

TEST(CSVLogger, WritesWhatKerasWrites) {
  const Folder folder;
  const std::string path = folder / "log.csv";
  const std::map<std::string, std::vector<double>> script{{"loss", {0.5, 0.25}}, {"val_loss", {1, 2}}};
  fit(script, {CSVLogger({.filename = path})}, 2);
  EXPECT_EQ(read_file(path), "epoch,loss,val_loss\r\n0,0.5,1.0\r\n1,0.25,2.0\r\n");
  fit(script, {CSVLogger({.filename = path, .separator = ";", .append = true})}, 1);
  EXPECT_EQ(read_file(path), "epoch,loss,val_loss\r\n0,0.5,1.0\r\n1,0.25,2.0\r\n0;0.5;1.0\r\n");
  fit({{"loss", {0.5, 0.25}}}, {CSVLogger({.filename = path})}, 2);
  EXPECT_EQ(read_file(path), "epoch,loss,val_loss\r\n0,0.5,NA\r\n1,0.25,NA\r\n");
  EXPECT_NE(error_of([&] { fit({}, {CSVLogger({.filename = folder / "no/log.csv"})}, 1); }).find("must be writable"),
            std::string::npos);
}

TEST(LambdaCallback, CallsEveryHookAndAsksForBatchesOnlyIfUsed) {
  std::string calls;
  fit({},
      {LambdaCallback(
          {.on_epoch_begin = [&](int64_t e) { calls += text("[{}", e); },
           .on_epoch_end = [&](int64_t e, Logs&) { calls += text("{}]", e); },
           .on_train_begin = [&] { calls += "<"; },
           .on_train_end = [&](const Logs&) { calls += ">"; },
           .on_train_batch_begin = [&](int64_t b) { calls += text("({}", b); },
           .on_train_batch_end = [&](int64_t b, const std::function<Logs()>&) { calls += text("{})", b); }})},
      2);
  EXPECT_EQ(calls, "<[0(00)(11)(22)(33)0][1(00)(11)(22)(33)1]>");
  EXPECT_FALSE(LambdaCallback({.on_train_begin = [] {}})->wants_batches());
  EXPECT_FALSE(EarlyStopping()->wants_batches());
  EXPECT_FALSE(ModelCheckpoint({.filepath = "m.keras"})->wants_batches());
  EXPECT_FALSE(BackupAndRestore({.backup_dir = "b"})->wants_batches());
  EXPECT_TRUE(BackupAndRestore({.backup_dir = "b", .save_freq = 2})->wants_batches());
}
