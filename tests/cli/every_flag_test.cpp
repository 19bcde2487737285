// Every flag of every command does something, or is refused: the program runs without it and with it, and what it says
// and writes must differ. The flags are those that the program lists; one that no row has is a failure.
#include <cornu/cornu.h>

#include <regex>
#include <set>

#include "cli/support.h"

namespace cornu_cli {
namespace {

/// Two runs, the second with another value of the flags; words are separated by spaces.
struct Row {
  std::string command, flags, first, second;
};
const std::vector<Row>& rows() {
  static const std::string table = "f.csv -t species -q --epochs 5", two = "p.csv -t survived -q --epochs 5",
                           arrays = "--images x.npy --labels y.npy -q --epochs 5", npz = "a.npz -q --epochs 5";
  static const std::string tested = arrays + " --test-images x2.npy --test-labels y2.npy";
  const auto beside = [](const std::string& base, const std::string& more) { return base + " " + more; };
  static const std::vector<Row> out{
      {"train", "--images", arrays, "--images x2.npy --labels y.npy -q --epochs 5"},
      {"train", "--x-file", arrays, "--x-file x2.npy --labels y.npy -q --epochs 5"},
      {"train", "--labels", arrays, "--images x.npy --labels y2.npy -q --epochs 5"},
      {"train", "--y-file", arrays, "--images x.npy --y-file y2.npy -q --epochs 5"},
      {"train", "--x", npz, beside(npz, "--x x2")},
      {"train", "--y", npz, beside(npz, "--y y2")},
      {"train", "--test-images --test-labels", arrays, tested},
      {"train", "--class-names", arrays, beside(arrays, "--class-names a,b,c")},
      {"train", "--header", "n.csv -t 3 -q --epochs 5", "n.csv -t 3 -q --epochs 5 --header"},
      {"train", "--no-header", "f.csv -t 3 -q --epochs 5", "f.csv -t 3 -q --epochs 5 --no-header"},
      {"train", "--separator", table, beside(table, "--separator ;")},
      {"train", "--decimal", table, beside(table, "--decimal ,")},
      {"train", "--features", table, beside(table, "--features length")},
      {"train", "--ignore", table, beside(table, "--ignore length")},
      {"train", "--target", table, "f.csv --target length -q --epochs 5"},
      {"train", "--categories", table, beside(table, "--categories length")},
      {"train", "--missing", two, beside(two, "--missing S")},
      {"train", "--task", "n.csv -t 3 -q --epochs 5", "n.csv -t 3 -q --epochs 5 --task number"},
      {"train", "--out", table, beside(table, "--out other.keras")},
      {"train", "--quiet", "f.csv -t species --epochs 5", "f.csv -t species --epochs 5 --quiet"},
      {"train", "--verbose", "f.csv -t species --epochs 5", "f.csv -t species --epochs 5 --verbose"},
      {"train", "--threshold", two, beside(two, "--threshold 0.9")},
      {"train", "--layers", table, beside(table, "--layers 4")},
      {"train", "--activation", table, beside(table, "--activation tanh")},
      {"train", "--dropout", table, beside(table, "--dropout 0.3")},
      {"train", "--l1", table, beside(table, "--l1 0.1")},
      {"train", "--l2", table, beside(table, "--l2 0.1")},
      {"train", "--scale", table, beside(table, "--scale minmax")},
      {"train", "--model", table, beside(table, "--model config.json")},
      {"train", "--epochs", table, "f.csv -t species -q --epochs 3"},
      {"train", "--patience", "f.csv -t species -q --epochs 30 --lr 3",
       "f.csv -t species -q --epochs 30 --lr 3 --patience 1"},
      {"train", "--batch-size", table, beside(table, "--batch-size 8")},
      {"train", "--optimizer", table, beside(table, "--optimizer sgd")},
      {"train", "--class-weight", two, beside(two, "--class-weight yes=9")},
      {"train", "--learning-rate", table, beside(table, "--learning-rate 0.1")},
      {"train", "--lr", table, beside(table, "--lr 0.1")},
      {"train", "--validation", table, beside(table, "--validation 0.3")},
      {"train", "--stream", table, beside(table, "--stream")},
      {"train", "--cross-validation", table, beside(table, "--cross-validation 3")},
      {"train", "--test", table, beside(table, "--test 0.3")},
      {"train", "--seed", table, beside(table, "--seed 5")},

      {"evaluate", "--threshold", "p.keras p.csv", "p.keras p.csv --threshold 0.9"},
      {"evaluate", "--json", "f.keras f.csv", "f.keras f.csv --json report.json"},
      {"evaluate", "--images --labels", "x.keras --images x.npy --labels y.npy",
       "x.keras --images x2.npy --labels y2.npy"},
      {"evaluate", "--x-file --y-file", "x.keras --images x.npy --labels y.npy",
       "x.keras --x-file x2.npy --y-file y2.npy"},
      {"evaluate", "--x", "x.keras a.npz", "x.keras a.npz --x x2"},
      {"evaluate", "--y", "x.keras a.npz", "x.keras a.npz --y y2"},
      {"evaluate", "--header", "n.keras n.csv", "n.keras n.csv --header"},
      {"evaluate", "--no-header", "f.keras f.csv", "f.keras f.csv --no-header"},
      {"evaluate", "--separator", "f.keras f.csv", "f.keras f.csv --separator ;"},
      {"evaluate", "--decimal", "f.keras f.csv", "f.keras f.csv --decimal ,"},
      {"evaluate", "--features", "plain.keras g.csv -t y --features a,b", "plain.keras g.csv -t y --features b,a"},
      {"evaluate", "--ignore", "plain.keras g.csv -t y --ignore z", "plain.keras g.csv -t y --ignore a"},
      {"evaluate", "--target", "plain.keras g.csv -t y --ignore z", "plain.keras g.csv --target z --ignore y"},

      {"predict", "--out", "f.keras f.csv", "f.keras f.csv --out p.npy"},
      {"predict", "--threshold", "p.keras p.csv", "p.keras p.csv --threshold 0.9"},
      {"predict", "--images", "x.keras --images x.npy", "x.keras --images x2.npy"},
      {"predict", "--x-file", "x.keras --images x.npy", "x.keras --x-file x2.npy"},
      {"predict", "--x", "x.keras a.npz", "x.keras a.npz --x x2"},
      {"predict", "--header", "n.keras n.csv", "n.keras n.csv --header"},
      {"predict", "--no-header", "f.keras f.csv", "f.keras f.csv --no-header"},
      {"predict", "--separator", "f.keras f.csv", "f.keras f.csv --separator ;"},
      {"predict", "--decimal", "f.keras f.csv", "f.keras f.csv --decimal ,"},
      {"predict", "--features", "plain.keras g.csv --features a,b", "plain.keras g.csv --features b,a"},
      {"predict", "--ignore", "plain.keras g.csv --ignore y,z", "plain.keras g.csv --ignore a,y"},
  };
  return out;
}
/// What no two runs that end well show: the test, or the reason.
const std::map<std::string, std::string> kElsewhere{
    {"train --resume", "resume_test.cpp"},
    {"train --checkpoint-every", "resume_test.cpp"},
    {"evaluate --batch-size", "memory and time alone: results are the same; 0 is refused"},
    {"predict --batch-size", "memory and time alone: results are the same; 0 is refused"},
};

std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), {}};
}

