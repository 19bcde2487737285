// What a callback is: hooks of the host around epochs and batches.
#pragma once
#include <cornu/tensor.h>
#include <cornu/tree.h>
#include <cornu/value.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cornu {

class CallbackList;
class Model;

/// Named numbers in Keras' order (sorted by name, validation behind). A metric of several values, as the recall at some
/// thresholds, is here by their mean; the metric itself has them all. A value, like History.
class CORNU_API Logs : public std::vector<std::pair<std::string, double>> {
 public:
  using std::vector<std::pair<std::string, double>>::vector;
  /// CallError that lists the names if there is none of that name.
  double operator[](const Text& name) const;
  double& set(const Text& name);
  const double* find(const Text& name) const;
};

/// What fit returns: each epoch's logs.
struct CORNU_API History {
  std::vector<int64_t> epoch;
  std::map<std::string, std::vector<double>> history;
  /// One metric over the epochs; CallError if it was not recorded.
  const std::vector<double>& operator[](const Text& name) const;
};

/// What a run of fit is about.
struct FitParams {
  int64_t epochs = 1, steps = -1;  ///< steps: of an epoch, -1 if unknown
  int verbose = 1;
};

/// Shared by whoever has a pointer to it. One fit or evaluation has it at a time, and calls it on its own thread: while
/// it is in one, CallError is what another gets.
class CORNU_API Callback {
 public:
  Callback() = default;
  Callback(const Callback& o) : params(o.params) {}
  Callback& operator=(const Callback& o) {
    params = o.params;
    return *this;
  }
  virtual ~Callback() = default;
  virtual void on_train_begin() {}
  virtual void on_train_end(const Logs&) {}
  virtual void on_epoch_begin(int64_t) {}
  virtual void on_epoch_end(int64_t, Logs&) {}
  /// Called only if wants_batches(); `logs` computes the running values when called.
  virtual void on_train_batch_begin(int64_t) {}
  virtual void on_train_batch_end(int64_t, const std::function<Logs()>& /*logs*/) {}
  virtual void on_test_begin() {}
  virtual void on_test_end(const Logs&) {}
  virtual bool wants_batches() const { return false; }
  /// Of evaluation, within fit too; called only if wants_test_batches().
  virtual void on_test_batch_begin(int64_t) {}
  virtual void on_test_batch_end(int64_t, const std::function<Logs()>& /*logs*/) {}
  virtual bool wants_test_batches() const { return false; }
  virtual void on_predict_begin() {}
  virtual void on_predict_end() {}
  /// Of prediction; called only if wants_predict_batches().
  virtual void on_predict_batch_begin(int64_t) {}
  virtual void on_predict_batch_end(int64_t, const Tree<Tensor>& /*outputs*/) {}
  virtual bool wants_predict_batches() const { return false; }
  /// After every callback has seen the end of a batch (or of a run of them, if none wants each) or of an epoch: the
  /// moment at which a checkpoint is whole.
  virtual void on_safe_point() {}
  /// What a checkpoint must hold for the callback to go on as if never interrupted: numbers and texts, and arrays.
  virtual Value state() const;
  virtual std::vector<Tensor> state_arrays() const;
  /// What a checkpoint calls the state by, so that it finds its callback again: the class.
  virtual std::string kind() const;
  /// Called after on_train_begin.
  virtual void set_state(const Value& /*state*/, const std::vector<Tensor>& /*arrays*/) {}

  Model* model = nullptr;  ///< Set before on_train_begin, null again after on_train_end.
  FitParams params;

 private:
  friend class CallbackList;
  CallbackList* user_ = nullptr;  ///< The fit that has it.
};
using Callbacks = std::vector<std::shared_ptr<Callback>>;

}  // namespace cornu
