// check_layer: one case checks all that a layer owes to the models it is part of.
#pragma once
#include <cornu/model.h>

namespace cornu {

struct LayerCase {
  Layer layer;
  Shape input;      ///< Of a batch.
  Shape out;        ///< For that batch.
  int weights = 0;  ///< Variables, trainable or not.
  /// Of the input values, uniform in [-1, 1) if not given.
  Tensor x{};
};

/// The config survives a file; the output shape is known for an unknown batch; inference of part of a batch gives the
/// same bits as of all; a model with the layer in it is updated along the slope of its loss, and a fit is the updates
/// of its batches, also with a last one of another size.
void check_layer(const LayerCase& c);

}  // namespace cornu
