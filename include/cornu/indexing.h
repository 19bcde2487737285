// Blocks and places that values name: reading and writing them.
#pragma once
#include <cornu/ops.h>

#include <string>

namespace cornu::ops {

/// The block of that shape that begins at `start_indices` (rank,), which are brought to where it fits; a size of -1 is
/// all the rest of an axis.
CORNU_API Tensor slice(const Tensor& inputs, const Tensor& start_indices, const Shape& shape);
/// `inputs` with the block `updates` put in there.
CORNU_API Tensor slice_update(const Tensor& inputs, const Tensor& start_indices, const Tensor& updates);
/// `inputs` with `updates` at the places `indices` (..., k) in its first k axes; `reduction` says how they meet what is
/// there: "update" (of several the last one stays), "add", "max", "min" or "mul". Places outside do nothing.
CORNU_API Tensor scatter_update(const Tensor& inputs, const Tensor& indices, const Tensor& updates,
                                const std::string& reduction = "update");
/// Zeros of that shape with `values` added at `indices` (..., k).
CORNU_API Tensor scatter(const Tensor& indices, const Tensor& values, const Shape& shape);

}  // namespace cornu::ops
