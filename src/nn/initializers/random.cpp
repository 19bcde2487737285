// Initializers that draw each value, or a whole orthogonal matrix.
#include <cmath>

#include "nn/initializers/draw.h"
#include "nn/initializers/families.h"

namespace cornu {

using namespace initializers;

template <>
struct Describe<RandomNormalConfig> {
  using T = RandomNormalConfig;
  static constexpr auto fields =
      std::tuple{field("seed", &T::seed), field("mean", &T::mean), field("stddev", &T::stddev)};
};
template <>
struct Describe<RandomUniformConfig> {
  using T = RandomUniformConfig;
  static constexpr auto fields =
      std::tuple{field("seed", &T::seed), field("minval", &T::minval), field("maxval", &T::maxval)};
};
template <>
struct Describe<OrthogonalConfig> {
  using T = OrthogonalConfig;
  static constexpr auto fields = std::tuple{field("seed", &T::seed), field("gain", &T::gain)};
};

namespace {

struct RandomNormalInitializer final : WithConfig<RandomNormalInitializer, InitializerImpl, RandomNormalConfig> {
  static constexpr const char* kName = "RandomNormal";
  using WithConfig::WithConfig;
  Tensor call(const Shape& shape, DType dtype) const override {
    return draw_normal(seed_or_next(config.seed), shape, dtype, config.mean, config.stddev, false);
  }
};

struct TruncatedNormalInitializer final : WithConfig<TruncatedNormalInitializer, InitializerImpl, RandomNormalConfig> {
  static constexpr const char* kName = "TruncatedNormal";
  using WithConfig::WithConfig;
  Tensor call(const Shape& shape, DType dtype) const override {
    return draw_normal(seed_or_next(config.seed), shape, dtype, config.mean, config.stddev, true);
  }
};

struct RandomUniformInitializer final : WithConfig<RandomUniformInitializer, InitializerImpl, RandomUniformConfig> {
  static constexpr const char* kName = "RandomUniform";
  using WithConfig::WithConfig;
  Tensor call(const Shape& shape, DType dtype) const override {
    return draw_uniform(seed_or_next(config.seed), shape, dtype, config.minval, config.maxval);
  }
};

/// Makes each row orthogonal to those before it and of length 1, by Gram and Schmidt; the second pass removes what
/// rounding left in the first. The diagonal of R is positive, so that uniform directions give a uniform rotation.
void orthonormalize(std::vector<double>& a, int64_t rows, int64_t length) {
  for (int64_t i = 0; i < rows; ++i) {
    double* x = a.data() + i * length;
    for (int pass = 0; pass < 2; ++pass)
      for (int64_t j = 0; j < i; ++j) {
        const double* q = a.data() + j * length;
        double dot = 0;
        for (int64_t k = 0; k < length; ++k) dot += q[k] * x[k];
        for (int64_t k = 0; k < length; ++k) x[k] -= dot * q[k];
      }
    double square = 0;
    for (int64_t k = 0; k < length; ++k) square += x[k] * x[k];
    const double scale = 1 / std::sqrt(square);
    for (int64_t k = 0; k < length; ++k) x[k] *= scale;
  }
}

struct OrthogonalInitializer final : WithConfig<OrthogonalInitializer, InitializerImpl, OrthogonalConfig> {
  static constexpr const char* kName = "Orthogonal";
  using WithConfig::WithConfig;
  Tensor call(const Shape& shape, DType dtype) const override {
    if (shape.rank() < 2) throw ShapeError(kName, text("needs at least two axes, got shape {}", shape));
    const int64_t cols = shape.dim(-1), rows = cols ? shape.size() / cols : 0;
    const int64_t few = std::min(rows, cols), many = std::max(rows, cols);
    std::vector<double> q = draw_normal(seed_or_next(config.seed), {few, many}, DType::f64, 0, 1, false).to_doubles();
    orthonormalize(q, few, many);
    Tensor out({rows, cols}, DType::f64);
    double* p = static_cast<double*>(out.raw());
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < cols; ++c)
        p[r * cols + c] = config.gain * q[static_cast<size_t>(rows < cols ? r * many + c : c * many + r)];
    return out.reshaped(shape).to(dtype);
  }
};

}  // namespace

namespace initializers {
RandomNormal::RandomNormal(RandomNormalConfig c) : Initializer(std::make_shared<RandomNormalInitializer>(c)) {}
TruncatedNormal::TruncatedNormal(RandomNormalConfig c) : Initializer(std::make_shared<TruncatedNormalInitializer>(c)) {}
RandomUniform::RandomUniform(RandomUniformConfig c) : Initializer(std::make_shared<RandomUniformInitializer>(c)) {}
Orthogonal::Orthogonal(OrthogonalConfig c) : Initializer(std::make_shared<OrthogonalInitializer>(c)) {}
}  // namespace initializers

void add_random_initializers(Registry<InitializerImpl>& r) {
  r.add<RandomNormalInitializer>({"random_normal", "normal"});
  r.add<TruncatedNormalInitializer>({"truncated_normal"});
  r.add<RandomUniformInitializer>({"random_uniform", "uniform"});
  r.add<OrthogonalInitializer>({"orthogonal", "OrthogonalInitializer"});
}

}  // namespace cornu
