// Every operation, by check_op; the last test fails if a row has no case.
#include <cornu/ops.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "graph/graph.h"
#include "ops/attrs.h"
#include "ops/check_op.h"
#include "ops/emit.h"
#include "ops/scatter.h"

namespace cornu {
namespace {

/// Values in [low, high], away from integers and from each other, so that no difference steps over a kink.
Tensor uniform(const Shape& shape, double low, double high, unsigned seed = 1) {
  std::mt19937 gen(seed);
  std::uniform_real_distribution<double> u(low, high);
  std::vector<float> v(static_cast<size_t>(shape.size()));
  for (float& x : v) {
    double d = u(gen);
    if (std::fabs(d - std::round(d)) < 0.01) d += 0.02;
    x = static_cast<float>(d);
  }
  return Tensor(shape, v);
}
/// Multiples of 0.04, plus `offset`: two such tensors of different offsets never come near each other.
Tensor on_grid(const Shape& shape, double low, double high, unsigned seed, double offset) {
  Tensor t = uniform(shape, low, high, seed);
  for (float& x : t.mutable_data<float>())
    x = static_cast<float>(std::round(static_cast<double>(x) / 0.04) * 0.04 + offset);
  return t;
}
Tensor integers(const Shape& shape, int low, int high, DType dtype = DType::i32, unsigned seed = 3) {
  std::mt19937 gen(seed);
  std::vector<int32_t> v(static_cast<size_t>(shape.size()));
  for (int32_t& x : v) x = low + static_cast<int32_t>(gen() % static_cast<unsigned>(high - low + 1));
  return Tensor(shape, v).to(dtype);
}

using In = const std::vector<Tensor>&;

std::vector<OpCase> elementwise_cases() {
  std::vector<OpCase> cases;
  const auto unary = [&](const char* op, Tensor (*f)(const Tensor&), double low, double high, bool grad = true) {
    for (const Shape& s : {Shape{3, 5}, Shape{1}, Shape{7, 300}, Shape{}})
      cases.push_back({op, s.str(), [f](In x) { return f(x[0]); }, {uniform(s, low, high)}, 4e-6, grad});
  };
  const auto binary = [&](const char* op, Tensor (*f)(const Tensor&, const Tensor&), double low, double high,
                          bool grad = true) {
    const std::pair<Shape, Shape> shapes[] = {{{4, 6}, {4, 6}},      {{4, 6}, {6}},    {{4, 6}, {4, 1}},
                                              {{4, 6}, {}},          {{1, 6}, {4, 1}}, {{2, 3, 4}, {2, 1, 4}},
                                              {{90, 200}, {90, 200}}};
    for (const auto& [a, b] : shapes)
      cases.push_back({op,
                       a.str() + b.str(),
                       [f](In x) { return f(x[0], x[1]); },
                       {on_grid(a, low, high, 1, 0), on_grid(b, low, high, 2, 0.015)},
                       4e-6,
                       grad});
  };
  namespace o = ops;
  unary(
      "copy", +[](const Tensor& x) { return emit(op_row("copy"), {x}); }, -3, 3);
  unary("negative", o::negative, -3, 3);
  unary("abs", o::abs, -3, 3);
  unary("sign", o::sign, -3, 3, false);
  unary("square", o::square, -3, 3);
  unary("sqrt", o::sqrt, 0.1, 9);
  unary("rsqrt", o::rsqrt, 0.1, 9);
  unary("reciprocal", o::reciprocal, 0.2, 4);
  unary("exp", o::exp, -6, 6);
  unary("expm1", o::expm1, -3, 3);
  unary("log", o::log, 0.05, 20);
  unary("log1p", o::log1p, -0.9, 20);
  unary("sin", o::sin, -9, 9);
  unary("cos", o::cos, -9, 9);
  unary("tanh", o::tanh, -4, 4);
  unary("erf", o::erf, -3, 3);
  unary("floor", o::floor, -9, 9, false);
  unary("ceil", o::ceil, -9, 9, false);
  unary(
      "round", [](const Tensor& x) { return o::round(x); }, -9, 9, false);
  unary("relu", o::relu, -3, 3);
  unary("sigmoid", o::sigmoid, -8, 8);
  unary("softplus", o::softplus, -8, 8);
  unary("logical_not", o::logical_not, -3, 3, false);
  unary("isnan", o::isnan, -3, 3, false);
  unary("isfinite", o::isfinite, -3, 3, false);
  unary("stop_gradient", o::stop_gradient, -3, 3, false);
  unary(
      "cast", +[](const Tensor& x) { return o::cast(o::cast(x, DType::i32), x.dtype()) + x; }, -9, 9);
  binary("add", o::add, -3, 3);
  binary("subtract", o::subtract, -3, 3);
  binary("multiply", o::multiply, -3, 3);
  binary("divide", o::divide, 0.3, 3);
  binary("floor_divide", o::floor_divide, 0.5, 7, false);
  binary("mod", o::mod, 0.5, 7, false);
  binary("power", o::power, 0.3, 3);
  binary("maximum", o::maximum, -3, 3);
  binary("minimum", o::minimum, -3, 3);
  binary("equal", o::equal, -3, 3, false);
  binary("not_equal", o::not_equal, -3, 3, false);
  binary("less", o::less, -3, 3, false);
  binary("less_equal", o::less_equal, -3, 3, false);
  binary("greater", o::greater, -3, 3, false);
  binary("greater_equal", o::greater_equal, -3, 3, false);
  binary(
      "logical_and", +[](const Tensor& a, const Tensor& b) { return o::logical_and(a > 0.0, b > 0.0); }, -3, 3, false);
  binary(
      "logical_or", +[](const Tensor& a, const Tensor& b) { return o::logical_or(a > 0.0, b > 0.0); }, -3, 3, false);
  binary(
      "select", +[](const Tensor& a, const Tensor& b) { return o::where(a > b, a * 2.0, b * 3.0); }, -3, 3);
  binary(
      "relu_grad",
      +[](const Tensor& a, const Tensor& b) {
        return emit(op_row("relu_grad"), {a, b});
      },
      -3, 3);
  binary(
      "multiply_add",
      +[](const Tensor& a, const Tensor& b) {
        return emit(op_row("multiply_add"), {a, b, a});
      },
      -3, 3);
  binary(
      "fused",
      +[](const Tensor& a, const Tensor& b) {
        return o::sum(o::tanh(a * b + 1.0) * o::exp(-a)) * o::sigmoid(a - b) + a;
      },
      -2, 2);
  return cases;
}

std::vector<OpCase> other_cases() {
  namespace o = ops;
  std::vector<OpCase> cases;
  const Tensor m = uniform({6, 10}, -2, 2), cube = uniform({3, 4, 5}, -2, 2);
  const auto add = [&](const char* op, const char* what, OpFn f, std::vector<Tensor> in, bool grad = true,
                       double tol = 4e-6, bool unknown = true) {
    cases.push_back({op, what, std::move(f), std::move(in), tol, grad, unknown});
  };
  using Reduce = Tensor (*)(const Tensor&, const o::Axes&, bool);
  for (const auto& [name, f] :
       {std::pair<const char*, Reduce>{"sum", o::sum}, {"max", o::max}, {"min", o::min}, {"prod", o::prod}}) {
    add(name, "rows", [f = f](In x) { return f(x[0], {1}, false); }, {m});
    add(name, "columns", [f = f](In x) { return f(x[0], {0}, true); }, {m});
    add(name, "all", [f = f](In x) { return f(x[0], {}, false); }, {m});
    add(name, "middle", [f = f](In x) { return f(x[0], {1}, false); }, {cube});
    add(name, "outer and inner", [f = f](In x) { return f(x[0], {0, 2}, false); }, {cube});
  }
  add(
      "sum", "long", [](In x) { return o::sum(x[0]); }, {uniform({300, 211}, -1, 1)}, true, 1e-5);
  add(
      "argmax", "last", [](In x) { return o::argmax(x[0]); }, {m}, false);
  add(
      "argmax", "first", [](In x) { return o::argmax(x[0], 0); }, {m}, false);
  add(
      "argmin", "last", [](In x) { return o::argmin(x[0]); }, {m}, false);
  add("cumsum", "last", [](In x) { return o::cumsum(x[0]); }, {m});
  add("cumsum", "first", [](In x) { return o::cumsum(x[0], 0); }, {m});
  add(
      "argsort", "last", [](In x) { return o::argsort(x[0]); }, {m}, false);
  add(
      "sort", "last", [](In x) { return o::sort(x[0]); }, {m}, false);
  const auto product = [&](const char* what, Shape a, Shape b, bool ta, bool tb) {
    add(
        "matmul", what, [=](In x) { return o::matmul(x[0], x[1], {.transpose_a = ta, .transpose_b = tb}); },
        {uniform(a, -1, 1, 1), uniform(b, -1, 1, 2)}, true, 2e-5);
  };
  product("plain", {5, 7}, {7, 3}, false, false);
  product("transposed a", {7, 5}, {7, 3}, true, false);
  product("transposed b", {5, 7}, {3, 7}, false, true);
  product("both", {7, 5}, {3, 7}, true, true);
  product("one row", {1, 40}, {40, 33}, false, false);
  product("one column", {40, 33}, {33, 1}, false, false);
  product("large", {150, 130}, {130, 170}, false, false);
  product("batched", {3, 4, 5}, {3, 5, 2}, false, false);
  product("rows of a cube", {3, 4, 5}, {5, 2}, false, false);
  for (const DType type : {DType::u8, DType::i32, DType::u32, DType::i64}) {
    const auto whole = [&](const Shape& s, unsigned seed) { return o::cast(uniform(s, 0, 250, seed), type); };
    for (const bool t : {false, true})
      add(
          "matmul", to_string(type).c_str(), [=](In x) { return o::matmul(x[0], x[1], {.transpose_b = t}); },
          {whole({37, 140}, 1), t ? whole({21, 140}, 2) : whole({140, 21}, 2)}, false, 0);
  }
  add(
      "matmul", "with bias and relu", [](In x) { return o::relu(o::matmul(x[0], x[1]) + x[2]); },
      {uniform({9, 20}, -1, 1, 1), uniform({20, 17}, -1, 1, 2), uniform({17}, -1, 1, 3)}, true, 2e-5);
  add(
      "matmul", "with bias and tanh", [](In x) { return o::tanh(o::matmul(x[0], x[1]) + x[2]); },
      {uniform({9, 20}, -1, 1, 1), uniform({20, 17}, -1, 1, 2), uniform({17}, -1, 1, 3)}, true, 2e-5);
  add("softmax", "last", [](In x) { return o::softmax(x[0]); }, {m});
  add("softmax", "first", [](In x) { return o::softmax(x[0], 0); }, {m});
  add("log_softmax", "last", [](In x) { return o::log_softmax(x[0]); }, {m});
  add("reshape", "", [](In x) { return o::reshape(x[0], {-1, 5}) * 2.0; }, {m});
  add(
      "reshape_like", "", [](In x) { return o::reshape_like(x[0], x[1]) * 2.0; }, {m, uniform({10, 6}, 0, 1)}, true,
      4e-6, false);
  add(
      "reshape_by", "sizes of an operand",
      [](In x) {
        return emit(op_row("reshape_by"), {x[0], x[1]}, Attrs::of(ReshapeByAttrs{{-1, 3, -1}, {0, 2}})) * 2.0;
      },
      {m, uniform({10, 2, 2}, 0, 1)}, true, 4e-6, false);
  add(
      "reshape_by", "what is left",
      [](In x) {
        return emit(op_row("reshape_by"), {x[0], x[0]}, Attrs::of(ReshapeByAttrs{{-1, -1, 2}, {0, -1}}));
      },
      {uniform({6, 10}, -1, 1, 8)}, true, 4e-6, false);
  add("transpose", "matrix", [](In x) { return o::transpose(x[0]); }, {m});
  add("transpose", "cube", [](In x) { return o::transpose(x[0], {2, 0, 1}); }, {cube});
  add(
      "broadcast_to", "",
      [](In x) {
        return o::broadcast_to(x[0], {4, 6, 10});
      },
      {m}, true, 4e-6, false);
  add("broadcast_like", "", [](In x) { return o::broadcast_like(x[0], x[1]); }, {uniform({6, 1}, -1, 1), m});
  add(
      "sum_to", "", [](In x) { return o::sum_to(x[0], x[1]); }, {m, uniform({1, 10}, -1, 1)}, true, 4e-6, false);
  add("concatenate", "last", [](In x) { return o::concatenate({x[0], x[1], x[0]}); }, {m, uniform({6, 3}, -1, 1)});
  add(
      "concatenate", "first",
      [](In x) {
        return o::concatenate({x[0], x[1]}, 0);
      },
      {m, uniform({2, 10}, -1, 1)}, true, 4e-6, false);
  add("slice", "columns", [](In x) { return o::slice(x[0], 1, 2, -3); }, {m});
  add("slice", "rows", [](In x) { return o::slice(x[0], 0, 1); }, {m});
  add(
      "slice_grad", "",
      [](In x) {
        return o::jit(o::grad([](In y) -> Tensors { return {o::sum(o::square(o::slice(y[0], 1, 2, 5)))}; }))(x)[0];
      },
      {m}, false, 4e-6, false);
  add("dim", "", [](In x) { return o::dim(x[0], {0}) * x[0]; }, {m});
  add(
      "take", "rows", [](In x) { return o::take(x[0], x[1]); }, {m, integers({4}, 0, 5)}, true, 4e-6, false);
  add(
      "take", "long rows", [](In x) { return o::take(x[0], x[1]); },
      {uniform({20, 300}, -1, 1), integers({9}, 0, 19, DType::i64)}, true, 4e-6, false);
  add(
      "take", "out of range", [](In x) { return o::take(x[0], x[1]); }, {m, integers({4}, -9, 12)}, false, 4e-6, false);
  add(
      "take_grad", "repeated rows",
      [](In x) {
        return emit(op_row("take_grad"), {x[0], x[1], x[2]});
      },
      {uniform({5, 10}, -1, 1), integers({5}, 0, 2), m}, true, 4e-6, false);
  for (const char* how : {"update", "add"})
    add(
        "scatter_rows", how, [how](In x) { return o::scatter_rows(x[0], x[1], x[2], how); },
        {m, integers({5}, -1, 6), uniform({5, 10}, -1, 1)}, true, 4e-6, false);
  for (const char* how : {"max", "min", "mul"})
    add(
        "scatter_rows", how, [how](In x) { return o::scatter_rows(x[0], x[1], x[2], how); },
        {m, integers({5}, 0, 2), uniform({5, 10}, -1, 1)}, false, 4e-6, false);
  add("take_along", "", [](In x) { return o::take_along_last(x[0], x[1]); }, {m, integers({6, 2}, 0, 9)});
  add("take_along_grad", "",
      [](In x) {
        return emit(op_row("take_along_grad"), {x[0], x[1], x[2]});
      },
      {uniform({6, 2}, -1, 1), integers({6, 2}, 0, 9), m});
  add(
      "one_hot", "", [](In x) { return o::one_hot(x[0], 5); }, {integers({7}, -1, 6)}, false);
  add(
      "random", "uniform", [](In x) { return o::random_uniform(x[0], x[1], -1, 2); }, {integers({2}, 1, 99), m}, false,
      4e-6, false);
  add(
      "random", "normal", [](In x) { return o::random_normal(x[0], x[1], 1, 2); }, {integers({2}, 1, 99), m}, false,
      4e-6, false);
  return cases;
}

std::vector<OpCase> all_cases() {
  std::vector<OpCase> cases = elementwise_cases();
  for (OpCase& c : other_cases()) cases.push_back(std::move(c));
  for (OpCase& c : window_cases()) cases.push_back(std::move(c));
  return cases;
}

}  // namespace

TEST(Ops, Elementwise) {
  for (const OpCase& c : elementwise_cases()) check_op(c);
}
TEST(Ops, Others) {
  for (const OpCase& c : other_cases()) check_op(c);
}

TEST(Ops, Windows) {
  for (const OpCase& c : window_cases()) check_op(c);
}

TEST(Ops, EveryRowHasACase) {
  std::set<std::string> covered = {"input", "constant", "read",   "assign",            // by tests/runtime
                                   "scan",  "while",    "switch", "custom_gradient"};  // by control_flow_test.cpp
  for (const OpCase& c : all_cases()) covered.insert(c.op);
  for (const OpDef* row : op_registry().all()) EXPECT_TRUE(covered.count(row->name)) << row->name << " has no case";
}

TEST(Ops, IntegersKeepTheirType) {
  const Tensor a({3}, std::vector<int32_t>{7, -7, 5}), b({3}, std::vector<int32_t>{2, 2, 3});
  EXPECT_EQ(ops::add(a, b).to_doubles(), (std::vector<double>{9, -5, 8}));
  EXPECT_EQ(ops::floor_divide(a, b).to_doubles(), (std::vector<double>{3, -4, 1}));
  EXPECT_EQ(ops::divide(a, b).dtype(), DType::f32);
  EXPECT_EQ(ops::sum(a).dtype(), DType::i32);
}

TEST(Ops, TheGradientOfAProductKnowsZeros) {
  const auto f =
      ops::grad([](const std::vector<Tensor>& in) { return std::vector<Tensor>{ops::sum(ops::prod(in[0], {1}))}; });
  const Tensor x({3, 3}, {0, 2, 3, 0, 0, 3, 1, 2, 3});
  EXPECT_EQ(f({x})[0].to_doubles(), (std::vector<double>{6, 0, 0, 0, 0, 0, 6, 3, 2}));
}

TEST(Ops, NothingHasNoExtreme) {
  const Tensor none({2, 0}, DType::f32);
  EXPECT_THROW(ops::max(none, {1}), ShapeError);
  EXPECT_THROW(ops::argmax(none, 1), ShapeError);
  EXPECT_EQ(ops::sum(none, {1}).to_doubles(), (std::vector<double>{0, 0}));
  EXPECT_EQ(ops::any(none, {1}).to_doubles(), (std::vector<double>{0, 0}));
  EXPECT_EQ(ops::all(none, {1}).to_doubles(), (std::vector<double>{1, 1}));
}

TEST(Ops, ArgumentsOutsideOfTheirRange) {
  const Tensor m({2, 2}, {1, 2, 3, 4});
  EXPECT_THROW(ops::sum(m, {1, -1}), ConfigError);
  EXPECT_THROW(ops::one_hot(m, -1, DType::f32), ConfigError);
  EXPECT_THROW(ops::repeat(m, -1, 0), ConfigError);
  EXPECT_THROW(ops::jit(ops::Function()), CallError);
  EXPECT_THROW(ops::grad(ops::Function()), CallError);
}

}  // namespace cornu
