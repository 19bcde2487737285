// BatchNormalization, LayerNormalization, GroupNormalization, RMSNormalization, UnitNormalization.
#include <cornu/layers/normalization.h>

#include <algorithm>

#include "nn/layers/families.h"
#include "ops/emit.h"
#include "ops/rules.h"

namespace cornu {

template <>
struct Describe<BatchNormalizationConfig> {
  using T = BatchNormalizationConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{field("axis", &T::axis), field("momentum", &T::momentum), field("epsilon", &T::epsilon),
                 field("center", &T::center), field("scale", &T::scale),
                 field("beta_initializer", &T::beta_initializer), field("gamma_initializer", &T::gamma_initializer),
                 field("moving_mean_initializer", &T::moving_mean_initializer),
                 field("moving_variance_initializer", &T::moving_variance_initializer),
                 field("beta_regularizer", &T::beta_regularizer), field("gamma_regularizer", &T::gamma_regularizer),
                 field("beta_constraint", &T::beta_constraint), field("gamma_constraint", &T::gamma_constraint),
                 field("synchronized", &T::synchronized), field("renorm", &T::renorm),
                 field("renorm_clipping", &T::renorm_clipping), field("renorm_momentum", &T::renorm_momentum)});
};
template <>
struct Describe<LayerNormalizationConfig> {
  using T = LayerNormalizationConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{field("axis", &T::axis), field("epsilon", &T::epsilon), field("center", &T::center),
                 field("scale", &T::scale), field("rms_scaling", &T::rms_scaling),
                 field("beta_initializer", &T::beta_initializer), field("gamma_initializer", &T::gamma_initializer),
                 field("beta_regularizer", &T::beta_regularizer), field("gamma_regularizer", &T::gamma_regularizer),
                 field("beta_constraint", &T::beta_constraint), field("gamma_constraint", &T::gamma_constraint)});
};
template <>
struct Describe<GroupNormalizationConfig> {
  using T = GroupNormalizationConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{field("groups", &T::groups), field("axis", &T::axis), field("epsilon", &T::epsilon),
                 field("center", &T::center), field("scale", &T::scale),
                 field("beta_initializer", &T::beta_initializer), field("gamma_initializer", &T::gamma_initializer),
                 field("beta_regularizer", &T::beta_regularizer), field("gamma_regularizer", &T::gamma_regularizer),
                 field("beta_constraint", &T::beta_constraint), field("gamma_constraint", &T::gamma_constraint)});
};
template <>
struct Describe<RMSNormalizationConfig> {
  using T = RMSNormalizationConfig;
  static constexpr auto fields =
      std::tuple_cat(layer_fields<T>(), std::tuple{field("axis", &T::axis), field("epsilon", &T::epsilon)});
};
template <>
struct Describe<UnitNormalizationConfig> {
  using T = UnitNormalizationConfig;
  static constexpr auto fields = std::tuple_cat(layer_fields<T>(), std::tuple{field("axis", &T::axis)});
};

