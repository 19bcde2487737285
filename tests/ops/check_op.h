// check_op: one case checks an operation in every way it can be run.
#pragma once
#include <cornu/ops.h>

#include <functional>
#include <string>
#include <vector>

namespace cornu {

using OpFn = std::function<Tensor(const std::vector<Tensor>&)>;

struct OpCase {
  std::string op;    ///< The row it covers.
  std::string what;  ///< Tells cases of one row apart.
  OpFn run;
  std::vector<Tensor> in;
  double tolerance = 2e-6;  ///< Fast kernels against the reference, relative to the largest element.
  bool differentiable = true;
  bool unknown_batch = true;  ///< Also traced with -1 for the first axis of rank >= 1 inputs of equal first size.
};

/// Reference against every kernel and instruction set; eager = compiled, fused = unfused, 1 = 2 = 3 = 8 threads, bit
/// for bit; -1 shapes = concrete shapes; the gradient in one random direction against central differences in float64.
void check_op(const OpCase& c);

/// Of convolutions, pooling and padding: check_windows.cpp.
std::vector<OpCase> window_cases();

}  // namespace cornu
