// Whether the targets fit the loss and the model's output: checked before the first step.
#pragma once
#include "nn/model.h"
#include "train/batches.h"

namespace cornu {

/// ShapeError if y cannot be meant for this loss of this output. Keras broadcasts, which is never what was wanted.
void check_target_shape(const ModelImpl& model, const LossImpl& loss, const Shape& y, const Shape& output);
/// Class numbers must be those of an output, and targets of binary and categorical cross-entropies from 0 to 1. What
/// has weight 0 may be anything, and of a model with masks only the step knows what counts. `who` calls; the model is
/// built.
void check_target_values(const std::string& who, const ModelImpl& model, const ArrayData& data);

}  // namespace cornu
