// The optimizers that others work in: one that scales the loss, one of several for different variables.
#include <algorithm>

#include "base/path_patterns.h"
#include "nn/optimizers/family.h"
#include "nn/registry.h"

namespace cornu {

using namespace optimizers;

template <>
struct Describe<LossScaleOptimizerConfig> {
  using T = LossScaleOptimizerConfig;
  static constexpr auto fields =
      std::tuple{field("name", &T::name), required("inner_optimizer", &T::inner_optimizer),
                 field("initial_scale", &T::initial_scale), field("dynamic_growth_steps", &T::dynamic_growth_steps)};
};
template <>
struct Describe<MultiOptimizerConfig> {
  using T = MultiOptimizerConfig;
  static constexpr auto fields = std::tuple{required("optimizer_map", &T::optimizer_map),
                                            field("loss_scale_factor", &T::loss_scale_factor), field("name", &T::name)};
};

// ---- the map

Optimizer OptimizerMap::find(const Variable& variable) const {
  Optimizer found = choose ? choose(variable) : default_optimizer;  // which may be an empty handle
  if (!choose)
    if (const Optimizer* named = find_path(by_path, variable.path(), "OptimizerMap")) found = *named;
  if (!found)
    throw ConfigError("OptimizerMap", text("expected an optimizer for the variable '{}', got none", variable.path()));
  return found;
}

Value Codec<OptimizerMap>::to_value(const OptimizerMap& map) {
  if (!map.default_optimizer && !map.choose) return Value();  // nothing was given yet
  if (!map.default_optimizer)
    throw CallError("MultiOptimizer", "a function that chooses optimizers cannot be written to a file; use a map");
  Value all = Value::object(), config = Value::object(), out = Value::object();
  for (const auto& [path, one] : map.by_path) all[path] = serialize<OptimizerImpl>(one.impl().get());
  config["default_optimizer"] = serialize<OptimizerImpl>(map.default_optimizer.impl().get());
  config["optimizer_map"] = all;
  out["module"] = "keras.optimizers";
  out["class_name"] = "OptimizerMap";
  out["config"] = config;
  out["registered_name"] = Value();
  return out;
}

OptimizerMap Codec<OptimizerMap>::from_value(const Value& v) {
  const auto of = [](const Value& one) {
    return one.live() ? Optimizer(live_as<OptimizerImpl>(one)) : Optimizer(make_configurable<OptimizerImpl>(one));
  };
  if (!v.is_object() || !v.find("config"))
    throw ConfigError("optimizer_map", "must be an OptimizerMap, of a default optimizer and others by path");
  const Value& config = v.at("config");
  OptimizerMap map;
  map.default_optimizer = of(config.at("default_optimizer"));
  for (const auto& [path, one] : config.at("optimizer_map").as_object()) map.by_path.emplace_back(path, of(one));
  return map;
}

namespace {

struct LossScaleOptimizerObject final : WithConfig<LossScaleOptimizerObject, OptimizerImpl, LossScaleOptimizerConfig> {
  static constexpr const char* kName = "LossScaleOptimizer";
  Variable counter, scale;

