// ScheduleFreeAdamW, Muon, and the optimizer that scales the loss of another.
#include <algorithm>
#include <cctype>
#include <cmath>

#include "nn/optimizers/family.h"

namespace cornu {

using namespace optimizers;

template <>
struct Describe<ScheduleFreeAdamWConfig> {
  using T = ScheduleFreeAdamWConfig;
  static constexpr auto fields =
      optimizer_fields<T>(field("beta_1", &T::beta_1), field("beta_2", &T::beta_2), field("epsilon", &T::epsilon),
                          field("warmup_steps", &T::warmup_steps));
};
template <>
struct Describe<MuonConfig> {
  using T = MuonConfig;
  static constexpr auto fields = optimizer_fields<T>(
      field("adam_beta_1", &T::adam_beta_1), field("adam_beta_2", &T::adam_beta_2), field("epsilon", &T::epsilon),
      field("exclude_layers", &T::exclude_layers), field("muon_a", &T::muon_a), field("muon_b", &T::muon_b),
      field("muon_c", &T::muon_c), field("adam_lr_ratio", &T::adam_lr_ratio), field("momentum", &T::momentum),
      field("ns_steps", &T::ns_steps), field("nesterov", &T::nesterov),
      field("exclude_embeddings", &T::exclude_embeddings), field("adam_weight_decay", &T::adam_weight_decay),
      field("rms_rate", &T::rms_rate));
};
template <>
struct Describe<LossScaleOptimizerConfig> {
  using T = LossScaleOptimizerConfig;
  static constexpr auto fields =
      std::tuple{field("name", &T::name), required("inner_optimizer", &T::inner_optimizer),
                 field("initial_scale", &T::initial_scale), field("dynamic_growth_steps", &T::dynamic_growth_steps)};
};
namespace {

struct ScheduleFreeAdamWOptimizer final : OptimizerOf<ScheduleFreeAdamWOptimizer, ScheduleFreeAdamWConfig> {
  static constexpr const char* kName = "ScheduleFreeAdamW";
  using OptimizerOf::OptimizerOf;
  std::vector<Variable> iterates, sizes;
  Tensor warm, correction, weight;

  void build_slots(const std::vector<Variable>& trainable) override {
    for (const Variable& w : trainable) {
      iterates.push_back(add_slot(w, "momentum"));
      iterates.back().assign(w.numpy());
      sizes.push_back(add_slot(w, "velocity"));
    }
  }
  void begin_step(const Tensor& rate, const Tensor& step) override {
    warm = rate;
    if (config.warmup_steps > 0) {
      const Tensor part = step / static_cast<double>(config.warmup_steps);
      warm = rate * ops::minimum(part, ops::like_scalar(1, part));
    }
    correction = one_minus_power(config.beta_2, step);
    weight = 1.0 / step;
  }
  void update_step(size_t i, const Tensor& g, Variable& w, const Tensor&, const Tensor&) override {
    const DType t = w.dtype();
    const double rest = one_minus(config.beta_1, t), beta = 1 - rest;
    Variable &z = iterates[i], &v = sizes[i];
    const Tensor old = kept_value(z), share = ops::cast(weight, t);
    v.assign(v.value() + (ops::square(g) - v.value()) * one_minus(config.beta_2, t));
    const Tensor scaled = g * ops::cast(warm, t);
    z.assign(old - scaled / (ops::sqrt(v.value() / ops::cast(correction, t)) + config.epsilon));
    const Tensor mean = (w.value() - old * rest) / beta;  // of the iterates so far
    const Tensor moved = mean * (1.0 - share) + z.value() * share;
    w.assign(z.value() * rest + moved * beta);
  }
};

std::string lower(std::string s) {
  for (char& c : s) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return s;
}

struct MuonOptimizer final : OptimizerOf<MuonOptimizer, MuonConfig> {
  static constexpr const char* kName = "Muon";
  using OptimizerOf::OptimizerOf;
  std::vector<Variable> momentums, velocities;
  Tensor alpha;

  bool by_adam(const Variable& w) const {
    if (w.shape().rank() != 2) return true;
    if (config.exclude_embeddings && lower(w.path()).find("embedding") != std::string::npos) return true;
    return std::any_of(config.exclude_layers.begin(), config.exclude_layers.end(),
                       [&](const std::string& part) { return w.path().find(part) != std::string::npos; });
  }
  std::optional<double> decay_of(const Variable& w) const override {
    return by_adam(w) ? config.adam_weight_decay : config.weight_decay;
  }
  void build_slots(const std::vector<Variable>& trainable) override {
    for (const Variable& w : trainable) {
      momentums.push_back(add_slot(w, "momentum"));
      velocities.push_back(by_adam(w) ? add_slot(w, "velocity") : Variable());
    }
  }
  void begin_step(const Tensor& rate, const Tensor& step) override {
    alpha = rate * config.adam_lr_ratio * ops::sqrt(one_minus_power(config.adam_beta_2, step)) /
            one_minus_power(config.adam_beta_1, step);
  }
  void update_step(size_t i, const Tensor& g, Variable& w, const Tensor& rate, const Tensor&) override {
    Variable &m = momentums[i], &v = velocities[i];
    if (v.defined()) {
      m.assign(m.value() + (g - m.value()) * (1 - config.adam_beta_1));
      v.assign(v.value() + (ops::square(g) - v.value()) * (1 - config.adam_beta_2));
      const Tensor towards = m.value() * ops::cast(alpha, w.dtype());
      return w.assign(w.value() - towards / (ops::sqrt(v.value()) + config.epsilon));
    }
    m.assign(m.value() + (g + m.value() * (config.momentum - 1)));
    Tensor step = orthogonal(config.nesterov ? g + m.value() * config.momentum : m.value()) * rate;
    if (config.rms_rate)
      step = step * (std::sqrt(static_cast<double>(std::max(w.shape().dim(0), w.shape().dim(1)))) * *config.rms_rate);
    w.assign(w.value() - step);
  }
  /// A quintic iteration that drives all singular values towards 1.
  Tensor orthogonal(const Tensor& g) const {
    const bool tall = g.shape().dim(0) > g.shape().dim(1);
    Tensor x = tall ? ops::transpose(g) : g;
    x = x / (ops::sqrt(ops::sum(ops::square(x))) + 1e-7);
    for (int64_t k = 0; k < config.ns_steps; ++k) {
      const Tensor square = ops::matmul(x, x, {.transpose_b = true});
      const Tensor mixed = square * config.muon_b + ops::matmul(square, square) * config.muon_c;
      x = x * config.muon_a + ops::matmul(mixed, x);
    }
    return tall ? ops::transpose(x) : x;
  }
};

struct LossScaleOptimizerObject final : WithConfig<LossScaleOptimizerObject, OptimizerImpl, LossScaleOptimizerConfig> {
  static constexpr const char* kName = "LossScaleOptimizer";
  Variable counter, scale;

