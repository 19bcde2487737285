// Dropout, AlphaDropout, GaussianDropout, GaussianNoise, ActivityRegularization.
#include <cornu/layers/regularization.h>

#include <cmath>

#include "nn/layers/dropout.h"
#include "nn/layers/families.h"

namespace cornu {

template <>
struct Describe<DropoutConfig> {
  using T = DropoutConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{required("rate", &T::rate), field("seed", &T::seed), field("noise_shape", &T::noise_shape)});
};
template <>
struct Describe<GaussianDropoutConfig> {
  using T = GaussianDropoutConfig;
  static constexpr auto fields =
      std::tuple_cat(layer_fields<T>(), std::tuple{required("rate", &T::rate), field("seed", &T::seed)});
};
template <>
struct Describe<GaussianNoiseConfig> {
  using T = GaussianNoiseConfig;
  static constexpr auto fields =
      std::tuple_cat(layer_fields<T>(), std::tuple{required("stddev", &T::stddev), field("seed", &T::seed)});
};
template <>
struct Describe<ActivityRegularizationConfig> {
  using T = ActivityRegularizationConfig;
  static constexpr auto fields =
      std::tuple_cat(layer_fields<T>(), std::tuple{field("l1", &T::l1), field("l2", &T::l2)});
};

Tensor dropped(const Tensor& x, const Tensor& kept, double rate) {
  return ops::where(kept, x / (1 - rate), ops::zeros_like(x));
}

namespace {

/// What both dropouts share: the rate, and which elements are kept.
template <class Self>
struct DropoutBase : WithLayerConfig<Self, DropoutConfig>, BuiltAtInit {
  explicit DropoutBase(DropoutConfig c) : WithLayerConfig<Self, DropoutConfig>(std::move(c)) {
    const DropoutConfig& own = this->config;
    this->require(own.rate >= 0 && own.rate <= 1, "rate must be in [0, 1], got {}", own.rate);
    if (own.noise_shape)
      for (int64_t d : own.noise_shape->raw())
        this->require(d == -1 || d > 0, "sizes of noise_shape must be positive or None, got {}", *own.noise_shape);
  }

 protected:
  /// Bool, of the input's shape, or of noise_shape.
  Tensor kept(const Tensor& x) {
    Tensor like = x;
    if (const std::optional<Shape>& noise = this->config.noise_shape) {
      this->require(noise->rank() == x.rank(), "noise_shape must have {} sizes, got {}", x.rank(), *noise);
      for (int i = 0; i < x.rank(); ++i) {
        const int64_t d = noise->dim(i);
        this->require(d == 1 || compatible(d, x.shape().dim(i)), "noise_shape {} does not fit inputs of shape {}",
                      *noise, x.shape());
        if (d == 1 && x.shape().dim(i) != 1) like = ops::slice(like, i, 0, 1);
      }
    }
    return ops::random_uniform(this->draw_seed(this->config.seed), like) >= this->config.rate;
  }
};

struct DropoutLayer final : DropoutBase<DropoutLayer> {
  static constexpr const char* kName = "Dropout";
  bool supports_masking() const override { return true; }
  using DropoutBase::DropoutBase;
  Tensor call(const Tensor& x, const CallContext& context) override {
    if (!context.training || config.rate == 0) return x;
    if (config.rate == 1) return ops::zeros_like(x);
    return dropped(x, kept(x), config.rate);
  }
};

struct AlphaDropoutLayer final : DropoutBase<AlphaDropoutLayer> {
  static constexpr const char* kName = "AlphaDropout";
  bool supports_masking() const override { return true; }
  using DropoutBase::DropoutBase;
  Tensor call(const Tensor& x, const CallContext& context) override {
    if (!context.training || config.rate == 0) return x;
    constexpr double kAlpha = 1.6732632423543772848170429916717, kScale = 1.0507009873554804934193349852946;
    constexpr double kLimit = -kAlpha * kScale;
    const double a = 1 / std::sqrt((1 - config.rate) * (1 + config.rate * kLimit * kLimit));
    return a * ops::where(kept(x), x, ops::full_like(x, kLimit)) - a * kLimit * config.rate;
  }
};

struct GaussianDropoutLayer final : WithLayerConfig<GaussianDropoutLayer, GaussianDropoutConfig>, BuiltAtInit {
  static constexpr const char* kName = "GaussianDropout";
  bool supports_masking() const override { return true; }
  explicit GaussianDropoutLayer(GaussianDropoutConfig c) : WithLayerConfig(std::move(c)) {
    require(config.rate >= 0 && config.rate < 1, "rate must be in [0, 1), got {}", config.rate);
  }
  Tensor call(const Tensor& x, const CallContext& context) override {
    if (!context.training || config.rate == 0) return x;
    return x * ops::random_normal(draw_seed(config.seed), x, 1, std::sqrt(config.rate / (1 - config.rate)));
  }
};

struct GaussianNoiseLayer final : WithLayerConfig<GaussianNoiseLayer, GaussianNoiseConfig>, BuiltAtInit {
  static constexpr const char* kName = "GaussianNoise";
  bool supports_masking() const override { return true; }
  explicit GaussianNoiseLayer(GaussianNoiseConfig c) : WithLayerConfig(std::move(c)) {
    require(config.stddev >= 0 && config.stddev <= 1, "stddev must be in [0, 1], got {}", config.stddev);
  }
  Tensor call(const Tensor& x, const CallContext& context) override {
    if (!context.training || config.stddev == 0) return x;
    return x + ops::random_normal(draw_seed(config.seed), x, 0, config.stddev);
  }
};

struct ActivityRegularizationLayer final : WithLayerConfig<ActivityRegularizationLayer, ActivityRegularizationConfig>,
                                           BuiltAtInit {
  static constexpr const char* kName = "ActivityRegularization";
  bool supports_masking() const override { return true; }
  explicit ActivityRegularizationLayer(ActivityRegularizationConfig c) : WithLayerConfig(std::move(c)) {
    activity_regularizer = regularizers::L1L2({.l1 = config.l1, .l2 = config.l2});
  }
  Tensor call(const Tensor& x, const CallContext&) override { return x; }
};

}  // namespace

Dropout::Dropout(double rate, DropoutConfig c, CallSite at)
    : Layer(make_layer<DropoutLayer>((c.rate = rate, std::move(c)), at)) {}
AlphaDropout::AlphaDropout(double rate, DropoutConfig c, CallSite at)
    : Layer(make_layer<AlphaDropoutLayer>((c.rate = rate, std::move(c)), at)) {}
GaussianDropout::GaussianDropout(double rate, GaussianDropoutConfig c, CallSite at)
    : Layer(make_layer<GaussianDropoutLayer>((c.rate = rate, std::move(c)), at)) {}
GaussianNoise::GaussianNoise(double stddev, GaussianNoiseConfig c, CallSite at)
    : Layer(make_layer<GaussianNoiseLayer>((c.stddev = stddev, std::move(c)), at)) {}
ActivityRegularization::ActivityRegularization(ActivityRegularizationConfig c, CallSite at)
    : Layer(make_layer<ActivityRegularizationLayer>(std::move(c), at)) {}

void add_regularization_layers(Registry<LayerImpl>& r) {
  r.add<DropoutLayer>();
  r.add<AlphaDropoutLayer>();
  r.add<GaussianDropoutLayer>();
  r.add<GaussianNoiseLayer>();
  r.add<ActivityRegularizationLayer>();
}

}  // namespace cornu
