// Rows of the activations and the functions of networks.
#include "nn/functions.h"

#include <cornu/activations.h>

#include <cmath>

#include "nn/losses/functions.h"
#include "ops/rules.h"

namespace cornu {
namespace {

namespace a = activations;
namespace f = loss_functions;
using T = Tensor;
using OptionalType = std::optional<DType>;

void add_shared(FunctionTable& t) {
  t.add("relu6(x)", a::relu6);
  t.add("leaky_relu(x, negative_slope=0.2)", a::leaky_relu);
  t.add("elu(x, alpha=1.0)", a::elu);
  t.add("selu(x)", a::selu);
  t.add("celu(x, alpha=1.0)", a::celu);
  t.add("silu(x)", a::silu);
  t.alias("swish", "silu");
  t.add("softplus(x)", a::softplus);
  t.add("softsign(x)", a::softsign);
  t.add("sigmoid(x)", a::sigmoid);
  t.add("hard_sigmoid(x)", a::hard_sigmoid);
  t.add("hard_silu(x)", a::hard_silu);
  t.alias("hard_swish", "hard_silu");
  t.add("hard_tanh(x)", a::hard_tanh);
  t.add("hard_shrink(x, threshold=0.5)", a::hard_shrink);
  t.add("soft_shrink(x, threshold=0.5)", a::soft_shrink);
  t.add("tanh_shrink(x)", a::tanh_shrink);
  t.add("threshold(x, threshold, default_value)", [](const T& x, const T& threshold, const T& value) {
    return ops::where(ops::greater(x, threshold), x, value);
  });
  t.add("squareplus(x, b=4)", a::squareplus);
  t.add("sparse_plus(x)", a::sparse_plus);
  t.add("sparse_sigmoid(x)", a::sparse_sigmoid);
  t.add("sparsemax(x, axis=-1)", a::sparsemax);
  t.add("softmax(x, axis=-1)", [](const T& x, const ops::Axes& axes) { return ops::softmax(x, axes); });
  t.add("log_softmax(x, axis=-1)", [](const T& x, const ops::Axes& axes) { return ops::log_softmax(x, axes); });
  t.add("log_sigmoid(x)", a::log_sigmoid);
  t.add("glu(x, axis=-1)", a::glu);
}

T normalized(const T& x, int axis, double order, std::optional<double> epsilon) {
  if (!(order >= 1)) throw ConfigError("normalize", text("order must be at least 1, got {}", order));
  const Tensor size = ops::abs(x);
  const auto power = [](const T& t, double p) { return ops::power(t, ops::like_scalar(p, t)); };
  const Tensor norm = order == 2          ? ops::sqrt(ops::sum(ops::square(x), {axis}, true))
                      : order == 1        ? ops::sum(size, {axis}, true)
                      : std::isinf(order) ? ops::max(size, {axis}, true)
                                          : power(ops::sum(power(size, order), {axis}, true), 1 / order);
  return x / ops::maximum(norm, ops::like_scalar(epsilon.value_or(1e-7), norm));
}

T batch_normalized(const T& x, const T& mean, const T& variance, int axis, const T& offset, const T& scale,
                   double epsilon) {
  const auto along = [&](const T& v) {  // as a row along `axis`
    std::vector<int64_t> shape(static_cast<size_t>(x.rank()), 1);
    shape[static_cast<size_t>(axis < 0 ? axis + x.rank() : axis)] = -1;
    return ops::reshape(v, Shape(shape));
  };
  T y = (x - along(mean)) * ops::rsqrt(along(variance) + epsilon);
  if (scale.defined()) y = y * along(scale);
  return offset.defined() ? y + along(offset) : y;
}

/// As Keras has it: classes on an axis of their own, of which axis 1 (0 for a single list) goes.
T multi_hot(const T& x, std::optional<int64_t> classes, int axis, OptionalType dtype, bool sparse) {
  if (!classes) throw ConfigError("multi_hot", "needs num_classes");
  if (sparse) throw ConfigError("multi_hot", "sparse tensors are not supported");
  const int rank = x.rank() + 1, at = normal_axis("multi_hot", axis, rank), gone = x.rank() > 1 ? 1 : 0;
  if (at == gone)
    throw ConfigError("multi_hot", text("axis must not be {}, the axis of the classes of a sample", axis));
  T y = ops::one_hot(x, *classes, dtype.value_or(floatx()));
  std::vector<int> order;
  for (int i = 0; i + 1 < rank; ++i) order.push_back(i);
  order.insert(order.begin() + at, rank - 1);
  if (at != rank - 1) y = ops::transpose(y, order);
  return ops::max(y, {gone});
}

}  // namespace

const FunctionTable& activation_functions() {
  static const FunctionTable* table = [] {
    auto* t = new FunctionTable;
    add_shared(*t);
    t->add("linear(x)", a::linear);
    t->add("relu(x, negative_slope=0.0, max_value=None, threshold=0.0)",
           [](const T& x, double slope, std::optional<double> max, double threshold) {
             return a::relu(x, slope, max.value_or(-1), threshold);
           });
    t->add("gelu(x, approximate=False)", a::gelu);
    t->add("tanh(x)", ops::tanh);
    t->add("mish(x)", a::mish);
    t->add("exponential(x)", a::exponential);
    return t;
  }();
  return *table;
}

const FunctionTable& nn_functions() {
  static const FunctionTable* table = [] {
    auto* t = new FunctionTable;
    add_shared(*t);
    t->add("relu(x)", [](const T& x) { return ops::relu(x.dtype() == DType::boolean ? ops::cast(x, DType::i32) : x); });
    t->add("gelu(x, approximate=True)", a::gelu);
    t->add("normalize(x, axis=-1, order=2, epsilon=None)", normalized);
    t->add("batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=0.001)", batch_normalized);
    t->add("multi_hot(inputs, num_classes=None, axis=-1, dtype=None, sparse=False)", multi_hot);
    t->add("binary_crossentropy(target, output, from_logits=False)", [](const T& y, const T& p, bool logits) {
      const f::Pair pair = f::matched(y, p);
      if (!logits) return f::binary_entropy(pair.y, pair.p);
      return ops::relu(pair.p) - pair.p * pair.y + ops::softplus(-ops::abs(pair.p));
    });
    t->add("categorical_crossentropy(target, output, from_logits=False, axis=-1)",
           [](const T& y, const T& p, bool logits, int axis) {
             return f::categorical_crossentropy(y, p, {.from_logits = logits, .axis = axis});
           });
    t->add("sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1)",
           [](const T& y, const T& p, bool logits, int axis) {
             return f::sparse_categorical_crossentropy(y, p, {.from_logits = logits, .axis = axis}, {});
           });
    return t;
  }();
  return *table;
}

}  // namespace cornu
