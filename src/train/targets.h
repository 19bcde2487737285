// Whether the targets fit the loss and the model's output: checked before the first step.
#pragma once
#include "nn/model.h"
#include "train/batches.h"

namespace cornu {

/// ShapeError if y cannot be meant for this loss of this output. Keras broadcasts, which is never what was wanted.
void check_target_shape(const ModelImpl& model, const LossImpl& loss, const Shape& y, const Shape& output);
/// Class numbers must be those of an output. `who` calls; the model is built.
void check_class_numbers(const std::string& who, const ModelImpl& model, const ArrayData& data);

}  // namespace cornu
