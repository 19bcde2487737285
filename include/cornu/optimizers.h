// Optimizers and learning-rate schedules.
#pragma once
#include <cornu/optimizers/optimizer.h>

namespace cornu {

namespace schedules {

struct ExponentialDecayConfig {
  double initial_learning_rate = 0;
  int64_t decay_steps = 0;
  double decay_rate = 0;
  bool staircase = false;
  Text name = "ExponentialDecay";
};
/// initial * decay_rate ^ (step / decay_steps); a staircase rounds the exponent down.
struct CORNU_API ExponentialDecay : Schedule {
  explicit ExponentialDecay(ExponentialDecayConfig config);
};

struct InverseTimeDecayConfig {
  double initial_learning_rate = 0;
  int64_t decay_steps = 0;
  double decay_rate = 0;
  bool staircase = false;
  Text name = "InverseTimeDecay";
};
/// initial / (1 + decay_rate * step / decay_steps)
struct CORNU_API InverseTimeDecay : Schedule {
  explicit InverseTimeDecay(InverseTimeDecayConfig config);
};

struct PiecewiseConstantDecayConfig {
  std::vector<double> boundaries{}, values{};
  Text name = "PiecewiseConstant";
};
/// values[i] for steps in (boundaries[i - 1], boundaries[i]]; one value more than boundaries.
struct CORNU_API PiecewiseConstantDecay : Schedule {
  explicit PiecewiseConstantDecay(PiecewiseConstantDecayConfig config);
};

struct PolynomialDecayConfig {
  double initial_learning_rate = 0;
  int64_t decay_steps = 0;
  double end_learning_rate = 0.0001, power = 1;
  bool cycle = false;
  Text name = "PolynomialDecay";
};
/// From initial to end along (1 - step / decay_steps) ^ power; then end, or, with cycle, again over a longer time.
struct CORNU_API PolynomialDecay : Schedule {
  explicit PolynomialDecay(PolynomialDecayConfig config);
};

struct CosineDecayConfig {
  double initial_learning_rate = 0;
  int64_t decay_steps = 0;
  double alpha = 0;
  Text name = "CosineDecay";
  std::optional<double> warmup_target{};
  int64_t warmup_steps = 0;
};
/// Half a cosine down to alpha times the rate; before it, if there is a warmup_target, a line from initial to target.
struct CORNU_API CosineDecay : Schedule {
  explicit CosineDecay(CosineDecayConfig config);
};

struct CosineDecayRestartsConfig {
  double initial_learning_rate = 0;
  int64_t first_decay_steps = 0;
  double t_mul = 2, m_mul = 1, alpha = 0;
  Text name = "SGDRDecay";
};
/// Half cosines, each t_mul times as long as the one before and starting at m_mul times its rate.
struct CORNU_API CosineDecayRestarts : Schedule {
  explicit CosineDecayRestarts(CosineDecayRestartsConfig config);
};

}  // namespace schedules

/// Which optimizer updates which variable: by its path, or by a regular expression that is all of it; the default one
/// updates all others.
struct CORNU_API OptimizerMap {
  Optimizer default_optimizer{};
  std::vector<std::pair<std::string, Optimizer>> by_path{};
  /// In place of both: asked once for each variable. It cannot be written to a file.
  std::function<Optimizer(const Variable&)> choose{};
  /// ConfigError if several expressions are the path, or nothing is for it.
  Optimizer find(const Variable& variable) const;
};
template <>
struct CORNU_API Codec<OptimizerMap> {
  static Value to_value(const OptimizerMap& map);
  static OptimizerMap from_value(const Value& v);
};

namespace optimizers {

struct SGDConfig {
  LearningRate learning_rate = 0.01;
  double momentum = 0;
  bool nesterov = false;
  CORNU_OPTIMIZER_FIELDS(std::nullopt, "sgd");
};
/// w -= rate g; with momentum, m = momentum m - rate g and w += m.
struct CORNU_API SGD : Optimizer {
  explicit SGD(SGDConfig config = {});
};

struct AdamConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
  bool amsgrad = false;
  CORNU_OPTIMIZER_FIELDS(std::nullopt, "adam");
};
/// Steps of the mean gradient over the root of its mean square, both moving and corrected for their start at zero.
struct CORNU_API Adam : Optimizer {
  explicit Adam(AdamConfig config = {});
};

struct AdamWConfig {
  LearningRate learning_rate = 0.001;
  std::optional<double> weight_decay = 0.004;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
  bool amsgrad = false;
  CORNU_OPTIMIZER_FIELDS_BUT_DECAY("adam_w");
};
/// Adam, with weights that decay apart from the gradient.
struct CORNU_API AdamW : Optimizer {
  explicit AdamW(AdamWConfig config = {});
};

struct NadamConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
  CORNU_OPTIMIZER_FIELDS(std::nullopt, "nadam");
};
/// Adam with Nesterov's look ahead.
struct CORNU_API Nadam : Optimizer {
  explicit Nadam(NadamConfig config = {});
};

struct AdamaxConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
  CORNU_OPTIMIZER_FIELDS(std::nullopt, "adamax");
};
/// Adam with the largest gradient, slowly forgotten, in place of the mean square.
struct CORNU_API Adamax : Optimizer {
  explicit Adamax(AdamaxConfig config = {});
};

