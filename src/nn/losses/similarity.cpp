// Losses of overlaps, and of distances between embeddings.
#include <cornu/losses/similarity.h>
#include <cornu/ops.h>

#include "nn/losses/families.h"
#include "nn/losses/functions.h"
#include "nn/losses/reduced.h"

namespace cornu {

using namespace losses;
namespace f = loss_functions;

template <>
struct Describe<DiceConfig> {
  using T = DiceConfig;
  static constexpr auto fields = loss_fields<T>(field("axis", &T::axis));
};
template <>
struct Describe<TverskyConfig> {
  using T = TverskyConfig;
  static constexpr auto fields =
      loss_fields<T>(field("alpha", &T::alpha), field("beta", &T::beta), field("axis", &T::axis));
};
template <>
struct Describe<CircleConfig> {
  using T = CircleConfig;
  static constexpr auto fields = loss_fields<T>(field("gamma", &T::gamma), field("margin", &T::margin),
                                                field("remove_diagonal", &T::remove_diagonal));
};

namespace {

struct DiceLoss final : ReducedLoss<DiceLoss, DiceConfig> {
  static constexpr const char* kName = "Dice";
  using ReducedLoss::ReducedLoss;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    const auto [y, p] = f::matched(y_true, y_pred);
    const ops::Axes axes = config.axis.value_or(ops::Axes{});
    return 1.0 - 2.0 * ops::sum(y * p, axes) / (ops::sum(y, axes) + ops::sum(p, axes) + f::kEpsilon);
  }
};

struct TverskyLoss final : ReducedLoss<TverskyLoss, TverskyConfig> {
  static constexpr const char* kName = "Tversky";
  using ReducedLoss::ReducedLoss;
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    const auto [y, p] = f::matched(y_true, y_pred);
    const ops::Axes axes = config.axis.value_or(ops::Axes{});
    const Tensor both = ops::sum(y * p, axes);
    const Tensor only_y = ops::sum((1.0 - p) * y, axes), only_p = ops::sum(p * (1.0 - y), axes);
    return 1.0 - both / (both + only_y * config.alpha + only_p * config.beta + f::kEpsilon);
  }
};

struct CircleLoss final : ReducedLoss<CircleLoss, CircleConfig> {
  static constexpr const char* kName = "Circle";
  using ReducedLoss::ReducedLoss;
  Targets targets() const override { return Targets::any; }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    const Tensor y = ops::cast(y_true.rank() == 2 ? ops::squeeze(y_true, -1) : y_true, DType::i32);
    Tensor distance = 1.0 - ops::matmul(y_pred, y_pred, {.transpose_b = true});
    distance = ops::maximum(distance, ops::like_scalar(0, distance));
    const auto pairs = [](const Tensor& x) { return ops::equal(ops::expand_dims(x, 1), ops::expand_dims(x, 0)); };
    const Tensor same = pairs(y);
    Tensor positive = same;
    if (config.remove_diagonal) {  // an embedding is no pair with itself
      const Tensor number = ops::cumsum(ops::ones_like(ops::cast(y, y_pred.dtype())), 0);
      positive = ops::logical_and(same, ops::logical_not(pairs(number)));
    }
    const auto weighted = [&](const Tensor& weight, const Tensor& from_margin) {
      return config.gamma * ops::maximum(weight, ops::like_scalar(0, weight)) * from_margin;
    };
    const Tensor attract = weighted(distance + config.margin, distance - config.margin);
    const Tensor repel = weighted(1 + config.margin - distance, 1 - config.margin - distance);
    // A number instead of -inf keeps the gradient of a sample without partners at 0 instead of NaN.
    const auto over = [](const Tensor& pairs_that_count, const Tensor& x) {
      return ops::logsumexp(ops::where(pairs_that_count, x, ops::like_scalar(-1e30, x)), {1});
    };
    return ops::softplus(over(positive, attract) + over(ops::logical_not(same), repel));
  }
  Tensor valid(const Tensor&, const Tensor& values) const override { return values > 0.0; }
};

}  // namespace

namespace losses {
Dice::Dice(DiceConfig c) : Loss(std::make_shared<DiceLoss>(std::move(c))) {}
Tversky::Tversky(TverskyConfig c) : Loss(std::make_shared<TverskyLoss>(std::move(c))) {}
Circle::Circle(CircleConfig c) : Loss(std::make_shared<CircleLoss>(std::move(c))) {}
}  // namespace losses

void add_similarity_losses(Registry<LossImpl>& r) {
  r.add<DiceLoss>({"dice"});
  r.add<TverskyLoss>({"tversky"});
  r.add<CircleLoss>({"circle"});
}

}  // namespace cornu
