// The command line as people use it: the real program on small files, what it says, and how it ends.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace {

namespace fs = std::filesystem;

struct Result {
  int status = -1;
  std::string out, err;
};

class Cli : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              (std::string("cornu_cli_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// Runs it in the test's folder, without a shell; `interrupt`: with SIGINT a moment after the first epoch.
  Result run(const std::vector<std::string>& arguments, bool interrupt = false) {
    std::vector<std::string> all{CORNU_PROGRAM};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const pid_t child = fork();
    if (child == 0) {
      std::vector<char*> argv;
      for (std::string& a : all) argv.push_back(a.data());
      argv.push_back(nullptr);
      if (chdir(folder_.c_str()) != 0 || !std::freopen("stdout.txt", "w", stdout) ||
          !std::freopen("stderr.txt", "w", stderr))
        _exit(99);
      execv(argv[0], argv.data());
      _exit(98);
    }
    if (interrupt) {
      const auto pause = [](int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); };
      for (int i = 0; i < 3000 && read("stdout.txt").find("\nepoch ") == std::string::npos; ++i) pause(20);
      pause(300);
      kill(child, SIGINT);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), read("stdout.txt"), read("stderr.txt")};
  }
  void write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }
  std::string read(const std::string& name) {
    std::ostringstream s;
    s << std::ifstream(folder_ / name, std::ios::binary).rdbuf();
    return s.str();
  }
  bool exists(const std::string& name) const { return fs::exists(folder_ / name); }

  /// A fixed generator, so that files are the same everywhere.
  double uniform() {
    state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<double>(state_ >> 11) * 0x1p-53;
  }
  double normal() {
    double s = -6;
    for (int i = 0; i < 12; ++i) s += uniform();
    return s;
  }
  std::string number(double v) {
    char out[32];
    std::snprintf(out, sizeof out, "%.3f", v);
    return out;
  }
  /// Three kinds of flowers.
  std::string flowers(int rows = 150) {
    const char* names[] = {"setosa", "versicolor", "virginica"};
    const double centre[3][2] = {{1.5, 0.2}, {4.3, 1.3}, {5.9, 2.1}};
    std::string out = "length,width,species\n";
    for (int i = 0; i < rows; ++i) {
      const int k = i % 3;
      out +=
          number(centre[k][0] + 0.3 * normal()) + "," + number(centre[k][1] + 0.15 * normal()) + "," + names[k] + "\n";
    }
    return out;
  }
  /// Passengers with text, missing values, names with commas.
  std::string passengers(int rows = 400) {
    std::string out = "id,name,sex,age,port,survived\n";
    for (int i = 0; i < rows; ++i) {
      const bool female = uniform() < 0.5;
      const bool lives = uniform() < (female ? 0.85 : 0.15);
      out += std::to_string(i + 1) + ",\"Person, " + std::to_string(i) + "\"," + (female ? "female" : "male") + "," +
             (uniform() < 0.2 ? "" : number(20 + 30 * uniform())) + "," +
             (uniform() < 0.1 ? "NA"
              : i % 2         ? "S"
                              : "C") +
             "," + (lives ? "yes" : "no") + "\n";
    }
    return out;
  }
  std::string houses(int rows = 600) {
    std::string out = "area;district;price\n";
    for (int i = 0; i < rows; ++i) {
      const double area = 40 + 160 * uniform();
      const bool old = uniform() < 0.4;
      out += number(area) + ";" + (old ? "old" : "new") + ";" + number(area * (old ? 4000 : 3000) + 5000 * normal()) +
             "\n";
    }
    return out;
  }
  void expect_has(const std::string& whole, const std::string& part) {
    EXPECT_NE(whole.find(part), whole.npos) << "no '" << part << "' in:\n" << whole;
  }
  /// One sentence on stderr, nothing on stdout, status 2.
  void expect_refused(const std::vector<std::string>& arguments, const std::string& sentence) {
    const Result r = run(arguments);
    EXPECT_EQ(r.status, 2);
    EXPECT_EQ(r.err, sentence + "\n");
    EXPECT_EQ(r.out, "");
  }

  fs::path folder_;
  uint64_t state_ = 42;
};

