// Every element type through programs of several operations: the same bits fused and not, eager and compiled, at every
// instruction set and number of threads; and values by another way of counting.
#include <cornu/ops.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/cpu_info.h"
#include "io/file.h"
#include "io/json.h"
#include "ops/check_op.h"
#include "runtime/step.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

namespace o = ops;
using In = const std::vector<Tensor>&;

constexpr DType kIntegers[] = {DType::u8, DType::u16, DType::u32, DType::u64,
                               DType::i8, DType::i16, DType::i32, DType::i64};
constexpr DType kFloats[] = {DType::f16, DType::bf16, DType::f32, DType::f64};

/// Numbers with well mixed bits, of the whole range of an integer type, or of [-4, 4).
Tensor mixed(const Shape& shape, DType dtype, uint64_t state) {
  Tensor t(shape, dtype);
  with_type(dtype, [&]<class T>() {
    for (T& x : t.mutable_data<T>()) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      const uint64_t bits = state ^ (state >> 29);
      if constexpr (kIsInteger<T>)
        x = static_cast<T>(bits);
      else
        x = T(static_cast<double>(bits >> 40) / (1 << 21) - 4);
    }
  });
  return t;
}
double tolerance_of(DType d) { return d == DType::bf16 ? 1.6e-2 : d == DType::f16 ? 2e-3 : is_floating(d) ? 4e-6 : 0; }

/// A function in a graph, with or without fusing.
Tensor compiled(const OpFn& f, const Tensors& in, bool fuse = true) {
  std::vector<TypeShape> types;
  for (const Tensor& t : in) types.push_back({t.dtype(), t.shape()});
  Trace trace;
  Tensors symbols;
  for (const TypeShape& t : types) symbols.push_back(trace.input(t.dtype, t.shape));
  return Step(trace.finish({f(symbols)}), types, {.fuse = fuse}).call(in)[0];
}

TEST(Types, ChainsOfIntegersWrapAfterEachOperation) {
  const OpFn chain = [](In x) {
    const Tensor a = x[0] * x[1] + x[0], b = o::maximum(a, -x[1]) - o::square(x[1]);
    const Tensor c = o::where(b < x[0], o::abs(b), o::floor_divide(b, x[1]));
    return o::mod(c + o::minimum(x[0], b), o::sign(x[1]) + 3) * o::relu(c);
  };
  const std::pair<Shape, Shape> shapes[] = {
      {{37, 19}, {37, 19}},   {{37, 19}, {19}}, {{37, 19}, {37, 1}},     {{700}, {}}, {{4, 300}, {4, 1}},
      {{5, 1, 7}, {5, 6, 7}}, {{}, {}},         {{150, 200}, {150, 200}}};
  for (const DType d : kIntegers)
    for (const auto& [a, b] : shapes) {
      const Tensors in{mixed(a, d, 1), mixed(b, d, 2)};
      check_op({to_string(d), a.str() + b.str(), chain, in, 0, false});
      // By hand, one element after another.
      const Tensor got = compiled(chain, in), x = o::broadcast_to(in[0], got.shape()),
                   y = o::broadcast_to(in[1], got.shape());
      with_type(d, [&]<class T>() {
        if constexpr (kIsInteger<T>) {
          using W = __int128;
          const auto to = [](W v) { return static_cast<W>(static_cast<T>(v)); };
          const auto floored = [&](W p, W q) -> W {
            return q == 0 ? W(0) : to(p / q - (p % q != 0 && (p < 0) != (q < 0)));
          };
          for (size_t i = 0; i < static_cast<size_t>(got.size()); ++i) {
            const W p = x.data<T>()[i], q = y.data<T>()[i];
            const W first = to(to(p * q) + p), negative = to(-q);
            const W second = to((first > negative ? first : negative) - to(q * q));
            const W third = second < p ? to(second < 0 ? -second : second) : floored(second, q);
            const W left = to(third + (p < second ? p : second)), by = to((q > 0 ? 1 : q < 0 ? -1 : 0) + 3);
            const W rest = by == 0 ? W(0) : to(left - floored(left, by) * by);
            ASSERT_EQ(got.data<T>()[i], static_cast<T>(to(rest * (third > 0 ? third : 0))))
                << to_string(d) << " at " << i;
          }
        }
      });
    }
}

