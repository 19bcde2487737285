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

TEST_F(Rare, AThresholdOfOneAmongSeveralClasses) {
  std::string content = "a,b,y\n";
  for (int i = 0; i < 2400; ++i) {
    const bool rare = i % 40 == 0;
    content += number((rare ? 1.2 : 0) + normal()) + "," + number((i % 2 ? 2 : -2) + normal()) +
               (rare    ? ",rare\n"
                : i % 2 ? ",odd\n"
                        : ",even\n");
  }
  write("d.csv", content);
  const Result r = run({"train", "d.csv", "-t", "y", "-q"});
  ASSERT_EQ(r.status, 0) << r.err;
  expect_has(r.out, "'rare' is rare (2.5 % of the rows) and seldom found: recall 0.0 %, 0 of 9; --threshold rare=");
  // What is advised does what it says: in evaluate, in predict, and kept in the model by train.
  const std::string out = run({"evaluate", "model.keras", "d.csv"}).out;
  const size_t at = out.find("--threshold rare=");
  ASSERT_NE(at, out.npos) << out;
  const std::string threshold = out.substr(at + 12, out.find(' ', at + 12) - at - 12);
  const std::string promise = "would find ";
  const double hits = std::stod(out.substr(out.find(promise) + promise.size()));
  EXPECT_GT(hits, 0);
  const Result now = run({"evaluate", "model.keras", "d.csv", "--threshold", threshold, "--json", "e.json"});
  expect_has(now.out, "'rare' from a probability of " + threshold.substr(5) + " on");
  EXPECT_NEAR(recall_of(read("e.json"), "rare"), hits / 60, 1e-9);
  const std::string told = run({"predict", "model.keras", "d.csv", "--threshold", threshold}).out;
  EXPECT_NE(told.find("\nrare,"), told.npos);
  ASSERT_EQ(run({"train", "d.csv", "-t", "y", "-q", "--threshold", threshold, "-o", "t.keras"}).status, 0);
  EXPECT_EQ(run({"predict", "t.keras", "d.csv"}).out, told);
  expect_has(run({"summary", "t.keras"}).out, "'rare' from a probability of");
  // A high one leaves the class to rows that are sure, and the others to what is most probable besides.
  const std::string none = run({"predict", "model.keras", "d.csv", "--threshold", "odd=0.9999999"}).out;
  EXPECT_EQ(none.find("\nodd,"), none.npos);
}

TEST_F(Rare, FoldsProposeAThresholdToo) {
  write("d.csv", frauds(1500, 25));
  const Result r = run({"train", "d.csv", "-t", "y", "-q", "--epochs", "10", "--cross-validation", "3"});
  ASSERT_EQ(r.status, 0) << r.err;
  expect_has(r.out, "'fraud' is rare (4.0 % of the rows) and seldom found: recall ");
  expect_has(r.out, "of 60; --threshold fraud=");
  expect_has(r.out, "--class-weight balanced");
}

TEST_F(Rare, NoThresholdIsProposedThatFindsNoMore) {
  for (const uint64_t seed : {1, 2, 3, 4, 5}) {
    state_ = seed;
    write("d.csv", frauds(1500, 30));
    const std::string out = run({"train", "d.csv", "-t", "y", "-q"}).out;
    const size_t recall = out.find("and seldom found: recall "), found = out.find("would find ");
    if (found == out.npos) continue;
    const double before = std::stod(out.substr(out.find(", ", recall) + 2));
    EXPECT_GT(std::stod(out.substr(found + 11)), before) << out;
  }
  // Nothing tells the class apart.
  std::string content = "a,y\n";
  for (int i = 0; i < 800; ++i) content += number(normal()) + (i % 20 ? ",ok\n" : ",rare\n");
  write("noise.csv", content);
  const std::string out = run({"train", "noise.csv", "-t", "y", "-q", "--epochs", "3"}).out;
  expect_has(out, "'rare' is rare (5.0 % of the rows) and seldom found");
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