TEST_F(Cli, TrainsOnClassesAndPredictsThem) {
  write("flowers.csv", flowers());
  const Result r = run({"train", "flowers.csv", "--target", "species"});
  ASSERT_EQ(r.status, 0) << r.err;
  EXPECT_EQ(r.err, "");
  expect_has(r.out, "3 classes: setosa, versicolor, virginica");
  expect_has(r.out, "Confusion matrix");
  expect_has(r.out, "Wrote model.keras, report.txt and report.json.");
  expect_has(read("report.txt"), "macro avg");
  expect_has(read("report.json"), "\"confusion_matrix\"");
  EXPECT_FALSE(exists("model.checkpoint.keras"));

  // The same columns in another order, without the target.
  write("new.csv", "width,length\n0.2,1.4\n2.2,6.0\n1.3,4.2\n");
  const Result p = run({"predict", "model.keras", "new.csv", "-o", "out.csv"});
  ASSERT_EQ(p.status, 0) << p.err;
  std::istringstream lines(read("out.csv"));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "prediction,p(setosa),p(versicolor),p(virginica)");
  for (const char* want : {"setosa,", "virginica,", "versicolor,"}) {
    std::getline(lines, line);
    EXPECT_EQ(line.rfind(want, 0), 0u) << line;
  }
  EXPECT_EQ(run({"predict", "model.keras", "new.csv"}).out, read("out.csv"));
  ASSERT_EQ(run({"predict", "model.keras", "new.csv", "-o", "out.npy"}).status, 0);
  EXPECT_EQ(read("out.npy").substr(1, 5), "NUMPY");

  const Result e = run({"evaluate", "model.keras", "flowers.csv", "--json", "e.json"});
  ASSERT_EQ(e.status, 0) << e.err;
  expect_has(e.out, "150 right; always saying 'setosa' gives 33.3 %");
  expect_has(read("e.json"), "\"accuracy\"");
  const Result s = run({"summary", "model.keras"});
  expect_has(s.out, "Normalization");
  expect_has(s.out, "3 classes: setosa, versicolor, virginica");
}

TEST_F(Cli, TextAndMissingValuesAndTwoClasses) {
  write("p.csv", passengers());
  const Result r = run({"train", "p.csv", "-t", "survived", "--out", "models/p.keras"});
  ASSERT_EQ(r.status, 0) << r.err;
  expect_has(r.out, "not used     'id': it only counts the rows");
  expect_has(r.out, "not used     'name': it has 400 different texts in 400 rows");
  expect_has(r.out, "ROC AUC");
  EXPECT_TRUE(exists("models/report.txt"));
  write("new.csv", "sex,age,port\nfemale,,S\nmale,33,\nmale,20,nowhere\n");
  expect_has(run({"predict", "models/p.keras", "new.csv"}).out, "prediction,p(no),p(yes)\nyes,");
  // The threshold decides what is predicted, from the command line or from the file.
  expect_has(run({"predict", "models/p.keras", "new.csv", "--threshold", "0.999"}).out, "p(yes)\nno,");
  ASSERT_EQ(run({"train", "p.csv", "-t", "survived", "--threshold", "0.999"}).status, 0);
  expect_has(run({"predict", "model.keras", "new.csv"}).out, "p(yes)\nno,");
  expect_has(run({"evaluate", "model.keras", "p.csv"}).out, "'yes' from a probability of 0.999 on");
}

TEST_F(Cli, NumbersAreLearntInTheirOwnUnit) {
  write("h.csv", houses());
  const Result r = run({"train", "h.csv", "-t", "price", "--layers", "16,8", "--l2", "1e-5", "--activation", "tanh"});
  ASSERT_EQ(r.status, 0) << r.err;
  expect_has(r.out, "R2                       0.9");
  write("new.csv", "area,district\n100,old\n100,new\n");
  std::istringstream lines(run({"predict", "model.keras", "new.csv"}).out);
  std::string head;
  double old_town = 0, new_town = 0;
  lines >> head >> old_town >> new_town;
  EXPECT_EQ(head, "prediction");
  EXPECT_NEAR(old_town, 400000, 30000);
  EXPECT_NEAR(new_town, 300000, 30000);
}

