// What files hold of models: their layers, what they were built for, what compile was given.
#include <map>

#include "nn/layers/families.h"
#include "nn/layers/input.h"
#include "nn/model.h"
#include "nn/registry.h"

namespace cornu {

Value compile_to_config(const ModelImpl& model) {
  Value to = Value::object();
  if (!model.compiled) return to;
  const CompileConfig& c = *model.compiled;
  if (!model.compiled_as.is_null()) {
    to = model.compiled_as;
    to["optimizer"] = serialize<OptimizerImpl>(c.optimizer.impl().get());
    return to;
  }
  to["optimizer"] = serialize<OptimizerImpl>(c.optimizer.impl().get());
  to["loss"] = c.loss.given().empty() ? serialize<LossImpl>(c.loss.impl().get()) : Value(c.loss.given());
  to["loss_weights"] = c.loss_weights.empty() ? Value() : Codec<std::vector<double>>::to_value(c.loss_weights);
  const auto metrics = [](const std::vector<MetricSpec>& specs) {
    if (specs.empty()) return Value();
    Value list = Value::array();
    for (const MetricSpec& s : specs)
      list.push_back(s.metric() ? serialize<MetricImpl>(s.metric().impl().get()) : Value(s.name()));
    return list;
  };
  to["metrics"] = metrics(c.metrics);
  to["weighted_metrics"] = metrics(c.weighted_metrics);
  to["run_eagerly"] = c.run_eagerly;
  to["steps_per_execution"] = c.steps_per_execution;
  to["jit_compile"] = c.jit_compile == "auto" ? !c.run_eagerly : c.jit_compile == "true";  // as Keras settles it
  return to;
}

Value build_config(const LayerImpl& layer) {
  const bool none = dynamic_cast<const InputLayer*>(&layer) || dynamic_cast<const BuiltAtInit*>(&layer);
  if (none || !layer.built() || layer.build_shape().rank() == 0) return {};
  Value out = Value::object();
  out["input_shape"] = Codec<Shape>::to_value(layer.build_shape());
  return out;
}

namespace {

/// Numbers for the layers that are at several places of a model, by which its description says that they are one.
class SharedLayers {
 public:
  explicit SharedLayers(const LayerImpl& root) {
    if (current) return;
    current = this;
    count(root);
  }
  ~SharedLayers() {
    if (current == this) current = nullptr;
  }
  SharedLayers(const SharedLayers&) = delete;
  SharedLayers& operator=(const SharedLayers&) = delete;
  /// 0 for a layer that is at one place alone.
  static int64_t number(const LayerImpl& layer) {
    const auto found = current->places_.find(&layer);
    return found == current->places_.end() || found->second.second < 2 ? 0 : found->second.first;
  }

 private:
  void count(const LayerImpl& layer) {
    for (const auto& child : layer.children()) {
      auto& [number, places] =
          places_.try_emplace(child.get(), static_cast<int64_t>(places_.size()) + 1, 0).first->second;
      if (++places == 1) count(*child);
    }
  }
  std::map<const LayerImpl*, std::pair<int64_t, int>> places_;
  static thread_local SharedLayers* current;  ///< Of the model that is being described.
};
thread_local SharedLayers* SharedLayers::current = nullptr;

}  // namespace

Value SequentialImpl::get_config() const {
  const SharedLayers shared(*this);
  Value out = Value::object();
  out["name"] = name;
  out["trainable"] = static_cast<bool>(trainable);
  out["dtype"] = Codec<DTypePolicy>::to_value(policy);
  Value list = Value::array();
  for (const Layer& layer : layers_) {
    Value one;
    try {
      one = serialize<LayerImpl>(layer.impl().get());
    } catch (const ConfigError& e) {
      if (dynamic_cast<const ModelImpl*>(layer.impl().get())) throw;  // names its own layer
      throw ConfigError(text("{} '{}'", layer->class_name(), layer->name), e.message(), {}, layer->where);
    }
    if (Value build = build_config(*layer); !build.is_null()) one["build_config"] = std::move(build);
    if (const auto* model = dynamic_cast<const ModelImpl*>(layer.impl().get())) {
      if (model->registered_name.empty()) one["module"] = "keras";
      one["compile_config"] = compile_to_config(*model);
    }
    if (const int64_t number = SharedLayers::number(*layer)) one["shared_object_id"] = number;
    list.push_back(std::move(one));
  }
  out["layers"] = std::move(list);
  if (built() && build_shape().rank()) out["build_input_shape"] = Codec<Shape>::to_value(build_shape());
  return out;
}

}  // namespace cornu
