// What is told of columns that are used though they may not be what they seem, and of files that are no tables.
#include "data/csv_support.h"

namespace cornu {
namespace {

class Doubts : public Csv {
 protected:
  /// The notes on `name`, one after another.
  static std::string notes_on(const TableSchema& s, const std::string& name) {
    std::string out;
    for (const TableSchema::Note& n : s.notes)
      if (n.name == name) out += n.text + "\n";
    return out;
  }
  /// 200 rows of columns that are made from the row's number.
  TableSchema scan(const std::vector<std::pair<std::string, std::function<std::string(int)>>>& columns,
                   CsvConfig config = {.target = "y"}) {
    std::string content;
    for (size_t c = 0; c < columns.size(); ++c) content += text("{}{}", c ? "," : "", columns[c].first);
    for (int i = 0; i < 200; ++i)
      for (size_t c = 0; c < columns.size(); ++c) content += text("{}{}", c ? "," : "\n", columns[c].second(i));
    return scan_csv(file(content + "\n"), config);
  }
  static std::string noise(int i) { return std::to_string(i * 7919 % 211) + ".5"; }
  static std::string number(int i) { return std::to_string(i); }
};

TEST_F(Doubts, CopiesOfTheTarget) {
  const auto yes = [](int i) { return i * 37 % 11 < 5 ? "yes" : "no"; };
  const TableSchema s = scan({{"x", noise},
                              {"copy", [&](int i) { return yes(i) == std::string("yes") ? "1" : "0"; }},
                              {"hint", [&](int i) { return i == 7                         ? "1"
                                                           : yes(i) == std::string("yes") ? "1"
                                                                                          : "0"; }},
                              {"y", yes}});
  EXPECT_EQ(notes_on(s, "copy"),
            "each of its values goes with one of 'y' and the other way round; if it is not known before the answer is, "
            "name it in ignore\n");
  EXPECT_EQ(notes_on(s, "hint") + notes_on(s, "x"), "");
  const TableSchema line = scan({{"x", noise},
                                 {"fahrenheit", [](int i) { return number(32 + 18 * (i * 37 % 101)); }},
                                 {"y", [](int i) { return number(10 * (i * 37 % 101)); }}});
  expect_has(notes_on(line, "fahrenheit"), "it is 'y' itself, or that times a number plus a number");
  EXPECT_EQ(notes_on(line, "x"), "");
}

TEST_F(Doubts, IdsCodesAndDates) {
  const TableSchema s = scan({{"customer_id", [](int i) { return number(2000000 + i * 7919 % 99991); }},
                              {"zip", [](int i) { return number(10007 + i * 31 % 23 * 3571); }},
                              {"plant", [](int i) { return text("0{}", 10 + i % 7); }},
                              {"age", [](int i) { return number(20 + i * 37 % 60); }},
                              {"year", [](int i) { return number(1990 + i * 7 % 30); }},
                              {"dose", [](int i) { return number(1000 * (1 + i * 7 % 9)); }},
                              {"day", [](int i) { return number(20200101 + i % 12 * 100 + i % 28); }},
                              {"time", [](int i) { return number(1600000000 + i * 7919 % 211 * 3600); }},
                              {"y", noise}});
  EXPECT_EQ(notes_on(s, "customer_id"),
            "it looks like an id: whole numbers, no two the same; to leave it out, name it in ignore\n");
  expect_has(notes_on(s, "zip"), "its 23 different whole numbers may be codes, of which the size means nothing; ");
  expect_has(notes_on(s, "plant"),
             "it has numbers that begin with 0, as '010' in line 2, and so may hold codes; named in categories");
  expect_has(notes_on(s, "day"), "its numbers look like dates, as 20200101");
  expect_has(notes_on(s, "time"), "its numbers look like seconds since 1970, as 1600000000");
  for (const char* usual : {"age", "year", "dose", "y"}) EXPECT_EQ(notes_on(s, usual), "") << usual;
  const TableSchema named = scan({{"id", [](int i) { return number(i * 7919 % 99991); }}, {"x", noise}, {"y", noise}},
                                 {.target = "y", .features = {"id", "x"}});
  EXPECT_EQ(notes_on(named, "id"), "");  // asked for
}

TEST_F(Doubts, TargetsOfWholeNumbersAndDates) {
  const auto target = [&](const std::function<std::string(int)>& y, TargetKind kind = TargetKind::automatic) {
    return notes_on(scan({{"x", noise}, {"y", y}}, {.target = "y", .target_kind = kind}), "y");
  };
  const auto rating = [](int i) { return number(i * 37 % 11); };
  EXPECT_EQ(target(rating),
            "its 11 whole numbers are taken for classes; if they are amounts, as counts or ratings, set target_kind to "
            "number\n");
  EXPECT_EQ(target(rating, TargetKind::classes) + target(rating, TargetKind::number), "");
  EXPECT_EQ(target([](int i) { return number(i * 37 % 30); }),
            "its 30 different whole numbers are taken for amounts; if they are codes, set target_kind to classes\n");
  EXPECT_EQ(target([](int i) { return number(i % 2); }), "");
  const auto date = [](int i) { return text("2020-01-{}", 10 + i % 12); };
  expect_has(message_of([&] { target(date); }),
             "the target 'y' holds dates, as '2020-01-10' in line 2; make them numbers");
  EXPECT_EQ(target(date, TargetKind::classes), "");
  const TableSchema s =
      scan({{"at", [](int i) { return number(1 + i % 12) + (i % 2 ? ":05" : ":30 pm"); }}, {"x", noise}, {"y", noise}});
  ASSERT_EQ(s.left_out.size(), 1u);
  EXPECT_EQ(s.left_out[0].why, "it holds times of day; to use them, make them numbers, as hours or minutes");
}

TEST_F(Doubts, FilesOfOtherKindsAreNamed) {
  using namespace std::string_literals;
  const auto said = [&](const std::string& content) { return message_of([&] { scan_csv(file(content)); }); };
  expect_has(said("PK\x03\x04\x14\0\0\0\0\0[Content_Types].xml xl/workbook.xml"s), "is an Excel file; save it as CSV");
  expect_has(said("PK\x03\x04\x14\0\0\0\0\0readme.txt"s), "is a ZIP archive; unpack it first");
  expect_has(said("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"s), "of Excel or another program of Office");
  expect_has(said("[{\"a\": 1},\n {\"a\": 2}]\n"), "is JSON; write it as CSV");
  expect_has(said("{\n  \"a\": [1, 2]\n}\n"), "is JSON; write it as CSV");
  expect_has(said("<!DOCTYPE html>\n<html>a,b</html>\n"), "is HTML or XML");
  expect_has(said("PAR1\x15\x04"s), "is a Parquet file");
  expect_has(said("\x1F\x8B\x08"s), "is compressed");
  expect_has(message_of([&] { scan_csv(folder_.string()); }), "is a folder; name a file in it");
  // Brackets alone are no sign.
  EXPECT_EQ(scan_csv(file("[a],{b}\n1,2\n4,3\n")).columns.size(), 2u);
  // A byte of zero, wherever it is.
  std::string late = "a,k\n";
  for (int i = 0; i < 20000; ++i)
    late += std::to_string(i * 37 % 101) + (i == 18000 ? ",u\0\n"s : i % 2 ? ",u\n"s : ",v\n"s);
  expect_has(said(late), "is no text: line 18002 has a byte of zero");
}

}  // namespace
}  // namespace cornu
