// A fit that is going on, and how it is taken into a checkpoint and out of it.
#pragma once
#include "nn/model.h"
#include "saving/checkpoint.h"
#include "train/callback_list.h"
#include "train/loop.h"

namespace cornu {

struct Run {
  Trainer& trainer;
  EpochLoop& loop;
  CallbackList& callbacks;
  int64_t epoch = 0;

  /// Everything but what the model itself has.
  TrainingState state(const ModelImpl& model) const;
  /// The opposite; returns the batch at which the epoch goes on. CallError if the data or the callbacks are others.
  int64_t take(ModelImpl& model, const TrainingState& state);
};

/// Measures on what was kept back; empty if nothing was. Gives nothing where the data have ended.
using Validation = std::function<std::optional<Logs>()>;

/// Makes the run known to checkpoints while it goes on.
struct RunScope {
  ModelImpl& model;
  RunScope(ModelImpl& m, Run& run) : model(m) {
    const std::lock_guard lock(m.busy);
    m.run = &run;
    m.fits = 1;
  }
  ~RunScope() {
    const std::lock_guard lock(model.busy);
    model.run = nullptr;
    model.fits = 0;
  }
  RunScope(const RunScope&) = delete;
  RunScope& operator=(const RunScope&) = delete;
};

/// All of fit but its data: epochs of training and validation with their callbacks, from where a checkpoint left off if
/// one was taken.
History run_epochs(Model& model, Trainer& trainer, EpochLoop& loop, const Validation& validation,
                   const FitConfig& config);

/// ConfigError for what no fit can do.
void check_fit(const std::string& who, const FitConfig& config);
/// That of validation_source, or of these arrays, if there are any. The model is built.
Validation make_validation(const std::string& who, ModelImpl& model, Trainer& trainer, const FitConfig& config,
                           const std::optional<ArrayData>& arrays);

}  // namespace cornu
