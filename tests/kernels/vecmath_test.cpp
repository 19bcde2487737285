// Accuracy of the elementary functions, in units in the last place, over their whole range.
#include "kernels/cpu/isa/isa_table.h"
#include "support.h"

namespace cornu {
namespace {

CORNU_EVERY_ISA(Vecmath);

constexpr float kInf = INFINITY, kMin = 1.17549435e-38f;

struct Function {
  TileOp op;
  double (*exact)(double);
  double bound;     // ULP
  float low, high;  // every so many floats between them
};
const Function kFunctions[] = {
    {TileOp::exp, std::exp, 1.5, -110, 95},        {TileOp::expm1, std::expm1, 2, -110, 95},
    {TileOp::log, std::log, 1.5, 0, 3.4e38f},      {TileOp::log1p, std::log1p, 2.5, -1, 3.4e38f},
    {TileOp::sin, std::sin, 2, -3e38f, 3e38f},     {TileOp::cos, std::cos, 2, -3e38f, 3e38f},
    {TileOp::tanh, std::tanh, 2.5, -3e38f, 3e38f}, {TileOp::erf, std::erf, 2, -3e38f, 3e38f},
    {TileOp::sqrt, std::sqrt, 0.51, 0, 3.4e38f},   {TileOp::floor, std::floor, 0, -3e38f, 3e38f},
    {TileOp::ceil, std::ceil, 0, -3e38f, 3e38f},   {TileOp::round, std::nearbyint, 0, -3e38f, 3e38f}};

/// Floats in the order of their bits: an even sample of every binade.
std::vector<float> sample(float low, float high, int step) {
  std::vector<float> all;
  for (const bool negative : {false, true})
    for (int64_t bits = 0; bits < 0x7f800000; bits += step) {
      const uint32_t b = static_cast<uint32_t>(bits) | (negative ? 0x80000000u : 0);
      float x;
      std::memcpy(&x, &b, 4);
      if (x >= low && x <= high && (x == 0 || std::fabs(x) >= kMin)) all.push_back(x);
    }
  return all;
}

float call(TileOp op, float x, float y = 0) {
  float in[16], other[16], out[16];
  std::fill(in, in + 16, x);
  std::fill(other, other + 16, y);
  isa().tile[static_cast<int>(op)].fn[0](out, in, other, in, isa().lanes);
  return out[0];
}

TEST_P(Vecmath, UnitsInTheLastPlace) {
  for (const Function& f : kFunctions) {
    const std::vector<float> x = sample(f.low, f.high, GetParam() == Isa::baseline ? 4001 : 1009);
    Floats in(static_cast<int64_t>(x.size())), out(in.size());
    std::copy(x.begin(), x.end(), in.begin());
    isa().tile[static_cast<int>(f.op)].fn[0](out, in, in, in, static_cast<int>(in.size()));
    EXPECT_TRUE(out.intact());
    double worst = 0;
    float at = 0;
    for (int64_t i = 0; i < in.size(); ++i) {
      const double want = f.exact(static_cast<double>(in[i]));
      if (std::fabs(want) < static_cast<double>(kMin) && std::fabs(out[i]) <= kMin) continue;
      const double u = ulps(out[i], want);
      if (u > worst) worst = u, at = in[i];
    }
    std::printf("  %-6s %-8s %.3f ULP at %.9g\n", tile_op_name(f.op), isa_name(GetParam()), worst,
                static_cast<double>(at));
    EXPECT_LE(worst, f.bound) << tile_op_name(f.op) << " at " << at;
  }
}

TEST_P(Vecmath, SpecialValues) {
  for (const Function& f : kFunctions) {
    EXPECT_TRUE(std::isnan(call(f.op, NAN))) << tile_op_name(f.op);
    for (const float x : {0.0f, -0.0f, kInf, -kInf, 1e5f, -1e5f, 99999.0f, 1.0f, -1.0f}) {
      const double want = f.exact(static_cast<double>(x));
      const float got = call(f.op, x);
      EXPECT_LE(ulps(got, want), f.bound) << tile_op_name(f.op) << " of " << x << " gave " << got;
      if (want == 0) {
        EXPECT_EQ(std::signbit(got), std::signbit(want)) << tile_op_name(f.op) << " of " << x;
      }
    }
  }
  EXPECT_TRUE(std::isnan(call(TileOp::log, -1)));
  EXPECT_TRUE(std::isnan(call(TileOp::log1p, -1.5f)));
  EXPECT_EQ(call(TileOp::exp, -1000), 0);
  EXPECT_EQ(call(TileOp::exp, 1000), kInf);
  EXPECT_EQ(call(TileOp::log, 0), -kInf);
}

TEST_P(Vecmath, Power) {
  EXPECT_EQ(call(TileOp::power, 2, 10), 1024);
  EXPECT_EQ(call(TileOp::power, -2, 3), -8);
  EXPECT_EQ(call(TileOp::power, 0, 0), 1);
  EXPECT_EQ(call(TileOp::power, 0, -1), kInf);
  EXPECT_TRUE(std::isnan(call(TileOp::power, -2, 0.5f)));
  std::mt19937 g(1);
  std::uniform_real_distribution<float> base(0, 20), exponent(-20, 20);
  double worst = 0;
  for (int i = 0; i < 20000; ++i) {
    const float x = base(g), y = exponent(g);
    const double want = std::pow(static_cast<double>(x), static_cast<double>(y));
    if (want > 1e-37) worst = std::max(worst, ulps(call(TileOp::power, x, y), want));
  }
  EXPECT_LE(worst, 1);
}

TEST_P(Vecmath, NaNRules) {
  for (const auto& [op, x, y] : {std::tuple{TileOp::maximum, NAN, 1.0f},
                                 {TileOp::maximum, 1.0f, NAN},
                                 {TileOp::minimum, NAN, 1.0f},
                                 {TileOp::minimum, 1.0f, NAN},
                                 {TileOp::relu, NAN, 0.0f},
                                 {TileOp::sigmoid, NAN, 0.0f},
                                 {TileOp::abs, NAN, 0.0f}})
    EXPECT_TRUE(std::isnan(call(op, x, y))) << tile_op_name(op);
  EXPECT_EQ(call(TileOp::equal, NAN, NAN), 0);
  EXPECT_EQ(call(TileOp::not_equal, NAN, NAN), 1);
  EXPECT_EQ(call(TileOp::isnan, NAN), 1);
  EXPECT_EQ(call(TileOp::isfinite, kInf), 0);
  EXPECT_EQ(call(TileOp::isfinite, 3), 1);
  EXPECT_EQ(call(TileOp::logical_and, 2, 3), 1);
  EXPECT_EQ(call(TileOp::logical_not, 0), 1);
  EXPECT_EQ(call(TileOp::sign, -3), -1);
  EXPECT_EQ(call(TileOp::relu_grad, 5, 0), 0);
  EXPECT_EQ(call(TileOp::mod, -7, 3), 2);
}

}  // namespace
}  // namespace cornu
