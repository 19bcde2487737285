// Tables as people have them: what is read as meant, what is told of the rest, and what is refused.
#include <cornu/error.h>

#include "cli/support.h"

namespace cornu_cli {
namespace {

std::string with_commas(std::string numbers) {
  std::replace(numbers.begin(), numbers.end(), ',', ';');
  std::replace(numbers.begin(), numbers.end(), '.', ',');
  return numbers;
}

TEST_F(Cli, DecimalCommasGiveTheModelOfPoints) {
  const std::string points = flowers(60);
  write("points.csv", points);
  write("commas.csv", with_commas(points));
  for (const char* name : {"points", "commas"})
    ASSERT_EQ(run({"train", std::string(name) + ".csv", "-t", "species", "-q", "--epochs", "5", "-o",
                   std::string(name) + ".keras"})
                  .status,
              0);
  const std::string right = run({"predict", "points.keras", "points.csv"}).out;
  EXPECT_EQ(run({"predict", "commas.keras", "commas.csv"}).out, right);
  EXPECT_EQ(run({"predict", "commas.keras", "points.csv", "--decimal", "."}).out, right);
  expect_refused({"predict", "commas.keras", "points.csv", "--decimal", "point"},
                 "cornu: --decimal must be '.' or ',', got 'point'");
  write("quoted.csv", "a,y\n\"1,5\",1\n\"2,5\",2\n3,4\n");
  expect_refused({"train", "quoted.csv", "-t", "y", "--features", "a"},
                 "cornu: quoted.csv: 'a' has numbers with decimal commas, as '1,5' in line 2; --decimal , reads them");
}

TEST_F(Cli, TellsOfColumnsInDoubtAndRowsLeftOut) {
  std::string content = "x,huge,k,when,y\n";
  for (int i = 0; i < 200; ++i)
    content += number(normal()) + "," + (i == 7 ? "inf" : number(uniform())) + "," +
               (i % 10 ? std::to_string(i % 3) : "unknown") + "," + std::to_string(1700000000 + i * 37 % 50) + "," +
               (i % 20 ? number(uniform()) : "NULL") + "\n";
  write("d.csv", content);
  const Result r = run({"train", "d.csv", "-t", "y", "--epochs", "2"});
  ASSERT_EQ(r.status, 0) << r.err;
  expect_has(r.out, "left out     10 rows without a value of 'y'");
  expect_has(r.out, "note         'huge': 1 number that float32 does not hold counts as missing, as 'inf' in line 9");
  expect_has(r.out, "note         'k': it is taken for kinds, of which it has 4; 1");
  EXPECT_EQ(r.out.find("'when'"), std::string::npos);
  expect_has(run({"train", "-t", "y", "--epochs", "2", "--missing", "unknown,none", "d.csv"}).out,
             "x, huge, k, when\n");
  write("new.csv", "x,huge,k,when,y\n1,-inf,1,1700000000,0.5\n1,1e300,1,1700000000,?\n1,3,1,1700000000,1.5\n");
  const std::string warning =
      "cornu: warning: numbers that float32 does not hold count as missing: 'huge' has '-inf' (1 row)\n"
      "cornu: warning: left out 1 row without a value of 'y'\n";
  EXPECT_EQ(run({"evaluate", "model.keras", "new.csv"}).err, warning);
  expect_has(run({"predict", "model.keras", "new.csv"}).err, "'huge' has '-inf', '1e300' (2 rows)\n");
  write("none.csv", "x,huge,k,when,y\n1,2,1,1700000000,NA\n");
  expect_refused({"evaluate", "model.keras", "none.csv"}, "cornu: 'none.csv' has no row in which 'y' has a value");
}

TEST_F(Cli, AHeaderOfNumbersIsOneIfAsked) {
  write("d.csv", "0,1\n1,2.5\n5,3.5\n2,9.5\n7,1.25\n");
  const std::vector<std::string> train{"train", "d.csv",        "--epochs", "1",  "--test",
                                       "0",     "--validation", "0",        "-t", "1"};
  expect_has(run(train).out, " 5 to train");
  std::vector<std::string> with = train;
  with.push_back("--header");
  expect_has(run(with).out, " 4 to train");
  const std::string out = run({"predict", "model.keras", "d.csv"}).out;
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 5);
  // Without a name for the target all columns are told, of a file that would not do either.
  expect_refused({"train", "d.csv", "--header"}, "cornu: --target must name the column to predict; 'd.csv' has [0, 1]");
  expect_refused({"train", "d.csv", "--stream", "--header"},
                 "cornu: --target must name the column to predict; 'd.csv' has [0, 1]");
}

/// Labels are classes, whatever their numbers: the loss of -1 and 1, or 1 and 2, is that of 0 and 1.
TEST_F(Cli, LabelsOfAnyTwoNumbersTrainAlike) {
  const auto losses_of = [&](int low, int high) {
    std::string table = "a,b,y\n";
    for (int i = 0; i < 120; ++i) {
      const int a = i * 37 % 100, b = i * 61 % 100;
      table += std::to_string(a) + "," + std::to_string(b) + "," + std::to_string(a + b > 100 ? high : low) + "\n";
    }
    write("labels.csv", table);
    const Result r = run({"train", "labels.csv", "-t", "y", "--epochs", "3"});
    EXPECT_EQ(r.status, 0) << r.err;
    std::string losses;
    for (size_t at = r.out.find(" loss "); at != std::string::npos; at = r.out.find(" loss ", at + 1))
      losses += r.out.substr(at, 12);
    return losses;
  };
  const std::string right = losses_of(0, 1);
  EXPECT_EQ(right.find('-'), std::string::npos) << right;
  EXPECT_EQ(losses_of(-1, 1), right);
  EXPECT_EQ(losses_of(1, 2), right);
}

/// What was found out about a file is in the model, so that all commands read alike.
TEST_F(Cli, NumbersAreReadAlikeByAllCommands) {
  std::string plain = "rate;size;old;y\n", styled = plain;
  for (int i = 0; i < 300; ++i) {
    const int tenths = 100 + i * 37 % 800, n = i % 2 ? 100 + i * 7 % 900 : 1000 + i * 29 % 5000;
    const int y = (i * 37 % 800 + n) % 7 - 3;
    std::string digits = std::to_string(n);
    plain += cornu::text("{},{};{};{};{},5\n", tenths / 10, tenths % 10, digits, i % 3 ? "yes" : "no", y);
    if (n >= 1000) digits.insert(digits.begin() + 1, '.');
    styled += cornu::text("{},{} %;{} \xE2\x82\xAC;{};", tenths / 10, tenths % 10, digits,
                          i % 3 ? (i % 5 ? "YES" : "yes") : "No");
    styled += y < 0 ? cornu::text("({},5)\n", -y) : cornu::text("{},5\n", y);
  }
  write("plain.csv", plain);
  write("styled.csv", styled);
  for (const bool stream : {false, true}) {
    std::string predictions, report;
    for (const std::string name : {"plain", "styled"}) {
      std::vector<std::string> train{"train", name + ".csv", "-t", "y", "--task", "number", "--epochs", "3"};
      // In one batch: where the blocks of a stream begin, and so their order, depends on the length of the lines.
      if (stream) train.insert(train.end(), {"--stream", "--batch-size", "1000"});
      const Result r = run(train);
      ASSERT_EQ(r.status, 0) << r.err;
      const std::string p = run({"predict", "model.keras", name + ".csv"}).out;
      const std::string e = run({"evaluate", "model.keras", name + ".csv"}).out;
      if (name == "plain") {
        predictions = p, report = e.substr(e.find('\n'));
        continue;
      }
      if (!stream) {
        EXPECT_EQ(p, predictions);
        EXPECT_EQ(e.substr(e.find('\n')), report);
      }
      std::istringstream ours(p.substr(p.find('\n'))), theirs(predictions.substr(predictions.find('\n')));
      for (double a = 0, b = 0; ours >> a && theirs >> b;) EXPECT_NEAR(a, b, 1e-4);
      expect_has(r.out, "'rate': its numbers are read with '%' left out");
      expect_has(
          r.out,
          "'size': its numbers are read with '.' between thousands, ',' before decimals, '\xE2\x82\xAC' left out");
    }
  }
  expect_has(run({"summary", "model.keras"}).out, "rate ('%' left out)");
}

TEST_F(Cli, AdviceNamesFlags) {
  std::string content = "id,place_id,when,mixed,copy,y\n";
  for (int i = 0; i < 100; ++i)
    content += std::to_string(i + 1) + "," + std::to_string(i * 37 % 9 + 3) + ",2024-01-" + std::to_string(10 + i % 9) +
               "," + (i % 10 ? std::to_string(i * i % 101) : "unknown") + "," + std::to_string(2 * (i * 37 % 91)) +
               "," + std::to_string(i * 37 % 91) + "\n";
  write("d.csv", content);
  const std::string out = run({"train", "d.csv", "-t", "y", "--epochs", "1"}).out;
  expect_has(out, "'id': it only counts the rows; to use it, list it in --features");
  expect_has(out,
             "'place_id': its 9 different whole numbers may be codes, of which the size means nothing; --categories "
             "place_id takes them for kinds");
  expect_has(out,
             "to use it, give --categories mixed; 90 are numbers, but not 'unknown' in line 2, --missing unknown if "
             "it means that");
  expect_has(out, "--ignore copy leaves it out");
  // Why each column is left out is told where none is left.
  write("same.csv", "a,b c,y\n1,2,u\n1,2,v\n1,2,u\n");
  expect_refused({"train", "same.csv", "-t", "y"},
                 "cornu: same.csv: has no column that a model could learn from; --features names those to use all the "
                 "same\n  a: it is the same in all rows\n  b c: it is the same in all rows");
  std::string one = "b c,y\n";
  for (int i = 0; i < 60; ++i) one += (i == 5 ? "n.a" : std::to_string(i * 7 % 60)) + "," + (i % 2 ? "u\n" : "v\n");
  write("one.csv", one);
  expect_refused({"train", "one.csv", "-t", "y"},
                 "cornu: one.csv: line 7: 'b c' must be a number as in 59 other rows, got 'n.a'; correct it, or give "
                 "--missing n.a, --ignore 'b c' or --categories 'b c'");
}

TEST_F(Cli, FewRowsAndWideTables) {
  write("few.csv", "a,b,y\n1,2,u\n2,3,v\n3,4,u\n4,1,v\n");
  const Result r = run({"train", "few.csv", "-t", "y", "--epochs", "2"});
  EXPECT_EQ(r.status, 0);
  const std::string warning =
      "2 rows to train from and 1 to test with are too few to tell anything; --cross-validation measures on every row";
  EXPECT_EQ(r.err, "cornu: warning: " + warning + "\n");
  expect_has(read("model.report.txt"), warning);
  EXPECT_EQ(run({"train", "few.csv", "-t", "y", "--test", "0", "--validation", "0", "--epochs", "2"}).err, "");
  std::string names, wide;
  for (int c = 0; c < 60; ++c) names += cornu::text("column_{},", c);
  for (int i = 0; i < 40; ++i) {
    for (int c = 0; c < 60; ++c) wide += number(uniform()) + ",";
    wide += i % 2 ? "u\n" : "v\n";
  }
  write("wide.csv", names + "y\n" + wide);
  expect_has(run({"train", "wide.csv", "-t", "y", "--epochs", "1"}).out, "column_18 and 41 more\n");
  expect_has(read("model.report.txt"), "column_58, column_59\n");
}

TEST_F(Cli, RefusesFilesOfAnotherKind) {
  write("d.csv.gz", "\x1f\x8b");
  expect_refused({"train", "d.csv.gz", "-t", "y"},
                 "cornu: 'd.csv.gz' is compressed; unpack it first, for example with gunzip");
  write("d.xlsx", std::string("PK\x03\x04[Content_Types].xml", 23));
  expect_refused({"train", "d.xlsx", "-t", "y"},
                 "cornu: d.xlsx: is an Excel file; save it as CSV, in Excel with Save As");
  fs::create_directories(folder_ / "tables");
  expect_refused({"train", "tables", "-t", "y"}, "cornu: 'tables' is a folder; of a table, name the CSV file in it");
  write("d.npz", "PK");
  expect_refused({"train", "d.npz", "-t", "y", "--stream"}, "cornu: --stream needs a CSV file");
  const auto npy = [&](const std::string& type, const std::string& shape, const std::string& bytes) {
    std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
    header.resize(117, ' ');
    return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n" + bytes;
  };
  const float x[4] = {1, 2, 3, 4}, y[4] = {0.5f, NAN, 1.5f, INFINITY};
  write("x.npy", npy("<f4", "(4, 1)", {reinterpret_cast<const char*>(x), sizeof x}));
  write("y.npy", npy("<f4", "(4,)", {reinterpret_cast<const char*>(y), sizeof y}));
  expect_refused({"train", "--x-file", "x.npy", "--y-file", "y.npy"},
                 "cornu: 2 of the 4 numbers of the labels are NaN or infinite");
}

}  // namespace
}  // namespace cornu_cli
