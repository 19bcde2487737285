// Optimizers and learning-rate schedules.
#pragma once
#include <cornu/configurable.h>
#include <cornu/variable.h>

namespace cornu {

class CORNU_API ScheduleImpl : public Configurable {
 public:
  static constexpr const char* kModule = "keras.optimizers.schedules";
  /// The rate at a step (a float32 scalar), traced.
  virtual Tensor call(const Tensor& step) const = 0;
};
using Schedule = Handle<ScheduleImpl>;

/// A number, or a schedule.
class CORNU_API LearningRate {
 public:
  LearningRate(double rate) : rate_(rate) {}
  LearningRate(Schedule schedule) : schedule_(std::move(schedule)) {}
  double rate() const { return rate_; }
  const Schedule& schedule() const { return schedule_; }

 private:
  double rate_ = 0;
  Schedule schedule_;
};
template <>
struct Codec<LearningRate> {
  static Value to_value(const LearningRate& r);
  static LearningRate from_value(const Value& v);
};

/// The arguments that all optimizers share, in Keras' order behind their own.
struct OptimizerOptions {
  std::optional<double> weight_decay{}, clipnorm{}, clipvalue{}, global_clipnorm{};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency{};
  std::optional<double> loss_scale_factor{};
  std::optional<int64_t> gradient_accumulation_steps{};
};

class CORNU_API OptimizerImpl : public Configurable {
 public:
  static constexpr const char* kModule = "keras.optimizers";
  virtual const OptimizerOptions& options() const = 0;
  virtual std::string name() const = 0;
  virtual LearningRate initial_rate() const = 0;

  /// Creates iterations, learning_rate and the slots, in Keras' order; once.
  void build(const std::vector<Variable>& trainable);
  bool built() const { return built_; }
  /// Traced: clips, decays, updates every variable, advances `iterations`. Constraints are projected afterwards by
  /// `project`, if given, with the index of the variable.
  void apply(const std::vector<Tensor>& gradients, const std::function<Tensor(size_t, const Tensor&)>& project = {});
  /// Replaces the variables by their moving averages, if use_ema; on the host, at the end of training.
  void finalize_variable_values();
  /// On the host; CallError if a schedule sets the rate.
  void set_learning_rate(double rate);
  double learning_rate() const;
  int64_t iterations() const;
  /// iterations, learning_rate (unless scheduled), then the slots: Keras' order in files.
  const std::vector<Variable>& variables() const { return variables_; }

 protected:
  /// Adds this optimizer's slots for the trainable variables.
  virtual void build_slots(const std::vector<Variable>& trainable) = 0;
  /// Traced: the update of variable i. `step` is iterations + 1 as float32, `rate` the learning rate, both scalars.
  virtual void update_step(size_t i, const Tensor& gradient, Variable& variable, const Tensor& rate,
                           const Tensor& step) = 0;
  /// Traced, before the variables' updates: what they share.
  virtual void begin_step(const Tensor& rate, const Tensor& step);
  /// A zero-filled slot per trainable variable, shaped like it; appended to variables().
  Variable add_slot(const Variable& like, const std::string& name, double start = 0);
  Variable add_scalar(const std::string& name, double start);

 private:
  std::vector<Variable> trainable_, variables_, averages_, accumulated_;
  Variable iterations_, learning_rate_;
  bool built_ = false;
};
using Optimizer = Handle<OptimizerImpl>;

}  // namespace cornu
