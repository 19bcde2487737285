// Loops and branches: traced as bodies, they give what the same code gives when it runs as it is, gradients included.
#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "message_of.h"

namespace cornu {
namespace {

using cornu::testing::message_of;
using Tensors = std::vector<Tensor>;
using Trees = Tree<Tensor>;

Tensor random(const Shape& shape, unsigned seed) {
  std::mt19937 gen(seed);
  std::uniform_real_distribution<double> u(-1, 1);
  Tensor t(shape, DType::f64);
  for (double& x : t.mutable_data<double>()) x = u(gen);
  return t;
}

void expect_near(const Tensors& a, const Tensors& b, double tolerance = 1e-12) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].shape(), b[i].shape()) << i;
    const std::vector<double> x = a[i].to_doubles(), y = b[i].to_doubles();
    for (size_t k = 0; k < x.size(); ++k) EXPECT_NEAR(x[k], y[k], tolerance * (1 + std::fabs(y[k]))) << i << " " << k;
  }
}

/// A recurrence over x (time, rows, 3) with a hidden state of 4: the sum of what all its states and the last one give.
Tensors recurrence(const Tensors& in, bool reverse = false) {
  const Tensor &x = in[0], &w = in[1], &u = in[2], &start = in[3];
  const ops::ScanStep out = ops::scan(
      [&](const Trees& h, const Trees& step) {
        const Tensor next = ops::tanh(ops::matmul(step.leaf(), w) + ops::matmul(h.leaf(), u));
        return ops::ScanStep{next, next * next};
      },
      start, x, {.reverse = reverse});
  return {ops::sum(out.y.leaf() * 1.5) + ops::sum(ops::sin(out.carry.leaf()))};
}

TEST(Scan, HasTheGradientsOfTheLoopThatItIs) {
  const Tensors in{random({5, 2, 3}, 1), random({3, 4}, 2), random({4, 4}, 3), random({2, 4}, 4)};
  for (const bool reverse : {false, true}) {
    const ops::Function f = ops::value_and_grad([=](const Tensors& t) { return recurrence(t, reverse); });
    const Tensors stepwise = f(in), compiled = ops::jit(f)(in);
    expect_near(compiled, stepwise);
    for (size_t i = 0; i < in.size(); ++i)  // and of finite differences
      for (const int64_t k : {int64_t{0}, in[i].size() - 1}) {
        constexpr double h = 1e-6;
        double side[2];
        for (const int s : {0, 1}) {
          Tensors moved = in;
          moved[i] = moved[i].clone();
          moved[i].mutable_data<double>()[static_cast<size_t>(k)] += s ? h : -h;
          side[s] = recurrence(moved, reverse)[0].item();
        }
        EXPECT_NEAR(compiled[i].to_doubles()[static_cast<size_t>(k)], (side[1] - side[0]) / (2 * h), 1e-7);
      }
  }
}

TEST(Scan, ServesGradientsOfGradientsAndScansInScans) {
  const auto twice = [](const Tensors& in) -> Tensors {  // sums of powers of x, over two axes
    return {ops::scan(
                [&](const Trees& sum, const Trees& row) {
                  const Tensor inner = ops::scan(
                                           [&](const Trees& s, const Trees& x) {
                                             const Tensor next = s.leaf() * x.leaf() + in[1];
                                             return ops::ScanStep{next, ops::exp(next)};
                                           },
                                           sum, row)
                                           .y.leaf();
                  return ops::ScanStep{ops::sum(inner) * 0.1, {}};
                },
                Tensor::scalar(0.5, DType::f64), in[0])
                .carry.leaf()};
  };
  const Tensors in{random({3, 4}, 7), Tensor::scalar(0.3, DType::f64)};
  const ops::Function f = ops::value_and_grad(twice);
  expect_near(ops::jit(f)(in), f(in));
  const ops::Function slope = [=](const Tensors& t) -> Tensors { return {ops::sum(ops::grad(twice)(t)[0] * t[0])}; };
  expect_near(ops::jit(ops::grad(slope))(in), ops::grad(slope)(in));
}

TEST(Scan, AssignsAfterEachStep) {
  Variable count(Tensor::scalar(0), "count"), last(Tensor({2}, {0, 0}), "last");
  const ops::Function f = [=](const Tensors& in) -> Tensors {
    const Tensor y = ops::scan(
                         [&](const Trees&, const Trees& x) {
                           Variable(count).assign(count.value() + 1.0);
                           Variable(last).assign(x.leaf());
                           return ops::ScanStep{{}, x.leaf() * count.value()};
                         },
                         {}, in[0])
                         .y.leaf();
    return {y, count.value()};
  };
  const Tensor x({3, 2}, {1, 2, 3, 4, 5, 6});
  for (const ops::Function& each : {f, ops::jit(f)}) {
    count.assign(Tensor::scalar(0));
    for (const int round : {0, 1}) {
      const Tensors out = each({x});
      const double n = 3 * round;
      EXPECT_EQ(out[0].to_doubles(),
                (std::vector<double>{1 * (n + 1), 2 * (n + 1), 3 * (n + 2), 4 * (n + 2), 5 * (n + 3), 6 * (n + 3)}));
      EXPECT_EQ(out[1].item(), n + 3);
      EXPECT_EQ(count.value().item(), n + 3);
      EXPECT_EQ(last.value().to_doubles(), (std::vector<double>{5, 6}));
    }
  }
}

