// What compile was given for each output of a model: one for all, in a list, or by name.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "nn/model.h"

namespace cornu {

/// The outputs of a model, as losses and metrics are given for them.
struct Outputs {
  std::string who;                 ///< The model, for errors.
  Tree<std::string> paths;         ///< In the structure of what the model gives: how logs name each; empty names where
                                   ///< there are none.
  std::vector<std::string> names;  ///< By which a functional model's are known besides; may be empty.
  size_t count() const { return paths.leaf_count(); }
  /// The value of each output of what is given for them: of the same structure, or by names.
  std::vector<Tensor> leaves_of(const char* what, const Tree<Tensor>& given) const;
};
Outputs outputs_named(const ModelImpl& model, const Tree<char>& structure);
/// `structure`: anything in the structure of what the model gives.
template <class T>
Outputs outputs_of(const ModelImpl& model, const Tree<T>& structure) {
  return outputs_named(model, structure.map([](const T&) { return ' '; }));
}

namespace detail {
/// For each output, the numbers of the leaves of `given` that are meant for it.
std::vector<std::vector<size_t>> spread(const Outputs& outputs, const char* what, const Tree<size_t>& given);
}  // namespace detail

/// What is given for each output: nothing, one or several. One alone is for all; ConfigError for what fits no output.
template <class T>
std::vector<std::vector<T>> spread(const Outputs& outputs, const char* what, const Tree<T>& given) {
  const std::vector<T> leaves = given.leaves();
  size_t n = 0;
  const Tree<size_t> numbers = given.map([&](const T&) { return n++; });
  std::vector<std::vector<T>> out;
  for (const std::vector<size_t>& one : detail::spread(outputs, what, numbers)) {
    out.emplace_back();
    for (const size_t i : one) out.back().push_back(leaves[i]);
  }
  return out;
}

/// Of the weights of all outputs or of each, those of one; undefined if there are none.
Tensor weight_of(const std::vector<Tensor>& weights, size_t output);
/// Numbers for tensors, in their structure.
Tree<uint32_t> numbered(const Tree<Tensor>& tensors);

/// One loss of one output.
struct Objective {
  size_t output = 0;
  Loss loss;
  double weight = 1;
  std::string name;  ///< In logs; empty where the model has one loss alone, which is "loss".
};
/// ConfigError for losses, or weights of them, that fit no output.
std::vector<Objective> objectives_of(const Outputs& outputs, const Tree<Loss>& losses, const Tree<double>& weights);

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