struct LambConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
  CORNU_OPTIMIZER_FIELDS(std::nullopt, "lamb");
};
/// Adam whose step is scaled, variable by variable, to the norm of the variable.
struct CORNU_API Lamb : Optimizer {
  explicit Lamb(LambConfig config = {});
};

struct RMSpropConfig {
  LearningRate learning_rate = 0.001;
  double rho = 0.9, momentum = 0, epsilon = 1e-7;
  bool centered = false;
  CORNU_OPTIMIZER_FIELDS(std::nullopt, "rm_sprop");
};
/// The gradient over the root of its moving mean square (or variance, if centered); epsilon is inside the root.
struct CORNU_API RMSprop : Optimizer {
  explicit RMSprop(RMSpropConfig config = {});
};

struct AdagradConfig {
  LearningRate learning_rate = 0.001;
  double initial_accumulator_value = 0.1, epsilon = 1e-7;
  CORNU_OPTIMIZER_FIELDS(std::nullopt, "adagrad");
};
/// The gradient over the root of the sum of its squares so far.
struct CORNU_API Adagrad : Optimizer {
  explicit Adagrad(AdagradConfig config = {});
};

struct AdadeltaConfig {
  LearningRate learning_rate = 0.001;
  double rho = 0.95, epsilon = 1e-7;
  CORNU_OPTIMIZER_FIELDS(std::nullopt, "adadelta");
};
/// The gradient times the root mean square of past steps over that of past gradients.
struct CORNU_API Adadelta : Optimizer {
  explicit Adadelta(AdadeltaConfig config = {});
};

struct LionConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.99;
  CORNU_OPTIMIZER_FIELDS(std::nullopt, "lion");
};
/// The sign of a moving mean of the gradient.
struct CORNU_API Lion : Optimizer {
  explicit Lion(LionConfig config = {});
};

struct FtrlConfig {
  LearningRate learning_rate = 0.001;
  double learning_rate_power = -0.5, initial_accumulator_value = 0.1;
  double l1_regularization_strength = 0, l2_regularization_strength = 0, l2_shrinkage_regularization_strength = 0;
  double beta = 0;
  CORNU_OPTIMIZER_FIELDS(std::nullopt, "ftrl");
};
/// Follow the regularized leader: keeps weights sparse under l1.
struct CORNU_API Ftrl : Optimizer {
  explicit Ftrl(FtrlConfig config = {});
};

struct AdafactorConfig {
  LearningRate learning_rate = 0.001;
  double beta_2_decay = -0.8, epsilon_1 = 1e-30, epsilon_2 = 1e-3, clip_threshold = 1;
  bool relative_step = true;
  CORNU_OPTIMIZER_FIELDS(std::nullopt, "adafactor");
};
/// Mean squares of rows and columns in place of one for each weight.
struct CORNU_API Adafactor : Optimizer {
  explicit Adafactor(AdafactorConfig config = {});
};

struct ScheduleFreeAdamWConfig {
  LearningRate learning_rate = 0.0025;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-8;
  int64_t warmup_steps = 0;
  CORNU_OPTIMIZER_FIELDS(std::nullopt, "schedule_free_adam_w");
};
/// Adam on a hidden iterate, with gradients taken between it and the mean of all iterates; needs no schedule.
struct CORNU_API ScheduleFreeAdamW : Optimizer {
  explicit ScheduleFreeAdamW(ScheduleFreeAdamWConfig config = {});
};

struct MuonConfig {
  LearningRate learning_rate = 0.001;
  double adam_beta_1 = 0.9, adam_beta_2 = 0.999;
  std::optional<double> adam_weight_decay = 0.004;
  double epsilon = 1e-7;
  CORNU_OPTIMIZER_FIELDS(0.004, "muon");
  std::vector<std::string> exclude_layers{};  ///< Parts of paths of variables that Adam updates.
  bool exclude_embeddings = true;
  double muon_a = 3.4445, muon_b = -4.7750, muon_c = 2.0315, adam_lr_ratio = 1, momentum = 0.95;
  int64_t ns_steps = 5;
  bool nesterov = true;
  std::optional<double> rms_rate = 0.2;
};
/// Momentum made nearly orthogonal by Newton and Schulz's iteration, for matrices; Adam for all else.
struct CORNU_API Muon : Optimizer {
  explicit Muon(MuonConfig config = {});
};

struct LossScaleOptimizerConfig {
  Optimizer inner_optimizer{};
  double initial_scale = 32768;
  int64_t dynamic_growth_steps = 2000;
  Text name = "loss_scale_optimizer";
};
/// Scales the loss for an optimizer of small types: doubled after so many good steps; halved, and the step skipped,
/// when a gradient is not finite. A loss_scale_factor of the inner optimizer is not in force.
struct CORNU_API LossScaleOptimizer : Optimizer {
  explicit LossScaleOptimizer(LossScaleOptimizerConfig config);
};

struct MultiOptimizerConfig {
  OptimizerMap optimizer_map{};
  std::optional<double> loss_scale_factor{};
  Text name = "multi_optimizer";
};
/// Several optimizers in one, each of which updates the variables that a map, or a function, gives it. Learning rates
/// are theirs, and so are clips and averages; the loss_scale_factor is this one's.
struct CORNU_API MultiOptimizer : Optimizer {
  explicit MultiOptimizer(MultiOptimizerConfig config);
  /// Those of the map, in its order, the default one, then those that a function gave.
  std::vector<Optimizer> optimizers() const;
};

}  // namespace optimizers

}  // namespace cornu
