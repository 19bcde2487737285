// Promotion of types against what Keras gives for every pair, and the halves against their definition.
#include "base/promotion.h"

#include <cornu/shape.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

#include "io/file.h"
#include "io/json.h"

namespace cornu {
namespace {

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}
/// Keras on JAX has no types of 64 bits; here a result has them if an operand has.
std::string in_32_bits(std::string name) {
  const size_t at = name.starts_with("complex") ? name.npos : name.find("64");
  return at == name.npos ? name : name.replace(at, 2, "32");
}

TEST(Promotion, IsThatOfKeras) {
  const Value golden = parse_json(read_file(CORNU_TEST_DATA "/golden/dtypes.json"), "dtypes.json");
  int pairs = 0;
  for (const auto& [names, want] : golden.at("result_type").as_object()) {
    const std::vector<std::string> all = words(names);
    EXPECT_EQ(in_32_bits(result_type(all)), want.as_string()) << names;
    const auto is_element = [](const std::string& n) {
      return n != "int" && n != "float" && !n.starts_with("complex");
    };
    if (all.size() != 2 || !is_element(all[0]) || !is_element(all[1])) continue;
    const DType a = dtype_from_string(all[0]), b = dtype_from_string(all[1]);
    EXPECT_EQ(to_string(promote(a, b)), result_type(all)) << names;
    EXPECT_EQ(promote(a, b), promote(b, a)) << names;
    EXPECT_LE(size_of(promote(a, b)) == 8, size_of(a) == 8 || size_of(b) == 8) << names;
    ++pairs;
  }
  EXPECT_EQ(pairs, kDTypeCount * (kDTypeCount + 1) / 2);
}

TEST(Promotion, NamesEveryType) {
  for (int i = 0; i < kDTypeCount; ++i) {
    const DType d = static_cast<DType>(i);
    EXPECT_EQ(dtype_from_string(to_string(d)), d);
  }
}

template <class Half, class Parts>
void check_every_half(Parts parts) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const Half h = Half::from_bits(static_cast<uint16_t>(bits));
    const float x = h;
    const double want = parts(bits);
    if (std::isnan(want)) {
      EXPECT_TRUE(std::isnan(x)) << bits;
      EXPECT_TRUE(std::isnan(static_cast<float>(Half(x)))) << bits;
      continue;
    }
    ASSERT_EQ(static_cast<double>(x), want) << bits;
    ASSERT_EQ(Half(x).bits, bits);
    // Up to the middle between two neighbours numbers round to the nearer one; the middle itself to the even one.
    const double next = parts(bits + 1);
    if ((bits & 0x7fff) == 0x7fff || !std::isfinite(next) || (bits & 0x7fff) >= 0x7f00) continue;
    const double middle = (want + next) / 2;
    ASSERT_EQ(Half(middle).bits, bits & 1 ? bits + 1 : bits);
    ASSERT_EQ(Half(std::nextafter(middle, want)).bits, bits);
    ASSERT_EQ(Half(std::nextafter(middle, next)).bits, bits + 1);
  }
}

/// By the definition: sign, exponent, fraction.
double half_by_parts(uint32_t bits, int exponent_bits, int fraction_bits) {
  const int exponent = static_cast<int>(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
  const int fraction = static_cast<int>(bits) & ((1 << fraction_bits) - 1), bias = (1 << (exponent_bits - 1)) - 1;
  const double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1)
    return fraction ? std::nan("") : sign * std::numeric_limits<double>::infinity();
  const double whole = exponent ? fraction + (1 << fraction_bits) : fraction;
  return sign * std::ldexp(whole, (exponent ? exponent : 1) - bias - fraction_bits);
}

TEST(Halves, RoundToTheNearestEvenOne) {
  check_every_half<float16>([](uint32_t bits) { return half_by_parts(bits, 5, 10); });
  check_every_half<bfloat16>([](uint32_t bits) { return half_by_parts(bits, 8, 7); });
  EXPECT_EQ(static_cast<float>(float16(65519.0f)), 65504.0f);
  EXPECT_TRUE(std::isinf(static_cast<float>(float16(65520.0f))));
  EXPECT_EQ(float16(1e-8).bits, 0);
  EXPECT_EQ(float16(-0.0f).bits, 0x8000);
  // Twice rounded, by way of float, this would be the even neighbour.
  EXPECT_EQ(float16(1 + 0x1p-11 + 0x1p-40).bits, float16(1 + 0x1p-10).bits);
  EXPECT_EQ(bfloat16(1 + 0x1p-8 + 0x1p-40).bits, bfloat16(1 + 0x1p-7).bits);
  EXPECT_EQ(float16(3) + float16(4), 7.0f);
}

}  // namespace
}  // namespace cornu
