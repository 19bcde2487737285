// Conv1D to Conv3D and those like them.
#include <cornu/layers/convolutional.h>

#include <algorithm>

#include "nn/layers/spatial.h"

namespace cornu {

template <int rank>
struct Describe<ConvConfig<rank>> {
  using T = ConvConfig<rank>;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{required("filters", &T::filters), required("kernel_size", &T::kernel_size),
                 field("strides", &T::strides), field("padding", &T::padding), field("data_format", &T::data_format),
                 field("dilation_rate", &T::dilation_rate), field("groups", &T::groups),
                 field("activation", &T::activation), field("use_bias", &T::use_bias),
                 field("kernel_initializer", &T::kernel_initializer), field("bias_initializer", &T::bias_initializer),
                 field("kernel_regularizer", &T::kernel_regularizer), field("bias_regularizer", &T::bias_regularizer),
                 field("activity_regularizer", &T::activity_regularizer),
                 field("kernel_constraint", &T::kernel_constraint), field("bias_constraint", &T::bias_constraint)});
};
template <int rank>
struct Describe<ConvTransposeConfig<rank>> {
  using T = ConvTransposeConfig<rank>;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{required("filters", &T::filters), required("kernel_size", &T::kernel_size),
                 field("strides", &T::strides), field("padding", &T::padding),
                 field("output_padding", &T::output_padding), field("data_format", &T::data_format),
                 field("dilation_rate", &T::dilation_rate), field("activation", &T::activation),
                 field("use_bias", &T::use_bias), field("kernel_initializer", &T::kernel_initializer),
                 field("bias_initializer", &T::bias_initializer), field("kernel_regularizer", &T::kernel_regularizer),
                 field("bias_regularizer", &T::bias_regularizer),
                 field("activity_regularizer", &T::activity_regularizer),
                 field("kernel_constraint", &T::kernel_constraint), field("bias_constraint", &T::bias_constraint)});
};
template <int rank>
struct Describe<DepthwiseConvConfig<rank>> {
  using T = DepthwiseConvConfig<rank>;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{
          required("kernel_size", &T::kernel_size), field("strides", &T::strides), field("padding", &T::padding),
          field("depth_multiplier", &T::depth_multiplier), field("data_format", &T::data_format),
          field("dilation_rate", &T::dilation_rate), field("activation", &T::activation),
          field("use_bias", &T::use_bias), field("depthwise_initializer", &T::depthwise_initializer),
          field("bias_initializer", &T::bias_initializer), field("depthwise_regularizer", &T::depthwise_regularizer),
          field("bias_regularizer", &T::bias_regularizer), field("activity_regularizer", &T::activity_regularizer),
          field("depthwise_constraint", &T::depthwise_constraint), field("bias_constraint", &T::bias_constraint)});
};
template <int rank>
struct Describe<SeparableConvConfig<rank>> {
  using T = SeparableConvConfig<rank>;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{
          required("filters", &T::filters), required("kernel_size", &T::kernel_size), field("strides", &T::strides),
          field("padding", &T::padding), field("data_format", &T::data_format),
          field("dilation_rate", &T::dilation_rate), field("depth_multiplier", &T::depth_multiplier),
          field("activation", &T::activation), field("use_bias", &T::use_bias),
          field("depthwise_initializer", &T::depthwise_initializer),
          field("pointwise_initializer", &T::pointwise_initializer), field("bias_initializer", &T::bias_initializer),
          field("depthwise_regularizer", &T::depthwise_regularizer),
          field("pointwise_regularizer", &T::pointwise_regularizer), field("bias_regularizer", &T::bias_regularizer),
          field("activity_regularizer", &T::activity_regularizer),
          field("depthwise_constraint", &T::depthwise_constraint),
          field("pointwise_constraint", &T::pointwise_constraint), field("bias_constraint", &T::bias_constraint)});
};

