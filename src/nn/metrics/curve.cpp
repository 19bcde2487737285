// The best value of one rate where another is at least a given one, and areas under curves.
#include <cornu/metrics/confusion.h>
#include <cornu/ops.h>

#include <algorithm>
#include <cmath>

#include "nn/metrics/counts.h"
#include "nn/metrics/families.h"
#include "nn/metrics/mean.h"

namespace cornu {

using namespace metrics;

template <>
struct Describe<SensitivityAtSpecificityConfig> {
  using T = SensitivityAtSpecificityConfig;
  static constexpr auto fields =
      metric_fields<T>(field("class_id", &T::class_id), field("num_thresholds", &T::num_thresholds),
                       required("specificity", &T::specificity));
};
template <>
struct Describe<SpecificityAtSensitivityConfig> {
  using T = SpecificityAtSensitivityConfig;
  static constexpr auto fields =
      metric_fields<T>(field("class_id", &T::class_id), field("num_thresholds", &T::num_thresholds),
                       required("sensitivity", &T::sensitivity));
};
template <>
struct Describe<PrecisionAtRecallConfig> {
  using T = PrecisionAtRecallConfig;
  static constexpr auto fields = metric_fields<T>(
      field("class_id", &T::class_id), field("num_thresholds", &T::num_thresholds), required("recall", &T::recall));
};
template <>
struct Describe<RecallAtPrecisionConfig> {
  using T = RecallAtPrecisionConfig;
  static constexpr auto fields =
      metric_fields<T>(field("class_id", &T::class_id), field("num_thresholds", &T::num_thresholds),
                       required("precision", &T::precision));
};
template <>
struct Describe<AUCConfig> {
  using T = AUCConfig;
  static constexpr auto fields =
      metric_fields<T>(field("num_thresholds", &T::num_thresholds), field("curve", &T::curve),
                       field("summation_method", &T::summation_method), field("multi_label", &T::multi_label),
                       field("num_labels", &T::num_labels), field("label_weights", &T::label_weights),
                       field("from_logits", &T::from_logits), field("thresholds", &T::thresholds));
};

namespace {

/// n thresholds from 0 to 1; `margin` moves the outer ones beyond.
std::vector<double> spread(int64_t n, double margin) {
  std::vector<double> out{-margin};
  for (int64_t i = 1; i + 1 < n; ++i) out.push_back(static_cast<double>(i) / static_cast<double>(n - 1));
  out.push_back(1 + margin);
  return out;
}

/// All four counts at many thresholds, and rates of them.
template <class Self, class ConfigType>
class Curve : public WithConfig<Self, MetricImpl, ConfigType> {
 public:
  using WithConfig<Self, MetricImpl, ConfigType>::WithConfig;
  std::string name() const override { return this->config.name; }
  void update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    count_decisions(counts_, options_, y_true, y_pred, sample_weight);
  }

 protected:
  void start(const Shape& shape) {
    require_floating(this->config.dtype);
    counts_.tp = this->add_variable("true_positives", shape, 0, this->config.dtype);
    counts_.fp = this->add_variable("false_positives", shape, 0, this->config.dtype);
    counts_.tn = this->add_variable("true_negatives", shape, 0, this->config.dtype);
    counts_.fn = this->add_variable("false_negatives", shape, 0, this->config.dtype);
  }
  int64_t size() const { return static_cast<int64_t>(options_.thresholds.size()); }
  Tensor tp() const { return counts_.tp.value(); }
  Tensor fp() const { return counts_.fp.value(); }
  Tensor tn() const { return counts_.tn.value(); }
  Tensor fn() const { return counts_.fn.value(); }
  Tensor sensitivity() const { return divide_no_nan(tp(), tp() + fn()); }  // also called recall
  Tensor specificity() const { return divide_no_nan(tn(), tn() + fp()); }
  Tensor precision() const { return divide_no_nan(tp(), tp() + fp()); }
  CountOptions options_;
  CountVariables counts_;
};

/// The largest `wanted` where `bound` is at least `least`.
template <class Self, class ConfigType>
class BestAt : public Curve<Self, ConfigType> {
 public:
  explicit BestAt(ConfigType c) : Curve<Self, ConfigType>(c) {
    if (c.num_thresholds <= 0)
      throw ConfigError(Self::kName,
                        text("Argument `num_thresholds` must be an integer > 0, got {}", c.num_thresholds));
    if (c.*Self::kLeast < 0 || c.*Self::kLeast > 1)
      throw ConfigError(Self::kName,
                        text("`{}` must be in the range [0, 1]. Received: {}", Self::kBound, c.*Self::kLeast));
    this->options_.class_id = c.class_id;
    this->options_.even = c.num_thresholds > 1;
    this->options_.thresholds = c.num_thresholds == 1 ? std::vector<double>{0.5} : spread(c.num_thresholds, 0);
    this->start({this->size()});
  }

