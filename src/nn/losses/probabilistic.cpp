// Cross-entropies.
#include <cornu/losses.h>
#include <cornu/ops.h>

#include "nn/losses/families.h"

namespace cornu {

using namespace losses;

template <>
struct Describe<BinaryCrossentropyConfig> {
  using T = BinaryCrossentropyConfig;
  static constexpr auto fields =
      std::tuple{field("name", &T::name), field("reduction", &T::reduction), field("from_logits", &T::from_logits),
                 field("label_smoothing", &T::label_smoothing), field("axis", &T::axis)};
};
template <>
struct Describe<CategoricalCrossentropyConfig> {
  using T = CategoricalCrossentropyConfig;
  static constexpr auto fields =
      std::tuple{field("name", &T::name), field("reduction", &T::reduction), field("from_logits", &T::from_logits),
                 field("label_smoothing", &T::label_smoothing), field("axis", &T::axis)};
};
template <>
struct Describe<SparseCategoricalCrossentropyConfig> {
  using T = SparseCategoricalCrossentropyConfig;
  static constexpr auto fields =
      std::tuple{field("name", &T::name), field("reduction", &T::reduction), field("from_logits", &T::from_logits),
                 field("ignore_class", &T::ignore_class), field("axis", &T::axis)};
};

namespace {

constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()

/// Labels moved towards even odds over n classes.
Tensor smoothed(const Tensor& y, double smoothing, double n) {
  return smoothing == 0 ? y : y * (1 - smoothing) + smoothing / n;
}

struct BinaryCrossentropyLoss final : WithConfig<BinaryCrossentropyLoss, LossImpl, BinaryCrossentropyConfig> {
  static constexpr const char* kName = "BinaryCrossentropy";
  using WithConfig::WithConfig;
  std::string name() const override { return config.name; }
  std::string reduction() const override { return config.reduction; }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    Tensor y = ops::cast(y_true, y_pred.dtype()), p = y_pred;
    squeeze_or_expand_to_same_rank(y, p);
    y = smoothed(y, config.label_smoothing, 2);
    if (config.from_logits) p = ops::sigmoid(p);
    p = ops::clip(p, kEpsilon, 1 - kEpsilon);
    return ops::mean(-(y * ops::log(p) + (1.0 - y) * ops::log(1.0 - p)), {config.axis});
  }
};

struct CategoricalCrossentropyLoss final
    : WithConfig<CategoricalCrossentropyLoss, LossImpl, CategoricalCrossentropyConfig> {
  static constexpr const char* kName = "CategoricalCrossentropy";
  using WithConfig::WithConfig;
  std::string name() const override { return config.name; }
  std::string reduction() const override { return config.reduction; }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    Tensor y = ops::cast(y_true, y_pred.dtype());
    y = smoothed(y, config.label_smoothing, static_cast<double>(y_pred.shape()[config.axis]));
    return -ops::sum(y * log_probabilities(y_pred, config.from_logits, config.axis), {config.axis});
  }
  static Tensor log_probabilities(const Tensor& p, bool from_logits, int axis) {
    if (from_logits) return ops::log_softmax(p, axis);
    return ops::log(ops::clip(p / ops::sum(p, {axis}, true), kEpsilon, 1 - kEpsilon));
  }
};

struct SparseCategoricalCrossentropyLoss final
    : WithConfig<SparseCategoricalCrossentropyLoss, LossImpl, SparseCategoricalCrossentropyConfig> {
  static constexpr const char* kName = "SparseCategoricalCrossentropy";
  using WithConfig::WithConfig;
  std::string name() const override { return config.name; }
  std::string reduction() const override { return config.reduction; }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    Tensor y = ops::cast(y_true, DType::i32);
    if (y.rank() == y_pred.rank() && y.shape()[-1] == 1) y = ops::squeeze(y, -1);
    const Tensor log_p = CategoricalCrossentropyLoss::log_probabilities(y_pred, config.from_logits, config.axis);
    if (config.axis != -1 && config.axis != y_pred.rank() - 1)
      throw ConfigError(kName, text("axis must be the last one, got {}", config.axis));
    Tensor loss = -ops::squeeze(ops::take_along_last(log_p, ops::expand_dims(y, -1)), -1);
    if (config.ignore_class) {
      const Tensor valid = ops::not_equal(y, ops::like_scalar(static_cast<double>(*config.ignore_class), y));
      loss = ops::where(valid, loss, ops::zeros_like(loss));
    }
    return loss;
  }
};

}  // namespace

namespace losses {
BinaryCrossentropy::BinaryCrossentropy(BinaryCrossentropyConfig c)
    : Loss(std::make_shared<BinaryCrossentropyLoss>(std::move(c))) {}
CategoricalCrossentropy::CategoricalCrossentropy(CategoricalCrossentropyConfig c)
    : Loss(std::make_shared<CategoricalCrossentropyLoss>(std::move(c))) {}
SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(SparseCategoricalCrossentropyConfig c)
    : Loss(std::make_shared<SparseCategoricalCrossentropyLoss>(std::move(c))) {}
}  // namespace losses

void add_probabilistic_losses(Registry<LossImpl>& r) {
  r.add<BinaryCrossentropyLoss>({"binary_crossentropy", "bce", "BCE"});
  r.add<CategoricalCrossentropyLoss>({"categorical_crossentropy"});
  r.add<SparseCategoricalCrossentropyLoss>({"sparse_categorical_crossentropy"});
}

}  // namespace cornu
