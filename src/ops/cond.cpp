// cond: one of two functions, of which a value decides.
#include <cornu/ops.h>

#include "ops/emit.h"

namespace cornu::ops {

Tensors cond(const Tensor& pred, const std::function<Tensors()>& if_true, const std::function<Tensors()>& if_false) {
  if (!if_true || !if_false) throw CallError("cond", "needs two functions, got an empty one");
  if (pred.shape().elements() != 1)
    throw ShapeError("cond",
                     text("pred must be a scalar, got shape {}; where chooses element by element", pred.shape()));
  if (!pred.symbolic()) return pred.item() != 0 ? if_true() : if_false();
  Trace* const trace = current_trace();
  if (!trace) throw TraceError("cond", "pred belongs to a traced function that is no longer traced");
  const Tensor scalar = reshape(pred, {});
  const Tensor chosen = scalar.dtype() == DType::boolean ? scalar : not_equal(scalar, like_scalar(0, scalar));
  Tensors a, b;
  const Trace::Effects done = trace->branch(chosen, true, [&] { a = if_true(); });
  const Trace::Effects done_else = trace->branch(chosen, false, [&] { b = if_false(); });
  if (a.size() != b.size())
    throw CallError("cond", text("both functions must give as many tensors, got {} and {}", a.size(), b.size()));
  trace->merge(chosen, done, done_else);
  Tensors out;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].shape() != b[i].shape())
      throw ShapeError(
          "cond", text("both functions must give tensors of one shape, got {} and {}", a[i].shape(), b[i].shape()));
    out.push_back(where(chosen, a[i], b[i]));
  }
  return out;
}

Tensor cond(const Tensor& pred, const std::function<Tensor()>& if_true, const std::function<Tensor()>& if_false) {
  const auto one_of = [](const std::function<Tensor()>& f) {
    return f ? std::function<Tensors()>([&f]() -> Tensors { return {f()}; }) : std::function<Tensors()>();
  };
  return cond(pred, one_of(if_true), one_of(if_false))[0];
}

}  // namespace cornu::ops
