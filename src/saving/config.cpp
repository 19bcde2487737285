// Models from Keras' descriptions of them.
#include "saving/config.h"

#include <map>

#include "nn/layers/input.h"
#include "nn/model.h"
#include "nn/registry.h"
#include "saving/functional.h"

namespace cornu {

std::string sentence_of(const Error& e) {
  const std::string message = e.message();
  return message.substr(0, message.find('\n'));
}

namespace {

std::string text_member(const Value& form, const char* key) {
  const Value* v = form.find(key);
  return v && v->is_string() ? v->as_string() : "";
}

/// What Keras writes for every layer and none of ours has. Quantized layers have other weights, so they are refused.
void drop_common_keys(Value& config, const std::string& who, const std::string& layer) {
  for (const char* key : {"quantization_config", "activity_regularizer"})
    if (const Value* v = config.find(key); v && v->is_null()) config.erase(key);
  if (config.has("quantization_config"))
    throw ConfigError(who, text("{} is quantized, which is not supported yet", layer));
  config.erase("autocast");
}

/// Layers that stand at several places of a model, by the number that its description gives them.
using SharedLayers = std::map<int64_t, Layer>;

struct Reader {
  const std::string& who;
  SharedLayers& shared;

  std::shared_ptr<LayerImpl> make(const Value& form, const std::string& layer, Value config) const {
    std::string key;
    try {
      key = class_of(LayerImpl::kModule, form);
    } catch (const Error& e) {
      throw ConfigError(who, text("{} is refused: {}", layer, sentence_of(e)));
    }
    const auto* maker = find_class<LayerImpl>(form, key);
    if (!maker) {
      // An unregistered class of one's own may have the name of one of Keras'.
      const bool own = !unregistered_of(form).empty();
      const std::string near = own ? "" : nearest_name(key, registry<LayerImpl>().names());
      const std::string module = text_member(form, "module");
      const bool of_keras = module == "keras" || module.starts_with("keras.");
      throw ConfigError(
          who, text("layer '{}' is of the class '{}', which is {}", text_member(config, "name"), key,
                    !near.empty() ? text("unknown; did you mean '{}'?", near)
                    : of_keras    ? "not supported yet, or one's own and not registered before"
                                  : "unknown; a class of one's own is registered before (registry<LayerImpl>().add; in "
                                    "Python keras.saving.register_keras_serializable, or custom_objects)"));
    }
    drop_common_keys(config, who, layer);
    try {
      return (*maker)(config);
    } catch (const Error& e) {
      throw ConfigError(who, text("{}: {}", layer, sentence_of(e)));
    }
  }

  Layer input(const Value& batch_shape, const Value* dtype) const {
    Value config = Value::object();
    config["batch_shape"] = batch_shape;
    if (dtype && dtype->is_string()) config["dtype"] = *dtype;
    Value form = Value::object();
    form["class_name"] = "InputLayer";
    return Layer(make(form, "the input", config));
  }

  /// One layer, with an InputLayer before it where the first layer states the input shape, as Keras 2 wrote it.
  void add(const Value& form, std::vector<Layer>& out) const {
    if (!form.is_object()) throw ConfigError(who, text("a layer must be an object, got {}", to_string(form.kind())));
    const Value* number = form.find("shared_object_id");
    if (!number || !number->is_int()) return add_new(form, out);
    const auto known = shared.find(number->as_int());
    if (known != shared.end()) return out.push_back(known->second);
    add_new(form, out);
    shared.emplace(number->as_int(), out.back());
  }

  void add_new(const Value& form, std::vector<Layer>& out) const {
    const std::string class_name = text_member(form, "class_name");
    const Value* given = form.find("config");
    if (given && !given->is_object())
      throw ConfigError(who,
                        text("the config of a {} must be an object, got {}", class_name, to_string(given->kind())));
    Value config = given ? *given : Value::object();
    const std::string layer = text("layer '{}' ({})", text_member(config, "name"), class_name);
    if (class_name == "Sequential" || class_name == "Functional" || class_name == "Model") {
      out.push_back(model_of(form, who, shared));
      return;
    }
    const Value* shape = config.find("batch_input_shape");
    if (!shape && class_name != "InputLayer") shape = config.find("batch_shape");
    if (shape) {
      const Value batch_shape = *shape;
      config.erase("batch_input_shape");
      config.erase("batch_shape");
      if (class_name == "InputLayer")
        config["batch_shape"] = batch_shape;
      else if (out.empty() && !batch_shape.is_null())
        out.push_back(input(batch_shape, config.find("dtype")));
    }
    if (class_name == "InputLayer") check_input(config, layer);
    out.push_back(Layer(make(form, layer, std::move(config))));
  }

  static Model model_of(const Value& form, const std::string& who, SharedLayers& shared);

