// The row that writes at places which indices name.
#pragma once
#include <cornu/ops.h>

#include <string>

#include "graph/op_def.h"

namespace cornu {

struct ScatterAttrs {
  std::string reduction = "update";  ///< How a new value meets the old one: update, add, max, min or mul.
};

namespace ops {
/// x (n, ...) with rows `updates` (k, ...) at `indices` (k,), one after another; indices that name no row do nothing.
Tensor scatter_rows(const Tensor& x, const Tensor& indices, const Tensor& updates, const std::string& reduction);
}  // namespace ops

void add_scatter_ops(OpRegistry& r);

}  // namespace cornu
