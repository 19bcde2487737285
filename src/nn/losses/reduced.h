// A loss with a config that has `name` and `reduction`.
#pragma once
#include <cornu/losses/loss.h>

namespace cornu {

/// v * w, and 0 where w is 0: what does not count is chosen away, since 0 * NaN is NaN.
Tensor weighed(const Tensor& v, const Tensor& w);
/// x, and 0 where the weight of the leading axes is 0.
Tensor zero_where_ignored(const Tensor& x, const Tensor& weights);
/// ConfigError if there is no such reduction.
void check_reduction(const char* who, const std::string& reduction);

/// Derived classes define kName and call().
template <class Self, class ConfigType>
class ReducedLoss : public WithConfig<Self, LossImpl, ConfigType> {
 public:
  explicit ReducedLoss(ConfigType c) : WithConfig<Self, LossImpl, ConfigType>(std::move(c)) {
    check_reduction(Self::kName, this->config.reduction);
  }
  std::string name() const override { return this->config.name; }
  std::string reduction() const override { return this->config.reduction; }
  LossImpl::Targets targets() const override { return LossImpl::Targets::like_output; }

 protected:
  /// Keras writes some arguments nowhere. They are written where they are not the default, as Keras reads them.
  Value config_without_default(const char* key) const {
    Value out = describe_to_value(this->config);
    if (out.at(key) == describe_to_value(ConfigType{}).at(key)) out.erase(key);
    return out;
  }
};

/// Fields of a loss' config in the order of Keras' get_config: name, reduction, then its own.
template <class T, class... Own>
constexpr auto loss_fields(Own... own) {
  return std::tuple{field("name", &T::name), field("reduction", &T::reduction), own...};
}

}  // namespace cornu