TEST(Types, ChainsOfFloatsRoundAfterEachOperation) {
  const OpFn chain = [](In x) {
    const Tensor a = o::tanh(x[0] * x[1]) + x[0], b = o::sigmoid(a - x[1]) * 3.5;
    return o::where(a > b, o::exp(b) - a, o::maximum(o::sqrt(o::abs(a)), b / (x[1] * x[1] + 1.0)));
  };
  const std::pair<Shape, Shape> shapes[] = {
      {{37, 19}, {37, 19}}, {{37, 19}, {19}},       {{37, 19}, {37, 1}},     {{700}, {}},
      {{4, 300}, {4, 1}},   {{5, 1, 7}, {5, 6, 7}}, {{150, 200}, {150, 200}}};
  for (const DType d : kFloats)
    for (const auto& [a, b] : shapes)
      check_op({to_string(d), a.str() + b.str(), chain, {mixed(a, d, 1), mixed(b, d, 2)}, 4 * tolerance_of(d), false});
  // Sums of halves are exact in float32: rounding each is all that happens.
  for (const DType d : {DType::f16, DType::bf16}) {
    const Tensors in{mixed({1000}, d, 3), mixed({1000}, d, 4), mixed({1000}, d, 5)};
    const Tensor got = compiled([](In x) { return (x[0] + x[1]) + x[2]; }, in);
    for (size_t i = 0; i < 1000; ++i)
      with_type(d, [&]<class T>() {
        if constexpr (kIsHalf<T>) {
          const T first(in[0].data<T>()[i] + in[1].data<T>()[i]), want(first + in[2].data<T>()[i]);
          ASSERT_EQ(got.data<T>()[i].bits, want.bits) << to_string(d) << " at " << i;
        }
      });
  }
}

TEST(Types, CastsInTheMiddleOfPrograms) {
  for (int from = 0; from < kDTypeCount; ++from)
    for (int to = 0; to < kDTypeCount; ++to) {
      const DType a = static_cast<DType>(from), b = static_cast<DType>(to);
      const Tensor x = a == DType::boolean ? mixed({500}, DType::u8, 7).to(a) : mixed({500}, a, 7);
      const OpFn f = [&](In in) {
        const Tensor y = o::cast(o::where(in[0] > 0, in[0], o::zeros_like(in[0])), b);
        return b == DType::boolean ? o::logical_not(y) : y + y;
      };
      check_op({to_string(a), to_string(b), f, {x}, tolerance_of(b), false});
    }
}

TEST(Types, CastsAreThoseOfKeras) {
  const Value golden = parse_json(read_file(CORNU_TEST_DATA "/golden/dtypes.json"), "dtypes.json");
  const auto number = [](const Value& v) { return v.is_string() ? std::stod(v.as_string()) : v.as_double(); };
  for (const Value& c : golden.at("values").at("casts").as_array()) {
    const DType from = dtype_from_string(c.at("from").as_string()), to = dtype_from_string(c.at("to").as_string());
    std::vector<double> x, y;
    for (const Value& v : c.at("x").as_array()) x.push_back(number(v));
    for (const Value& v : c.at("y").as_array()) y.push_back(number(v));
    const Tensor in = Tensor({static_cast<int64_t>(x.size())}, x).to(from);
    for (const Tensor& got : {in.to(to), o::cast(in, to), compiled([&](In t) { return o::cast(t[0], to); }, {in})}) {
      ASSERT_EQ(got.dtype(), to);
      const std::vector<double> values = got.to_doubles();
      for (size_t i = 0; i < y.size(); ++i)
        EXPECT_TRUE(values[i] == y[i] || (std::isnan(values[i]) && std::isnan(y[i])))
            << to_string(from) << " " << x[i] << " to " << to_string(to) << ": " << values[i] << ", not " << y[i];
    }
  }
}

TEST(Types, Reductions) {
  for (const auto& types : {std::span<const DType>(kIntegers), std::span<const DType>(kFloats)})
    for (const DType d : types)
      for (const o::Axes& axes : {o::Axes{}, o::Axes{0}, o::Axes{1}, o::Axes{2}, o::Axes{0, 2}}) {
        const Tensor x = mixed({6, 70, 5}, d, 9);
        const double t = tolerance_of(d);
        check_op({to_string(d) + " sum", "", [&](In in) { return o::sum(in[0], axes); }, {x}, t, false});
        check_op({to_string(d) + " max", "", [&](In in) { return o::max(in[0], axes); }, {x}, t, false});
        check_op({to_string(d) + " min", "", [&](In in) { return o::min(in[0], axes); }, {x}, t, false});
        check_op(
            {to_string(d) + " mean", "", [&](In in) { return o::mean(in[0], axes); }, {x}, std::max(t, 4e-6), false});
        if (axes.size() == 1)
          check_op({to_string(d) + " prod", "", [&](In in) { return o::prod(in[0], axes); }, {x}, 4 * t, false});
      }
  // Of many halves: beyond their digits, and beyond float16's range on the way.
  for (const DType d : {DType::f16, DType::bf16}) {
    EXPECT_EQ(o::sum(Tensor::full({30000}, 1, d)).item(), o::cast(Tensor::scalar(30000), d).item());
    EXPECT_EQ(o::mean(Tensor::full({3000, 50}, 3, d)).item(), 3);
  }
}

