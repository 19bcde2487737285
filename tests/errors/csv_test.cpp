// What tables say of files that do not fit.
#include "errors/check_errors.h"

namespace cornu {
namespace {

std::string file(const std::string& content) { return temporary_file("data.csv", content); }
const char* kGood = "age,sex,income\n20,male,yes\n30,female,no\n40,male,yes\n50,female,no\n";

const char* kCommas = "a,y\n\"1,5\",1\n\"2,25\",2\n3,4\n";
const std::string kNumbers = "a,b\n1,0.5\n5,1.5\n";

void load_as(const std::string& content, CsvReadConfig config = {}) {
  const TableSchema schema = scan_csv(file(kGood), {.target = "income"});
  load_csv_as(schema, temporary_file("new.csv", content), config);
}

TEST(Errors, Csv) {
  check_errors(
      "csv.txt",
      {
          {"missing", [] { load_csv("no_such.csv"); }},
          {"empty", [] { load_csv(file("")); }},
          {"header_alone", [] { load_csv(file("age,sex\n")); }},
          {"target_alone", [] { load_csv(file("y\nyes\nno\nyes\n"), {.target = "y"}); }},
          {"row_of_too_few_fields", [] { load_csv(file("age,sex,income\n20,male,yes\n30,female\n")); }},
          {"row_of_too_many_fields", [] { load_csv(file("age,sex,income\n20,male,yes\n30,female,no,5\n")); }},
          {"quote_that_does_not_end", [] { load_csv(file("age,sex\n20,\"male\n30,female\n")); }},
          {"text_among_numbers",
           [] {
             std::string rows = "age,sex\n";
             for (int i = 0; i < 60; ++i) rows += std::to_string(i) + ",male\n";
             load_csv(file(rows + "n.a,male\n"));
           }},
          {"decimal_commas_of_a_feature", [] { load_csv(file(kCommas), {.target = "y", .features = {"a"}}); }},
          {"decimal_commas_of_the_target", [] { load_csv(file(kCommas), {.target = "a"}); }},
          {"thousands", [] { load_csv(file("a;y\n1,000;1\n2,500;2\n700;4\n"), {.target = "y", .features = {"a"}}); }},
          {"target_without_end", [] { load_csv(file(kNumbers + "3,inf\n"), {.target = "b"}); }},
          {"target_beyond_float32", [] { load_csv(file("a,b\n1,1e299\n2,2e299\n"), {.target = "b"}); }},
          {"target_of_texts_and_numbers",
           [] {
             std::string content = "x,y\n";
             for (int i = 0; i < 60; ++i)
               content += std::to_string(i * i) + "," +
                          (i % 6 ? std::to_string(i + 9)
                           : i   ? "low" + std::to_string(i / 12)
                                 : "low") +
                          "\n";
             load_csv(file(content), {.target = "y"});
           }},
          {"new_file_has_a_target_beyond_float32",
           [] {
             const TableSchema schema = scan_csv(file(kNumbers + "3,7.5\n"), {.target = "b"});
             load_csv_as(schema, temporary_file("new.csv", "a,b\n1,-inf\n"));
           }},
          {"no_such_target", [] { load_csv(file(kGood), {.target = "incme"}); }},
          {"no_such_feature", [] { load_csv(file(kGood), {.target = "income", .features = {"agee"}}); }},
          {"no_such_column_to_ignore", [] { load_csv(file(kGood), {.ignore = {"agee"}}); }},
          {"column_number_out_of_range", [] { load_csv(file(kGood), {.target = "7"}); }},
          {"file_of_one_column", [] { load_csv(file("# people\nage,income\n20,3\n"), {.target = "income"}); }},
          {"target_is_a_feature", [] { load_csv(file(kGood), {.target = "income", .features = {"income"}}); }},
          {"target_without_values", [] { load_csv(file("a,b\n1,\n2,\n"), {.target = "b"}); }},
          {"two_columns_of_one_name", [] { load_csv(file("a,a\n1,2\n3,4\n"), {.target = "a"}); }},
          {"number_wanted_of_text",
           [] { load_csv(file(kGood), {.target = "sex", .target_kind = TargetKind::number}); }},
          {"new_file_lacks_a_column", [] { load_as("age,income\n20,yes\n"); }},
          {"new_file_lacks_the_target", [] { load_as("age,sex\n20,male\n", {.need_target = true}); }},
          {"new_file_has_another_class", [] { load_as("age,sex,income\n20,male,perhaps\n"); }},
          {"new_file_has_text_for_a_number", [] { load_as("age,sex,income\nold,male,yes\n"); }},
          {"new_file_without_header_of_other_width", [] { load_as("20\n", {.header = false}); }},
          {"split_shares",
           [] {
             train_test_split(Tensor({4, 2}), Tensor({4}), {.test = 0.8, .validation = 0.4});
           }},
      });
}

}  // namespace
}  // namespace cornu
