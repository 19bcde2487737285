// A training as the command line runs it: parts of the data, stopping, and what came of it.
#pragma once
#include "cli/build_model.h"
#include "cli/command.h"
#include "cli/dataset.h"
#include "cli/run_checkpoint.h"

namespace cornu::cli {

struct TrainArgs {
  DataArgs data;
  ModelArgs model;
  std::string out = "model.keras";
  int64_t epochs = 0, batch_size = 0, patience = 20, folds = 0;
  double validation = 0.15, test = 0.15;
  std::string threshold, class_weight;
  double checkpoint_every = 20;  ///< Seconds.
  uint64_t seed = 0;
  bool test_given = false;  ///< Not by default.
  bool resume = false, quiet = false, verbose = false, stream = false;
  /// Of the files that are written.
  std::string stem() const { return out.substr(0, out.rfind('.')); }
};

/// The parts that training uses, whatever the source.
struct Parts {
  Tensor x_train, y_train, x_validation, y_validation, x_test, y_test;
  std::shared_ptr<DataSource> source{};  ///< In place of x_train, which then gives a row's shape, and y_train.
  int64_t train_rows = 0;
};
/// Reads the data and splits them; `data` keeps what is to be told about them.
Parts load_parts(Dataset& data, TrainArgs& args);
/// These rows of the whole; the schema of `info` becomes that of the training rows.
Parts parts_of(const Dataset& data, const SplitRows& rows, ModelInfo& info);

/// By flag, all that decides what comes of a run but its data and its number of epochs.
Value settings_of(const TrainArgs& args);

struct Outcome {
  History history;
  double seconds = 0, best = 0;
  int64_t best_epoch = 0, kept_epoch = 0;  ///< The weights are those of kept_epoch.
  std::string watched;                     ///< "val_loss" or "loss".
  std::string why_ended;
  int64_t epochs() const { return static_cast<int64_t>(history[watched].size()); }
};
/// The weights became NaN.
struct LostWeights : UsageError {
  using UsageError::UsageError;
};
/// Trains, and ends in time; LostWeights if that is for nothing. `checkpoint` follows the training. `progress`: as the
/// user wants to see it.
Outcome run_training(Model& model, const TrainArgs& args, const Parts& parts, const ModelInfo& info,
                     RunCheckpoint& checkpoint, bool progress);

}  // namespace cornu::cli
