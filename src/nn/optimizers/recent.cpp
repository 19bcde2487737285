// ScheduleFreeAdamW and Muon.
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
namespace {

struct ScheduleFreeAdamWOptimizer final : OptimizerOf<ScheduleFreeAdamWOptimizer, ScheduleFreeAdamWConfig> {
  static constexpr const char* kName = "ScheduleFreeAdamW";
  using OptimizerOf::OptimizerOf;
  std::vector<Variable> iterates, sizes;
  Tensor warm, correction, weight;

  void build_slots(const std::vector<Variable>& trainable) override {
    for (const Variable& w : trainable) {
      iterates.push_back(add_slot(w, "momentum"));
      if (iterates.back().defined()) iterates.back().assign(w.numpy());
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

}  // namespace

namespace optimizers {
ScheduleFreeAdamW::ScheduleFreeAdamW(ScheduleFreeAdamWConfig c)
    : Optimizer(std::make_shared<ScheduleFreeAdamWOptimizer>(std::move(c))) {}
Muon::Muon(MuonConfig c) : Optimizer(std::make_shared<MuonOptimizer>(std::move(c))) {}
}  // namespace optimizers

void add_recent_optimizers(Registry<OptimizerImpl>& r) {
  r.add<ScheduleFreeAdamWOptimizer>({"schedulefreeadamw"});
  r.add<MuonOptimizer>({"muon"});
}

}  // namespace cornu
