// The callbacks of one run of fit, with the history and the progress bar that fit adds itself.
#pragma once
#include <cornu/model.h>

#include <thread>

namespace cornu {

/// Has its callbacks to itself: CallError if another fit or evaluation has one of them, unless that is one of the same
/// model around this one, on the same thread.
class CallbackList {
 public:
  CallbackList(const Model& model, const Callbacks& users, const FitParams& params);
  ~CallbackList();
  CallbackList(const CallbackList&) = delete;
  CallbackList& operator=(const CallbackList&) = delete;
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
  void take(const std::shared_ptr<Callback>& callback, size_t index, const FitParams& params);
  void give_back();
  /// A callback as it was before.
  struct Taken {
    std::shared_ptr<Callback> callback;
    CallbackList* user;
    Model* model;
    FitParams params;
  };
  Model model_;
  std::thread::id thread_ = std::this_thread::get_id();
  std::vector<Taken> taken_;
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
