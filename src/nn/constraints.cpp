// Constraints, and their registry.
#include <cornu/ops.h>
#include <cornu/regularizers.h>

#include "nn/registry.h"

namespace cornu {

using namespace constraints;

Value Codec<AxisList>::to_value(const AxisList& a) {
  return a.axes.size() == 1 ? Value(a.axes[0]) : Codec<std::vector<int64_t>>::to_value(a.axes);
}
AxisList Codec<AxisList>::from_value(const Value& v) { return Codec<std::vector<int64_t>>::from_value(v); }

template <>
struct Describe<MaxNormConfig> {
  using T = MaxNormConfig;
  static constexpr auto fields = std::tuple{field("max_value", &T::max_value), field("axis", &T::axis)};
};
template <>
struct Describe<NonNegConfig> {
  static constexpr auto fields = std::tuple{};
};
template <>
struct Describe<UnitNormConfig> {
  static constexpr auto fields = std::tuple{field("axis", &UnitNormConfig::axis)};
};
template <>
struct Describe<MinMaxNormConfig> {
  using T = MinMaxNormConfig;
  static constexpr auto fields = std::tuple{field("min_value", &T::min_value), field("max_value", &T::max_value),
                                            field("rate", &T::rate), field("axis", &T::axis)};
};

namespace {

constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()

Tensor lengths(const Tensor& w, const AxisList& axis) {
  ops::Axes axes(axis.axes.begin(), axis.axes.end());
  return ops::sqrt(ops::sum(ops::square(w), axes, true));
}

struct MaxNormConstraint final : WithConfig<MaxNormConstraint, ConstraintImpl, MaxNormConfig> {
  static constexpr const char* kName = "MaxNorm";
  using WithConfig::WithConfig;
  Tensor call(const Tensor& w) const override {
    const Tensor norm = lengths(w, config.axis);
    return w * (ops::clip(norm, 0, config.max_value) / (kEpsilon + norm));
  }
};

struct NonNegConstraint final : WithConfig<NonNegConstraint, ConstraintImpl, NonNegConfig> {
  static constexpr const char* kName = "NonNeg";
  using WithConfig::WithConfig;
  Tensor call(const Tensor& w) const override { return ops::maximum(w, ops::like_scalar(0, w)); }
};

struct UnitNormConstraint final : WithConfig<UnitNormConstraint, ConstraintImpl, UnitNormConfig> {
  static constexpr const char* kName = "UnitNorm";
  using WithConfig::WithConfig;
  Tensor call(const Tensor& w) const override { return w / (kEpsilon + lengths(w, config.axis)); }
};

struct MinMaxNormConstraint final : WithConfig<MinMaxNormConstraint, ConstraintImpl, MinMaxNormConfig> {
  static constexpr const char* kName = "MinMaxNorm";
  using WithConfig::WithConfig;
  Tensor call(const Tensor& w) const override {
    const Tensor norm = lengths(w, config.axis);
    const Tensor wanted = config.rate * ops::clip(norm, config.min_value, config.max_value) + (1 - config.rate) * norm;
    return w * (wanted / (kEpsilon + norm));
  }
};

}  // namespace

namespace constraints {
MaxNorm::MaxNorm(MaxNormConfig c) : Constraint(std::make_shared<MaxNormConstraint>(std::move(c))) {}
NonNeg::NonNeg(NonNegConfig c) : Constraint(std::make_shared<NonNegConstraint>(c)) {}
UnitNorm::UnitNorm(UnitNormConfig c) : Constraint(std::make_shared<UnitNormConstraint>(std::move(c))) {}
MinMaxNorm::MinMaxNorm(MinMaxNormConfig c) : Constraint(std::make_shared<MinMaxNormConstraint>(std::move(c))) {}
}  // namespace constraints

template <>
Registry<ConstraintImpl>& registry<ConstraintImpl>() {
  static Registry<ConstraintImpl>* r = [] {
    auto* made = new Registry<ConstraintImpl>;
    made->add<MaxNormConstraint>({"max_norm"});
    made->add<NonNegConstraint>({"non_neg"});
    made->add<UnitNormConstraint>({"unit_norm"});
    made->add<MinMaxNormConstraint>({"min_max_norm"});
    return made;
  }();
  return *r;
}
template std::shared_ptr<ConstraintImpl> make_configurable<ConstraintImpl>(const Value&);
template Value serialize<ConstraintImpl>(const ConstraintImpl*);

}  // namespace cornu
