// Losses and their weights, as compile takes them, for the outputs of a model.
#include <algorithm>
#include <set>

#include "train/outputs.h"

namespace cornu {
namespace {

struct Weighted {
  Loss loss;
  double weight = 1;
};

/// A step from a structure into a part of it: a name, or the number of an element.
struct Place {
  std::string name;
  bool numbered = false;
};

std::string joined(const std::vector<std::string>& parts, const char* between) {
  std::string out;
  for (const std::string& part : parts)
    if (!part.empty()) out += (out.empty() ? "" : between) + part;
  return out;
}

/// Whether a part of the outputs is of the kind that a list of losses is: a list for one, a tuple for another.
bool is_of_kind(const Tree<std::string>& node, const Tree<Weighted>& losses) {
  if (!node.is_list()) return false;
  return losses.form() == 1 ? node.form() >= 1 : node.form() == losses.form();
}

struct Nesting {
  const Outputs& outputs;
  std::vector<Objective> out;

  [[noreturn]] void lost(const std::vector<Place>& path) const {
    std::vector<std::string> names;
    for (const Place& one : path) names.push_back(one.name);
    const std::vector<std::string> parts = outputs.part_names();
    throw KeyError(outputs.who, text("The path: ({}) in the `loss` argument, can't be found in either the model's "
                                     "output, {}, or in the labels",
                                     joined(names, ", "),
                                     parts.empty() ? text("{} without names",
                                                          to_string(outputs.layers.kind(), outputs.layers.size()))
                                                   : text("whose parts are {}", Arg(parts).text)));
  }

  void objective(const Weighted& one, const Tree<std::string>& node, size_t first, std::vector<Place> path) {
    if (!one.loss) return;
    if (node.is_leaf()) {
      // Those of an output without a name are called after the loss.
      const std::string own = !node.leaf().empty()       ? node.leaf()
                              : one.loss.given().empty() ? one.loss->name()
                                                         : one.loss.given();
      if (path.empty())
        path.push_back({own});
      else if (path.back().numbered)
        path.back().name = own;
    }
    std::vector<std::string> parts;
    for (const Place& place : path) parts.push_back(place.name);
    std::string name = joined(parts, "/");
    if (name.empty()) name = joined(node.is_fields() ? node.names() : node.leaves(), "_");
    if (name.empty()) name = one.loss->name();
    out.push_back({first, node.leaf_count(), node.map([](const std::string&) { return ' '; }), one.loss, one.weight,
                   name + "_loss"});
  }

  /// The outputs below `node` begin at number `first`; `path` leads there.
  void give(const Tree<Weighted>& losses, const Tree<std::string>& node, size_t first, const std::vector<Place>& path) {
    if (losses.is_none()) return;
    if (losses.is_leaf()) return objective(losses.leaf(), node, first, path);
    if (losses.is_list()) {
      const bool nested = std::ranges::any_of(losses.children(), [](const auto& one) { return one.second.size() > 0; });
      if (!nested && losses.size() == node.leaf_count()) {  // in the order of the outputs, whatever their structure
        size_t n = 0;
        return in_order(losses, node, first, path, n);
      }
      if (!is_of_kind(node, losses)) {  // several for the same
        for (const auto& [name, one] : losses.children()) give(one, node, first, path);
        return;
      }
      for (size_t i = 0; i < losses.size(); ++i) {
        if (losses.at(i).is_none()) continue;
        std::vector<Place> to = path;
        to.push_back({text("{}", i), true});
        if (i >= node.size()) lost(to);
        give(losses.at(i), node.at(i), first + before(node, i), to);
      }
      return;
    }
    if (!node.is_fields()) lost(path);
    for (const auto& [name, one] : losses.children()) {
      if (one.is_none()) continue;
      std::vector<Place> to = path;
      to.push_back({name});
      const std::vector<std::string> names = node.names();
      const auto at = static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin());
      if (at == names.size()) lost(to);
      give(one, node.at(at), first + before(node, at), to);
    }
  }

  void in_order(const Tree<Weighted>& losses, const Tree<std::string>& node, size_t first,
                const std::vector<Place>& path, size_t& n) {
    if (node.is_leaf()) return give(losses.at(n++), node, first, path);
    for (size_t i = 0; i < node.size(); ++i) {
      std::vector<Place> to = path;
      to.push_back(node.is_fields() ? Place{node.children()[i].first} : Place{text("{}", i), true});
      in_order(losses, node.at(i), first + before(node, i), to, n);
    }
  }

