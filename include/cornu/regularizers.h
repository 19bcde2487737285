// Regularizers (a penalty added to the loss) and constraints (a projection after each update).
#pragma once
#include <cornu/configurable.h>
#include <cornu/tensor.h>

namespace cornu {

class CORNU_API RegularizerImpl : public Configurable {
 public:
  static constexpr const char* kModule = "keras.regularizers";
  /// The scalar penalty of a weight or an activity.
  virtual Tensor call(const Tensor& x) const = 0;
};
using Regularizer = Handle<RegularizerImpl>;

class CORNU_API ConstraintImpl : public Configurable {
 public:
  static constexpr const char* kModule = "keras.constraints";
  /// The weight as it may be.
  virtual Tensor call(const Tensor& w) const = 0;
};
using Constraint = Handle<ConstraintImpl>;

}  // namespace cornu
