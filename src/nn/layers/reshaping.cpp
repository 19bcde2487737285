// Flatten, Reshape, Permute, RepeatVector.
#include <cornu/layers/reshaping.h>

#include <algorithm>
#include <numeric>

#include "nn/layers/families.h"
#include "ops/attrs.h"
#include "ops/rules.h"
#include "ops/windows.h"

namespace cornu {

template <>
struct Describe<FlattenConfig> {
  using T = FlattenConfig;
  static constexpr auto fields = std::tuple_cat(layer_fields<T>(), std::tuple{field("data_format", &T::data_format)});
};
template <>
struct Describe<ReshapeConfig> {
  using T = ReshapeConfig;
  static constexpr auto fields =
      std::tuple_cat(layer_fields<T>(), std::tuple{required("target_shape", &T::target_shape)});
};
template <>
struct Describe<PermuteConfig> {
  using T = PermuteConfig;
  static constexpr auto fields = std::tuple_cat(layer_fields<T>(), std::tuple{required("dims", &T::dims)});
};
template <>
struct Describe<RepeatVectorConfig> {
  using T = RepeatVectorConfig;
  static constexpr auto fields = std::tuple_cat(layer_fields<T>(), std::tuple{required("n", &T::n)});
};

namespace {

/// Product of the sizes, -1 if one is unknown.
int64_t product(const Shape& s) {
  return std::accumulate(s.raw().begin(), s.raw().end(), int64_t{1},
                         [](int64_t n, int64_t d) { return n < 0 || d < 0 ? -1 : n * d; });
}

struct FlattenLayer final : WithLayerConfig<FlattenLayer, FlattenConfig> {
  static constexpr const char* kName = "Flatten";
  explicit FlattenLayer(FlattenConfig c) : WithLayerConfig(std::move(c)) {
    first = channels_first(text("Flatten '{}'", name).c_str(), config.data_format);
    config.data_format = first ? "channels_first" : "channels_last";
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    if (!first || x.rank() < 3) return flat(x);
    std::vector<int> last{0};
    for (int i = 2; i < x.rank(); ++i) last.push_back(i);
    last.push_back(1);
    return flat(ops::transpose(x, last));
  }
  bool first = false;
  /// Samples of any length have rows of any length.
  static Tensor flat(const Tensor& x) {
    const int64_t n = product(x.shape().slice(1));
    if (n >= 0) return ops::reshape(x, {-1, n});
    return reshape_by(x, ReshapeByAttrs{{-1, -1}, {0, -1}}, x);
  }
};

struct ReshapeLayer final : WithLayerConfig<ReshapeLayer, ReshapeConfig>, BuiltAtInit {
  static constexpr const char* kName = "Reshape";
  explicit ReshapeLayer(ReshapeConfig c) : WithLayerConfig(std::move(c)) {
    require(std::ranges::count(config.target_shape.raw(), -1) <= 1,
            "at most one size of target_shape may be -1, got {}", config.target_shape);
  }
  Value get_config() const override {
    Value out = WithLayerConfig::get_config();
    out["target_shape"] = Codec<std::vector<int64_t>>::to_value(config.target_shape.dims());  // -1 stays -1
    return out;
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    Shape target = config.target_shape;
    int64_t known = 1;
    for (int64_t d : target.raw()) known *= d < 0 ? 1 : d;
    const int64_t have = product(x.shape().slice(1));
    const bool whole = known == product(target);
    require(have < 0 || (whole ? have == known : known > 0 && have % known == 0),
            "target_shape {} must hold as many elements as a sample, got samples of shape {}", target,
            x.shape().slice(1));
    if (have < 0 && !whole)  // of each sample's steps
      return reshape_by(x, ReshapeByAttrs{Shape{-1}.append(target), {0, -1}}, x);
    for (int i = 0; i < target.rank(); ++i)
      if (target.dim(i) < 0) target.dim(i) = have / known;
    return ops::reshape(x, Shape{-1}.append(target));
  }
};

struct PermuteLayer final : WithLayerConfig<PermuteLayer, PermuteConfig> {
  static constexpr const char* kName = "Permute";
  explicit PermuteLayer(PermuteConfig c) : WithLayerConfig(std::move(c)) {
    std::vector<int64_t> in_order = config.dims;
    std::sort(in_order.begin(), in_order.end());
    for (size_t i = 0; i < in_order.size(); ++i)
      require(in_order[i] == static_cast<int64_t>(i) + 1,
              "dims must hold each axis once, counted from 1 (Invalid permutation argument `dims`), got {}",
              config.dims);
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    require(x.rank() == static_cast<int>(config.dims.size()) + 1, "needs an input of {} axes, got {}",
            config.dims.size() + 1, x.shape());
    std::vector<int> order{0};
    order.insert(order.end(), config.dims.begin(), config.dims.end());
    return ops::transpose(x, order);
  }
};

struct RepeatVectorLayer final : WithLayerConfig<RepeatVectorLayer, RepeatVectorConfig> {
  static constexpr const char* kName = "RepeatVector";
  explicit RepeatVectorLayer(RepeatVectorConfig c) : WithLayerConfig(std::move(c)) {
    require(config.n > 0, "n must be positive (it should be a positive integer), got {}", config.n);
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    require(x.rank() == 2, "needs an input of 2 axes, got {}", x.shape());
    return ops::concatenate(std::vector<Tensor>(static_cast<size_t>(config.n), ops::expand_dims(x, 1)), 1);
  }
};

}  // namespace

Flatten::Flatten(FlattenConfig c, CallSite at) : Layer(make_layer<FlattenLayer>(std::move(c), at)) {}
Reshape::Reshape(const Shape& target_shape, ReshapeConfig c, CallSite at)
    : Layer(make_layer<ReshapeLayer>((c.target_shape = target_shape, std::move(c)), at)) {}
Permute::Permute(const std::vector<int64_t>& dims, PermuteConfig c, CallSite at)
    : Layer(make_layer<PermuteLayer>((c.dims = dims, std::move(c)), at)) {}
RepeatVector::RepeatVector(int64_t n, RepeatVectorConfig c, CallSite at)
    : Layer(make_layer<RepeatVectorLayer>((c.n = n, std::move(c)), at)) {}

void add_reshaping_layers(Registry<LayerImpl>& r) {
  r.add<FlattenLayer>();
  r.add<ReshapeLayer>();
  r.add<PermuteLayer>();
  r.add<RepeatVectorLayer>();
}

}  // namespace cornu