TEST_F(Cli, StreamsAFile) {
  write("h.csv", houses(3000));
  const Result r = run({"train", "h.csv", "-t", "price", "--stream", "--epochs", "40"});
  ASSERT_EQ(r.status, 0) << r.err;
  expect_has(r.out, "R2                       0.9");
  expect_has(run({"evaluate", "model.keras", "h.csv"}).out, "rows                     3,000");
}

TEST_F(Cli, TheSameSeedGivesTheSameModel) {
  write("f.csv", flowers());
  for (const char* name : {"a.keras", "b.keras", "c.keras"})
    ASSERT_EQ(run({"train", "f.csv", "-t", "species", "--epochs", "20", "-o", name, "-q", "--seed",
                   name[0] == 'c' ? "1" : "0"})
                  .status,
              0);
  const auto predictions = [&](const char* model) { return run({"predict", model, "f.csv"}).out; };
  EXPECT_EQ(predictions("a.keras"), predictions("b.keras"));
  EXPECT_NE(predictions("a.keras"), predictions("c.keras"));
}

TEST_F(Cli, InterruptedTrainingGoesOnToTheSameBits) {
  write("f.csv", flowers(6000));
  const std::vector<std::string> train{"train",     "f.csv", "-t",           "species", "--patience", "0",
                                       "--dropout", "0.2",   "--batch-size", "4",       "--epochs"};
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> all = train;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  const Result stopped = run(with({"1000000"}), true);
  ASSERT_EQ(stopped.status, 130) << stopped.err;
  expect_has(stopped.err, "The state is in 'model.checkpoint.keras'; go on with\n  cornu train f.csv -t species");
  expect_has(stopped.err, "--resume");
  EXPECT_FALSE(exists("model.keras"));
  const size_t at = stopped.err.find("epoch ") + 6;
  const std::string epochs = std::to_string(std::stoi(stopped.err.substr(at)) + 2);
  const Result resumed = run(with({epochs, "--resume"}));
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_FALSE(exists("model.checkpoint.keras"));
  ASSERT_EQ(run(with({epochs, "-o", "whole.keras"})).status, 0);
  EXPECT_EQ(run({"predict", "model.keras", "f.csv"}).out, run({"predict", "whole.keras", "f.csv"}).out);
}

TEST_F(Cli, TrainsOnIdxFilesAndFolders) {
  std::string images("\0\0\x08\x03\0\0\x01\x2c\0\0\0\x04\0\0\0\x04", 16), labels("\0\0\x08\x01\0\0\x01\x2c", 8);
  for (int i = 0; i < 300; ++i) {
    const int k = i % 3;
    labels += static_cast<char>(k);
    for (int p = 0; p < 16; ++p) images += static_cast<char>(p / 5 == k ? 180 + 60 * uniform() : 60 * uniform());
  }
  write("train-images-idx3-ubyte", images);
  write("train-labels-idx1-ubyte", labels);
  const Result r = run({"train", "--images", "train-images-idx3-ubyte", "--labels", "train-labels-idx1-ubyte",
                        "--class-names", "top,middle,bottom"});
  ASSERT_EQ(r.status, 0) << r.err;
  expect_has(r.out, "3 classes: top, middle, bottom");
  expect_has(r.out, "accuracy   100.0 %");
  expect_has(run({"predict", "model.keras", "train-images-idx3-ubyte"}).out,
             "prediction,p(top),p(middle),p(bottom)\ntop,");
  expect_has(
      run({"evaluate", "model.keras", "--images", "train-images-idx3-ubyte", "--labels", "train-labels-idx1-ubyte"})
          .out,
      "300 of 300 right");
  EXPECT_EQ(run({"train", ".", "-q", "--epochs", "3", "-o", "folder.keras"}).status, 0);
}

