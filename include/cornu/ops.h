// Operations on tensors. In a traced function they are recorded, outside they run at once. Names and semantics are
// those of keras.ops; elementwise operations broadcast and promote types as Keras does.
#pragma once
#include <cornu/tensor.h>

#include <functional>
#include <optional>
#include <type_traits>
#include <vector>

namespace cornu::ops {

/// Numbers of axes; negative ones count from the last.
using Axes = std::vector<int>;

// ---- elementwise arithmetic
CORNU_API Tensor add(const Tensor& a, const Tensor& b);
CORNU_API Tensor subtract(const Tensor& a, const Tensor& b);
CORNU_API Tensor multiply(const Tensor& a, const Tensor& b);
CORNU_API Tensor divide(const Tensor& a, const Tensor& b);
CORNU_API Tensor floor_divide(const Tensor& a, const Tensor& b);
/// Remainder with the sign of b.
CORNU_API Tensor mod(const Tensor& a, const Tensor& b);
CORNU_API Tensor power(const Tensor& a, const Tensor& b);
/// NaN if either is; where both are equal the gradient is shared half and half.
CORNU_API Tensor maximum(const Tensor& a, const Tensor& b);
CORNU_API Tensor minimum(const Tensor& a, const Tensor& b);
CORNU_API Tensor negative(const Tensor& x);
CORNU_API Tensor abs(const Tensor& x);
CORNU_API Tensor sign(const Tensor& x);
CORNU_API Tensor square(const Tensor& x);
CORNU_API Tensor sqrt(const Tensor& x);
CORNU_API Tensor rsqrt(const Tensor& x);
CORNU_API Tensor reciprocal(const Tensor& x);
CORNU_API Tensor exp(const Tensor& x);
CORNU_API Tensor expm1(const Tensor& x);
CORNU_API Tensor log(const Tensor& x);
CORNU_API Tensor log1p(const Tensor& x);
CORNU_API Tensor sin(const Tensor& x);
CORNU_API Tensor cos(const Tensor& x);
CORNU_API Tensor tanh(const Tensor& x);
CORNU_API Tensor erf(const Tensor& x);
CORNU_API Tensor floor(const Tensor& x);
CORNU_API Tensor ceil(const Tensor& x);
/// To the nearest number of so many decimals, halves to even; of -1: to the nearest ten. Integers stay integers.
CORNU_API Tensor round(const Tensor& x, int decimals = 0);
/// min(max(x, low), high); the gradient outside is 0.
CORNU_API Tensor clip(const Tensor& x, const Tensor& low, const Tensor& high);
/// A scalar of the type of `x`, whatever the value; integers wrap.
CORNU_API Tensor like_scalar(double value, const Tensor& x);

template <class T>
concept Number = std::is_arithmetic_v<T>;
/// A number as an operand beside `x`, of a type that does not depend on its value: the type of a floating x, float32
/// beside integers and bool.
CORNU_API Tensor beside(double value, const Tensor& x);
/// The same for integers: the type of x, in which they wrap, and int32 beside bool.
CORNU_API Tensor beside(int64_t value, const Tensor& x);
template <Number T>
Tensor beside(T value, const Tensor& x) {
  if constexpr (std::is_floating_point_v<T>)
    return beside(static_cast<double>(value), x);
  else
    return beside(static_cast<int64_t>(value), x);
}
Tensor clip(const Tensor& x, Number auto low, Number auto high) { return clip(x, beside(low, x), beside(high, x)); }

// ---- comparisons and logic; results are bool
CORNU_API Tensor equal(const Tensor& a, const Tensor& b);
CORNU_API Tensor not_equal(const Tensor& a, const Tensor& b);
CORNU_API Tensor less(const Tensor& a, const Tensor& b);
CORNU_API Tensor less_equal(const Tensor& a, const Tensor& b);
CORNU_API Tensor greater(const Tensor& a, const Tensor& b);
CORNU_API Tensor greater_equal(const Tensor& a, const Tensor& b);
CORNU_API Tensor logical_and(const Tensor& a, const Tensor& b);
CORNU_API Tensor logical_or(const Tensor& a, const Tensor& b);
CORNU_API Tensor logical_not(const Tensor& x);
CORNU_API Tensor isnan(const Tensor& x);
CORNU_API Tensor isfinite(const Tensor& x);
/// a where condition is true, else b. No gradient flows to the side not taken.
CORNU_API Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);