namespace {

/// What all of them do: check, convolve, add the bias, apply the activation.
template <class Self, class Config>
struct ConvBase : SpatialLayer<Self, Config>, TakesAnyShape {
  static constexpr int kRank = Config::kRank;
  static constexpr bool kWritesNoActivityRegularizer = true;
  explicit ConvBase(Config c) : SpatialLayer<Self, Config>(std::move(c)) {
    Config& own = this->config;
    if constexpr (requires { own.filters; })
      this->require(
          own.filters > 0,
          "filters must be positive, got {} (Invalid value for argument `filters`. Expected a strictly positive "
          "value. Received filters={}.)",
          own.filters, own.filters);
    if constexpr (requires { own.depth_multiplier; })
      this->require(
          own.depth_multiplier > 0,
          "depth_multiplier must be positive, got {} (Invalid value for argument `depth_multiplier`. Expected a "
          "strictly positive value. Received depth_multiplier={}.)",
          own.depth_multiplier, own.depth_multiplier);
    this->fix(own.kernel_size, "kernel_size", kRank);
    this->fix(own.strides, "strides", kRank);
    this->fix(own.dilation_rate, "dilation_rate", kRank);
    this->fix_padding(own.padding, kRank == 1 && Self::kCausal);
    this->activity_regularizer = own.activity_regularizer;
  }
  Variable bias;

  Tensor call(const Tensor& x, const CallContext&) override {
    check_input(x.shape());
    Tensor y = static_cast<Self&>(*this).convolve(x);
    if (bias.defined()) y = y + along_channels(bias.value(), y.rank());
    return this->config.activation(y);
  }

 protected:
  int64_t channels = -1;  ///< Of the input that it was built for.