 protected:
  Tensor best(const Tensor& bound, const Tensor& wanted) const {
    return ops::max(ops::where(bound >= this->config.*Self::kLeast, wanted, ops::like_scalar(0, wanted)));
  }
};

struct SensitivityAtSpecificityMetric final : BestAt<SensitivityAtSpecificityMetric, SensitivityAtSpecificityConfig> {
  static constexpr const char* kName = "SensitivityAtSpecificity";
  static constexpr double SensitivityAtSpecificityConfig::*kLeast = &SensitivityAtSpecificityConfig::specificity;
  static constexpr const char* kBound = "specificity";
  using BestAt::BestAt;
  Tensor result() const override { return best(specificity(), sensitivity()); }
};

struct SpecificityAtSensitivityMetric final : BestAt<SpecificityAtSensitivityMetric, SpecificityAtSensitivityConfig> {
  static constexpr const char* kName = "SpecificityAtSensitivity";
  static constexpr double SpecificityAtSensitivityConfig::*kLeast = &SpecificityAtSensitivityConfig::sensitivity;
  static constexpr const char* kBound = "sensitivity";
  using BestAt::BestAt;
  Tensor result() const override { return best(sensitivity(), specificity()); }
};

struct PrecisionAtRecallMetric final : BestAt<PrecisionAtRecallMetric, PrecisionAtRecallConfig> {
  static constexpr const char* kName = "PrecisionAtRecall";
  static constexpr double PrecisionAtRecallConfig::*kLeast = &PrecisionAtRecallConfig::recall;
  static constexpr const char* kBound = "recall";
  using BestAt::BestAt;
  Tensor result() const override { return best(sensitivity(), precision()); }
};

struct RecallAtPrecisionMetric final : BestAt<RecallAtPrecisionMetric, RecallAtPrecisionConfig> {
  static constexpr const char* kName = "RecallAtPrecision";
  static constexpr double RecallAtPrecisionConfig::*kLeast = &RecallAtPrecisionConfig::precision;
  static constexpr const char* kBound = "precision";
  using BestAt::BestAt;
  Tensor result() const override { return best(precision(), sensitivity()); }
};

/// A list, or Keras' form of a tensor of rank 1.
std::vector<double> label_weights_of(const Value& v) {
  if (v.is_null()) return {};
  const Value* config = v.find("config");
  return Codec<std::vector<double>>::from_value(config ? config->at("value") : v);
}
std::string one_of(const char* what, const std::string& got, std::initializer_list<const char*> known) {
  const auto lower = [](std::string s) {
    for (char& c : s)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return s;
  };
  for (const char* k : known)
    if (lower(k) == lower(got)) return k;
  throw ConfigError("AUC", text("Invalid AUC {} value: \"{}\". It must be one of {}", what, got,
                                Arg(std::vector<std::string>(known.begin(), known.end())).text));
}

struct AUCMetric final : Curve<AUCMetric, AUCConfig> {
  static constexpr const char* kName = "AUC";
  explicit AUCMetric(AUCConfig c) : Curve(std::move(c)) {
    config.curve = one_of("curve", config.curve, {"ROC", "PR", "PRGAIN"});
    config.summation_method =
        one_of("summation method", config.summation_method, {"interpolation", "majoring", "minoring"});
    weights_ = label_weights_of(config.label_weights);
    options_.by_label = config.multi_label;
    if (!config.multi_label) options_.label_weights = weights_;
    if (config.thresholds) {
      std::vector<double> t = *config.thresholds;
      std::sort(t.begin(), t.end());
      config.num_thresholds = static_cast<int64_t>(t.size()) + 2;
      options_.thresholds = spread(2, 1e-7);
      options_.thresholds.insert(options_.thresholds.begin() + 1, t.begin(), t.end());
    } else {
      if (config.num_thresholds <= 1)
        throw ConfigError(kName,
                          text("Argument `num_thresholds` must be an integer > 1, got {}", config.num_thresholds));
      options_.thresholds = spread(config.num_thresholds, 1e-7);
    }
    options_.even = !config.thresholds || evenly_spread(options_.thresholds);
    if (!config.multi_label && config.num_labels)
      throw ConfigError(kName, "num_labels is needed only when multi_label is true");
    if (!config.multi_label) start({size()});
    if (config.multi_label && config.num_labels) start({size(), *config.num_labels});
  }
  Value get_config() const override {
    Value out = Curve::get_config();
    if (!config.thresholds) out.erase("thresholds");  // as Keras writes it
    if (config.label_weights.is_array()) {
      Value tensor = Value::object(), inner = Value::object();
      inner["value"] = Codec<std::vector<double>>::to_value(weights_);
      inner["dtype"] = to_string(config.dtype);
      tensor["class_name"] = "__tensor__";
      tensor["config"] = std::move(inner);
      out["label_weights"] = std::move(tensor);
    }
    return out;
  }
  void build(const Shape&, const Shape& y_pred) override {
    if (counts_.tp.defined()) return;
    if (y_pred.rank() != 2 || y_pred.dim(1) < 0)
      throw ShapeError(kName, text("with multi_label it expects (samples, labels), got {}", y_pred));
    start({size(), y_pred.dim(1)});
  }
  void update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    Curve::update(y_true, config.from_logits ? ops::sigmoid(y_pred) : y_pred, sample_weight);
  }
  Tensor result() const override {
    if (config.curve == "PR" && config.summation_method == "interpolation") return over_labels(interpolated_pr());
    Tensor x, y;
    if (config.curve == "ROC") {
      x = divide_no_nan(fp(), fp() + tn()), y = sensitivity();
    } else if (config.curve == "PR") {
      x = sensitivity(), y = precision();
    } else {
      const Tensor scale = divide_no_nan(tp() + fn(), tn() + fp());
      const Tensor none = ops::equal(tp(), ops::like_scalar(0, tp()));
      x = 1.0 - scale * divide_no_nan(fn(), tp());
      x = ops::maximum(ops::where(none, ops::like_scalar(0, x), x), ops::like_scalar(0, x));
      y = 1.0 - scale * divide_no_nan(fp(), tp());
      y = ops::where(none, ops::like_scalar(1, y), y);
    }
    const Tensor a = but_last(y), b = but_first(y);
    const Tensor height = config.summation_method == "interpolation" ? (a + b) / 2.0
                          : config.summation_method == "minoring"    ? ops::minimum(a, b)
                                                                     : ops::maximum(a, b);
    return over_labels((but_last(x) - but_first(x)) * height);
  }

