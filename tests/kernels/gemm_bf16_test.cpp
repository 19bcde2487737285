// Products of bfloat16 by the processor's own instructions against double precision: shapes, strides, sources, threads.
#include "kernels/cpu/gemm_bf16.h"

#include <bit>

#include "support.h"

namespace cornu {
namespace {

class GemmBf16 : public EveryIsa {};
INSTANTIATE_TEST_SUITE_P(Isa, GemmBf16, testing::Values(Isa::avx512_bf16, Isa::amx), isa_test_name);

using Halves = Buffer<uint16_t>;
float value_of(uint16_t half) { return std::bit_cast<float>(static_cast<uint32_t>(half) << 16); }
/// The nearest, ties to even, written for one number.
uint16_t nearest(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  if (x != x) return static_cast<uint16_t>(bits >> 16 | 0x40);
  const uint32_t rest = bits & 0xffff, low = bits >> 16;
  return static_cast<uint16_t>(low + (rest > 0x8000 || (rest == 0x8000 && (low & 1))));
}
Halves halves_of(const Floats& x) {
  Halves h(x.size());
  for (int64_t i = 0; i < x.size(); ++i) h[i] = nearest(x[i]);
  return h;
}
bool same(const Halves& a, const Halves& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), static_cast<size_t>(a.size()) * 2) == 0;
}

Halves product(const GemmShape& s, const void* a, const void* b, bool a_floats = false, bool b_floats = false) {
  const Bf16GemmPlan plan = prepare_gemm_bf16(s, a_floats, b_floats);
  Halves c((s.m - 1) * s.c_row + s.n);
  for (uint16_t& x : c) x = 0x1234;  // gaps between rows must keep it
  const Buffer<char> workspace(static_cast<int64_t>(plan.workspace));
  run_gemm_bf16(plan, a, b, c, workspace);
  EXPECT_TRUE(c.intact() && workspace.intact());
  return c;
}

/// A product of two bfloat16 has 16 significant bits, so it is exact in float32. A sum of k of them in any order is off
/// by no more than k roundings of 2^-24 of what it adds up, and the result by half a place of its 8 bits, 2^-8.
void check(const GemmShape& s) {
  SCOPED_TRACE(testing::Message() << s.m << "x" << s.n << "x" << s.k);
  const Floats a = random_floats((s.m - 1) * s.a_row + (s.k - 1) * s.a_col + 1, 1);
  const Floats b = random_floats((s.k - 1) * s.b_row + (s.n - 1) * s.b_col + 1, 2);
  const Halves x = halves_of(a), y = halves_of(b), c = product(s, x, y);
  for (int64_t i = 0; i < s.m; ++i) {
    for (int64_t j = 0; j < s.n; ++j) {
      double sum = 0, size = 0;
      for (int64_t k = 0; k < s.k; ++k) {
        const double p = static_cast<double>(value_of(x[i * s.a_row + k * s.a_col])) *
                         static_cast<double>(value_of(y[k * s.b_row + j * s.b_col]));
        sum += p;
        size += std::fabs(p);
      }
      const double room = 0x1p-8 * std::fabs(sum) + 1.01 * static_cast<double>(s.k) * 0x1p-24 * size + 0x1p-126;
      ASSERT_NEAR(static_cast<double>(value_of(c[i * s.c_row + j])), sum, room) << "at " << i << ", " << j;
    }
    for (int64_t j = s.n; j < s.c_row && i + 1 < s.m; ++j) ASSERT_EQ(c[i * s.c_row + j], 0x1234);
  }
  // Rounding floats on the way gives what rounding before gives.
  EXPECT_TRUE(same(c, product(s, a, b, true, true)));
  EXPECT_TRUE(same(c, product(s, a, y, true, false)));
  EXPECT_TRUE(same(c, product(s, x, b, false, true)));
}

