// Sequential models, and what compile was given, from the configs of recorded results.
#pragma once
#include <cornu/cornu.h>

#include "nn/golden.h"
#include "nn/registry.h"

namespace cornu::testing {

inline Sequential golden_model(const Value& form) {
  const Value& config = form.at("config");
  std::vector<Layer> layers;
  for (const Value& layer : config.at("layers").as_array())
    layers.push_back(Layer(make_configurable<LayerImpl>(layer)));
  return Sequential(layers, config.at("name").as_string());
}

inline void golden_compile(Model& model, const Value& form) {
  const Value* c = form.find("compile_config");
  if (!c || !c->has("optimizer")) return;
  CompileConfig out{.optimizer = Optimizer(make_configurable<OptimizerImpl>(c->at("optimizer"))),
                    .loss = c->at("loss").as_string().c_str()};
  const auto add = [&](const char* key, Tree<MetricSpec>& to) {
    std::vector<MetricSpec> all;
    if (const Value& names = c->at(key); names.is_array())
      for (const Value& name : names.as_array()) all.emplace_back(name.as_string());
    if (!all.empty()) to = all;
  };
  add("metrics", out.metrics);
  add("weighted_metrics", out.weighted_metrics);
  model.compile(std::move(out));
}

}  // namespace cornu::testing
