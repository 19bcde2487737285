// A training as the command line runs it: parts of the data, stopping, and what came of it.
#pragma once
#include "cli/build_model.h"
#include "cli/dataset.h"

namespace cornu::cli {

struct TrainArgs {
  DataArgs data;
  ModelArgs model;
  std::string out = "model.keras";
  int64_t epochs = 0, batch_size = 0, patience = 20, folds = 0;
  double validation = 0.15, test = 0.15, threshold = 0.5;
  uint64_t seed = 0;
  bool resume = false, quiet = false, verbose = false, stream = false;
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

/// Adds what ends a training in time; `progress`: as the user wants to see it.
FitConfig fit_config(const TrainArgs& args, const Parts& parts, bool progress);

struct Outcome {
  History history;
  double seconds = 0, best = 0;
  int64_t best_epoch = 0;
  std::string watched;  ///< "val_loss" or "loss".
  std::string why_ended;
};
/// UsageError if the weights were lost, that is became NaN.
Outcome run_training(Model& model, const TrainArgs& args, const Parts& parts, const FitConfig& fit);

}  // namespace cornu::cli