/// Of halves: sums in float32, rounded once.
TEST(Types, Products) {
  for (const DType d : {DType::f16, DType::bf16})
    for (const auto& [m, k, n] : {std::tuple<int64_t, int64_t, int64_t>{1, 1, 1},
                                  {3, 5, 7},
                                  {1, 300, 40},
                                  {40, 300, 1},
                                  {64, 64, 64},
                                  {130, 257, 70}})
      for (const bool ta : {false, true})
        for (const bool tb : {false, true}) {
          const Tensor a = mixed(ta ? Shape{k, m} : Shape{m, k}, d, 1), b = mixed(tb ? Shape{n, k} : Shape{k, n}, d, 2);
          const OpFn f = [&](In x) { return o::matmul(x[0], x[1], {.transpose_a = ta, .transpose_b = tb}); };
          check_op({to_string(d), text("{} {} {}", m, k, n), f, {a, b}, tolerance_of(d), false});
          const Isa start = active_isa();
          for (const Isa level : available_isas()) {
            set_active_isa(level);
            const Tensor got = compiled(f, {a, b});
            const Tensor wide = o::cast(compiled(f, {o::cast(a, DType::f32), o::cast(b, DType::f32)}), d);
            if (d == DType::f16 || level <= Isa::avx512) {
              EXPECT_EQ(got.to_doubles(), wide.to_doubles()) << to_string(d) << ", " << isa_name(level);
              continue;
            }
            // The processor's own products add in another order, and may round to the neighbour.
            const std::vector<double> x = got.to_doubles(), y = wide.to_doubles();
            for (size_t i = 0; i < x.size(); ++i)
              EXPECT_NEAR(x[i], y[i], 0x1p-7 * std::fabs(y[i]) + 1e-5 * static_cast<double>(k)) << isa_name(level);
          }
          set_active_isa(start);
        }
}

/// Weights of float32 that are cast for a product: the same bits whether it casts them itself, at every level.
TEST(Types, ProductsThatCast) {
  for (const bool both : {false, true}) {
    const Tensor a = mixed({37, 70}, both ? DType::f32 : DType::bf16, 1) * 0.123,
                 w = mixed({70, 45}, DType::f32, 2) * 0.37;
    const OpFn f = [](In x) { return o::matmul(o::cast(x[0], DType::bf16), o::cast(x[1], DType::bf16)); };
    check_op({"matmul", both ? "both operands cast" : "one operand cast", f, {a, w}, 1.6e-2, false});
  }
}

TEST(Types, GradientsOfHalves) {
  for (const DType d : {DType::f16, DType::bf16}) {
    const Tensor x = mixed({20, 6}, d, 1), w = mixed({6, 4}, d, 2);
    const auto loss = [](const std::vector<Tensor>& in) -> std::vector<Tensor> {
      return {o::mean(o::square(o::tanh(o::matmul(in[0], in[1]) * 0.1)))};
    };
    const std::vector<Tensor> got = o::value_and_grad(loss)({x, w});
    const std::vector<Tensor> want = o::value_and_grad(loss)({x.to(DType::f64), w.to(DType::f64)});
    for (size_t i = 0; i < 2; ++i) {
      ASSERT_EQ(got[i].dtype(), d);
      const std::vector<double> g = got[i].to_doubles(), v = want[i].to_doubles();
      double largest = 0;
      for (const double e : v) largest = std::max(largest, std::fabs(e));
      for (size_t k = 0; k < g.size(); ++k) EXPECT_NEAR(g[k], v[k], 3 * tolerance_of(d) * largest);
    }
  }
}

TEST(Types, NumbersBesideTensors) {
  EXPECT_EQ((Tensor({2}, std::vector<int8_t>{1, 2}) + 1).dtype(), DType::i8);
  EXPECT_EQ((Tensor({2}, std::vector<int8_t>{1, 2}) + 1.0).dtype(), DType::f32);
  EXPECT_EQ((Tensor({2}, std::vector<uint64_t>{1, 2}) + 1).dtype(), DType::u64);
  EXPECT_EQ((Tensor({1}, std::vector<float16>{float16(1.5)}) * 2).dtype(), DType::f16);
  EXPECT_EQ((Tensor({1}, std::vector<bfloat16>{bfloat16(1.5)}) * 2.5).dtype(), DType::bf16);
  EXPECT_EQ((Tensor({1}, std::vector<int32_t>{3}) + Tensor({1}, std::vector<float16>{float16(1)})).dtype(), DType::f16);
  const Tensor half({3}, std::vector<float16>{float16(1.5), float16(-2), float16(0.1)});
  EXPECT_EQ(half.data<float16>()[1].bits, float16(-2).bits);
  EXPECT_EQ(half.str(), "Tensor(3,) float16 [1.5, -2, 0.0999755859375]");
  EXPECT_THROW((void)half.data<float>(), DTypeError);
}

}  // namespace
}  // namespace cornu
