// Regularizers, and their registry.
#include <cornu/initializers.h>
#include <cornu/ops.h>
#include <cornu/regularizers.h>

#include <cmath>

#include "nn/registry.h"

namespace cornu {

using namespace regularizers;

template <>
struct Describe<L1Config> {
  static constexpr auto fields = std::tuple{field("l1", &L1Config::l1)};
};
template <>
struct Describe<L2Config> {
  static constexpr auto fields = std::tuple{field("l2", &L2Config::l2)};
};
template <>
struct Describe<L1L2Config> {
  static constexpr auto fields = std::tuple{field("l1", &L1L2Config::l1), field("l2", &L1L2Config::l2)};
};
template <>
struct Describe<OrthogonalRegularizerConfig> {
  using T = OrthogonalRegularizerConfig;
  static constexpr auto fields = std::tuple{field("factor", &T::factor), field("mode", &T::mode)};
};

namespace {

void need_factor(const char* who, const char* what, double x) {
  if (!(x >= 0) || std::isinf(x)) throw ConfigError(who, text("{} must not be negative, got {}", what, x));
}
/// Keras keeps some factors as float32 tensors, and writes them as such.
Value as_float32(Value config, const char* key) {
  config[key] = static_cast<double>(static_cast<float>(config.at(key).as_double()));
  return config;
}

/// With the gradient that Keras on JAX has at 0, which is 1; ops::abs has 0 there.
Tensor absolute_sum(const Tensor& x, double factor) { return factor * ops::sum(ops::where(x >= 0.0, x, -x)); }
Tensor square_sum(const Tensor& x, double factor) { return factor * ops::sum(ops::square(x)); }

struct L1Regularizer final : WithConfig<L1Regularizer, RegularizerImpl, L1Config> {
  static constexpr const char* kName = "L1";
  explicit L1Regularizer(L1Config c) : WithConfig(c) { need_factor(kName, "l1", config.l1); }
  Value get_config() const override { return as_float32(WithConfig::get_config(), "l1"); }
  Tensor call(const Tensor& x) const override { return absolute_sum(x, config.l1); }
};

struct L2Regularizer final : WithConfig<L2Regularizer, RegularizerImpl, L2Config> {
  static constexpr const char* kName = "L2";
  explicit L2Regularizer(L2Config c) : WithConfig(c) { need_factor(kName, "l2", config.l2); }
  Tensor call(const Tensor& x) const override { return square_sum(x, config.l2); }
};

struct L1L2Regularizer final : WithConfig<L1L2Regularizer, RegularizerImpl, L1L2Config> {
  static constexpr const char* kName = "L1L2";
  explicit L1L2Regularizer(L1L2Config c) : WithConfig(c) {
    need_factor(kName, "l1", config.l1);
    need_factor(kName, "l2", config.l2);
  }
  Tensor call(const Tensor& x) const override {
    if (config.l1 == 0 && config.l2 == 0) return ops::like_scalar(0, x);
    if (config.l1 == 0) return square_sum(x, config.l2);
    if (config.l2 == 0) return absolute_sum(x, config.l1);
    return absolute_sum(x, config.l1) + square_sum(x, config.l2);
  }
};

struct OrthogonalRegularizerImpl final
    : WithConfig<OrthogonalRegularizerImpl, RegularizerImpl, OrthogonalRegularizerConfig> {
  static constexpr const char* kName = "OrthogonalRegularizer";
  explicit OrthogonalRegularizerImpl(OrthogonalRegularizerConfig c) : WithConfig(std::move(c)) {
    need_factor(kName, "factor", config.factor);
    if (config.mode != "rows" && config.mode != "columns")
      throw ConfigError(
          kName, text("Invalid value for argument `mode`. Expected one of {{\"rows\", \"columns\"}}. Received: mode={}",
                      config.mode));
  }
  Value get_config() const override { return as_float32(WithConfig::get_config(), "factor"); }
  Tensor call(const Tensor& x) const override {
    if (x.rank() != 2)
      throw ShapeError(kName,
                       text("Inputs to OrthogonalRegularizer must have rank 2. Received: inputs.shape={}", x.shape()));
    const bool rows = config.mode == "rows";
    const Tensor square = ops::sum(ops::square(x), {rows ? 1 : 0}, true);
    const Tensor unit = x * ops::rsqrt(ops::maximum(square, ops::like_scalar(1e-12, x)));
    const Tensor cosines = ops::matmul(unit, unit, {.transpose_a = !rows, .transpose_b = rows});
    const int64_t n = x.shape().dim(rows ? 0 : 1);
    const Tensor others = 1.0 - initializers::Identity()->call({n, n}, x.dtype());
    const double pairs = static_cast<double>(n) * static_cast<double>(n - 1) / 2;
    return config.factor * 0.5 * ops::sum(ops::abs(cosines * others)) / pairs;
  }
};

}  // namespace

namespace regularizers {
L1::L1(L1Config c) : Regularizer(std::make_shared<L1Regularizer>(c)) {}
L2::L2(L2Config c) : Regularizer(std::make_shared<L2Regularizer>(c)) {}
L1L2::L1L2(L1L2Config c) : Regularizer(std::make_shared<L1L2Regularizer>(c)) {}
OrthogonalRegularizer::OrthogonalRegularizer(OrthogonalRegularizerConfig c)
    : Regularizer(std::make_shared<OrthogonalRegularizerImpl>(std::move(c))) {}
}  // namespace regularizers

template <>
Registry<RegularizerImpl>& registry<RegularizerImpl>() {
  static Registry<RegularizerImpl>* r = [] {
    auto* made = new Registry<RegularizerImpl>;
    made->add<L1Regularizer>({"l1"});
    made->add<L2Regularizer>({"l2"});
    made->add<L1L2Regularizer>({"l1l2"});
    made->add<OrthogonalRegularizerImpl>({"orthogonal_regularizer"});
    return made;
  }();
  return *r;
}
template std::shared_ptr<RegularizerImpl> make_configurable<RegularizerImpl>(const Value&);
template Value serialize<RegularizerImpl>(const RegularizerImpl*);

}  // namespace cornu
