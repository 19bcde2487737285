// Activation, ReLU, LeakyReLU, PReLU, ELU, Softmax.
#include <cornu/layers/activation.h>

#include "nn/layers/attention.h"
#include "nn/layers/families.h"

namespace cornu {

template <>
struct Describe<ActivationLayerConfig> {
  using T = ActivationLayerConfig;
  static constexpr auto fields = std::tuple_cat(layer_fields<T>(), std::tuple{required("activation", &T::activation)});
};
template <>
struct Describe<ReLUConfig> {
  using T = ReLUConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(), std::tuple{field("max_value", &T::max_value), field("negative_slope", &T::negative_slope),
                                    field("threshold", &T::threshold)});
};
template <>
struct Describe<LeakyReLUConfig> {
  using T = LeakyReLUConfig;
  static constexpr auto fields =
      std::tuple_cat(layer_fields<T>(), std::tuple{field("negative_slope", &T::negative_slope)});
};
template <>
struct Describe<PReLUConfig> {
  using T = PReLUConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{field("alpha_initializer", &T::alpha_initializer), field("alpha_regularizer", &T::alpha_regularizer),
                 field("alpha_constraint", &T::alpha_constraint), field("shared_axes", &T::shared_axes)});
};
template <>
struct Describe<ELUConfig> {
  using T = ELUConfig;
  static constexpr auto fields = std::tuple_cat(layer_fields<T>(), std::tuple{field("alpha", &T::alpha)});
};
template <>
struct Describe<SoftmaxConfig> {
  using T = SoftmaxConfig;
  static constexpr auto fields = std::tuple_cat(layer_fields<T>(), std::tuple{field("axis", &T::axis)});
};

namespace {

struct ActivationImplLayer final : WithLayerConfig<ActivationImplLayer, ActivationLayerConfig>, BuiltAtInit {
  static constexpr const char* kName = "Activation";
  bool supports_masking() const override { return true; }
  using WithLayerConfig::WithLayerConfig;
  Tensor call(const Tensor& x, const CallContext&) override { return config.activation(x); }
};

struct ReLULayer final : WithLayerConfig<ReLULayer, ReLUConfig>, BuiltAtInit {
  static constexpr const char* kName = "ReLU";
  bool supports_masking() const override { return true; }
  explicit ReLULayer(ReLUConfig c) : WithLayerConfig(std::move(c)) {
    if (config.max_value) require(*config.max_value >= 0, "max_value must not be negative, got {}", *config.max_value);
    require(config.negative_slope >= 0, "negative_slope must not be negative, got {}", config.negative_slope);
    require(config.threshold >= 0, "threshold must not be negative, got {}", config.threshold);
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    return activations::relu(x, config.negative_slope, config.max_value.value_or(-1), config.threshold);
  }
};

struct LeakyReLULayer final : WithLayerConfig<LeakyReLULayer, LeakyReLUConfig>, BuiltAtInit {
  static constexpr const char* kName = "LeakyReLU";
  bool supports_masking() const override { return true; }
  explicit LeakyReLULayer(LeakyReLUConfig c) : WithLayerConfig(std::move(c)) {
    require(config.negative_slope >= 0, "negative_slope must not be negative, got {}", config.negative_slope);
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    return activations::leaky_relu(x, config.negative_slope);
  }
};

struct PReLULayer final : WithLayerConfig<PReLULayer, PReLUConfig> {
  static constexpr const char* kName = "PReLU";
  bool supports_masking() const override { return true; }
  using WithLayerConfig::WithLayerConfig;
  Variable alpha;
  void build(const Shape& in) override {
    Shape shape = in;
    for (const int64_t axis : config.shared_axes.value_or(std::vector<int64_t>{})) {
      require(axis >= 1 && axis < in.rank(), "shared_axes must be in [1, {}), got {}", in.rank(), axis);
      shape.dim(static_cast<int>(axis)) = 1;
    }
    alpha = add_weight("alpha", shape.slice(1), config.alpha_initializer, config.alpha_regularizer,
                       config.alpha_constraint);
  }
  Tensor call(const Tensor& x, const CallContext&) override { return ops::relu(x) - alpha.value() * ops::relu(-x); }
};

struct ELULayer final : WithLayerConfig<ELULayer, ELUConfig>, BuiltAtInit {
  static constexpr const char* kName = "ELU";
  bool supports_masking() const override { return true; }
  using WithLayerConfig::WithLayerConfig;
  Tensor call(const Tensor& x, const CallContext&) override { return activations::elu(x, config.alpha); }
};

struct SoftmaxLayer final : WithLayerConfig<SoftmaxLayer, SoftmaxConfig>, BuiltAtInit, TakesMask {
  static constexpr const char* kName = "Softmax";
  bool supports_masking() const override { return true; }
  explicit SoftmaxLayer(SoftmaxConfig c) : WithLayerConfig(std::move(c)) {
    require(!config.axis.values.empty(), "axis must name at least one axis");
  }
  Tensor call(const Tensor& input, const CallContext& context) override {
    const ops::Axes axes(config.axis.values.begin(), config.axis.values.end());
    const Tensor seen = mask_within(input, context.mask);
    if (!seen.defined()) return ops::softmax(input, axes);
    // Zeros where nothing else is there.
    return ops::where(seen, ops::softmax(hide_unseen(input, seen), axes), ops::like_scalar(0, input));
  }

 private:
  /// The mask as one of all axes; undefined where there is none, and where one of leading axes says nothing within a
  /// softmax over others.
  Tensor mask_within(const Tensor& x, const Tensor& mask) const {
    if (!mask.defined()) return {};
    require(mask.rank() <= x.rank(), "expected a mask of at most {} axes, got shape {}", x.rank(), mask.shape());
    bool within = false;
    for (const int64_t a : config.axis.values) within = within || (a < 0 ? a + x.rank() : a) < mask.rank();
    if (!within) return {};
    Tensor m = mask;
    while (m.rank() < x.rank()) m = ops::expand_dims(m, -1);
    return ops::cast(m, DType::boolean);
  }
};

}  // namespace

ActivationLayer::ActivationLayer(Activation activation, ActivationLayerConfig c, CallSite at)
    : Layer(make_layer<ActivationImplLayer>((c.activation = std::move(activation), std::move(c)), at)) {}
ReLU::ReLU(ReLUConfig c, CallSite at) : Layer(make_layer<ReLULayer>(std::move(c), at)) {}
LeakyReLU::LeakyReLU(LeakyReLUConfig c, CallSite at) : Layer(make_layer<LeakyReLULayer>(std::move(c), at)) {}
PReLU::PReLU(PReLUConfig c, CallSite at) : Layer(make_layer<PReLULayer>(std::move(c), at)) {}
ELU::ELU(ELUConfig c, CallSite at) : Layer(make_layer<ELULayer>(std::move(c), at)) {}
Softmax::Softmax(SoftmaxConfig c, CallSite at) : Layer(make_layer<SoftmaxLayer>(std::move(c), at)) {}

void add_activation_layers(Registry<LayerImpl>& r) {
  r.add<ActivationImplLayer>();
  r.add<ReLULayer>();
  r.add<LeakyReLULayer>();
  r.add<PReLULayer>();
  r.add<ELULayer>();
  r.add<SoftmaxLayer>();
}

}  // namespace cornu
