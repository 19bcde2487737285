// The last layers of a model and its loss.
#include "cli/output_head.h"

#include <algorithm>

#include "nn/model.h"

namespace cornu::cli {
namespace {

bool is_one_of(const std::string& name, std::initializer_list<const char*> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string activation_of(const std::vector<Layer>& layers) {
  for (auto l = layers.rbegin(); l != layers.rend(); ++l) {
    const std::string name = (*l)->class_name();
    if (is_one_of(name, {"Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization",
                         "Flatten", "Reshape", "Permute", "Masking"}))
      continue;  // When a model is used, they hand on what they get.
    if (const auto* model = dynamic_cast<const ModelImpl*>(l->impl().get())) return activation_of(model->layers());
    if (name == "Softmax") return "softmax";
    if (is_one_of(name, {"ReLU", "LeakyReLU", "PReLU", "ELU"})) return name;
    const Value config = (*l)->get_config();
    const Value* activation = config.find("activation");
    if (!activation) return "linear";
    if (activation->is_string()) return activation->as_string();
    const Value* layer = activation->find("class_name");  // one without weights in the place of a function
    if (!layer || !layer->is_string()) return "a function";
    return layer->as_string() == "Softmax" ? "softmax" : layer->as_string();
  }
  return "linear";
}

}  // namespace

int64_t output_width(const Model& model) {
  const std::vector<Layer> layers = model.layers();
  if (layers.empty() || !layers.back()->built()) return 0;
  return layers.back()->output_shape()[-1];
}

std::string output_activation(const Model& model) { return activation_of(model.layers()); }

/// The loss of a model of one output; empty if it has none, or several.
static Loss loss_of(const Model& model) {
  const std::optional<CompileConfig>& compiled = model.model().compiled;
  return compiled && compiled->loss.leaf_count() == 1 ? compiled->loss.only() : Loss();
}

std::optional<Task> task_from_logits(const Model& model) {
  const Loss compiled = loss_of(model);
  if (!compiled) return std::nullopt;
  const Value config = compiled->get_config();
  const Value* logits = config.find("from_logits");
  if (!logits || !logits->is_bool() || !logits->as_bool()) return std::nullopt;
  const std::string loss = compiled->class_name();
  const int64_t width = output_width(model);
  if (is_one_of(loss, {"BinaryCrossentropy", "BinaryFocalCrossentropy"}))
    return width == 1 ? std::optional(Task::binary) : std::nullopt;  // Otherwise each number is a question of its own.
  return width > 1 ? std::optional(Task::classes) : std::nullopt;
}

Tensor probabilities(const ModelInfo& info, const Tensor& output) {
  if (!info.logits) return output;
  return info.task == Task::binary ? activations::sigmoid(output) : activations::softmax(output);
}

Tensor truth_for_loss(const Model& model, const ModelInfo& info, const Tensor& y) {
  const Loss loss = loss_of(model);
  if (info.task != Task::classes || !loss) return y;
  return loss->class_name().starts_with("Sparse") ? y : ops::one_hot(y, output_width(model));
}

}  // namespace cornu::cli
