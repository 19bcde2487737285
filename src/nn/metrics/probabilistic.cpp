// Losses as metrics.
#include <cornu/losses/loss.h>
#include <cornu/metrics/probabilistic.h>
#include <cornu/ops.h>

#include "nn/losses/functions.h"
#include "nn/metrics/families.h"
#include "nn/metrics/mean.h"

namespace cornu {

using namespace metrics;
namespace f = loss_functions;

template <>
struct Describe<BinaryCrossentropyConfig> {
  using T = BinaryCrossentropyConfig;
  static constexpr auto fields =
      metric_fields<T>(field("from_logits", &T::from_logits), field("label_smoothing", &T::label_smoothing));
};
template <>
struct Describe<CategoricalCrossentropyConfig> {
  using T = CategoricalCrossentropyConfig;
  static constexpr auto fields = metric_fields<T>(
      field("from_logits", &T::from_logits), field("label_smoothing", &T::label_smoothing), field("axis", &T::axis));
};
template <>
struct Describe<SparseCategoricalCrossentropyConfig> {
  using T = SparseCategoricalCrossentropyConfig;
  static constexpr auto fields = metric_fields<T>(field("from_logits", &T::from_logits),
                                                  field("ignore_class", &T::ignore_class), field("axis", &T::axis));
};
template <>
struct Describe<KLDivergenceConfig> {
  using T = KLDivergenceConfig;
  static constexpr auto fields = metric_fields<T>();
};
template <>
struct Describe<PoissonConfig> {
  using T = PoissonConfig;
  static constexpr auto fields = metric_fields<T>();
};
template <>
struct Describe<HingeConfig> {
  using T = HingeConfig;
  static constexpr auto fields = metric_fields<T>();
};
template <>
struct Describe<SquaredHingeConfig> {
  using T = SquaredHingeConfig;
  static constexpr auto fields = metric_fields<T>();
};
template <>
struct Describe<CategoricalHingeConfig> {
  using T = CategoricalHingeConfig;
  static constexpr auto fields = metric_fields<T>();
};
template <>
struct Describe<MeanMetricWrapperConfig> {
  using T = MeanMetricWrapperConfig;
  static constexpr auto fields = metric_fields<T>(
      required("fn", &T::fn), field("delta", &T::delta), field("from_logits", &T::from_logits),
      field("label_smoothing", &T::label_smoothing), field("axis", &T::axis), field("ignore_class", &T::ignore_class));
};

namespace {

struct BinaryCrossentropyMetric final : MeanMetric<BinaryCrossentropyMetric, BinaryCrossentropyConfig> {
  static constexpr const char* kName = "BinaryCrossentropy";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y, const Tensor& p) const override {
    return f::binary_crossentropy(y, p, {config.from_logits, config.label_smoothing, -1});
  }
};

struct CategoricalCrossentropyMetric final : MeanMetric<CategoricalCrossentropyMetric, CategoricalCrossentropyConfig> {
  static constexpr const char* kName = "CategoricalCrossentropy";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y, const Tensor& p) const override {
    return f::categorical_crossentropy(y, p, {config.from_logits, config.label_smoothing, config.axis});
  }
};

struct SparseCategoricalCrossentropyMetric final
    : MeanMetric<SparseCategoricalCrossentropyMetric, SparseCategoricalCrossentropyConfig> {
  static constexpr const char* kName = "SparseCategoricalCrossentropy";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y, const Tensor& p) const override {
    return f::sparse_categorical_crossentropy(y, p, {config.from_logits, 0, config.axis}, config.ignore_class);
  }
  void update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    const Tensor loss = values(y_true, y_pred);
    if (!config.ignore_class || !sample_weight.defined()) return add(loss, sample_weight);
    // As in Keras, ignored samples do not count where there are weights, and count as 0 where there are none.
    Tensor y = ops::cast(y_true, DType::i32);
    if (y.rank() > loss.rank()) y = ops::squeeze(y, -1);
    const Tensor counted = ops::not_equal(y, ops::like_scalar(static_cast<double>(*config.ignore_class), y));
    add(loss, apply_mask(sample_weight, counted, "sum", loss.dtype()));
  }
};

struct KLDivergenceMetric final : MeanMetric<KLDivergenceMetric, KLDivergenceConfig> {
  static constexpr const char* kName = "KLDivergence";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y, const Tensor& p) const override { return f::kl_divergence(y, p); }
};

struct PoissonMetric final : MeanMetric<PoissonMetric, PoissonConfig> {
  static constexpr const char* kName = "Poisson";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y, const Tensor& p) const override { return f::poisson(y, p); }
};

/// Labels as hinge takes them: what does not count has no say in whether they are 0 and 1 or -1 and 1.
Tensor counted_labels(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) {
  const f::Pair pair = f::matched(y_true, y_pred);
  return weight.defined() && weight.rank() > 0 ? zero_where_ignored(pair.y, weight) : pair.y;
}

