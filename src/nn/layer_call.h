// A call of a layer that is going on.
#pragma once
#include <cornu/layer.h>

namespace cornu {

/// The shapes that a layer has given so far; while another thread may call it.
Tree<Shape> output_shapes_of(const LayerImpl& layer);
/// The shape with -1 for the number of rows.
Shape of_any_batch(Shape shape);

/// The outermost call of a thread forgets the penalties of the layer and of all layers in it; those of every call
/// inside it count, also of a layer that is called twice.
class LayerCall {
 public:
  explicit LayerCall(LayerImpl& layer);
  ~LayerCall();
  /// Of a layer and those in it: what the last call added, which was of symbolic tensors alone.
  static void forget_losses(LayerImpl& layer) { layer.forget_losses(0); }
  LayerCall(const LayerCall&) = delete;
  LayerCall& operator=(const LayerCall&) = delete;
};

}  // namespace cornu
