// EarlyStopping, TerminateOnNaN, StopAtLoss, StopAtSmallUpdates.
#include <cornu/callbacks/stopping.h>

#include <cmath>

#include "base/output.h"
#include "train/callbacks/monitor.h"

namespace cornu {
namespace {

using namespace callbacks;

std::vector<Tensor> copies_of(const std::vector<Variable>& variables) {
  std::vector<Tensor> out;
  for (const Variable& v : variables) out.push_back(v.numpy());
  return out;
}

struct EarlyStoppingCallback final : Callback {
  EarlyStoppingConfig c;
  Monitor monitor;
  std::optional<double> best;
  std::vector<Tensor> best_weights;
  int64_t wait = 0, stopped_epoch = 0, best_epoch = 0;

  explicit EarlyStoppingCallback(EarlyStoppingConfig config)
      : c(std::move(config)), monitor("EarlyStopping", c.monitor, c.mode, c.min_delta) {}

  void on_train_begin() override {
    best.reset();
    best_weights.clear();
    wait = stopped_epoch = best_epoch = 0;
  }
  void on_epoch_end(int64_t epoch, Logs& logs) override {
    monitor.resolve(*model);
    const std::optional<double> current = monitor.value(logs);
    if (!current || epoch < c.start_from_epoch) return;
    const auto keep = [&] {
      best_epoch = epoch;
      if (c.restore_best_weights) best_weights = model->get_weights();
    };
    if (c.restore_best_weights && best_weights.empty()) keep();
    ++wait;
    if (monitor.improves(*current, best)) {
      best = current;
      keep();
      if (!c.baseline || monitor.improves(*current, c.baseline)) wait = 0;
      return;
    }
    if (wait >= c.patience && epoch > 0) {
      stopped_epoch = epoch;
      model->set_stop_training(true);
    }
  }
  void on_train_end(const Logs&) override {
    if (stopped_epoch > 0 && c.verbose > 0) say(text("Epoch {}: early stopping\n", stopped_epoch + 1));
    if (best_weights.empty()) return;
    if (c.verbose > 0) say(text("Restoring model weights from the end of the best epoch: {}.\n", best_epoch + 1));
    model->set_weights(best_weights);
  }
  Value state() const override {
    Value v = Value::object();
    v["best"] = optional_value(best);
    v["wait"] = wait;
    v["stopped_epoch"] = stopped_epoch;
    v["best_epoch"] = best_epoch;
    return v;
  }
  std::vector<Tensor> state_arrays() const override { return best_weights; }
  void set_state(const Value& v, const std::vector<Tensor>& arrays) override {
    best = optional_double(v.at("best"));
    wait = v.at("wait").as_int();
    stopped_epoch = v.at("stopped_epoch").as_int();
    best_epoch = v.at("best_epoch").as_int();
    best_weights = arrays;
  }
};

struct TerminateOnNaNCallback final : Callback {
  bool raise_error;
  explicit TerminateOnNaNCallback(bool raise) : raise_error(raise) {}
  bool wants_batches() const override { return true; }
  void on_train_batch_end(int64_t batch, const std::function<Logs()>& logs) override {
    const Logs now = logs();
    const double* loss = now.find("loss");
    if (!loss || std::isfinite(*loss)) return;
    if (raise_error) throw CallError("TerminateOnNaN", text("the loss of batch {} is {}", batch, *loss));
    say(text("Batch {}: Invalid loss, terminating training\n", batch));
    model->set_stop_training(true);
  }
};

struct StopAtLossCallback final : Callback {
  double threshold;
  explicit StopAtLossCallback(double t) : threshold(t) {}
  void on_epoch_end(int64_t, Logs& logs) override {
    if (const double* loss = logs.find("loss"); loss && *loss < threshold) model->set_stop_training(true);
  }
};

struct StopAtSmallUpdatesCallback final : Callback {
  double threshold;
  std::vector<Tensor> before;
  explicit StopAtSmallUpdatesCallback(double t) : threshold(t) {}
  void on_epoch_begin(int64_t) override { before = copies_of(model->trainable_weights()); }
  void on_epoch_end(int64_t, Logs&) override {
    const std::vector<Tensor> now = copies_of(model->trainable_weights());
    double largest = 0;
    for (size_t i = 0; i < now.size(); ++i) {
      const std::vector<double> a = now[i].to_doubles(), b = before.at(i).to_doubles();
      for (size_t k = 0; k < a.size(); ++k) {
        const double change = std::fabs(a[k] - b[k]);
        largest = std::isnan(change) ? INFINITY : std::max(largest, change);
      }
    }
    if (largest < threshold) model->set_stop_training(true);
  }
  std::vector<Tensor> state_arrays() const override { return before; }
  void set_state(const Value&, const std::vector<Tensor>& arrays) override { before = arrays; }
};

}  // namespace

namespace callbacks {

std::shared_ptr<Callback> EarlyStopping(EarlyStoppingConfig c) {
  return std::make_shared<EarlyStoppingCallback>(std::move(c));
}
std::shared_ptr<Callback> TerminateOnNaN(TerminateOnNaNConfig c) {
  return std::make_shared<TerminateOnNaNCallback>(c.raise_error);
}
std::shared_ptr<Callback> StopAtLoss(StopAtLossConfig c) { return std::make_shared<StopAtLossCallback>(c.threshold); }
std::shared_ptr<Callback> StopAtLoss(double threshold) { return StopAtLoss(StopAtLossConfig{threshold}); }
std::shared_ptr<Callback> StopAtSmallUpdates(StopAtSmallUpdatesConfig c) {
  return std::make_shared<StopAtSmallUpdatesCallback>(c.threshold);
}
std::shared_ptr<Callback> StopAtSmallUpdates(double threshold) {
  return StopAtSmallUpdates(StopAtSmallUpdatesConfig{threshold});
}

}  // namespace callbacks
}  // namespace cornu
