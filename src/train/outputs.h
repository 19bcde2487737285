// What compile was given for each output of a model: one for all, in a list, or by name.
#pragma once
#include <string>
#include <vector>

#include "nn/model.h"

namespace cornu {

/// The outputs of a model, as losses and metrics are given for them.
struct Outputs {
  std::string who;                 ///< The model, for errors.
  Tree<std::string> layers;        ///< In the structure of what the model gives: how a functional model's are known;
                                   ///< empty names elsewhere.
  std::vector<std::string> names;  ///< The same, in order; none where there are no such names.
  size_t count() const { return layers.leaf_count(); }
  /// Whether it is a list, or named fields, of tensors.
  bool flat() const { return layers.size() > 0 && layers.size() == count(); }
  /// By which losses, metrics and targets are given for the parts of what the model gives; may be none.
  std::vector<std::string> part_names() const;
  /// What metrics of each are called by in logs; empty where there is no name, and of one alone.
  std::vector<std::string> prefixes() const;
  /// The value of each output of what is given for them: of the same structure, or by names. `needed`: the outputs that
  /// have a loss, of which alone there may be some; of the others they are undefined then.
  std::vector<Tensor> leaves_of(const char* what, const Tree<Tensor>& given,
                                const std::vector<bool>& needed = {}) const;
};
Outputs outputs_named(const ModelImpl& model, const Tree<char>& structure);
/// `structure`: anything in the structure of what the model gives.
template <class T>
Outputs outputs_of(const ModelImpl& model, const Tree<T>& structure) {
  return outputs_named(model, structure.map([](const T&) { return ' '; }));
}

/// Of the weights of all outputs or of each, those of one; undefined if there are none.
Tensor weight_of(const std::vector<Tensor>& weights, size_t output);
/// Numbers for tensors, in their structure.
Tree<uint32_t> numbered(const Tree<Tensor>& tensors);

/// One loss: of one output, or of a structure of them.
struct Objective {
  size_t output = 0;  ///< The first.
  size_t count = 1;
  Tree<char> structure{};  ///< Of these outputs; anything of one alone.
  Loss loss{};
  double weight = 1;
  std::string name{};  ///< In logs; empty where the model has one loss alone, which is "loss".
  bool of_one() const { return structure.is_leaf(); }
};
/// As Keras takes them: one for all outputs, one for each, several for one, one for several at once. ConfigError or
/// KeyError for losses, or weights of them, that fit no output.
std::vector<Objective> objectives_of(const Outputs& outputs, const Tree<Loss>& losses, const Tree<double>& weights);
/// Which outputs have a loss.
std::vector<bool> outputs_with_loss(const Outputs& outputs, const std::vector<Objective>& objectives);

/// One metric as it was given for one output.
struct MetricOf {
  size_t output = 0;
  MetricSpec spec;
  bool weighted = false;
  std::string prefix;  ///< Of its name in logs: "output_", or nothing.
};
std::vector<MetricOf> metrics_of(const Outputs& outputs, const Tree<MetricSpec>& metrics,
                                 const Tree<MetricSpec>& weighted);

}  // namespace cornu