 private:
  static Tensor but_last(const Tensor& x) { return ops::slice(x, 0, 0, -1); }
  static Tensor but_first(const Tensor& x) { return ops::slice(x, 0, 1); }
  /// Between two thresholds both counts grow linearly, so that precision does not: Davis and Goadrich, 2006.
  Tensor interpolated_pr() const {
    const Tensor zero = Tensor::scalar(0, config.dtype), p = tp() + fp();
    const Tensor d_tp = but_last(tp()) - but_first(tp()), d_p = but_last(p) - but_first(p);
    const Tensor slope = divide_no_nan(d_tp, ops::maximum(d_p, zero));
    const Tensor intercept = but_first(tp()) - slope * but_first(p);
    const Tensor both = ops::logical_and(but_last(p) > zero, but_first(p) > zero);
    const Tensor ratio =
        ops::where(both, divide_no_nan(but_last(p), ops::maximum(but_first(p), zero)), Tensor::scalar(1, config.dtype));
    return divide_no_nan(slope * (d_tp + intercept * ops::log(ratio)),
                         ops::maximum(but_first(tp()) + but_first(fn()), zero));
  }
  /// Where a class never came up, the curve is not defined: NaN, as the area 0 would read as the worst of all. Nothing
  /// at all is 0, as for all metrics.
  Tensor defined(const Tensor& areas) const {
    const auto first = [](const Tensor& x) { return ops::squeeze(ops::slice(x, 0, 0, 1), 0); };
    const Tensor positives = first(tp() + fn()), negatives = first(fp() + tn()), zero = ops::zeros_like(positives);
    Tensor missing = ops::equal(positives, zero);
    if (config.curve != "PR") missing = ops::logical_or(missing, ops::equal(negatives, zero));
    missing = ops::logical_and(missing, ops::not_equal(positives + negatives, zero));
    return ops::where(missing, ops::like_scalar(std::nan(""), areas), areas);
  }
  /// The mean over the labels for which it is defined.
  Tensor over_labels(const Tensor& parts) const {
    if (!config.multi_label) return defined(ops::sum(parts));
    const Tensor areas = defined(ops::sum(parts, {0})), counts = ops::logical_not(ops::isnan(areas));
    const Tensor given = weights_.empty() ? ops::ones_like(areas) : Tensor(areas.shape(), weights_).to(config.dtype);
    const Tensor w = ops::where(counts, given, ops::zeros_like(given)),
                 mean = ops::sum(weighed(areas, w)) / ops::sum(w);
    return mean;
  }
  std::vector<double> weights_;
};

}  // namespace

namespace metrics {
SensitivityAtSpecificity::SensitivityAtSpecificity(SensitivityAtSpecificityConfig c)
    : Metric(std::make_shared<SensitivityAtSpecificityMetric>(std::move(c))) {}
SpecificityAtSensitivity::SpecificityAtSensitivity(SpecificityAtSensitivityConfig c)
    : Metric(std::make_shared<SpecificityAtSensitivityMetric>(std::move(c))) {}
PrecisionAtRecall::PrecisionAtRecall(PrecisionAtRecallConfig c)
    : Metric(std::make_shared<PrecisionAtRecallMetric>(std::move(c))) {}
RecallAtPrecision::RecallAtPrecision(RecallAtPrecisionConfig c)
    : Metric(std::make_shared<RecallAtPrecisionMetric>(std::move(c))) {}
AUC::AUC(AUCConfig c) : Metric(std::make_shared<AUCMetric>(std::move(c))) {}
}  // namespace metrics

void add_curve_metrics(Registry<MetricImpl>& r) {
  add_metric<SensitivityAtSpecificityMetric>(r);
  add_metric<SpecificityAtSensitivityMetric>(r);
  add_metric<PrecisionAtRecallMetric>(r);
  add_metric<RecallAtPrecisionMetric>(r);
  add_metric<AUCMetric>(r);
}

}  // namespace cornu
