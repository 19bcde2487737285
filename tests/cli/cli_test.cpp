// The command line as people use it: the real program on small files, what it says, and how it ends.
#include <cornu/cornu.h>

#include "cli/support.h"

namespace cornu_cli {
namespace {

TEST_F(Cli, TrainsOnClassesAndPredictsThem) {
  write("flowers.csv", flowers());
  const Result r = run({"train", "flowers.csv", "--target", "species"});
  ASSERT_EQ(r.status, 0) << r.err;
  EXPECT_EQ(r.err, "");
  expect_has(r.out, "3 classes: setosa, versicolor, virginica");
  expect_has(r.out, "Confusion matrix");
  expect_has(r.out, "Wrote model.keras, model.report.txt and model.report.json.");
  expect_has(read("model.report.txt"), "macro avg");
  expect_has(read("model.report.json"), "\"confusion_matrix\"");
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
  EXPECT_TRUE(exists("models/p.report.txt"));
  write("new.csv", "sex,age,port\nfemale,,S\nmale,33,\nmale,20,nowhere\n");
  expect_has(run({"predict", "models/p.keras", "new.csv"}).out, "prediction,p(no),p(yes)\nyes,");
  // The threshold decides what is predicted, from the command line or from the file.
  expect_has(run({"predict", "models/p.keras", "new.csv", "--threshold", "0.999"}).out, "p(yes)\nno,");
  ASSERT_EQ(run({"train", "p.csv", "-t", "survived", "--threshold", "0.999"}).status, 0);
  expect_has(run({"predict", "model.keras", "new.csv"}).out, "p(yes)\nno,");
  expect_has(run({"evaluate", "model.keras", "p.csv"}).out, "'yes' from a probability of 0.999 on");
}

TEST_F(Cli, TellsOfKindsThatTrainingHadNot) {
  write("p.csv", passengers());
  ASSERT_EQ(run({"train", "p.csv", "-t", "survived", "-q", "--epochs", "5"}).status, 0);
  write("new.csv", "sex,age,port,survived\nfemale,3,X,yes\nmale,33,Y,no\nmale,20,X,no\nother,20,S,no\nmale,1,C,yes\n");
  const std::string warning =
      "cornu: warning: values that the model was not trained with count as no kind at all: 'sex' has 'other' (1 row); "
      "'port' has 'X', 'Y' (3 rows)\n";
  const Result r = run({"predict", "model.keras", "new.csv"});
  EXPECT_EQ(r.status, 0);
  EXPECT_EQ(r.err, warning);
  EXPECT_EQ(run({"evaluate", "model.keras", "new.csv"}).err, warning);
  EXPECT_EQ(run({"predict", "model.keras", "p.csv"}).err, "");
}

TEST_F(Cli, PredictsRowsWhoseTargetIsUnknown) {
  write("f.csv", flowers(60));
  ASSERT_EQ(run({"train", "f.csv", "-t", "species", "-q", "--epochs", "5"}).status, 0);
  write("new.csv", "length,width,species\n1.4,0.2,\n6.0,2.2,no flower\n4.2,1.3,setosa\n");
  const std::string out = run({"predict", "model.keras", "new.csv"}).out;
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 4) << out;
}

TEST_F(Cli, BlocksOfALongFileMakeOneResult) {
  const int rows = 150000;  // several blocks
  write("f.csv", flowers(rows));
  ASSERT_EQ(run({"train", "f.csv", "-t", "species", "-q", "--epochs", "1"}).status, 0);
  const std::string out = run({"predict", "model.keras", "f.csv"}).out;
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), rows + 1);
  ASSERT_EQ(run({"predict", "model.keras", "f.csv", "-o", "p.npy"}).status, 0);
  const std::string npy = read("p.npy");
  EXPECT_EQ(npy.size(), 128 + rows * 3 * sizeof(float));
  expect_has(npy.substr(0, 128), "'shape': (150000, 3)");
  EXPECT_EQ(run({"predict", "model.keras", "f.csv", "-o", "p.csv"}).status, 0);
  EXPECT_EQ(read("p.csv"), out);
  // A mistake in the last line leaves no file at all.
  std::ofstream(folder_ / "f.csv", std::ios::app) << "1.4,wide,setosa\n";
  EXPECT_EQ(run({"predict", "model.keras", "f.csv", "-o", "q.csv"}).err,
            "cornu: f.csv: line 150002: 'width' must be a number, got 'wide'\n");
  EXPECT_FALSE(exists("q.csv"));
  for (const auto& entry : fs::directory_iterator(folder_))
    EXPECT_EQ(entry.path().string().find(".tmp"), std::string::npos) << entry.path();
}