TEST(Scan, KeepsStructuresAndTakesNoStepsToo) {
  const ops::Function f = [](const Tensors& in) -> Tensors {
    const ops::ScanStep out = ops::scan(
        [](const Trees& carry, const Trees& x) {
          const Tensor sum = carry["sum"].leaf() + x[1].leaf();
          return ops::ScanStep{Trees::named({{"n", carry["n"].leaf() + 1}, {"sum", sum}}),
                               Trees::named({{"a", x[0].leaf()}, {"b", Trees{sum, carry["n"].leaf()}}})};
        },
        Trees::named({{"n", Tensor::scalar(0, DType::i32)}, {"sum", Tensor({2})}}), Trees{in[0], in[1]});
    return {out.carry["n"].leaf(), out.carry["sum"].leaf(), out.y["a"].leaf(), out.y["b"][0].leaf(),
            out.y["b"][1].leaf()};
  };
  for (const int64_t steps : {int64_t{3}, int64_t{1}, int64_t{0}}) {
    const Tensors in{random({steps}, 1).to(DType::f32), random({steps, 2}, 2).to(DType::f32)};
    const Tensors a = f(in), b = ops::jit(f)(in);
    EXPECT_EQ(a[0].item(), steps);
    EXPECT_EQ(a[4].shape(), Shape({steps}));
    expect_near(b, a, 0);
  }
}

TEST(Loops, RunWhileTheConditionHolds) {
  Variable rounds(Tensor::scalar(0), "rounds");
  const ops::Function collatz = [=](const Tensors& in) -> Tensors {
    const Trees out = ops::while_loop([](const Trees& v) { return v[0].leaf() > 1; },
                                      [=](const Trees& v) -> Trees {
                                        Variable(rounds).assign(rounds.value() + 1.0);
                                        const Tensor n = v[0].leaf();
                                        const Tensor next = ops::where(
                                            ops::equal(ops::mod(n, ops::like_scalar(2, n)), ops::like_scalar(0, n)),
                                            ops::floor_divide(n, ops::like_scalar(2, n)), n * 3 + 1);
                                        return {next, v[1].leaf() + 1};
                                      },
                                      {in[0], Tensor::scalar(0, DType::i32)});
    return out.leaves();
  };
  const ops::Function some = [](const Tensors& in) -> Tensors {
    return ops::while_loop([](const Trees&) { return Tensor::scalar(1); },
                           [](const Trees& v) -> Trees { return v.leaf() * 2; }, in[0], 5)
        .leaves();
  };
  for (const bool compiled : {false, true}) {
    rounds.assign(Tensor::scalar(0));
    const ops::Function f = compiled ? ops::jit(collatz) : collatz, g = compiled ? ops::jit(some) : some;
    EXPECT_EQ(f({Tensor::scalar(27, DType::i32)})[1].item(), 111);
    EXPECT_EQ(f({Tensor::scalar(1, DType::i32)})[1].item(), 0);
    EXPECT_EQ(rounds.value().item(), 111);
    EXPECT_EQ(g({Tensor::scalar(3)})[0].item(), 96);
  }
  const ops::Function slope = ops::jit(ops::grad(some));
  EXPECT_NE(message_of([&] { slope({Tensor::scalar(3)}); }).find("while_loop: has no gradient"), std::string::npos);
}

TEST(Loops, CountedOnesHaveGradientsWhereTheirBoundsAreKnown) {
  const auto power = [](const Tensor& x, const Tensor& n) {
    return ops::fori_loop(
               Tensor::scalar(0, DType::i32), n,
               [&](const Tensor& i, const Trees& v) -> Trees { return v.leaf() * x + ops::cast(i, x.dtype()); },
               ops::ones_like(x))
        .leaf();
  };
  const ops::Function three = [&](const Tensors& in) -> Tensors {
    return {power(in[0], Tensor::scalar(3, DType::i32))};  // x^3 + x + 2
  };
  for (const ops::Function& f : {ops::value_and_grad(three), ops::jit(ops::value_and_grad(three))}) {
    const Tensors out = f({Tensor::scalar(2)});
    EXPECT_EQ(out[0].item(), 13);
    EXPECT_EQ(out[1].item(), 12);
  }
  const ops::Function any = ops::jit([&](const Tensors& in) -> Tensors { return {power(in[0], in[1])}; });
  for (const int n : {0, 1, 3})
    EXPECT_EQ(any({Tensor::scalar(2), Tensor::scalar(n, DType::i32)})[0].item(), n == 0 ? 1 : n == 1 ? 2 : 12);
}

