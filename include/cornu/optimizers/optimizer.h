// What all optimizers share: learning rates and their schedules, the step, and the base of a class of one's own.
#pragma once
#include <cornu/configurable.h>
#include <cornu/variable.h>

#include <concepts>
#include <functional>

namespace cornu {

/// Base of every schedule. It has no state but its config, so several threads may use one.
class CORNU_API ScheduleImpl : public Configurable {
 public:
  static constexpr const char* kModule = "keras.optimizers.schedules";
  /// The rate at a step: a scalar or an array, float64 if the step is, else float32; may be traced.
  virtual Tensor call(const Tensor& step) const = 0;
};
using Schedule = Handle<ScheduleImpl>;
template <>
CORNU_API Registry<ScheduleImpl>& registry<ScheduleImpl>();

/// A number, or a schedule.
class CORNU_API LearningRate {
 public:
  LearningRate(double rate) : rate_(rate) {}
  /// CallError from an empty handle.
  LearningRate(Schedule schedule) : schedule_(std::move(schedule)) { *schedule_; }
  /// The rate at a step, counted from 0, as a function of tensors, which is traced; it cannot be written to a file.
  template <std::invocable<const Tensor&> Function>
  LearningRate(Function f) : LearningRate(of_function(std::move(f))) {}
  double rate() const { return rate_; }
  const Schedule& schedule() const { return schedule_; }

 private:
  static Schedule of_function(std::function<Tensor(const Tensor&)> f);
  double rate_ = 0;
  Schedule schedule_;
};
/// Keras writes the rate as its float32 variable holds it.
template <>
struct CORNU_API Codec<LearningRate> {
  static Value to_value(const LearningRate& r);
  static LearningRate from_value(const Value& v);
};

/// What all optimizers share; their configs have the same fields.
struct OptimizerOptions {
  std::optional<double> weight_decay{}, clipnorm{}, clipvalue{}, global_clipnorm{};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency{};
  std::optional<double> loss_scale_factor{};
  std::optional<int64_t> gradient_accumulation_steps{};
};

/// Base of every optimizer. It holds what it keeps for each variable, so it is for one thread at a time; models of the
/// same shapes may share one and train in turn.
class CORNU_API OptimizerImpl : public Configurable {
 public:
  static constexpr const char* kModule = "keras.optimizers";
  virtual OptimizerOptions options() const = 0;
  virtual std::string name() const = 0;
  virtual LearningRate initial_rate() const = 0;

  /// Creates iterations, learning_rate and the slots, in Keras' order; once.
  virtual void build(const std::vector<Variable>& trainable);
  bool built() const { return built_; }
  /// Goes on with some of its variables, where the others are frozen, or with those of another model and the slots
  /// there are, as Keras does where models share an optimizer. False if their shapes are not those that it was built
  /// for.
  virtual bool move_to(const std::vector<Variable>& trainable);
  /// Gradients of the variables that it moved to, as apply() takes them: undefined for frozen ones.
  std::vector<Tensor> spread(const std::vector<Tensor>& gradients) const;
  /// Variables that weight_decay leaves alone: these, and those whose name contains one of `names`. Before build.
  void exclude_from_weight_decay(const std::vector<Variable>& variables, const std::vector<std::string>& names = {});
  /// Traced, or at once: clips, decays, updates every variable, advances `iterations`. An undefined gradient leaves its
  /// variable as it is. The constraints of the variables are applied at the end.
  virtual void apply(const std::vector<Tensor>& gradients);
  /// Replaces the variables by their moving averages, if use_ema; on the host, at the end of training.
  virtual void finalize_variable_values();
  /// Traced: what the gradients that apply() gets are the gradients of; apply() divides the scale out again.
  virtual Tensor scale_loss(const Tensor& loss) const;
  /// On the host. A schedule takes the place of a number, whose variable then is gone; CallError for a number in the
  /// place of a schedule.
  virtual void set_learning_rate(const LearningRate& rate);
  virtual double learning_rate() const;
  /// What it was made with, or got since.
  virtual LearningRate current_rate() const;
  /// The optimizers that have a rate of their own: this one, or those that work inside it.
  virtual std::vector<OptimizerImpl*> with_rates() { return {this}; }
  /// How often the variables were updated: with gradient_accumulation_steps, not at each step.
  virtual int64_t iterations() const;
  /// The steps so far, those that only add gradients up among them.
  virtual Variable iterations_variable() const;
  /// What scale_loss multiplies by, and apply divides out; may be set until something is traced.
  virtual std::optional<double> loss_scale_factor() const;
  virtual void set_loss_scale_factor(std::optional<double> factor);
  /// iterations, learning_rate (unless scheduled), which are there from the start, then the slots: Keras' order in
  /// files.
  const std::vector<Variable>& variables() const;
  /// The moving averages of use_ema, and what gradient_accumulation_steps added up, one for each variable; an undefined
  /// one where the gradient takes the place of the variable.
  const std::vector<Variable>& averages() const { return averages_; }
  const std::vector<Variable>& accumulated() const { return accumulated_; }
  /// The gradients, clipped as the options say.
  std::vector<Tensor> clipped(std::vector<Tensor> gradients) const;
  /// Moves when a step that was traced with it is no longer what it does.
  uint64_t revision() const { return revision_; }
  /// What it was built with.
  const std::vector<Variable>& trainable() const { return trainable_; }

  // What an optimizer defines; apply calls it.

