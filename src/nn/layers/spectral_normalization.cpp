// SpectralNormalization: a layer around another one.
#include <cornu/control_flow.h>
#include <cornu/layers/normalization.h>

#include "nn/layers/families.h"

namespace cornu {

template <>
struct Describe<SpectralNormalizationConfig> {
  using T = SpectralNormalizationConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(), std::tuple{required("layer", &T::layer), field("power_iterations", &T::power_iterations)});
};

namespace {

struct SpectralNormalizationLayer final : WithLayerConfig<SpectralNormalizationLayer, SpectralNormalizationConfig>,
                                          TakesAnyShape {
  static constexpr const char* kName = "SpectralNormalization";
  explicit SpectralNormalizationLayer(SpectralNormalizationConfig c) : WithLayerConfig(std::move(c)) {
    require(config.layer.impl() != nullptr, "needs a layer, got none");
    require(config.power_iterations > 0,
            "power_iterations must be greater than zero (`power_iterations` should be greater "
            "than zero), got {}",
            config.power_iterations);
    inner = add_layer(Layer(config.layer.impl()), "layer");
  }
  Layer inner;
  Variable kernel, vector_u;

  void build(const Shape& x) override {
    inner->build_once(x);
    for (const Weight& w : inner->own_weights())
      for (const char* name : {"kernel", "embeddings"})
        if (!kernel.defined() && w.variable.name() == name) kernel = w.variable;
    require(kernel.defined(),
            "needs a layer with a kernel or embeddings ({} object has no attribute 'kernel' nor "
            "'embeddings'), got {} '{}'",
            inner->class_name(), inner->class_name(), inner->name);
    track(kernel);  // Keras' files hold it at both layers
    vector_u = add_weight("vector_u", {1, kernel.shape().dim(-1)}, initializers::TruncatedNormal({.stddev = 0.02}), {},
                          {}, false, kernel.dtype());
  }
  Tensor call(const Tensor& x, const CallContext& context) override {
    if (context.training) divide_kernel();
    const Tensor y = inner(x, CallOptions{.training = context.training});
    return is_floating(x.dtype()) ? ops::cast(y, x.dtype()) : y;
  }

 private:
  static Tensor unit(const Tensor& v) {
    const Tensor norm = ops::sqrt(ops::sum(ops::square(v)));
    return v / ops::maximum(norm, ops::like_scalar(1e-12, norm));
  }
  /// A kernel of zeros stays one.
  void divide_kernel() {
    const Tensor whole = kernel.value(), w = ops::reshape(whole, {-1, kernel.shape().dim(-1)});
    Tensor u = vector_u.value(), v;
    for (int64_t i = 0; i < config.power_iterations; ++i) {
      v = unit(ops::matmul(u, w, {.transpose_b = true}));
      u = unit(ops::matmul(v, w));
    }
    u = ops::stop_gradient(u);
    v = ops::stop_gradient(v);
    const Tensor sigma = ops::reshape(ops::matmul(ops::matmul(v, w), u, {.transpose_b = true}), {});
    const Tensor zeros = ops::all(ops::equal(whole, ops::like_scalar(0, whole)));
    vector_u.assign(ops::where(zeros, vector_u.value(), u));
    kernel.assign(ops::where(zeros, whole, whole / sigma));
  }
};

}  // namespace

SpectralNormalization::SpectralNormalization(const Layer& layer, SpectralNormalizationConfig c, CallSite at)
    : Layer(make_layer<SpectralNormalizationLayer>((c.layer = layer, std::move(c)), at)) {}

void add_spectral_layers(Registry<LayerImpl>& r) { r.add<SpectralNormalizationLayer>(); }

}  // namespace cornu
