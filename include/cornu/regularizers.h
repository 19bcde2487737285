// Regularizers (a penalty added to the loss) and constraints (a projection after each update).
#pragma once
#include <cornu/configurable.h>
#include <cornu/tensor.h>

namespace cornu {

/// Base of every regularizer. It has no state but its config, so several threads may use one.
class CORNU_API RegularizerImpl : public Configurable {
 public:
  static constexpr const char* kModule = "keras.regularizers";
  /// The scalar penalty of a weight or an activity.
  virtual Tensor call(const Tensor& x) const = 0;
};
using Regularizer = Handle<RegularizerImpl>;
template <>
CORNU_API Registry<RegularizerImpl>& registry<RegularizerImpl>();

/// Base of every constraint. It has no state but its config, so several threads may use one.
class CORNU_API ConstraintImpl : public Configurable {
 public:
  static constexpr const char* kModule = "keras.constraints";
  /// The weight as it may be.
  virtual Tensor call(const Tensor& w) const = 0;
};
using Constraint = Handle<ConstraintImpl>;
template <>
CORNU_API Registry<ConstraintImpl>& registry<ConstraintImpl>();

/// Axes written as one number where there is only one.
struct AxisList {
  std::vector<int64_t> axes;
  AxisList(int64_t axis = 0) : axes{axis} {}
  AxisList(std::vector<int64_t> several) : axes(std::move(several)) {}
};
template <>
struct CORNU_API Codec<AxisList> {
  static Value to_value(const AxisList& a);
  static AxisList from_value(const Value& v);
};

namespace regularizers {

struct L1Config {
  double l1 = 0.01;
};
/// l1 * sum |x|
struct CORNU_API L1 : Regularizer {
  explicit L1(L1Config config = {});
};
struct L2Config {
  double l2 = 0.01;
};
/// l2 * sum x^2
struct CORNU_API L2 : Regularizer {
  explicit L2(L2Config config = {});
};
struct L1L2Config {
  double l1 = 0, l2 = 0;
};
/// l1 * sum |x| + l2 * sum x^2
struct CORNU_API L1L2 : Regularizer {
  explicit L1L2(L1L2Config config = {});
};
struct OrthogonalRegularizerConfig {
  double factor = 0.01;
  Text mode = "rows";  ///< or "columns"
};
/// factor times the mean of |cosine| over all pairs of rows, or columns, of a matrix.
struct CORNU_API OrthogonalRegularizer : Regularizer {
  explicit OrthogonalRegularizer(OrthogonalRegularizerConfig config = {});
};

}  // namespace regularizers

namespace constraints {

struct MaxNormConfig {
  double max_value = 2;
  AxisList axis = 0;
};
/// Vectors along `axis` longer than max_value are scaled down to it.
struct CORNU_API MaxNorm : Constraint {
  explicit MaxNorm(MaxNormConfig config = {});
};
struct NonNegConfig {};
/// max(w, 0)
struct CORNU_API NonNeg : Constraint {
  explicit NonNeg(NonNegConfig config = {});
};
struct UnitNormConfig {
  AxisList axis = 0;
};
/// Vectors along `axis` get length 1.
struct CORNU_API UnitNorm : Constraint {
  explicit UnitNorm(UnitNormConfig config = {});
};
struct MinMaxNormConfig {
  double min_value = 0, max_value = 1, rate = 1;
  AxisList axis = 0;
};
/// Lengths along `axis` go into [min_value, max_value], by `rate` of the way.
struct CORNU_API MinMaxNorm : Constraint {
  explicit MinMaxNorm(MinMaxNormConfig config = {});
};

}  // namespace constraints

}  // namespace cornu