struct Case {
  int64_t m, n, k;
};
constexpr Case kCases[] = {{1, 1, 1},    {10, 8, 10},  {10, 1, 8},    {1, 32, 784},  {33, 17, 5},    {7, 65, 129},
                           {64, 64, 64}, {1, 1, 1000}, {16, 16, 32},  {17, 33, 31},  {15, 48, 257},  {31, 16, 33},
                           {3, 5, 2},    {48, 80, 96}, {100, 1, 300}, {32, 32, 784}, {129, 131, 400}};

TEST_P(GemmBf16, AllTranspositions) {
  for (const Case& c : kCases)
    for (int t = 0; t < 4; ++t) check(gemm_shape(c.m, c.n, c.k, t & 1, t & 2));
}

TEST_P(GemmBf16, Strides) {
  for (const Case& c : kCases) {
    GemmShape s = gemm_shape(c.m, c.n, c.k);
    s.a_row = c.k + 3, s.b_row = c.n + 5, s.c_row = c.n + 2;
    check(s);
  }
}

TEST_P(GemmBf16, SameBitsForAnyThreads) {
  for (const Case& c : {Case{128, 512, 784}, Case{600, 40, 300}, Case{40, 900, 260}, Case{257, 259, 261}})
    for (int t = 0; t < 4; ++t) {
      const GemmShape s = gemm_shape(c.m, c.n, c.k, t & 1, t & 2);
      const Halves a = halves_of(random_floats(c.m * c.k, 1)), b = halves_of(random_floats(c.k * c.n, 2));
      set_thread_count(1);
      const Halves first = product(s, a, b);
      for (const int threads : {2, 3, 8}) {
        set_thread_count(threads);
        EXPECT_TRUE(same(first, product(s, a, b))) << threads << " threads";
      }
    }
}

/// An element's sum depends on k alone: a product's part equals the part computed alone.
TEST_P(GemmBf16, SameBitsForAnyBlocks) {
  const int64_t m = 90, n = 150, k = 700;
  const GemmShape s = gemm_shape(m, n, k);
  const Halves a = halves_of(random_floats(m * k, 1)), b = halves_of(random_floats(k * n, 2));
  const Halves whole = product(s, a, b);
  for (const Case& part : {Case{2, 3, k}, Case{17, 40, k}, Case{90, 1, k}, Case{33, 150, k}}) {
    GemmShape t = s;
    t.m = part.m, t.n = part.n, t.c_row = part.n;
    const Halves c = product(t, a, b);
    for (int64_t i = 0; i < part.m; ++i)
      for (int64_t j = 0; j < part.n; ++j) ASSERT_EQ(c[i * part.n + j], whole[i * n + j]);
  }
}

/// What is not finite stays with the elements that it is in, whatever lies beside the operands; floats are rounded to
/// even, also those that become infinite, and NaN stays NaN.
TEST_P(GemmBf16, SpecialNumbers) {
  const float inf = INFINITY;
  const GemmShape s = gemm_shape(4, 2, 3);
  Floats a(12), b(6);
  const float x[] = {1, inf, 2, 1.00390625f, 0, 1.01171875f, 1, 1, 3.4e38f, NAN, 0, 0}, y[] = {1, 0, 0, 0, 0, 1};
  std::copy(x, x + 12, a.begin());
  std::copy(y, y + 6, b.begin());
  for (const bool floats : {false, true}) {
    const Halves h = halves_of(a);
    const Halves c = product(s, floats ? static_cast<const void*>(a) : h, b, floats, true);
    EXPECT_TRUE(std::isnan(value_of(c[0])) && std::isnan(value_of(c[1])));  // infinity times 0
    EXPECT_EQ(value_of(c[2]), 1.0f);                                        // a tie goes to the even one
    EXPECT_EQ(value_of(c[3]), 1.015625f);
    EXPECT_TRUE(std::isnan(value_of(c[4])));
    EXPECT_EQ(value_of(c[5]), inf);
    EXPECT_TRUE(std::isnan(value_of(c[6])) && std::isnan(value_of(c[7])));
  }
}

}  // namespace
}  // namespace cornu
