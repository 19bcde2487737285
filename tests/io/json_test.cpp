// JSON text against what Python wrote, and each refusal with its sentence.
#include "io/json.h"

#include <cmath>
#include <limits>

#include "io/golden.h"

namespace cornu {
namespace {

using namespace testing;

TEST(Json, WritesWhatPythonWrites) {
  for (const char* name : {"document.json", "document_indented.json"}) {
    const std::string text = read_file(golden(name));
    EXPECT_EQ(write_json(parse_json(text, name), std::string(name) == "document.json" ? -1 : 2), text);
  }
}

TEST(Json, Kinds) {
  const Value v = parse_json(R"( {"a": [1, -2.5, 1e3, "x", null, true], "b": {}, "big": 18446744073709551616} )");
  EXPECT_EQ(v.at("a").at(0).as_int(), 1);
  EXPECT_FALSE(v.at("a").at(2).is_int());
  EXPECT_EQ(v.at("a").at(2).as_int(), 1000);
  EXPECT_EQ(v.at("a").at(3).as_string(), "x");
  EXPECT_TRUE(v.at("a").at(4).is_null());
  EXPECT_EQ(v.at("big").as_double(), 18446744073709551616.0);
  EXPECT_EQ(v.as_object()[1].first, "b");
  EXPECT_EQ(parse_json("\xEF\xBB\xBF[1]").size(), 1u);
  EXPECT_EQ(parse_json(R"("\ud83d\ude00\u00e9")").as_string(), "\xF0\x9F\x98\x80\xC3\xA9");
  EXPECT_EQ(parse_json("1e999").as_double(), HUGE_VAL);
  EXPECT_EQ(parse_json("-1e-999").as_double(), 0.0);
  EXPECT_EQ(parse_json("1e-99999999999999").as_double(), 0.0);
}

TEST(Json, ShortestText) {
  EXPECT_EQ(shortest_text(0.1), "0.1");
  EXPECT_EQ(shortest_text(1.0), "1.0");
  EXPECT_EQ(shortest_text(1e-7), "1e-07");
  EXPECT_EQ(shortest_text(static_cast<double>(0.001f)), "0.0010000000474974513");
  EXPECT_EQ(shortest_text(1.5e16), "1.5e+16");
  EXPECT_EQ(shortest_text(123456.75), "123456.75");
  EXPECT_EQ(shortest_text(-std::numeric_limits<double>::denorm_min()), "-5e-324");
}

TEST(Json, Refusals) {
  const auto message = [](const std::string& text) { return message_of([&] { parse_json(text, "c.json"); }); };
  EXPECT_EQ(message("{\"a\": 1,\n \"a\": 2}"),
            "FileError: c.json: line 2 column 5: keys of an object must differ, got 'a' twice");
  EXPECT_EQ(message("[1,]"), "FileError: c.json: line 1 column 4: a value must stand here, got ']'");
  EXPECT_EQ(message("[1"), "FileError: c.json: line 1 column 3: ',' or ']' must follow an element, got the end");
  EXPECT_EQ(message("1 2"), "FileError: c.json: line 1 column 3: nothing may follow the value, got '2'");
  EXPECT_EQ(message("\"a"), "FileError: c.json: line 1 column 3: a string must end with a quote, got the end");
  EXPECT_EQ(message("\"\xC3\x28\""), "FileError: c.json: line 1 column 2: text must be UTF-8, got byte 195");
  EXPECT_EQ(message("01"), "FileError: c.json: line 1 column 3: a number must not start so, got the end");
  EXPECT_EQ(message(""), "FileError: c.json: line 1 column 1: a value must stand here, got the end");
  EXPECT_EQ(message(std::string(300, '[')),
            "FileError: c.json: line 1 column 202: values must be nested at most 200 levels deep, got more");
  EXPECT_EQ(message(std::string(200, '[') + std::string(200, ']')), "nothing was thrown");
  EXPECT_EQ(message(R"("\ud800")"),
            "FileError: c.json: line 1 column 8: a low surrogate must follow a high one, got '\"'");
}

TEST(Json, SurvivesDamage) {
  for_damaged(read_file(golden("document.json")), [](const auto& s) { parse_json(s); });
}

TEST(Value, MissingAndWrongKinds) {
  Value v;
  v["units"] = 4;
  v["name"] = "dense";
  EXPECT_EQ(message_of([&] { v.at("rate"); }), "ConfigError: config: the key 'rate' must be given, got [units, name]");
  EXPECT_EQ(message_of([&] { v.at("name").as_int(); }),
            "ConfigError: config: expected an integer, got the string 'dense'");
  EXPECT_EQ(message_of([&] { v.at("units").as_string(); }), "ConfigError: config: expected a string, got 4");
  EXPECT_EQ(message_of([&] { Value(2.5).as_int(); }), "ConfigError: config: expected an integer, got 2.5");
  EXPECT_EQ(message_of([&] { v.as_array(); }), "ConfigError: config: expected a list, got an object");
  EXPECT_EQ(v.at("units").as_double(), 4.0);
  EXPECT_TRUE(v.erase("units"));
  EXPECT_FALSE(v.has("units"));
}

TEST(Value, Equality) {
  EXPECT_EQ(parse_json("[1, {\"a\": null}]"), (Value::Array{1, Value::Object{{"a", nullptr}}}));
  EXPECT_NE(Value(1), Value(1.0));
  EXPECT_NE(Value(true), Value(1));
}

}  // namespace
}  // namespace cornu