TEST(Switch, RunsOneBranchAndHasItsGradients) {
  Variable state(Tensor::scalar(1), "state");
  const ops::Function f = [=](const Tensors& in) -> Tensors {
    const Trees out = ops::switch_case(in[1], {[&]() -> Trees {
                                                 return {ops::sqrt(in[0]), in[0]};
                                               },
                                               [&]() -> Trees {
                                                 Variable(state).assign(state.value() * 2.0);
                                                 return {in[0] * in[0] * state.value(), in[0]};
                                               },
                                               [&]() -> Trees {
                                                 return {ops::exp(in[0]) * 3.0, in[0] + 1.0};
                                               }});
    return {out[0].leaf() * out[1].leaf(), state.value()};
  };
  const ops::Function slope = ops::value_and_grad(f, {0});
  for (const ops::Function& each : {slope, ops::jit(slope)}) {
    state.assign(Tensor::scalar(1));
    const auto at = [&](double x, int i) { return each({Tensor::scalar(x), Tensor::scalar(i, DType::i32)}); };
    EXPECT_FLOAT_EQ(static_cast<float>(at(4, 0)[0].item()), 3);  // d x^1.5
    EXPECT_FLOAT_EQ(static_cast<float>(at(4, -7)[1].item()), 8);
    EXPECT_EQ(at(-3, 1)[0].item(), 3 * 9 * 2);  // no NaN of the root
    EXPECT_EQ(state.value().item(), 2);
    EXPECT_FLOAT_EQ(static_cast<float>(at(1, 9)[0].item()), static_cast<float>(std::exp(1.0) * 3 * 3));
    EXPECT_EQ(state.value().item(), 2);
  }
}

TEST(CustomGradient, IsWhatTheFunctionSays) {
  const ops::Function log1pexp = ops::custom_gradient([](const Tensors& in) {
    const Tensor e = ops::exp(in[0]);
    return ops::WithGradient{{ops::log(1.0 + e), e}, [e](const Tensors& up) -> Tensors {
                               return {up[0] * (1.0 - 1.0 / (1.0 + e)) + 7.0 * up[1]};
                             }};
  });
  const ops::Function f =
      ops::value_and_grad([=](const Tensors& in) -> Tensors { return {log1pexp({in[0] * 1.0})[0]}; });
  const ops::Function g =
      ops::value_and_grad([=](const Tensors& in) -> Tensors { return {ops::sum(log1pexp({in[0]})[1])}; });
  for (const bool compiled : {false, true}) {
    EXPECT_EQ((compiled ? ops::jit(f) : f)({Tensor::scalar(100)})[0].item(), 1);  // NaN without
    EXPECT_EQ((compiled ? ops::jit(g) : g)({Tensor({2}, {1, 2})})[0].to_doubles(), (std::vector<double>{7, 7}));
  }
}

TEST(Loops, SayWhatDoesNotFit) {
  const auto sentence = [](const ops::ScanConfig& config, const Trees& xs, const Trees& init, auto f) {
    return message_of([&] { ops::scan(f, init, xs, config); });
  };
  const auto same = [](const Trees& c, const Trees&) { return ops::ScanStep{c, {}}; };
  const Tensor one = Tensor::scalar(1);
  EXPECT_NE(sentence({}, {}, one, same).find("scan: needs sequences to go along, or a length"), std::string::npos);
  EXPECT_NE(sentence({}, one, one, same).find("scan: each sequence must have an axis"), std::string::npos);
  EXPECT_NE(sentence({}, {Tensor({2}), Tensor({3})}, one, same).find("one length, got 2 and 3"), std::string::npos);
  EXPECT_NE(sentence({.length = 4}, Tensor({3}), one, same).find("one length, got 4 and 3"), std::string::npos);
  const auto grows = [](const Trees& c, const Trees&) { return ops::ScanStep{ops::stack({c.leaf(), c.leaf()}), {}}; };
  for (const bool compiled : {false, true})
    EXPECT_NE(message_of([&] {
                const ops::Function f = [&](const Tensors& in) {
                  return ops::scan(grows, in[0], {}, {.length = 2}).carry.leaves();
                };
                (compiled ? ops::jit(f) : f)({one});
              }).find("scan: the carry must stay of one shape, got () and (2,)"),
              std::string::npos);
}

}  // namespace
}  // namespace cornu
