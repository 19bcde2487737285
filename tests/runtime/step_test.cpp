// Compiled steps: an entire training step against the same arithmetic in double precision.
#include "runtime/step.h"

#include <cornu/ops.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "autodiff/gradient.h"
#include "base/interrupt.h"
#include "double_network.h"

namespace cornu {
namespace {

Tensor random_tensor(const Shape& shape, unsigned seed, float scale = 1) {
  std::mt19937 gen(seed);
  std::uniform_real_distribution<float> u(-scale, scale);
  Tensor t(shape);
  for (float& x : t.mutable_data<float>()) x = u(gen);
  return t;
}

struct Mlp {
  std::vector<Variable> w, b, m, v;
  Variable t{Tensor::scalar(0), "t"};
};

/// Two hidden layers of relu, sigmoid, binary cross-entropy, Adam.
Graph trace_training(Mlp& net) {
  Trace trace;
  const Tensor x = trace.input(DType::f32, {-1, 8}), y = trace.input(DType::f32, {-1, 1});
  Tensor h = x;
  for (size_t l = 0; l < net.w.size(); ++l) {
    h = ops::matmul(h, net.w[l]) + net.b[l].value();
    h = l + 1 < net.w.size() ? ops::relu(h) : ops::sigmoid(h);
  }
  const Tensor p = ops::clip(h, 1e-7, 1 - 1e-7);
  const Tensor loss = ops::mean(-(y * ops::log(p) + (1.0 - y) * ops::log(1.0 - p)));
  const Tensor accuracy = ops::mean(ops::cast(ops::equal(ops::cast(h > 0.5, DType::f32), y), DType::f32));
  Tensors params;
  std::vector<Variable> vars;
  for (size_t l = 0; l < net.w.size(); ++l) vars.push_back(net.w[l]), vars.push_back(net.b[l]);
  for (Variable& v : vars) params.push_back(v.value());
  const Tensors g = gradients(loss, params);
  net.t.assign(net.t.value() + 1.0);
  const Tensor t = net.t.value();
  const Tensor alpha =
      1e-3 * ops::sqrt(1.0 - ops::power(Tensor::scalar(0.999), t)) / (1.0 - ops::power(Tensor::scalar(0.9), t));
  for (size_t i = 0; i < vars.size(); ++i) {
    Variable &m = net.m[i], &v = net.v[i];
    m.assign(m.value() + (g[i] - m.value()) * 0.1);
    v.assign(v.value() + (ops::square(g[i]) - v.value()) * 0.001);
    vars[i].assign(vars[i].value() - m.value() * alpha / (ops::sqrt(v.value()) + 1e-7));
  }
  return trace.finish({loss, accuracy});
}

Mlp new_mlp() {
  Mlp net;
  const int dims[] = {8, 10, 8, 1};
  for (int l = 0; l < 3; ++l) {
    net.w.emplace_back(random_tensor({dims[l], dims[l + 1]}, 7u + static_cast<unsigned>(l), 0.5f), "kernel");
    net.b.emplace_back(Tensor({dims[l + 1]}), "bias");
    for (const Variable& p : {net.w.back(), net.b.back()}) {
      net.m.emplace_back(Tensor(p.shape()), "m");
      net.v.emplace_back(Tensor(p.shape()), "v");
    }
  }
  return net;
}

Tensor rows() { return random_tensor({10, 8}, 1); }
Tensor labels() {
  Tensor y({10, 1});
  for (size_t i = 0; i < 10; ++i) y.mutable_data<float>()[i] = static_cast<float>(i % 2);
  return y;
}

std::vector<double> losses(const CompileOptions& options, int steps, std::string* explain = nullptr) {
  Mlp net = new_mlp();
  Step step(trace_training(net), {{DType::f32, {10, 8}}, {DType::f32, {10, 1}}}, options);
  std::vector<double> out;
  for (int i = 0; i < steps; ++i) out.push_back(step.call({rows(), labels()})[0].item());
  if (explain) *explain = step.explain(2000) + print(step.graph());
  return out;
}

TEST(Step, OneValueReadAlongRowsAndColumns) {
  const Tensor x({3}, {1, 2, 4});
  for (const bool fuse : {true, false}) {
    Trace trace;
    const Tensor in = trace.input(DType::f32, {3});
    const Graph g = trace.finish({ops::expand_dims(in, 1) - ops::expand_dims(in, 0)});
    Step step(g, {{DType::f32, Shape{3}}}, CompileOptions{.fuse = fuse});
    EXPECT_EQ(step.call({x})[0].to_doubles(), (std::vector<double>{0, -1, -3, 1, 0, -2, 3, 2, 0})) << fuse;
  }
}

TEST(Step, EvaluateLeavesEarlierResultsAlone) {
  Trace trace;
  const Tensor in = trace.input(DType::f32, {1000});
  Step step(trace.finish({in + in}), {{DType::f32, Shape{1000}}});
  std::vector<Tensor> kept;
  for (int i = 0; i < 4; ++i) kept.push_back(step.evaluate({Tensor::full({1000}, i)}));
  for (int i = 0; i < 4; ++i)
    for (float x : kept[static_cast<size_t>(i)].data<float>()) ASSERT_EQ(x, 2 * i);
  const void* last = kept[3].raw();
  EXPECT_NE(last, kept[2].raw());
  kept.clear();
  EXPECT_EQ(step.evaluate({Tensor({1000})}).raw(), last);  // nobody holds it any more
}

TEST(Step, EvaluateCopiesFromALargeArena) {
  Trace trace;
  const Tensor in = trace.input(DType::f32, {100000});
  Step step(trace.finish({ops::sum(ops::sqrt(in) + in)}), {{DType::f32, Shape{100000}}}, CompileOptions{.fuse = false});
  const Tensor one = step.evaluate({Tensor::full({100000}, 1)}), two = step.evaluate({Tensor::full({100000}, 4)});
  EXPECT_EQ(one.item(), 200000);
  EXPECT_EQ(two.item(), 600000);
}

}  // namespace

TEST(Step, ALongProgramCanBeStoppedUntilItWritesAVariable) {
  Variable count(Tensor::scalar(0), "count");
  const auto traced = [&] {
    Trace trace;
    Tensor h = trace.input(DType::f32, {16384, 256});
    for (int i = 0; i < 20; ++i) h = ops::matmul(h, Tensor::full({256, 256}, 0.01));
    count.assign(ops::sum(h));
    return trace.finish({h});
  };
  Step step(traced(), {{DType::f32, Shape{16384, 256}}});
  ASSERT_GE(step.arena_bytes(), uint64_t{16} << 20);
  const Tensor ones = Tensor::full({16384, 256}, 1);
  step.bind(0, ones.raw());
  set_interrupt_check([] { throw std::runtime_error("stopped"); });
  EXPECT_THROW(step.replay(), std::runtime_error);
  EXPECT_EQ(count.value().item(), 0);
  set_interrupt_check({});
  step.replay();
  EXPECT_GT(count.value().item(), 0);
}

TEST(Step, TrainsTheSameFusedOrNotAndAsTheReference) {
  std::string program;
  const std::vector<double> fused = losses({}, 100, &program);
  const std::vector<double> plain = losses({.fuse = false}, 100);
  const std::vector<double> reference = losses({.only_kernels = "ref"}, 100);
  if (std::getenv("CORNU_EXPLAIN")) std::printf("%s", program.c_str());
  EXPECT_EQ(fused, plain);
  for (size_t i = 0; i < fused.size(); ++i) EXPECT_NEAR(fused[i], reference[i], 1e-5 * std::fabs(reference[i])) << i;
  const Mlp net = new_mlp();
  testing::DoubleNetwork right({net.w[0], net.b[0], net.w[1], net.b[1], net.w[2], net.b[2]},
                               {"relu", "relu", "sigmoid"}, true);
  for (size_t i = 0; i < fused.size(); ++i) EXPECT_NEAR(fused[i], right.adam(rows(), labels()), 1e-5 * fused[i]) << i;
}

TEST(Step, GradientOfGradient) {
  // f(x) = x^3: f' = 3 x^2, f'' = 6 x
  const ops::Function f = [](const Tensors& in) -> Tensors { return {ops::sum(in[0] * in[0] * in[0])}; };
  const ops::Function second =
      ops::grad([&](const Tensors& in) -> Tensors { return {ops::sum(gradients(f(in)[0], in)[0])}; });
  const Tensor x({3}, {1, 2, 3});
  EXPECT_EQ(ops::grad(f)({x})[0].to_doubles(), (std::vector<double>{3, 12, 27}));
  EXPECT_EQ(second({x})[0].to_doubles(), (std::vector<double>{6, 12, 18}));
}

}  // namespace cornu
