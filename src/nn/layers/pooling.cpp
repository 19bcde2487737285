// Pooling: windows that slide, all places at once, and shares.
#include <cornu/layers/pooling.h>

#include "nn/layers/spatial.h"

namespace cornu {

template <int rank>
struct Describe<MaxPoolingConfig<rank>> {
  using T = MaxPoolingConfig<rank>;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(), std::tuple{field("pool_size", &T::pool_size), field("strides", &T::strides),
                                    field("padding", &T::padding), field("data_format", &T::data_format)});
};
template <int rank>
struct Describe<AveragePoolingConfig<rank>> {
  using T = AveragePoolingConfig<rank>;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(), std::tuple{required("pool_size", &T::pool_size), field("strides", &T::strides),
                                    field("padding", &T::padding), field("data_format", &T::data_format)});
};
template <>
struct Describe<GlobalPoolingConfig> {
  using T = GlobalPoolingConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(), std::tuple{field("data_format", &T::data_format), field("keepdims", &T::keepdims)});
};
template <>
struct Describe<AdaptivePoolingConfig> {
  using T = AdaptivePoolingConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(), std::tuple{required("output_size", &T::output_size), field("data_format", &T::data_format)});
};

namespace {

enum class Take { largest, mean };

template <Take take, int rank>
using ConfigOf = std::conditional_t<take == Take::largest, MaxPoolingConfig<rank>, AveragePoolingConfig<rank>>;

template <Take take, int rank>
struct PoolingLayer final : SpatialLayer<PoolingLayer<take, rank>, ConfigOf<take, rank>>, BuiltAtInit {
  using Base = SpatialLayer<PoolingLayer<take, rank>, ConfigOf<take, rank>>;
  static constexpr const char* kNames[2][3] = {{"MaxPooling1D", "MaxPooling2D", "MaxPooling3D"},
                                               {"AveragePooling1D", "AveragePooling2D", "AveragePooling3D"}};
  static constexpr const char* kName = kNames[take == Take::mean][rank - 1];
  explicit PoolingLayer(ConfigOf<take, rank> c) : Base(std::move(c)) {
    auto& own = this->config;
    if (!own.strides) own.strides = own.pool_size;
    this->fix(own.pool_size, "pool_size", rank);
    this->fix(*own.strides, "strides", rank);
    this->fix_padding(own.padding);
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    this->require_rank(x.shape(), rank);
    const auto& own = this->config;
    const ops::PoolOptions options{
        .strides = own.strides->values, .padding = own.padding, .data_format = own.data_format};
    return take == Take::largest ? ops::max_pool(x, own.pool_size.values, options)
                                 : ops::average_pool(x, own.pool_size.values, options);
  }
};

/// The mean of series leaves masked steps out.
template <Take take, int rank>
constexpr bool kMaskedMean = take == Take::mean&& rank == 1;
struct Nothing {};

template <Take take, int rank>
struct GlobalPoolingLayer final : SpatialLayer<GlobalPoolingLayer<take, rank>, GlobalPoolingConfig>,
                                  BuiltAtInit,
                                  std::conditional_t<kMaskedMean<take, rank>, TakesMask, Nothing> {
  using Base = SpatialLayer<GlobalPoolingLayer<take, rank>, GlobalPoolingConfig>;
  static constexpr const char* kNames[2][3] = {
      {"GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D"},
      {"GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D"}};
  static constexpr const char* kName = kNames[take == Take::mean][rank - 1];
  using Base::Base;
  bool supports_masking() const override { return kMaskedMean<take, rank>; }
  /// It has heeded the mask; the steps are gone.
  Tensor compute_mask(const Tensor&, const Tensor&) const override { return {}; }
  Tensor call(const Tensor& x, const CallContext& context) override {
    this->require_rank(x.shape(), rank);
    ops::Axes axes;
    for (int i = 0; i < rank; ++i) axes.push_back(this->first_size() + i);
    const bool keep = this->config.keepdims;
    if constexpr (kMaskedMean<take, rank>)
      if (context.mask.defined()) {
        const Tensor counts = ops::expand_dims(context.mask, this->first ? 1 : 2);
        const Tensor kept = ops::where(counts, x, ops::like_scalar(0, x));
        return ops::sum(kept, axes, keep) / ops::sum(ops::cast(counts, x.dtype()), axes, keep);
      }
    return take == Take::largest ? ops::max(x, axes, keep) : ops::mean(x, axes, keep);
  }
};

template <Take take, int rank>
struct AdaptivePoolingLayer final : SpatialLayer<AdaptivePoolingLayer<take, rank>, AdaptivePoolingConfig> {
  using Base = SpatialLayer<AdaptivePoolingLayer<take, rank>, AdaptivePoolingConfig>;
  static constexpr const char* kNames[2][3] = {
      {"AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D"},
      {"AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D"}};
  static constexpr const char* kName = kNames[take == Take::mean][rank - 1];
  explicit AdaptivePoolingLayer(AdaptivePoolingConfig c) : Base(std::move(c)) {
    this->fix(this->config.output_size, "output_size", rank);
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    this->require_rank(x.shape(), rank);
    const auto& own = this->config;
    return take == Take::largest ? ops::adaptive_max_pool(x, own.output_size.values, own.data_format)
                                 : ops::adaptive_average_pool(x, own.output_size.values, own.data_format);
  }
};

template <Take take, int rank, class C>
std::shared_ptr<LayerImpl> pooling(const SizeOrSizes& pool_size, C c, CallSite at) {
  c.pool_size = pool_size;
  return make_layer<PoolingLayer<take, rank>>(std::move(c), at);
}
template <Take take, int rank>
std::shared_ptr<LayerImpl> adaptive(const SizeOrSizes& output_size, AdaptivePoolingConfig c, CallSite at) {
  c.output_size = output_size;
  return make_layer<AdaptivePoolingLayer<take, rank>>(std::move(c), at);
}
template <Take take, int rank>
std::shared_ptr<LayerImpl> global(GlobalPoolingConfig c, CallSite at) {
  return make_layer<GlobalPoolingLayer<take, rank>>(std::move(c), at);
}

}  // namespace

