// Every field of every callback does something, or is refused: a model is trained with two configs that differ in it,
// and what is seen from outside must differ: epochs, weights, rates, files, messages. The configs are in
// tests/arguments.json.
#include <cornu/output.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "io/file.h"
#include "io/json.h"
#include "own_path.h"
#include "saving/support.h"
#include "train/callbacks/registry.h"

namespace cornu {
namespace {

namespace fs = std::filesystem;
using cornu::testing::labels_of;
using cornu::testing::numbers;

/// Writes values to watch into the logs, and what there is to see into `seen`.
struct Watch final : Callback {
  std::string& seen;
  fs::path folder;
  Watch(std::string& s, fs::path f) : seen(s), folder(std::move(f)) {}
  bool wants_batches() const override { return true; }
  void on_epoch_end(int64_t epoch, Logs& logs) override {
    constexpr double kLoss[] = {5, 4, 4.5, 3, 3.5, 3.2, 3.4, 3.3}, kOther[] = {1, 2, 1.5, 1.2, .5, .4, .3, .2};
    logs.set("val_loss") = kLoss[epoch];
    logs.set("other") = kOther[epoch];
    seen += text("epoch {} ", epoch);
    look();
  }
  void on_train_batch_end(int64_t, const std::function<Logs()>&) override { look(); }
  void look() {
    std::set<std::string> names;
    for (const auto& one : fs::recursive_directory_iterator(folder)) names.insert(one.path().filename().string());
    seen += text("rate {} ", model->optimizer()->learning_rate());
    for (const std::string& name : names) seen += name + " ";
  }
};

const Value& table() {
  static const Value v = parse_json(read_file(std::string(CORNU_TEST_DATA) + "/arguments.json"), "arguments.json");
  return v.at("callbacks");
}

/// Up to 8 epochs of 4 batches.
std::string seen_of(const std::string& name, Value config) {
  const fs::path folder = cornu::testing::own_path("callback_arguments");
  fs::remove_all(folder);
  fs::create_directories(folder);
  write_file_atomically((folder / "log.csv").string(), "of before\r\n");
  for (const char* path : {"filepath", "filename", "backup_dir"})
    if (Value* v = config.find(path)) *v = (folder / v->as_string()).string();
  std::string seen;
  set_output([&](const std::string& s) { seen += s; });
  set_random_seed(3);
  Sequential m{Input({3}), Dense(1)};
  m.compile({.optimizer = optimizers::SGD({.learning_rate = 0.125}), .loss = "mse"});
  const Tensor x = numbers({8, 3}, 1), y = labels_of(x);
  const Tensor rows = name == "TerminateOnNaN" ? x * std::nan("") : x;
  try {
    const auto callback = (*callback_registry().find(name))(config);
    m.fit(rows, y,
          {.batch_size = 2, .epochs = 8, .verbose = 0, .callbacks = {std::make_shared<Watch>(seen, folder), callback}});
  } catch (const Error& e) {
    seen += e.what();
  }
  set_output({});
  for (const Tensor& w : m.get_weights())
    for (const double v : w.to_doubles()) seen += text("{} ", v);
  for (const auto& one : fs::recursive_directory_iterator(folder))
    if (one.path().extension() == ".csv") seen += one.path().filename().string() + read_file(one.path().string());
  for (const auto& one : fs::recursive_directory_iterator(folder)) seen += one.path().filename().string();
  fs::remove_all(folder);
  for (size_t at; (at = seen.find(folder.string())) != std::string::npos;) seen.erase(at, folder.string().size());
  return seen;
}

TEST(CallbackFields, EachDoesSomething) {
  std::set<std::string> known;
  for (const std::string& name : callback_registry().names())
    for (const Parameter& p : callback_registry().parameters(name)) {
      const std::string key = name + "." + p.name;
      SCOPED_TRACE(key);
      known.insert(key);
      const Value* configs = table().find(key);
      ASSERT_TRUE(configs) << "the table has no configs for it";
      const std::string first = seen_of(name, configs->at(size_t{0}));
      EXPECT_EQ(first, seen_of(name, configs->at(size_t{0}))) << "what is seen must depend on the config alone";
      EXPECT_NE(first, seen_of(name, configs->at(size_t{1})));
    }
  for (const auto& [key, configs] : table().as_object()) EXPECT_TRUE(known.count(key)) << key << " is no field";
}

/// Made of a function, so that no registry has it.
TEST(CallbackFields, OfLearningRateScheduler) {
  const auto said = [](int verbose) {
    std::string out;
    set_output([&](const std::string& s) { out += s; });
    Sequential m{Input({3}), Dense(1)};
    m.compile({.optimizer = "sgd", .loss = "mse"});
    const Tensor x = numbers({8, 3}, 1);
    const auto rates = callbacks::LearningRateScheduler(
        {.schedule = [](int64_t epoch, double rate) { return epoch ? rate / 2 : 0.25; }, .verbose = verbose});
    m.fit(x, labels_of(x), {.epochs = 2, .verbose = 0, .callbacks = {rates}});
    set_output({});
    EXPECT_EQ(m.optimizer()->learning_rate(), 0.125);
    return out;
  };
  EXPECT_EQ(said(0), "");
  EXPECT_EQ(said(1),
            "\nEpoch 1: LearningRateScheduler setting learning rate to 0.25.\n"
            "\nEpoch 2: LearningRateScheduler setting learning rate to 0.125.\n");
}

}  // namespace
}  // namespace cornu
