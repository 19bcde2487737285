// The callbacks of one run of fit, with the history and the progress bar that fit adds itself.
#pragma once
#include <cornu/model.h>

namespace cornu {

class CallbackList {
 public:
  CallbackList(const Model& model, const Callbacks& users, const FitParams& params);
  void train_begin();
  void train_end(const Logs& logs);
  /// `again`: an epoch that a checkpoint is in the middle of, whose beginning the users' callbacks have seen.
  void epoch_begin(int64_t epoch, bool again = false);
  void epoch_end(int64_t epoch, Logs& logs);
  void test_begin();
  void test_end(const Logs& logs);
  void batch_begin(int64_t batch);
  /// After one batch, or after a run of batches if nobody wants each.
  void batch_end(int64_t batch, const std::function<Logs()>& logs);
  bool wants_batches() const { return wants_batches_; }
  const History& history() const { return history_; }
  History& history() { return history_; }
  /// After a batch or epoch, when history and all callbacks have it.
  void safe_point();
  const Callbacks& users() const { return users_; }

 private:
  Model model_;
  Callbacks users_, callbacks_;
  std::shared_ptr<Callback> progress_;
  History history_;
  bool wants_batches_ = false;
};

/// Keras' verbose as it is meant: -1 is a bar on a terminal, lines elsewhere.
int verbosity(int verbose);
/// The progress bar (verbose 1) or line per epoch (verbose 2) of Keras; quiet if 0.
std::shared_ptr<Callback> make_progress(const FitParams& params);

}  // namespace cornu
