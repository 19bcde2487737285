// Cross-entropies and divergences.
#include <cornu/losses/probabilistic.h>
#include <cornu/ops.h>

#include "nn/losses/families.h"
#include "nn/losses/functions.h"
#include "nn/losses/reduced.h"

namespace cornu {

using namespace losses;
namespace f = loss_functions;

template <>
struct Describe<BinaryCrossentropyConfig> {
  using T = BinaryCrossentropyConfig;
  static constexpr auto fields = loss_fields<T>(field("from_logits", &T::from_logits),
                                                field("label_smoothing", &T::label_smoothing), field("axis", &T::axis));
};
template <>
struct Describe<CategoricalCrossentropyConfig> {
  using T = CategoricalCrossentropyConfig;
  static constexpr auto fields = loss_fields<T>(field("from_logits", &T::from_logits),
                                                field("label_smoothing", &T::label_smoothing), field("axis", &T::axis));
};
template <>
struct Describe<SparseCategoricalCrossentropyConfig> {
  using T = SparseCategoricalCrossentropyConfig;
  static constexpr auto fields = loss_fields<T>(field("from_logits", &T::from_logits),
                                                field("ignore_class", &T::ignore_class), field("axis", &T::axis));
};
template <>
struct Describe<CategoricalGeneralizedCrossEntropyConfig> {
  using T = CategoricalGeneralizedCrossEntropyConfig;
  static constexpr auto fields = loss_fields<T>(field("q", &T::q));
};
template <>
struct Describe<KLDivergenceConfig> {
  using T = KLDivergenceConfig;
  static constexpr auto fields = loss_fields<T>();
};
template <>
struct Describe<PoissonConfig> {
  using T = PoissonConfig;
  static constexpr auto fields = loss_fields<T>();
};

namespace {

struct BinaryCrossentropyLoss final : ReducedLoss<BinaryCrossentropyLoss, BinaryCrossentropyConfig> {
  static constexpr const char* kName = "BinaryCrossentropy";
  using ReducedLoss::ReducedLoss;
  Targets targets() const override { return Targets::probabilities; }
  Tensor call(const Tensor& y, const Tensor& p) const override {
    return f::binary_crossentropy(y, p, {config.from_logits, config.label_smoothing, config.axis});
  }
};

struct CategoricalCrossentropyLoss final : ReducedLoss<CategoricalCrossentropyLoss, CategoricalCrossentropyConfig> {
  static constexpr const char* kName = "CategoricalCrossentropy";
  using ReducedLoss::ReducedLoss;
  Targets targets() const override { return Targets::probabilities; }
  Tensor call(const Tensor& y, const Tensor& p) const override {
    return f::categorical_crossentropy(y, p, {config.from_logits, config.label_smoothing, config.axis});
  }
};

struct SparseCategoricalCrossentropyLoss final
    : ReducedLoss<SparseCategoricalCrossentropyLoss, SparseCategoricalCrossentropyConfig> {
  static constexpr const char* kName = "SparseCategoricalCrossentropy";
  using ReducedLoss::ReducedLoss;
  Targets targets() const override { return Targets::class_numbers; }
  Value get_config() const override { return config_without_default("axis"); }
  Tensor call(const Tensor& y, const Tensor& p) const override {
    return f::sparse_categorical_crossentropy(y, p, {config.from_logits, 0, config.axis}, config.ignore_class);
  }
  Tensor valid(const Tensor& y_true, const Tensor& values) const override {
    if (!config.ignore_class) return {};
    const Tensor y = ops::cast(y_true, DType::i32);
    const Tensor counted = ops::not_equal(y, ops::like_scalar(static_cast<double>(*config.ignore_class), y));
    return counted.rank() == values.rank() ? counted : ops::squeeze(counted, -1);
  }
};

struct CategoricalGeneralizedCrossEntropyLoss final
    : ReducedLoss<CategoricalGeneralizedCrossEntropyLoss, CategoricalGeneralizedCrossEntropyConfig> {
  static constexpr const char* kName = "CategoricalGeneralizedCrossEntropy";
  using ReducedLoss::ReducedLoss;
  Targets targets() const override { return Targets::class_numbers; }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    if (config.q <= 0 || config.q >= 1) throw ConfigError(kName, text("q must be in (0, 1), got {}", config.q));
    Tensor y = ops::cast(y_true, DType::i32);
    if (y.rank() < y_pred.rank()) y = ops::expand_dims(y, -1);
    const Tensor p = ops::squeeze(ops::take_along_last(y_pred, y), -1);
    const Tensor loss = (1.0 - ops::power(p, ops::like_scalar(config.q, p))) / config.q;
    return f::nan_unless_classes(kName, loss, ops::squeeze(y, -1), y_pred.shape().dim(-1));
  }
};

struct KLDivergenceLoss final : ReducedLoss<KLDivergenceLoss, KLDivergenceConfig> {
  static constexpr const char* kName = "KLDivergence";
  using ReducedLoss::ReducedLoss;
  Tensor call(const Tensor& y, const Tensor& p) const override { return f::kl_divergence(y, p); }
};

struct PoissonLoss final : ReducedLoss<PoissonLoss, PoissonConfig> {
  static constexpr const char* kName = "Poisson";
  using ReducedLoss::ReducedLoss;
  Tensor call(const Tensor& y, const Tensor& p) const override { return f::poisson(y, p); }
};

}  // namespace

namespace losses {
BinaryCrossentropy::BinaryCrossentropy(BinaryCrossentropyConfig c)
    : Loss(std::make_shared<BinaryCrossentropyLoss>(std::move(c))) {}
CategoricalCrossentropy::CategoricalCrossentropy(CategoricalCrossentropyConfig c)
    : Loss(std::make_shared<CategoricalCrossentropyLoss>(std::move(c))) {}
SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(SparseCategoricalCrossentropyConfig c)
    : Loss(std::make_shared<SparseCategoricalCrossentropyLoss>(std::move(c))) {}
CategoricalGeneralizedCrossEntropy::CategoricalGeneralizedCrossEntropy(CategoricalGeneralizedCrossEntropyConfig c)
    : Loss(std::make_shared<CategoricalGeneralizedCrossEntropyLoss>(std::move(c))) {}
KLDivergence::KLDivergence(KLDivergenceConfig c) : Loss(std::make_shared<KLDivergenceLoss>(std::move(c))) {}
Poisson::Poisson(PoissonConfig c) : Loss(std::make_shared<PoissonLoss>(std::move(c))) {}
}  // namespace losses

void add_probabilistic_losses(Registry<LossImpl>& r) {
  r.add<BinaryCrossentropyLoss>({"binary_crossentropy", "bce", "BCE"});
  r.add<CategoricalCrossentropyLoss>({"categorical_crossentropy"});
  r.add<SparseCategoricalCrossentropyLoss>({"sparse_categorical_crossentropy"});
  r.add<CategoricalGeneralizedCrossEntropyLoss>({"categorical_generalized_cross_entropy"});
  r.add<KLDivergenceLoss>({"kl_divergence", "kld", "KLD"});
  r.add<PoissonLoss>({"poisson"});
}

}  // namespace cornu
