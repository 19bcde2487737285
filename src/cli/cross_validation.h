// Cross-validation on the command line.
#pragma once
#include <cornu/cross_validation.h>

#include "cli/report.h"
#include "cli/run_checkpoint.h"
#include "cli/training.h"

namespace cornu::cli {

struct FoldsOutcome {
  CrossValidation figures;  ///< Of the reports on the rows that each fold's model has not seen.
  int64_t epochs = 0;       ///< The mean of the folds' best epochs: what a training on all rows needs.
  Report classes{};         ///< What the figures hide of rare ones, on the rows of all folds.
};
/// Trains and measures a model for each fold, stratified if the target is of classes. Preprocessing is fitted anew, and
/// early stopping watches a part of the fold's own training rows. Prints a line for each fold. Folds that `checkpoint`
/// has are not trained again.
FoldsOutcome run_folds(const Dataset& data, const TrainArgs& args, RunCheckpoint& checkpoint);
/// The means and deviations, for people and as JSON.
Report folds_report(const FoldsOutcome& outcome);

}  // namespace cornu::cli
