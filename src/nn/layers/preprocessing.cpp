// Rescaling, Normalization.
#include <cornu/layers/preprocessing.h>

#include <algorithm>

#include "nn/layers/families.h"
#include "ops/array_form.h"

namespace cornu {

Value Codec<Tensor>::to_value(const Tensor& t) { return t.defined() ? nested_numbers(t) : Value(); }
Tensor Codec<Tensor>::from_value(const Value& v) { return v.is_null() ? Tensor() : array_of_numbers(v); }

template <>
struct Describe<RescalingConfig> {
  using T = RescalingConfig;
  static constexpr auto fields =
      std::tuple_cat(layer_fields<T>(), std::tuple{required("scale", &T::scale), field("offset", &T::offset)});
};
template <>
struct Describe<NormalizationConfig> {
  using T = NormalizationConfig;
  static constexpr auto fields =
      std::tuple_cat(layer_fields<T>(), std::tuple{field("axis", &T::axis), field("invert", &T::invert),
                                                   field("mean", &T::mean), field("variance", &T::variance)});
};

namespace {

struct RescalingLayer final : WithLayerConfig<RescalingLayer, RescalingConfig> {
  static constexpr const char* kName = "Rescaling";
  bool supports_masking() const override { return true; }
  using WithLayerConfig::WithLayerConfig;
  Tensor call(const Tensor& x, const CallContext&) override {
    const auto number = [&](const OneOrMore<double>& v) {
      if (v.single) return Tensor::scalar(v.values[0], dtype);
      return Tensor({static_cast<int64_t>(v.values.size())}, v.values).to(dtype);
    };
    const Tensor scaled = ops::cast(x, dtype) * number(config.scale);
    const bool shifts =
        std::any_of(config.offset.values.begin(), config.offset.values.end(), [](double o) { return o != 0; });
    return shifts ? scaled + number(config.offset) : scaled;
  }
};

/// Mean and variance in double, merged batch by batch (Chan, Golub and LeVeque, 1979).
class Statistics {
 public:
  Statistics(size_t places) : mean_(places), squares_(places), count_(0) {}
  /// `place` of each element; every place is met equally often.
  template <class Place>
  void add(const std::vector<double>& values, const Place& place) {
    const double n = static_cast<double>(values.size()) / static_cast<double>(mean_.size());
    std::vector<double> mean(mean_.size()), squares(mean_.size());
    for (size_t i = 0; i < values.size(); ++i) mean[place(i)] += values[i];
    for (double& m : mean) m /= n;
    for (size_t i = 0; i < values.size(); ++i) {
      const double d = values[i] - mean[place(i)];
      squares[place(i)] += d * d;
    }
    const double all = count_ + n;
    for (size_t p = 0; p < mean.size(); ++p) {
      const double d = mean[p] - mean_[p];
      squares_[p] += squares[p] + d * d * count_ * n / all;
      mean_[p] += d * n / all;
    }
    count_ = all;
  }
  const std::vector<double>& mean() const { return mean_; }
  std::vector<double> variance() const {
    std::vector<double> out = squares_;
    for (double& v : out) v /= count_;
    return out;
  }

 private:
  std::vector<double> mean_, squares_;
  double count_;
};

struct NormalizationLayer final : WithLayerConfig<NormalizationLayer, NormalizationConfig> {
  static constexpr const char* kName = "Normalization";
  explicit NormalizationLayer(NormalizationConfig c) : WithLayerConfig(std::move(c)) {
    require(config.mean.defined() == config.variance.defined(), "mean and variance must be given both or none");
    if (!config.mean.defined()) return;
    require(config.mean.shape() == config.variance.shape(), "mean and variance must have one shape, got {} and {}",
            config.mean.shape(), config.variance.shape());
    require(config.mean.rank() <= static_cast<int>(config.axis.size()),
            "mean may have at most one axis for each of axis {}, got shape {}", config.axis, config.mean.shape());
  }
  Variable mean, variance;

