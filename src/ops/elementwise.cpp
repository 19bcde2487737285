// Elementwise operations: rows with their gradients. The arithmetic is in formulas.inl.
#include <cmath>

#include "ops/rules.h"

namespace cornu {
namespace {

using C = const GradCall&;

Types infer_select(const InferCall& c) {
  c.require(c.in[0].dtype == DType::boolean, "the condition must be bool, got {}", c.in[0].dtype);
  c.require(c.in[1].dtype == c.in[2].dtype, "both sides must have one type, got {} and {}", c.in[1].dtype,
            c.in[2].dtype);
  return TypeShape{c.in[1].dtype, broadcast_shape(c)};
}
Types infer_cast(const InferCall& c) { return TypeShape{c.attrs.as<CastAttrs>().dtype, c.in[0].shape}; }

/// d where a is chosen over b, half of it where both are equal.
Tensor chosen(const Tensor& d, const Tensor& wins, const Tensor& ties) {
  return d * (ops::cast(wins, d.dtype()) + ops::cast(ties, d.dtype()) * 0.5);
}

// Rows: name, formula, shape rule and gradient. x, y are the inputs, r the result, d the gradient of the result.
OpDef row(const char* name, TileOp tile, int arity, Types (*infer)(const InferCall&), Tensors (*grad)(C)) {
  return {.name = name, .kind = OpKind::elementwise, .arity = arity, .tile = tile, .infer = infer, .grad = grad};
}

const OpDef kCopy = row("copy", TileOp::copy, 1, same_as_input, [](C c) -> Tensors { return {c.dout[0]}; });
const OpDef kAdd = row("add", TileOp::add, 2, infer_elementwise, [](C c) -> Tensors {
  return {unbroadcast(c.dout[0], c.in[0]), unbroadcast(c.dout[0], c.in[1])};
});
const OpDef kSubtract = row("subtract", TileOp::subtract, 2, infer_elementwise, [](C c) -> Tensors {
  return {unbroadcast(c.dout[0], c.in[0]), unbroadcast(-c.dout[0], c.in[1])};
});
const OpDef kMultiply = row("multiply", TileOp::multiply, 2, infer_elementwise, [](C c) -> Tensors {
  return {unbroadcast(c.dout[0] * c.in[1], c.in[0]), unbroadcast(c.dout[0] * c.in[0], c.in[1])};
});
const OpDef kDivide = row("divide", TileOp::divide, 2, infer_elementwise, [](C c) -> Tensors {
  const Tensor da = c.dout[0] / c.in[1];
  return {unbroadcast(da, c.in[0]), unbroadcast(-(da * c.out[0]), c.in[1])};
});
const OpDef kFloorDivide = row("floor_divide", TileOp::floor_divide, 2, infer_elementwise, nullptr);
const OpDef kMod = row("mod", TileOp::mod, 2, infer_elementwise, [](C c) -> Tensors {
  return {unbroadcast(c.dout[0], c.in[0]), unbroadcast(-(c.dout[0] * ops::floor_divide(c.in[0], c.in[1])), c.in[1])};
});
const OpDef kPower = row("power", TileOp::power, 2, infer_elementwise, [](C c) -> Tensors {
  const Tensor &x = c.in[0], &y = c.in[1], &d = c.dout[0];
  // The derivative in y of 0^y is 0, not log(0) * 0.
  const Tensor safe = ops::where(ops::equal(x, ops::like_scalar(0, x)), ops::like_scalar(1, x), x);
  return {unbroadcast(d * y * ops::power(x, y - 1.0), x), unbroadcast(d * ops::log(safe) * c.out[0], y)};
});
const OpDef kMaximum = row("maximum", TileOp::maximum, 2, infer_elementwise, [](C c) -> Tensors {
  const Tensor ties = ops::equal(c.in[0], c.in[1]);
  return {unbroadcast(chosen(c.dout[0], c.in[0] > c.in[1], ties), c.in[0]),
          unbroadcast(chosen(c.dout[0], c.in[0] < c.in[1], ties), c.in[1])};
});
const OpDef kMinimum = row("minimum", TileOp::minimum, 2, infer_elementwise, [](C c) -> Tensors {
  const Tensor ties = ops::equal(c.in[0], c.in[1]);
  return {unbroadcast(chosen(c.dout[0], c.in[0] < c.in[1], ties), c.in[0]),
          unbroadcast(chosen(c.dout[0], c.in[0] > c.in[1], ties), c.in[1])};
});
const OpDef kNegative =
    row("negative", TileOp::negative, 1, same_as_input, [](C c) -> Tensors { return {-c.dout[0]}; });
const OpDef kAbs =
    row("abs", TileOp::abs, 1, same_as_input, [](C c) -> Tensors { return {c.dout[0] * ops::sign(c.in[0])}; });
const OpDef kSign = row("sign", TileOp::sign, 1, same_as_input, nullptr);
const OpDef kSquare =
    row("square", TileOp::square, 1, same_as_input, [](C c) -> Tensors { return {c.dout[0] * (2.0 * c.in[0])}; });
const OpDef kSqrt =
    row("sqrt", TileOp::sqrt, 1, same_as_input, [](C c) -> Tensors { return {c.dout[0] * (0.5 / c.out[0])}; });
const OpDef kRsqrt = row("rsqrt", TileOp::rsqrt, 1, same_as_input,
                         [](C c) -> Tensors { return {c.dout[0] * (-0.5 * c.out[0] / c.in[0])}; });
const OpDef kReciprocal = row("reciprocal", TileOp::reciprocal, 1, same_as_input,
                              [](C c) -> Tensors { return {-(c.dout[0] * ops::square(c.out[0]))}; });
const OpDef kExp = row("exp", TileOp::exp, 1, same_as_input, [](C c) -> Tensors { return {c.dout[0] * c.out[0]}; });
const OpDef kExpm1 =
    row("expm1", TileOp::expm1, 1, same_as_input, [](C c) -> Tensors { return {c.dout[0] * (c.out[0] + 1.0)}; });
const OpDef kLog = row("log", TileOp::log, 1, same_as_input, [](C c) -> Tensors { return {c.dout[0] / c.in[0]}; });
const OpDef kLog1p =
    row("log1p", TileOp::log1p, 1, same_as_input, [](C c) -> Tensors { return {c.dout[0] / (c.in[0] + 1.0)}; });
const OpDef kSin =
    row("sin", TileOp::sin, 1, same_as_input, [](C c) -> Tensors { return {c.dout[0] * ops::cos(c.in[0])}; });
const OpDef kCos =
    row("cos", TileOp::cos, 1, same_as_input, [](C c) -> Tensors { return {-(c.dout[0] * ops::sin(c.in[0]))}; });
const OpDef kTanh = row("tanh", TileOp::tanh, 1, same_as_input,
                        [](C c) -> Tensors { return {c.dout[0] * (1.0 - c.out[0] * c.out[0])}; });
const OpDef kErf = row("erf", TileOp::erf, 1, same_as_input, [](C c) -> Tensors {
  constexpr double kTwoOverSqrtPi = 1.1283791670955126;
  return {c.dout[0] * (kTwoOverSqrtPi * ops::exp(-ops::square(c.in[0])))};
});
const OpDef kFloor = row("floor", TileOp::floor, 1, same_as_input, nullptr);
const OpDef kCeil = row("ceil", TileOp::ceil, 1, same_as_input, nullptr);
const OpDef kRound = row("round", TileOp::round, 1, same_as_input, nullptr);
const OpDef kRelu = row("relu", TileOp::relu, 1, same_as_input, [](C c) -> Tensors {
  return {emit(op_row("relu_grad"), {c.dout[0], c.out[0]})};
});
const OpDef kSigmoid = row("sigmoid", TileOp::sigmoid, 1, same_as_input,
                           [](C c) -> Tensors { return {c.dout[0] * (c.out[0] * (1.0 - c.out[0]))}; });
const OpDef kSoftplus = row("softplus", TileOp::softplus, 1, same_as_input,
                            [](C c) -> Tensors { return {c.dout[0] * ops::sigmoid(c.in[0])}; });
const OpDef kEqual = row("equal", TileOp::equal, 2, infer_compare, nullptr);
const OpDef kNotEqual = row("not_equal", TileOp::not_equal, 2, infer_compare, nullptr);
const OpDef kLess = row("less", TileOp::less, 2, infer_compare, nullptr);
const OpDef kLessEqual = row("less_equal", TileOp::less_equal, 2, infer_compare, nullptr);
const OpDef kGreater = row("greater", TileOp::greater, 2, infer_compare, nullptr);
const OpDef kGreaterEqual = row("greater_equal", TileOp::greater_equal, 2, infer_compare, nullptr);
const OpDef kLogicalAnd = row("logical_and", TileOp::logical_and, 2, infer_compare, nullptr);
const OpDef kLogicalOr = row("logical_or", TileOp::logical_or, 2, infer_compare, nullptr);
const OpDef kLogicalNot = row("logical_not", TileOp::logical_not, 1, infer_compare, nullptr);
const OpDef kIsnan = row("isnan", TileOp::isnan, 1, infer_compare, nullptr);
const OpDef kIsfinite = row("isfinite", TileOp::isfinite, 1, infer_compare, nullptr);
const OpDef kSelect = row("select", TileOp::select, 3, infer_select, [](C c) -> Tensors {
  const Tensor &d = c.dout[0], zero = ops::like_scalar(0, d);
  return {Tensor(), unbroadcast(ops::where(c.in[0], d, zero), c.in[1]),
          unbroadcast(ops::where(c.in[0], zero, d), c.in[2])};
});
/// x where y > 0, else 0: the gradient of relu, given its result y.
const OpDef kReluGrad = row("relu_grad", TileOp::relu_grad, 2, infer_elementwise, [](C c) -> Tensors {
  return {unbroadcast(emit(op_row("relu_grad"), {c.dout[0], c.in[1]}), c.in[0]), Tensor()};
});
/// x * y + z with one rounding.
const OpDef kMultiplyAdd = row("multiply_add", TileOp::multiply_add, 3, infer_elementwise, [](C c) -> Tensors {
  return {unbroadcast(c.dout[0] * c.in[1], c.in[0]), unbroadcast(c.dout[0] * c.in[0], c.in[1]),
          unbroadcast(c.dout[0], c.in[2])};
});

const OpDef kCast{.name = "cast",
                  .kind = OpKind::cast,
                  .infer = infer_cast,
                  .attrs = attrs_of<CastAttrs>,
                  .grad = [](C c) -> Tensors {
                    return {is_floating(c.in[0].dtype()) ? ops::cast(c.dout[0], c.in[0].dtype()) : Tensor()};
                  }};
const OpDef kStopGradient{.name = "stop_gradient", .kind = OpKind::shape, .infer = same_as_input};

}  // namespace

void add_elementwise_ops(OpRegistry& r) {
  for (const OpDef* op :
       {&kCopy,       &kAdd,      &kSubtract,  &kMultiply, &kDivide,       &kFloorDivide, &kMod,         &kPower,
        &kMaximum,    &kMinimum,  &kNegative,  &kAbs,      &kSign,         &kSquare,      &kSqrt,        &kRsqrt,
        &kReciprocal, &kExp,      &kExpm1,     &kLog,      &kLog1p,        &kSin,         &kCos,         &kTanh,
        &kErf,        &kFloor,    &kCeil,      &kRound,    &kRelu,         &kSigmoid,     &kSoftplus,    &kEqual,
        &kNotEqual,   &kLess,     &kLessEqual, &kGreater,  &kGreaterEqual, &kLogicalAnd,  &kLogicalOr,   &kLogicalNot,
        &kIsnan,      &kIsfinite, &kSelect,    &kReluGrad, &kMultiplyAdd,  &kCast,        &kStopGradient})
    r.add(*op);
}

namespace ops {

/// sqrt, exp and their like are floating point functions: integers become float32 first.
static Tensor floating(const OpDef& op, const Tensor& x) {
  return emit(op, {is_floating(x.dtype()) ? x : cast(x, DType::f32)});
}
static Tensor boolean(const Tensor& x) { return x.dtype() == DType::boolean ? x : not_equal(x, like_scalar(0, x)); }

Tensor like_scalar(double value, const Tensor& x) { return Tensor::scalar(value, x.dtype()); }
Tensor beside(double value, const Tensor& x) {
  return Tensor::scalar(value, is_floating(x.dtype()) ? x.dtype() : DType::f32);
}
Tensor beside(int64_t value, const Tensor& x) {
  if (is_floating(x.dtype())) return Tensor::scalar(static_cast<double>(value), x.dtype());
  const DType t = x.dtype() == DType::boolean ? DType::i32 : x.dtype();
  return Tensor(Shape{}, std::vector<int64_t>{value}).to(t);  // exact beyond 2^53, and wraps
}

Tensor add(const Tensor& a, const Tensor& b) { return emit(kAdd, promoted(a, b)); }
Tensor subtract(const Tensor& a, const Tensor& b) { return emit(kSubtract, promoted(a, b)); }
Tensor multiply(const Tensor& a, const Tensor& b) { return emit(kMultiply, promoted(a, b)); }
Tensor divide(const Tensor& a, const Tensor& b) {
  Tensors t = promoted(a, b);
  if (!is_floating(t[0].dtype())) t = {cast(a, DType::f32), cast(b, DType::f32)};
  return emit(kDivide, t);
}
Tensor floor_divide(const Tensor& a, const Tensor& b) { return emit(kFloorDivide, promoted(a, b)); }
Tensor mod(const Tensor& a, const Tensor& b) { return emit(kMod, promoted(a, b)); }
Tensor power(const Tensor& a, const Tensor& b) { return emit(kPower, promoted(a, b)); }
Tensor maximum(const Tensor& a, const Tensor& b) { return emit(kMaximum, promoted(a, b)); }
Tensor minimum(const Tensor& a, const Tensor& b) { return emit(kMinimum, promoted(a, b)); }
Tensor negative(const Tensor& x) { return emit(kNegative, {x}); }
Tensor abs(const Tensor& x) { return emit(kAbs, {x}); }
Tensor sign(const Tensor& x) { return emit(kSign, {x}); }
Tensor square(const Tensor& x) { return emit(kSquare, {x}); }
Tensor sqrt(const Tensor& x) { return floating(kSqrt, x); }
Tensor rsqrt(const Tensor& x) { return floating(kRsqrt, x); }
Tensor reciprocal(const Tensor& x) { return floating(kReciprocal, x); }
Tensor exp(const Tensor& x) { return floating(kExp, x); }
Tensor expm1(const Tensor& x) { return floating(kExpm1, x); }
Tensor log(const Tensor& x) { return floating(kLog, x); }
Tensor log1p(const Tensor& x) { return floating(kLog1p, x); }
Tensor sin(const Tensor& x) { return floating(kSin, x); }
Tensor cos(const Tensor& x) { return floating(kCos, x); }
Tensor tanh(const Tensor& x) { return floating(kTanh, x); }
Tensor erf(const Tensor& x) { return floating(kErf, x); }
Tensor floor(const Tensor& x) { return floating(kFloor, x); }
Tensor ceil(const Tensor& x) { return floating(kCeil, x); }
/// Integers to multiples of a power of ten, halves to the even one; all in their type.
static Tensor to_tens(const Tensor& x, int digits) {
  constexpr int kDigits[] = {0, 3, 5, 0, 10, 0, 0, 0, 19};  // of the largest number of so many bytes
  if (digits >= kDigits[size_of(x.dtype())]) return x * 0;
  int64_t unit = 1;
  for (int i = 0; i < digits; ++i) unit *= 10;
  const Tensor whole = floor_divide(x, beside(unit, x)), rest = x - whole * unit, up = unit - rest;
  const Tensor odd = not_equal(mod(whole, beside(2, x)), beside(0, x));
  const Tensor more = logical_or(greater(rest, up), logical_and(equal(rest, up), odd));
  return (whole + cast(more, x.dtype())) * unit;
}

Tensor round(const Tensor& x, int decimals) {
  if (is_integer(x.dtype())) return decimals < 0 ? to_tens(x, -decimals) : x;
  if (decimals == 0) return floating(kRound, x);
  const double scale = std::pow(10.0, decimals);
  return round(x * scale) / scale;
}
Tensor relu(const Tensor& x) { return emit(kRelu, {x}); }
Tensor sigmoid(const Tensor& x) { return floating(kSigmoid, x); }
Tensor softplus(const Tensor& x) { return floating(kSoftplus, x); }
Tensor clip(const Tensor& x, const Tensor& low, const Tensor& high) { return minimum(maximum(x, low), high); }
Tensor equal(const Tensor& a, const Tensor& b) { return emit(kEqual, promoted(a, b)); }
Tensor not_equal(const Tensor& a, const Tensor& b) { return emit(kNotEqual, promoted(a, b)); }
Tensor less(const Tensor& a, const Tensor& b) { return emit(kLess, promoted(a, b)); }
Tensor less_equal(const Tensor& a, const Tensor& b) { return emit(kLessEqual, promoted(a, b)); }
Tensor greater(const Tensor& a, const Tensor& b) { return emit(kGreater, promoted(a, b)); }
Tensor greater_equal(const Tensor& a, const Tensor& b) { return emit(kGreaterEqual, promoted(a, b)); }
Tensor logical_and(const Tensor& a, const Tensor& b) { return emit(kLogicalAnd, {boolean(a), boolean(b)}); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return emit(kLogicalOr, {boolean(a), boolean(b)}); }
Tensor logical_not(const Tensor& x) { return emit(kLogicalNot, {boolean(x)}); }
Tensor isnan(const Tensor& x) {
  return is_floating(x.dtype()) ? emit(kIsnan, {x}) : not_equal(x, x);  // each integer equals itself
}
Tensor isfinite(const Tensor& x) { return is_floating(x.dtype()) ? emit(kIsfinite, {x}) : equal(x, x); }
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  const Tensors t = promoted(a, b);
  return emit(kSelect, {boolean(condition), t[0], t[1]});
}

Tensor cast(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  // A number stays a constant, but not where its slope may be asked for.
  const bool noted = current_trace() && current_trace()->runs();
  if (!noted && !x.symbolic() && x.size() == 1) return x.to(dtype);
  if (dtype == DType::boolean) return boolean(x);
  return emit(kCast, {x}, Attrs::of(CastAttrs{dtype}));
}
Tensor stop_gradient(const Tensor& x) { return emit(kStopGradient, {x}); }

}  // namespace ops
}  // namespace cornu
