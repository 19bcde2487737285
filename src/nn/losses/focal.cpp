// Cross-entropies in which what is easy counts less.
#include <cornu/losses/probabilistic.h>
#include <cornu/ops.h>

#include "nn/losses/families.h"
#include "nn/losses/functions.h"
#include "nn/losses/reduced.h"

namespace cornu {

using namespace losses;
namespace f = loss_functions;

template <>
struct Describe<BinaryFocalCrossentropyConfig> {
  using T = BinaryFocalCrossentropyConfig;
  static constexpr auto fields = loss_fields<T>(
      field("from_logits", &T::from_logits), field("label_smoothing", &T::label_smoothing), field("axis", &T::axis),
      field("apply_class_balancing", &T::apply_class_balancing), field("alpha", &T::alpha), field("gamma", &T::gamma));
};
template <>
struct Describe<CategoricalFocalCrossentropyConfig> {
  using T = CategoricalFocalCrossentropyConfig;
  static constexpr auto fields =
      loss_fields<T>(field("from_logits", &T::from_logits), field("label_smoothing", &T::label_smoothing),
                     field("axis", &T::axis), field("alpha", &T::alpha), field("gamma", &T::gamma));
};

namespace {

struct BinaryFocalCrossentropyLoss final : ReducedLoss<BinaryFocalCrossentropyLoss, BinaryFocalCrossentropyConfig> {
  static constexpr const char* kName = "BinaryFocalCrossentropy";
  using ReducedLoss::ReducedLoss;
  Targets targets() const override { return Targets::probabilities; }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    auto [y, p] = f::matched(y_true, y_pred);
    y = f::smoothed(y, config.label_smoothing, 2);
    if (config.from_logits) p = ops::sigmoid(p);
    const Tensor missed = 1.0 - (y * p + (1.0 - y) * (1.0 - p));
    Tensor loss = ops::power(missed, ops::like_scalar(config.gamma, p)) * f::binary_entropy(y, p);
    if (config.apply_class_balancing) loss = (y * config.alpha + (1.0 - y) * (1 - config.alpha)) * loss;
    return ops::mean(loss, {config.axis});
  }
};

struct CategoricalFocalCrossentropyLoss final
    : ReducedLoss<CategoricalFocalCrossentropyLoss, CategoricalFocalCrossentropyConfig> {
  static constexpr const char* kName = "CategoricalFocalCrossentropy";
  using ReducedLoss::ReducedLoss;
  Targets targets() const override { return Targets::probabilities; }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    auto [y, p] = f::matched(y_true, y_pred);
    y = f::smoothed(y, config.label_smoothing, static_cast<double>(p.shape()[-1]));
    if (config.from_logits) p = ops::softmax(p, config.axis);
    p = f::normalized(p, config.axis);
    const Tensor weight = ops::power(1.0 - p, ops::like_scalar(config.gamma, p)) * config.alpha;
    return ops::sum(weight * (-y * ops::log(p)), {config.axis});
  }
};

}  // namespace

namespace losses {
BinaryFocalCrossentropy::BinaryFocalCrossentropy(BinaryFocalCrossentropyConfig c)
    : Loss(std::make_shared<BinaryFocalCrossentropyLoss>(std::move(c))) {}
CategoricalFocalCrossentropy::CategoricalFocalCrossentropy(CategoricalFocalCrossentropyConfig c)
    : Loss(std::make_shared<CategoricalFocalCrossentropyLoss>(std::move(c))) {}
}  // namespace losses

void add_focal_losses(Registry<LossImpl>& r) {
  r.add<BinaryFocalCrossentropyLoss>({"binary_focal_crossentropy"});
  r.add<CategoricalFocalCrossentropyLoss>({"categorical_focal_crossentropy"});
}

}  // namespace cornu