  /// Adds this optimizer's slots for the trainable variables.
  virtual void build_slots(const std::vector<Variable>& trainable) = 0;
  /// Traced, before the variables' updates: what they share. Called again in a step where a variable has another rate.
  /// `rate` and `step` are scalars of the rate's float type; `step` counts updates from 1.
  virtual void begin_step(const Tensor& rate, const Tensor& step);
  /// Traced: the update of variable i; all tensors are of its type.
  virtual void update_step(size_t i, const Tensor& gradient, Variable& variable, const Tensor& rate,
                           const Tensor& step) = 0;
  /// The update of one of its variables at this rate, and nothing else: no clipping, decay or count.
  void update_one(const Tensor& gradient, const Variable& variable, const Tensor& rate);
  /// Weight decay of a variable that was not excluded.
  virtual std::optional<double> decay_of(const Variable& variable) const;
  /// Builds an optimizer that works inside this one: its slots appear among this one's variables.
  void build_inside(OptimizerImpl& inner);

 protected:
  /// A slot shaped like a trainable variable; appended to variables().
  Variable add_slot(const Variable& like, const Text& name, double start = 0);
  Variable add_slot(const Shape& shape, DType dtype, const Text& name);
  /// A number under a path of its own, as Keras' untracked helpers have it.
  Variable add_scalar(const Text& path, double start, DType dtype);
  /// One slot for each variable.
  std::vector<Variable> add_slots(const std::vector<Variable>& like, const Text& name, double start = 0);
  /// Appends another optimizer's variables to variables().
  void append(const std::vector<Variable>& others);
  /// Takes one out of variables(), if it is there.
  void forget(const Variable& variable);
  /// Steps that were traced with it are to be traced again.
  void changed();
  /// The config with rate and scale of the loss as they are now, as Keras writes it.
  Value with_current_rate(Value config) const;
  /// ConfigError for options that do not go together.
  void check() const;
  /// One step more.
  void count_step();

 private:
  void start() const;
  void decay_weights(const std::vector<Tensor>& gradients, const Tensor& rate);
  void update(const std::vector<Tensor>& gradients, const Tensor& rate, const Tensor& updates_before);
  void accumulate(const std::vector<Tensor>& gradients, const Tensor& rate, const Tensor& updates_before);
  void average(const Tensor& updates_before);
  void overwrite(size_t i, const Tensor& gradient, const Tensor& entry);
  Variable add(Tensor start, const std::string& name);
  int64_t steps_taken() const;
  bool frozen(size_t i) const;

  std::vector<Variable> trainable_, averages_, accumulated_, undecayed_;
  std::vector<std::string> undecayed_names_;
  std::vector<size_t> moving_;  ///< Which of trainable_ are trained, in the order of move_to; empty for all.
  mutable std::vector<Variable> variables_;  ///< The first of them are made when somebody asks.
  mutable Variable iterations_, learning_rate_;
  std::optional<LearningRate> rate_;                 ///< Set since it was made.
  std::optional<std::optional<double>> loss_scale_;  ///< Set since it was made.
  uint64_t revision_ = 0;
  bool built_ = false;
};
using Optimizer = Handle<OptimizerImpl>;
template <>
CORNU_API Registry<OptimizerImpl>& registry<OptimizerImpl>();

/// The last fields of every optimizer's config, in Keras' order.
#define CORNU_OPTIMIZER_FIELDS(default_decay, default_name) \
  std::optional<double> weight_decay = default_decay;       \
  CORNU_OPTIMIZER_FIELDS_BUT_DECAY(default_name)
#define CORNU_OPTIMIZER_FIELDS_BUT_DECAY(default_name)              \
  std::optional<double> clipnorm{}, clipvalue{}, global_clipnorm{}; \
  bool use_ema = false;                                             \
  double ema_momentum = 0.99;                                       \
  std::optional<int64_t> ema_overwrite_frequency{};                 \
  std::optional<double> loss_scale_factor{};                        \
  std::optional<int64_t> gradient_accumulation_steps{};             \
  Text name = default_name

/// Keras' get_config order: what all share, then the optimizer's own fields.
template <class T, class... Own>
constexpr auto optimizer_fields(Own... own) {
  return std::tuple{field("name", &T::name),
                    field("learning_rate", &T::learning_rate),
                    field("weight_decay", &T::weight_decay),
                    field("clipnorm", &T::clipnorm),
                    field("global_clipnorm", &T::global_clipnorm),
                    field("clipvalue", &T::clipvalue),
                    field("use_ema", &T::use_ema),
                    field("ema_momentum", &T::ema_momentum),
                    field("ema_overwrite_frequency", &T::ema_overwrite_frequency),
                    field("loss_scale_factor", &T::loss_scale_factor),
                    field("gradient_accumulation_steps", &T::gradient_accumulation_steps),
                    own...};
}

/// Base of optimizers with `kName` whose config has CORNU_OPTIMIZER_FIELDS.
template <class Self, class ConfigType>
class OptimizerOf : public WithConfig<Self, OptimizerImpl, ConfigType> {
 public:
  explicit OptimizerOf(ConfigType config) : WithConfig<Self, OptimizerImpl, ConfigType>(std::move(config)) {
    this->check();
  }
  std::string name() const override { return this->config.name; }
  LearningRate initial_rate() const override { return this->config.learning_rate; }
  OptimizerOptions options() const override {
    const ConfigType& c = this->config;
    return {c.weight_decay,
            c.clipnorm,
            c.clipvalue,
            c.global_clipnorm,
            c.use_ema,
            c.ema_momentum,
            c.ema_overwrite_frequency,
            c.loss_scale_factor,
            c.gradient_accumulation_steps};
  }
  Value get_config() const override { return this->with_current_rate(describe_to_value(this->config)); }
};

}  // namespace cornu
