// Means and sums of values.
#pragma once
#include <cornu/metrics/metric.h>

namespace cornu::metrics {

struct MeanConfig {
  Text name = "mean";
  DType dtype = floatx();
};
/// The mean of values, weighted by sample_weight if given; 0 before the first.
struct CORNU_API Mean : Metric {
  explicit Mean(MeanConfig config = {});
};

struct SumConfig {
  Text name = "sum";
  DType dtype = floatx();
};
/// The weighted sum of values.
struct CORNU_API Sum : Metric {
  explicit Sum(SumConfig config = {});
};

}  // namespace cornu::metrics
