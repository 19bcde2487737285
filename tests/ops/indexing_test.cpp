// x[key]: against places worked out by hand, on known values and traced ones.
#include <cornu/cornu.h>
#include <cornu/indexing.h>
#include <gtest/gtest.h>

using namespace cornu;
using ops::Index;
using Key = std::vector<Index>;

namespace {

struct Case {
  const char* name;
  Key key;
  Shape shape;
  std::vector<float> values;
};

/// Of 0 ... 23 in (2, 3, 4).
std::vector<Case> cases() {
  const ops::Slice all{};
  return {
      {"one place", {1, 2}, {4}, {20, 21, 22, 23}},
      {"places from the end", {-1, -1, -1}, {}, {23}},
      {"a slice in the middle", {all, ops::Slice{1, 2, {}}, ops::Slice{{}, 2, {}}}, {2, 1, 2}, {4, 5, 16, 17}},
      {"slices beyond the end", {0, ops::Slice{2, 9, {}}}, {1, 4}, {8, 9, 10, 11}},
      {"an empty slice", {0, ops::Slice{2, 1, {}}}, {0, 4}, {}},
      {"a step", {0, 0, ops::Slice{{}, {}, 2}}, {2}, {0, 2}},
      {"backwards", {0, 0, ops::Slice{{}, {}, -1}}, {4}, {3, 2, 1, 0}},
      {"backwards between bounds", {0, 0, ops::Slice{-1, 0, -2}}, {2}, {3, 1}},
      {"a new axis", {0, ops::NewAxis{}, 0}, {1, 4}, {0, 1, 2, 3}},
      {"what is left over", {ops::Ellipsis{}, 0}, {2, 3}, {0, 4, 8, 12, 16, 20}},
      {"left over, with a new axis behind", {1, ops::Ellipsis{}, 0, ops::NewAxis{}}, {3, 1}, {12, 16, 20}},
      {"an array", {0, Tensor({2}, std::vector<int32_t>{2, 0})}, {2, 4}, {8, 9, 10, 11, 0, 1, 2, 3}},
      {"an array behind a slice", {all, 0, Tensor({1, 2}, std::vector<int32_t>{3, -4})}, {2, 1, 2}, {3, 0, 15, 12}},
      {"two arrays together",
       {Tensor({2}, std::vector<int32_t>{0, 1}), Tensor({2}, std::vector<int32_t>{2, -3})},
       {2, 4},
       {8, 9, 10, 11, 12, 13, 14, 15}},
  };
}

std::vector<float> floats(const Tensor& t) {
  const auto data = t.data<float>();
  return {data.begin(), data.end()};
}

TEST(GetItem, PicksWhatNumPyPicks) {
  Tensor x({2, 3, 4});
  for (int i = 0; i < 24; ++i) x.mutable_data<float>()[static_cast<size_t>(i)] = static_cast<float>(i);
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const auto f =
        ops::jit([&](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {ops::get_item(in[0], c.key)}; });
    for (const Tensor& y : {ops::get_item(x, c.key), f({x})[0]}) {
      EXPECT_EQ(y.shape(), c.shape);
      EXPECT_EQ(floats(y), c.values);
    }
  }
}

TEST(GetItem, KeysSurviveAsValues) {
  for (const Case& c : cases()) {
    const Value v = Codec<Key>::to_value(c.key);
    EXPECT_EQ(Codec<Key>::to_value(Codec<Key>::from_value(v)), v) << c.name;
  }
}

TEST(GetItem, SaysWhatCannotBe) {
  const Tensor x({2, 3});
  const auto fails = [&](const Key& key, const char* words) {
    try {
      ops::get_item(x, key);
      ADD_FAILURE() << words;
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find(words), std::string::npos) << e.what();
    }
  };
  fails({2}, "index 2 is out of range for axis 0 of size 2");
  fails({0, -4}, "index -4 is out of range for axis 1 of size 3");
  fails({0, 0, 0}, "for more axes than");
  fails({ops::Slice{{}, {}, 0}}, "must not be 0");
  fails({Tensor({2}, {0, 1})}, "indices must be whole numbers, got float32");
  fails({Tensor({2}, DType::boolean)}, "boolean mask");
}

TEST(Take, AlongAnyAxis) {
  const Tensor x({2, 3}, {0, 1, 2, 3, 4, 5}), y = ops::take(x, Tensor({1, 2}, std::vector<int32_t>{2, 0}), 1);
  EXPECT_EQ(y.shape(), Shape({2, 1, 2}));
  EXPECT_EQ(floats(y), (std::vector<float>{2, 0, 5, 3}));
}

}  // namespace
