// Losses as metrics: cross-entropies, divergences, hinge losses.
#pragma once
#include <cornu/metrics/metric.h>

namespace cornu::metrics {

struct BinaryCrossentropyConfig {
  Text name = "binary_crossentropy";
  DType dtype = floatx();
  bool from_logits = false;
  double label_smoothing = 0;
};
/// The mean of the loss of that name.
struct CORNU_API BinaryCrossentropy : Metric {
  explicit BinaryCrossentropy(BinaryCrossentropyConfig config = {});
};

struct CategoricalCrossentropyConfig {
  Text name = "categorical_crossentropy";
  DType dtype = floatx();
  bool from_logits = false;
  double label_smoothing = 0;
  int axis = -1;
};
/// The mean of the loss of that name.
struct CORNU_API CategoricalCrossentropy : Metric {
  explicit CategoricalCrossentropy(CategoricalCrossentropyConfig config = {});
};

struct SparseCategoricalCrossentropyConfig {
  Text name = "sparse_categorical_crossentropy";
  DType dtype = floatx();
  bool from_logits = false;
  std::optional<int64_t> ignore_class{};
  int axis = -1;
};
/// The mean of the loss of that name; samples of the ignored class count as 0.
struct CORNU_API SparseCategoricalCrossentropy : Metric {
  explicit SparseCategoricalCrossentropy(SparseCategoricalCrossentropyConfig config = {});
};

struct KLDivergenceConfig {
  Text name = "kl_divergence";
  DType dtype = floatx();
};
/// The mean of the loss of that name.
struct CORNU_API KLDivergence : Metric {
  explicit KLDivergence(KLDivergenceConfig config = {});
};

struct PoissonConfig {
  Text name = "poisson";
  DType dtype = floatx();
};
/// The mean of the loss of that name.
struct CORNU_API Poisson : Metric {
  explicit Poisson(PoissonConfig config = {});
};

struct HingeConfig {
  Text name = "hinge";
  DType dtype = floatx();
};
/// The mean of the loss of that name.
struct CORNU_API Hinge : Metric {
  explicit Hinge(HingeConfig config = {});
};

struct SquaredHingeConfig {
  Text name = "squared_hinge";
  DType dtype = floatx();
};
/// The mean of the loss of that name.
struct CORNU_API SquaredHinge : Metric {
  explicit SquaredHinge(SquaredHingeConfig config = {});
};

struct CategoricalHingeConfig {
  Text name = "categorical_hinge";
  DType dtype = floatx();
};
/// The mean of the loss of that name.
struct CORNU_API CategoricalHinge : Metric {
  explicit CategoricalHinge(CategoricalHingeConfig config = {});
};

struct MeanMetricWrapperConfig {
  Value fn{};  ///< A loss' name, or Keras' form of its function.
  Text name = "mean_metric_wrapper";
  DType dtype = floatx();
  Value delta{};
  Value from_logits{};
  Value label_smoothing{};
  Value axis{};
  Value ignore_class{};
};
/// The mean of any loss, with what arguments of it are given: Keras' form of a function among the metrics.
struct CORNU_API MeanMetricWrapper : Metric {
  explicit MeanMetricWrapper(MeanMetricWrapperConfig config = {});
};

}  // namespace cornu::metrics
