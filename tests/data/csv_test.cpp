// CSV files as tables: types of columns, missing values, encoding of new rows.
#include <map>
#include <tuple>

#include "data/csv_support.h"

namespace cornu {
namespace {

TEST_F(Csv, NumbersAndTextBecomeColumns) {
  const Table t = load_csv(file("age,sex,city,income\n"
                                "20,male,\"Paris, \"\"FR\"\"\",yes\n"
                                "30,female,Rome,no\n"
                                ",female,Rome,no\n"
                                "40,male,,yes\n"),
                           {.target = "income"});
  EXPECT_EQ(t.schema.rows, 4);
  EXPECT_EQ(t.schema.class_names, (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(t.schema.feature_names(), (std::vector<std::string>{"age", "sex=female", "sex=male", "city=Paris, \"FR\"",
                                                                "city=Rome", "city missing"}));
  EXPECT_EQ(values(t.x), (std::vector<double>{20, 0, 1, 1, 0, 0,  //
                                              30, 1, 0, 0, 1, 0,  //
                                              30, 1, 0, 0, 1, 0,  //
                                              40, 0, 1, 0, 0, 1}));
  EXPECT_EQ(t.y.dtype(), DType::i32);
  EXPECT_EQ(values(t.y), (std::vector<double>{1, 0, 0, 1}));
  EXPECT_EQ(t.missing, (std::vector<int64_t>{12}));
  const Column& age = t.schema.columns[0];
  EXPECT_EQ(age.missing, 1);
  EXPECT_EQ(age.min, 20);
  EXPECT_EQ(age.max, 40);
  EXPECT_DOUBLE_EQ(age.mean, 30);
  EXPECT_NEAR(age.variance, 200.0 / 3, 1e-12);
}

TEST_F(Csv, SemicolonsWindowsLinesAndSpaces) {
  const Table t = load_csv(file("\xEF\xBB\xBF"
                                "a;b;y\r\n1,5; x;0.5\r\n2,5;x ;1.5\r\n3,5;z;7\r\n"),
                           {.target = "y"});
  EXPECT_EQ(t.schema.feature_names(), (std::vector<std::string>{"a", "b=x", "b=z"}));
  EXPECT_EQ(values(t.x), (std::vector<double>{1.5, 1, 0, 2.5, 1, 0, 3.5, 0, 1}));
  EXPECT_EQ(t.schema.target_kind, TargetKind::number);
  EXPECT_EQ(values(t.y), (std::vector<double>{0.5, 1.5, 7}));
}

TEST_F(Csv, HeaderIsFoundOrGiven) {
  const Table without = load_csv(file("1,5,0\n2,7,1\n4,6,0\n"), {.target = "3"});
  EXPECT_EQ(without.schema.rows, 3);
  EXPECT_EQ(without.schema.feature_names(), (std::vector<std::string>{"1", "2"}));
  // All text: the name of the target tells that the first line is a header.
  EXPECT_EQ(load_csv(file("colour,size\nred,big\nblue,small\nblue,big\n"), {.target = "size"}).schema.rows, 3);
  EXPECT_EQ(load_csv(file("1,5,0\n2,7,1\n4,6,0\n"), {.target = "0", .header = true}).schema.rows, 2);
  EXPECT_EQ(load_csv(file("a,b\n1,2\n5,6\n2,9\n"), {.target = "2", .header = true}).schema.target, "b");
}

TEST_F(Csv, ARowOfNumbersIsDataUnlessAHeaderIsAskedFor) {
  // The number of the target is a value of the first row, too.
  const Table t = load_csv(file("3,0.5,0.2\n4,5.5,1.6\n7,8,1.9\n2,3.1,2.4\n"), {.target = "3"});
  EXPECT_EQ(values(t.y), values(Tensor({4}, std::vector<float>{0.2f, 1.6f, 1.9f, 2.4f})));
  EXPECT_EQ(load_csv(file("1,red,7\n2,blue,8\n5,red,10\n"), {.target = "1"}).schema.rows, 3);
  EXPECT_EQ(load_csv(file("1,2\n3,4\n8,1\n")).schema.rows, 3);
  // The same for rows that are read by the schema, from memory or as a stream.
  const TableSchema schema = scan_csv(file("0,1,0\n1,1,1\n0,0,1\n1,0,0\n0,1,1\n"), {.target = "3"});
  EXPECT_FALSE(schema.header);
  const std::string more = file("2,1\n1,1\n0,0\n", "more.csv");
  EXPECT_EQ(values(load_csv_as(schema, more).x), (std::vector<double>{2, 1, 1, 1, 0, 0}));
  TableSchema features = TableSchema::from_value(schema.to_value());
  EXPECT_FALSE(features.header);
  features.target.clear();
  DataSource::Block block;
  ASSERT_TRUE(CsvSource(more, features).next(block));
  EXPECT_EQ(block.x.only().shape()[0], 3);
  // What was asked for once holds for files that repeat the names.
  const TableSchema years = scan_csv(file("2019,2020,y\n1,2,0\n4,3,1\n7,9,1\n"), {.target = "y"});
  EXPECT_TRUE(years.header);
  EXPECT_EQ(values(load_csv_as(years, file("2020,2019\n5,6\n")).x), (std::vector<double>{6, 5}));
}

TEST_F(Csv, ColumnsOfOneNameMatterIfTheyAreUsed) {
  const std::string path = file("a,b,a,y\n1,2,3,0\n4,7,6,1\n8,1,2,0\n");
  expect_has(message_of([&] { scan_csv(path, {.target = "y"}); }), "has two columns named 'a'");
  expect_has(message_of([&] { scan_csv(path, {.target = "a"}); }), "has two columns named 'a'");
  expect_has(message_of([&] { scan_csv(path, {.target = "y", .features = {"1"}}); }), "has two columns named 'a'");
  const TableSchema s = scan_csv(path, {.target = "y", .features = {"b"}});
  EXPECT_EQ(scan_csv(path, {.target = "y", .ignore = {"a"}}).feature_names(), s.feature_names());
  expect_has(message_of([&] { load_csv_as(s, file("b,b\n1,2\n", "new.csv")); }), "has two columns named 'b'");
  EXPECT_EQ(values(load_csv_as(s, path).x), (std::vector<double>{2, 7, 1}));
}

TEST_F(Csv, TheTargetDecidesTheTask) {
  const auto kind = [&](const std::vector<std::string>& y, TargetKind k = TargetKind::automatic) {
    std::string content = "x,y\n";
    for (int i = 0; i < 60; ++i) content += std::to_string(i * i) + "," + y[static_cast<size_t>(i) % y.size()] + "\n";
    return load_csv(file(content), {.target = "y", .target_kind = k}).schema;
  };
  EXPECT_EQ(kind({"10", "9", "2"}).class_names, (std::vector<std::string>{"2", "9", "10"}));
  EXPECT_EQ(kind({"-1", "1.0", "1"}).class_names, (std::vector<std::string>{"-1", "1"}));
  EXPECT_EQ(kind({"b", "a"}).class_names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(kind({"0.5", "1.5", "2.5"}).target_kind, TargetKind::number);
  EXPECT_EQ(kind({"0", "1", "2"}, TargetKind::number).target_kind, TargetKind::number);
  EXPECT_EQ(kind({"0.5", "1.5", "2.5"}, TargetKind::classes).class_names.size(), 3u);
  expect_has(message_of([&] { kind({"a"}); }), "nothing to learn");
}

TEST_F(Csv, UselessColumnsAreLeftOutWithAReason) {
  std::string content = "id,name,same,empty,x,y\n";
  for (int i = 0; i < 50; ++i)
    content += std::to_string(i + 1) + ",name" + std::to_string(i) + ",7,," + std::to_string(i * 37 % 11) + "," +
               std::to_string(i % 2) + "\n";
  const TableSchema s = scan_csv(file(content), {.target = "y"});
  EXPECT_EQ(s.feature_names(), (std::vector<std::string>{"x"}));
  ASSERT_EQ(s.left_out.size(), 4u);
  EXPECT_EQ(s.left_out[0].why, "it only counts the rows; to use it, name it in features");
  EXPECT_EQ(s.left_out[1].why, "it has 50 different texts in 50 rows; to use it, name it in categories");
  EXPECT_EQ(s.left_out[2].why, "it is the same in all rows");
  EXPECT_EQ(s.left_out[3].why, "it has no values");
  EXPECT_EQ(scan_csv(file(content), {.target = "y", .features = {"id", "x"}}).feature_names(),
            (std::vector<std::string>{"id", "x"}));
  expect_has(message_of([&] {
               scan_csv(file(content), {.target = "y", .ignore = {"x", "id"}});
             }),
             "has no column that");
}

TEST_F(Csv, DatesHugeNumbersAndColumnsWithoutAName) {
  std::string content = "day,,far,both,y\n";
  for (int i = 0; i < 60; ++i)
    content += "2024-0" + std::to_string(i % 9 + 1) + "-11," + std::to_string(i * 7 % 60) + "," +
               std::to_string(i * 37 % 11) + "e30," + (i ? "2" : "1e300") + "," + std::to_string(i % 2) + "\n";
  const std::string path = file(content);
  const TableSchema s = scan_csv(path, {.target = "y"});
  EXPECT_EQ(s.feature_names(), (std::vector<std::string>{"2", "both"}));
  EXPECT_EQ(s.columns[1].missing, 1);  // no float holds it
  ASSERT_EQ(s.left_out.size(), 2u);
  EXPECT_EQ(s.left_out[0].why, "it holds dates; to use them, make them numbers, as days or months");
  expect_has(s.left_out[1].why, "its numbers are too large, up to ");
  EXPECT_EQ(scan_csv(path, {.target = "y", .categories = {"day"}}).columns[0].levels.size(), 9u);
  for (const char* no_date : {"192.168.0.1", "555-123-4567", "1.2.3", "2024-1", "2024-11-12x"}) {
    std::string other = "a,y\n";
    for (int i = 0; i < 40; ++i) other += std::string(i % 2 ? "b" : no_date) + "," + std::to_string(i % 3 / 2) + "\n";
    EXPECT_EQ(scan_csv(file(other), {.target = "y"}).columns.size(), 1u) << no_date;
  }
  for (const char* one : {"1e300", "inf"}) {
    const TableSchema huge =
        scan_csv(file("a,b,y\n1,3," + std::string("1\n") + "5," + one + ",2\n2," + one + ",4\n"), {.target = "y"});
    ASSERT_EQ(huge.notes.size(), 1u);
    EXPECT_EQ(huge.notes[0].name, "b");
    EXPECT_EQ(huge.notes[0].text,
              text("2 numbers that float32 does not hold count as missing, as '{}' in line 3", one));
    const TableSchema all = scan_csv(file(text("a,b,y\n1,{},1\n5,{},2\n2,{},4\n", one, one, one)), {.target = "y"});
    ASSERT_EQ(all.left_out.size(), 1u);
    expect_has(all.left_out[0].why, "its numbers are too large, up to ");
    const Table later = load_csv_as(huge, file(text("a,b\n1,{}\n1,2\n", one), "new.csv"));
    ASSERT_EQ(later.unknown.size(), 1u);
    EXPECT_TRUE(later.unknown[0].number);
    EXPECT_EQ(later.unknown[0].values, (std::vector<std::string>{one}));
    EXPECT_EQ(values(later.x)[1], huge.columns[1].fill);
  }
}

TEST_F(Csv, NumbersCanBeCategories) {
  const std::string path = file("k,y\n3,0.1\n1,0.2\n3,0.35\n2,0.4\n");
  EXPECT_EQ(scan_csv(path, {.target = "y", .categories = {"k"}}).feature_names(),
            (std::vector<std::string>{"k=1", "k=2", "k=3"}));
  // Numbers and texts in about equal parts are kinds as well.
  EXPECT_EQ(scan_csv(file("k,y\n3,0.1\na,0.2\n3,0.35\nb,0.4\n"), {.target = "y"}).feature_names(),
            (std::vector<std::string>{"k=3", "k=a", "k=b"}));
}

TEST_F(Csv, MistakesAreNamedWithTheirLine) {
  std::string content = "x,y\n";
  for (int i = 0; i < 100; ++i)
    content += i == 70 ? "oops,1\n" : std::to_string(i * 3) + "," + std::to_string(i % 2) + "\n";
  expect_has(message_of([&] { load_csv(file(content), {.target = "y"}); }),
             "line 72: 'x' must be a number as in 99 other rows, got 'oops'");
  expect_has(message_of([&] { load_csv(file("a,b\n1,2\n1,2,3\n"), {.target = "b"}); }),
             "line 3 must have 2 fields, got 3");
  expect_has(message_of([&] { load_csv(file("age,b\n1,2\n3,2\n"), {.target = "agee"}); }), "did you mean 'age'?");
  expect_has(message_of([&] { load_csv(file("age,b\n1,2\n3,2\n"), {.target = "zzzzz"}); }), "its columns are [age, b]");
  expect_has(message_of([&] { load_csv(file(""), {.target = "y"}); }), "is empty");
  expect_has(message_of([&] { load_csv(file("a,b\n"), {.target = "b", .header = true}); }), "has a header but no rows");
  expect_has(message_of([&] { load_csv(file("a,a,b\n1,2,3\n1,2,4\n"), {.target = "b"}); }), "two columns named 'a'");
  expect_has(message_of([&] { load_csv("/no/such/file.csv"); }), "/no/such/file.csv");
}

TEST_F(Csv, RowsWithoutTargetAreLeftOutAndCounted) {
  const Table t = load_csv(file("x,y\n1,a\n2,\n3,b\n7,NA\n"), {.target = "y"});
  EXPECT_EQ(t.schema.rows, 2);
  EXPECT_EQ(t.schema.rows_without_target, 2);
  EXPECT_EQ(values(t.x), (std::vector<double>{1, 3}));
}

TEST_F(Csv, NewRowsAreEncodedByTheSchema) {
  const Table t = load_csv(file("n,k,y\n1,a,no\n5,b,yes\n,a,no\n"), {.target = "y"});
  const TableSchema schema = TableSchema::from_value(t.schema.to_value());
  const Table same = load_csv_as(schema, file("n,k,y\n1,a,no\n5,b,yes\n,a,no\n"));
  EXPECT_EQ(values(same.x), values(t.x));
  EXPECT_EQ(values(same.y), values(t.y));
  // Another order, a column more, no target, a new level, nothing in n.
  const Table other = load_csv_as(schema, file("extra,k,n\nfoo,c,\nbar,b,2\n"));
  EXPECT_FALSE(other.y.defined());
  EXPECT_EQ(values(other.x), (std::vector<double>{3, 0, 0, 2, 0, 1}));
  const Table by_place = load_csv_as(schema, file("9,a\n8,b\n"));
  EXPECT_EQ(values(by_place.x), (std::vector<double>{9, 1, 0, 8, 0, 1}));
  expect_has(message_of([&] { load_csv_as(schema, file("extra,n\n1,2\n")); }), "has no column 'k'");
  expect_has(message_of([&] { load_csv_as(schema, file("k,n\na,2\nb,text\n")); }),
             "line 3: 'n' must be a number, got 'text'");
  expect_has(message_of([&] { load_csv_as(schema, file("k,n,y\na,2,maybe\n")); }),
             "must be one of [no, yes], got 'maybe'");
  expect_has(message_of([&] { load_csv_as(schema, file("k,n\na,2\n"), {.need_target = true}); }), "has no column 'y'");
}

TEST_F(Csv, StreamsWhatLoadsAtOnce) {
  std::string content = "a,k,y\n";
  for (int i = 0; i < 1000; ++i)
    content +=
        (i % 9 ? std::to_string(i * i % 101) : "") + "," + (i % 2 ? "u" : "v") + "," + std::to_string(i % 3) + "\n";
  const std::string path = file(content);
  const Table whole = load_csv(path, {.target = "y"});
  CsvSource source(path, scan_csv(path, {.target = "y"}), {.block_rows = 64});
  EXPECT_EQ(source.rows(), 1000);
  for (int epoch = 0; epoch < 2; ++epoch) {
    source.start(epoch);
    std::vector<double> x, y;
    for (DataSource::Block b; source.next(b);) {
      const std::vector<double> bx = values(b.x.only()), by = values(b.y.only());
      x.insert(x.end(), bx.begin(), bx.end());
      y.insert(y.end(), by.begin(), by.end());
    }
    EXPECT_EQ(x, values(whole.x));
    EXPECT_EQ(y, values(whole.y));
  }
}

TEST_F(Csv, DealsAStreamInExactSharesOfEachClass) {
  std::string content = "a,k,y\n";
  for (int i = 0; i < 1000; ++i)
    content += (i % 7 ? std::to_string(i) + ".5" : "") + "," + (i % 2 ? "u" : "v") + "," +
               (i < 900   ? "common"
                : i < 960 ? "rare"
                          : "") +
               "\n";
  const std::string path = file(content);
  const TableSchema schema = scan_csv(path, {.target = "y"});
  EXPECT_EQ(schema.class_rows, (std::vector<int64_t>{900, 60}));
  const SplitConfig split{.test = 0.1, .validation = 0.2, .seed = 3};
  std::map<double, int> seen;
  for (const auto& [part, common, rare] :
       {std::tuple{SplitPart::test, 90, 6}, std::tuple{SplitPart::validation, 180, 12},
        std::tuple{SplitPart::train, 630, 42}}) {
    CsvSource source(path, schema, {.block_rows = 64, .part = part, .split = split});
    EXPECT_EQ(source.rows(), common + rare);
    std::vector<double> first;
    for (int epoch = 0; epoch < 2; ++epoch) {
      source.start(epoch);
      std::vector<double> x;
      int64_t classes[2]{};
      for (DataSource::Block b; source.next(b);) {
        for (const double y : values(b.y.only())) ++classes[static_cast<int>(y)];
        const std::vector<double> v = values(b.x.only());
        x.insert(x.end(), v.begin(), v.end());
      }
      EXPECT_EQ(classes[0], common);
      EXPECT_EQ(classes[1], rare);
      if (epoch == 1) {
        EXPECT_EQ(x, first);
      }
      first = x;
    }
    for (size_t i = 0; i < first.size(); i += 3) ++seen[first[i]];
  }
  // Each number once in one part; those that are missing have the mean.
  seen.erase(static_cast<double>(static_cast<float>(schema.columns[0].fill)));
  for (const auto& [value, count] : seen) EXPECT_EQ(count, 1) << value;
  EXPECT_EQ(seen.size(), 960u - 138);
}

TEST_F(Csv, ShufflesBlocksFromAllOverTheFile) {
  std::string content = "a,k,y\n";
  constexpr int kRows = 40000;
  for (int i = 0; i < kRows; ++i)  // sorted by class, with empty lines, a quoted line end and rows without a target
    content += std::to_string(i * 7919 % kRows) + (i % 100 ? ".5,u," : ".5,\"v\nw\",") +
               (i % 1000 == 7   ? ""
                : i < kRows / 4 ? "first"
                                : "second") +
               (i % 50 ? "\n" : "\n\n");
  const std::string path = file(content + "\n\n");
  const TableSchema schema = scan_csv(path, {.target = "y"});
  const auto read = [&](CsvSource& source, int64_t pass) {
    source.start(pass);
    std::vector<std::pair<double, double>> rows;
    for (DataSource::Block b; source.next(b);) {
      const std::vector<double> x = values(b.x.only()), y = values(b.y.only());
      for (size_t r = 0; r < y.size(); ++r) rows.emplace_back(x[3 * r], y[r]);
    }
    return rows;
  };
  std::map<double, int> seen;
  const double offset = schema.columns[0].offset;
  for (const SplitPart part : {SplitPart::train, SplitPart::test, SplitPart::all}) {
    CsvSource source(path, schema, {.block_rows = 100, .part = part, .split = {.test = 0.25, .seed = 3}});
    auto in_order = read(source, 0);
    source.shuffle(5);
    auto first = read(source, 0), again = read(source, 0), second = read(source, 1);
    EXPECT_EQ(first, again);
    EXPECT_NE(first, second);
    EXPECT_NE(first, in_order);
    // A quarter of the file holds about its share of each class.
    double share = 0;
    for (size_t i = 0; i < first.size() / 4; ++i) share += first[i].second == 0;
    EXPECT_NEAR(share / static_cast<double>(first.size() / 4), 0.25, 0.15);
    for (auto* rows : {&first, &second}) {
      auto sorted = in_order;
      std::sort(sorted.begin(), sorted.end());
      std::sort(rows->begin(), rows->end());
      EXPECT_EQ(*rows, sorted);
    }
    source.shuffle({});
    EXPECT_EQ(read(source, 0), in_order);
    if (part != SplitPart::all)
      for (const auto& row : in_order) ++seen[row.first + offset];
  }
  EXPECT_EQ(seen.size(), kRows - 40u);
  for (const auto& [value, count] : seen) EXPECT_EQ(count, 1) << value;
}

TEST_F(Csv, StatisticsOfAStreamAreThoseOfItsTrainingPart) {
  std::string content = "a,b,k,y\n";
  for (int i = 0; i < 500; ++i)
    content += (i % 5 ? std::to_string(i % 83) : "NA") + "," + std::to_string(i * i % 31) + "," + (i % 3 ? "u" : "v") +
               "," + std::to_string(i % 59) + ".5\n";
  const std::string path = file(content);
  const CsvSourceConfig config{.part = SplitPart::train, .split = {.test = 0.3, .validation = 0.3, .seed = 1}};
  const TableSchema s = fit_statistics(path, scan_csv(path, {.target = "y"}), config);
  // From the rows themselves, where a missing number shows as a mark.
  TableSchema marked = scan_csv(path, {.target = "y"});
  marked.columns[0].fill = -1;
  CsvSource source(path, marked, config);
  double n[2]{}, sum[2]{}, target = 0, rows = 0;
  for (DataSource::Block b; source.next(b);) {
    const std::vector<double> x = values(b.x.only()), y = values(b.y.only());
    for (size_t r = 0; r < y.size(); ++r) {
      target += y[r], ++rows;
      for (size_t i = 0; i < 2; ++i)
        if (x[r * 4 + i] != -1) sum[i] += x[r * 4 + i], ++n[i];
    }
  }
  EXPECT_EQ(rows, 200);
  EXPECT_NEAR(s.columns[0].mean, sum[0] / n[0], 1e-9);
  EXPECT_EQ(s.columns[0].fill, s.columns[0].mean);
  EXPECT_NEAR(s.columns[1].mean, sum[1] / n[1], 1e-9);
  EXPECT_NEAR(s.target_mean, target / rows, 1e-9);
  EXPECT_NE(s.columns[1].mean, marked.columns[1].mean);
}

}  // namespace
}  // namespace cornu
