// What a report says of classes that its figures hide, and the flags that help.
#include "cli/support.h"

namespace cornu_cli {
namespace {

class Rare : public Cli {
 protected:
  /// One row in `every` is of the class 'fraud', which is a little apart from the others.
  std::string frauds(int rows, int every) {
    std::string out = "a,b,y\n";
    for (int i = 0; i < rows; ++i) {
      const bool fraud = i % every == 0;
      out += number((fraud ? 1.3 : 0) + normal()) + "," + number(normal()) + (fraud ? ",fraud\n" : ",ok\n");
    }
    return out;
  }
  /// Of the class, in a report as JSON.
  static double recall_of(const std::string& json, const std::string& name) {
    const size_t classes = json.find("\"classes\": {");
    return figure(json.substr(json.find("\"" + name + "\": {", classes)), "recall");
  }
};

TEST_F(Rare, AClassThatIsSeldomFoundIsNamedWithTheFlagsThatHelp) {
  write("d.csv", frauds(3000, 50));
  const Result r = run({"train", "d.csv", "-t", "y", "-q"});
  ASSERT_EQ(r.status, 0) << r.err;
  const std::string found = "'fraud' is rare (2.0 % of the rows) and seldom found: recall 0.0 %, 0 of 9";
  expect_has(r.out, found);
  expect_has(r.out, "--class-weight balanced lets rare classes count as much as others in training");
  expect_has(read("model.report.txt"), found);
  expect_has(read("model.report.json"), "\"rare_classes\"");
  // The threshold that is advised, found anew on the whole file, does what it says.
  const std::string out = run({"evaluate", "model.keras", "d.csv"}).out;
  const size_t at = out.find("--threshold fraud=");
  ASSERT_NE(at, out.npos) << out;
  EXPECT_EQ(out.find("--class-weight"), out.npos);
  const std::string threshold = out.substr(at + 12, out.find(' ', at + 12) - at - 12);
  const std::string promise = "would find ";
  const double hits = std::stod(out.substr(out.find(promise) + promise.size()));
  ASSERT_EQ(run({"evaluate", "model.keras", "d.csv", "--threshold", threshold, "--json", "e.json"}).status, 0);
  EXPECT_NEAR(recall_of(read("e.json"), "fraud"), hits / 60, 1e-9);
  // predict takes the same flag; so does train, which keeps it in the model.
  const std::string now = run({"predict", "model.keras", "d.csv", "--threshold", threshold}).out;
  double found_again = 0;
  std::istringstream told(now), given(read("d.csv"));
  for (std::string a, b; std::getline(told, a) && std::getline(given, b);)
    found_again += a.starts_with("fraud,") && b.ends_with(",fraud");
  EXPECT_EQ(found_again, hits);
  ASSERT_EQ(run({"train", "d.csv", "-t", "y", "-q", "--threshold", threshold, "-o", "t.keras"}).status, 0);
  EXPECT_EQ(run({"predict", "t.keras", "d.csv"}).out, now);
}

TEST_F(Rare, ThresholdsAreThoseOfTheClassTheyName) {
  write("d.csv", frauds(400, 4));
  ASSERT_EQ(run({"train", "d.csv", "-t", "y", "-q", "--epochs", "5"}).status, 0);
  const auto with = [&](const char* threshold) {
    return run({"predict", "model.keras", "d.csv", "--threshold", threshold}).out;
  };
  EXPECT_EQ(with("ok=0.7"), with("0.7"));  // the second of the two
  EXPECT_NE(with("fraud=0.7"), with("0.7"));
  EXPECT_EQ(with("fraud=0.3"), with("0.7"));
  expect_refused({"predict", "model.keras", "d.csv", "--threshold", "fraude=0.3"},
                 "cornu: --threshold names the class 'fraude', but there are 2 classes: fraud, ok");
  expect_refused({"predict", "model.keras", "d.csv", "--threshold", "fraud=3"},
                 "cornu predict: --threshold: must be in (0, 1), got 'fraud=3'");
}

TEST_F(Rare, ClassWeightsMakeRareClassesFound) {
  write("d.csv", frauds(3000, 50));
  for (const char* weights : {"balanced", "fraud=25,ok=0.5"})
    for (const bool stream : {false, true}) {
      std::vector<std::string> train{"train", "d.csv", "-t", "y", "-q", "--class-weight", weights};
      if (stream) train.push_back("--stream");
      ASSERT_EQ(run(train).status, 0) << weights;
      // Both weights make the two classes count alike: the best border is half way, at 0.65 standard deviations, and
      // finds 74 % of 60, give or take 6 %.
      ASSERT_EQ(run({"evaluate", "model.keras", "d.csv", "--json", "e.json"}).status, 0);
      EXPECT_NEAR(recall_of(read("e.json"), "fraud"), 0.742, 0.12) << weights << stream;
    }
  ASSERT_EQ(run({"train", "d.csv", "-t", "y", "-q", "--class-weight", "balanced", "--cross-validation", "2"}).status,
            0);
  // Cross-validation measures the rare class on all of its rows.
  expect_has(run({"train", "d.csv", "-t", "y", "-q", "--epochs", "2", "--cross-validation", "3"}).out,
             "'fraud' is rare (2.0 % of the rows) and seldom found: recall 0.0 %, 0 of 60");
  expect_refused({"train", "d.csv", "-t", "y", "--class-weight", "fraude=2"},
                 "cornu: --class-weight names the class 'fraude', but there are 2 classes: fraud, ok");
  expect_refused({"train", "d.csv", "-t", "y", "--class-weight", "2"},
                 "cornu: --class-weight must be balanced, or weights as ok=1,fraud=20; got '2'");
  expect_refused({"train", "d.csv", "-t", "a", "--class-weight", "balanced"},
                 "cornu: --class-weight is for a target of classes, not for a number");
}

TEST_F(Rare, AClassThatNoRowOfTheTestHasIsTold) {
  write("d.csv", frauds(600, 200));
  const Result r = run({"train", "d.csv", "-t", "y", "-q", "--epochs", "3"});
  ASSERT_EQ(r.status, 0) << r.err;
  expect_has(r.out, "ROC AUC     none, as all rows are of 'ok'");
  expect_has(r.out,
             "none of these rows is of 'fraud', so nothing tells how well it is found; --cross-validation measures on "
             "every row");
  expect_has(read("model.report.json"), "\"roc_auc\": null");
}

TEST_F(Rare, ManyClassesHaveTheirMistakesListed) {
  std::string content = "a,b,k\n";
  for (int i = 0; i < 800; ++i)
    content +=
        number(i % 40 % 8 + normal()) + "," + number(i % 40 / 8 + normal()) + ",c" + std::to_string(i % 40) + "\n";
  write("d.csv", content);
  const Result r = run({"train", "d.csv", "-t", "k", "--epochs", "3"});
  ASSERT_EQ(r.status, 0) << r.err;
  const std::string title = "Most frequent mistakes (the matrix of 40 classes is in the JSON report)";
  expect_has(r.out, title);
  expect_has(r.out, "' taken for 'c");
  expect_has(read("model.report.txt"), title);
  // On the screen the list of classes is cut, in the file it is not.
  EXPECT_EQ(r.out.find("c7, c8, c9\n"), r.out.npos);
  expect_has(read("model.report.txt"), "c7, c8, c9\n");
  expect_has(run({"evaluate", "model.keras", "d.csv"}).out, "is in the JSON report, which --json writes)");
}

}  // namespace
}  // namespace cornu_cli
