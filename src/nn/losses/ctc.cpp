// Connectionist temporal classification.
#include <cornu/losses/probabilistic.h>
#include <cornu/ops.h>

#include "nn/losses/families.h"
#include "nn/losses/reduced.h"

namespace cornu {

using namespace losses;

template <>
struct Describe<CTCConfig> {
  using T = CTCConfig;
  static constexpr auto fields = loss_fields<T>();
};

namespace {

constexpr double kLogZero = -1e5;  // Keras' stand-in for the logarithm of 0

Tensor log_add_exp(const Tensor& a, const Tensor& b) { return ops::maximum(a, b) + ops::softplus(-ops::abs(a - b)); }
/// phi (batch, n + 1) with `added` (batch, n) added in log space to all but the first column.
Tensor add_to_rest(const Tensor& phi, const Tensor& added) {
  return ops::concatenate({ops::slice(phi, 1, 0, 1), log_add_exp(ops::slice(phi, 1, 1), added)}, 1);
}

struct CTCLoss final : ReducedLoss<CTCLoss, CTCConfig> {
  static constexpr const char* kName = "CTC";
  using ReducedLoss::ReducedLoss;
  Targets targets() const override { return Targets::any; }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    if (y_true.rank() != 2 || y_pred.rank() != 3 || y_pred.shape().dim(1) < 0)
      throw ShapeError(kName, text("expected labels (batch, length) and logits (batch, steps, classes) of a known "
                                   "number of steps, got {} and {}",
                                   y_true.shape(), y_pred.shape()));
    const DType t = y_pred.dtype();
    const Tensor y = ops::cast(y_true, DType::i32), log_p = ops::log_softmax(y_pred);
    // (batch, steps, length): of each label in turn. (batch, steps, 1): of the blank.
    const Tensor label = ops::matmul(log_p, ops::one_hot(y, y_pred.shape()[2], t), {.transpose_b = true});
    const Tensor blank = ops::slice(log_p, 2, 0, 1);
    const Tensor zero = ops::zeros_like(ops::cast(ops::slice(y, 1, 0, 1), t));
    // 1 where the next label is the same: between the two there must be a blank.
    const Tensor repeat =
        ops::concatenate({ops::cast(ops::equal(ops::slice(y, 1, 0, -1), ops::slice(y, 1, 1)), t), zero}, 1);
    // Logarithms of the probability to have spelled n labels, and to be in a blank, or in the label itself.
    Tensor in_label = ops::full_like(ops::cast(y, t), kLogZero);
    Tensor in_blank = ops::concatenate({zero, in_label}, 1);
    for (int64_t step = 0; step < y_pred.shape()[1]; ++step) {
      const Tensor l = ops::squeeze(ops::slice(label, 1, step, step + 1), 1);
      const Tensor b = ops::squeeze(ops::slice(blank, 1, step, step + 1), 1);
      const Tensor ready = add_to_rest(in_blank, in_label + repeat * kLogZero);
      in_blank = add_to_rest(ready + b, in_label + b + (1.0 - repeat) * kLogZero);
      in_label = log_add_exp(ops::slice(ready, 1, 0, -1) + l, in_label + l);
    }
    const Tensor length = ops::sum(ops::cast(ops::not_equal(y, ops::like_scalar(0, y)), DType::i32), {1}, true);
    return -ops::squeeze(ops::take_along_last(add_to_rest(in_blank, in_label), length), -1);
  }
};

}  // namespace

namespace losses {
CTC::CTC(CTCConfig c) : Loss(std::make_shared<CTCLoss>(std::move(c))) {}
}  // namespace losses

void add_ctc_loss(Registry<LossImpl>& r) { r.add<CTCLoss>({"ctc"}); }

}  // namespace cornu
