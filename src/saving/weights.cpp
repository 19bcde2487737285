// Weights to and from the groups of model.weights.h5.
#include "saving/weights.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "base/output.h"
#include "nn/layers/families.h"
#include "nn/model.h"
#include "tensor/cell.h"

namespace cornu {

static std::string joined(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "/" + name;
}

using Visit = std::function<void(LayerImpl&, const std::string&)>;

static void walk(LayerImpl& root, const std::string& path, std::set<const LayerImpl*>& seen, const Visit& visit) {
  if (!seen.insert(&root).second) return;
  visit(root, path);
  const std::vector<std::shared_ptr<LayerImpl>> children = root.children();
  std::vector<std::string> names = root.child_paths();
  const bool named = std::any_of(names.begin(), names.end(), [](const std::string& n) { return !n.empty(); });
  names.resize(children.size());
  std::map<std::string, int> used;
  std::vector<size_t> order;
  for (size_t i = 0; i < children.size(); ++i) {
    if (!children[i]) continue;  // one that build makes
    order.push_back(i);
    if (!names[i].empty()) continue;
    // Keras leaves a Sequential's InputLayer out; it has no weights and shares its count with no other class.
    const std::string base = to_snake_case(own_class_name(children[i]->class_name()));
    const int n = used[base]++;
    names[i] = n == 0 ? "layers/" + base : text("layers/{}_{}", base, n);
  }
  // Keras goes through attributes by name: where it meets a layer first is its place.
  if (named)
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return names[a].substr(0, names[a].find('/')) < names[b].substr(0, names[b].find('/'));
    });
  for (const size_t i : order) walk(*children[i], joined(path, names[i]), seen, visit);
}

void walk_layers(LayerImpl& root, const std::string& path, const Visit& visit) {
  std::set<const LayerImpl*> seen;
  walk(root, path, seen, visit);
}

/// Trainable ones first, as Keras writes them.
static std::vector<Variable> ordered(const LayerImpl& layer) {
  std::vector<Variable> out;
  for (const bool trainable : {true, false})
    for (const Weight& w : layer.own_weights())
      if (w.trains == trainable) out.push_back(w.variable);
  return out;
}

void write_tensor(H5Writer& out, const std::string& path, const Tensor& t) {
  std::vector<uint64_t> dims;
  for (int64_t d : t.shape().raw()) dims.push_back(static_cast<uint64_t>(d));
  out.dataset(path, to_string(t.dtype()), dims,
              {static_cast<const char*>(t.raw()), static_cast<size_t>(t.size()) * size_of(t.dtype())});
}

Tensor read_tensor(const H5Reader& in, const std::string& path, const std::string& who) {
  const H5Data data = in.read(path);
  std::vector<int64_t> dims;
  for (uint64_t d : data.dims) dims.push_back(static_cast<int64_t>(d));
  if (data.null || dims.size() > static_cast<size_t>(Shape::kMaxRank))
    throw FileError(who, text("'{}' must be an array of at most {} axes", path, Shape::kMaxRank));
  const Shape shape(dims);
  const uint64_t needed = static_cast<uint64_t>(shape.size()) * data.item;
  if (data.bytes.size() != needed) throw FileError(who, text("'{}' must be an array of numbers", path));
  DType dtype;
  try {
    dtype = dtype_from_string(data.type);
  } catch (const DTypeError&) {
    throw FileError(who, text("'{}' holds {}, which is not supported", path, data.type));
  }
  Tensor t(shape, dtype);
  if (needed) std::memcpy(t.raw(), data.bytes.data(), needed);
  return t;
}

void write_weights(H5Writer& out, const Model& model) {
  walk_layers(model.model(), "", [&](LayerImpl& layer, const std::string& path) {
    const std::vector<Variable> own = ordered(layer);
    for (size_t i = 0; i < own.size(); ++i) write_tensor(out, joined(path, text("vars/{}", i)), own[i].cell()->value);
  });
  const Optimizer o = model.optimizer();
  if (!o || !o->built()) return;
  for (size_t i = 0; i < o->variables().size(); ++i)
    write_tensor(out, text("optimizer/vars/{}", i), o->variables()[i].cell()->value);
}

namespace {

using Assignments = std::vector<std::pair<Variable, Tensor>>;

size_t count_vars(const H5Reader& in, const std::string& group) {
  return in.has(group) && in.is_group(group) ? in.children(group).size() : 0;
}

void collect_layer(const H5Reader& in, const LayerImpl& layer, const std::string& path, Assignments& out,
                   const std::string& who) {
  const std::vector<Variable> own = ordered(layer);
  if (own.empty()) return;
  const std::string group = joined(path, "vars"), title = text("{} '{}'", layer.class_name(), layer.name);
  if (const size_t stored = count_vars(in, group); stored != own.size())
    throw FileError(who,
                    text("layer {} has {} weights, but the file has {} in '{}'", title, own.size(), stored, group));
  for (size_t i = 0; i < own.size(); ++i) {
    const Tensor t = read_tensor(in, text("{}/{}", group, i), who);
    if (t.shape() != own[i].shape())
      throw ShapeError(who, text("weight '{}' of layer {} must have shape {}, got {}", own[i].name(), title,
                                 own[i].shape(), t.shape()));
    out.emplace_back(own[i], t.to(own[i].dtype()));
  }
}

/// As collect_layer; what does not fit is skipped, if it may be.
void collect(const H5Reader& in, const LayerImpl& layer, const std::string& path, bool skip, Assignments& out,
             const std::string& who) {
  const size_t before = out.size();
  try {
    collect_layer(in, layer, path, out, who);
  } catch (const Error& e) {
    if (!skip) throw;
    out.resize(before);
    warn(text("{}; it keeps the weights it has.\n", e.message()));
  }
}

void collect_optimizer(const H5Reader& in, const Model& model, bool required, Assignments& out,
                       const std::string& who) {
  const size_t stored = count_vars(in, "optimizer/vars");
  const Optimizer o = model.optimizer();
  if (!o || stored == 0) return;
  if (!o->built()) o->build(model.trainable_weights());
  const std::vector<Variable>& variables = o->variables();
  Assignments found;
  bool fits = variables.size() == stored;
  for (size_t i = 0; fits && i < stored; ++i) {
    const Tensor t = read_tensor(in, text("optimizer/vars/{}", i), who);
    fits = t.shape() == variables[i].shape();
    if (fits) found.emplace_back(variables[i], t.to(variables[i].dtype()));
  }
  // An optimizer that Keras has never used has its step and its rate alone.
  const bool unused = stored <= 2 && stored < variables.size();
  if (!fits && required && !unused)
    throw FileError(who, text("the state of the optimizer does not fit '{}', which has {} variables; the file has {}",
                              o->name(), variables.size(), stored));
  if (fits) {
    out.insert(out.end(), found.begin(), found.end());
  } else if (!unused) {
    warn(
        text("{}: the state of the optimizer does not fit '{}', which has {} variables; the file has {}. It starts "
             "anew.\n",
             who, o->name(), variables.size(), stored));
  }
}

}  // namespace

void read_weights(const H5Reader& in, const Model& model, const ReadConfig& config, const std::string& who) {
  Assignments all;
  walk_layers(model.model(), "", [&](LayerImpl& layer, const std::string& path) {
    collect(in, layer, path, config.skip_mismatch, all, who);
  });
  if (config.optimizer != OptimizerState::ignored)
    collect_optimizer(in, model, config.optimizer == OptimizerState::required, all, who);
  for (auto& [variable, value] : all) variable.assign(value);
}

}  // namespace cornu
