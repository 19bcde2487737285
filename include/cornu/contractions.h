// Products of tensors that are summed along any axes.
#pragma once
#include <cornu/ops.h>

#include <string>
#include <vector>

namespace cornu::ops {

/// NumPy's einsum: axes by letters, as "abc,cd->abd", and `...` for any others. Without "->" the result has the letters
/// that stand once, sorted. Operands are multiplied from left to right. ConfigError for an equation that is none,
/// ShapeError for sizes that do not agree.
CORNU_API Tensor einsum(const std::string& subscripts, const std::vector<Tensor>& operands);

}  // namespace cornu::ops
