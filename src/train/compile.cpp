// compile, and the trainer that a model has of it.
#include <cmath>
#include <shared_mutex>

#include "nn/metrics/resolve.h"
#include "train/trainer.h"

namespace cornu {

std::shared_ptr<Trainer> trainer_of(ModelImpl& model) {
  {
    const std::shared_lock lock(model.busy);
    if (!model.compiled)
      throw CallError(text("{} '{}'", model.class_name(), model.name), "call compile() before training or evaluating",
                      {}, model.where);
  }
  return predict_trainer_of(model);
}

std::shared_ptr<Trainer> predict_trainer_of(ModelImpl& model) {
  {
    const std::shared_lock lock(model.busy);
    if (model.trainer) return model.trainer;
  }
  const std::lock_guard lock(model.busy);
  if (!model.trainer)
    model.trainer = std::make_shared<Trainer>(model.compiled ? *model.compiled : CompileConfig{}, model.dtype);
  return model.trainer;
}

/// ConfigError for what compile can make nothing of.
static void check(const CompileConfig& c) {
  const auto require = [](bool ok, const std::string& rule) {
    if (!ok) throw ConfigError("compile", rule);
  };
  require(static_cast<bool>(c.optimizer), "the optimizer is empty");
  c.loss_weights.each([&](double w) { require(std::isfinite(w), text("loss_weights must be finite, got {}", w)); });
  require(c.steps_per_execution >= 1, text("steps_per_execution must be at least 1, got {}", c.steps_per_execution));
  require(c.jit_compile == "auto" || c.jit_compile == "true" || c.jit_compile == "false",
          text("jit_compile must be 'auto', 'true' or 'false', got '{}'", c.jit_compile));
  require(!c.run_eagerly || c.jit_compile != "true", "jit_compile cannot be true where run_eagerly is; leave one out");
  for (const Tree<MetricSpec>* tree : {&c.metrics, &c.weighted_metrics})
    tree->each([](const MetricSpec& spec) {
      if (spec && !spec.metric()) check_metric_name(spec.name());
    });
}

void Model::compile(CompileConfig config) {
  check(config);
  ModelImpl& m = model();
  const std::lock_guard lock(m.busy);
  m.must_not_train("be compiled");
  const bool small = m.dtype_policy().name == "mixed_float16";  // whose gradients soon are 0
  if (small && config.auto_scale_loss && config.optimizer->class_name() != "LossScaleOptimizer")
    config.optimizer = optimizers::LossScaleOptimizer({.inner_optimizer = config.optimizer});
  m.compiled = std::move(config);
  m.compiled_as = Value();
  m.trainer.reset();
}

std::string Model::explain_step(int repeats) const {
  const auto& t = model().trainer;
  return t && t->last_train_step ? t->last_train_step->explain(repeats) : "";
}

}  // namespace cornu
