// ReduceLROnPlateau and LearningRateScheduler.
#include <cornu/callbacks/rates.h>

#include "base/output.h"
#include "io/json.h"
#include "train/callbacks/monitor.h"

namespace cornu {
namespace {

using namespace callbacks;

void say_rate(int64_t epoch, const char* what, double rate) {
  say(text("\nEpoch {}: {} learning rate to {}.\n", epoch + 1, what, shortest_text(rate)));
}

struct ReduceCallback final : Callback {
  ReduceLROnPlateauConfig c;
  Monitor monitor;
  std::optional<double> best;
  int64_t wait = 0, cooldown = 0;

  explicit ReduceCallback(ReduceLROnPlateauConfig config)
      : c(std::move(config)), monitor("ReduceLROnPlateau", c.monitor, c.mode, c.min_delta) {
    if (c.factor >= 1) throw ConfigError("ReduceLROnPlateau", text("factor must be below 1, got {}", c.factor));
  }
  void on_train_begin() override {
    best.reset();
    wait = cooldown = 0;
  }
  void on_epoch_end(int64_t epoch, Logs& logs) override {
    monitor.resolve(*model);
    const Optimizer optimizer = model->optimizer();
    logs.set("learning_rate") = optimizer->learning_rate();
    const std::optional<double> current = monitor.value(logs);
    if (!current) return;
    if (cooldown > 0) {
      --cooldown;
      wait = 0;
    }
    if (monitor.improves(*current, best)) {
      best = current;
      wait = 0;
    } else if (cooldown == 0 && ++wait >= c.patience && reduce(*optimizer, epoch)) {
      cooldown = c.cooldown;
      wait = 0;
    }
  }
  bool reduce(OptimizerImpl& optimizer, int64_t epoch) const {
    const double old = optimizer.learning_rate();
    if (old <= static_cast<double>(static_cast<float>(c.min_lr))) return false;
    const double rate = std::max(old * c.factor, c.min_lr);
    optimizer.set_learning_rate(rate);
    if (c.verbose > 0) say_rate(epoch, "ReduceLROnPlateau reducing", rate);
    return true;
  }
  Value state() const override {
    Value v = Value::object();
    v["best"] = optional_value(best);
    v["wait"] = wait;
    v["cooldown"] = cooldown;
    return v;
  }
  void set_state(const Value& v, const std::vector<Tensor>&) override {
    best = optional_double(v.at("best"));
    wait = v.at("wait").as_int();
    cooldown = v.at("cooldown").as_int();
  }
};

struct SchedulerCallback final : Callback {
  LearningRateSchedulerConfig c;
  explicit SchedulerCallback(LearningRateSchedulerConfig config) : c(std::move(config)) {
    if (!c.schedule) throw ConfigError("LearningRateScheduler", "needs a function as schedule");
  }
  void on_epoch_begin(int64_t epoch) override {
    const Optimizer optimizer = model->optimizer();
    const double rate = c.schedule(epoch, optimizer->learning_rate());
    optimizer->set_learning_rate(rate);
    if (c.verbose > 0) say_rate(epoch, "LearningRateScheduler setting", rate);
  }
  void on_epoch_end(int64_t, Logs& logs) override { logs.set("learning_rate") = model->optimizer()->learning_rate(); }
};

}  // namespace

namespace callbacks {

std::shared_ptr<Callback> ReduceLROnPlateau(ReduceLROnPlateauConfig c) {
  return std::make_shared<ReduceCallback>(std::move(c));
}
std::shared_ptr<Callback> LearningRateScheduler(LearningRateSchedulerConfig c) {
  return std::make_shared<SchedulerCallback>(std::move(c));
}

}  // namespace callbacks
}  // namespace cornu
