// CSV records, headers and separators, and each refusal with its sentence.
#include "io/csv.h"

#include <cmath>
#include <fstream>

#include "io/golden.h"

namespace cornu {
namespace {

using namespace testing;
using Rows = std::vector<std::vector<std::string>>;

std::string file_of(const std::string& text) {
  const std::string path = scratch("test.csv");
  write_file_atomically(path, text);
  return path;
}

Rows rows_of(CsvReader& csv) {
  Rows out;
  std::vector<std::string_view> fields;
  while (csv.next(fields)) out.emplace_back(fields.begin(), fields.end());
  return out;
}

TEST(Csv, QuotesLineEndsAndByteOrderMark) {
  for (const size_t block : {1, 2, 3, 7, 1 << 20}) {
    CsvReader csv(golden("table.csv"), {.block = block});
    EXPECT_EQ(csv.separator(), ';');
    EXPECT_EQ(csv.header(), (std::vector<std::string>{"name", "weight; kg", "note"}));
    const Rows expected{{"Anna", "1.5", "two\r\nlines"}, {"Bo", "?", "said \"hi\""}, {"", "2", ""}};
    EXPECT_EQ(rows_of(csv), expected) << block;
    EXPECT_EQ(csv.line(), 6u);
    csv.rewind();
    EXPECT_EQ(rows_of(csv), expected) << block;
  }
}

TEST(Csv, HeadersAndSeparators) {
  CsvReader numbers(golden("numbers.csv"));
  EXPECT_TRUE(numbers.header().empty());
  EXPECT_EQ(rows_of(numbers), (Rows{{"1", "2", "3"}, {"4", "5", "6"}}));
  CsvReader tabs(golden("tabs.tsv"));
  EXPECT_EQ(tabs.separator(), '\t');
  EXPECT_EQ(tabs.header(), (std::vector<std::string>{"a", "b"}));
  CsvReader forced(golden("numbers.csv"), {.header = CsvOptions::Header::yes});
  EXPECT_EQ(forced.header(), (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_EQ(rows_of(forced).size(), 1u);
  CsvReader none(golden("tabs.tsv"), {.header = CsvOptions::Header::no});
  EXPECT_EQ(rows_of(none).size(), 3u);
  CsvReader decimal(file_of("1,5;2,5\n3,5;4\n"));
  EXPECT_EQ(decimal.separator(), ';');
  // A header is above numbers however they are written.
  CsvReader commas(file_of("a;b\n1,5;x\n3;y\n"));
  EXPECT_EQ(commas.header(), (std::vector<std::string>{"a", "b"}));
  CsvReader bars(file_of("a|b\n1|2,5\n3|4\n"));
  EXPECT_EQ(bars.separator(), '|');
  CsvReader words(file_of("red\nblue\n"));
  EXPECT_TRUE(words.header().empty());
  EXPECT_EQ(rows_of(words), (Rows{{"red"}, {"blue"}}));
}

TEST(Csv, TheFirstLineMayNameTheSeparator) {
  for (const char* line : {"sep=;\n", "sep=;\r\n", "\xEF\xBB\xBFsep=;\n"})
    for (const size_t block : {1, 1 << 20}) {
      CsvReader csv(file_of(std::string(line) + "a,b;c\n1;2\n3;4\n"), {.block = block});
      EXPECT_EQ(csv.separator(), ';');
      EXPECT_EQ(csv.header(), (std::vector<std::string>{"a,b", "c"}));
      EXPECT_EQ(rows_of(csv), (Rows{{"1", "2"}, {"3", "4"}}));
      EXPECT_EQ(csv.line(), 4u);
    }
  // A separator that was given is right; the line is none of the table all the same.
  CsvReader given(file_of("sep=;\na,b;c\n1,2\n"), {.separator = ','});
  EXPECT_EQ(given.header(), (std::vector<std::string>{"a", "b;c"}));
  CsvReader other(file_of("sep=1;x\n1;2\n"), {.header = CsvOptions::Header::no});
  EXPECT_EQ(rows_of(other)[0][0], "sep=1");
}

TEST(Csv, SmallFiles) {
  CsvReader empty(file_of(""));
  EXPECT_EQ(empty.columns(), 0u);
  EXPECT_TRUE(rows_of(empty).empty());
  CsvReader one(file_of("7"));
  EXPECT_EQ(rows_of(one), (Rows{{"7"}}));
  CsvReader trailing(file_of("1,2,\n3,,4"));
  EXPECT_EQ(rows_of(trailing), (Rows{{"1", "2", ""}, {"3", "", "4"}}));
}

TEST(Csv, Refusals) {
  const std::string path = file_of("a,b\n1,2\n\n\"x\ny\",3,4\n");
  CsvReader csv(path);
  std::vector<std::string_view> fields;
  EXPECT_TRUE(csv.next(fields));
  EXPECT_EQ(message_of([&] { csv.next(fields); }), "FileError: " + path + ": line 4 must have 2 fields, got 3");
  const auto message = [](const std::string& text, CsvOptions options = {}) {
    return message_of([&] {
      CsvReader reader(file_of(text), options);
      rows_of(reader);
    });
  };
  EXPECT_EQ(message("1,2\n3,\"4\n"), "FileError: " + path + ": line 2 must close its quotes, got the end of the file");
  EXPECT_EQ(message("1,2\n\"3\"x,4\n"),
            "FileError: " + path + ": line 2 must have ',' after the quoted field 1, got something else");
  EXPECT_EQ(message("1,2\n3,\"" + std::string(5000, 'x'), {.separator = ',', .block = 64, .max_record = 1000}),
            "FileError: " + path + ": line 2 must end within 1000 bytes, got a quote that is not closed");
  EXPECT_EQ(message_of([] { CsvReader("no/such.csv"); }),
            "FileError: no/such.csv: the file must be readable, got 'No such file or directory'");
}

/// Whatever a damaged file holds, it does not depend on where blocks end.
TEST(Csv, SurvivesDamage) {
  const std::string path = scratch("damaged.csv");
  const auto outcome = [&](size_t block) {
    Rows rows;
    try {
      CsvReader csv(path, {.block = block});
      rows = rows_of(csv);
      rows.push_back(csv.header());
    } catch (const FileError& e) {
      rows = {{e.what()}};
    }
    return rows;
  };
  for_damaged(read_file(golden("table.csv")), [&](const std::string& damaged) {
    std::ofstream(path, std::ios::binary) << damaged;
    EXPECT_EQ(outcome(1), outcome(size_t{1} << 20)) << damaged;
  });
}

TEST(Csv, ManyRowsThroughSmallBlocks) {
  std::string text = "x,y\n";
  for (int i = 0; i < 20000; ++i) text += std::to_string(i) + ",\"" + std::to_string(-i) + "\"\n";
  CsvReader csv(file_of(text), {.block = 1000});
  std::vector<std::string_view> fields;
  int n = 0;
  for (; csv.next(fields); ++n) {
    ASSERT_EQ(parse_number(fields[0]), n);
    ASSERT_EQ(parse_number(fields[1]), -n);
    ASSERT_EQ(csv.line(), static_cast<uint64_t>(n + 2));
  }
  EXPECT_EQ(n, 20000);
}

TEST(Csv, NumbersAndMissing) {
  EXPECT_EQ(parse_number(" 1.5e3 "), 1500.0);
  EXPECT_EQ(parse_number("+2"), 2.0);
  EXPECT_FALSE(parse_number("+-2"));
  EXPECT_FALSE(parse_number("1,5"));
  EXPECT_FALSE(parse_number(""));
  EXPECT_FALSE(parse_number("12a"));
  EXPECT_EQ(parse_number("1,5", ','), 1.5);
  EXPECT_EQ(parse_number("-2,5e1", ','), -25.0);
  EXPECT_EQ(parse_number("7", ','), 7.0);
  EXPECT_FALSE(parse_number("1.5", ','));
  EXPECT_FALSE(parse_number("1,500,000", ','));
  EXPECT_EQ(parse_number("-1e400"), -INFINITY);
  EXPECT_EQ(parse_number("1e-400"), 0.0);
  for (const char* m : {"", "NA", "NaN", "nan", "null", "?", "N/A", "n/a", "NULL", "None", "<NA>", "#N/A", "#N/A N/A",
                        "#NA", "-1.#IND", "-nan", "Nan", "+NAN", "1.#QNAN"})
    EXPECT_TRUE(is_missing(m)) << m;
  for (const char* there : {"0", "-", "none", "na", "inf", "Nantes", "-5"}) EXPECT_FALSE(is_missing(there)) << there;
}

TEST(Csv, WritesWhatItReads) {
  const Rows rows{{"a", "b,c", "say \"x\""}, {"", "two\nlines", "cr\r"}, {" s ", "", ""}};
  std::string text;
  for (const auto& row : rows) text += csv_line(row);
  CsvReader csv(file_of(text), {.separator = ','});
  EXPECT_EQ(rows_of(csv), rows);
  EXPECT_EQ(csv_line({""}), "\"\"\n");
  EXPECT_EQ(csv_line({"a;b", "c"}, ';'), "\"a;b\";c\n");
}

}  // namespace
}  // namespace cornu
