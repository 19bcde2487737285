// Values: their memory is managed by hand.
#include <cornu/value.h>
#include <gtest/gtest.h>

namespace cornu {
namespace {

Value sample() {
  Value v = Value::object();
  v["number"] = 1;
  v["list"] = Value::Array{1, "text", 2.5, true, nullptr};
  v["object"]["deep"] = std::string(100, 'z');
  return v;
}

TEST(Value, CopiesAreTheirOwn) {
  const Value v = sample();
  Value w = v;
  EXPECT_TRUE(w == v);
  w["object"]["deep"] = 3;
  EXPECT_FALSE(w == v);
  EXPECT_EQ(v.at("object").at("deep").as_string().size(), 100u);
  EXPECT_FALSE(Value(1) == Value(1.0)) << "another kind";
}

TEST(Value, AssigningAPartOfItself) {
  Value v = sample();
  v = *&v;
  EXPECT_TRUE(v == sample());
  v = v.at("object");
  EXPECT_TRUE(v.has("deep"));
  v = sample();
  v = std::move(v["list"]);
  ASSERT_EQ(v.size(), 5u);
  v.push_back(v);
  ASSERT_EQ(v.size(), 6u);
  EXPECT_EQ(v.at(5).size(), 5u);
  v = std::move(v.as_array()[5]);
  EXPECT_EQ(v.at(1).as_string(), "text");
}

TEST(Value, MovedFromIsNull) {
  Value v = sample();
  const Value w = std::move(v);
  EXPECT_TRUE(v.is_null());  // NOLINT: that is what is tested
  v["new"] = w;
  EXPECT_TRUE(v.at("new") == sample());
  std::vector<Value> many(50, w);
  many.erase(many.begin());
  std::swap(many.front(), many.back());
  EXPECT_TRUE(many.front() == w);
}

}  // namespace
}  // namespace cornu
