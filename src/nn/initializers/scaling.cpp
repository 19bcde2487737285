// Initializers whose variance follows from the number of inputs and outputs.
#include <cmath>

#include "nn/initializers/draw.h"
#include "nn/initializers/families.h"

namespace cornu {

using namespace initializers;

template <>
struct Describe<VarianceScalingConfig> {
  using T = VarianceScalingConfig;
  static constexpr auto fields = std::tuple{field("seed", &T::seed),
                                            field("scale", &T::scale),
                                            field("mode", &T::mode),
                                            field("distribution", &T::distribution),
                                            field("input_axes", &T::input_axes),
                                            field("output_axes", &T::output_axes)};
};
template <>
struct Describe<SeedConfig> {
  using T = SeedConfig;
  static constexpr auto fields =
      std::tuple{field("seed", &T::seed), field("input_axes", &T::input_axes), field("output_axes", &T::output_axes)};
};

Fans compute_fans(const Shape& shape) {
  if (shape.rank() == 0) return {};
  if (shape.rank() == 1) return {shape.dim(0), shape.dim(0)};
  int64_t field = 1;
  for (int i = 0; i < shape.rank() - 2; ++i) field *= shape.dim(i);
  return {shape.dim(-2) * field, shape.dim(-1) * field};
}

namespace {

int64_t size_along(const Shape& shape, const std::vector<int64_t>& axes) {
  int64_t n = 1;
  for (int64_t axis : axes) n *= shape.dim(static_cast<int>(axis));
  return n;
}

Tensor scaled(const VarianceScalingConfig& c, const Shape& shape, DType dtype) {
  Fans fans = compute_fans(shape);
  if (c.input_axes && c.output_axes) fans = {size_along(shape, *c.input_axes), size_along(shape, *c.output_axes)};
  const auto in = static_cast<double>(fans.in), out = static_cast<double>(fans.out);
  const double fan = c.mode == "fan_in" ? in : c.mode == "fan_out" ? out : (in + out) / 2;
  const double variance = c.scale / std::max(1.0, fan);
  const uint64_t seed = seed_or_next(c.seed);
  if (c.distribution == "uniform") {
    const double limit = std::sqrt(3 * variance);
    return draw_uniform(seed, shape, dtype, -limit, limit);
  }
  // The part of a normal distribution within two standard deviations has this standard deviation.
  constexpr double kTruncated = 0.87962566103423978;
  const bool truncated = c.distribution == "truncated_normal";
  return draw_normal(seed, shape, dtype, 0, std::sqrt(variance) / (truncated ? kTruncated : 1), truncated);
}

struct VarianceScalingInitializer final
    : WithConfig<VarianceScalingInitializer, InitializerImpl, VarianceScalingConfig> {
  static constexpr const char* kName = "VarianceScaling";
  explicit VarianceScalingInitializer(VarianceScalingConfig c) : WithConfig(std::move(c)) {
    if (config.scale <= 0) throw ConfigError(kName, text("scale must be positive, got {}", config.scale));
    if (config.mode != "fan_in" && config.mode != "fan_out" && config.mode != "fan_avg")
      throw ConfigError(kName, text("mode must be fan_in, fan_out or fan_avg, got '{}'", config.mode));
    if (config.distribution == "normal") config.distribution = "truncated_normal";
    if (config.distribution != "uniform" && config.distribution != "truncated_normal" &&
        config.distribution != "untruncated_normal")
      throw ConfigError(kName, text("distribution must be uniform, truncated_normal or untruncated_normal, got '{}'",
                                    config.distribution));
  }
  Tensor call(const Shape& shape, DType dtype) const override { return scaled(config, shape, dtype); }
};

/// VarianceScaling under a name of its own.
template <class Self>
struct Named : WithConfig<Self, InitializerImpl, SeedConfig> {
  using WithConfig<Self, InitializerImpl, SeedConfig>::WithConfig;
  Tensor call(const Shape& shape, DType dtype) const override {
    const SeedConfig& c = this->config;
    return scaled({Self::kScale, Self::kMode, Self::kDistribution, c.seed, c.input_axes, c.output_axes}, shape, dtype);
  }
};

constexpr const char *kUniform = "uniform", *kNormal = "truncated_normal";

struct GlorotUniformInitializer final : Named<GlorotUniformInitializer> {
  static constexpr const char *kName = "GlorotUniform", *kMode = "fan_avg", *kDistribution = kUniform;
  static constexpr double kScale = 1;
  using Named::Named;
};
struct GlorotNormalInitializer final : Named<GlorotNormalInitializer> {
  static constexpr const char *kName = "GlorotNormal", *kMode = "fan_avg", *kDistribution = kNormal;
  static constexpr double kScale = 1;
  using Named::Named;
};
struct LecunUniformInitializer final : Named<LecunUniformInitializer> {
  static constexpr const char *kName = "LecunUniform", *kMode = "fan_in", *kDistribution = kUniform;
  static constexpr double kScale = 1;
  using Named::Named;
};
struct LecunNormalInitializer final : Named<LecunNormalInitializer> {
  static constexpr const char *kName = "LecunNormal", *kMode = "fan_in", *kDistribution = kNormal;
  static constexpr double kScale = 1;
  using Named::Named;
};
struct HeUniformInitializer final : Named<HeUniformInitializer> {
  static constexpr const char *kName = "HeUniform", *kMode = "fan_in", *kDistribution = kUniform;
  static constexpr double kScale = 2;
  using Named::Named;
};
struct HeNormalInitializer final : Named<HeNormalInitializer> {
  static constexpr const char *kName = "HeNormal", *kMode = "fan_in", *kDistribution = kNormal;
  static constexpr double kScale = 2;
  using Named::Named;
};

}  // namespace

namespace initializers {
VarianceScaling::VarianceScaling(VarianceScalingConfig c)
    : Initializer(std::make_shared<VarianceScalingInitializer>(std::move(c))) {}
GlorotUniform::GlorotUniform(SeedConfig c) : Initializer(std::make_shared<GlorotUniformInitializer>(std::move(c))) {}
GlorotNormal::GlorotNormal(SeedConfig c) : Initializer(std::make_shared<GlorotNormalInitializer>(std::move(c))) {}
LecunUniform::LecunUniform(SeedConfig c) : Initializer(std::make_shared<LecunUniformInitializer>(std::move(c))) {}
LecunNormal::LecunNormal(SeedConfig c) : Initializer(std::make_shared<LecunNormalInitializer>(std::move(c))) {}
HeUniform::HeUniform(SeedConfig c) : Initializer(std::make_shared<HeUniformInitializer>(std::move(c))) {}
HeNormal::HeNormal(SeedConfig c) : Initializer(std::make_shared<HeNormalInitializer>(std::move(c))) {}
}  // namespace initializers

void add_scaling_initializers(Registry<InitializerImpl>& r) {
  r.add<VarianceScalingInitializer>({"variance_scaling"});
  r.add<GlorotUniformInitializer>({"glorot_uniform"});
  r.add<GlorotNormalInitializer>({"glorot_normal"});
  r.add<LecunUniformInitializer>({"lecun_uniform"});
  r.add<LecunNormalInitializer>({"lecun_normal"});
  r.add<HeUniformInitializer>({"he_uniform"});
  r.add<HeNormalInitializer>({"he_normal"});
}

}  // namespace cornu
