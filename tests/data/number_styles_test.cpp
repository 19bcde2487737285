// Numbers as people write them: thousands, units, parentheses, other signs and spaces; what is read, and what is told.
#include "data/csv_support.h"

namespace cornu {
namespace {

/// A column in which every other number is below 1,000; `mark` parts thousands.
std::string with_groups(int rows, const std::string& mark, const std::string& separator) {
  std::string out = "a" + separator + "y\n";
  for (int i = 0; i < rows; ++i) {
    const int n = i % 2 ? 100 + i * 37 % 900 : 1001 + i * 77 % 8000;
    std::string digits = std::to_string(n);
    if (n >= 1000) digits.insert(1, mark);
    out += digits + separator + std::to_string(n) + "\n";
  }
  return out;
}

TEST_F(Csv, PointsPartThousandsWhereThatAloneExplainsThem) {
  // Decimal commas in another column say so.
  const std::string german = file("qm;preis\n90,2;970\n151,1;1.642\n33,7;386\n40,0;12.345.678\n");
  const Table t = load_csv(german, {.target = "preis"});
  EXPECT_EQ(values(t.y), (std::vector<double>{970, 1642, 386, 12345678}));
  EXPECT_NEAR(values(t.x)[1], 151.1, 1e-5);
  EXPECT_EQ(t.schema.target_style, (NumberStyle{',', '.', "", false}));
  ASSERT_EQ(t.schema.notes.size(), 1u);
  EXPECT_EQ(t.schema.notes[0].text, "its numbers are read with '.' between thousands, ',' before decimals");
  // So do whole numbers below 1,000 beside many that have three digits behind the point.
  const Table alone = load_csv(file(with_groups(60, ".", ";")), {.target = "y"});
  EXPECT_EQ(values(alone.x), values(alone.y));
  // Three digits that are decimals: none is left out, or some are fewer, or a number is below 1.
  for (const char* rows : {"1.234;1\n5.678;2\n2.500;4\n", "1.234;1\n5.6;2\n3;4\n", "1.234;1\n0.500;2\n7;4\n"})
    EXPECT_NEAR(values(load_csv(file(std::string("a;y\n") + rows), {.target = "y"}).x)[0], 1.234, 1e-6) << rows;
  // Few leave a doubt, which `decimal` settles.
  const std::string few = file("a;y\n1.234;1\n970;2\n386;4\n");
  EXPECT_NEAR(values(load_csv(few, {.target = "y"}).x)[0], 1.234, 1e-6);
  EXPECT_EQ(values(load_csv(few, {.target = "y", .decimal = ','}).x), (std::vector<double>{1234, 970, 386}));
  // Both marks in one number.
  EXPECT_EQ(values(load_csv(file("a,y\n\"1.642,50\",1\n\"2.001,25\",2\n7,4\n"), {.target = "y"}).x),
            (std::vector<double>{1642.5, 2001.25, 7}));
}

TEST_F(Csv, CommasPartThousandsBetweenQuotes) {
  const Table t =
      load_csv(file("a,b,y\n\"2,850\",0.5,1\n\"1,393\",1.5,2\n700,2,4\n\"1,234,567\",7,8\n"), {.target = "y"});
  EXPECT_EQ(values(t.x), (std::vector<double>{2850, 0.5, 1393, 1.5, 700, 2, 1234567, 7}));
  EXPECT_EQ(values(load_csv(file(with_groups(60, ",", ";")), {.target = "y"}).x),
            values(load_csv(file(with_groups(60, ",", ";")), {.target = "y"}).y));
  const std::string doubtful = file("a;y\n1,000;1\n2,500;2\n300;4\n");
  EXPECT_EQ(values(load_csv(doubtful, {.target = "y", .decimal = '.'}).x), (std::vector<double>{1000, 2500, 300}));
  EXPECT_EQ(values(load_csv(doubtful, {.target = "y", .decimal = ','}).x), (std::vector<double>{1, 2.5, 300}));
  // Spaces and apostrophes part them, too: the second is a no-break space, the third a narrow one.
  EXPECT_EQ(values(load_csv(file("a;b;y\n1 642,5;1'642;1\n2\xC2\xA0"
                                 "001,5;970;2\n12\xE2\x80\xAF"
                                 "345;2'001;4\n"),
                            {.target = "y"})
                       .x),
            (std::vector<double>{1642.5, 1642, 2001.5, 970, 12345, 2001}));
}

TEST_F(Csv, UnitsAreLeftOutIfAllHaveTheSame) {
  const Table t =
      load_csv(file("share,price,sold,y\n45.1 %,$12.50,\"5,00 \xE2\x82\xAC\",(5)\n12%,-$3,\"1.200,50 \xE2\x82\xAC\",7\n"
                    "7.5%,$4,,-2\n-,\"$1,200\",\"3,25 \xE2\x82\xAC\",(1.5)\n"),
               {.target = "y"});
  EXPECT_EQ(t.schema.feature_names(), (std::vector<std::string>{"share", "price", "sold"}));
  const std::vector<double> x = values(t.x);
  EXPECT_NEAR(x[0], 45.1, 1e-5);
  EXPECT_EQ(x[4], -3);
  EXPECT_EQ(x[10], 1200);
  EXPECT_EQ(x[5], 1200.5);
  EXPECT_EQ(values(t.y), (std::vector<double>{-5, 7, -2, -1.5}));
  EXPECT_EQ(t.missing, (std::vector<int64_t>{8, 9}));
  // By the schema from a model's file, from memory and as a stream. A price needs no sign, a share does.
  const TableSchema schema = TableSchema::from_value(t.schema.to_value());
  EXPECT_EQ(schema.columns[0].style, t.schema.columns[0].style);
  EXPECT_EQ(schema.target_style, t.schema.target_style);
  const std::string more = file("share,price,sold,y\n50%,8,\"2,5\",(4)\n", "more.csv");
  EXPECT_EQ(values(load_csv_as(schema, more).x), (std::vector<double>{50, 8, 2.5}));
  EXPECT_EQ(values(load_csv_as(schema, more).y), (std::vector<double>{-4}));
  CsvSource source(more, schema);
  source.start(0);
  DataSource::Block block;
  ASSERT_TRUE(source.next(block));
  EXPECT_EQ(values(block.x.only()), (std::vector<double>{50, 8, 2.5}));
  const std::string bare = file("share,price,sold\n0.5,8,\"2,5\"\n", "bare.csv");
  expect_has(message_of([&] { load_csv_as(schema, bare); }), "line 2: 'share' must be a number with '%', got '0.5'");
  // Others are told.
  const auto why = [&](const std::string& rows) {
    return message_of([&] { scan_csv(file("a,y\n" + rows), {.target = "y", .features = {"a"}}); });
  };
  expect_has(why("5 %,1\n0.3,2\n7%,4\n"), "'a' has numbers of which 2 have '%' and 1 have not, as '5 %' in line 2");
  expect_has(why("$5,1\n\xC2\xA3"
                 "4,2\n$3,4\n"),
             "'a' has numbers with different units, as '$5' in line 2");
  // With decimal commas in another column, a comma before three digits may be one.
  expect_has(message_of([&] {
               scan_csv(file("a,b,y\n\"1,000\",\"1,5\",1\n\"2,500\",\"2,5\",2\n3,\"3,5\",4\n"),
                        {.target = "y", .features = {"a", "b"}});
             }),
             "'a' has numbers with commas before each three digits");
  // Nothing but parentheses are names.
  EXPECT_EQ(scan_csv(file("a,y\n(1),1\n(2),2\n(1),4\n"), {.target = "y"}).columns[0].levels,
            (std::vector<std::string>{"(1)", "(2)"}));
}

TEST_F(Csv, MinusAndSpacesOfAllKinds) {
  const Table t = load_csv(file("a,k,y\n\xE2\x88\x92"
                                "0.5,u\xC2\xA0,yes\n1.5,u,yes\xC2\xA0\n\xE2\x80\x93"
                                "2,v ,no\n\xE2\x80\x94,v,no\n"),
                           {.target = "y"});
  EXPECT_EQ(t.schema.feature_names(), (std::vector<std::string>{"a", "k=u", "k=v"}));
  EXPECT_EQ(t.schema.class_names, (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(values(t.x)[0], -0.5);
  EXPECT_EQ(values(t.x)[6], -2);
  EXPECT_EQ(t.missing, (std::vector<int64_t>{9}));
}

TEST_F(Csv, TruthValuesHaveAnyCase) {
  const Table t =
      load_csv(file("x,flag,y\n1,yes,TRUE\n2,No,False\n5,YES,true\n3,no,FALSE\n4,yes,true\n"), {.target = "y"});
  EXPECT_EQ(t.schema.class_names, (std::vector<std::string>{"FALSE", "true"}));
  EXPECT_EQ(t.schema.class_rows, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(values(t.y), (std::vector<double>{1, 0, 1, 0, 1}));
  EXPECT_EQ(t.schema.feature_names(), (std::vector<std::string>{"x", "flag=No", "flag=yes"}));
  ASSERT_EQ(t.schema.notes.size(), 2u);
  EXPECT_EQ(t.schema.notes[0].text, "its 4 spellings, which differ in capital letters alone, are taken for 2");
  const TableSchema schema = TableSchema::from_value(t.schema.to_value());
  const Table later = load_csv_as(schema, file("x,flag,y\n1,nO,True\n", "new.csv"));
  EXPECT_EQ(values(later.x), (std::vector<double>{1, 1, 0}));
  EXPECT_EQ(values(later.y), (std::vector<double>{1}));
  // Other words are what they are, but it is told.
  const TableSchema s = scan_csv(file("c,y\nParis,1\nparis,2\nRome,4\nRome,7\n"), {.target = "y"});
  EXPECT_EQ(s.columns[0].levels.size(), 3u);
  EXPECT_EQ(s.notes[0].text, "'Paris' and 'paris', which differ in capital letters alone, count as two");
}

}  // namespace

TEST_F(Csv, WordsBehindNumbersAreTheirUnit) {
  std::string content = "a,b,k,y\n";
  for (int i = 0; i < 40; ++i)
    content += std::to_string(i) + ".5 kg," + std::to_string(i * i) + "km/h," + std::to_string(2 + i % 3) + " doors," +
               std::to_string(i % 7 * i) + "\n";
  const Table t = load_csv(file(content), {.target = "y"});
  EXPECT_EQ(t.schema.feature_names(), (std::vector<std::string>{"a", "b", "k=2 doors", "k=3 doors", "k=4 doors"}));
  EXPECT_EQ(values(t.x)[5 * 7], 7.5);
  EXPECT_EQ(values(t.x)[5 * 7 + 1], 49);
  const auto note = [](const TableSchema& s, const std::string& name) {
    for (const auto& one : s.notes)
      if (one.name == name) return one.text;
    return std::string("none");
  };
  EXPECT_EQ(note(t.schema, "a"), "its numbers are read with 'kg' left out");
  EXPECT_EQ(note(t.schema, "b"), "its numbers are read with 'km/h' left out");
  EXPECT_EQ(
      note(t.schema, "k"),
      "it is taken for kinds, of which it has 3; it has numbers with a unit, as '2 doors' in line 2; without it in "
      "the file, they are read as numbers");
  // Another file may leave it out; another unit is no number.
  const TableSchema schema = TableSchema::from_value(t.schema.to_value());
  EXPECT_EQ(values(load_csv_as(schema, file("a,b,k\n2.5,9 km/h,3 doors\n", "new.csv")).x),
            (std::vector<double>{2.5, 9, 0, 1, 0}));
  expect_has(message_of([&] { load_csv_as(schema, file("a,b,k\n2.5 g,9,3 doors\n", "new.csv")); }),
             "line 2: 'a' must be a number, got '2.5 g'");
  // Named in categories they are kinds.
  EXPECT_EQ(scan_csv(file(content), {.target = "y", .categories = {"a"}}).columns[0].levels.size(), 40u);
  // A target is what it looks like, or what was asked for.
  EXPECT_EQ(scan_csv(file(content), {.target = "a"}).target_kind, TargetKind::number);
  EXPECT_EQ(scan_csv(file(content), {.target = "k"}).target_kind, TargetKind::classes);
  EXPECT_EQ(scan_csv(file(content), {.target = "k", .target_kind = TargetKind::number}).target_kind,
            TargetKind::number);
}

TEST_F(Csv, UnitsThatDifferAreNoKinds) {
  std::string content = "a,b,y\n";
  for (int i = 0; i < 60; ++i)
    content += std::to_string(i) + (i == 50 ? " g" : " kg") + "," + (i == 30 ? "unknown" : std::to_string(i) + " m") +
               "," + std::to_string(i % 7 * i) + ",\n";
  for (size_t at = content.find(",\n"); at != content.npos; at = content.find(",\n", at)) content.erase(at, 1);
  const std::string why = message_of([&] { scan_csv(file(content), {.target = "y"}); });
  expect_has(why, "a: it has numbers with a unit, as '0 kg' in line 2, but '50 g' in line 52; make the units one");
  expect_has(why,
             "b: it has numbers with a unit, as '0 m' in line 2, but 'unknown' in line 32; correct it, or name it in "
             "missing if it means that");
  EXPECT_EQ(why.find("categories"), why.npos) << why;
}

TEST_F(Csv, GroupsOfTwoDigitsAsInIndia) {
  const Table t = load_csv(file("a,y\n\"12,34,567\",1\n\"1,00,000.5\",2\n\"2,500\",4\n999,8\n\"9,87,65,43,210\",1\n"),
                           {.target = "y"});
  EXPECT_EQ(values(t.x), (std::vector<double>{1234567, 100000.5, 2500, 999, static_cast<double>(9876543210.0f)}));
  for (const char* wrong : {"1,2,345", "12,345,67", "123,45,678", "0,12,345"})
    EXPECT_THROW(load_csv_as(t.schema, file(std::string("a,y\n\"") + wrong + "\",1\n", "new.csv")), FileError) << wrong;
}

TEST_F(Csv, TruthValuesHaveManyWords) {
  std::string content = "x,flag,y\n";
  const char* words[] = {"TRUE", "true", "true", "yes", "FALSE", "False", "False", "no"};
  for (int i = 0; i < 24; ++i)
    content += std::to_string(i * i % 11) + "," + words[i % 8] + "," + words[(i + i / 8) % 8] + "\n";
  const Table t = load_csv(file(content), {.target = "y"});
  EXPECT_EQ(t.schema.class_names, (std::vector<std::string>{"False", "true"}));
  EXPECT_EQ(t.schema.feature_names(), (std::vector<std::string>{"x", "flag=False", "flag=true"}));
  ASSERT_EQ(t.schema.notes.size(), 2u);
  const std::string merged =
      "its 6 spellings of two truth values are taken for 'true' ('TRUE', 'true', 'yes') and 'False' ('FALSE', 'False', "
      "'no')";
  EXPECT_EQ(t.schema.notes[0].text, merged);
  EXPECT_EQ(t.schema.notes[1].text, merged + "; named in categories, they stay apart");
  EXPECT_EQ(scan_csv(file(content), {.target = "y", .categories = {"flag"}}).columns[1].levels.size(), 6u);
  // In other files, any word will do.
  const TableSchema schema = TableSchema::from_value(t.schema.to_value());
  const Table later = load_csv_as(schema, file("x,flag,y\n1,YES,on\n2,n,No\n", "new.csv"));
  EXPECT_EQ(values(later.x), (std::vector<double>{1, 0, 1, 2, 1, 0}));
  EXPECT_EQ(values(later.y), (std::vector<double>{1, 0}));
  // Letters alone may be anything, and so may what stands beside other words.
  EXPECT_EQ(scan_csv(file("c,y\ny,1\nt,2\nn,4\ny,7\n"), {.target = "y"}).columns[0].levels.size(), 3u);
  const TableSchema mixed = scan_csv(file("c,y\nTRUE,1\ntrue,2\nno,4\nNo,7\nmaybe,3\n"), {.target = "y"});
  EXPECT_EQ(mixed.columns[0].levels.size(), 5u);
  EXPECT_EQ(mixed.notes[0].text,
            "'No' and 'no', which differ in capital letters alone, count as two, and so do 1 more; but for 'maybe' all "
            "are truth values, and would become two: name it in missing if it means no value");
}

TEST_F(Csv, TheOtherDecimalMarkIsToldAsSuch) {
  const TableSchema schema = scan_csv(file("a;y\n1.876,5;3\n2,25;4\n7;5\n"), {.target = "y"});
  expect_has(
      message_of([&] { load_csv_as(schema, file("a;y\n1234.5;3\n", "new.csv")); }),
      "line 2: 'a' must be a number, got '1234.5'; the model was made of a file whose decimals come after ','; set "
      "decimal to '.' if here it is that");
}

}  // namespace cornu