  void check_input(const Shape& x) const {
    this->require_rank(x, kRank);
    const int64_t own = x.dim(this->channel_axis(x.rank()));
    if (channels >= 0 && !compatible(own, channels))
      throw ShapeError(this->who(),
                       text("expected an input of {} channels (expected axis {} of input shape to have value "
                            "{}), got {}",
                            channels, this->first ? 1 : -1, channels, x),
                       {}, this->where);
  }
  /// Checks the shape, and gives the number of channels.
  int64_t channels_of(const Shape& x) {
    this->require_rank(x, kRank);
    const int64_t n = x.dim(this->channel_axis(x.rank()));
    this->require(n >= 0, "the number of channels must be known, got an input of shape {}", x);
    this->require(n > 0, "needs at least one channel, got an input of shape {}", x);
    return n;
  }
  Shape kernel_shape(int64_t a, int64_t b) const { return Shape(this->config.kernel_size.values).append(a).append(b); }
  void add_bias(int64_t n) {
    const Config& own = this->config;
    if (own.use_bias)
      bias = this->add_weight("bias", {n}, own.bias_initializer, own.bias_regularizer, own.bias_constraint);
  }
  Tensor along_channels(const Tensor& v, int rank) const {
    if (!this->first) return v;
    Shape shape{v.shape().dim(0)};
    for (int i = 2; i < rank; ++i) shape = shape.append(1);
    return ops::reshape(v, shape);
  }
  ops::ConvOptions options() const {
    const Config& own = this->config;
    return {.strides = own.strides.values,
            .padding = own.padding,
            .data_format = own.data_format,
            .dilation_rate = own.dilation_rate.values};
  }
  /// Keras has no strides beside dilation.
  void refuse_strides_with_dilation() const {
    const Config& own = this->config;
    this->require(
        std::ranges::max(own.strides.values) == 1 || std::ranges::max(own.dilation_rate.values) == 1,
        "takes strides or a dilation_rate: `strides > 1` not supported in conjunction with `dilation_rate > 1`. "
        "Received: strides={} and dilation_rate={}",
        this->as_tuple(own.strides.values), this->as_tuple(own.dilation_rate.values));
  }
};

template <int rank>
constexpr const char* name_of(const char* one, const char* two, const char* three = "") {
  return rank == 1 ? one : rank == 2 ? two : three;
}

template <int rank>
struct ConvLayer final : ConvBase<ConvLayer<rank>, ConvConfig<rank>> {
  using Base = ConvBase<ConvLayer<rank>, ConvConfig<rank>>;
  static constexpr const char* kName = name_of<rank>("Conv1D", "Conv2D", "Conv3D");
  static constexpr bool kCausal = true;
  explicit ConvLayer(ConvConfig<rank> c) : Base(std::move(c)) {
    const auto& own = this->config;
    this->require(
        own.groups > 0,
        "groups must be positive, got {} (The number of groups must be a positive integer. Received: groups={}.)",
        own.groups, own.groups);
    this->require(
        own.filters % own.groups == 0,
        "filters must be divisible by groups, got {} and {} (The number of filters must be evenly divisible by "
        "the number of groups. Received: groups={}, filters={}.)",
        own.filters, own.groups, own.groups, own.filters);
    this->refuse_strides_with_dilation();
  }
  Variable kernel;
  void build(const Shape& x) override {
    const int64_t n = this->channels_of(x);
    const auto& own = this->config;
    this->require(
        n % own.groups == 0,
        "the channels must be divisible by groups (The number of input channels must be evenly divisible by the "
        "number of groups), got {} channels and {} groups",
        n, own.groups);
    this->channels = n;
    kernel = this->add_weight("kernel", this->kernel_shape(n / own.groups, own.filters), own.kernel_initializer,
                              own.kernel_regularizer, own.kernel_constraint);
    this->add_bias(own.filters);
  }
  Tensor convolve(const Tensor& x) { return ops::conv(x, kernel.value(), this->options()); }
};

template <int rank>
struct ConvTransposeLayer final : ConvBase<ConvTransposeLayer<rank>, ConvTransposeConfig<rank>> {
  using Base = ConvBase<ConvTransposeLayer<rank>, ConvTransposeConfig<rank>>;
  static constexpr const char* kName = name_of<rank>("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose");
  static constexpr bool kCausal = false;
  explicit ConvTransposeLayer(ConvTransposeConfig<rank> c) : Base(std::move(c)) {
    auto& own = this->config;
    this->refuse_strides_with_dilation();
    if (!own.output_padding) return;
    this->fix(*own.output_padding, "output_padding", rank, 0);
    for (size_t i = 0; i < own.strides.values.size(); ++i)
      this->require(own.output_padding->values[i] < own.strides.values[i],
                    "`output_padding` must be strictly less than `strides`, got {} and {}", own.output_padding->values,
                    own.strides.values);
  }
  Variable kernel;
  void build(const Shape& x) override {
    const auto& own = this->config;
    this->channels = this->channels_of(x);
    kernel = this->add_weight("kernel", this->kernel_shape(own.filters, this->channels), own.kernel_initializer,
                              own.kernel_regularizer, own.kernel_constraint);
    this->add_bias(own.filters);
  }
  Tensor convolve(const Tensor& x) {
    const auto& own = this->config;
    std::optional<ops::Sizes> more;
    if (own.output_padding) more = own.output_padding->values;
    return ops::conv_transpose(x, kernel.value(),
                               {.strides = own.strides.values,
                                .padding = own.padding,
                                .output_padding = more,
                                .data_format = own.data_format,
                                .dilation_rate = own.dilation_rate.values});
  }
};

template <int rank>
struct DepthwiseConvLayer final : ConvBase<DepthwiseConvLayer<rank>, DepthwiseConvConfig<rank>> {
  using Base = ConvBase<DepthwiseConvLayer<rank>, DepthwiseConvConfig<rank>>;
  static constexpr const char* kName = name_of<rank>("DepthwiseConv1D", "DepthwiseConv2D");
  static constexpr bool kCausal = false;
  using Base::Base;
  Variable kernel;
  void build(const Shape& x) override {
    const auto& own = this->config;
    this->channels = this->channels_of(x);
    kernel = this->add_weight("kernel", this->kernel_shape(this->channels, own.depth_multiplier),
                              own.depthwise_initializer, own.depthwise_regularizer, own.depthwise_constraint);
    this->add_bias(this->channels * own.depth_multiplier);
  }
  Tensor convolve(const Tensor& x) { return ops::depthwise_conv(x, kernel.value(), this->options()); }
};

template <int rank>
struct SeparableConvLayer final : ConvBase<SeparableConvLayer<rank>, SeparableConvConfig<rank>> {
  using Base = ConvBase<SeparableConvLayer<rank>, SeparableConvConfig<rank>>;
  static constexpr const char* kName = name_of<rank>("SeparableConv1D", "SeparableConv2D");
  static constexpr bool kCausal = true;
  using Base::Base;
  Variable depthwise_kernel, pointwise_kernel;
  void build(const Shape& x) override {
    const auto& own = this->config;
    this->channels = this->channels_of(x);
    depthwise_kernel = this->add_weight("depthwise_kernel", this->kernel_shape(this->channels, own.depth_multiplier),
                                        own.depthwise_initializer, own.depthwise_regularizer, own.depthwise_constraint);
    Shape places;
    for (int i = 0; i < rank; ++i) places = places.append(1);
    pointwise_kernel =
        this->add_weight("pointwise_kernel", places.append(this->channels * own.depth_multiplier).append(own.filters),
                         own.pointwise_initializer, own.pointwise_regularizer, own.pointwise_constraint);
    this->add_bias(own.filters);
  }
  Tensor convolve(const Tensor& x) {
    return ops::separable_conv(x, depthwise_kernel.value(), pointwise_kernel.value(), this->options());
  }
};

template <class L, class C>
std::shared_ptr<LayerImpl> made(int64_t filters, const SizeOrSizes& kernel_size, C c, CallSite at) {
  c.filters = filters;
  c.kernel_size = kernel_size;
  return make_layer<L>(std::move(c), at);
}
template <class L, class C>
std::shared_ptr<LayerImpl> made(const SizeOrSizes& kernel_size, C c, CallSite at) {
  c.kernel_size = kernel_size;
  return make_layer<L>(std::move(c), at);
}

}  // namespace