  static size_t before(const Tree<std::string>& node, size_t part) {
    size_t n = 0;
    for (size_t i = 0; i < part; ++i) n += node.at(i).leaf_count();
    return n;
  }
};

/// By the names of the outputs, in the order of these.
template <class T>
Tree<T> listed(const Tree<T>& named, const std::vector<std::string>& names) {
  std::vector<Tree<T>> out;
  for (const std::string& name : names) {
    const Tree<T>* one = named.find(name);
    out.push_back(one ? *one : Tree<T>());
  }
  return out;
}

template <class T>
bool has_names(const Tree<T>& tree, const std::vector<std::string>& names) {
  const std::vector<std::string> own = tree.names();
  return tree.is_fields() && std::set(own.begin(), own.end()) == std::set(names.begin(), names.end());
}

/// The weight of each loss, 1 where none is given; false where the weights are of another structure.
bool paired(const Tree<Loss>& losses, const Tree<double>& weights, std::vector<double>& out) {
  if (losses.is_none()) return true;
  if (losses.is_leaf()) {
    if (!weights.is_leaf() && !weights.is_none()) return false;
    out.push_back(weights.is_leaf() ? weights.leaf() : 1);
    return true;
  }
  if (losses.kind() != weights.kind()) return false;
  if (losses.is_list() && losses.size() != weights.size()) return false;
  for (const auto& [name, weight] : weights.children())
    if (losses.is_fields() && !losses.find(name)) return false;
  for (size_t i = 0; i < losses.size(); ++i) {
    const auto& [name, loss] = losses.children()[i];
    const Tree<double>* weight = losses.is_list() ? &weights.at(i) : weights.find(name);
    if (!paired(loss, weight ? *weight : Tree<double>(), out)) return false;
  }
  return true;
}

Tree<Weighted> weighted(const Outputs& outputs, const Tree<Loss>& losses, const Tree<double>& weights) {
  if (weights.is_none()) return losses.map([](const Loss& loss) { return Weighted{loss}; });
  std::vector<double> factors;
  if (!paired(losses, weights, factors)) factors = weights.leaves();  // in order
  if (factors.size() != losses.leaf_count())
    throw ConfigError(outputs.who, text("`loss_weights` must match the number of losses, {}, got {} weights",
                                        losses.leaf_count(), factors.size()));
  size_t n = 0;
  return losses.map([&](const Loss& loss) { return Weighted{loss, factors[n++]}; });
}

}  // namespace

std::vector<Objective> objectives_of(const Outputs& outputs, const Tree<Loss>& given,
                                     const Tree<double>& given_weights) {
  if (given.is_none()) return {};
  Tree<Loss> losses = given;
  Tree<double> weights = given_weights;
  const std::vector<std::string> names = outputs.names;
  if (losses.is_fields() && !outputs.layers.is_fields() && !names.empty()) {
    if (!has_names(losses, names))
      throw ConfigError(outputs.who, text("Expected keys {} in loss dict, the names of the outputs, got {}",
                                          Arg(names).text, Arg(losses.names()).text));
    losses = listed(losses, names);
    if (has_names(weights, names)) weights = listed(weights, names);
  } else if (weights.is_fields() && !losses.is_fields() && !outputs.layers.is_fields()) {
    const std::vector<std::string> parts = outputs.part_names();
    for (const std::string& name : weights.names())
      if (std::find(parts.begin(), parts.end(), name) == parts.end())
        throw ConfigError(outputs.who, text("loss_weights must be for the outputs {}, got {}", Arg(parts).text,
                                            Arg(weights.names()).text));
    weights = listed(weights, parts);
  }
  if (losses.is_leaf()) {  // for each
    const Loss one = losses.leaf();
    losses = outputs.layers.map([&](const std::string&) { return one; });
    if (weights.is_leaf()) {
      const double factor = weights.leaf();
      weights = outputs.layers.map([&](const std::string&) { return factor; });
    }
  }
  Nesting nesting{outputs, {}};
  nesting.give(weighted(outputs, losses, weights), outputs.layers, 0, {});
  if (outputs.layers.is_leaf() && nesting.out.size() > 1)
    throw ConfigError(outputs.who, text("the model has one output, which takes one loss, got {}", nesting.out.size()));
  if (nesting.out.size() == 1) nesting.out[0].name.clear();
  return nesting.out;
}

std::vector<bool> outputs_with_loss(const Outputs& outputs, const std::vector<Objective>& objectives) {
  std::vector<bool> out(outputs.count(), false);
  for (const Objective& one : objectives)
    for (size_t i = 0; i < one.count; ++i) out[one.output + i] = true;
  return out;
}

}  // namespace cornu