MaxPooling1D::MaxPooling1D(const SizeOrSizes& pool_size, MaxPooling1DConfig c, CallSite at)
    : Layer(pooling<Take::largest, 1>(pool_size, std::move(c), at)) {}
GlobalMaxPooling1D::GlobalMaxPooling1D(GlobalPoolingConfig c, CallSite at)
    : Layer(global<Take::largest, 1>(std::move(c), at)) {}
AdaptiveMaxPooling1D::AdaptiveMaxPooling1D(const SizeOrSizes& output_size, AdaptivePoolingConfig c, CallSite at)
    : Layer(adaptive<Take::largest, 1>(output_size, std::move(c), at)) {}
MaxPooling2D::MaxPooling2D(const SizeOrSizes& pool_size, MaxPooling2DConfig c, CallSite at)
    : Layer(pooling<Take::largest, 2>(pool_size, std::move(c), at)) {}
GlobalMaxPooling2D::GlobalMaxPooling2D(GlobalPoolingConfig c, CallSite at)
    : Layer(global<Take::largest, 2>(std::move(c), at)) {}
AdaptiveMaxPooling2D::AdaptiveMaxPooling2D(const SizeOrSizes& output_size, AdaptivePoolingConfig c, CallSite at)
    : Layer(adaptive<Take::largest, 2>(output_size, std::move(c), at)) {}
MaxPooling3D::MaxPooling3D(const SizeOrSizes& pool_size, MaxPooling3DConfig c, CallSite at)
    : Layer(pooling<Take::largest, 3>(pool_size, std::move(c), at)) {}
GlobalMaxPooling3D::GlobalMaxPooling3D(GlobalPoolingConfig c, CallSite at)
    : Layer(global<Take::largest, 3>(std::move(c), at)) {}
