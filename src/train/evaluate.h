// Evaluation over arrays.
#pragma once
#include "train/batches.h"

namespace cornu {

Logs evaluate_arrays(ModelImpl& model, Trainer& trainer, const ArrayData& data, int64_t batch_size,
                     std::optional<int64_t> steps);

}  // namespace cornu
