// Initializers: exact ones against Keras, drawn ones against the facts of their distribution.
#include <cornu/initializers.h>

#include <set>

#include "nn/golden.h"

namespace cornu {
namespace {

struct Moments {
  double mean = 0, std = 0, min = INFINITY, max = -INFINITY;
  explicit Moments(const std::vector<double>& v) {
    for (double x : v) mean += x / static_cast<double>(v.size()), min = std::min(min, x), max = std::max(max, x);
    for (double x : v) std += (x - mean) * (x - mean) / static_cast<double>(v.size());
    std = std::sqrt(std);
  }
};

/// Five standard errors of the mean and, roughly, of the deviation.
void expect_moments(const Tensor& t, double mean, double std, const std::string& what) {
  const Moments m(t.to_doubles());
  const double error = 5 * std / std::sqrt(static_cast<double>(t.size()));
  EXPECT_NEAR(m.mean, mean, error) << what;
  EXPECT_NEAR(m.std, std, error) << what;
}

void expect_orthogonal(const Tensor& t, double gain, const std::string& what) {
  const std::vector<double> a = t.to_doubles();
  const auto cols = static_cast<size_t>(t.shape()[-1]), rows = a.size() / cols;
  const size_t few = std::min(rows, cols), many = std::max(rows, cols);
  const auto at = [&](size_t vector, size_t k) { return rows < cols ? a[vector * cols + k] : a[k * cols + vector]; };
  for (size_t i = 0; i < few; ++i)
    for (size_t j = 0; j <= i; ++j) {
      double dot = 0;
      for (size_t k = 0; k < many; ++k) dot += at(i, k) * at(j, k);
      ASSERT_NEAR(dot, i == j ? gain * gain : 0, 1e-6) << what;
    }
}

}  // namespace

TEST(Initializers, ExactOnesAreThoseOfKeras) {
  const Value file = cornu::testing::golden_family("initializers");
  cornu::testing::Tally tally("initializers, exact");
  for (const Value& c : file.at("cases").as_array()) {
    if (c.at("kind").as_string() != "exact") continue;
    const std::string what = cornu::testing::title(c), kind = c.at("config").at("class_name").as_string();
    const double tolerance = kind == "STFT" ? 1e-6 : 0;  // Keras computes its angles in float32
    Initializer i(make_configurable<InitializerImpl>(c.at("config")));
    if (what.starts_with("Identity_1")) i = initializers::Identity({.gain = 0.7});  // Keras does not write the gain
    for (const auto& [unused, array] : c.at("outputs").as_object()) {
      const Tensor want = cornu::testing::golden_tensor(array);
      cornu::testing::expect_close(i->call(want.shape(), want.dtype()), want, what, tolerance);
    }
    if (!what.starts_with("Identity_1"))
      cornu::testing::expect_same_config(serialize<InitializerImpl>(i.impl().get()), c.at("config"), what, true);
    ++tally.ran;
  }
}

TEST(Initializers, DrawnOnesHaveTheDistributionOfKeras) {
  const Value file = cornu::testing::golden_family("initializers");
  cornu::testing::Tally tally("initializers, random");
  set_random_seed(17);
  for (const Value& c : file.at("cases").as_array()) {
    if (c.at("kind").as_string() != "random") continue;
    const std::string what = cornu::testing::title(c);
    const Initializer i(make_configurable<InitializerImpl>(c.at("config")));
    const Shape shape = Codec<Shape>::from_value(c.at("shape"));
    const Value& facts = c.at("facts");
    const Fans fans = compute_fans(shape);
    EXPECT_EQ(fans.in, facts.at("fan_in").as_int()) << what;
    EXPECT_EQ(fans.out, facts.at("fan_out").as_int()) << what;
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Tensor t = i->call(shape, dtype);
      EXPECT_EQ(t.dtype(), dtype);
      const Moments m(t.to_doubles());
      if (facts.has("limit") || facts.has("minval")) {
        const double high = facts.at(facts.has("limit") ? "limit" : "maxval").as_double();
        const double low = facts.has("limit") ? -high : facts.at("minval").as_double();
        EXPECT_GE(m.min, low * (1 + 1e-6)) << what;
        EXPECT_LE(m.max, high * (1 + 1e-6)) << what;
        expect_moments(t, (low + high) / 2, (high - low) / std::sqrt(12), what);
      } else if (facts.has("stddev")) {
        const double mean = facts.at("mean").as_double(), std = facts.at("stddev").as_double();
        const Value* end = facts.find("truncated_at");
        expect_moments(t, mean, end ? std * 0.87962566103423978 : std, what);
        const double furthest = end ? end->as_double() * (1 + 1e-6) : INFINITY;
        EXPECT_LE(std::max(mean - m.min, m.max - mean), furthest) << what;
      } else {
        expect_orthogonal(t, facts.at("gain").as_double(), what);
      }
    }
    cornu::testing::expect_same_config(serialize<InitializerImpl>(i.impl().get()), c.at("config"), what, true);
    ++tally.ran;
  }
}

TEST(Initializers, SeedsDecide) {
  const Initializer fixed = initializers::GlorotUniform({.seed = 3});
  EXPECT_EQ(fixed->call({5, 4}, DType::f32).to_doubles(), fixed->call({5, 4}, DType::f32).to_doubles());
  const Initializer free = "he_normal";
  set_random_seed(1);
  const std::vector<double> first = free->call({5, 4}, DType::f32).to_doubles();
  EXPECT_NE(free->call({5, 4}, DType::f32).to_doubles(), first);
  set_random_seed(1);
  EXPECT_EQ(free->call({5, 4}, DType::f32).to_doubles(), first);
}

TEST(Initializers, NamesAreThoseOfKeras) {
  for (const char* name : {"zeros",
                           "zero",
                           "ones",
                           "one",
                           "constant",
                           "identity",
                           "random_normal",
                           "normal",
                           "random_uniform",
                           "uniform",
                           "truncated_normal",
                           "variance_scaling",
                           "glorot_uniform",
                           "glorot_normal",
                           "he_uniform",
                           "he_normal",
                           "lecun_uniform",
                           "lecun_normal",
                           "orthogonal",
                           "OrthogonalInitializer",
                           "GlorotUniform",
                           "IdentityInitializer"})
    EXPECT_TRUE(Initializer(name)) << name;
  EXPECT_THROW(Initializer("glorot_unifrom"), ConfigError);
  EXPECT_THROW(initializers::VarianceScaling({.scale = 0}), ConfigError);
  EXPECT_THROW(initializers::Orthogonal()->call({4}, DType::f32), ShapeError);
}

}  // namespace cornu
