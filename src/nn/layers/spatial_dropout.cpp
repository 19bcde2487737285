// Dropout of whole channels.
#include <cornu/layers/regularization.h>

#include "nn/layers/dropout.h"
#include "nn/layers/spatial.h"

namespace cornu {

template <>
struct Describe<SpatialDropout1DConfig> {
  using T = SpatialDropout1DConfig;
  static constexpr auto fields =
      std::tuple_cat(layer_fields<T>(), std::tuple{required("rate", &T::rate), field("seed", &T::seed)});
};
template <>
struct Describe<SpatialDropoutConfig> {
  using T = SpatialDropoutConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{required("rate", &T::rate), field("data_format", &T::data_format), field("seed", &T::seed)});
};

namespace {

template <class Config, int rank>
struct SpatialDropoutLayer final : SpatialLayer<SpatialDropoutLayer<Config, rank>, Config>, BuiltAtInit {
  using Base = SpatialLayer<SpatialDropoutLayer<Config, rank>, Config>;
  static constexpr const char* kName = rank == 1   ? "SpatialDropout1D"
                                       : rank == 2 ? "SpatialDropout2D"
                                                   : "SpatialDropout3D";
  bool supports_masking() const override { return true; }
  explicit SpatialDropoutLayer(Config c) : Base(std::move(c)) {
    const double rate = this->config.rate;
    this->require(rate >= 0 && rate <= 1, "rate must be in [0, 1], got {}", rate);
  }
  /// As Keras writes it: the type by its name.
  Value get_config() const override {
    Value out = Base::get_config();
    out.erase("trainable");
    if (const Value* inside = out.at("dtype").find("config")) out["dtype"] = inside->at("name");
    return out;
  }
  Tensor call(const Tensor& x, const CallContext& context) override {
    this->require_rank(x.shape(), rank);
    const double rate = this->config.rate;
    if (!context.training || rate == 0) return x;
    if (rate == 1) return ops::zeros_like(x);
    Tensor like = x;  // one place stands for all
    for (int i = 0; i < rank; ++i) like = ops::slice(like, this->first_size() + i, 0, 1);
    return dropped(x, ops::random_uniform(this->draw_seed(this->config.seed), like) >= rate, rate);
  }
};

template <class Config, int rank>
std::shared_ptr<LayerImpl> dropout(double rate, Config c, CallSite at) {
  c.rate = rate;
  return make_layer<SpatialDropoutLayer<Config, rank>>(std::move(c), at);
}

}  // namespace

SpatialDropout1D::SpatialDropout1D(double rate, SpatialDropout1DConfig c, CallSite at)
    : Layer(dropout<SpatialDropout1DConfig, 1>(rate, std::move(c), at)) {}
SpatialDropout2D::SpatialDropout2D(double rate, SpatialDropoutConfig c, CallSite at)
    : Layer(dropout<SpatialDropoutConfig, 2>(rate, std::move(c), at)) {}
SpatialDropout3D::SpatialDropout3D(double rate, SpatialDropoutConfig c, CallSite at)
    : Layer(dropout<SpatialDropoutConfig, 3>(rate, std::move(c), at)) {}

void add_spatial_dropout_layers(Registry<LayerImpl>& r) {
  r.add<SpatialDropoutLayer<SpatialDropout1DConfig, 1>>();
  r.add<SpatialDropoutLayer<SpatialDropoutConfig, 2>>();
  r.add<SpatialDropoutLayer<SpatialDropoutConfig, 3>>();
}

}  // namespace cornu
