// Callbacks that end training.
#pragma once
#include <cornu/callbacks/callback.h>

#include <optional>

namespace cornu::callbacks {

struct EarlyStoppingConfig {
  Text monitor = "val_loss";
  double min_delta = 0;  ///< Smaller changes are no improvement.
  int64_t patience = 0;  ///< Epochs without improvement after which training stops.
  int verbose = 0;
  Text mode = "auto";  ///< "min", "max", or by the metric.
  std::optional<double> baseline{};
  bool restore_best_weights = false;
  int64_t start_from_epoch = 0;
};
/// Stops when a metric has stopped improving.
CORNU_API std::shared_ptr<Callback> EarlyStopping(EarlyStoppingConfig config = {});

struct TerminateOnNaNConfig {
  bool raise_error = false;  ///< CallError in place of a quiet end.
};
/// Stops at the first batch whose loss is not finite.
CORNU_API std::shared_ptr<Callback> TerminateOnNaN(TerminateOnNaNConfig config = {});

struct StopAtLossConfig {
  double threshold = 0;
};
/// Stops after the first epoch whose training loss is below `threshold`.
CORNU_API std::shared_ptr<Callback> StopAtLoss(StopAtLossConfig config);
CORNU_API std::shared_ptr<Callback> StopAtLoss(double threshold);

struct StopAtSmallUpdatesConfig {
  double threshold = 0;
};
/// Stops after the first epoch in which no weight changed by `threshold` or more.
CORNU_API std::shared_ptr<Callback> StopAtSmallUpdates(StopAtSmallUpdatesConfig config);
CORNU_API std::shared_ptr<Callback> StopAtSmallUpdates(double threshold);

}  // namespace cornu::callbacks