struct HingeMetric final : MeanMetric<HingeMetric, HingeConfig> {
  static constexpr const char* kName = "Hinge";
  using MeanMetric::MeanMetric;
  void update(const Tensor& y, const Tensor& p, const Tensor& weight) override {
    MeanMetric::update(counted_labels(y, p, weight), p, weight);
  }
  Tensor values(const Tensor& y, const Tensor& p) const override { return f::hinge(y, p); }
};

struct SquaredHingeMetric final : MeanMetric<SquaredHingeMetric, SquaredHingeConfig> {
  static constexpr const char* kName = "SquaredHinge";
  using MeanMetric::MeanMetric;
  void update(const Tensor& y, const Tensor& p, const Tensor& weight) override {
    MeanMetric::update(counted_labels(y, p, weight), p, weight);
  }
  Tensor values(const Tensor& y, const Tensor& p) const override { return f::squared_hinge(y, p); }
};

struct CategoricalHingeMetric final : MeanMetric<CategoricalHingeMetric, CategoricalHingeConfig> {
  static constexpr const char* kName = "CategoricalHinge";
  using MeanMetric::MeanMetric;
  Tensor values(const Tensor& y, const Tensor& p) const override { return f::categorical_hinge(y, p); }
};

struct MeanMetricWrapperMetric final : MeanMetric<MeanMetricWrapperMetric, MeanMetricWrapperConfig> {
  static constexpr const char* kName = "MeanMetricWrapper";
  using MeanMetric::MeanMetric;
  Value get_config() const override { return without_nulls(MeanMetric::get_config()); }
  Tensor values(const Tensor& y, const Tensor& p) const override { return loss()->call(y, p); }
  void update(const Tensor& y, const Tensor& p, const Tensor& weight) override {
    const bool signs = loss()->targets() == LossImpl::Targets::signs;
    MeanMetric::update(signs ? counted_labels(y, p, weight) : y, p, weight);
  }

 private:
  static Value without_nulls(const Value& v) {
    Value out = Value::object();
    for (const auto& [key, member] : v.as_object())
      if (!member.is_null()) out[key] = member;
    return out;
  }
  Loss loss() const {
    const Value* name = config.fn.find("config");
    Value arguments = get_config();
    for (const char* ours : {"name", "dtype", "fn"}) arguments.erase(ours);
    Value form = Value::object();
    form["class_name"] = name ? *name : config.fn;
    form["config"] = arguments;
    return Loss(make_configurable<LossImpl>(form));
  }
};

}  // namespace

namespace metrics {
BinaryCrossentropy::BinaryCrossentropy(BinaryCrossentropyConfig c)
    : Metric(std::make_shared<BinaryCrossentropyMetric>(std::move(c))) {}
CategoricalCrossentropy::CategoricalCrossentropy(CategoricalCrossentropyConfig c)
    : Metric(std::make_shared<CategoricalCrossentropyMetric>(std::move(c))) {}
SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(SparseCategoricalCrossentropyConfig c)
    : Metric(std::make_shared<SparseCategoricalCrossentropyMetric>(std::move(c))) {}
KLDivergence::KLDivergence(KLDivergenceConfig c) : Metric(std::make_shared<KLDivergenceMetric>(std::move(c))) {}
Poisson::Poisson(PoissonConfig c) : Metric(std::make_shared<PoissonMetric>(std::move(c))) {}
Hinge::Hinge(HingeConfig c) : Metric(std::make_shared<HingeMetric>(std::move(c))) {}
SquaredHinge::SquaredHinge(SquaredHingeConfig c) : Metric(std::make_shared<SquaredHingeMetric>(std::move(c))) {}
CategoricalHinge::CategoricalHinge(CategoricalHingeConfig c)
    : Metric(std::make_shared<CategoricalHingeMetric>(std::move(c))) {}
MeanMetricWrapper::MeanMetricWrapper(MeanMetricWrapperConfig c)
    : Metric(std::make_shared<MeanMetricWrapperMetric>(std::move(c))) {}
}  // namespace metrics

void add_probabilistic_metrics(Registry<MetricImpl>& r) {
  add_metric<BinaryCrossentropyMetric>(r, {"bce", "BCE"});
  add_metric<CategoricalCrossentropyMetric>(r);
  add_metric<SparseCategoricalCrossentropyMetric>(r);
  add_metric<KLDivergenceMetric>(r);
  add_metric<PoissonMetric>(r);
  add_metric<HingeMetric>(r);
  add_metric<SquaredHingeMetric>(r);
  add_metric<CategoricalHingeMetric>(r);
  add_metric<MeanMetricWrapperMetric>(r);
}

}  // namespace cornu
