// Input, Dense, Flatten, Dropout, Rescaling.
#include <cornu/layers/core.h>

#include "nn/layers/families.h"
#include "nn/layers/input.h"

namespace cornu {

template <>
struct Describe<InputConfig> {
  using T = InputConfig;
  static constexpr auto fields =
      std::tuple{field("batch_shape", &T::batch_shape), field("dtype", &T::dtype),       field("sparse", &T::sparse),
                 field("ragged", &T::ragged),           field("optional", &T::optional), field("name", &T::name)};
};
template <>
struct Describe<DenseConfig> {
  using T = DenseConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{field("units", &T::units), field("activation", &T::activation), field("use_bias", &T::use_bias),
                 field("kernel_initializer", &T::kernel_initializer), field("bias_initializer", &T::bias_initializer),
                 field("kernel_regularizer", &T::kernel_regularizer), field("bias_regularizer", &T::bias_regularizer),
                 field("activity_regularizer", &T::activity_regularizer),
                 field("kernel_constraint", &T::kernel_constraint), field("bias_constraint", &T::bias_constraint)});
};
template <>
struct Describe<FlattenConfig> {
  using T = FlattenConfig;
  static constexpr auto fields = std::tuple_cat(layer_fields<T>(), std::tuple{field("data_format", &T::data_format)});
};
template <>
struct Describe<DropoutConfig> {
  using T = DropoutConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{field("rate", &T::rate), field("seed", &T::seed), field("noise_shape", &T::noise_shape)});
};
template <>
struct Describe<RescalingConfig> {
  using T = RescalingConfig;
  static constexpr auto fields =
      std::tuple_cat(layer_fields<T>(), std::tuple{field("scale", &T::scale), field("offset", &T::offset)});
};

InputLayer::InputLayer(InputConfig c) : WithConfig(std::move(c)) {
  if (!config.name) config.name = unique_layer_name("InputLayer");
  name = *config.name;
  dtype = config.dtype;
}
namespace {

struct DenseLayer final : WithLayerConfig<DenseLayer, DenseConfig> {
  static constexpr const char* kName = "Dense";
  explicit DenseLayer(DenseConfig c) : WithLayerConfig(std::move(c)) {
    require(config.units > 0, "units must be positive, got {}", config.units);
    activity_regularizer = config.activity_regularizer;
  }
  Variable kernel, bias;
  void build(const Shape& in) override {
    require(in.rank() >= 2, "needs an input of at least 2 axes, got {}", in);
    kernel = add_weight("kernel", {in[-1], config.units}, config.kernel_initializer, config.kernel_regularizer,
                        config.kernel_constraint);
    if (config.use_bias)
      bias =
          add_weight("bias", {config.units}, config.bias_initializer, config.bias_regularizer, config.bias_constraint);
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    const Tensor y = ops::matmul(x, kernel);
    return config.activation(config.use_bias ? y + bias.value() : y);
  }
};

struct FlattenLayer final : WithLayerConfig<FlattenLayer, FlattenConfig> {
  static constexpr const char* kName = "Flatten";
  using WithLayerConfig::WithLayerConfig;
  Tensor call(const Tensor& x, const CallContext&) override {
    int64_t n = 1;
    for (int i = 1; i < x.rank(); ++i) n = n < 0 || x.shape()[i] < 0 ? -1 : n * x.shape()[i];
    require(n >= 0, "every axis but the first must be known, got {}", x.shape());
    return ops::reshape(x, {-1, n});
  }
};

struct DropoutLayer final : WithLayerConfig<DropoutLayer, DropoutConfig> {
  static constexpr const char* kName = "Dropout";
  explicit DropoutLayer(DropoutConfig c) : WithLayerConfig(std::move(c)) {
    require(config.rate >= 0 && config.rate <= 1, "rate must be in [0, 1], got {}", config.rate);
  }
  Tensor call(const Tensor& x, const CallContext& context) override {
    if (!context.training || config.rate == 0) return x;
    const Tensor u = ops::random_uniform(draw_seed(), x);
    const Tensor kept = ops::where(u >= config.rate, x / (1 - config.rate), ops::zeros_like(x));
    return kept;
  }
};

struct RescalingLayer final : WithLayerConfig<RescalingLayer, RescalingConfig> {
  static constexpr const char* kName = "Rescaling";
  using WithLayerConfig::WithLayerConfig;
  Tensor call(const Tensor& x, const CallContext&) override {
    const Tensor f = ops::cast(x, dtype) * config.scale;
    return config.offset == 0 ? f : f + config.offset;
  }
};

}  // namespace

Input::Input(const Shape& shape, DType dtype, CallSite at)
    : Layer(make_layer<InputLayer>({Shape{-1}.append(shape), dtype, {}}, at)) {}
Dense::Dense(int64_t units, DenseConfig c, CallSite at)
    : Layer(make_layer<DenseLayer>((c.units = units, std::move(c)), at)) {}
Flatten::Flatten(FlattenConfig c, CallSite at) : Layer(make_layer<FlattenLayer>(std::move(c), at)) {}
Dropout::Dropout(double rate, DropoutConfig c, CallSite at)
    : Layer(make_layer<DropoutLayer>((c.rate = rate, std::move(c)), at)) {}
Rescaling::Rescaling(double scale, RescalingConfig c, CallSite at)
    : Layer(make_layer<RescalingLayer>((c.scale = scale, std::move(c)), at)) {}

void add_core_layers(Registry<LayerImpl>& r) {
  r.add<InputLayer>();
  r.add<DenseLayer>();
  r.add<FlattenLayer>();
  r.add<DropoutLayer>();
  r.add<RescalingLayer>();
}

}  // namespace cornu
