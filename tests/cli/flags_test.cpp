// Flags: what they mean together, and that none is without effect in silence.
#include <cornu/cornu.h>

#include "cli/support.h"

namespace cornu_cli {
namespace {

TEST_F(Cli, FlagsWithoutEffectAreRefused) {
  write("f.csv", flowers());
  write("config.json", "{}");
  const auto refused = [&](std::vector<std::string> more, const std::string& sentence) {
    more.insert(more.begin(), {"train", "f.csv", "-t", "species"});
    expect_refused(more, "cornu: " + sentence);
  };
  refused({"--model", "config.json", "--layers", "4"}, "--layers has no effect with --model");
  refused({"--model", "config.json", "--l2", "0.1"}, "--l2 has no effect with --model");
  refused({"--layers", "none", "--dropout", "0.1"}, "--dropout has no effect with --layers none");
  refused({"--validation", "0", "--patience", "3"}, "--patience has no effect with --validation 0");
  refused({"--cross-validation", "3", "--test", "0.3"}, "--test has no effect with --cross-validation");
  refused({"-q", "-v"}, "--verbose has no effect with --quiet");
  refused({"--class-names", "a,b,c"}, "--class-names is for arrays, and 'f.csv' is none");
  refused({"--class-names", "a,b,c", "--stream"}, "--class-names is for arrays, and 'f.csv' is none");
  refused({"--test-labels", "l.npy"}, "--test-labels is for arrays, and 'f.csv' is none");
  refused({"--x", "x"}, "--x is for .npz files, and 'f.csv' is none");
  refused(
      {"--threshold", "0.3"},
      "--threshold must name the class, as in setosa=0.3, where there are 3 classes: setosa, versicolor, virginica");
  refused({"--activation", "glu"},
          "--activation: 'glu' gives fewer numbers than it gets, which a Dense layer does not allow");
  expect_refused({"train", "f.csv", "-t", "species", "--epochs", "5", "--epochs", "6"},
                 "cornu train: --epochs is given more than once");
  ASSERT_EQ(run({"train", "f.csv", "-t", "species", "-q", "--epochs", "2"}).status, 0);
  for (const char* command : {"evaluate", "predict"})
    expect_refused({command, "model.keras", "f.csv", "--threshold", "0.3"},
                   "cornu: --threshold must name the class, as in setosa=0.3, where there are 3 classes: setosa, "
                   "versicolor, virginica");
  for (const char* threads : {"abc", "0", "-1", "4 "}) {
    setenv("CORNU_NUM_THREADS", threads, 1);
    expect_refused(
        {"predict", "model.keras", "f.csv"},
        std::string("cornu: CORNU_NUM_THREADS: must be a whole number from 1 to 4096, got '") + threads + "'");
    unsetenv("CORNU_NUM_THREADS");
  }
}

TEST_F(Cli, NoOutputTakesThePlaceOfAnInput) {
  const std::string data = flowers();
  write("f.csv", data);
  ASSERT_EQ(run({"train", "f.csv", "-t", "species", "-q", "--epochs", "2"}).status, 0);
  fs::create_symlink("f.csv", folder_ / "link.csv");
  const std::string model = read("model.keras");
  expect_refused({"predict", "model.keras", "f.csv", "-o", "f.csv"},
                 "cornu: --out would overwrite 'f.csv', which is read");
  expect_refused({"predict", "model.keras", "f.csv", "-o", "link.csv"},
                 "cornu: --out would overwrite 'f.csv', which is read");
  expect_refused({"evaluate", "model.keras", "f.csv", "--json", "f.csv"},
                 "cornu: --json would overwrite 'f.csv', which is read");
  expect_refused({"evaluate", "model.keras", "f.csv", "--json", "./model.keras"},
                 "cornu: --json would overwrite 'model.keras', which is read");
  fs::rename(folder_ / "f.csv", folder_ / "a.report.txt");
  expect_refused({"train", "a.report.txt", "-t", "species", "-o", "a.keras"},
                 "cornu: --out would overwrite 'a.report.txt', which is read");
  EXPECT_EQ(read("a.report.txt"), data);
  EXPECT_EQ(read("model.keras"), model);
}

TEST_F(Cli, ADashIsTheStandardOutputOfPredictions) {
  write("f.csv", flowers());
  ASSERT_EQ(run({"train", "f.csv", "-t", "species", "-q", "--epochs", "2"}).status, 0);
  const Result p = run({"predict", "model.keras", "f.csv", "-o", "-"});
  EXPECT_EQ(p.status, 0) << p.err;
  EXPECT_EQ(p.out, run({"predict", "model.keras", "f.csv"}).out);
  EXPECT_FALSE(exists("-"));
  expect_refused({"predict", "model.keras", "-"},
                 "cornu: data cannot come from the standard input, as they are read twice; name a file");
  expect_refused({"evaluate", "model.keras", "f.csv", "--json", "-"},
                 "cornu: only predictions can be written to the standard output; name a file, not '-'");
}

TEST_F(Cli, AListOfColumnsEndsBeforeTheData) {
  write("f.csv", flowers());
  const Result r = run({"train", "-t", "species", "-q", "--epochs", "2", "--features", "length", "f.csv"});
  EXPECT_EQ(r.status, 0) << r.err;
  expect_has(run({"summary", "model.keras"}).out, "length");
  EXPECT_EQ(run({"train", "-t", "species", "-q", "--epochs", "2", "--ignore", "length", "f.csv"}).status, 0);
  const std::string summary = run({"summary", "model.keras"}).out;
  EXPECT_EQ(summary.find("length"), summary.npos);
  EXPECT_EQ(run({"train", "-t", "species", "-q", "--epochs", "2", "--features", "length,width", "f.csv"}).status, 0);
}

TEST_F(Cli, QuietSaysTheResultAlone) {
  write("f.csv", flowers());
  const std::string out = run({"train", "f.csv", "-t", "species", "-q", "--epochs", "2"}).out;
  EXPECT_EQ(out.rfind("On the 23 rows held back for the test:\n\nQuality\n", 0), 0u) << out;
  expect_has(out, "Wrote model.keras");
}

TEST_F(Cli, OfArraysWithATestPartThatIsUsed) {
  using namespace cornu;
  const auto part = [&](int rows, float shift) {
    Tensor x({rows, 2}, DType::f32), y({rows}, DType::i32);
    for (int i = 0; i < rows; ++i) {
      y.mutable_data<int32_t>()[static_cast<size_t>(i)] = i % 3;
      for (int k = 0; k < 2; ++k)
        x.mutable_data<float>()[static_cast<size_t>(2 * i + k)] =
            static_cast<float>(3 * (i % 3 == k) + 0.3 * normal()) + shift;
    }
    return std::pair(x, y);
  };
  const auto [x, y] = part(300, 0);
  const auto [x_test, y_test] = part(60, 0);
  save_npz((folder_ / "a.npz").string(), {{"x_train", x}, {"y_train", y}, {"x_test", x_test}, {"y_test", y_test}});
  const Result r = run({"train", "a.npz", "-q"});
  ASSERT_EQ(r.status, 0) << r.err;
  expect_has(r.out, "On the 60 rows held back");
  const auto lines = [](const std::string& out) { return std::count(out.begin(), out.end(), '\n'); };
  EXPECT_EQ(lines(run({"predict", "model.keras", "a.npz"}).out), 61);
  expect_has(run({"evaluate", "model.keras", "a.npz"}).out, "rows       60");
  // An array that is named goes alone, and with the labels of its name.
  EXPECT_EQ(lines(run({"predict", "model.keras", "a.npz", "--x", "x_train"}).out), 301);
  EXPECT_EQ(lines(run({"predict", "model.keras", "a.npz", "--x", "x_test"}).out), 61);
  expect_has(run({"evaluate", "model.keras", "a.npz", "--x", "x_test"}).out, "rows       60");
  expect_refused({"train", "a.npz", "--test", "0.5"},
                 "cornu: --test has no effect, as 'a.npz' has a test part of its own");
  expect_refused({"train", "a.npz", "-t", "y"}, "cornu: --target is for tables, and 'a.npz' is none");
}

TEST_F(Cli, TheTruthIsNoFeatureOfAModelFromElsewhere) {
  using namespace cornu;
  Sequential model{Input({2}), Dense(3, {.activation = "softmax"})};
  model.build({2});
  write("f.csv", "a,y,b\n1,0,2\n3,1,4\n5,2,6\n");
  std::string report;
  for (const char* loss : {"sparse_categorical_crossentropy", "categorical_crossentropy"}) {
    model.compile({.loss = loss});
    model.save((folder_ / "m.keras").string());
    for (const char* target : {"y", "2"}) {
      const Result r = run({"evaluate", "m.keras", "f.csv", "-t", target});
      EXPECT_EQ(r.status, 0) << r.err;
      expect_has(r.out, " of 3 right");
      if (report.empty()) report = r.out;
      EXPECT_EQ(r.out, report);
    }
  }
}

}  // namespace
}  // namespace cornu_cli
