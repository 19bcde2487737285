// The checkpoint of a run of `cornu train`: kept while it goes on, taken up by --resume.
#pragma once
#include <cornu/model.h>

namespace cornu::cli {

/// Thrown out of fit when the signal to stop came and the checkpoint is written.
struct Interrupted {
  int64_t epoch = 0;
  std::string where{};  ///< " of fold 2 of 5"
};

/// A run trains one model, or first one for each fold of a cross-validation. What the folds before gave is kept too.
class RunCheckpoint {
 public:
  /// `settings`: by flag, all that decides what comes of the run but how many epochs it has; `epochs`: those asked for,
  /// or 0. `every`: seconds between checkpoints.
  RunCheckpoint(std::string path, Value settings, int64_t epochs, double every);
  const std::string& path() const { return state_.path; }
  /// UsageError if there is a checkpoint: without --resume it would be lost.
  void need_none() const;
  /// Takes up the run. UsageError if there is no checkpoint, it is of a run with other settings, or it
  /// has folds of another number of epochs.
  void read();
  /// What the folds that are finished gave, one after another.
  Value& folds() { return state_.folds; }
  /// The next training keeps the checkpoint, on `data` that have this fingerprint; the first one after `read` goes on
  /// where the run was stopped. UsageError if that was on other data or in a later epoch than `fit` has.
  /// Gives the seconds that were spent before it was stopped.
  double follow(Model& model, FitConfig& fit, const std::string& data);
  /// The run is over.
  void remove();

 private:
  struct State {
    std::string path;
    Value settings, folds;
    int64_t epochs;
    double every;
  };
  struct Keeper;
  State state_;
  Value found_;  ///< Of the file, until a training has taken it up.
};

}  // namespace cornu::cli
