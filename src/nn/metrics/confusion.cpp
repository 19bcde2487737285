// Counts of decisions, precision and recall.
#include <cornu/metrics/confusion.h>
#include <cornu/ops.h>

#include "nn/metrics/counts.h"
#include "nn/metrics/families.h"
#include "nn/metrics/mean.h"

namespace cornu {

using namespace metrics;

template <>
struct Describe<TruePositivesConfig> {
  using T = TruePositivesConfig;
  static constexpr auto fields = metric_fields<T>(field("thresholds", &T::thresholds));
};
template <>
struct Describe<FalsePositivesConfig> {
  using T = FalsePositivesConfig;
  static constexpr auto fields = metric_fields<T>(field("thresholds", &T::thresholds));
};
template <>
struct Describe<TrueNegativesConfig> {
  using T = TrueNegativesConfig;
  static constexpr auto fields = metric_fields<T>(field("thresholds", &T::thresholds));
};
template <>
struct Describe<FalseNegativesConfig> {
  using T = FalseNegativesConfig;
  static constexpr auto fields = metric_fields<T>(field("thresholds", &T::thresholds));
};
template <>
struct Describe<PrecisionConfig> {
  using T = PrecisionConfig;
  static constexpr auto fields =
      metric_fields<T>(field("thresholds", &T::thresholds), field("top_k", &T::top_k), field("class_id", &T::class_id));
};
template <>
struct Describe<RecallConfig> {
  using T = RecallConfig;
  static constexpr auto fields =
      metric_fields<T>(field("thresholds", &T::thresholds), field("top_k", &T::top_k), field("class_id", &T::class_id));
};

namespace {

/// A number or a list in [0, 1] as a list; `otherwise` for none.
std::vector<double> threshold_list(const char* who, const Value& v, double otherwise) {
  if (v.is_null()) return {otherwise};
  const std::vector<double> list = Codec<std::vector<double>>::from_value(v);
  for (const double t : list)
    if (t < 0 || t > 1) {
      std::vector<std::string> wrong;
      for (const double each : list)
        if (each < 0 || each > 1) wrong.push_back(Arg(each).text);
      throw ConfigError(who, text("Threshold values must be in [0, 1]. Received: {}", wrong));
    }
  if (list.empty()) throw ConfigError(who, "thresholds must not be empty");
  return list;
}

/// What a metric at thresholds given by the user shares.
template <class Self, class ConfigType>
class AtThresholds : public WithConfig<Self, MetricImpl, ConfigType> {
 public:
  AtThresholds(ConfigType c, double otherwise) : WithConfig<Self, MetricImpl, ConfigType>(std::move(c)) {
    options_.thresholds = threshold_list(Self::kName, this->config.thresholds, otherwise);
    options_.even = evenly_spread(options_.thresholds);
    require_floating(this->config.dtype);
  }
  std::string name() const override { return this->config.name; }
  void update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    count_decisions(counts_, options_, y_true, y_pred, sample_weight);
  }

 protected:
  Variable counter(const char* name) {
    return this->add_variable(name, {static_cast<int64_t>(options_.thresholds.size())}, 0, this->config.dtype);
  }
  /// A number where there is one threshold.
  Tensor shown(const Tensor& x) const { return options_.thresholds.size() == 1 ? ops::reshape(x, {}) : x; }
  CountOptions options_;
  CountVariables counts_;
};

template <class Self, class ConfigType>
class Count : public AtThresholds<Self, ConfigType> {
 public:
  explicit Count(ConfigType c) : AtThresholds<Self, ConfigType>(std::move(c), 0.5) {
    this->counts_.*Self::kCounted = this->counter("accumulator");
  }
  Tensor result() const override { return this->shown((this->counts_.*Self::kCounted).value()); }
};

struct TruePositivesMetric final : Count<TruePositivesMetric, TruePositivesConfig> {
  static constexpr const char* kName = "TruePositives";
  static constexpr Variable CountVariables::*kCounted = &CountVariables::tp;
  using Count::Count;
};

struct FalsePositivesMetric final : Count<FalsePositivesMetric, FalsePositivesConfig> {
  static constexpr const char* kName = "FalsePositives";
  static constexpr Variable CountVariables::*kCounted = &CountVariables::fp;
  using Count::Count;
};

struct TrueNegativesMetric final : Count<TrueNegativesMetric, TrueNegativesConfig> {
  static constexpr const char* kName = "TrueNegatives";
  static constexpr Variable CountVariables::*kCounted = &CountVariables::tn;
  using Count::Count;
};

struct FalseNegativesMetric final : Count<FalseNegativesMetric, FalseNegativesConfig> {
  static constexpr const char* kName = "FalseNegatives";
  static constexpr Variable CountVariables::*kCounted = &CountVariables::fn;
  using Count::Count;
};

/// True positives of them and of another count.
template <class Self, class ConfigType>
class Ratio : public AtThresholds<Self, ConfigType> {
 public:
  explicit Ratio(ConfigType c) : AtThresholds<Self, ConfigType>(c, c.top_k ? -1e10 : 0.5) {
    this->options_.top_k = c.top_k, this->options_.class_id = c.class_id;
    this->counts_.tp = this->counter("true_positives");
    this->counts_.*Self::kOther = this->counter(Self::kOtherName);
  }
  Tensor result() const override {
    const Tensor tp = this->counts_.tp.value();
    return this->shown(divide_no_nan(tp, tp + (this->counts_.*Self::kOther).value()));
  }
};

struct PrecisionMetric final : Ratio<PrecisionMetric, PrecisionConfig> {
  static constexpr const char* kName = "Precision";
  static constexpr Variable CountVariables::*kOther = &CountVariables::fp;
  static constexpr const char* kOtherName = "false_positives";
  using Ratio::Ratio;
};

struct RecallMetric final : Ratio<RecallMetric, RecallConfig> {
  static constexpr const char* kName = "Recall";
  static constexpr Variable CountVariables::*kOther = &CountVariables::fn;
  static constexpr const char* kOtherName = "false_negatives";
  using Ratio::Ratio;
};

}  // namespace

namespace metrics {
TruePositives::TruePositives(TruePositivesConfig c) : Metric(std::make_shared<TruePositivesMetric>(std::move(c))) {}
FalsePositives::FalsePositives(FalsePositivesConfig c) : Metric(std::make_shared<FalsePositivesMetric>(std::move(c))) {}
TrueNegatives::TrueNegatives(TrueNegativesConfig c) : Metric(std::make_shared<TrueNegativesMetric>(std::move(c))) {}
FalseNegatives::FalseNegatives(FalseNegativesConfig c) : Metric(std::make_shared<FalseNegativesMetric>(std::move(c))) {}
Precision::Precision(PrecisionConfig c) : Metric(std::make_shared<PrecisionMetric>(std::move(c))) {}
Recall::Recall(RecallConfig c) : Metric(std::make_shared<RecallMetric>(std::move(c))) {}
}  // namespace metrics

void add_confusion_metrics(Registry<MetricImpl>& r) {
  add_metric<TruePositivesMetric>(r);
  add_metric<FalsePositivesMetric>(r);
  add_metric<TrueNegativesMetric>(r);
  add_metric<FalseNegativesMetric>(r);
  add_metric<PrecisionMetric>(r);
  add_metric<RecallMetric>(r);
}

}  // namespace cornu