AdaptiveMaxPooling3D::AdaptiveMaxPooling3D(const SizeOrSizes& output_size, AdaptivePoolingConfig c, CallSite at)
    : Layer(adaptive<Take::largest, 3>(output_size, std::move(c), at)) {}
AveragePooling1D::AveragePooling1D(const SizeOrSizes& pool_size, AveragePooling1DConfig c, CallSite at)
    : Layer(pooling<Take::mean, 1>(pool_size, std::move(c), at)) {}
GlobalAveragePooling1D::GlobalAveragePooling1D(GlobalPoolingConfig c, CallSite at)
    : Layer(global<Take::mean, 1>(std::move(c), at)) {}
AdaptiveAveragePooling1D::AdaptiveAveragePooling1D(const SizeOrSizes& output_size, AdaptivePoolingConfig c, CallSite at)
    : Layer(adaptive<Take::mean, 1>(output_size, std::move(c), at)) {}
AveragePooling2D::AveragePooling2D(const SizeOrSizes& pool_size, AveragePooling2DConfig c, CallSite at)
    : Layer(pooling<Take::mean, 2>(pool_size, std::move(c), at)) {}
GlobalAveragePooling2D::GlobalAveragePooling2D(GlobalPoolingConfig c, CallSite at)
    : Layer(global<Take::mean, 2>(std::move(c), at)) {}
AdaptiveAveragePooling2D::AdaptiveAveragePooling2D(const SizeOrSizes& output_size, AdaptivePoolingConfig c, CallSite at)
    : Layer(adaptive<Take::mean, 2>(output_size, std::move(c), at)) {}
AveragePooling3D::AveragePooling3D(const SizeOrSizes& pool_size, AveragePooling3DConfig c, CallSite at)
    : Layer(pooling<Take::mean, 3>(pool_size, std::move(c), at)) {}
GlobalAveragePooling3D::GlobalAveragePooling3D(GlobalPoolingConfig c, CallSite at)
    : Layer(global<Take::mean, 3>(std::move(c), at)) {}
AdaptiveAveragePooling3D::AdaptiveAveragePooling3D(const SizeOrSizes& output_size, AdaptivePoolingConfig c, CallSite at)
    : Layer(adaptive<Take::mean, 3>(output_size, std::move(c), at)) {}

void add_pooling_layers(Registry<LayerImpl>& r) {
  r.add<PoolingLayer<Take::largest, 1>>({"MaxPool1D"});
  r.add<GlobalPoolingLayer<Take::largest, 1>>({"GlobalMaxPool1D"});
  r.add<AdaptivePoolingLayer<Take::largest, 1>>();
  r.add<PoolingLayer<Take::largest, 2>>({"MaxPool2D"});
  r.add<GlobalPoolingLayer<Take::largest, 2>>({"GlobalMaxPool2D"});
  r.add<AdaptivePoolingLayer<Take::largest, 2>>();
  r.add<PoolingLayer<Take::largest, 3>>({"MaxPool3D"});
  r.add<GlobalPoolingLayer<Take::largest, 3>>({"GlobalMaxPool3D"});
  r.add<AdaptivePoolingLayer<Take::largest, 3>>();
  r.add<PoolingLayer<Take::mean, 1>>({"AvgPool1D"});
  r.add<GlobalPoolingLayer<Take::mean, 1>>({"GlobalAvgPool1D"});
  r.add<AdaptivePoolingLayer<Take::mean, 1>>();
  r.add<PoolingLayer<Take::mean, 2>>({"AvgPool2D"});
  r.add<GlobalPoolingLayer<Take::mean, 2>>({"GlobalAvgPool2D"});
  r.add<AdaptivePoolingLayer<Take::mean, 2>>();
  r.add<PoolingLayer<Take::mean, 3>>({"AvgPool3D"});
  r.add<GlobalPoolingLayer<Take::mean, 3>>({"GlobalAvgPool3D"});
  r.add<AdaptivePoolingLayer<Take::mean, 3>>();
}

}  // namespace cornu