class EveryFlag : public Cli {
 protected:
  void make_files() {
    write("f.csv", flowers());
    write("p.csv", passengers(200));
    std::string codes = "1,2,3\n", plain = "a,b,y,z\n";
    for (int i = 0; i < 60; ++i) {
      codes += cornu::text("{},{},{}\n", number(i % 3 + 0.3 * normal()), number(normal()), i % 3);
      plain += cornu::text("{},{},{},{}\n", number(normal()), number(normal()), number(normal()), number(normal()));
    }
    write("n.csv", codes);
    write("g.csv", plain);
    std::map<std::string, cornu::Tensor> all;
    for (const char* which : {"", "2"}) {
      cornu::Tensor x({90, 2}, cornu::DType::f32), y({90}, cornu::DType::i32);
      for (float& v : x.mutable_data<float>()) v = static_cast<float>(normal());
      for (int32_t& v : y.mutable_data<int32_t>()) v = static_cast<int32_t>(3 * uniform());
      const auto file = [&](const std::string& name) {
        return (folder_ / cornu::text("{}{}.npy", name, which)).string();
      };
      cornu::save_npy(file("x"), x);
      cornu::save_npy(file("y"), y);
      all[cornu::text("x{}", which)] = x;
      all[cornu::text("y{}", which)] = y;
    }
    cornu::save_npz((folder_ / "a.npz").string(), all);
    cornu::Sequential plain_model{cornu::Input({2}), cornu::Dense(1)};
    plain_model.set_weights({cornu::Tensor({2, 1}, {1, 10}), cornu::Tensor({1})});
    plain_model.compile({.loss = "mse"});
    plain_model.save((folder_ / "plain.keras").string());
    write("config.json",
          R"({"class_name": "Sequential", "module": "keras", "config": {"layers": [{"class_name": "Dense", "module":)"
          R"( "keras.layers", "config": {"units": 3, "activation": "softmax"}}]}})");
    for (const char* line :
         {"train f.csv -t species -q --epochs 5 -o f.keras", "train n.csv -t 3 -q --epochs 5 -o n.keras",
          "train p.csv -t survived -q --epochs 5 -o p.keras",
          "train --images x.npy --labels y.npy -q --epochs 5 -o x.keras"}) {
      const Result r = run(words(line));
      ASSERT_EQ(r.status, 0) << line << "\n" << r.err;
    }
    for (const auto& one : fs::directory_iterator(folder_)) given_.insert(one.path().filename().string());
  }

