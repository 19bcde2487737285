// Callbacks that change the learning rate.
#pragma once
#include <cornu/callbacks/callback.h>

namespace cornu::callbacks {

struct ReduceLROnPlateauConfig {
  Text monitor = "val_loss";
  double factor = 0.1;
  int64_t patience = 10;
  int verbose = 0;
  Text mode = "auto";       ///< "min", "max", or by the metric.
  double min_delta = 1e-4;  ///< Smaller changes are no improvement.
  int64_t cooldown = 0;     ///< Epochs to wait after a reduction.
  double min_lr = 0;
};
/// Multiplies the learning rate by `factor` when a metric has stopped improving.
CORNU_API std::shared_ptr<Callback> ReduceLROnPlateau(ReduceLROnPlateauConfig config = {});

/// The rate of the next epoch from its number and the present rate.
using RateFunction = std::function<double(int64_t epoch, double rate)>;
struct LearningRateSchedulerConfig {
  RateFunction schedule{};
  int verbose = 0;
};
CORNU_API std::shared_ptr<Callback> LearningRateScheduler(LearningRateSchedulerConfig config);

}  // namespace cornu::callbacks
