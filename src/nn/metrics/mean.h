// The mean over samples: what most metrics are made of.
#pragma once
#include <cornu/metrics/metric.h>

#include <string_view>

#include "nn/losses/reduced.h"
#include "ops/emit.h"

namespace cornu {

/// "keras_style" for "KerasStyle", as Keras names its metrics for strings.
std::string snake_case(std::string_view name);
/// ConfigError unless sums in this type keep fractions.
void require_floating(DType dtype);
/// a / b, 0 where b is 0.
Tensor divide_no_nan(const Tensor& a, const Tensor& b);

/// Total and count of values. A sample counts once, whatever its number of values, or by its weight.
class MeanImpl : public MetricImpl {
 public:
  void update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override;
  Tensor result() const override { return mean(); }
  /// One value for each sample, or more.
  virtual Tensor values(const Tensor& y_true, const Tensor& y_pred) const = 0;

 protected:
  /// Creates the accumulators.
  void start(DType dtype);
  void add(const Tensor& values, const Tensor& sample_weight);
  Tensor mean() const;

 private:
  Variable total_, count_;
};

/// A mean with a config that has `name` and `dtype`. Derived classes define kName and values().
template <class Self, class ConfigType>
class MeanMetric : public WithConfig<Self, MeanImpl, ConfigType> {
 public:
  explicit MeanMetric(ConfigType c) : WithConfig<Self, MeanImpl, ConfigType>(std::move(c)) {
    this->start(this->config.dtype);
  }
  std::string name() const override { return this->config.name; }
};

/// Fields of a metric's config in the order of Keras' get_config: name, dtype, then its own.
template <class T, class... Own>
constexpr auto metric_fields(Own... own) {
  return std::tuple{field("name", &T::name), field("dtype", &T::dtype), own...};
}

/// Adds T by its name, by the same in snake case, and by further names.
template <class T>
void add_metric(Registry<MetricImpl>& r, std::vector<std::string> aliases = {}) {
  aliases.insert(aliases.begin(), snake_case(T::kName));
  r.add<T>(aliases);
}

}  // namespace cornu
