// Keras' activations as compositions of operations.
#include <cornu/activations.h>
#include <cornu/layer.h>

#include <map>
#include <mutex>

#include "nn/registry.h"
#include "ops/emit.h"

namespace cornu {
namespace activations {

/// What Keras computes in floating numbers, whatever it is given.
static Tensor floating(const Tensor& x) { return is_floating(x.dtype()) ? x : ops::cast(x, DType::f32); }

Tensor linear(const Tensor& x) { return x; }
Tensor relu(const Tensor& x, double negative_slope, double max_value, double threshold) {
  if (negative_slope == 0 && max_value < 0 && threshold == 0) return ops::relu(x);
  if (negative_slope != 0 && max_value < 0 && threshold == 0) return leaky_relu(x, negative_slope);
  Tensor y = threshold == 0 ? ops::relu(x) : ops::where(x > threshold, x, ops::zeros_like(x));
  if (threshold == 0 && max_value == 6)
    y = relu6(x);
  else if (max_value >= 0)
    y = ops::clip(y, 0, max_value);
  if (negative_slope != 0) {
    const Tensor below = threshold == 0 ? ops::relu(-x) : ops::relu(threshold - x);
    y = y - negative_slope * below;
  }
  return y;
}
/// Its gradient is 0 at 6 as it is at 0, where a minimum would have a half.
Tensor relu6(const Tensor& given) {
  const Tensor x = floating(given);
  return ops::where(x >= 6.0, ops::like_scalar(6, x), ops::relu(x));
}
Tensor leaky_relu(const Tensor& x, double negative_slope) { return ops::where(x >= 0.0, x, negative_slope * x); }
/// exp(x) - 1 where x <= 0; the other side of the choice never overflows into the gradient.
static Tensor expm1_below_zero(const Tensor& x) { return ops::expm1(ops::where(x > 0.0, ops::zeros_like(x), x)); }
Tensor elu(const Tensor& x, double alpha) { return ops::where(x > 0.0, x, alpha * expm1_below_zero(x)); }
Tensor selu(const Tensor& x) {
  constexpr double kAlpha = 1.6732632423543772848170429916717, kScale = 1.0507009873554804934193349852946;
  return kScale * elu(x, kAlpha);
}
Tensor celu(const Tensor& x, double alpha) {
  return ops::maximum(x, ops::zeros_like(x)) + alpha * ops::expm1(ops::minimum(x, ops::zeros_like(x)) / alpha);
}
Tensor gelu(const Tensor& x, bool approximate) {
  if (approximate) {
    constexpr double kSqrt2OverPi = 0.7978845608028654;
    return x * (0.5 * (1.0 + ops::tanh(kSqrt2OverPi * (x + 0.044715 * (x * x * x)))));
  }
  constexpr double kSqrtHalf = 0.70710678118654752;
  return 0.5 * x * (1.0 + ops::erf(x * kSqrtHalf));
}
Tensor silu(const Tensor& x) { return x * ops::sigmoid(x); }
Tensor mish(const Tensor& x) { return x * ops::tanh(ops::softplus(x)); }
Tensor softplus(const Tensor& x) { return ops::softplus(x); }
Tensor softsign(const Tensor& x) { return x / (ops::abs(x) + 1.0); }
Tensor sigmoid(const Tensor& x) { return ops::sigmoid(x); }
Tensor hard_sigmoid(const Tensor& x) { return relu6(x + 3.0) / 6.0; }
Tensor hard_silu(const Tensor& x) { return x * hard_sigmoid(x); }
Tensor hard_tanh(const Tensor& given) {
  const Tensor x = given.dtype() == DType::boolean ? ops::cast(given, DType::i32) : given;
  return ops::where(x > 1.0, ops::ones_like(x), ops::where(x < -1.0, ops::full_like(x, -1), x));
}
Tensor hard_shrink(const Tensor& given, double t) {
  const Tensor x = floating(given);
  return ops::where(ops::abs(x) > t, x, ops::zeros_like(x));
}
Tensor soft_shrink(const Tensor& x, double t) {
  return ops::where(x > t, x - t, ops::where(x < -t, x + t, ops::zeros_like(x)));
}
Tensor tanh_shrink(const Tensor& x) { return x - ops::tanh(x); }
Tensor threshold(const Tensor& x, double t, double value) { return ops::where(x > t, x, ops::beside(value, x)); }
Tensor squareplus(const Tensor& x, double b) { return 0.5 * (x + ops::sqrt(ops::square(x) + b)); }
Tensor sparse_plus(const Tensor& x) {
  return ops::where(x <= -1.0, ops::zeros_like(x), ops::where(x < 1.0, 0.25 * ops::square(x + 1.0), x));
}
Tensor sparse_sigmoid(const Tensor& x) { return 0.5 * ops::clip(x + 1.0, 0, 2); }
/// Keras' sparsemax: its threshold adds up all cumulative sums of the support, where the projection on the simplex
/// (Martins and Astudillo, 2016) takes the last one; the two agree where one element is left. Models trained with Keras
/// depend on it.
Tensor sparsemax(const Tensor& x, int axis) {
  const Tensor sorted = -ops::sort(-x, axis);
  const Tensor k = ops::cumsum(ops::ones_like(sorted), axis), sums = ops::cumsum(sorted, axis);
  const Tensor support = sorted - (sums - 1.0) / k > 0.0;
  const Tensor count = ops::sum(ops::cast(support, x.dtype()), {axis}, true);
  const Tensor total = ops::sum(ops::where(support, sums, ops::zeros_like(sums)), {axis}, true);
  return ops::maximum(x - (total - 1.0) / count, ops::like_scalar(0, x));
}
Tensor softmax(const Tensor& x, int axis) { return ops::softmax(x, axis); }
Tensor log_softmax(const Tensor& x, int axis) { return ops::log_softmax(x, axis); }
Tensor log_sigmoid(const Tensor& x) { return -ops::softplus(-x); }
Tensor exponential(const Tensor& x) { return ops::exp(x); }
Tensor glu(const Tensor& x, int axis) {
  const int64_t n = x.shape().dim(axis);
  if (n < 0 || n % 2)
    throw ShapeError("glu", text("axis {} must have an even, known size, got shape {}", axis, x.shape()));
  return ops::slice(x, axis, 0, n / 2) * ops::sigmoid(ops::slice(x, axis, n / 2));
}

}  // namespace activations

namespace {

/// A layer without weights in the place of a function, as LeakyReLU with its slope.
struct LayerActivation final : ActivationImpl {
  std::shared_ptr<LayerImpl> layer;
  explicit LayerActivation(std::shared_ptr<LayerImpl> l) : layer(std::move(l)) {}
  std::string class_name() const override { return layer->class_name(); }
  Value get_config() const override { return layer->get_config(); }
  Tensor call(const Tensor& x) const override {
    layer->build_once(x.shape());
    if (!layer->own_weights().empty())
      throw ConfigError("activation", text("{} has weights, so it must be a layer of its own", layer->class_name()));
    return (*layer)(x);
  }
};

struct Named final : ActivationImpl {
  std::string name;
  Activation::Function f;
  Named(std::string n, Activation::Function g) : name(std::move(n)), f(std::move(g)) {}
  std::string class_name() const override { return name; }
  Value get_config() const override { return Value(name); }
  Tensor call(const Tensor& x) const override { return f(x); }
};

using Address = void (*)();
struct Table {
  std::map<std::string, std::shared_ptr<Named>> rows;
  std::map<Address, std::string>
      addresses;  ///< Of the functions that rows are, with other arguments at their defaults.
  std::mutex mutex;
  void add(const std::string& name, Activation::Function f) {
    rows[name] = std::make_shared<Named>(name, std::move(f));
  }
  template <class... Args>
  void is(const char* name, Tensor (*f)(const Tensor&, Args...)) {
    addresses[reinterpret_cast<Address>(f)] = name;
  }
};

void add_addresses(Table& t) {
  namespace a = activations;
  t.is("linear", a::linear), t.is("relu", a::relu), t.is("relu", ops::relu), t.is("relu6", a::relu6);
  t.is("leaky_relu", a::leaky_relu), t.is("elu", a::elu), t.is("selu", a::selu), t.is("celu", a::celu);
  t.is("gelu", a::gelu), t.is("silu", a::silu), t.is("mish", a::mish), t.is("tanh", ops::tanh);
  t.is("softplus", a::softplus), t.is("softplus", ops::softplus), t.is("softsign", a::softsign);
  t.is("sigmoid", a::sigmoid), t.is("sigmoid", ops::sigmoid), t.is("hard_sigmoid", a::hard_sigmoid);
  t.is("hard_silu", a::hard_silu), t.is("hard_tanh", a::hard_tanh), t.is("hard_shrink", a::hard_shrink);
  t.is("soft_shrink", a::soft_shrink), t.is("tanh_shrink", a::tanh_shrink), t.is("squareplus", a::squareplus);
  t.is("sparse_plus", a::sparse_plus), t.is("sparse_sigmoid", a::sparse_sigmoid), t.is("sparsemax", a::sparsemax);
  t.is("softmax", a::softmax), t.is<int>("softmax", ops::softmax), t.is("log_softmax", a::log_softmax);
  t.is<int>("log_softmax", ops::log_softmax), t.is("log_sigmoid", a::log_sigmoid), t.is("exponential", a::exponential);
  t.is("exponential", ops::exp), t.is("glu", a::glu);
}

Table& table() {
  namespace a = activations;
  static Table* t = [] {
    Table* made = new Table;
    const auto add = [&](const char* name, Activation::Function f) { made->add(name, std::move(f)); };
    add("linear", a::linear);
    add("relu", [](const Tensor& x) { return a::relu(x); });
    add("relu6", a::relu6);
    add("leaky_relu", [](const Tensor& x) { return a::leaky_relu(x); });
    add("elu", [](const Tensor& x) { return a::elu(x); });
    add("selu", a::selu);
    add("celu", [](const Tensor& x) { return a::celu(x); });
    add("gelu", [](const Tensor& x) { return a::gelu(x); });
    add("silu", a::silu);
    add("swish", a::silu);
    add("mish", a::mish);
    add("softplus", a::softplus);
    add("softsign", a::softsign);
    add("sigmoid", a::sigmoid);
    add("tanh", ops::tanh);
    add("hard_sigmoid", a::hard_sigmoid);
    add("hard_silu", a::hard_silu);
    add("hard_swish", a::hard_silu);
    add("hard_tanh", a::hard_tanh);
    add("hard_shrink", [](const Tensor& x) { return a::hard_shrink(x); });
    add("soft_shrink", [](const Tensor& x) { return a::soft_shrink(x); });
    add("tanh_shrink", a::tanh_shrink);
    add("squareplus", [](const Tensor& x) { return a::squareplus(x); });
    add("sparse_plus", a::sparse_plus);
    add("sparse_sigmoid", a::sparse_sigmoid);
    add("sparsemax", [](const Tensor& x) { return a::sparsemax(x); });
    add("softmax", [](const Tensor& x) { return a::softmax(x); });
    add("log_softmax", [](const Tensor& x) { return a::log_softmax(x); });
    add("log_sigmoid", a::log_sigmoid);
    add("exponential", a::exponential);
    add("glu", [](const Tensor& x) { return a::glu(x); });
    add_addresses(*made);
    return made;
  }();
  return *t;
}

}  // namespace

template <>
std::shared_ptr<ActivationImpl> make_configurable<ActivationImpl>(const Value& id) {
  if (id.is_null()) return nullptr;
  if (const Value* module = id.find("module"); module && module->is_string() && module->as_string() == "keras.layers")
    return std::make_shared<LayerActivation>(make_configurable<LayerImpl>(id));
  // Keras writes a function as its name, or as {"class_name": "function", "config": name}.
  std::string name = id.is_string() ? id.as_string() : class_of(ActivationImpl::kModule, id);
  if (name == "function") name = id.at("config").as_string();
  const Value* registered = id.find("registered_name");
  Table& t = table();
  const std::lock_guard lock(t.mutex);
  if (registered && registered->is_string())
    if (const auto found = t.rows.find(registered->as_string()); found != t.rows.end()) return found->second;
  if (const auto found = t.rows.find(name); found != t.rows.end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [row, unused] : t.rows) known.push_back(row);
  unknown_class(ActivationImpl::kModule, name, known);
}

Activation::Activation(Function f) {
  if (!f) throw ConfigError("activation", "the function is empty");
  impl_ = std::make_shared<Named>("function", std::move(f));
}
static const std::string* name_of(void (*f)()) {
  const auto found = table().addresses.find(f);
  return found == table().addresses.end() ? nullptr : &found->second;
}
Activation::Activation(Tensor (*f)(const Tensor&)) {
  const std::string* name = name_of(reinterpret_cast<void (*)()>(f));
  *this = name ? Activation(*name) : Activation(Function(f));
}
Activation Activation::named(void (*f)()) {
  const std::string* name = name_of(f);
  if (!name)
    throw ConfigError("activation", "a function with arguments besides its tensor must be in a lambda that gives them");
  return *name;
}
bool Activation::is_linear() const { return !impl_ || impl_->class_name() == "linear"; }

Value Codec<Activation>::to_value(const Activation& a) {
  if (!a) return "linear";
  if (const auto* layer = dynamic_cast<const LayerActivation*>(a.impl().get()))
    return serialize<LayerImpl>(layer->layer.get());
  if (a->class_name() == "function")
    throw ConfigError("activation", "a function without a name cannot be saved; register it with register_activation");
  if (a->registered_name.empty()) return a->class_name();
  return function_form(a->registered_name);
}
Activation Codec<Activation>::from_value(const Value& v) {
  if (const auto layer = std::dynamic_pointer_cast<LayerImpl>(v.live()))
    return Activation(std::make_shared<LayerActivation>(layer));
  if (v.live()) return Activation(live_as<ActivationImpl>(v));
  return v.is_null() ? Activation("linear") : Activation(make_configurable<ActivationImpl>(v));
}

void register_activation(const Text& name, Activation::Function f, const Text& package) {
  if (!f) throw ConfigError("register_activation", text("the function for '{}' is empty", name));
  Table& t = table();
  const std::lock_guard lock(t.mutex);
  const std::string full = package + ">" + name;
  auto made = std::make_shared<Named>(name, std::move(f));
  made->registered_name = full;
  t.rows[full] = made;
  const auto found = t.rows.find(name);
  if (found == t.rows.end() || !found->second->registered_name.empty()) t.rows[name] = made;  // Keras' keep their names
}

}  // namespace cornu
