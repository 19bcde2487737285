// ReduceLROnPlateau and LearningRateScheduler.
#include <cornu/callbacks/rates.h>

#include "base/output.h"
#include "io/json.h"
#include "train/callbacks/monitor.h"

namespace cornu {
namespace {

using namespace callbacks;

/// With the name of the optimizer where there are several.
void say_rate(int64_t epoch, const char* what, const std::string& whose, double rate) {
  say(text("\nEpoch {}: {} {}learning rate to {}.\n", epoch + 1, what, whose.empty() ? "" : whose + " ",
           shortest_text(rate)));
}

/// The rate of the model's optimizer; of one that holds others, that of each.
void log_rates(const Model& model, Logs& logs) {
  const Optimizer optimizer = model.optimizer();
  const std::vector<OptimizerImpl*> all = optimizer->with_rates();
  for (const OptimizerImpl* one : all)
    logs.set(all.size() == 1 ? "learning_rate" : "learning_rate_" + one->name()) = one->learning_rate();
}
std::string name_among(const std::vector<OptimizerImpl*>& all, const OptimizerImpl& one) {
  return all.size() == 1 ? "" : one.name();
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
    log_rates(*model, logs);
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
    bool any = false;
    const std::vector<OptimizerImpl*> all = optimizer.with_rates();
    for (OptimizerImpl* one : all) {
      const double old = one->learning_rate();
      if (old <= static_cast<double>(static_cast<float>(c.min_lr))) continue;
      const double rate = std::max(old * c.factor, c.min_lr);
      one->set_learning_rate(rate);
      if (c.verbose > 0) say_rate(epoch, "ReduceLROnPlateau reducing", name_among(all, *one), rate);
      any = true;
    }
    return any;
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
    const std::vector<OptimizerImpl*> all = optimizer->with_rates();
    for (OptimizerImpl* one : all) {
      const double rate = c.schedule(epoch, one->learning_rate());
      one->set_learning_rate(rate);
      if (c.verbose > 0) say_rate(epoch, "LearningRateScheduler setting", name_among(all, *one), rate);
    }
  }
  void on_epoch_end(int64_t, Logs& logs) override { log_rates(*model, logs); }
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
