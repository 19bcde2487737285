// Targets, weights and metrics, output by output.
#include "train/outputs.h"

#include <algorithm>

namespace cornu {
namespace {

bool among(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Gives the leaves of what is given for metrics to outputs, part by part.
struct Spreading {
  const Outputs& outputs;
  const char* what;
  std::vector<std::vector<size_t>> out;

  [[noreturn]] void fail(const std::string& expected, const Tree<size_t>& got) const {
    const std::string names = got.is_fields() ? Arg(got.names()).text : to_string(got.kind(), got.size());
    throw ConfigError(outputs.who, text("Invalid `{}`: must be for {}, got {}", what, expected, names));
  }
  /// The outputs below `node` begin at number `first`.
  void give(const Tree<size_t>& given, const Tree<std::string>& node, size_t first, bool top) {
    const size_t count = node.leaf_count();
    if (given.is_none()) return;
    if (node.is_leaf()) return given.each([&](size_t i) { out[first].push_back(i); });
    if (given.is_leaf()) {
      for (size_t i = 0; i < count; ++i) out[first + i].push_back(given.leaf());
      return;
    }
    if (given.is_fields()) {
      const std::vector<std::string> names = top                ? outputs.part_names()
                                             : node.is_fields() ? node.names()
                                                                : std::vector<std::string>();
      for (const std::string& name : given.names())
        if (!among(names, name))
          fail(names.empty() ? text("a list of {} outputs", node.size()) : text("the outputs {}", Arg(names).text),
               given);
      for (size_t i = 0; i < names.size(); ++i) {
        if (const Tree<size_t>* one = given.find(names[i])) give(*one, node.at(i), first, false);
        first += node.at(i).leaf_count();
      }
      return;
    }
    if (given.size() != node.size()) fail(text("{} outputs, each with its own in a list", node.size()), given);
    for (size_t i = 0; i < given.size(); ++i) {
      give(given.at(i), node.at(i), first, false);
      first += node.at(i).leaf_count();
    }
  }
};

}  // namespace

Outputs outputs_named(const ModelImpl& model, const Tree<char>& structure) {
  Outputs out{text("{} '{}'", model.class_name(), model.name), structure.map([](char) { return std::string(); }),
              model.output_names()};
  if (out.names.size() == structure.leaf_count())
    out.layers = structure.with_leaves(out.names);
  else
    out.names.clear();
  return out;
}

std::vector<std::string> Outputs::part_names() const {
  if (!layers.is_fields()) return layers.size() == names.size() ? names : std::vector<std::string>();
  return layers.names();
}

std::vector<std::string> Outputs::prefixes() const {
  if (count() == 1) return {""};
  return flat() && layers.is_fields() ? layers.names() : layers.leaves();
}

std::vector<Tensor> Outputs::leaves_of(const char* what, const Tree<Tensor>& given,
                                       const std::vector<bool>& needed) const {
  std::vector<Tensor> leaves = given.leaves();
  if (leaves.size() == count()) {
    const auto all_named = [&](const std::vector<std::string>& all) {
      return std::ranges::all_of(all, [&](const std::string& name) { return given.find(name) != nullptr; });
    };
    const std::vector<std::string> parts = part_names();
    if (flat() && given.is_fields() && !parts.empty() && !all_named(parts) && (names.empty() || !all_named(names)))
      throw CallError(who, text("{} must be for the outputs {}, got {}", what, parts, given.names()));
    return leaves;
  }
  std::vector<Tensor> out(count());
  if (const std::vector<std::string> parts = part_names(); flat() && given.is_fields() && !parts.empty()) {
    bool all = true;
    for (size_t i = 0; i < parts.size(); ++i) {
      const Tree<Tensor>* one = given.find(parts[i]);
      if (one && one->is_leaf()) out[i] = one->leaf();
      all &= out[i].defined() || (i < needed.size() && !needed[i]);
    }
    if (all) return out;
  }
  if (leaves.size() == static_cast<size_t>(std::count(needed.begin(), needed.end(), true))) {
    size_t n = 0;
    for (size_t i = 0; i < needed.size(); ++i)
      if (needed[i]) out[i] = leaves[n++];
    return out;
  }
  throw CallError(who, text("{} must have an array for each of its {} outputs, got {}", what, count(),
                            to_string(given.kind(), given.size())));
}

Tensor weight_of(const std::vector<Tensor>& weights, size_t output) {
  if (weights.empty()) return {};
  return weights.size() == 1 ? weights[0] : weights.at(output);
}

Tree<uint32_t> numbered(const Tree<Tensor>& tensors) {
  uint32_t n = 0;
  return tensors.map([&](const Tensor&) { return n++; });
}

std::vector<MetricOf> metrics_of(const Outputs& outputs, const Tree<MetricSpec>& metrics,
                                 const Tree<MetricSpec>& weighted) {
  const std::vector<std::string> prefixes = outputs.prefixes();
  std::vector<MetricOf> out;
  for (const bool w : {false, true}) {
    const Tree<MetricSpec>& given = w ? weighted : metrics;
    const std::vector<MetricSpec> specs = given.leaves();
    size_t n = 0;
    Spreading s{outputs, w ? "weighted_metrics" : "metrics", std::vector<std::vector<size_t>>(outputs.count())};
    // Those of one output are its, whatever they are called by.
    s.give(given.map([&](const MetricSpec&) { return n++; }),
           outputs.count() == 1 ? Tree<std::string>(std::string()) : outputs.layers, 0, true);
    for (size_t i = 0; i < s.out.size(); ++i)
      for (const size_t which : s.out[i])
        if (specs[which]) out.push_back({i, specs[which], w, prefixes[i].empty() ? "" : prefixes[i] + "_"});
  }
  return out;
}

}  // namespace cornu
