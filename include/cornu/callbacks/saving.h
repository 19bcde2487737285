// Callbacks that write models and checkpoints.
#pragma once
#include <cornu/callbacks/callback.h>

#include <optional>

namespace cornu::callbacks {

/// "epoch", or a number of batches.
class CORNU_API SaveFreq {
 public:
  SaveFreq(const char* name);
  SaveFreq(int64_t batches);
  SaveFreq(int batches) : SaveFreq(int64_t{batches}) {}
  bool each_epoch() const { return batches_ == 0; }
  int64_t batches() const { return batches_; }

 private:
  int64_t batches_ = 0;
};

struct ModelCheckpointConfig {
  Text filepath;  ///< May name logs and formats: "model-{epoch:02d}-{val_loss:.2f}.keras".
  Text monitor = "val_loss";
  int verbose = 0;
  bool save_best_only = false;
  bool save_weights_only = false;  ///< The file must then end in ".weights.h5", otherwise in ".keras".
  Text mode = "auto";              ///< "min", "max", or by the metric.
  SaveFreq save_freq = "epoch";
  std::optional<double> initial_value_threshold{};  ///< What the first model must better to be saved.
};
/// Saves the model, or its weights, each epoch or every so many batches.
CORNU_API std::shared_ptr<Callback> ModelCheckpoint(ModelCheckpointConfig config);

struct BackupAndRestoreConfig {
  Text backup_dir;
  SaveFreq save_freq = "epoch";
  bool double_checkpoint = false;  ///< Keeps the checkpoint before the last, too.
  bool delete_checkpoint = true;   ///< At the end of training.
};
/// Checkpoints training, so that the same program, run again after a crash, goes on where it was: to the same bits as
/// if it had never stopped.
CORNU_API std::shared_ptr<Callback> BackupAndRestore(BackupAndRestoreConfig config);

}  // namespace cornu::callbacks
