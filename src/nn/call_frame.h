// The layers whose `call` this thread is in.
#pragma once
#include <cornu/layer.h>

#include <functional>
#include <memory>
#include <vector>

namespace cornu {

/// While it lives, layers called on this thread are called by this one, and train if it does.
class CallFrame {
 public:
  CallFrame(const LayerImpl& layer, bool training);
  ~CallFrame();
  CallFrame(const CallFrame&) = delete;
  CallFrame& operator=(const CallFrame&) = delete;
  /// The innermost one of this thread, or null.
  static CallFrame* current();

  const LayerImpl& layer() const { return layer_; }
  bool training() const { return training_; }
  /// Whether that is a layer that this one, or one around it, consists of.
  bool holds(const LayerImpl& inner);

 private:
  const LayerImpl& layer_;
  bool training_;
  CallFrame* outer_;
  std::vector<const LayerImpl*> inside_;  ///< All layers in this one, at any depth, when last asked.
};

/// While it lives, what is built on this thread is below this layer: in its call, or its build.
class PathScope {
 public:
  explicit PathScope(const LayerImpl& layer);
  ~PathScope();
  PathScope(const PathScope&) = delete;
  PathScope& operator=(const PathScope&) = delete;
  /// The names of the layers that there are now, "model/block", but for this one at the end.
  static std::string around(const LayerImpl& layer);

 private:
  bool entered_;
};

/// The layers that a layer consists of and that there are by now.
std::vector<std::shared_ptr<LayerImpl>> children_of(const LayerImpl& layer);
/// That layer and those in it at any depth, each once, in order.
void for_each_layer(LayerImpl& layer, const std::function<void(LayerImpl&)>& f);
/// True if it or a layer in it has weights.
bool has_weights(const LayerImpl& layer);

}  // namespace cornu
