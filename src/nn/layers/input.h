// The layer that stands for a model's input.
#pragma once
#include <cornu/layers/core.h>

namespace cornu {

class InputLayer final : public WithConfig<InputLayer, LayerImpl, InputConfig> {
 public:
  static constexpr const char* kName = "InputLayer";
  explicit InputLayer(InputConfig c);
  Tensor call(const Tensor& x, const CallContext&) override { return x; }
  std::shared_ptr<LayerImpl> unbuilt_copy() const override;
};

}  // namespace cornu