  explicit LossScaleOptimizerObject(LossScaleOptimizerConfig c) : WithConfig(std::move(c)) {
    if (!config.inner_optimizer) throw ConfigError(kName, "inner_optimizer must be given, got none");
    inner().set_loss_scale_factor({});  // the gradients would be divided twice
  }
  OptimizerImpl& inner() const { return *config.inner_optimizer; }
  OptimizerOptions options() const override { return {}; }
  std::string name() const override { return config.name; }
  LearningRate initial_rate() const override { return 0.0; }  // of a variable that only files have
  void set_learning_rate(const LearningRate& rate) override {
    const std::vector<Variable> before = inner().variables();
    inner().set_learning_rate(rate);
    const std::vector<Variable>& now = inner().variables();
    for (const Variable& v : before)
      if (std::none_of(now.begin(), now.end(), [&](const Variable& n) { return n.cell() == v.cell(); })) forget(v);
    if (now.size() < before.size()) changed();
  }
  double learning_rate() const override { return inner().learning_rate(); }
  LearningRate current_rate() const override { return initial_rate(); }
  std::vector<OptimizerImpl*> with_rates() override { return inner().with_rates(); }
  int64_t iterations() const override { return inner().iterations(); }
  Variable iterations_variable() const override { return inner().iterations_variable(); }
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
    for (size_t i = 0; i < unscaled.size(); ++i) {
      Tensor& g = unscaled[i];
      if (!g.defined()) continue;
      const Tensor one = ops::all(ops::isfinite(g));
      finite = finite.defined() ? ops::logical_and(finite, one) : one;
      if (i < trainable().size() && trainable()[i].overwrite_with_gradient()) continue;
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

struct MultiOptimizerObject final : WithConfig<MultiOptimizerObject, OptimizerImpl, MultiOptimizerConfig> {
  static constexpr const char* kName = "MultiOptimizer";
  std::vector<Optimizer> all;                ///< In Keras' order, which files have.
  std::vector<std::vector<size_t>> numbers;  ///< The variables of each, among those of this one.

  explicit MultiOptimizerObject(MultiOptimizerConfig c) : WithConfig(std::move(c)) {
    for (const auto& [path, one] : config.optimizer_map.by_path) number_of(one);
    if (config.optimizer_map.default_optimizer)
      number_of(config.optimizer_map.default_optimizer);
    else if (!config.optimizer_map.choose)
      throw ConfigError(kName, "optimizer_map must have a default optimizer, or a function that chooses, got neither");
  }
  /// Its place in `all`; a new one follows this one's scale of the loss.
  size_t number_of(const Optimizer& one) {
    for (size_t i = 0; i < all.size(); ++i)
      if (all[i].impl() == one.impl()) return i;
    const std::string kind = one->class_name();
    if (kind == kName || kind == "LossScaleOptimizer")
      throw ConfigError(kName, text("{} cannot be used inside an MultiOptimizer. Expected an optimizer of variables, "
                                    "got '{}'",
                                    kind, one->name()));
    one->set_loss_scale_factor(loss_scale_factor());
    all.push_back(one);
    numbers.emplace_back();
    return all.size() - 1;
  }
  OptimizerOptions options() const override { return {.loss_scale_factor = config.loss_scale_factor}; }
  std::string name() const override { return config.name; }
  LearningRate initial_rate() const override { return 0.0; }  // of a variable that only files have
  [[noreturn]] void no_rate() const {
    throw CallError(name(),
                    "Learning rate cannot be accessed or set on a MultiOptimizer. Expected one of the "
                    "optimizers inside it");
  }
  void set_learning_rate(const LearningRate&) override { no_rate(); }
  double learning_rate() const override { no_rate(); }
  LearningRate current_rate() const override { return initial_rate(); }
  std::vector<OptimizerImpl*> with_rates() override {
    std::vector<OptimizerImpl*> out;
    for (const Optimizer& one : all) out.push_back(&*one);
    return out;
  }
  void set_loss_scale_factor(std::optional<double> factor) override {
    OptimizerImpl::set_loss_scale_factor(factor);
    for (const Optimizer& one : all) one->set_loss_scale_factor(factor);
  }
  void build_slots(const std::vector<Variable>& trainable) override {
    for (auto& one : numbers) one.clear();
    for (size_t i = 0; i < trainable.size(); ++i)
      numbers[number_of(config.optimizer_map.find(trainable[i]))].push_back(i);
    for (size_t k = 0; k < all.size(); ++k) {
      if (!numbers[k].empty()) all[k]->build(part(k, trainable));
      append(all[k]->variables());
    }
  }
  template <class T>
  std::vector<T> part(size_t k, const std::vector<T>& whole) const {
    std::vector<T> out;
    for (const size_t i : numbers[k]) out.push_back(whole.at(i));
    return out;
  }
  /// Of a model's variables each optimizer goes on with its own; those of another model are in the same places.
  bool move_to(const std::vector<Variable>& given) override {
    if (!OptimizerImpl::move_to(given)) return false;
    for (size_t k = 0; k < all.size(); ++k) {
      std::vector<Variable> own = part(k, trainable());
      std::erase_if(own, [&](const Variable& v) {
        return std::none_of(given.begin(), given.end(), [&](const Variable& g) { return g.cell() == v.cell(); });
      });
      if (!numbers[k].empty() && !all[k]->move_to(own)) return false;
    }
    return true;
  }
  void update_step(size_t, const Tensor&, Variable&, const Tensor&, const Tensor&) override {}
  void apply(const std::vector<Tensor>& gradients) override {
    if (!built()) throw CallError(name(), "must be built with the trainable variables before apply");
    if (gradients.size() != trainable().size())
      throw CallError(name(), text("needs a gradient for each of the {} variables it was built with, got {}",
                                   trainable().size(), gradients.size()));
    const auto defined = [](const Tensor& g) { return g.defined(); };
    if (std::none_of(gradients.begin(), gradients.end(), defined))
      throw CallError(name(),
                      "No gradients provided for any variable. Expected one for at least one of them, but the "
                      "loss depends on none");
    for (size_t k = 0; k < all.size(); ++k) {
      const std::vector<Tensor> own = part(k, gradients);
      if (std::any_of(own.begin(), own.end(), defined)) all[k]->apply(own);
    }
    count_step();
  }
  void finalize_variable_values() override {
    for (const Optimizer& one : all)
      if (one->built()) one->finalize_variable_values();
  }
  Value get_config() const override {
    Value out = describe_to_value(config);
    out["loss_scale_factor"] = Codec<std::optional<double>>::to_value(loss_scale_factor());
    return out;
  }
};

}  // namespace

namespace optimizers {
LossScaleOptimizer::LossScaleOptimizer(LossScaleOptimizerConfig c)
    : Optimizer(std::make_shared<LossScaleOptimizerObject>(std::move(c))) {}
MultiOptimizer::MultiOptimizer(MultiOptimizerConfig c)
    : Optimizer(std::make_shared<MultiOptimizerObject>(std::move(c))) {}
std::vector<Optimizer> MultiOptimizer::optimizers() const { return optimizers_of(**this); }
}  // namespace optimizers

static const MultiOptimizerObject& multi_of(const OptimizerImpl& o) {
  if (const auto* multi = dynamic_cast<const MultiOptimizerObject*>(&o)) return *multi;
  throw CallError(o.name(), text("expected a MultiOptimizer, got {}", o.class_name()));
}
const std::vector<Optimizer>& optimizers_of(const OptimizerImpl& multi) { return multi_of(multi).all; }
const OptimizerMap& optimizer_map_of(const OptimizerImpl& multi) { return multi_of(multi).config.optimizer_map; }

void add_wrapping_optimizers(Registry<OptimizerImpl>& r) {
  r.add<LossScaleOptimizerObject>({"lossscaleoptimizer"});
  r.add<MultiOptimizerObject>();
}

}  // namespace cornu
