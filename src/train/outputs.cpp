// Losses, metrics and targets, output by output.
#include "train/outputs.h"

#include <algorithm>

namespace cornu {
namespace {

/// "u/v" of what lies at "v" in "u".
std::string under(const std::string& path, const std::string& name) {
  return path.empty() || name.empty() ? path + name : path + "/" + name;
}

Tree<std::string> paths_of(const Tree<char>& structure, const std::string& path) {
  if (!structure.is_list() && !structure.is_fields()) return structure.map([&](char) { return path; });
  if (structure.is_list()) {
    std::vector<Tree<std::string>> parts;
    for (const auto& [name, part] : structure.children()) parts.push_back(paths_of(part, path));
    return parts;
  }
  std::vector<Tree<std::string>::Field> parts;
  for (const auto& [name, part] : structure.children()) parts.emplace_back(name, paths_of(part, under(path, name)));
  return parts;
}

/// Gives the leaves of a tree to the outputs of another, part by part.
struct Spreading {
  const Outputs& outputs;
  const char* what;
  std::vector<std::vector<size_t>> out;

  [[noreturn]] void fail(const std::string& expected, const Tree<size_t>& got) const {
    const std::string names = got.is_fields() ? Arg(got.names()).text : to_string(got.kind(), got.size());
    throw ConfigError(outputs.who, text("{} must be for {}, got {}", what, expected, names));
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
    const bool by_output_name = top && node.is_list() && outputs.names.size() == node.size();
    if (given.is_fields()) {
      const std::vector<std::string> names = node.is_fields() ? node.names()
                                             : by_output_name ? outputs.names
                                                              : std::vector<std::string>();
      for (const std::string& name : given.names())
        if (std::find(names.begin(), names.end(), name) == names.end())
          fail(names.empty() ? text("a list of {} outputs", node.size()) : text("the outputs {}", Arg(names).text),
               given);
      for (size_t i = 0; i < names.size(); ++i) {
        if (const Tree<size_t>* one = given.find(names[i])) give(*one, node.at(i), first, false);
        first += node.at(i).leaf_count();
      }
      return;
    }
    if (given.size() > node.size()) fail(text("{} outputs", node.size()), given);
    for (size_t i = 0; i < given.size(); ++i) {
      give(given.at(i), node.at(i), first, false);
      first += node.at(i).leaf_count();
    }
  }
};

std::string separated(const std::string& path) { return path.empty() ? "" : path + "_"; }

}  // namespace

Outputs outputs_named(const ModelImpl& model, const Tree<char>& structure) {
  Outputs out{text("{} '{}'", model.class_name(), model.name), paths_of(structure, ""), model.output_names()};
  if (structure.is_list() && out.names.size() == structure.size()) out.paths = structure.with_leaves(out.names);
  if (structure.leaf_count() <= 1) out.paths = structure.map([](char) { return std::string(); });
  return out;
}

std::vector<Tensor> Outputs::leaves_of(const char* what, const Tree<Tensor>& given) const {
  std::vector<Tensor> leaves = given.leaves();
  if (leaves.size() != count())
    throw CallError(who, text("{} must have an array for each of its {} outputs, got {}", what, count(),
                              to_string(given.kind(), given.size())));
  return leaves;
}

std::vector<std::vector<size_t>> detail::spread(const Outputs& outputs, const char* what, const Tree<size_t>& given) {
  Spreading s{outputs, what, std::vector<std::vector<size_t>>(outputs.count())};
  s.give(given, outputs.paths, 0, true);
  return s.out;
}

Tensor weight_of(const std::vector<Tensor>& weights, size_t output) {
  if (weights.empty()) return {};
  return weights.size() == 1 ? weights[0] : weights.at(output);
}

Tree<uint32_t> numbered(const Tree<Tensor>& tensors) {
  uint32_t n = 0;
  return tensors.map([&](const Tensor&) { return n++; });
}

std::vector<Objective> objectives_of(const Outputs& outputs, const Tree<Loss>& losses, const Tree<double>& weights) {
  const auto given = spread(outputs, "the loss", losses);
  const auto factors = spread(outputs, "loss_weights", weights);
  const std::vector<std::string> paths = outputs.paths.leaves();
  std::vector<Objective> out;
  for (size_t i = 0; i < given.size(); ++i) {
    if (outputs.count() == 1 && given[i].size() > 1)
      throw ConfigError(outputs.who, text("the model has one output, which takes one loss, got {}", given[i].size()));
    if (factors[i].size() > 1 && outputs.count() == 1)
      throw ConfigError(outputs.who,
                        text("loss_weights must have one number for a model of one output, got {}", factors[i].size()));
    if (factors[i].size() > 1)
      throw ConfigError(outputs.who,
                        text("loss_weights must have one number for each output, got {} for one", factors[i].size()));
    for (const Loss& loss : given[i])
      if (loss) out.push_back({i, loss, factors[i].empty() ? 1 : factors[i][0], paths[i]});
  }
  const bool alone = out.size() == 1;
  std::vector<std::string> taken;
  for (Objective& one : out) {
    if (alone) {
      one.name.clear();
      continue;
    }
    // Those of an output without a name are called after the loss.
    const std::string base =
        (one.name.empty() ? one.loss.given().empty() ? one.loss->name() : one.loss.given() : one.name);
    one.name = base + "_loss";
    for (int n = 1; std::find(taken.begin(), taken.end(), one.name) != taken.end(); ++n)
      one.name = text("{}_loss_{}", base, n);
    taken.push_back(one.name);
  }
  return out;
}

std::vector<MetricOf> metrics_of(const Outputs& outputs, const Tree<MetricSpec>& metrics,
                                 const Tree<MetricSpec>& weighted) {
  const std::vector<std::string> paths = outputs.paths.leaves();
  std::vector<MetricOf> out;
  for (const bool w : {false, true}) {
    const auto given = spread(outputs, w ? "weighted_metrics" : "metrics", w ? weighted : metrics);
    for (size_t i = 0; i < given.size(); ++i)
      for (const MetricSpec& spec : given[i])
        if (spec) out.push_back({i, spec, w, separated(paths[i])});
  }
  return out;
}

}  // namespace cornu
