// Means of precision and recall.
#include <cornu/metrics/f_score.h>
#include <cornu/ops.h>

#include "nn/losses/functions.h"
#include "nn/metrics/families.h"
#include "nn/metrics/mean.h"

namespace cornu {

using namespace metrics;
namespace f = loss_functions;

template <>
struct Describe<FBetaScoreConfig> {
  using T = FBetaScoreConfig;
  static constexpr auto fields =
      metric_fields<T>(field("average", &T::average), field("beta", &T::beta), field("threshold", &T::threshold));
};
template <>
struct Describe<F1ScoreConfig> {
  using T = F1ScoreConfig;
  static constexpr auto fields = metric_fields<T>(field("average", &T::average), field("threshold", &T::threshold));
};

namespace {

/// A float as Python writes it.
std::string as_python(double x) {
  const std::string plain = Arg(x).text;
  return plain.find_first_of(".en") == plain.npos ? plain + ".0" : plain;
}

/// Counts for each class, or over all for "micro". Derived classes tell beta.
template <class Self, class ConfigType>
class FScore : public WithConfig<Self, MetricImpl, ConfigType> {
 public:
  explicit FScore(ConfigType c) : WithConfig<Self, MetricImpl, ConfigType>(std::move(c)) {
    require_floating(this->config.dtype);
    const auto& [average, threshold] = std::tie(this->config.average, this->config.threshold);
    if (average && *average != "micro" && *average != "macro" && *average != "weighted")
      throw ConfigError(
          Self::kName,
          text("Invalid `average` argument value. Expected one of: {{None, 'micro', 'macro', 'weighted'}}. "
               "Received: average={}",
               *average));
    if (threshold && (*threshold <= 0 || *threshold > 1))
      throw ConfigError(
          Self::kName,
          text("Invalid `threshold` argument value. It should verify 0 < threshold <= 1. Received: threshold={}",
               as_python(*threshold)));
  }
  std::string name() const override { return this->config.name; }
  void build(const Shape& y_true, const Shape& y_pred) override {
    if (y_true.rank() != 2 || y_pred.rank() != 2 || y_pred.dim(1) < 0)
      throw ShapeError(Self::kName, text("expected (samples, classes), got {} and {}", y_true, y_pred));
    const Shape shape = micro() ? Shape() : Shape{y_pred.dim(1)};
    const DType t = this->config.dtype;
    both_ = this->add_variable("true_positives", shape, 0, t);
    only_pred_ = this->add_variable("false_positives", shape, 0, t);
    only_true_ = this->add_variable("false_negatives", shape, 0, t);
    labels_ = this->add_variable("intermediate_weights", shape, 0, t);
  }
  void update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    const DType t = this->config.dtype;
    const Tensor y = ops::cast(y_true, t), score = ops::cast(y_pred, t);
    const Tensor positive = this->config.threshold
                                ? score > *this->config.threshold
                                : ops::logical_and(score >= ops::max(score, {-1}, true), ops::abs(score) > 1e-9);
    const Tensor p = ops::cast(positive, t);
    const Tensor w = sample_weight.defined() ? ops::reshape(ops::cast(sample_weight, t), {-1, 1}) : Tensor();
    const auto count = [&](Variable& into, const Tensor& x) {
      accumulate(into, ops::sum(w.defined() ? weighed(x, w) : x, micro() ? ops::Axes{} : ops::Axes{0}));
    };
    count(both_, p * y);
    count(only_pred_, p * (1.0 - y));
    count(only_true_, (1.0 - p) * y);
    count(labels_, y);
  }
  Tensor result() const override {
    const Tensor hits = both_.value();
    const Tensor precision = hits / (hits + only_pred_.value() + f::kEpsilon);
    const Tensor recall = hits / (hits + only_true_.value() + f::kEpsilon);
    const double b2 = beta() * beta();
    const Tensor score = precision * recall / (b2 * precision + recall + f::kEpsilon) * (1 + b2);
    if (!this->config.average || micro()) return score;
    if (*this->config.average == "macro") return ops::mean(score);
    return ops::sum(score * (labels_.value() / (ops::sum(labels_.value()) + f::kEpsilon)));
  }

 protected:
  virtual double beta() const = 0;

 private:
  bool micro() const { return this->config.average == "micro"; }
  Variable both_, only_pred_, only_true_, labels_;
};

struct FBetaScoreMetric final : FScore<FBetaScoreMetric, FBetaScoreConfig> {
  static constexpr const char* kName = "FBetaScore";
  explicit FBetaScoreMetric(FBetaScoreConfig c) : FScore(std::move(c)) {
    if (config.beta <= 0)
      throw ConfigError(
          kName, text("Invalid `beta` argument value. It should be > 0. Received: beta={}", as_python(config.beta)));
  }
  double beta() const override { return config.beta; }
};

struct F1ScoreMetric final : FScore<F1ScoreMetric, F1ScoreConfig> {
  static constexpr const char* kName = "F1Score";
  using FScore::FScore;
  double beta() const override { return 1; }
};

}  // namespace

namespace metrics {
FBetaScore::FBetaScore(FBetaScoreConfig c) : Metric(std::make_shared<FBetaScoreMetric>(std::move(c))) {}
F1Score::F1Score(F1ScoreConfig c) : Metric(std::make_shared<F1ScoreMetric>(std::move(c))) {}
}  // namespace metrics

void add_f_score_metrics(Registry<MetricImpl>& r) {
  add_metric<FBetaScoreMetric>(r);
  add_metric<F1ScoreMetric>(r);
}

}  // namespace cornu
