// ZeroPadding, Cropping and UpSampling.
#include <cornu/layers/borders.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "nn/layers/spatial.h"
#include "ops/rules.h"

namespace cornu {

Margins::Margins(std::initializer_list<int64_t> each)
    : given(Codec<std::vector<int64_t>>::to_value(std::vector<int64_t>(each))) {}
Margins::Margins(std::initializer_list<std::initializer_list<int64_t>> pairs) : given(Value::array()) {
  for (const auto& pair : pairs) given.push_back(Codec<std::vector<int64_t>>::to_value(std::vector<int64_t>(pair)));
}

template <class T>
constexpr auto padding_fields() {
  return std::tuple_cat(layer_fields<T>(),
                        std::tuple{field("padding", &T::padding), field("data_format", &T::data_format)});
}
template <class T>
constexpr auto cropping_fields() {
  return std::tuple_cat(layer_fields<T>(),
                        std::tuple{field("cropping", &T::cropping), field("data_format", &T::data_format)});
}
template <>
struct Describe<ZeroPadding1DConfig> {
  static constexpr auto fields = padding_fields<ZeroPadding1DConfig>();
};
template <>
struct Describe<ZeroPadding2DConfig> {
  static constexpr auto fields = padding_fields<ZeroPadding2DConfig>();
};
template <>
struct Describe<ZeroPadding3DConfig> {
  static constexpr auto fields = padding_fields<ZeroPadding3DConfig>();
};
template <>
struct Describe<Cropping1DConfig> {
  using T = Cropping1DConfig;
  static constexpr auto fields = std::tuple_cat(layer_fields<T>(), std::tuple{field("cropping", &T::cropping)});
};
template <>
struct Describe<Cropping2DConfig> {
  static constexpr auto fields = cropping_fields<Cropping2DConfig>();
};
template <>
struct Describe<Cropping3DConfig> {
  static constexpr auto fields = cropping_fields<Cropping3DConfig>();
};
template <>
struct Describe<UpSampling1DConfig> {
  using T = UpSampling1DConfig;
  static constexpr auto fields = std::tuple_cat(layer_fields<T>(), std::tuple{field("size", &T::size)});
};
template <>
struct Describe<UpSampling2DConfig> {
  using T = UpSampling2DConfig;
  static constexpr auto fields =
      std::tuple_cat(layer_fields<T>(), std::tuple{field("size", &T::size), field("data_format", &T::data_format),
                                                   field("interpolation", &T::interpolation)});
};
template <>
struct Describe<UpSampling3DConfig> {
  using T = UpSampling3DConfig;
  static constexpr auto fields =
      std::tuple_cat(layer_fields<T>(), std::tuple{field("size", &T::size), field("data_format", &T::data_format)});
};

namespace {

using Pair = std::pair<int64_t, int64_t>;

/// A layer that adds or removes something before and behind each size.
template <class Self, class Config>
struct MarginLayer : SpatialLayer<Self, Config> {
  explicit MarginLayer(Config c) : SpatialLayer<Self, Config>(std::move(c)) {}
  std::vector<Pair> sides;

 protected:
  /// Two numbers for each size, as Keras' files have them.
  void fix_margins(Margins& m, const char* what, int rank) {
    try {
      read(m.given, what, rank);
    } catch (const ConfigError& e) {
      if (e.who != "config" && e.who != "value") throw;
      refuse(m.given, what, rank);
    }
    Value all = Value::array();
    for (const auto& [before, behind] : sides) {
      Value one = Value::array();
      one.push_back(before);
      one.push_back(behind);
      all.push_back(one);
    }
    m.given = rank == 1 ? all.at(size_t{0}) : all;
  }

