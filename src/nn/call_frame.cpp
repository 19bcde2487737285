// Which layers call which: what a layer's call inherits, and whether the caller has the layer.
#include "nn/call_frame.h"

#include <algorithm>
#include <set>

namespace cornu {

static thread_local std::vector<const LayerImpl*> t_around;

PathScope::PathScope(const LayerImpl& layer) : entered_(t_around.empty() || t_around.back() != &layer) {
  if (entered_) t_around.push_back(&layer);
}
PathScope::~PathScope() {
  if (entered_) t_around.pop_back();
}
std::string PathScope::around(const LayerImpl& layer) {
  std::string out;
  for (size_t i = 0; i < t_around.size(); ++i)
    if (i + 1 < t_around.size() || t_around[i] != &layer) out += (out.empty() ? "" : "/") + t_around[i]->name;
  return out;
}

static thread_local CallFrame* t_frame = nullptr;

CallFrame* CallFrame::current() { return t_frame; }
CallFrame::CallFrame(const LayerImpl& layer, bool training) : layer_(layer), training_(training), outer_(t_frame) {
  t_frame = this;
}
CallFrame::~CallFrame() { t_frame = outer_; }

static void collect(const LayerImpl& layer, std::vector<const LayerImpl*>& out) {
  for (const auto& child : children_of(layer)) {
    if (std::find(out.begin(), out.end(), child.get()) != out.end()) continue;
    out.push_back(child.get());
    collect(*child, out);
  }
}

bool CallFrame::holds(const LayerImpl& inner) {
  for (CallFrame* f = this; f; f = f->outer_) {
    const auto found = [&] { return std::binary_search(f->inside_.begin(), f->inside_.end(), &inner); };
    if (&f->layer_ == &inner || found()) return true;
    f->inside_.clear();  // it may have got layers since
    collect(f->layer_, f->inside_);
    std::sort(f->inside_.begin(), f->inside_.end());
    if (found()) return true;
  }
  return false;
}

std::vector<std::shared_ptr<LayerImpl>> children_of(const LayerImpl& layer) {
  std::vector<std::shared_ptr<LayerImpl>> out = layer.children();
  std::erase(out, nullptr);
  return out;
}

static void visit(LayerImpl& layer, std::set<const LayerImpl*>& seen, const std::function<void(LayerImpl&)>& f) {
  if (!seen.insert(&layer).second) return;
  f(layer);
  for (const auto& child : children_of(layer)) visit(*child, seen, f);
}
void for_each_layer(LayerImpl& layer, const std::function<void(LayerImpl&)>& f) {
  std::set<const LayerImpl*> seen;
  visit(layer, seen, f);
}

bool has_weights(const LayerImpl& layer) {
  const auto inner = children_of(layer);
  return !layer.own_weights().empty() ||
         std::any_of(inner.begin(), inner.end(), [](const auto& child) { return has_weights(*child); });
}

}  // namespace cornu