  explicit LossScaleOptimizerObject(LossScaleOptimizerConfig c) : WithConfig(std::move(c)) {
    if (!config.inner_optimizer) throw ConfigError(kName, "inner_optimizer must be given, got none");
    if (config.inner_optimizer->options().loss_scale_factor)
      throw ConfigError(kName, "the inner optimizer has a loss_scale_factor already; use one or the other");
  }
  OptimizerImpl& inner() const { return *config.inner_optimizer; }
  OptimizerOptions options() const override { return {}; }
  std::string name() const override { return config.name; }
  LearningRate initial_rate() const override { return 0.0; }  // of a variable that only files have
  void set_learning_rate(double rate) override { inner().set_learning_rate(rate); }
  double learning_rate() const override { return inner().learning_rate(); }
  int64_t iterations() const override { return inner().iterations(); }
  void finalize_variable_values() override { inner().finalize_variable_values(); }
  Tensor scale_loss(const Tensor& loss) const override {
    return loss *
           (scale.defined() ? ops::cast(scale.value(), loss.dtype()) : ops::like_scalar(config.initial_scale, loss));
  }
  void build_slots(const std::vector<Variable>& trainable) override {
    counter = add_scalar("step_counter", 0, DType::i32);
    scale = add_scalar("dynamic_scale", config.initial_scale, DType::f32);
    for (Variable v : {counter, scale}) v.set_path(name() + "/" + v.path());
    inner().build(trainable);
    append(inner().variables());
  }
  bool move_to(const std::vector<Variable>& trainable) override {
    return OptimizerImpl::move_to(trainable) && inner().move_to(trainable);
  }
  void update_step(size_t, const Tensor&, Variable&, const Tensor&, const Tensor&) override {}
  /// The inner step is computed in any case; what it changed is taken back where a gradient was not finite.
  void apply(const std::vector<Tensor>& gradients) override {
    if (!built()) throw CallError(name(), "must be built with the trainable variables before apply");
    Tensor finite;
    std::vector<Tensor> unscaled = gradients;
    const Tensor by = kept_value(scale), count = kept_value(counter);
    for (Tensor& g : unscaled) {
      if (!g.defined()) continue;
      const Tensor one = ops::all(ops::isfinite(g));
      finite = finite.defined() ? ops::logical_and(finite, one) : one;
      g = g / ops::cast(by, g.dtype());
    }
    std::vector<Variable> changing = trainable();
    changing.insert(changing.end(), inner().variables().begin(), inner().variables().end());
    std::vector<Tensor> before;
    for (const Variable& v : changing) before.push_back(kept_value(v));
    inner().apply(unscaled);
    for (size_t i = 0; i < changing.size(); ++i) changing[i].assign(ops::where(finite, changing[i].value(), before[i]));
    const Tensor last = Tensor::scalar(static_cast<double>(config.dynamic_growth_steps - 1), DType::i32);
    const Tensor grow = ops::equal(count, last), zero = Tensor::scalar(0, DType::i32);
    counter.assign(ops::where(ops::logical_and(finite, ops::logical_not(grow)), count + 1, zero));
    scale.assign(ops::where(finite, ops::where(grow, by * 2.0, by), by * 0.5));
  }
};

}  // namespace

namespace optimizers {
ScheduleFreeAdamW::ScheduleFreeAdamW(ScheduleFreeAdamWConfig c)
    : Optimizer(std::make_shared<ScheduleFreeAdamWOptimizer>(std::move(c))) {}
Muon::Muon(MuonConfig c) : Optimizer(std::make_shared<MuonOptimizer>(std::move(c))) {}
LossScaleOptimizer::LossScaleOptimizer(LossScaleOptimizerConfig c)
    : Optimizer(std::make_shared<LossScaleOptimizerObject>(std::move(c))) {}
}  // namespace optimizers

void add_recent_optimizers(Registry<OptimizerImpl>& r) {
  r.add<ScheduleFreeAdamWOptimizer>({"schedulefreeadamw"});
  r.add<MuonOptimizer>({"muon"});
  r.add<LossScaleOptimizerObject>({"lossscaleoptimizer"});
}

}  // namespace cornu