Conv1D::Conv1D(int64_t filters, const SizeOrSizes& kernel_size, Conv1DConfig c, CallSite at)
    : Layer(made<ConvLayer<1>>(filters, kernel_size, std::move(c), at)) {}
Conv2D::Conv2D(int64_t filters, const SizeOrSizes& kernel_size, Conv2DConfig c, CallSite at)
    : Layer(made<ConvLayer<2>>(filters, kernel_size, std::move(c), at)) {}
Conv3D::Conv3D(int64_t filters, const SizeOrSizes& kernel_size, Conv3DConfig c, CallSite at)
    : Layer(made<ConvLayer<3>>(filters, kernel_size, std::move(c), at)) {}
Conv1DTranspose::Conv1DTranspose(int64_t filters, const SizeOrSizes& kernel_size, Conv1DTransposeConfig c, CallSite at)
    : Layer(made<ConvTransposeLayer<1>>(filters, kernel_size, std::move(c), at)) {}
Conv2DTranspose::Conv2DTranspose(int64_t filters, const SizeOrSizes& kernel_size, Conv2DTransposeConfig c, CallSite at)
    : Layer(made<ConvTransposeLayer<2>>(filters, kernel_size, std::move(c), at)) {}
Conv3DTranspose::Conv3DTranspose(int64_t filters, const SizeOrSizes& kernel_size, Conv3DTransposeConfig c, CallSite at)
    : Layer(made<ConvTransposeLayer<3>>(filters, kernel_size, std::move(c), at)) {}
DepthwiseConv1D::DepthwiseConv1D(const SizeOrSizes& kernel_size, DepthwiseConv1DConfig c, CallSite at)
    : Layer(made<DepthwiseConvLayer<1>>(kernel_size, std::move(c), at)) {}
DepthwiseConv2D::DepthwiseConv2D(const SizeOrSizes& kernel_size, DepthwiseConv2DConfig c, CallSite at)
    : Layer(made<DepthwiseConvLayer<2>>(kernel_size, std::move(c), at)) {}
SeparableConv1D::SeparableConv1D(int64_t filters, const SizeOrSizes& kernel_size, SeparableConv1DConfig c, CallSite at)
    : Layer(made<SeparableConvLayer<1>>(filters, kernel_size, std::move(c), at)) {}
SeparableConv2D::SeparableConv2D(int64_t filters, const SizeOrSizes& kernel_size, SeparableConv2DConfig c, CallSite at)
    : Layer(made<SeparableConvLayer<2>>(filters, kernel_size, std::move(c), at)) {}

void add_convolutional_layers(Registry<LayerImpl>& r) {
  r.add<ConvLayer<1>>({"Convolution1D"});
  r.add<ConvLayer<2>>({"Convolution2D"});
  r.add<ConvLayer<3>>({"Convolution3D"});
  r.add<ConvTransposeLayer<1>>({"Convolution1DTranspose"});
  r.add<ConvTransposeLayer<2>>({"Convolution2DTranspose"});
  r.add<ConvTransposeLayer<3>>({"Convolution3DTranspose"});
  r.add<DepthwiseConvLayer<1>>();
  r.add<DepthwiseConvLayer<2>>();
  r.add<SeparableConvLayer<1>>({"SeparableConvolution1D"});
  r.add<SeparableConvLayer<2>>({"SeparableConvolution2D"});
}

}  // namespace cornu
