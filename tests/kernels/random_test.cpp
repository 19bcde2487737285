// The random generator: known answers, moments, independence of threads.
#include "kernels/cpu/random.h"

#include "base/philox.h"
#include "support.h"

namespace cornu {
namespace {

/// From the test vectors of the authors' library, Random123.
TEST(Philox, KnownAnswers) {
  EXPECT_EQ(philox(PhiloxBlock{}, {}), (PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr uint32_t f = 0xffffffff;
  EXPECT_EQ(philox(PhiloxBlock{f, f, f, f}, {f, f}), (PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox(PhiloxBlock{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, Uniform) {
  const Floats x(100001);
  random_uniform(7, 0, -2, 3, x, x.size());
  EXPECT_TRUE(x.intact());
  double mean = 0, square = 0;
  for (const float v : x) {
    ASSERT_TRUE(v >= -2 && v < 3);
    mean += v, square += static_cast<double>(v) * v;
  }
  mean /= 100001, square /= 100001;
  EXPECT_NEAR(mean, 0.5, 0.02);
  EXPECT_NEAR(square - mean * mean, 25.0 / 12, 0.03);
}

TEST(Random, Normal) {
  const Floats x(200003);
  random_normal(7, 1, 1, 2, x, x.size());
  EXPECT_TRUE(x.intact());
  double m1 = 0, m2 = 0, m4 = 0;
  for (const float v : x) {
    const double t = (v - 1.0) / 2;
    m1 += t, m2 += t * t, m4 += t * t * t * t;
  }
  EXPECT_NEAR(m1 / 200003, 0, 0.01);
  EXPECT_NEAR(m2 / 200003, 1, 0.015);
  EXPECT_NEAR(m4 / 200003, 3, 0.1);
}

/// Against the C library: the transform's own logarithm, sine and cosine are right.
TEST(Random, NormalIsBoxMuller) {
  const Floats x(64 * 500);
  random_normal(3, 9, 0, 1, x, x.size());
  for (int64_t g = 0; g < 500; ++g)
    for (int64_t l = 0; l < 16; ++l) {
      const PhiloxBlock b = philox(3, 9, static_cast<uint64_t>(g * 16 + l));
      for (const int64_t w : {0, 2}) {
        const double u = (b[static_cast<size_t>(w)] + 1.0) * 0x1p-32, v = b[static_cast<size_t>(w + 1)] * 0x1p-32;
        const double r = std::sqrt(-2 * std::log(u)), a = 2 * M_PI * v;
        ASSERT_NEAR(x[64 * g + 16 * w + l], r * std::cos(a), 5e-7);
        ASSERT_NEAR(x[64 * g + 16 * (w + 1) + l], r * std::sin(a), 5e-7);
      }
    }
}

TEST(Random, BitsAreTheStream) {
  Buffer<uint32_t> x(200);
  random_bits(11, 1ull << 40, x, 200);
  EXPECT_TRUE(x.intact());
  for (int64_t i = 0; i < 200; ++i)
    ASSERT_EQ(x[i],
              philox(11, 1ull << 40, static_cast<uint64_t>(i / 64 * 16 + i % 16))[static_cast<size_t>(i % 64 / 16)]);
}

/// Sums of bits recorded once: another level, compiler or processor must give the same.
TEST(Random, SameForAnyLevel) {
  const Isa before = active_isa();
  std::vector<Floats> first;
  for (const Isa level : available_isas()) {
    set_active_isa(level);
    Floats x(1000), y(1000), z(1000);
    random_normal(1, 2, 0.5f, 2, x, 1000);
    random_uniform(1, 2, -0.3f, 0.7f, y, 1000);
    random_mask(1, 2, 0.8f, 1.25f, z, 1000);
    if (first.empty()) first = {x, y, z};
    EXPECT_TRUE(same_bits(first[0], x) && same_bits(first[1], y) && same_bits(first[2], z)) << isa_name(level);
  }
  set_active_isa(before);
  uint32_t hash = 0;
  for (const float v : first[0]) {
    uint32_t bits;
    std::memcpy(&bits, &v, 4);
    hash = hash * 31 + bits;
  }
  EXPECT_EQ(hash, 3345127614u);
}

TEST(Random, Mask) {
  const Floats x(100000);
  random_mask(1, 2, 0.8f, 1.25f, x, x.size());
  double kept = 0;
  for (const float v : x) {
    ASSERT_TRUE(v == 0 || v == 1.25f);
    kept += v != 0;
  }
  EXPECT_NEAR(kept / 1e5, 0.8, 0.01);
}

TEST(Random, SameForAnyThreadsAndLength) {
  const int before = thread_count();
  set_thread_count(1);
  const Floats x(300001), y(300001), z(10);
  random_normal(5, 6, 0, 1, x, x.size());
  for (const int threads : {2, 3, 8}) {
    set_thread_count(threads);
    random_normal(5, 6, 0, 1, y, y.size());
    EXPECT_TRUE(same_bits(x, y));
  }
  set_thread_count(before);
  random_normal(5, 6, 0, 1, z, z.size());
  EXPECT_EQ(std::memcmp(x, z, 40), 0);
}

}  // namespace
}  // namespace cornu
