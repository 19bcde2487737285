// Activations: functions of a tensor, by Keras' names.
#pragma once
#include <cornu/configurable.h>
#include <cornu/ops.h>

namespace cornu {

class CORNU_API ActivationImpl : public Configurable {
 public:
  static constexpr const char* kModule = "keras.activations";
  virtual Tensor call(const Tensor& x) const = 0;
};

/// A name, as "relu", or any function of a tensor. Functions of users are saved only if they were registered.
class CORNU_API Activation : public Handle<ActivationImpl> {
 public:
  using Handle::Handle;
  using Function = std::function<Tensor(const Tensor&)>;
  Activation(Function f);
  Activation(const Activation&) = default;
  Activation& operator=(const Activation&) = default;
  Tensor operator()(const Tensor& x) const { return impl_ ? impl_->call(x) : x; }
  bool is_linear() const;
};
/// Keras writes an activation as its name.
template <>
struct Codec<Activation> {
  static Value to_value(const Activation& a);
  static Activation from_value(const Value& v);
};
CORNU_API void register_activation(const std::string& name, Activation::Function f, const std::string& package);

namespace activations {
CORNU_API Tensor linear(const Tensor& x);
CORNU_API Tensor relu(const Tensor& x, double negative_slope = 0, double max_value = -1, double threshold = 0);
CORNU_API Tensor relu6(const Tensor& x);
CORNU_API Tensor leaky_relu(const Tensor& x, double negative_slope = 0.2);
CORNU_API Tensor elu(const Tensor& x, double alpha = 1);
CORNU_API Tensor selu(const Tensor& x);
CORNU_API Tensor celu(const Tensor& x, double alpha = 1);
CORNU_API Tensor gelu(const Tensor& x, bool approximate = false);
CORNU_API Tensor silu(const Tensor& x);
CORNU_API Tensor mish(const Tensor& x);
CORNU_API Tensor softplus(const Tensor& x);
CORNU_API Tensor softsign(const Tensor& x);
CORNU_API Tensor sigmoid(const Tensor& x);
CORNU_API Tensor hard_sigmoid(const Tensor& x);
CORNU_API Tensor hard_silu(const Tensor& x);
CORNU_API Tensor hard_tanh(const Tensor& x);
CORNU_API Tensor hard_shrink(const Tensor& x, double threshold = 0.5);
CORNU_API Tensor soft_shrink(const Tensor& x, double threshold = 0.5);
CORNU_API Tensor tanh_shrink(const Tensor& x);
CORNU_API Tensor threshold(const Tensor& x, double threshold, double default_value);
CORNU_API Tensor squareplus(const Tensor& x, double b = 4);
CORNU_API Tensor sparse_plus(const Tensor& x);
CORNU_API Tensor sparse_sigmoid(const Tensor& x);
CORNU_API Tensor sparsemax(const Tensor& x, int axis = -1);
CORNU_API Tensor softmax(const Tensor& x, int axis = -1);
CORNU_API Tensor log_softmax(const Tensor& x, int axis = -1);
CORNU_API Tensor log_sigmoid(const Tensor& x);
CORNU_API Tensor exponential(const Tensor& x);
CORNU_API Tensor glu(const Tensor& x, int axis = -1);
}  // namespace activations

}  // namespace cornu
