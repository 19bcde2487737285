// The learning rate of an optimizer, the scale of its loss, and its steps: as they were given, or set since.
#include <cornu/ops.h>
#include <cornu/optimizers.h>

#include "nn/registry.h"
#include "tensor/cell.h"

namespace cornu {

Value Codec<LearningRate>::to_value(const LearningRate& r) {
  if (r.schedule()) return serialize<ScheduleImpl>(r.schedule().impl().get());
  return static_cast<double>(static_cast<float>(r.rate()));
}
LearningRate Codec<LearningRate>::from_value(const Value& v) {
  if (v.is_number()) return v.as_double();
  if (v.live()) return Schedule(live_as<ScheduleImpl>(v));
  if (v.is_null()) throw ConfigError("learning_rate", "must be a number or a schedule, got null");
  return Schedule(make_configurable<ScheduleImpl>(v));
}

namespace {
/// A function in the place of a schedule.
struct FunctionSchedule final : ScheduleImpl {
  std::function<Tensor(const Tensor&)> f;
  std::string class_name() const override { return "LearningRateSchedule"; }
  Value get_config() const override {
    throw CallError("learning_rate", "a function cannot be written to a file; use a schedule, or a class of one's own");
  }
  Tensor call(const Tensor& step) const override { return f(step); }
};
}  // namespace

Schedule LearningRate::of_function(std::function<Tensor(const Tensor&)> f) {
  const auto made = std::make_shared<FunctionSchedule>();
  made->f = std::move(f);
  return Schedule(made);
}

LearningRate OptimizerImpl::current_rate() const { return rate_.value_or(initial_rate()); }

void OptimizerImpl::set_learning_rate(const LearningRate& rate) {
  if (rate.schedule()) {
    rate_ = rate;
    forget(learning_rate_);
    learning_rate_ = {};
    return changed();
  }
  if (current_rate().schedule())
    throw CallError(name(), "its learning rate comes from a schedule and cannot be set to a number");
  if (learning_rate_.defined())
    learning_rate_.assign(Tensor::scalar(rate.rate(), learning_rate_.dtype()));
  else
    rate_ = rate;
}

double OptimizerImpl::learning_rate() const {
  const LearningRate rate = current_rate();
  if (rate.schedule()) return rate.schedule()->call(Tensor::scalar(static_cast<double>(iterations()))).item();
  return learning_rate_.defined() ? learning_rate_.numpy().item() : rate.rate();
}

int64_t OptimizerImpl::steps_taken() const {
  return iterations_.defined() ? static_cast<int64_t>(iterations_.numpy().item()) : 0;
}
int64_t OptimizerImpl::iterations() const { return steps_taken() / options().gradient_accumulation_steps.value_or(1); }
Variable OptimizerImpl::iterations_variable() const {
  start();
  return iterations_;
}
void OptimizerImpl::count_step() { iterations_.assign(iterations_.value() + 1); }

std::optional<double> OptimizerImpl::loss_scale_factor() const {
  return loss_scale_ ? *loss_scale_ : options().loss_scale_factor;
}
void OptimizerImpl::set_loss_scale_factor(std::optional<double> factor) {
  if (factor == loss_scale_factor()) return;
  loss_scale_ = factor;
  changed();
}

void OptimizerImpl::changed() {
  ++revision_;
  structure_changed();
}

Value OptimizerImpl::with_current_rate(Value config) const {
  const LearningRate rate = current_rate();
  if (rate.schedule() ? rate_.has_value() : rate_ || learning_rate_.defined())
    config["learning_rate"] =
        rate.schedule() || !built_
            ? Codec<LearningRate>::to_value(rate.schedule() ? rate : LearningRate(learning_rate()))
            : Value(learning_rate());
  if (loss_scale_) config["loss_scale_factor"] = Codec<std::optional<double>>::to_value(*loss_scale_);
  return config;
}

}  // namespace cornu
