// The rules of docs/numbers.md: types that do not depend on values, integers that wrap, sums that do not drift.
#include <cornu/ops.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/parallel.h"
#include "ops/emit.h"

namespace cornu {
namespace {

namespace o = ops;
using Doubles = std::vector<double>;

Tensor bytes(const std::vector<uint8_t>& v) { return Tensor({static_cast<int64_t>(v.size())}, v); }
Tensor ints(const std::vector<int32_t>& v) { return Tensor({static_cast<int64_t>(v.size())}, v); }

void expect(const Tensor& got, DType dtype, const Doubles& values) {
  EXPECT_EQ(got.dtype(), dtype) << got.str();
  EXPECT_EQ(got.to_doubles(), values) << got.str();
}

TEST(Numbers, TypesDoNotDependOnValues) {
  const Tensor x = bytes({0, 255});
  expect(x - 128.0, DType::f32, {-128, 127});
  expect(x - 127.5, DType::f32, {-127.5, 127.5});
  expect((x - 128.0) / 128.0, DType::f32, {-1, 127. / 128});
  expect(x * 2.0, DType::f32, {0, 510});
  expect(3.0f + x, DType::f32, {3, 258});
  expect(ints({1}) + 1e10, DType::f32, {1e10});
  expect(Tensor({2}, std::vector<double>{1, 2}) * 0.5, DType::f64, {0.5, 1});
  expect(x.to(DType::boolean) + 1.0, DType::f32, {1, 2});
  expect(x > 254.5, DType::boolean, {0, 1});
}

TEST(Numbers, IntegersTakeTheTypeBesideThem) {
  const Tensor x = bytes({0, 255});
  expect(x - 128, DType::u8, {128, 127});
  expect(x * 2, DType::u8, {0, 254});
  expect(x + 300, DType::u8, {44, 43});
  expect(-1 + x, DType::u8, {255, 254});
  expect(ints({5}) * 2, DType::i32, {10});
  expect(x.to(DType::boolean) + 1, DType::i32, {1, 2});
  expect(Tensor({1}, {0.5f}) * 2, DType::f32, {1});
  expect(x / 2, DType::f32, {0, 127.5});
  expect(Tensor({1}, std::vector<int64_t>{1}) + (int64_t{1} << 60), DType::i64,
         {static_cast<double>((int64_t{1} << 60) + 1)});
  expect(o::clip(ints({-5, 50}), 0, 9), DType::i32, {0, 9});
  expect(o::clip(ints({-5, 50}), 0.5, 9), DType::f32, {0.5, 9});
}

TEST(Numbers, IntegersWrap) {
  const Tensor a = ints({2000000000, INT32_MIN, 7}), b = ints({2000000000, -1, -2});
  expect(a + b, DType::i32, {-294967296, 2147483647, 5});
  expect(a - b, DType::i32, {0, -2147483647, 9});
  expect(a * b, DType::i32, {-1651507200, INT32_MIN, -14});
  expect(-a, DType::i32, {-2000000000, INT32_MIN, -7});
  expect(o::abs(a), DType::i32, {2000000000, INT32_MIN, 7});
  expect(o::square(a), DType::i32, {-1651507200, 0, 49});
  expect(o::floor_divide(a, b), DType::i32, {1, INT32_MIN, -4});
  expect(o::mod(a, b), DType::i32, {0, 0, -1});
  expect(o::floor_divide(a, ints({0, 0, 0})), DType::i32, {0, 0, 0});
  expect(o::power(ints({3, -2, 10}), ints({4, 3, 10})), DType::i32, {81, -8, 1410065408});
  expect(o::power(ints({2, 1, -1}), ints({-1, -5, -3})), DType::i32, {0, 1, -1});
  const Tensor big({2}, std::vector<int64_t>{INT64_MAX, (int64_t{1} << 53) + 1});
  EXPECT_EQ((big + 1).data<int64_t>()[0], INT64_MIN);
  EXPECT_EQ((big + 1).data<int64_t>()[1], (int64_t{1} << 53) + 2);
  expect(-bytes({0, 1, 200}), DType::u8, {0, 255, 56});
  expect(o::round(ints({7})), DType::i32, {7});
  // The same in a graph.
  const auto compiled = o::jit([](const std::vector<Tensor>& x) -> std::vector<Tensor> { return {x[0] + x[1]}; });
  expect(compiled({a, b})[0], DType::i32, {-294967296, 2147483647, 5});
}

/// Products of elements with well mixed bits, beside the same added up modulo 2^64 in one loop.
template <class T>
void check_products() {
  uint64_t state = 7;
  const auto filled = [&](Shape shape) {
    std::vector<T> v(static_cast<size_t>(shape.size()));
    for (T& x : v) state = state * 6364136223846793005u + 1442695040888963407u, x = static_cast<T>(state >> 24);
    return Tensor(shape, v);
  };
  struct Sizes {
    int64_t m, k, n;
  };
  for (const Sizes s : {Sizes{1, 2, 1}, {2, 2, 2}, {1, 300, 5}, {40, 1, 3}, {33, 150, 19}})
    for (const bool ta : {false, true})
      for (const bool tb : {false, true}) {
        const Tensor a = filled(ta ? Shape{s.k, s.m} : Shape{s.m, s.k}),
                     b = filled(tb ? Shape{s.n, s.k} : Shape{s.k, s.n});
        const Tensor y = o::matmul(a, b, {.transpose_a = ta, .transpose_b = tb});
        ASSERT_EQ(y.dtype(), DTypeOf<T>::value);
        ASSERT_EQ(y.shape(), Shape({s.m, s.n}));
        for (int64_t i = 0; i < s.m; ++i)
          for (int64_t j = 0; j < s.n; ++j) {
            uint64_t sum = 0;
            for (int64_t k = 0; k < s.k; ++k)
              sum += static_cast<uint64_t>(a.data<T>()[static_cast<size_t>(ta ? k * s.m + i : i * s.k + k)]) *
                     static_cast<uint64_t>(b.data<T>()[static_cast<size_t>(tb ? j * s.k + k : k * s.n + j)]);
            ASSERT_EQ(y.data<T>()[static_cast<size_t>(i * s.n + j)], static_cast<T>(sum)) << s.k << ta << tb;
          }
      }
}
TEST(Numbers, ProductsOfIntegerMatricesWrap) {
  check_products<uint8_t>(), check_products<int32_t>(), check_products<uint32_t>(), check_products<int64_t>();
  const auto square = [](const Tensor& x) { return o::matmul(x, x); };
  expect(square(bytes({200, 100, 255, 255}).reshaped({2, 2})), DType::u8, {220, 188, 57, 157});
  const Tensor big({1, 2}, std::vector<uint32_t>{4000000000u, 3});
  expect(o::matmul(big, big, {.transpose_b = true}), DType::u32, {1983905801});
  expect(square(Tensor({1, 1}, std::vector<int64_t>{int64_t{1} << 40})), DType::i64, {0});
  EXPECT_EQ(square(Tensor({1, 1}, std::vector<int64_t>{(int64_t{1} << 31) + 1})).data<int64_t>()[0],
            (int64_t{1} << 62) + (int64_t{1} << 32) + 1);
  expect(square(bytes({0, 255, 255, 0}).reshaped({2, 2}) > 1), DType::boolean, {1, 0, 0, 1});
  // Of different types: that of the promotion.
  expect(o::matmul(bytes({200, 200}).reshaped({1, 2}), ints({200, 200}).reshaped({2, 1})), DType::i32, {80000});
}

TEST(Numbers, IntegersWrapInSmallerTypes) {
  const Tensor wide({4}, std::vector<int64_t>{65500, -1, (int64_t{1} << 32) + 7, INT64_MIN});
  expect(o::cast(wide, DType::u8), DType::u8, {220, 255, 7, 0});
  expect(o::cast(wide, DType::i32), DType::i32, {65500, -1, 7, 0});
  expect(o::cast(wide, DType::boolean), DType::boolean, {1, 1, 1, 1});
  expect(o::cast(ints({65500, -1}), DType::u32), DType::u32, {65500, 4294967295});
}

TEST(Numbers, RoundKeepsTheType) {
  const Tensor x = ints({14, 15, 25, 251, -15, -25, 2147483647});
  expect(o::round(x, -1), DType::i32, {10, 20, 20, 250, -20, -20, -2147483646});
  expect(o::round(x, 1), DType::i32, {14, 15, 25, 251, -15, -25, 2147483647});
  expect(o::round(x, -2), DType::i32, {0, 0, 0, 300, 0, 0, 2147483600});
  expect(o::round(x, -10), DType::i32, {0, 0, 0, 0, 0, 0, 0});
  expect(o::round(bytes({14, 15, 25, 245}), -1), DType::u8, {10, 20, 20, 240});
  expect(o::round(Tensor({3}, {1.25f, -1.375f, 14})), DType::f32, {1, -1, 14});
  EXPECT_EQ(static_cast<float>(o::round(Tensor::scalar(-1.36), 1).item()), -1.4f);
  expect(o::round(Tensor({2}, {14.f, 15.f}), -1), DType::f32, {10, 20});
}

TEST(Numbers, SumsOfSmallTypes) {
  const Tensor x = bytes({5, 200, 255, 100});
  expect(o::sum(x), DType::u32, {560});
  expect(o::prod(bytes({200, 200, 2})), DType::u32, {80000});
  expect(o::mean(x), DType::f32, {140});
  expect(o::cumsum(x), DType::u8, {5, 205, 204, 48});
  expect(o::sum(x > 100), DType::i32, {2});
  expect(o::cumsum(x > 100), DType::i32, {0, 1, 2, 2});
  expect(o::max(x > 100), DType::boolean, {1});
  expect(o::sum(ints({2000000000, 2000000000})), DType::i32, {-294967296});
  expect(o::sum(x) + ints({-1}), DType::i32, {559});
  EXPECT_EQ(promote(DType::u32, DType::u8), DType::u32);
  EXPECT_EQ(promote(DType::u32, DType::f32), DType::f32);
}

TEST(Numbers, LongSumsDoNotDrift) {
  const Tensor x = Tensor::full({20000000}, 0.1);
  const float right = static_cast<float>(20000000 * static_cast<double>(0.1f));
  for (const int threads : {1, 3}) {
    set_thread_count(threads);
    EXPECT_EQ(static_cast<float>(o::sum(x).item()), right);
    EXPECT_EQ(static_cast<float>(o::mean(x).item()), 0.1f);
    EXPECT_EQ(o::sum(x.reshaped({10000000, 2}), {0}).data<float>()[1],
              static_cast<float>(1e7 * static_cast<double>(0.1f)));
    EXPECT_EQ(o::sum(x.reshaped({2, 10000000}), {1}).data<float>()[1],
              static_cast<float>(1e7 * static_cast<double>(0.1f)));
  }
  set_thread_count(2);
  // Fused with what comes before.
  const auto fused = o::jit([](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {o::sum(in[0] * 0.5)}; });
  EXPECT_EQ(static_cast<float>(fused({x})[0].item()), right * 0.5f);
  EXPECT_EQ(static_cast<float>(o::cumsum(x.rows(0, 1000000)).rows(999999, 1000000).item()),
            static_cast<float>(1e6 * static_cast<double>(0.1f)));
}

TEST(Numbers, WhatManyStepsAddToStaysExact) {
  Variable count(Tensor::scalar(16777216), "count"), total(Tensor::scalar(0), "total");
  const auto step = o::jit([&](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    accumulate(count, Tensor::scalar(1));
    accumulate(total, in[0]);
    return {};
  });
  for (int i = 0; i < 1000; ++i) step({Tensor::scalar(0.1)});
  EXPECT_EQ(count.numpy().item(), 16778216);
  EXPECT_EQ(static_cast<float>(total.numpy().item()), static_cast<float>(1000 * static_cast<double>(0.1f)));
  accumulate(count, Tensor::scalar(1));       // at once, outside of a step
  EXPECT_EQ(count.numpy().item(), 16778216);  // 16778217 has no float32; the 1 is kept
  accumulate(count, Tensor::scalar(1));
  EXPECT_EQ(count.numpy().item(), 16778218);
  count.assign(Tensor::scalar(2));  // forgets what was not added yet
  accumulate(count, Tensor::scalar(3));
  EXPECT_EQ(count.numpy().item(), 5);
  accumulate(total, Tensor::scalar(INFINITY));
  accumulate(total, Tensor::scalar(1));
  EXPECT_EQ(total.numpy().item(), INFINITY);
}

TEST(Numbers, TwoUnknownSizesPassTheViews) {
  Trace trace;
  const Tensor x = trace.input(DType::f32, {-1, -1, 3});
  EXPECT_EQ(o::expand_dims(x, 1).shape(), Shape({-1, 1, -1, 3}));
  EXPECT_EQ(o::squeeze(o::expand_dims(x, 3), 3).shape(), x.shape());
  EXPECT_EQ(o::matmul(x, Tensor({3, 5})).shape(), Shape({-1, -1, 5}));
  EXPECT_EQ(o::sum(x, {1}, true).shape(), Shape({-1, 1, 3}));
  EXPECT_EQ(o::softmax(x).shape(), x.shape());
}

}  // namespace
}  // namespace cornu