namespace {

/// The given axes counted from 0, sorted.
ops::Axes normal_axes(const std::vector<int64_t>& axes, int rank, const LayerImpl& layer) {
  ops::Axes out;
  for (const int64_t axis : axes) {
    if (axis < -rank || axis >= rank)
      throw ConfigError(text("{} '{}'", layer.class_name(), layer.name),
                        text("axis must be in [{}, {}), got {}", -rank, rank, axis), {}, layer.where);
    const int at = static_cast<int>(axis < 0 ? axis + rank : axis);
    if (std::find(out.begin(), out.end(), at) != out.end())
      throw ConfigError(text("{} '{}'", layer.class_name(), layer.name),
                        text("axis must name each axis once, got {}", axes), {}, layer.where);
    out.push_back(at);
  }
  std::sort(out.begin(), out.end());
  return out;
}
bool contains(const ops::Axes& axes, int axis) { return std::find(axes.begin(), axes.end(), axis) != axes.end(); }

/// A weight over `axes` of x so that it broadcasts against x. Over the last axes it does so as it is.
Tensor spread(const Tensor& weight, const ops::Axes& axes, const Tensor& x) {
  if (axes.front() == x.rank() - static_cast<int>(axes.size())) return weight;
  Shape shape = x.shape();
  for (int i = 0, next = 0; i < x.rank(); ++i) shape.dim(i) = contains(axes, i) ? weight.shape().dim(next++) : 1;
  return ops::reshape(weight, shape);
}

struct Moments {
  Tensor mean, variance;
};
/// The variance depends on the mean only at second order: its gradient by the mean is exactly 0 and is not computed.
Moments moments(const Tensor& x, const ops::Axes& axes) {
  const Tensor mean = ops::mean(x, axes, true);
  return {mean, ops::mean(ops::square(x - ops::stop_gradient(mean)), axes, true)};
}

/// Over the positions that count, as Keras weighs them: with a little added to their number, which may be 0.
Moments masked_moments(const Tensor& x, const ops::Axes& axes, const Tensor& mask) {
  const Tensor counts = ops::broadcast_like(ops::expand_dims(ops::cast(mask, x.dtype()), -1), x);
  const Tensor counted = ops::where(ops::expand_dims(mask, -1), x, ops::like_scalar(0, x)),
               n = ops::sum(counts, axes, true) + 1e-7;
  const Tensor mean = ops::sum(counted, axes, true) / n;
  return {mean, ops::sum(counts * ops::square(counted - mean), axes, true) / n};
}

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta, as one product and one sum for each element.
Tensor normalized(const Tensor& x, const Tensor& mean, const Tensor& variance, double epsilon, const Tensor& gamma,
                  const Tensor& beta) {
  Tensor inverse = ops::rsqrt(variance + epsilon);
  if (gamma.defined()) inverse = inverse * gamma;
  const Tensor shift = beta.defined() ? beta - mean * inverse : -(mean * inverse);
  return x * inverse + shift;
}

/// f of x, of halves in float32: variances need more digits than they have. Weights are then read as they are kept.
template <class F>
Tensor in_float32(const Tensor& x, F f) {
  if (!is_half(x.dtype())) return f(x);
  const AutocastTo as_kept({});
  return ops::cast(f(ops::cast(x, DType::f32)), x.dtype());
}

struct BatchNormalizationLayer final : WithLayerConfig<BatchNormalizationLayer, BatchNormalizationConfig>,
                                       TakesAnyShape,
                                       TakesMask {
  static constexpr const char* kName = "BatchNormalization";
  bool supports_masking() const override { return true; }
  explicit BatchNormalizationLayer(BatchNormalizationConfig c) : WithLayerConfig(std::move(c)) {
    require(!config.renorm, "renorm is not supported");
    require(!config.synchronized,
            "synchronized is not supported: there is one device (Argument synchronized=True is only supported with the "
            "TensorFlow backend)");
  }
  Variable gamma, beta, moving_mean, moving_variance;
  void build(const Shape& in) override {
    const Shape shape{in.dim(normal_axes({config.axis}, in.rank(), *this)[0])};
    const BatchNormalizationConfig& c = config;
    if (c.scale) gamma = add_weight("gamma", shape, c.gamma_initializer, c.gamma_regularizer, c.gamma_constraint);
    if (c.center) beta = add_weight("beta", shape, c.beta_initializer, c.beta_regularizer, c.beta_constraint);
    moving_mean = add_weight("moving_mean", shape, c.moving_mean_initializer, {}, {}, false);
    moving_variance = add_weight("moving_variance", shape, c.moving_variance_initializer, {}, {}, false);
  }
  Tensor call(const Tensor& x, const CallContext& context) override {
    return in_float32(x, [&](const Tensor& wide) { return normalize(wide, context); });
  }
  Tensor normalize(const Tensor& x, const CallContext& context) {
    const ops::Axes axis = normal_axes({config.axis}, x.rank(), *this);
    const int64_t features = moving_mean.shape().dim(0);
    if (x.rank() != build_shape().rank() || !compatible(x.shape().dim(axis[0]), features))
      throw ShapeError(text("{} '{}'", class_name(), name),
                       text("expected an input of shape {}, got {}", build_shape(), x.shape()), {}, where);
    const auto weight = [&](const Variable& v) { return v.defined() ? spread(v.value(), axis, x) : Tensor(); };
    if (!context.training || !trainable)
      return normalized(x, weight(moving_mean), weight(moving_variance), config.epsilon, weight(gamma), weight(beta));
    ops::Axes others;
    for (int i = 0; i < x.rank(); ++i)
      if (i != axis[0]) others.push_back(i);
    const Tensor& mask = context.mask;
    require(!mask.defined() || mask.rank() == x.rank() - 1, "expected a mask of {} axes for an input of {}, got {}",
            x.rank() - 1, x.rank(), mask.defined() ? mask.shape() : Shape());
    const Moments m = mask.defined() ? masked_moments(x, others, mask) : moments(x, others);
    const auto follow = [&](Variable& moving, const Tensor& now) {
      const Tensor next = moving.value() * config.momentum +
                          ops::reshape(ops::stop_gradient(now), moving.shape()) * (1 - config.momentum);
      moving.assign(ops::cast(next, moving.dtype()));
    };
    follow(moving_mean, m.mean);
    follow(moving_variance, m.variance);
    return normalized(x, m.mean, m.variance, config.epsilon, weight(gamma), weight(beta));
  }
};

/// Sorts the axes and keeps them as a list, as Keras' build does.
void fix_axes(AxisOrAxes& axis) {
  std::sort(axis.values.begin(), axis.values.end());
  axis.single = false;
}
/// The sizes of the axes, in the order given.
Shape sizes(const Shape& in, const AxisOrAxes& axis, const LayerImpl& layer) {
  normal_axes(axis.values, in.rank(), layer);
  std::vector<int64_t> out;
  for (const int64_t a : axis.values) out.push_back(in.dim(static_cast<int>(a)));
  return Shape(out);
}

/// The sizes that a weight was made for; the other axes may be any.
void require_sizes(const LayerImpl& layer, const Variable& weight, const Tensor& x, const ops::Axes& axes) {
  bool fits = !weight.defined() || weight.shape().rank() == static_cast<int>(axes.size());
  if (fits && weight.defined() && axes.size() == 1)  // several are broadcast, which says itself what does not fit
    fits = compatible(x.shape().dim(axes[0]), weight.shape().dim(0));
  if (!fits)
    throw ShapeError(text("{} '{}'", layer.class_name(), layer.name),
                     text("expected an input of shape {}, got {}", layer.build_shape(), x.shape()), {}, layer.where);
}

struct LayerNormalizationLayer final : WithLayerConfig<LayerNormalizationLayer, LayerNormalizationConfig>,
                                       TakesAnyShape {
  static constexpr const char* kName = "LayerNormalization";
  bool supports_masking() const override { return true; }
  explicit LayerNormalizationLayer(LayerNormalizationConfig c) : WithLayerConfig(std::move(c)) {
    require(!config.axis.values.empty(), "axis must name at least one axis");
  }
  Variable gamma, beta;
  void build(const Shape& in) override {
    LayerNormalizationConfig& c = config;
    fix_axes(c.axis);
    const Shape shape = sizes(in, c.axis, *this);
    if (c.scale || c.rms_scaling)
      gamma = add_weight("gamma", shape, c.gamma_initializer, c.gamma_regularizer, c.gamma_constraint);
    if (c.center && !c.rms_scaling)
      beta = add_weight("beta", shape, c.beta_initializer, c.beta_regularizer, c.beta_constraint);
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    return in_float32(x, [&](const Tensor& wide) { return normalize(wide); });
  }
  Tensor normalize(const Tensor& x) {
    const ops::Axes axes = normal_axes(config.axis.values, x.rank(), *this);
    require_sizes(*this, gamma.defined() ? gamma : beta, x, axes);
    const auto weight = [&](const Variable& v) { return v.defined() ? spread(v.value(), axes, x) : Tensor(); };
    const Moments m = moments(x, axes);
    if (!config.rms_scaling) return normalized(x, m.mean, m.variance, config.epsilon, weight(gamma), weight(beta));
    return x * ops::rsqrt(m.variance + config.epsilon) * weight(gamma);
  }
};

struct GroupNormalizationLayer final : WithLayerConfig<GroupNormalizationLayer, GroupNormalizationConfig>,
                                       TakesAnyShape {
  static constexpr const char* kName = "GroupNormalization";
  bool supports_masking() const override { return true; }
  explicit GroupNormalizationLayer(GroupNormalizationConfig c) : WithLayerConfig(std::move(c)) {
    require(config.groups > 0 || config.groups == -1,
            "groups must be positive, or -1 for as many as there are channels (invalid value for argument `groups`), "
            "got {}",
            config.groups);
    autocast = false;  // moments want all digits
  }
  Variable gamma, beta;
  int64_t channels = -1;
  void build(const Shape& in) override {
    GroupNormalizationConfig& c = config;
    const int axis = normal_axes({c.axis}, in.rank(), *this)[0];
    require(axis > 0, "axis must not be that of the batch, got {}", c.axis);
    channels = in.dim(axis);
    require(channels >= 0, "axis {} of the input must be known (should have a defined dimension), got {}", c.axis, in);
    if (c.groups == -1) c.groups = channels;
    require(c.groups <= channels,
            "groups must not be more than the channels (Number of groups ({}) cannot be more than "
            "the number of channels ({}).), got an input of shape {}",
            c.groups, channels, in);
    require(channels % c.groups == 0,
            "the channels must divide into groups (Number of groups ({}) must be a multiple of the number of channels "
            "({}).), got an input of shape {}",
            c.groups, channels, in);
    if (c.scale) gamma = add_weight("gamma", {channels}, c.gamma_initializer, c.gamma_regularizer, c.gamma_constraint);
    if (c.center) beta = add_weight("beta", {channels}, c.beta_initializer, c.beta_regularizer, c.beta_constraint);
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    const AutocastTo as_kept({});
    const DType inside = x.dtype() == DType::f64 ? DType::f64 : DType::f32;
    return ops::cast(normalize(ops::cast(x, inside)), dtype);
  }
  Tensor normalize(const Tensor& x) {
    const int axis = normal_axes({config.axis}, x.rank(), *this)[0];
    if (!compatible(x.shape().dim(axis), channels))
      throw ShapeError(text("{} '{}'", class_name(), name),
                       text("expected an input of {} channels on axis {}, got {}", channels, config.axis, x.shape()),
                       {}, where);
    const Shape& s = x.shape();
    const int64_t each = channels / config.groups;
    const Tensor apart =
        reshape_by(x, s.slice(0, axis).append(config.groups).append(each).append(s.slice(axis + 1)), x);
    ops::Axes others;
    Shape along;
    for (int i = 0; i < apart.rank(); ++i) {
      if (i != 0 && i != axis) others.push_back(i);
      along = along.append(i == axis ? config.groups : i == axis + 1 ? each : 1);
    }
    const auto weight = [&](const Variable& v) {
      return v.defined() ? ops::reshape(ops::cast(v.value(), x.dtype()), along) : Tensor();
    };
    const Moments m = moments(apart, others);
    return ops::reshape_like(normalized(apart, m.mean, m.variance, config.epsilon, weight(gamma), weight(beta)), x);
  }
};

struct RMSNormalizationLayer final : WithLayerConfig<RMSNormalizationLayer, RMSNormalizationConfig>, TakesAnyShape {
  static constexpr const char* kName = "RMSNormalization";
  explicit RMSNormalizationLayer(RMSNormalizationConfig c) : WithLayerConfig(std::move(c)) {
    require(!config.axis.values.empty(), "axis must name at least one axis");
  }
  Variable scale;
  void build(const Shape& in) override {
    fix_axes(config.axis);
    scale = add_weight("scale", sizes(in, config.axis, *this), "ones");
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    const ops::Axes axes = normal_axes(config.axis.values, x.rank(), *this);
    require_sizes(*this, scale, x, axes);
    return in_float32(x, [&](const Tensor& wide) {
      const Tensor mean_square = ops::mean(ops::square(wide), axes, true);
      return wide * ops::rsqrt(mean_square + config.epsilon) * spread(scale.value(), axes, wide);
    });
  }
};

struct UnitNormalizationLayer final : WithLayerConfig<UnitNormalizationLayer, UnitNormalizationConfig>, BuiltAtInit {
  static constexpr const char* kName = "UnitNormalization";
  bool supports_masking() const override { return true; }
  explicit UnitNormalizationLayer(UnitNormalizationConfig c) : WithLayerConfig(std::move(c)) {
    require(!config.axis.values.empty(), "axis must name at least one axis");
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    return in_float32(x, [&](const Tensor& wide) {
      const ops::Axes axes = normal_axes(config.axis.values, wide.rank(), *this);
      const Tensor inverse = ops::rsqrt(ops::sum(ops::square(wide), axes, true));
      return wide * ops::minimum(inverse, ops::like_scalar(1e12, inverse));  // a row of zeros stays one
    });
  }
};

}  // namespace

BatchNormalization::BatchNormalization(BatchNormalizationConfig c, CallSite at)
    : Layer(make_layer<BatchNormalizationLayer>(std::move(c), at)) {}
LayerNormalization::LayerNormalization(LayerNormalizationConfig c, CallSite at)
    : Layer(make_layer<LayerNormalizationLayer>(std::move(c), at)) {}
GroupNormalization::GroupNormalization(GroupNormalizationConfig c, CallSite at)
    : Layer(make_layer<GroupNormalizationLayer>(std::move(c), at)) {}
RMSNormalization::RMSNormalization(RMSNormalizationConfig c, CallSite at)
    : Layer(make_layer<RMSNormalizationLayer>(std::move(c), at)) {}
UnitNormalization::UnitNormalization(UnitNormalizationConfig c, CallSite at)
    : Layer(make_layer<UnitNormalizationLayer>(std::move(c), at)) {}

void add_normalization_layers(Registry<LayerImpl>& r) {
  r.add<BatchNormalizationLayer>();
  r.add<LayerNormalizationLayer>();
  r.add<GroupNormalizationLayer>();
  r.add<RMSNormalizationLayer>();
  r.add<UnitNormalizationLayer>();
}

}  // namespace cornu