  /// The kept axes counted from 0, sorted.
  std::vector<int> kept(int rank) const {
    std::vector<int> out;
    for (const int64_t a : config.axis) {
      require(a >= -rank && a < rank, "axis must be in [{}, {}), got {}", -rank, rank, a);
      out.push_back(static_cast<int>(a < 0 ? a + rank : a));
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  void build(const Shape& in) override {
    if (config.mean.defined()) return;
    Shape shape;
    for (const int a : kept(in.rank())) shape = shape.append(in.dim(a));
    mean = add_weight("mean", shape, "zeros", {}, {}, false);
    variance = add_weight("variance", shape, "ones", {}, {}, false);
    add_weight("count", {}, "zeros", {}, {}, false, DType::i32);  // unused; a place in Keras' files
  }
  /// Aligned to the kept axes from the right, so that it broadcasts against x.
  Tensor spread(const Tensor& t, const Tensor& x) const {
    const std::vector<int> axes = kept(x.rank());
    Shape shape = x.shape();
    for (int i = 0; i < x.rank(); ++i) shape.dim(i) = 1;
    for (int i = 1; i <= t.rank(); ++i) shape.dim(axes[axes.size() - static_cast<size_t>(i)]) = t.shape().dim(-i);
    if (t.rank() == 0 || shape.slice(x.rank() - t.rank()) == t.shape()) return t;  // broadcasts as it is
    return ops::reshape(t, shape);
  }
  Tensor call(const Tensor& input, const CallContext&) override {
    const Tensor x = ops::cast(input, dtype);
    const bool given = config.mean.defined();
    const Tensor m = spread(given ? config.mean.to(dtype) : mean.value(), x);
    const Tensor root = ops::sqrt(spread(given ? config.variance.to(dtype) : variance.value(), x));
    const Tensor deviation = ops::maximum(root, ops::like_scalar(1e-7, root));
    return config.invert ? m + x * deviation : (x - m) / deviation;
  }

  void adapt(const std::vector<Tensor>& batches) override {
    require(!config.mean.defined(), "mean and variance were given, so there is nothing to adapt");
    require(!batches.empty() && batches[0].defined() && batches[0].rank() > 0, "adapt needs at least one batch");
    if (!built()) (*this)(batches[0], {});
    Statistics statistics(static_cast<size_t>(mean.shape().size()));
    for (const Tensor& batch : batches) add(batch, statistics);
    mean.assign(Tensor(mean.shape(), statistics.mean()).to(dtype));
    variance.assign(Tensor(variance.shape(), statistics.variance()).to(dtype));
  }
  void add(const Tensor& batch, Statistics& statistics) const {
    const std::vector<int> axes = kept(batch.rank());
    Shape shape;
    for (const int a : axes) shape = shape.append(batch.shape().dim(a));
    require(shape == mean.shape(), "was built for statistics of shape {}, got data of shape {}", mean.shape(),
            batch.shape());
    // The place of an element is its index along the kept axes; rows of one batch axis repeat those of the first.
    const bool by_row = axes.empty() || axes[0] > 0;
    const int64_t row_size = batch.shape().slice(1).size();
    std::vector<size_t> place(static_cast<size_t>(by_row ? row_size : batch.size()));
    for (size_t i = 0; i < place.size(); ++i) {
      size_t rest = i, at = 0, stride = 1;
      for (int a = batch.rank() - 1; a >= (by_row ? 1 : 0); --a) {
        const size_t n = static_cast<size_t>(batch.shape().dim(a));
        const size_t index = rest % n;
        rest /= n;
        if (std::find(axes.begin(), axes.end(), a) != axes.end()) at += index * stride, stride *= n;
      }
      place[i] = at;
    }
    const int64_t rows = batch.shape().dim(0);
    const int64_t rows_at_once = by_row ? std::max<int64_t>(1, (1 << 20) / std::max<int64_t>(1, row_size)) : rows;
    for (int64_t r = 0; r < rows; r += rows_at_once) {
      const Tensor part = batch.rows(r, std::min(r + rows_at_once, rows));
      statistics.add(part.to_doubles(), [&](size_t i) { return place[i % place.size()]; });
    }
  }
};

}  // namespace

Rescaling::Rescaling(OneOrMore<double> scale, RescalingConfig c, CallSite at)
    : Layer(make_layer<RescalingLayer>((c.scale = std::move(scale), std::move(c)), at)) {}
Normalization::Normalization(NormalizationConfig c, CallSite at)
    : Layer(make_layer<NormalizationLayer>(std::move(c), at)) {}
void Normalization::adapt(const Tensor& data) { adapt(std::vector<Tensor>{data}); }
void Normalization::adapt(const std::vector<Tensor>& batches) { impl_->adapt(batches); }

void add_preprocessing_layers(Registry<LayerImpl>& r) {
  r.add<RescalingLayer>();
  r.add<NormalizationLayer>();
}

}  // namespace cornu
