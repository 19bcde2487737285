// CORNU_CHECK=nan: which operation and layer an error names.
#include <cornu/ops.h>
#include <gtest/gtest.h>

#include <cmath>

#include "runtime/step.h"

namespace cornu {
namespace {

std::string complaint(Step& step, const Tensors& in) {
  try {
    step.call(in);
  } catch (const CallError& e) {
    return e.what();
  }
  return "";
}

Step checked(const Graph& g, const std::vector<TypeShape>& types) { return Step(g, types, {.check_nan = true}); }

TEST(CheckNan, NamesTheOperationWhereItBegan) {
  Trace trace;
  const Tensor x = trace.input(DType::f32, {3});
  Tensor y = ops::exp(x);
  {
    const ScopeName layer("squash");
    y = ops::log(y - 1.0);
  }
  const Graph g = trace.finish({ops::sum(ops::square(y))});
  Step step = checked(g, {{DType::f32, {3}}});
  EXPECT_EQ(complaint(step, {Tensor({3}, {1, 2, 3})}), "");
  EXPECT_EQ(
      complaint(step, {Tensor({3}, {1, -2, 0})}),
      "CallError: log in 'squash': made the first value that is not finite, got 1 NaN and 1 infinite of 3 elements\n"
      "  input 0: (3,) float32, finite\n  result: (3,) float32");
  EXPECT_EQ(complaint(step, {Tensor({3}, {1, NAN, 3})}),
            "CallError: input 0 of the step: must be finite, got 1 NaN of 3 elements");
  EXPECT_EQ(complaint(step, {Tensor({3}, {1, 2, 3})}), "") << "nothing is kept from the step before";
}

TEST(CheckNan, GuardedValuesAreNoError) {
  Trace trace;
  const Tensor x = trace.input(DType::f32, {3});
  const Tensor safe = ops::where(x > 0.0, ops::log(x), ops::zeros_like(x));
  const Graph g = trace.finish({1.0 / (1.0 + ops::exp(x * 100.0)) + safe});  // exp overflows, its reciprocal is 0
  Step step = checked(g, {{DType::f32, {3}}});
  EXPECT_EQ(complaint(step, {Tensor({3}, {-1, 0, 9})}), "");
}

TEST(CheckNan, VariablesThatAreBadAtEntryAndAssignedValues) {
  Variable w(Tensor({2}, {1, INFINITY}), "kernel");
  w.set_path("dense/kernel");
  Trace trace;
  const Tensor x = trace.input(DType::f32, {2});
  w.assign(w.value() / x);
  const Graph g = trace.finish({});
  Step step = checked(g, {{DType::f32, {2}}});
  EXPECT_EQ(complaint(step, {Tensor({2}, {1, 1})}),
            "CallError: variable 'dense/kernel': must be finite when a step begins, got 1 infinite of 2 elements");
  const NoTrace now;
  w.assign(Tensor({2}, {1, 1}));
  EXPECT_EQ(complaint(step, {Tensor({2}, {1, 0})}),
            "CallError: divide: made the first value that is not finite, got 1 infinite of 2 elements\n"
            "  input 0: (2,) float32, finite\n  input 1: (2,) float32, finite\n  result: (2,) float32");
}

TEST(CheckNan, CostsNothingWhenOff) {
  Trace trace;
  const Tensor x = trace.input(DType::f32, {2});
  const Graph g = trace.finish({ops::log(x)});
  EXPECT_EQ(Step(g, {{DType::f32, {2}}}, {.check_nan = false}).instruction_count(), 1u);
  EXPECT_EQ(Step(g, {{DType::f32, {2}}}, {.check_nan = true}).instruction_count(), 3u);
}

}  // namespace
}  // namespace cornu
