// Activations: functions of a tensor, by Keras' names.
#pragma once
#include <cornu/configurable.h>
#include <cornu/ops.h>

#include <concepts>
#include <type_traits>
#include <utility>

namespace cornu {

/// Base of every activation. It has no state but its config, so several threads may use one.
class CORNU_API ActivationImpl : public Configurable {
 public:
  static constexpr const char* kModule = "keras.activations";
  virtual Tensor call(const Tensor& x) const = 0;
};

/// A name, as "relu", or any function of a tensor: a lambda, or one of `activations` and `ops`, which is the same as
/// its name. Functions of users are saved only if they were registered. Copies share the function, which several
/// threads may call.
class CORNU_API Activation : public Handle<ActivationImpl> {
 public:
  using Handle::Handle;
  using Function = std::function<Tensor(const Tensor&)>;
  Activation(Function f);
  template <class F>
  requires(std::is_invocable_r_v<Tensor, F&, const Tensor&> && !std::derived_from<F, Handle<ActivationImpl>> &&
           !std::same_as<F, Function> && !std::is_pointer_v<F>) Activation(F f)
      : Activation(Function(std::move(f))) {}
  Activation(Tensor (*f)(const Tensor&));
  /// One of ours with its other arguments at their defaults, as activations::relu; ConfigError for others.
  template <class... Defaults>
  requires(sizeof...(Defaults) > 0) Activation(Tensor (*f)(const Tensor&, Defaults...))
      : Activation(named(reinterpret_cast<void (*)()>(f))) {}
  Activation(const Activation&) = default;
  Activation& operator=(const Activation&) = default;
  Tensor operator()(const Tensor& x) const { return impl_ ? impl_->call(x) : x; }
  bool is_linear() const;

 private:
  /// The row of a function that the library has; ConfigError if it has not.
  static Activation named(void (*f)());
};
/// Keras writes an activation as its name.
template <>
struct CORNU_API Codec<Activation> {
  static Value to_value(const Activation& a);
  static Activation from_value(const Value& v);
};
/// Makes a function known as "package>name", which files write, and by its plain name unless Keras has one of that
/// name.
CORNU_API void register_activation(const Text& name, Activation::Function f, const Text& package);

namespace activations {
/// x
CORNU_API Tensor linear(const Tensor& x);
/// max(x, 0); `negative_slope` times what is below `threshold`, at most `max_value`.
CORNU_API Tensor relu(const Tensor& x, double negative_slope = 0, double max_value = -1, double threshold = 0);
/// min(max(x, 0), 6)
CORNU_API Tensor relu6(const Tensor& x);
/// x where positive, else negative_slope * x
CORNU_API Tensor leaky_relu(const Tensor& x, double negative_slope = 0.2);
/// x where positive, else alpha * (exp(x) - 1)
CORNU_API Tensor elu(const Tensor& x, double alpha = 1);
/// 1.0507 * elu(x, 1.6733): keeps mean 0 and variance 1 from layer to layer
CORNU_API Tensor selu(const Tensor& x);
/// max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0)
CORNU_API Tensor celu(const Tensor& x, double alpha = 1);
/// x times the normal distribution's P(X <= x), or its approximation by tanh
CORNU_API Tensor gelu(const Tensor& x, bool approximate = false);
/// x * sigmoid(x)
CORNU_API Tensor silu(const Tensor& x);
/// x * tanh(softplus(x))
CORNU_API Tensor mish(const Tensor& x);
/// log(1 + exp(x))
CORNU_API Tensor softplus(const Tensor& x);
/// x / (1 + |x|)
CORNU_API Tensor softsign(const Tensor& x);
/// 1 / (1 + exp(-x))
CORNU_API Tensor sigmoid(const Tensor& x);
/// x / 6 + 0.5 within [0, 1]
CORNU_API Tensor hard_sigmoid(const Tensor& x);
/// x * hard_sigmoid(x)
CORNU_API Tensor hard_silu(const Tensor& x);
/// x within [-1, 1]
CORNU_API Tensor hard_tanh(const Tensor& x);
/// x where |x| > threshold, else 0
CORNU_API Tensor hard_shrink(const Tensor& x, double threshold = 0.5);
/// x brought nearer to 0 by `threshold`, 0 within it
CORNU_API Tensor soft_shrink(const Tensor& x, double threshold = 0.5);
/// x - tanh(x)
CORNU_API Tensor tanh_shrink(const Tensor& x);
/// x where x > threshold, else default_value
CORNU_API Tensor threshold(const Tensor& x, double threshold, double default_value);
/// (x + sqrt(x^2 + b)) / 2
CORNU_API Tensor squareplus(const Tensor& x, double b = 4);
/// 0 up to -1, x from 1 on, (x + 1)^2 / 4 between
CORNU_API Tensor sparse_plus(const Tensor& x);
/// (x + 1) / 2 within [0, 1]
CORNU_API Tensor sparse_sigmoid(const Tensor& x);
/// The point of the simplex nearest to x: like softmax, with exact zeros.
CORNU_API Tensor sparsemax(const Tensor& x, int axis = -1);
/// exp(x) / sum(exp(x)) along the axis
CORNU_API Tensor softmax(const Tensor& x, int axis = -1);
/// log(softmax(x)) along the axis, without overflow
CORNU_API Tensor log_softmax(const Tensor& x, int axis = -1);
/// log(sigmoid(x)), without overflow
CORNU_API Tensor log_sigmoid(const Tensor& x);
/// exp(x)
CORNU_API Tensor exponential(const Tensor& x);
/// The first half of the axis times the sigmoid of the second.
CORNU_API Tensor glu(const Tensor& x, int axis = -1);
}  // namespace activations

}  // namespace cornu
