// Recognises functional models that a Sequential can stand for.
#include "saving/chain.h"

namespace cornu {
namespace {

/// The layer that a reference [name, node, tensor] or [[name, node, tensor]] means, if it is of the first call.
std::string referred(const Value* v) {
  if (v && v->is_array() && v->size() == 1 && v->at(0).is_array()) v = &v->at(0);
  if (!v || !v->is_array() || v->size() < 3 || !v->at(0).is_string()) return "";
  for (size_t i : {1, 2})
    if (!v->at(i).is_int() || v->at(i).as_int() != 0) return "";
  return v->at(0).as_string();
}

/// The one layer whose output a layer is called with: Keras 3's form, or [[["name", 0, 0, {}]]] of Keras 2.
std::string inbound(const Value& layer) {
  const Value* nodes = layer.find("inbound_nodes");
  if (!nodes || !nodes->is_array() || nodes->size() != 1) return "";
  const Value& node = nodes->at(0);
  if (node.is_array()) return referred(&node);
  const Value* args = node.find("args");
  if (!args || !args->is_array() || args->size() != 1) return "";
  if (const Value* kwargs = node.find("kwargs"); kwargs && kwargs->is_object())
    for (const auto& [key, value] : kwargs->as_object())
      if (!value.is_null() && key != "training") return "";
  const Value* config = args->at(0).find("config");
  return config ? referred(config->find("keras_history")) : "";
}

}  // namespace

std::vector<const Value*> chain_of_functional(const Value& config, const std::string& who) {
  const Value::Array& layers = config.at("layers").as_array();
  const auto name_of = [](const Value& layer) {
    const Value* name = layer.find("name");
    if (!name || !name->is_string()) {
      const Value* own = layer.find("config");
      name = own ? own->find("name") : nullptr;
    }
    return name && name->is_string() ? name->as_string() : std::string();
  };
  bool chain = !layers.empty() && referred(config.find("input_layers")) == name_of(layers[0]) &&
               referred(config.find("output_layers")) == name_of(layers.back());
  for (size_t i = 1; chain && i < layers.size(); ++i) {
    const std::string from = inbound(layers[i]);
    chain = !from.empty() && from == name_of(layers[i - 1]);
  }
  if (!chain)
    throw ConfigError(who,
                      "holds a functional model whose layers branch or meet; functional models are not supported "
                      "yet, except one chain of layers");
  std::vector<const Value*> out;
  for (const Value& layer : layers) out.push_back(&layer);
  return out;
}

}  // namespace cornu
