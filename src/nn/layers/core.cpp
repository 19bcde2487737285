// Input, Dense.
#include <cornu/layers/core.h>

#include "nn/call_record.h"
#include "nn/layers/families.h"
#include "nn/layers/input.h"

namespace cornu {

template <>
struct Describe<InputConfig> {
  using T = InputConfig;
  static constexpr auto fields =
      std::tuple{field("batch_shape", &T::batch_shape), field("dtype", &T::dtype), field("sparse", &T::sparse),
                 field("ragged", &T::ragged),           field("name", &T::name),   field("optional", &T::optional)};
};
template <>
struct Describe<DenseConfig> {
  using T = DenseConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{required("units", &T::units), field("activation", &T::activation), field("use_bias", &T::use_bias),
                 field("kernel_initializer", &T::kernel_initializer), field("bias_initializer", &T::bias_initializer),
                 field("kernel_regularizer", &T::kernel_regularizer), field("bias_regularizer", &T::bias_regularizer),
                 field("activity_regularizer", &T::activity_regularizer),
                 field("kernel_constraint", &T::kernel_constraint), field("bias_constraint", &T::bias_constraint),
                 field("quantization_config", &T::quantization_config)});
};

InputLayer::InputLayer(InputConfig c) : WithConfig(std::move(c)) {
  if (!config.name) config.name = unique_layer_name("InputLayer");
  name = *config.name;
  dtype = variable_dtype = config.dtype;
  for (const auto& [set, what] : {std::pair{config.sparse, "sparse"}, std::pair{config.ragged, "ragged"}})
    if (set) fail(text("{} inputs are not supported", what));
}
std::shared_ptr<LayerImpl> InputLayer::unbuilt_copy() const { return std::make_shared<InputLayer>(config); }

template <>
struct Describe<MaskingConfig> {
  using T = MaskingConfig;
  static constexpr auto fields = std::tuple_cat(layer_fields<T>(), std::tuple{field("mask_value", &T::mask_value)});
};

namespace {

struct DenseLayer final : WithLayerConfig<DenseLayer, DenseConfig> {
  static constexpr const char* kName = "Dense";
  bool supports_masking() const override { return true; }
  explicit DenseLayer(DenseConfig c) : WithLayerConfig(std::move(c)) {
    require(config.units > 0, "units must be positive, got {}", config.units);
    require(config.quantization_config.is_null(), "quantization_config is not supported");
    activity_regularizer = config.activity_regularizer;
  }
  Variable kernel, bias;
  void build(const Shape& in) override {
    require(in.rank() >= 2, "needs an input of at least 2 axes, got {}", in);
    require(in.dim(-1) >= 0, "the last axis of the input must be known, got {}", in);
    kernel = add_weight("kernel", {in.dim(-1), config.units}, config.kernel_initializer, config.kernel_regularizer,
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

struct MaskingLayer final : WithLayerConfig<MaskingLayer, MaskingConfig>, BuiltAtInit {
  static constexpr const char* kName = "Masking";
  static constexpr bool kTakesNaN = true;
  using WithLayerConfig::WithLayerConfig;
  bool supports_masking() const override { return true; }
  Tensor compute_mask(const Tensor& x, const Tensor&) const override {
    return ops::any(ops::not_equal(x, ops::beside(config.mask_value, x)), {-1});
  }
  Tensor call(const Tensor& x, const CallContext& context) override {
    return ops::where(ops::expand_dims(compute_mask(x, context.mask), -1), x, ops::like_scalar(0, x));
  }
};

}  // namespace

Input::Input(const Shape& shape, DType dtype, CallSite at)
    : Layer(make_layer<InputLayer>({Shape{-1}.append(shape), dtype, {}}, at)) {}
Tensor symbolic_tensor(const Shape& shape, DType dtype, const std::string& name) {
  InputConfig config{.batch_shape = shape, .dtype = dtype};
  config.name = name.empty() ? unique_layer_name("KerasTensor") : name;
  return symbolic_input(std::make_shared<InputLayer>(std::move(config)));
}

Input Input::optional(const Shape& shape, DType dtype, CallSite at) {
  Input out(shape, dtype, at);
  static_cast<InputLayer&>(*out).config.optional = true;
  return out;
}
Input::operator Tensor() const { return symbolic_input(impl_); }
Dense::Dense(int64_t units, DenseConfig c, CallSite at)
    : Layer(make_layer<DenseLayer>((c.units = units, std::move(c)), at)) {}
Masking::Masking(MaskingConfig c, CallSite at) : Layer(make_layer<MaskingLayer>(std::move(c), at)) {}

void add_core_layers(Registry<LayerImpl>& r) {
  r.add<InputLayer>();
  r.add<DenseLayer>();
  r.add<MaskingLayer>();
}

}  // namespace cornu