TEST_F(Cli, MillionsOfRowsHaveTheFiguresOfFew) {
  // The same rows again and again, beyond the number up to which figures are exact.
  for (const char* target : {"survived", "age"}) {
    state_ = 42;
    const std::string few = passengers(200);
    write("few.csv", few);
    ASSERT_EQ(run({"train", "few.csv", "-t", target, "-q", "--epochs", "3"}).status, 0);
    std::string many = few;
    for (int i = 1; i < 7000; ++i) many += few.substr(few.find('\n') + 1);
    write("many.csv", many);
    ASSERT_EQ(run({"evaluate", "model.keras", "few.csv", "--json", "few.json"}).status, 0);
    ASSERT_EQ(run({"evaluate", "model.keras", "many.csv", "--json", "many.json"}).status, 0);
    for (const char* name : {"loss", "accuracy", "roc_auc", "mean_absolute_error", "baseline_mean_absolute_error",
                             "median_absolute_error", "root_mean_square_error", "r2"}) {
      const double want = figure(read("few.json"), name);
      EXPECT_NEAR(figure(read("many.json"), name), want, 2e-4 * std::abs(want)) << name;
    }
  }
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
  write("two.csv", "area,district,price\n100,old,390000\n100,new,350000\n");
  ASSERT_EQ(run({"evaluate", "model.keras", "two.csv", "--json", "two.json"}).status, 0);
  const std::string two = read("two.json");  // the middle of two is their mean
  EXPECT_EQ(figure(two, "median_absolute_error"), figure(two, "mean_absolute_error"));
}

TEST_F(Cli, StreamsAFile) {
  write("h.csv", houses(3000));
  const Result r = run({"train", "h.csv", "-t", "price", "--stream", "--epochs", "40"});
  ASSERT_EQ(r.status, 0) << r.err;
  expect_has(r.out, "R2                       0.9");
  expect_has(run({"evaluate", "model.keras", "h.csv"}).out, "rows                     3,000");
}

TEST_F(Cli, CrossValidates) {
  write("p.csv", passengers());
  const Result r = run({"train", "p.csv", "-t", "survived", "--cross-validation", "4"});
  ASSERT_EQ(r.status, 0) << r.err;
  expect_has(r.out, "fold 4 of 4   loss ");
  expect_has(r.out, "Cross-validation, 4 folds: mean and standard deviation\n  loss       0.");
  expect_has(r.out, "400 to train, 0 to validate, 0 to test");
  expect_has(read("model.report.txt"), "Cross-validation, 4 folds");
  expect_has(read("model.report.json"), "\"standard_deviation\"");
  // Each row was held back once: the mean of the folds' accuracies, all of 100 rows, is close to what sex alone tells.
  const size_t at = r.out.find("accuracy   ", r.out.find("Cross-validation"));
  EXPECT_NEAR(std::stod(r.out.substr(at + 11)), 0.85, 0.05);
  EXPECT_EQ(run({"predict", "model.keras", "p.csv"}).status, 0);
  write("h.csv", houses(200));
  expect_has(run({"train", "h.csv", "-t", "price", "--cross-validation", "3", "-q"}).out, "r2 ");
  expect_refused({"train", "p.csv", "-t", "survived", "--cross-validation", "401"},
                 "cornu: --cross-validation must be from 2 to the number of rows, 400, got 401");
  expect_refused({"train", "p.csv", "-t", "survived", "--cross-validation", "3", "--stream"},
                 "cornu: --cross-validation needs the data in memory, so it goes without --stream");
}

TEST_F(Cli, AFigureThatFewFoldsHaveSaysSo) {
  // One row of the second class: four of five folds are measured on rows of one class alone, which have no ROC curve.
  std::string rows = "a,y\n";
  for (int i = 0; i < 40; ++i) rows += number(normal()) + (i == 3 ? ",yes\n" : ",no\n");
  write("rare.csv", rows);
  const Result r = run({"train", "rare.csv", "-t", "y", "--cross-validation", "5", "--epochs", "3", "-q"});
  ASSERT_EQ(r.status, 0) << r.err;
  const size_t at = r.out.find("roc auc");
  ASSERT_NE(at, r.out.npos) << r.out;
  const std::string line = r.out.substr(at, r.out.find('\n', at) - at);
  EXPECT_TRUE(line.ends_with("   in 1 of 5 folds")) << line;
  EXPECT_EQ(line.find("+-"), line.npos) << line;
  const std::string json = read("model.report.json");
  const std::string auc =
      json.substr(json.find("\"roc_auc\""), json.find(']', json.find("\"roc_auc\"")) - json.find("\"roc_auc\""));
  expect_has(auc, "\"standard_deviation\": null");
  EXPECT_EQ(std::count(auc.begin(), auc.end(), ','), 6) << auc;  // five places for five folds
}