 private:
  [[noreturn]] void refuse(const Value& given, const char* what, int rank) {
    this->fail(text("{} must be a number{}, or a tuple of {} of two integers (`{}` should {}), got {}", what,
                    rank == 1 ? std::string() : text(", {} of them", rank), rank == 1 ? 1 : rank, what,
                    rank == 2 ? "have two elements" : text("have {} elements", rank), to_text(given)));
  }
  static std::string to_text(const Value& v) {
    if (v.is_int()) return text("{}", v.as_int());
    if (!v.is_array()) return v.is_string() ? text("'{}'", v.as_string()) : to_string(v.kind());
    std::string out;
    for (const Value& x : v.as_array()) out += (out.empty() ? "" : ", ") + to_text(x);
    return "(" + out + ")";
  }
  void read(const Value& given, const char* what, int rank) {
    sides.clear();
    if (!given.is_array()) {
      if (!given.is_int()) refuse(given, what, rank);
      sides.assign(static_cast<size_t>(rank), {given.as_int(), given.as_int()});
    } else if (rank == 1) {
      sides.push_back(pair_of(given, given, what, rank));
    } else {
      if (given.size() != static_cast<size_t>(rank)) refuse(given, what, rank);
      for (const Value& one : given.as_array())
        sides.push_back(one.is_int() ? Pair(one.as_int(), one.as_int()) : pair_of(one, given, what, rank));
    }
    for (const auto& [before, behind] : sides)
      this->require(before >= 0 && behind >= 0, "{} must not be negative (`{}` cannot be negative), got {}", what, what,
                    to_text(given));
  }
  Pair pair_of(const Value& one, const Value& given, const char* what, int rank) {
    if (!one.is_array() || one.size() != 2 || !one.at(size_t{0}).is_int() || !one.at(size_t{1}).is_int())
      refuse(given, what, rank);
    return {one.at(size_t{0}).as_int(), one.at(size_t{1}).as_int()};
  }
};

template <class Config, int rank>
struct ZeroPaddingLayer final : MarginLayer<ZeroPaddingLayer<Config, rank>, Config> {
  using Base = MarginLayer<ZeroPaddingLayer<Config, rank>, Config>;
  static constexpr const char* kName = rank == 1 ? "ZeroPadding1D" : rank == 2 ? "ZeroPadding2D" : "ZeroPadding3D";
  explicit ZeroPaddingLayer(Config c) : Base(std::move(c)) { this->fix_margins(this->config.padding, "padding", rank); }
  Tensor call(const Tensor& x, const CallContext&) override {
    this->require_rank(x.shape(), rank);
    std::vector<int64_t> low(static_cast<size_t>(x.rank())), high = low;
    for (size_t i = 0; i < rank; ++i) {
      low[static_cast<size_t>(this->first_size()) + i] = this->sides[i].first;
      high[static_cast<size_t>(this->first_size()) + i] = this->sides[i].second;
    }
    return pad_zeros(x, low, high);
  }
};

template <class Config, int rank>
struct CroppingLayer final : MarginLayer<CroppingLayer<Config, rank>, Config> {
  using Base = MarginLayer<CroppingLayer<Config, rank>, Config>;
  static constexpr const char* kName = rank == 1 ? "Cropping1D" : rank == 2 ? "Cropping2D" : "Cropping3D";
  explicit CroppingLayer(Config c) : Base(std::move(c)) { this->fix_margins(this->config.cropping, "cropping", rank); }
  Tensor call(const Tensor& x, const CallContext&) override {
    this->require_rank(x.shape(), rank);
    Tensor y = x;
    for (int i = 0; i < rank; ++i) {
      const int axis = this->first_size() + i;
      const auto [before, behind] = this->sides[static_cast<size_t>(i)];
      const int64_t n = x.shape().dim(axis);
      this->require(
          n < 0 || before + behind < n,
          "cropping must leave something (Values in `cropping` argument should be smaller than the corresponding "
          "spatial dimension of the input; `cropping` parameter of `{}` layer must be smaller than the input "
          "length), got {} and {} of an input of shape {}",
          kName, before, behind, x.shape());
      if (before || behind) y = ops::slice(y, axis, before, behind ? std::optional(-behind) : std::nullopt);
    }
    return y;
  }
};

/// How much a place counts at a distance, in places of the smaller image.
double weight_at(const std::string& interpolation, double d) {
  if (interpolation == "bilinear") return std::max(0.0, 1 - d);
  if (interpolation == "bicubic") {  // Keys, with a = -1/2
    if (d <= 1) return ((1.5 * d - 2.5) * d) * d + 1;
    return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
  }
  const double radius = interpolation == "lanczos3" ? 3 : 5, pi = std::numbers::pi;
  if (d > radius) return 0;
  return d > 1e-3 ? radius * std::sin(pi * d) * std::sin(pi * d / radius) / (pi * pi * d * d) : 1;
}
/// in x out, so that each column adds up to 1.
Tensor interpolation_weights(const std::string& interpolation, int64_t in, int64_t out, DType dtype) {
  std::vector<double> w(static_cast<size_t>(in * out));
  for (int64_t o = 0; o < out; ++o) {
    const double at = (static_cast<double>(o) + 0.5) * static_cast<double>(in) / static_cast<double>(out) - 0.5;
    double sum = 0;
    for (int64_t i = 0; i < in; ++i)
      sum += w[static_cast<size_t>(i * out + o)] = weight_at(interpolation, std::fabs(at - static_cast<double>(i)));
    for (int64_t i = 0; i < in; ++i) w[static_cast<size_t>(i * out + o)] /= sum;
  }
  return Tensor({in, out}, w).to(dtype);
}

struct UpSampling1DLayer final : SpatialLayer<UpSampling1DLayer, UpSampling1DConfig> {
  static constexpr const char* kName = "UpSampling1D";
  explicit UpSampling1DLayer(UpSampling1DConfig c) : SpatialLayer(std::move(c)) {
    require(config.size > 0, "size must be positive (Argument `size` should be a positive integer), got {}",
            config.size);
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    require_rank(x.shape(), 1);
    return ops::repeat(x, config.size, 1);
  }
};

struct UpSampling2DLayer final : SpatialLayer<UpSampling2DLayer, UpSampling2DConfig> {
  static constexpr const char* kName = "UpSampling2D";
  explicit UpSampling2DLayer(UpSampling2DConfig c) : SpatialLayer(std::move(c)) {
    fix(config.size, "size", 2);
    const std::string way = lower_case(config.interpolation);
    require(
        way == "nearest" || way == "bilinear" || way == "bicubic" || way == "lanczos3" || way == "lanczos5",
        "interpolation must be 'nearest', 'bilinear', 'bicubic', 'lanczos3' or 'lanczos5' (`interpolation` argument "
        "should be one of), got '{}'",
        std::string(config.interpolation));
    config.interpolation = way;
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    require_rank(x.shape(), 2);
    Tensor y = x;
    for (int i = 0; i < 2; ++i) {
      const int axis = first_size() + i;
      const int64_t times = config.size.values[static_cast<size_t>(i)];
      if (times == 1) continue;
      if (config.interpolation == "nearest") {
        y = ops::repeat(y, times, axis);
        continue;
      }
      const int64_t in = y.shape()[axis];
      const Tensor w = interpolation_weights(config.interpolation, in, in * times, y.dtype());
      y = product_along(y, axis, w);
    }
    return y;
  }
};

struct UpSampling3DLayer final : SpatialLayer<UpSampling3DLayer, UpSampling3DConfig> {
  static constexpr const char* kName = "UpSampling3D";
  explicit UpSampling3DLayer(UpSampling3DConfig c) : SpatialLayer(std::move(c)) { fix(config.size, "size", 3); }
  Tensor call(const Tensor& x, const CallContext&) override {
    require_rank(x.shape(), 3);
    Tensor y = x;
    for (int i = 0; i < 3; ++i) y = ops::repeat(y, config.size.values[static_cast<size_t>(i)], first_size() + i);
    return y;
  }
};

}  // namespace

ZeroPadding1D::ZeroPadding1D(ZeroPadding1DConfig c, CallSite at)
    : Layer(make_layer<ZeroPaddingLayer<ZeroPadding1DConfig, 1>>(std::move(c), at)) {}
ZeroPadding2D::ZeroPadding2D(ZeroPadding2DConfig c, CallSite at)
    : Layer(make_layer<ZeroPaddingLayer<ZeroPadding2DConfig, 2>>(std::move(c), at)) {}
ZeroPadding3D::ZeroPadding3D(ZeroPadding3DConfig c, CallSite at)
    : Layer(make_layer<ZeroPaddingLayer<ZeroPadding3DConfig, 3>>(std::move(c), at)) {}
Cropping1D::Cropping1D(Cropping1DConfig c, CallSite at)
    : Layer(make_layer<CroppingLayer<Cropping1DConfig, 1>>(std::move(c), at)) {}
Cropping2D::Cropping2D(Cropping2DConfig c, CallSite at)
    : Layer(make_layer<CroppingLayer<Cropping2DConfig, 2>>(std::move(c), at)) {}
Cropping3D::Cropping3D(Cropping3DConfig c, CallSite at)
    : Layer(make_layer<CroppingLayer<Cropping3DConfig, 3>>(std::move(c), at)) {}
UpSampling1D::UpSampling1D(UpSampling1DConfig c, CallSite at)
    : Layer(make_layer<UpSampling1DLayer>(std::move(c), at)) {}
UpSampling2D::UpSampling2D(UpSampling2DConfig c, CallSite at)
    : Layer(make_layer<UpSampling2DLayer>(std::move(c), at)) {}
UpSampling3D::UpSampling3D(UpSampling3DConfig c, CallSite at)
    : Layer(make_layer<UpSampling3DLayer>(std::move(c), at)) {}

void add_border_layers(Registry<LayerImpl>& r) {
  r.add<ZeroPaddingLayer<ZeroPadding1DConfig, 1>>();
  r.add<ZeroPaddingLayer<ZeroPadding2DConfig, 2>>();
  r.add<ZeroPaddingLayer<ZeroPadding3DConfig, 3>>();
  r.add<CroppingLayer<Cropping1DConfig, 1>>();
  r.add<CroppingLayer<Cropping2DConfig, 2>>();
  r.add<CroppingLayer<Cropping3DConfig, 3>>();
  r.add<UpSampling1DLayer>();
  r.add<UpSampling2DLayer>();
  r.add<UpSampling3DLayer>();
}

}  // namespace cornu
