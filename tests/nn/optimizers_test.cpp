// Optimizers: trajectories recorded from Keras, configs, and the shape of the compiled update.
#include <cornu/initializers.h>
#include <cornu/ops.h>
#include <cornu/optimizers.h>
#include <cornu/regularizers.h>

#include "autodiff/gradient.h"
#include "double_network.h"
#include "kernels/cpu/tile_run.h"
#include "nn/golden.h"
#include "nn/optimizers/family.h"
#include "ops/emit.h"
#include "ops/fused.h"
#include "runtime/step.h"
#include "runtime/tile_text.h"

namespace cornu {
namespace {

/// A step of a small dense network, with variables of six shapes.
std::unique_ptr<Step> small_net(Optimizer& optimizer, std::vector<Variable>& vars) {
  set_random_seed(5);
  const Initializer start = "glorot_uniform";
  const int64_t dims[] = {8, 10, 8, 1};
  for (int l = 0; l < 3; ++l) {
    vars.emplace_back(start->call({dims[l], dims[l + 1]}, DType::f32), "kernel");
    vars.emplace_back(Tensor({dims[l + 1]}), "bias");
  }
  optimizer->build(vars);
  Trace trace;
  const Tensor x = trace.input(DType::f32, {-1, 8}), y = trace.input(DType::f32, {-1, 1});
  Tensor h = x;
  for (size_t l = 0; l < vars.size(); l += 2) {
    h = ops::matmul(h, vars[l]) + vars[l + 1].value();
    if (l + 2 < vars.size()) h = ops::relu(h);
  }
  const Tensor loss = ops::mean(ops::square(h - y));
  std::vector<Tensor> values;
  for (const Variable& v : vars) values.push_back(v.value());
  optimizer->apply(gradients(loss, values));
  return std::make_unique<Step>(trace.finish({loss}),
                                std::vector<TypeShape>{{DType::f32, {10, 8}}, {DType::f32, {10, 1}}});
}

/// Twenty steps with the recorded gradients; compiled, or one operation at a time.
void follow(const Value& file, const Value& c, bool compiled) {
  const std::string what = cornu::testing::title(c) + (compiled ? "" : " at once");
  const DType dtype = dtype_from_string(c.at("dtype").as_string());
  Optimizer optimizer(make_configurable<OptimizerImpl>(c.at("config")));
  Variable kernel(cornu::testing::golden_tensor(file.at("initial").at("kernel")).to(dtype), "kernel");
  Variable bias(cornu::testing::golden_tensor(file.at("initial").at("bias")).to(dtype), "bias");
  const Tensor kernels = cornu::testing::golden_tensor(file.at("gradients").at("kernel")).to(dtype);
  const Tensor biases = cornu::testing::golden_tensor(file.at("gradients").at("bias")).to(dtype);
  if (const Value* excluded = c.find("excluded_from_weight_decay"); excluded && !excluded->is_null())
    optimizer->exclude_from_weight_decay({}, Codec<std::vector<std::string>>::from_value(*excluded));
  if (const Value* k = c.find("kernel_constraint"))
    kernel.set_constraint(
        [constraint = make_configurable<ConstraintImpl>(*k)](const Tensor& w) { return constraint->call(w); });
  optimizer->build({kernel, bias});
  const auto one_step = [&](const std::vector<Tensor>& g) { optimizer->apply(g); };
  std::unique_ptr<Step> step;
  if (compiled) {
    Trace trace;
    one_step({trace.input(dtype, {3, 4}), trace.input(dtype, {4})});
    step = std::make_unique<Step>(trace.finish({}), std::vector<TypeShape>{{dtype, {3, 4}}, {dtype, {4}}});
  }
  const auto nonfinite = c.find("nonfinite_step") ? c.at("nonfinite_step").as_int() : 0;
  for (int64_t n = 1; n <= 20; ++n) {
    Tensor gk = kernels.rows(n - 1, n).reshaped({3, 4}).clone();
    const Tensor gb = biases.rows(n - 1, n).reshaped({4}).clone();
    if (n == nonfinite) gk = ops::where(gk == gk.rows(0, 1), gk * INFINITY, gk);
    if (step)
      step->call({gk, gb});
    else
      one_step({gk, gb});
    const Value& outputs = c.at("outputs");
    if (!outputs.has(text("kernel_{}", n))) continue;
    cornu::testing::expect_close(kernel.numpy(), cornu::testing::golden_tensor(outputs.at(text("kernel_{}", n))),
                                 what + text(" kernel {}", n));
    cornu::testing::expect_close(bias.numpy(), cornu::testing::golden_tensor(outputs.at(text("bias_{}", n))),
                                 what + text(" bias {}", n));
  }
  cornu::testing::expect_close(Tensor::scalar(optimizer->with_rates()[0]->learning_rate()),
                               cornu::testing::golden_tensor(c.at("outputs").at("learning_rate")),
                               what + " learning_rate");
  const Value::Array& state = c.at("state").as_array();
  ASSERT_EQ(optimizer->variables().size(), state.size()) << what;
  for (size_t i = 0; i < state.size(); ++i) {
    const Variable& v = optimizer->variables()[i];
    const std::string path = state[i].at("path").as_string();
    if (!path.starts_with("variable")) {  // Keras numbers those it has no name for
      EXPECT_EQ(v.name(), state[i].at("name").as_string()) << what;
      EXPECT_EQ(v.path(), path) << what;
    }
    cornu::testing::expect_close(v.numpy(), cornu::testing::golden_tensor(state[i]), what + " " + v.path());
  }
  cornu::testing::expect_same_config(serialize<OptimizerImpl>(optimizer.impl().get()), c.at("config"), what, true);
  optimizer->finalize_variable_values();
  const bool ended = c.at("outputs").has("kernel_final");
  cornu::testing::expect_close(kernel.numpy(),
                               cornu::testing::golden_tensor(c.at("outputs").at(ended ? "kernel_final" : "kernel_20")),
                               what + " final kernel");
}

}  // namespace

TEST(Optimizers, FollowThePathsOfKeras) {
  const Value file = cornu::testing::golden_family("optimizers");
  cornu::testing::Tally tally("optimizers");
  for (const Value& c : file.at("cases").as_array()) {
    const std::string kind = c.at("config").at("class_name").as_string();
    if (!registry<OptimizerImpl>().find(kind)) {
      tally.skipped.push_back(cornu::testing::title(c) + ": " + kind + " is not implemented");
      continue;
    }
    follow(file, c, true);
    follow(file, c, false);
    ++tally.ran;
  }
}

TEST(Optimizers, EachUpdatesAllVariablesInOneInstruction) {
  for (const char* name :
       {"adam", "sgd", "momentum", "rmsprop", "adagrad", "adadelta", "adamw", "nadam", "adamax", "lion"}) {
    const bool momentum = std::string(name) == "momentum";
    Optimizer optimizer = momentum ? Optimizer(optimizers::SGD({.momentum = 0.9})) : Optimizer(name);
    std::vector<Variable> vars;
    const std::unique_ptr<Step> step = small_net(optimizer, vars);
    const bool ahead =
        momentum || std::string(" sgd rmsprop adam adamw ").find(" " + std::string(name) + " ") != std::string::npos;
    int updates = 0;
    for (const Node& n : step->graph().nodes) {
      if (!n.is("fused") || n.n_out < 6) continue;
      ++updates;
      const TileProgram& p = n.attrs.as<FusedAttrs>().program;
      EXPECT_EQ(find_program(p) != nullptr, ahead) << name << ": programs.txt has another order\n" << print_tile(p);
    }
    EXPECT_EQ(updates, 1) << name << "\n" << print(step->graph());
    if (!std::getenv("CORNU_EXPLAIN")) continue;
    step->call({Tensor({10, 8}), Tensor({10, 1})});
    std::istringstream lines(step->explain(2000));
    std::printf("%s\n", name);
    for (std::string line; std::getline(lines, line);)
      if (line.find("'") != std::string::npos || line.find("[tile]") != std::string::npos)
        std::printf("  %.100s\n", line.c_str());
  }
}

TEST(Optimizers, BiasCorrectionIsAccurateAtAnyStep) {
  for (const float beta : {0.9f, 0.999f, 0.9999f})
    for (double t = 1; t <= 1e6; t = std::floor(t * 1.7) + 1) {
      const double want = -std::expm1(t * std::log(static_cast<double>(beta)));
      EXPECT_NEAR(one_minus_power(beta, Tensor::scalar(t)).item(), want, 3e-7 * want) << beta << " " << t;
    }
}

/// In a compiled step each makes of the gradients, which are worked out in double here, what it makes of them by
/// itself.
TEST(Optimizers, UpdateASmallNetworkByItsGradients) {
  for (const std::string& name : registry<OptimizerImpl>().names()) {
    if (name == "LossScaleOptimizer" || name == "lossscaleoptimizer" || name == "MultiOptimizer")
      continue;  // need others
    Optimizer optimizer = name, alone = name;
    std::vector<Variable> vars, others;
    const std::unique_ptr<Step> step = small_net(optimizer, vars);
    for (const Variable& v : vars) others.emplace_back(v.numpy(), v.name());
    alone->build(others);
    const Tensor seed({2}, std::vector<int32_t>{1, 0});
    const Tensor x = ops::random_uniform(seed, Tensor({10, 8}), -1, 1),
                 y = x.reshaped({80}).rows(0, 10).reshaped({10, 1});
    for (int i = 0; i < 20; ++i) {
      std::vector<Tensor> now, gradients;
      for (const Variable& v : vars) now.push_back(v.numpy());
      const testing::DoubleNetwork right(now, {"relu", "relu", "linear"});
      std::vector<std::vector<double>> g;
      const double loss = right.loss(x, y, &g);
      for (size_t k = 0; k < g.size(); ++k) {
        gradients.push_back(Tensor(vars[k].shape(), g[k]).to(DType::f32));
        others[k].assign(now[k]);
      }
      EXPECT_NEAR(step->call({x, y})[0].item(), loss, 1e-5 * loss) << name << " " << i;
      alone->apply(gradients);
      for (size_t k = 0; k < vars.size(); ++k) {
        const std::vector<double> update = (vars[k].numpy() - now[k]).to_doubles();
        const std::vector<double> wanted = (others[k].numpy() - now[k]).to_doubles();
        const double most = std::abs(*std::max_element(wanted.begin(), wanted.end(),
                                                       [](double a, double b) { return std::abs(a) < std::abs(b); }));
        for (size_t e = 0; e < wanted.size(); ++e)
          ASSERT_NEAR(update[e], wanted[e], 2e-3 * most + 6e-8) << name << " step " << i << " " << k << " " << e;
      }
    }
  }
}

TEST(Optimizers, RatesAndMistakes) {
  optimizers::SGD sgd({.learning_rate = 0.5});
  Variable w(Tensor({2}, {1, 2}), "w");
  EXPECT_THROW(sgd->apply({Tensor({2})}), CallError);
  sgd->set_learning_rate(0.25);
  sgd->build({w});
  EXPECT_EQ(sgd->learning_rate(), 0.25);
  sgd->apply({Tensor({2}, {1, 1})});
  EXPECT_EQ(w.numpy().to_doubles(), (std::vector<double>{0.75, 1.75}));
  sgd->set_learning_rate(1);
  sgd->apply({Tensor({2}, {1, 1})});
  EXPECT_EQ(w.numpy().to_doubles(), (std::vector<double>{-0.25, 0.75}));
  EXPECT_EQ(sgd->iterations(), 2);
  EXPECT_EQ(sgd->get_config().at("learning_rate").as_double(), 1);
  EXPECT_THROW(sgd->apply({Tensor()}), CallError);
  EXPECT_THROW(sgd->apply({}), CallError);
  EXPECT_THROW(sgd->exclude_from_weight_decay({w}), CallError);
  const schedules::ExponentialDecay decay({.initial_learning_rate = 1, .decay_steps = 1, .decay_rate = 0.5});
  optimizers::Adam scheduled({.learning_rate = decay});
  EXPECT_THROW(scheduled->set_learning_rate(1), CallError);
  scheduled->build({w});
  EXPECT_EQ(scheduled->variables().size(), 3u);
  scheduled->apply({Tensor({2}, {1, 1})});
  EXPECT_NEAR(scheduled->learning_rate(), 0.5, 1e-7);
  EXPECT_THROW(optimizers::SGD({.clipnorm = 1, .clipvalue = 1})->build({w}), ConfigError);
  EXPECT_THROW(optimizers::SGD({.gradient_accumulation_steps = 1})->build({w}), ConfigError);
  EXPECT_THROW(Optimizer("adma"), ConfigError);
}

TEST(Optimizers, AnUndefinedGradientLeavesItsVariableAlone) {
  Variable a(Tensor({1}, {1}), "a"), b(Tensor({1}, {1}), "b");
  optimizers::AdamW adam({.global_clipnorm = 1});
  adam->build({a, b});
  adam->apply({Tensor(), Tensor({1}, {3})});
  EXPECT_EQ(a.numpy().item(), 1);
  // The norm of 3 is cut to 1, of which the first step of Adam makes the rate; the decay is rate * 0.004.
  EXPECT_NEAR(b.numpy().item(), 1 - 0.001 - 0.001 * 0.004, 2e-7);
}

}  // namespace cornu