  void check_input(Value& config, const std::string& layer) const {
    for (const char* key : {"sparse", "ragged"})
      if (const Value* v = config.find(key); v && v->is_bool() && v->as_bool())
        throw ConfigError(who, text("{} is {}, which is not supported", layer, key));
    if (const Value* name = config.find("name"); name && name->is_null()) config.erase("name");
    if (!config.has("batch_shape")) throw ConfigError(who, text("{} has no batch_shape", layer));
  }
};

std::vector<Layer> layers_of(const Value& config, const std::string& who, SharedLayers& shared) {
  const Reader reader{who, shared};
  std::vector<Layer> layers;
  // Keras before 2.3 wrote the list alone.
  const Value& list = config.is_array() ? config : config.at("layers");
  for (const Value& layer : list.as_array()) reader.add(layer, layers);
  return layers;
}

Model functional_of(const Value& config, const std::string& who, SharedLayers& shared) {
  const Reader reader{who, shared};
  try {
    return functional_from_config(config, who, [&](const Value& form) {
      std::vector<Layer> made;
      reader.add(form, made);
      return made.back();
    });
  } catch (const Error& e) {
    if (e.who == who) throw;
    throw ConfigError(who, sentence_of(e));
  }
}

void build(ModelImpl& model, const Value& form, const Value& config) {
  const Value* shape = config.find("build_input_shape");
  if (!shape || !shape->is_array())
    if (const Value* build_config = form.find("build_config")) shape = build_config->find("input_shape");
  const std::vector<std::shared_ptr<LayerImpl>> children = model.children();
  if (!children.empty() && dynamic_cast<const InputLayer*>(children[0].get())) return model.ensure_built({});
  if (shape && shape->is_array()) model.ensure_built(TypeShape{DType::f32, Codec<Shape>::from_value(*shape)});
}

/// A model of a class that a user registered; null if the form is of none.
std::shared_ptr<ModelImpl> registered_model(const Value& form) {
  const Value* registered = form.find("registered_name");
  if (!registered || !registered->is_string()) return nullptr;
  const std::string name = class_of("keras", form);
  const bool of_users = name.find('>') != name.npos || !unregistered_of(form).empty();
  const auto* make = of_users ? find_class<LayerImpl>(form, name) : nullptr;
  return make ? std::dynamic_pointer_cast<ModelImpl>((*make)(form.at("config"))) : nullptr;
}

Model Reader::model_of(const Value& form, const std::string& who, SharedLayers& shared) {
  if (!form.is_object()) throw ConfigError(who, text("a model must be an object, got {}", to_string(form.kind())));
  const std::string class_name = text_member(form, "class_name");
  if (const auto own = registered_model(form)) {
    try {
      build(*own, form, form.at("config"));
      return Model(own);
    } catch (const Error& e) {
      throw ConfigError(who, sentence_of(e));
    }
  }
  if (class_name != "Sequential" && class_name != "Functional" && class_name != "Model")
    throw ConfigError(who,
                      text("holds a model of the class '{}'; supported yet are Sequential and functional models, and "
                           "classes of one's own that are registered before (in Python also by custom_objects)",
                           class_name));
  const Value& config = form.at("config");
  if (class_name != "Sequential") return functional_of(config, who, shared);
  const std::vector<Layer> layers = layers_of(config, who, shared);
  const std::string name = text_member(config, "name");
  try {
    Sequential model(layers, name, CallSite{});
    model.model().where.clear();
    if (const Value* trainable = config.find("trainable"); trainable && trainable->is_bool())
      model.model().trainable = trainable->as_bool();
    if (const Value* dtype = config.find("dtype")) model.model().policy = Codec<DTypePolicy>::from_value(*dtype);
    build(model.model(), form, config);
    return model;
  } catch (const Error& e) {
    throw ConfigError(who, sentence_of(e));
  }
}

}  // namespace

Model model_from_config(const Value& form, const std::string& who) {
  SharedLayers shared;
  return Reader::model_of(form, who, shared);
}

Value model_to_config(const Model& model) {
  const ModelImpl& m = model.model();
  if (m.description)
    if (Value known = m.description(); !known.is_null()) return known;
  Value out = Value::object();
  const bool own = !m.registered_name.empty();
  out["module"] = own ? Value() : Value("keras");
  out["class_name"] = m.class_name();
  out["config"] = m.get_config();
  out["registered_name"] = own ? Value(m.registered_name) : Value();
  name_model(m, out);
  if (m.ready() && !out.has("build_config")) {
    out["build_config"] = Value::object();
    out["build_config"]["input_shape"] = Codec<Shape>::to_value(m.build_shape());
  }
  out["compile_config"] = compile_to_config(m);
  return out;
}

}  // namespace cornu
