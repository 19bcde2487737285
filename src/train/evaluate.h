// Evaluation over arrays.
#pragma once
#include <cornu/callbacks/callback.h>

#include "train/batches.h"

namespace cornu {

/// `told` hear of every batch that they want to hear of.
Logs evaluate_arrays(ModelImpl& model, Trainer& trainer, const ArrayData& data, int64_t batch_size,
                     std::optional<int64_t> steps, const Callbacks& told = {});

/// Training steps of `count` batches of `rows` rows, each operation run where it is written. `order` gives the rows, or
/// is null for rows as they lie.
void run_batches_eagerly(ModelImpl& model, Trainer& trainer, const ArrayData& data, const int32_t* order, int64_t rows,
                         int64_t count);

}  // namespace cornu