// ---- activations that are primitives; the others are in <cornu/activations.h>
/// max(x, 0). NaN stays NaN. The gradient at 0 is 0.
CORNU_API Tensor relu(const Tensor& x);
CORNU_API Tensor sigmoid(const Tensor& x);
/// log(1 + exp(x)), without overflow.
CORNU_API Tensor softplus(const Tensor& x);
CORNU_API Tensor softmax(const Tensor& x, int axis = -1);
CORNU_API Tensor log_softmax(const Tensor& x, int axis = -1);
/// Over several axes at once; none: all.
CORNU_API Tensor softmax(const Tensor& x, const Axes& axes);
CORNU_API Tensor log_softmax(const Tensor& x, const Axes& axes);

// ---- types
CORNU_API Tensor cast(const Tensor& x, DType dtype);
/// The value, through which no gradient flows.
CORNU_API Tensor stop_gradient(const Tensor& x);

// ---- reductions; no axes = all
/// Of bool in int32 and of uint8 in uint32; other integers wrap. float32 is added up in double.
CORNU_API Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
CORNU_API Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
CORNU_API Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
CORNU_API Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// Of bool in int32 and of uint8 in uint32; other integers wrap.
CORNU_API Tensor prod(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
CORNU_API Tensor any(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
CORNU_API Tensor all(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// Population variance: the mean of squared differences from the mean.
CORNU_API Tensor var(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
CORNU_API Tensor std(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
CORNU_API Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// int32 index of the first largest element.
CORNU_API Tensor argmax(const Tensor& x, int axis = -1);
CORNU_API Tensor argmin(const Tensor& x, int axis = -1);
/// Product of the sizes of some axes (all if none) as a scalar of the given type; known when the batch is.
CORNU_API Tensor dim(const Tensor& x, const Axes& axes = {}, DType dtype = DType::f32);
/// Sums from the start to each place, in the type of x; of bool in int32.
CORNU_API Tensor cumsum(const Tensor& x, int axis = -1);
/// Ascending along the axis.
CORNU_API Tensor sort(const Tensor& x, int axis = -1);
/// int32 indices that sort along the axis; equal elements keep their order.
CORNU_API Tensor argsort(const Tensor& x, int axis = -1);

// ---- products
struct MatmulOptions {
  bool transpose_a = false, transpose_b = false;
};
/// Product over the last axis of a and the first-but-last of b: (..., m, k) x (k, n) or (..., k, n) of equal leading
/// axes.
CORNU_API Tensor matmul(const Tensor& a, const Tensor& b, MatmulOptions options = {});

// ---- shape
/// One dimension may be -1.
CORNU_API Tensor reshape(const Tensor& x, const Shape& shape);
CORNU_API Tensor reshape_like(const Tensor& x, const Tensor& like);
/// No permutation = axes reversed.
CORNU_API Tensor transpose(const Tensor& x, const std::vector<int>& permutation = {});
CORNU_API Tensor expand_dims(const Tensor& x, int axis);
CORNU_API Tensor squeeze(const Tensor& x, int axis);
CORNU_API Tensor broadcast_to(const Tensor& x, const Shape& shape);
CORNU_API Tensor broadcast_like(const Tensor& x, const Tensor& like);
/// Sums what broadcasting repeated, so that the result has the shape of `like`.
CORNU_API Tensor sum_to(const Tensor& x, const Tensor& like);
CORNU_API Tensor concatenate(const std::vector<Tensor>& parts, int axis = -1);
CORNU_API Tensor stack(const std::vector<Tensor>& parts, int axis = 0);
/// Elements [start, stop) along one axis; negative bounds count from the end.
CORNU_API Tensor slice(const Tensor& x, int axis, int64_t start, std::optional<int64_t> stop = {});
/// Each element `times` times along the axis.
CORNU_API Tensor repeat(const Tensor& x, int64_t times, int axis);
CORNU_API Tensor zeros_like(const Tensor& x);
CORNU_API Tensor ones_like(const Tensor& x);
CORNU_API Tensor full_like(const Tensor& x, double value);

// ---- indexing
/// Rows of x (first axis) at integer indices: result shape = indices.shape + x.shape[1:]. Indices below 0 count from
/// the end; those outside of the rows are brought to the nearest one.
CORNU_API Tensor take(const Tensor& x, const Tensor& indices);
/// Along the last axis, the element at each index: x (..., n), indices (..., k) -> (..., k); indices as in take.
CORNU_API Tensor take_along_last(const Tensor& x, const Tensor& indices);
/// 1 at the index on a new last axis, else 0. Indices outside [0, depth) give zeros.
CORNU_API Tensor one_hot(const Tensor& indices, int64_t depth, DType dtype = DType::f32);
/// True where the target class is among the k largest predictions; ties with the k-th count as in.
CORNU_API Tensor in_top_k(const Tensor& targets, const Tensor& predictions, int64_t k);

// ---- random numbers; `seed` is a uint32 pair (seed, counter) kept as int32[2]
/// Uniform in [low, high), of a shape that may take its unknown sizes from `like`.
CORNU_API Tensor random_uniform(const Tensor& seed, const Tensor& like, double low = 0, double high = 1);
CORNU_API Tensor random_normal(const Tensor& seed, const Tensor& like, double mean = 0, double stddev = 1);

// ---- functions and gradients
using Function = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;
/// The function with its operations compiled once for each combination of input shapes and types. It runs only then,
/// with inputs that have no values: numbers, tensors and anything else that it captures are part of what is compiled,
/// and keep the value they had. What is to change from call to call must be an input or a Variable; conditions on
/// values are ops::where. Several threads may call it; they take turns.
CORNU_API Function jit(Function f);
/// Gradients of the first output of f, a scalar, with respect to each input, or to those numbered in `inputs`, followed
/// by all outputs of f. Those inputs must be floating numbers. f runs anew at every call, so that it sees what it
/// captures as that is now, and its inputs have values. `jit` of it is compiled, and faster, with what that says about
/// captures.
CORNU_API Function value_and_grad(Function f, std::vector<size_t> inputs = {});
/// The gradients alone.
CORNU_API Function grad(Function f, std::vector<size_t> inputs = {});

}  // namespace cornu::ops

namespace cornu {

inline Tensor operator+(const Tensor& a, const Tensor& b) { return ops::add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return ops::subtract(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return ops::multiply(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return ops::divide(a, b); }
inline Tensor operator-(const Tensor& x) { return ops::negative(x); }
// Numbers beside tensors: see ops::beside.
Tensor operator+(const Tensor& a, ops::Number auto b) { return a + ops::beside(b, a); }
Tensor operator-(const Tensor& a, ops::Number auto b) { return a - ops::beside(b, a); }
Tensor operator*(const Tensor& a, ops::Number auto b) { return a * ops::beside(b, a); }
Tensor operator/(const Tensor& a, ops::Number auto b) { return a / ops::beside(b, a); }
Tensor operator+(ops::Number auto a, const Tensor& b) { return ops::beside(a, b) + b; }
Tensor operator-(ops::Number auto a, const Tensor& b) { return ops::beside(a, b) - b; }
Tensor operator*(ops::Number auto a, const Tensor& b) { return ops::beside(a, b) * b; }
Tensor operator/(ops::Number auto a, const Tensor& b) { return ops::beside(a, b) / b; }
inline Tensor operator>(const Tensor& a, const Tensor& b) { return ops::greater(a, b); }
inline Tensor operator<(const Tensor& a, const Tensor& b) { return ops::less(a, b); }
inline Tensor operator>=(const Tensor& a, const Tensor& b) { return ops::greater_equal(a, b); }
inline Tensor operator<=(const Tensor& a, const Tensor& b) { return ops::less_equal(a, b); }
inline Tensor operator==(const Tensor& a, const Tensor& b) { return ops::equal(a, b); }
inline Tensor operator!=(const Tensor& a, const Tensor& b) { return ops::not_equal(a, b); }
Tensor operator>(const Tensor& a, ops::Number auto b) { return a > ops::beside(b, a); }
Tensor operator<(const Tensor& a, ops::Number auto b) { return a < ops::beside(b, a); }
Tensor operator>=(const Tensor& a, ops::Number auto b) { return a >= ops::beside(b, a); }
Tensor operator<=(const Tensor& a, ops::Number auto b) { return a <= ops::beside(b, a); }
Tensor operator==(const Tensor& a, ops::Number auto b) { return a == ops::beside(b, a); }
Tensor operator!=(const Tensor& a, ops::Number auto b) { return a != ops::beside(b, a); }

}  // namespace cornu