  /// What the program says and writes, without times and the command itself.
  std::string seen(const std::string& command, const std::string& line) {
    const Result r = run(words(command + " " + line));
    std::string out = cornu::text("{}{}{}", r.status, r.out, r.err);
    std::set<std::string> made;
    for (const auto& one : fs::directory_iterator(folder_))
      if (const std::string name = one.path().filename().string(); !given_.count(name)) made.insert(name);
    for (const std::string& name : made) {
      out += name + "\n";
      if (name.ends_with(".json")) out += read(name);
      if (name.ends_with(".keras")) out += run({"summary", name}).out;
    }
    for (const std::string& name : made) fs::remove(folder_ / name);
    out = std::regex_replace(out, std::regex("\"seconds\": [^\n]*|\"command\": [^\n]*"), "");
    return std::regex_replace(out, std::regex("[0-9.e+-]+ (ms|s)\\b"), "T");
  }

  /// Flags of a command by their long names, as the program lists them.
  std::vector<std::string> listed(const std::string& command) {
    std::istringstream help(run({command, "--help"}).out);
    std::vector<std::string> out;
    for (std::string line; std::getline(help, line);) {
      if (!line.starts_with("  -")) continue;
      std::istringstream names(words(line)[0]);
      for (std::string name; std::getline(names, name, ',');)
        if (name.starts_with("--") && name != "--help") out.push_back(name.substr(0, name.find('=')));
    }
    return out;
  }

  std::set<std::string> given_{"stdout.txt", "stderr.txt"};
};

TEST_F(EveryFlag, DoesSomethingOrIsRefused) {
  make_files();
  std::map<std::string, std::string> before;
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.command + " " + row.flags);
    std::string& first = before[row.command + " " + row.first];
    if (first.empty()) {
      first = seen(row.command, row.first);
      EXPECT_EQ(first[0], '0') << first;
      EXPECT_EQ(first, seen(row.command, row.first)) << "what is seen must depend on the flags alone";
    }
    EXPECT_NE(first, seen(row.command, row.second));
  }
  for (const char* command : {"evaluate", "predict"}) {
    EXPECT_EQ(seen(command, "f.keras f.csv"), seen(command, "f.keras f.csv --batch-size 7"));
    EXPECT_EQ(run({command, "f.keras", "f.csv", "--batch-size", "0"}).status, 2);
  }
}

TEST_F(EveryFlag, IsInTheTable) {
  std::set<std::string> held;
  for (const Row& row : rows())
    for (const std::string& flag : words(row.flags)) held.insert(row.command + " " + flag);
  for (const auto& [flag, where] : kElsewhere) {
    held.insert(flag);
    if (where.ends_with(".cpp")) {
      std::ostringstream test;
      test << std::ifstream(std::string(CORNU_TEST_DATA) + "/cli/" + where).rdbuf();
      expect_has(test.str(), cornu::text("\"{}\"", flag.substr(flag.find(' ') + 1)));
    }
  }
  const std::string help = run({"--help"}).out;
  std::istringstream commands(help.substr(help.find("Subcommands:")));
  std::string line;
  size_t flags = 0;
  for (std::getline(commands, line); std::getline(commands, line) && !line.empty();)
    for (const std::string& flag : listed(words(line)[0])) {
      ++flags;
      EXPECT_TRUE(held.count(words(line)[0] + " " + flag)) << words(line)[0] << " " << flag << " has no row";
    }
  EXPECT_GT(flags, 60u);
}

TEST_F(EveryFlag, OfLabelsInTwoPlacesOneIsRefused) {
  make_files();
  expect_refused({"train", "a.npz", "--y", "y2", "--labels", "y.npy"}, "cornu: give either --y or --labels, not both");
  cornu::Tensor x({3, 2}), y({3}, cornu::DType::i32);
  cornu::save_npz((folder_ / "tested.npz").string(), {{"x", x}, {"y", y}, {"x_test", x}, {"y_test", y}});
  expect_refused({"evaluate", "x.keras", "tested.npz", "--labels", "y.npy"},
                 "cornu: --labels has no effect, as 'tested.npz' has a test part of its own");
}

}  // namespace
}  // namespace cornu_cli