TEST_F(Cli, TakesAKerasConfig) {
  write("f.csv", flowers());
  const auto config = [](int units) {
    return std::string(R"({"module": "keras", "class_name": "Sequential", "config": {"name": "mine", "layers": [)") +
           R"({"module": "keras.layers", "class_name": "Dense", "config": {"name": "hidden", "units": 7, "activation": "tanh"}},)" +
           R"({"module": "keras.layers", "class_name": "Dense", "config": {"name": "out", "units": )" +
           std::to_string(units) + R"(, "activation": "softmax"}}]}, "registered_name": null})";
  };
  write("config.json", config(3));
  const Result r = run({"train", "f.csv", "-t", "species", "--model", "config.json"});
  ASSERT_EQ(r.status, 0) << r.err;
  expect_has(r.out, "hidden (Dense)");
  write("config.json", config(4));
  expect_refused(
      {"train", "f.csv", "-t", "species", "--model", "config.json"},
      "cornu: the model in 'config.json' has outputs of shape (None, 4); a target of 3 classes needs 3 for each row");
}

TEST_F(Cli, SaysInOneSentenceWhatIsWrong) {
  write("f.csv", flowers());
  write("empty.csv", "");
  write("ragged.csv", "a,b\n1,2\n3,4,5\n");
  std::string typo = passengers();
  typo.replace(typo.find(",male,"), 6, ",male,old");
  write("typo.csv", typo);
  expect_refused({"trian"}, "cornu has no command 'trian'; did you mean 'train'?");
  expect_refused({"train", "no.csv", "-t", "y"}, "cornu: there is no file 'no.csv'");
  expect_refused({"train"}, "cornu: no data were given: name a file, or --images and --labels");
  expect_refused({"train", "f.csv"},
                 "cornu: --target must name the column to predict; 'f.csv' has [length, width, species]");
  expect_refused({"train", "f.csv", "-t", "speces"}, "cornu: f.csv: has no column 'speces'; did you mean 'species'?");
  expect_refused({"train", "f.csv", "-t", "species", "--epoch", "3"},
                 "cornu train has no flag --epoch; did you mean --epochs?");
  expect_refused({"train", "f.csv", "-t", "species", "--epochs", "many"},
                 "cornu train: --epochs: must be a whole number from 1 on, got 'many'");
  expect_refused({"train", "f.csv", "-t", "species", "--epochs"}, "cornu train: --epochs needs a value");
  expect_refused({"train", "f.csv", "-t", "species", "--optimizer", "adm"},
                 "cornu: --optimizer: 'adm' is unknown; did you mean 'adam'?");
  expect_refused({"train", "f.csv", "-t", "species", "--layers", "64;32"},
                 "cornu: --layers must be sizes as 64,32, or none; got '64;32'");
  expect_refused({"train", "f.csv", "-t", "species", "-o", "m.h5"}, "cornu: --out must end in .keras, got 'm.h5'");
  expect_refused({"train", "f.csv", "-t", "species", "-o", "/dev/null/m.keras"},
                 "cornu: cannot make the folder '/dev/null': Not a directory");
  expect_refused({"train", "f.csv", "-t", "species", "--resume"},
                 "cornu: there is nothing to resume: no file 'model.checkpoint.keras'");
  expect_refused({"train", "empty.csv", "-t", "y"}, "cornu: empty.csv: is empty");
  expect_refused({"train", "ragged.csv", "-t", "a"}, "cornu: ragged.csv: line 3 must have 2 fields, got 3");
  expect_refused({"predict", "f.csv", "f.csv"}, "cornu: 'f.csv' is not a .keras model");
  expect_refused({"summary", "no.keras"}, "cornu: there is no file 'no.keras'");
  expect_refused({"summary"}, "cornu summary: model is required");
  const Result r = run({"train", "typo.csv", "-t", "survived"});
  EXPECT_EQ(r.status, 2);
  expect_has(r.err, "'age' must be a number as in ");
}

TEST_F(Cli, HelpHasAnExampleEverywhere) {
  for (const char* command : {"train", "evaluate", "predict", "summary", "info"}) {
    const Result r = run({command, "--help"});
    EXPECT_EQ(r.status, 0) << command;
    expect_has(r.out, std::string("  cornu ") + command);
  }
  EXPECT_EQ(run({"--help"}).out, run({}).out);
  expect_has(run({"--version"}).out, "cornu ");
  expect_has(run({"info"}).out, "threads");
}

}  // namespace