TEST_F(Cli, SaysWhichEpochIsKept) {
  write("f.csv", flowers());
  const std::string best = run({"train", "f.csv", "-t", "species", "--epochs", "30", "-q"}).out;
  expect_has(best, ", the best. Wrote model.keras");
  // A step that is too wide, so that the first epoch stays the best.
  const Result last =
      run({"train", "f.csv", "-t", "species", "--epochs", "4", "--patience", "0", "-q", "--lr", "3", "-o", "l.keras"});
  ASSERT_EQ(last.status, 0) << last.err;
  expect_has(last.out, "; the model is that of epoch 4, the last; the best val_loss was in epoch ");
  expect_has(read("l.report.json"), "\"kept_epoch\": 4");
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

TEST_F(Cli, LogitsBecomeProbabilities) {
  const auto config = [](int units, const std::string& activation) {
    return std::string(R"({"module": "keras", "class_name": "Sequential", "config": {"name": "mine", "layers": [)") +
           R"({"module": "keras.layers", "class_name": "Dense", "config": {"name": "out", "units": )" +
           std::to_string(units) + R"(, "activation": ")" + activation + R"("}}]}, "registered_name": null})";
  };
  write("three.csv", flowers());
  write("two.csv", passengers());
  for (const auto& [file, target, units] :
       {std::tuple("three.csv", "species", 3), std::tuple("two.csv", "survived", 1)}) {
    write("config.json", config(units, "linear"));
    const Result r = run({"train", file, "-t", target, "--model", "config.json"});
    ASSERT_EQ(r.status, 0) << r.err;
    const Result e = run({"evaluate", "model.keras", file, "--json", "e.json"});
    ASSERT_EQ(e.status, 0) << e.err;
    ASSERT_EQ(run({"predict", "model.keras", file, "-o", "p.csv"}).status, 0);
    std::istringstream lines(read("p.csv")), given(read(file));
    std::string line, row, head;
    std::getline(lines, head), std::getline(given, row);
    double right = 0, rows = 0;
    while (std::getline(lines, line) && std::getline(given, row)) {
      const std::string told = line.substr(0, line.find(','));
      right += row.substr(row.rfind(',') + 1) == told, ++rows;
      // Every class has its probability; the one that is told has the largest.
      std::istringstream fields(line.substr(line.find(',') + 1)), names(head.substr(head.find(',') + 1));
      double sum = 0, largest = 0;
      std::string best;
      for (std::string field, name; std::getline(fields, field, ',') && std::getline(names, name, ',');) {
        const double p = std::stod(field);
        EXPECT_TRUE(p >= 0 && p <= 1) << line;
        sum += p;
        if (p > largest) largest = p, best = name;
      }
      EXPECT_NEAR(sum, 1, 1e-5) << line;
      EXPECT_EQ(best, "p(" + told + ")") << line;
    }
    EXPECT_NEAR(figure(read("e.json"), "accuracy"), right / rows, 1e-9);
    EXPECT_GT(right / rows, units == 3 ? 0.95 : 0.8) << "of what can be told apart, nearly all";
  }
  write("config.json", config(3, "relu"));
  expect_refused({"train", "three.csv", "-t", "species", "--model", "config.json"},
                 "cornu: the last layer 'out' of the model in 'config.json' has the activation 'relu'; a target of 3 "
                 "classes needs 'softmax', or 'linear' for logits");
}

TEST_F(Cli, ModelsOfOtherProgramsSayByTheirLossThatTheyGiveLogits) {
  using namespace cornu;
  const auto save = [&](int64_t units, Loss loss, const char* name) {
    Sequential model{Input({2}), Dense(units)};
    model.build({2});
    model.compile({.optimizer = "sgd", .loss = std::move(loss)});
    Tensor kernel({2, units}, DType::f32);
    for (float& w : kernel.mutable_data<float>()) w = 0;
    for (int64_t i = 0; i < units; ++i) kernel.mutable_data<float>()[static_cast<size_t>(i % 2 * units + i)] = 1;
    model.set_weights({kernel, Tensor({units}, DType::f32)});
    model.save((folder_ / name).string());
  };
  save(2, losses::SparseCategoricalCrossentropy({.from_logits = true}), "two.keras");
  save(1, losses::BinaryCrossentropy({.from_logits = true}), "one.keras");
  write("x.csv", "a,b\n0,2\n2,0\n-3,-3\n");
  write("y.csv", "a,b,y\n0,2,1\n2,0,0\n-3,-4,0\n");
  expect_has(run({"predict", "two.keras", "x.csv"}).out, "prediction,p(0),p(1)\n1,0.1192");
  expect_has(run({"predict", "one.keras", "x.csv"}).out, "prediction,p(0),p(1)\n1,0.5,0.5\n1,0.1192");
  expect_has(run({"evaluate", "two.keras", "y.csv", "-t", "y", "--features", "a,b"}).out, "3 of 3 right");
  expect_has(run({"evaluate", "one.keras", "y.csv", "-t", "y", "--features", "a,b"}).out, "2 of 3 right");
}

TEST_F(Cli, ModelsInOneFolderKeepTheirReports) {
  write("f.csv", flowers(30));
  for (const char* name : {"a", "b"})
    ASSERT_EQ(run({"train", "f.csv", "-t", "species", "--epochs", "2", "-q", "-o", std::string("m/") + name + ".keras"})
                  .status,
              0);
  for (const char* file : {"m/a.report.txt", "m/a.report.json", "m/b.report.txt", "m/b.report.json"})
    EXPECT_TRUE(exists(file)) << file;
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
}  // namespace cornu_cli
