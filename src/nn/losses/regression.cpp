// Losses of predicted numbers, and hinge losses.
#include <cornu/losses/regression.h>
#include <cornu/ops.h>

#include "nn/losses/families.h"
#include "nn/losses/functions.h"
#include "nn/losses/reduced.h"

namespace cornu {

using namespace losses;
namespace f = loss_functions;

template <>
struct Describe<MeanSquaredErrorConfig> {
  using T = MeanSquaredErrorConfig;
  static constexpr auto fields = loss_fields<T>();
};
template <>
struct Describe<MeanAbsoluteErrorConfig> {
  using T = MeanAbsoluteErrorConfig;
  static constexpr auto fields = loss_fields<T>();
};
template <>
struct Describe<MeanAbsolutePercentageErrorConfig> {
  using T = MeanAbsolutePercentageErrorConfig;
  static constexpr auto fields = loss_fields<T>();
};
template <>
struct Describe<MeanSquaredLogarithmicErrorConfig> {
  using T = MeanSquaredLogarithmicErrorConfig;
  static constexpr auto fields = loss_fields<T>();
};
template <>
struct Describe<CosineSimilarityConfig> {
  using T = CosineSimilarityConfig;
  static constexpr auto fields = loss_fields<T>(field("axis", &T::axis));
};
template <>
struct Describe<HuberConfig> {
  using T = HuberConfig;
  static constexpr auto fields = loss_fields<T>(field("delta", &T::delta));
};
template <>
struct Describe<LogCoshConfig> {
  using T = LogCoshConfig;
  static constexpr auto fields = loss_fields<T>();
};
template <>
struct Describe<HingeConfig> {
  using T = HingeConfig;
  static constexpr auto fields = loss_fields<T>();
};
template <>
struct Describe<SquaredHingeConfig> {
  using T = SquaredHingeConfig;
  static constexpr auto fields = loss_fields<T>();
};
template <>
struct Describe<CategoricalHingeConfig> {
  using T = CategoricalHingeConfig;
  static constexpr auto fields = loss_fields<T>();
};

namespace {

struct MeanSquaredErrorLoss final : ReducedLoss<MeanSquaredErrorLoss, MeanSquaredErrorConfig> {
  static constexpr const char* kName = "MeanSquaredError";
  using ReducedLoss::ReducedLoss;
  Tensor call(const Tensor& y, const Tensor& p) const override { return f::mean_squared_error(y, p); }
};

struct MeanAbsoluteErrorLoss final : ReducedLoss<MeanAbsoluteErrorLoss, MeanAbsoluteErrorConfig> {
  static constexpr const char* kName = "MeanAbsoluteError";
  using ReducedLoss::ReducedLoss;
  Tensor call(const Tensor& y, const Tensor& p) const override { return f::mean_absolute_error(y, p); }
};

struct MeanAbsolutePercentageErrorLoss final
    : ReducedLoss<MeanAbsolutePercentageErrorLoss, MeanAbsolutePercentageErrorConfig> {
  static constexpr const char* kName = "MeanAbsolutePercentageError";
  using ReducedLoss::ReducedLoss;
  Tensor call(const Tensor& y, const Tensor& p) const override { return f::mean_absolute_percentage_error(y, p); }
};

struct MeanSquaredLogarithmicErrorLoss final
    : ReducedLoss<MeanSquaredLogarithmicErrorLoss, MeanSquaredLogarithmicErrorConfig> {
  static constexpr const char* kName = "MeanSquaredLogarithmicError";
  using ReducedLoss::ReducedLoss;
  Tensor call(const Tensor& y, const Tensor& p) const override { return f::mean_squared_logarithmic_error(y, p); }
};

struct CosineSimilarityLoss final : ReducedLoss<CosineSimilarityLoss, CosineSimilarityConfig> {
  static constexpr const char* kName = "CosineSimilarity";
  using ReducedLoss::ReducedLoss;
  Value get_config() const override { return config_without_default("axis"); }
  Tensor call(const Tensor& y, const Tensor& p) const override { return -f::cosine_similarity(y, p, config.axis); }
};

struct HuberLoss final : ReducedLoss<HuberLoss, HuberConfig> {
  static constexpr const char* kName = "Huber";
  using ReducedLoss::ReducedLoss;
  Value get_config() const override { return config_without_default("delta"); }
  Tensor call(const Tensor& y, const Tensor& p) const override { return f::huber(y, p, config.delta); }
};

struct LogCoshLoss final : ReducedLoss<LogCoshLoss, LogCoshConfig> {
  static constexpr const char* kName = "LogCosh";
  using ReducedLoss::ReducedLoss;
  Tensor call(const Tensor& y, const Tensor& p) const override { return f::log_cosh(y, p); }
};

struct HingeLoss final : ReducedLoss<HingeLoss, HingeConfig> {
  static constexpr const char* kName = "Hinge";
  using ReducedLoss::ReducedLoss;
  Targets targets() const override { return Targets::signs; }
  Tensor call(const Tensor& y, const Tensor& p) const override { return f::hinge(y, p); }
};

struct SquaredHingeLoss final : ReducedLoss<SquaredHingeLoss, SquaredHingeConfig> {
  static constexpr const char* kName = "SquaredHinge";
  using ReducedLoss::ReducedLoss;
  Targets targets() const override { return Targets::signs; }
  Tensor call(const Tensor& y, const Tensor& p) const override { return f::squared_hinge(y, p); }
};

struct CategoricalHingeLoss final : ReducedLoss<CategoricalHingeLoss, CategoricalHingeConfig> {
  static constexpr const char* kName = "CategoricalHinge";
  using ReducedLoss::ReducedLoss;
  Tensor call(const Tensor& y, const Tensor& p) const override { return f::categorical_hinge(y, p); }
};

}  // namespace

namespace losses {
MeanSquaredError::MeanSquaredError(MeanSquaredErrorConfig c)
    : Loss(std::make_shared<MeanSquaredErrorLoss>(std::move(c))) {}
MeanAbsoluteError::MeanAbsoluteError(MeanAbsoluteErrorConfig c)
    : Loss(std::make_shared<MeanAbsoluteErrorLoss>(std::move(c))) {}
MeanAbsolutePercentageError::MeanAbsolutePercentageError(MeanAbsolutePercentageErrorConfig c)
    : Loss(std::make_shared<MeanAbsolutePercentageErrorLoss>(std::move(c))) {}
MeanSquaredLogarithmicError::MeanSquaredLogarithmicError(MeanSquaredLogarithmicErrorConfig c)
    : Loss(std::make_shared<MeanSquaredLogarithmicErrorLoss>(std::move(c))) {}
CosineSimilarity::CosineSimilarity(CosineSimilarityConfig c)
    : Loss(std::make_shared<CosineSimilarityLoss>(std::move(c))) {}
Huber::Huber(HuberConfig c) : Loss(std::make_shared<HuberLoss>(std::move(c))) {}
LogCosh::LogCosh(LogCoshConfig c) : Loss(std::make_shared<LogCoshLoss>(std::move(c))) {}
Hinge::Hinge(HingeConfig c) : Loss(std::make_shared<HingeLoss>(std::move(c))) {}
SquaredHinge::SquaredHinge(SquaredHingeConfig c) : Loss(std::make_shared<SquaredHingeLoss>(std::move(c))) {}
CategoricalHinge::CategoricalHinge(CategoricalHingeConfig c)
    : Loss(std::make_shared<CategoricalHingeLoss>(std::move(c))) {}
}  // namespace losses

void add_regression_losses(Registry<LossImpl>& r) {
  r.add<MeanSquaredErrorLoss>({"mean_squared_error", "mse", "MSE"});
  r.add<MeanAbsoluteErrorLoss>({"mean_absolute_error", "mae", "MAE"});
  r.add<MeanAbsolutePercentageErrorLoss>({"mean_absolute_percentage_error", "mape", "MAPE"});
  r.add<MeanSquaredLogarithmicErrorLoss>({"mean_squared_logarithmic_error", "msle", "MSLE"});
  r.add<CosineSimilarityLoss>({"cosine_similarity"});
  r.add<HuberLoss>({"huber"});
  r.add<LogCoshLoss>({"log_cosh"});
  r.add<HingeLoss>({"hinge"});
  r.add<SquaredHingeLoss>({"squared_hinge"});
  r.add<CategoricalHingeLoss>({"categorical_hinge"});
}

}  // namespace cornu
