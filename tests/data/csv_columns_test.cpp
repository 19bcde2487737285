// What fields of a CSV file mean, which columns are of use, and what is said of those in doubt.
#include "data/csv_support.h"

namespace cornu {
namespace {

TEST_F(Csv, DecimalCommasAreFoundOrAskedFor) {
  // Whole numbers among them, a column that has only those, missing fields; target and feature alike.
  const std::string german = file("a;n;y\n1,5;4;10\n2;7;10,25\n-;9;0,5\n17;1;n/a\n");
  const Table t = load_csv(german, {.target = "y"});
  EXPECT_EQ(t.schema.rows, 3);
  EXPECT_EQ(values(t.x), (std::vector<double>{1.5, 4, 2, 7, 1.75, 9}));
  EXPECT_EQ(values(t.y), (std::vector<double>{10, 10.25, 0.5}));
  // What was found holds for other files, of which a column may be the first to have fractions.
  const TableSchema schema = TableSchema::from_value(t.schema.to_value());
  EXPECT_EQ(schema.target_style.decimal, ',');
  EXPECT_EQ(values(load_csv_as(schema, file("a;n\n2,5;1,5\n", "new.csv")).x), (std::vector<double>{2.5, 1.5}));
  const std::string english = file("a;n\n2.5;1.5\n", "new.csv");
  expect_has(message_of([&] { load_csv_as(schema, english); }), "line 2: 'a' must be a number, got '2.5'");
  EXPECT_EQ(values(load_csv_as(schema, english, {.decimal = '.'}).x), (std::vector<double>{2.5, 1.5}));
  // Between commas they are not guessed.
  const std::string quoted = file("a,b,y\n\"1,5\",7,1\n\"2,5\",8,2\n3,0,4\n");
  const TableSchema left = scan_csv(quoted, {.target = "y"});
  ASSERT_EQ(left.left_out.size(), 1u);
  EXPECT_EQ(left.left_out[0].why, "it has numbers with decimal commas, as '1,5' in line 2; set decimal to ','");
  EXPECT_EQ(values(load_csv(quoted, {.target = "y", .decimal = ','}).x), (std::vector<double>{1.5, 7, 2.5, 8, 3, 0}));
  // Classes that are numbers have one spelling.
  EXPECT_EQ(scan_csv(file("x;y\n1;0,0\n5;1,0\n2;0\n7;0,5\n"), {.target = "y", .target_kind = TargetKind::classes})
                .class_names,
            (std::vector<std::string>{"0", "0.5", "1"}));
  // A comma before three digits may be either.
  const std::string thousands = file("a;b;y\n1,000;7;1\n2,500;8;2\n300;0;4\n");
  expect_has(scan_csv(thousands, {.target = "y"}).left_out[0].why, "commas before each three digits, as '1,000' in");
  EXPECT_EQ(values(load_csv(thousands, {.target = "y", .decimal = ','}).x),
            (std::vector<double>{1, 7, 2.5, 8, 300, 0}));
}

TEST_F(Csv, WhatMeansMissing) {
  // As in pandas everywhere; "-" and its like where the other fields are numbers; and what is named.
  const std::string path = file("a,b,c,y\n1,NULL,-,0.5\nN/A,none,u,-\n-,2,u,1.5\n4,-999.0,none,2.5\n8,5,,none\n");
  const Table t = load_csv(path, {.target = "y", .missing = {"-999"}});
  EXPECT_EQ(t.schema.rows, 3);
  EXPECT_EQ(t.schema.rows_without_target, 2);
  EXPECT_EQ(t.schema.feature_names(), (std::vector<std::string>{"a", "b", "c=-", "c=none", "c=u"}));
  EXPECT_EQ(values(t.x), (std::vector<double>{1, 2, 1, 0, 0, 2.5, 2, 0, 0, 1, 4, 2, 0, 1, 0}));
  EXPECT_EQ(t.missing, (std::vector<int64_t>{1, 5, 11}));
  const TableSchema schema = TableSchema::from_value(t.schema.to_value());
  const Table later = load_csv_as(schema, file("a,b,c,y\n-,-999,-,none\n--,None,NA,3.5\n", "new.csv"));
  EXPECT_EQ(values(later.x), (std::vector<double>{2.5, 2, 0, 0, 0}));
  EXPECT_EQ(values(later.y), (std::vector<double>{3.5}));
  // Of numbers that are kinds, too.
  const TableSchema kinds = scan_csv(file("k,x,y\n1,3,0\n-,4,1\n2,9,-\n2,1,0\n"), {.target = "y", .categories = {"k"}});
  EXPECT_EQ(kinds.feature_names(), (std::vector<std::string>{"k=1", "k=2", "k missing", "x"}));
  EXPECT_EQ(kinds.class_names, (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(load_csv_as(kinds, file("k,x,y\n-,3,0\n2,3,-\n", "new.csv")).y.size(), 1);
}

TEST_F(Csv, ColumnsThatAreMostlyNumbersNameATextThatIsNone) {
  std::string content = "x,k,y\n";
  for (int i = 0; i < 60; ++i)
    content += (i % 10 == 3 ? "unknown" : std::to_string(i * i % 61)) + "," +
               (i % 10 == 7 ? "u" : std::to_string(i % 4)) + "," + std::to_string(i % 2) + "\n";
  const std::string path = file(content);
  const TableSchema s = scan_csv(path, {.target = "y"});
  ASSERT_EQ(s.left_out.size(), 1u);
  expect_has(s.left_out[0].why,
             "different texts in 60 rows; to use it, name it in categories; 54 are numbers, but not "
             "'unknown' in line 5, to be named in missing if it means that");
  ASSERT_EQ(s.notes.size(), 1u);
  EXPECT_EQ(s.notes[0].name, "k");
  EXPECT_EQ(s.notes[0].text,
            "it is taken for kinds, of which it has 5; 54 are numbers, but not 'u' in line 9, to be "
            "named in missing if it means that");
  EXPECT_EQ(scan_csv(path, {.target = "y", .missing = {"unknown", "u"}}).feature_names(),
            (std::vector<std::string>{"x", "k"}));
}

TEST_F(Csv, AColumnThatIsAskedForAsACategoryIsOne) {
  std::string content = "city,x,y\n";
  for (int i = 0; i < 300; ++i)
    content += "city" + std::to_string(i % 150) + "," + std::to_string(i * 7 % 60) + "," + std::to_string(i % 2) + "\n";
  const std::string path = file(content);
  EXPECT_EQ(scan_csv(path, {.target = "y"}).width(), 1);
  EXPECT_EQ(scan_csv(path, {.target = "y", .categories = {"city"}}).width(), 151);
  EXPECT_EQ(scan_csv(path, {.target = "y", .ignore = {"city"}, .categories = {"city"}}).width(), 1);
}

TEST_F(Csv, CountersAreKnownThoughRowsAreLeftOut) {
  std::string content = "id,rises,age\n", toy = "x,y\n";
  for (int i = 0, rises = 0; i < 200; ++i, rises += 1 + i % 4) {
    const bool left_out = i * 37 % 11 < 2;
    content += std::to_string(i + 1) + "," + std::to_string(rises) + "," +
               (left_out ? "" : std::to_string(i * 17 % 83) + ".5") + "\n";
  }
  const TableSchema s = scan_csv(file(content), {.target = "age"});
  ASSERT_EQ(s.left_out.size(), 1u);
  EXPECT_EQ(s.left_out[0].name, "id");
  // Where nothing else is there, it is what the model learns from.
  for (int i = 1; i < 6; ++i) toy += std::to_string(i) + "," + std::to_string(2 * i) + ".5\n";
  const TableSchema line = scan_csv(file(toy), {.target = "y"});
  EXPECT_EQ(line.feature_names(), (std::vector<std::string>{"x"}));
  EXPECT_EQ(line.notes[0].text, "it only counts the rows, but there is nothing else to learn from");
}

TEST_F(Csv, NumbersFarFromZeroKeepTheirSpreadInFloat32) {
  std::string content = "seconds,near,far\n";
  for (int i = 0; i < 50; ++i)
    content += (i ? std::to_string(1700000000 + i * 37 % 101) : "") + "," + std::to_string(i * 37 % 101) + "," +
               std::to_string(1000000000 + i * 3 % 7) + ".25\n";
  const std::string path = file(content);
  const Table t = load_csv(path, {.target = "far"});
  const TableSchema schema = TableSchema::from_value(t.schema.to_value());
  for (const Tensor& x : {t.x, load_csv_as(schema, path).x}) {
    const std::vector<double> v = values(x);
    EXPECT_EQ(v[0], 0);  // the mean
    for (size_t r = 2; r < 50; ++r) EXPECT_NEAR(v[2 * r] - v[2], v[2 * r + 1] - v[3], 1e-4);
  }
  EXPECT_EQ(t.schema.columns[1].offset, 0);
  // A target comes out of the model as a float32.
  ASSERT_EQ(t.schema.notes.size(), 1u);
  EXPECT_EQ(t.schema.notes[0].name, "far");
  EXPECT_EQ(t.schema.notes[0].text,
            "its standard deviation of 2.02 is lost in float32, which has steps of 64 at 1e+09; "
            "subtract a constant from it");
}

TEST_F(Csv, FeaturesStandInTheOrderTheyAreNamedIn) {
  const std::string path = file("a,b,c,y\n1,2,3,0\n4,5,6,1\n7,8,10,3\n");
  const Table t = load_csv(path, {.target = "y", .features = {"c", "a"}});
  EXPECT_EQ(t.schema.feature_names(), (std::vector<std::string>{"c", "a"}));
  EXPECT_EQ(values(t.x), (std::vector<double>{3, 1, 6, 4, 10, 7}));
  const TableSchema schema = TableSchema::from_value(t.schema.to_value());
  EXPECT_EQ(values(load_csv_as(schema, path).x), values(t.x));
  EXPECT_EQ(values(load_csv_as(schema, file("1,2,3,0\n", "new.csv")).x), (std::vector<double>{3, 1}));
}

}  // namespace
}  // namespace cornu
