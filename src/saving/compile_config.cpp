// What compile was given, from Keras' compile_config.
#include <algorithm>
#include <set>

#include "nn/registry.h"
#include "saving/config.h"

namespace cornu {
namespace {

bool named_form(const Value& v) { return v.is_object() && v.has("class_name"); }

/// Functions come as {"class_name": "function", "config": name}: their name stands for the class.
Value plain(const Value& v) {
  if (named_form(v))
    if (const Value* name = v.find("class_name"); name->is_string() && name->as_string() == "function")
      if (const Value* f = v.find("config"); f && f->is_string()) return *f;
  return v;
}

/// What is for one output, for several in a list, or for several by name.
template <class T, class F>
Tree<T> tree_of(const Value& v, const F& leaf) {
  if (v.is_null()) return {};
  if (v.is_array()) {
    std::vector<Tree<T>> parts;
    for (const Value& one : v.as_array()) parts.push_back(tree_of<T>(one, leaf));
    return parts;
  }
  if (v.is_object() && !named_form(v)) {
    std::vector<typename Tree<T>::Field> parts;
    for (const auto& [name, one] : v.as_object()) parts.emplace_back(name, tree_of<T>(one, leaf));
    return parts;
  }
  return leaf(plain(v));
}

/// Whether a name is that of a user's function: what it means now counts, not at the first batch.
template <class Base>
bool is_users(const std::string& name) {
  const std::vector<std::string>& known = registry<Base>().names();
  return registry<Base>().find(name) && std::find(known.begin(), known.end(), name) == known.end();
}

Tree<MetricSpec> metrics_of(const Value* v) {
  if (!v) return {};
  return tree_of<MetricSpec>(*v, [](const Value& metric) {
    if (metric.is_string() && !is_users<MetricImpl>(metric.as_string())) return MetricSpec(metric.as_string());
    return MetricSpec(Metric(make_configurable<MetricImpl>(metric)));
  });
}

Tree<Loss> loss_of(const Value* v) {
  if (!v) return {};
  return tree_of<Loss>(*v, [](const Value& one) {
    return one.is_string() ? Loss(one.as_string()) : Loss(make_configurable<LossImpl>(one));
  });
}

Optimizer optimizer_of(const Value& v) {
  Value form = v;
  if (Value* config = form.find("config"))
    for (const char* old : {"is_legacy_optimizer", "jit_compile"}) config->erase(old);  // of Keras 2.11 to 2.15
  return Optimizer(make_configurable<OptimizerImpl>(form));
}

}  // namespace

Value present_compile_config(const Value& form) {
  const Value& v = form.at("compile_config");
  const std::set<std::string> of_keras_3 = {"optimizer",        "loss",        "loss_weights",        "metrics",
                                            "weighted_metrics", "run_eagerly", "steps_per_execution", "jit_compile"};
  std::set<std::string> keys;
  for (const auto& member : v.as_object()) keys.insert(member.first);
  return keys == of_keras_3 ? v : Value();
}

std::optional<CompileConfig> compile_from_config(const Value& form, const std::string& who) {
  const Value* v = form.find("compile_config");
  if (!v || !v->is_object() || v->size() == 0) return std::nullopt;
  CompileConfig out;
  const char* part = "optimizer";
  try {
    const Value* optimizer = v->find("optimizer");
    if (!optimizer || optimizer->is_null()) return std::nullopt;
    out.optimizer = optimizer_of(*optimizer);
    part = "loss";
    out.loss = loss_of(v->find("loss"));
    part = "metrics";
    out.metrics = metrics_of(v->find("metrics"));
    out.weighted_metrics = metrics_of(v->find("weighted_metrics"));
    part = "compile_config";
    if (const Value* w = v->find("loss_weights"))
      out.loss_weights = tree_of<double>(*w, [](const Value& one) { return one.as_double(); });
    if (const Value* e = v->find("run_eagerly"); e && e->is_bool()) out.run_eagerly = e->as_bool();
    if (const Value* n = v->find("steps_per_execution"); n && n->is_int()) out.steps_per_execution = n->as_int();
    if (const Value* j = v->find("jit_compile"); j && j->is_bool()) out.jit_compile = j->as_bool() ? "true" : "false";
    return out;
  } catch (const Error& e) {
    throw ConfigError(who, text("{}: {}", part, sentence_of(e)), {{"to load the model without it", "compile = false"}});
  }
}

}  // namespace cornu
