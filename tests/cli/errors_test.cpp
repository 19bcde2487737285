// What the command line says to mistakes: one sentence, status 2, and no file half written.
#include "cli/support.h"

namespace cornu_cli {
namespace {

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

TEST_F(Cli, SaysWhatIsWrongWithDataAndNumbers) {
  write("f.csv", flowers());
  const std::vector<std::string> train{"train", "f.csv", "-t", "species"};
  const auto refused = [&](std::vector<std::string> more, const std::string& sentence) {
    more.insert(more.begin(), train.begin(), train.end());
    expect_refused(more, sentence);
  };
  refused({"--seed", "-1"}, "cornu train: --seed: must be a whole number from 0 to 18446744073709551615, got '-1'");
  refused({"--seed", "18446744073709551616"},
          "cornu train: --seed: must be a whole number from 0 to 18446744073709551615, got '18446744073709551616'");
  refused({"--lr", "0"}, "cornu train: --learning-rate: must be a number above 0, got '0'");
  refused({"--lr", "nan"}, "cornu train: --learning-rate: must be a number above 0, got 'nan'");
  refused({"--epochs", "010"}, "cornu train: --epochs: must be a whole number from 1 on, got '010'");
  refused({"--cross-validation", "1"}, "cornu train: --cross-validation: must be a whole number from 2 on, got '1'");
  refused({"--l2", "-3"}, "cornu train: --l2: must be a number from 0 on, got '-3'");
  refused({"--patience", "-3"}, "cornu train: --patience: must be a whole number from 0 on, got '-3'");
  refused({"--threshold", "2"}, "cornu train: --threshold: must be in (0, 1), got '2'");
  refused({"--test", "0.9", "--validation", "0.5"},
          "cornu: --test and --validation must be shares from 0 on and below 1 together, got 0.9 and 0.5");
  write("two.csv", "a,y\n1,2.5\n2,3.5\n");
  expect_refused({"train", "two.csv", "-t", "y"},
                 "cornu: 2 rows are too few for a test and a validation part; --test 0 --validation 0 trains on all");
  write("utf16.csv", "\xFF\xFE" + std::string("a\0,\0", 4));
  expect_refused({"train", "utf16.csv", "-t", "y"}, "cornu: utf16.csv: is UTF-16 text; save it as UTF-8");
  write("latin.csv",
        "a,gr\xF6\xDF"
        "e\n1,2\n3,4\n");
  expect_refused({"train", "latin.csv", "-t", "a"},
                 "cornu: latin.csv: must be UTF-8 text, which 'gr??e' is not; convert it, for example with iconv -f "
                 "latin1 -t utf-8");
  expect_refused({"train", "latin.csv", "-t", "größe"},
                 "cornu: latin.csv: must be UTF-8 text, which 'gr??e' is not; convert it, for example with iconv -f "
                 "latin1 -t utf-8");
  write("mac.csv", "a,y\r1,2\r3,4\r");
  expect_refused(
      {"train", "mac.csv", "-t", "y"},
      "cornu: mac.csv: has no line ends but carriage returns; convert them, for example with tr '\\r' '\\n'");
  expect_refused({"train", CORNU_PROGRAM, "-t", "y"},
                 std::string("cornu: ") + CORNU_PROGRAM + ": is no text: it has bytes of zero");
  // A training that diverges leaves nothing.
  const Result lost = run({"train", "f.csv", "-t", "length", "--lr", "1e10", "-q", "-o", "lost.keras"});
  EXPECT_EQ(lost.status, 2);
  expect_has(lost.err, "cornu: the loss became NaN in epoch 1, so nothing was saved; try a --learning-rate below");
  expect_has(run({"train", "f.csv", "-t", "length", "--optimizer", "sgd", "--lr", "777777", "-q"}).err,
             "below 777777\n");
  EXPECT_FALSE(exists("lost.keras"));
}

TEST_F(Cli, OutputThatCannotBeWrittenIsAnError) {
  write("f.csv", flowers(30));
  ASSERT_EQ(run({"train", "f.csv", "-t", "species", "--epochs", "2", "-q"}).status, 0);
  expect_refused({"predict", "model.keras", "f.csv", "-o", "/dev/full"},
                 "cornu: /dev/full: the file must be writable, got 'No space left on device'");
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
  EXPECT_EQ(run({"predict", "model.keras", "f.csv", "-o", "/dev/null"}).status, 0);
  for (const char* command :
       {"summary model.keras", "predict model.keras f.csv", "info", "--version", "train --help", ""}) {
    const std::string line =
        std::string("cd ") + folder_.string() + " && " + CORNU_PROGRAM + " " + command + " > /dev/full 2> full.txt";
    EXPECT_EQ(WEXITSTATUS(std::system(line.c_str())), 2) << command;
    EXPECT_EQ(read("full.txt"), "cornu: the output could not be written: No space left on device\n");
  }
}

TEST_F(Cli, AModelThatCannotBeSavedWhereItShouldIsSavedElsewhere) {
  write("f.csv", flowers(2000));
  fs::create_directories(folder_ / "out");
  const Result r = run({"train", "f.csv", "-t", "species", "--batch-size", "1", "--epochs", "1000", "--patience", "0",
                        "-o", "out/lost_folder.keras"},
                       [&](pid_t) { fs::remove_all(folder_ / "out"); });
  EXPECT_EQ(r.status, 2) << r.out;
  const size_t at = r.err.find("; the trained model is in '");
  ASSERT_NE(at, std::string::npos) << r.err;
  const size_t start = r.err.find('\'', at) + 1;
  EXPECT_EQ(r.err.find("Error"), r.err.npos) << r.err;
  const std::string saved = r.err.substr(start, r.err.find('\'', start) - start);
  EXPECT_EQ(run({"predict", saved, "f.csv"}).status, 0);
  EXPECT_TRUE(fs::remove(saved));
}

TEST_F(Cli, InterruptedPredictionsEndInOrder) {
  write("f.csv", flowers(300000));
  ASSERT_EQ(run({"train", "f.csv", "-t", "species", "--epochs", "1", "-q"}).status, 0);
  // Its output fills a pipe that nobody reads until the signal has come.
  const std::string line = std::string("cd ") + folder_.string() + " && echo $$ > pid.txt && exec " + CORNU_PROGRAM +
                           " predict model.keras f.csv 2> err.txt";
  std::FILE* out = popen(line.c_str(), "r");
  ASSERT_TRUE(out);
  EXPECT_EQ(std::fgetc(out), 'p');  // the header: it is at work
  kill(static_cast<pid_t>(std::stol(read("pid.txt"))), SIGINT);
  int64_t lines = 0;
  for (int c; (c = std::fgetc(out)) != EOF;) lines += c == '\n';
  EXPECT_EQ(WEXITSTATUS(pclose(out)), 130);
  EXPECT_GT(lines, 1);
  EXPECT_LT(lines, 300001);
  expect_has(read("err.txt"), "cornu: stopped after ");
}

}  // namespace
}  // namespace cornu_cli
