// Optimizers: trajectories recorded from Keras, configs, and the shape of the compiled update.
#include <cornu/initializers.h>
#include <cornu/ops.h>
#include <cornu/optimizers.h>
#include <gtest/gtest.h>

#include "autodiff/gradient.h"
#include "kernels/cpu/tile_run.h"
#include "ops/emit.h"
#include "ops/fused.h"
#include "runtime/step.h"
#include "runtime/tile_text.h"

namespace cornu {
namespace {

/// A step of a small dense network, with variables of six shapes.
std::unique_ptr<Step> small_net(Optimizer& optimizer, std::vector<Variable>& vars) {
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

}  // namespace

TEST(Optimizers, AdamIsOneInstructionForAllVariables) {
  Optimizer adam = optimizers::Adam();
  std::vector<Variable> vars;
  const std::unique_ptr<Step> step = small_net(adam, vars);
  int updates = 0;
  for (const Node& n : step->graph().nodes) {
    if (!n.is("fused") || n.n_out < 6) continue;
    ++updates;
    const TileProgram& p = n.attrs.as<FusedAttrs>().program;
    EXPECT_TRUE(find_program(p)) << "programs.txt has another order of operations:\n" << print_tile(p);
  }
  EXPECT_EQ(updates, 1) << print(step->graph());
  const Tensor x = Tensor::full({10, 8}, 0.5), y = Tensor::full({10, 1}, 1);
  const double first = step->call({x, y})[0].item();
  for (int i = 0; i < 20; ++i) step->call({x, y});
  EXPECT_LT(step->call({x, y})[0].item(), first);
  if (std::getenv("CORNU_EXPLAIN")) std::printf("%s%s", step->explain(2000).c_str(), print(step->graph()).c_str());
}

}  // namespace cornu
