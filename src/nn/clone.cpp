// Clones of models: their layers anew, and the calls of these.
#include <cornu/clone.h>

#include <map>

#include "nn/functional.h"
#include "nn/layers/input.h"
#include "nn/registry.h"

namespace cornu {
namespace {

/// An object of the same config.
template <class H, class Impl>
H anew(const H& handle) {
  return handle ? H(make_configurable<Impl>(serialize<Impl>(&*handle))) : handle;
}

struct Cloning {
  const CloneConfig& config;
  std::map<const LayerImpl*, Layer> known{};  ///< So that what is one in the model is one in the clone.

  Layer of_layer(const Layer& layer) {
    const auto found = known.find(layer.impl().get());
    if (found != known.end()) return found->second;
    const bool whole = dynamic_cast<const SequentialImpl*>(&*layer) || dynamic_cast<const FunctionalImpl*>(&*layer);
    Layer made;
    if (whole && (config.recursive || !config.clone_function))
      made = of_model(Model(std::static_pointer_cast<ModelImpl>(layer.impl())), {});
    else if (config.clone_function)
      made = config.clone_function(layer);
    else
      made = same_config(layer);
    return known[layer.impl().get()] = made;
  }

  static Layer same_config(const Layer& layer) {
    std::shared_ptr<LayerImpl> copy = layer->unbuilt_copy();
    if (!copy) copy = make_configurable<LayerImpl>(serialize<LayerImpl>(&*layer));
    copy->trainable = layer->trainable;
    return Layer(std::move(copy));
  }

  Model of_model(const Model& model, const Tree<Tensor>& starts) {
    const auto* functional = dynamic_cast<const FunctionalImpl*>(&model.model());
    if (!functional && !dynamic_cast<const SequentialImpl*>(&model.model()))
      throw CallError(text("{} '{}'", model->class_name(), model->name),
                      "clone_model is for functional and sequential models");
    Model out = functional ? of_functional(*functional, starts) : of_sequential(model);
    out->trainable = model->trainable;
    if (const auto& compiled = model.model().compiled) {
      CompileConfig c = *compiled;
      c.optimizer = anew<Optimizer, OptimizerImpl>(c.optimizer);
      const auto spec = [](const MetricSpec& m) {
        return m.metric() ? MetricSpec(anew<Metric, MetricImpl>(m.metric())) : m;
      };
      c.metrics = c.metrics.map(spec);
      c.weighted_metrics = c.weighted_metrics.map(spec);
      out.compile(std::move(c));
    }
    return out;
  }

  Model of_sequential(const Model& model) {
    const auto& impl = static_cast<const SequentialImpl&>(model.model());
    std::vector<Layer> layers;
    for (const auto& child : impl.children()) {
      const bool input = dynamic_cast<const InputLayer*>(child.get()) != nullptr;
      layers.push_back(input ? Layer(child->unbuilt_copy()) : of_layer(Layer(child)));
    }
    return Sequential(layers, impl.name);
  }

  Model of_functional(const FunctionalImpl& model, const Tree<Tensor>& given) {
    if (!given.is_none() && !given.same_structure(model.inputs()))
      throw CallError("clone_model", text("input_tensors must have the structure of the model's inputs, {}, got {}",
                                          to_string(model.inputs().kind(), model.inputs().size()),
                                          to_string(given.kind(), given.size())));
    const auto anew = [](const Tensor& t) { return symbolic_input(t.impl()->record->layer->unbuilt_copy()); };
    const Tree<Tensor> starts = given.is_none() ? model.inputs().map(anew) : given;
    using Place = std::pair<const CallRecord*, uint32_t>;
    const auto place = [](const Tensor& t) { return Place(t.impl()->record.get(), t.impl()->output); };
    std::map<Place, Tensor> values;
    const Tensors first = starts.leaves();
    size_t n = 0;
    model.inputs().each([&](const Tensor& t) { values[place(t)] = first[n++]; });
    const auto now = [&](const Tensor& t) {
      const auto found = in_graph_of_layers(t) ? values.find(place(t)) : values.end();
      return found == values.end() ? t : found->second;
    };
    for (const auto& record : model.graph().records) {
      if (values.contains({record.get(), 0})) continue;  // an input
      const Layer layer = record->layer->is_operation ? Layer(record->layer) : of_layer(Layer(record->layer));
      const CallOptions options = with_each_mask(record->options, now);
      const Tree<Tensor> x = record->inputs.map(now);
      const Tensors y = (config.call_function && !layer->is_operation ? config.call_function(layer, x, options)
                                                                      : layer->apply(x, options))
                            .leaves();
      if (y.size() != record->outputs.leaf_count())
        throw CallError("clone_model", text("the clone of '{}' must give {} tensors, as it does, got {}",
                                            record->layer->name, record->outputs.leaf_count(), y.size()));
      for (uint32_t i = 0; i < y.size(); ++i) values[{record.get(), i}] = y[i];
    }
    return Model(starts, model.outputs().map(now), model.name);
  }
};

}  // namespace

Model clone_model(const Model& model, const CloneConfig& config) {
  if (!config.input_tensors.is_none() && !dynamic_cast<const FunctionalImpl*>(&model.model()))
    throw CallError("clone_model",
                    text("input_tensors are for functional models, got {} '{}'", model->class_name(), model->name));
  return Cloning{config}.of_model(model, config.input_tensors);
}

}  // namespace cornu
