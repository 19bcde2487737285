// clone_model: the layers of a model anew.
#pragma once
#include <cornu/model.h>

#include <functional>

namespace cornu {

struct CloneConfig {
  /// The layer that stands for one of the model's; without it, one of the same config. Also of models inside the model,
  /// if `recursive`; else these are cloned as they are.
  std::function<Layer(const Layer&)> clone_function{};
  /// How a layer of a functional model is called in the clone; without it, as in the model.
  std::function<Tree<Tensor>(const Layer&, const Tree<Tensor>&, const CallOptions&)> call_function{};
  Tree<Tensor> input_tensors{};  ///< What the clone of a functional model starts from, in the structure of its inputs.
  bool recursive = false;
};

/// A model of the same layers with new weights, where clone_function does not give others; compiled with what the model
/// is compiled with, an optimizer and metrics of its own. Of functional and sequential models; CallError of others.
CORNU_API Model clone_model(const Model& model, const CloneConfig& config = {});

}  // namespace cornu
