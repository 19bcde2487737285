// Policies in C++: what a layer computes in and what it keeps, of the process, and training with them.
#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace cornu {
namespace {

Tensor noise(const Shape& shape, unsigned seed) {
  std::mt19937 gen(seed);
  std::normal_distribution<float> n;
  Tensor t(shape);
  for (float& x : t.mutable_data<float>()) x = n(gen);
  return t;
}

TEST(Policies, ComputeInOneTypeAndKeepAnother) {
  const Tensor x = noise({5, 4}, 1);
  for (const auto& [name, half] : {std::pair{"mixed_float16", DType::f16}, {"mixed_bfloat16", DType::bf16}}) {
    Dense dense(3, {.dtype = name});
    const Tensor y = dense(x);
    EXPECT_EQ(y.dtype(), half);
    EXPECT_EQ(dense->dtype, half);
    EXPECT_EQ(dense->variable_dtype, DType::f32);
    EXPECT_EQ(dense->dtype_policy().name, name);
    for (const Weight& w : dense->own_weights()) EXPECT_EQ(w.variable.value().dtype(), DType::f32);
    // The product of what was rounded first, rounded once, and the bias.
    const Tensor kernel = ops::cast(dense->own_weights()[0].variable.value(), half),
                 bias = ops::cast(dense->own_weights()[1].variable.value(), half);
    const Tensor want = ops::matmul(ops::cast(x, half), kernel) + bias;
    EXPECT_EQ(y.to_doubles(), want.to_doubles());
  }
  EXPECT_THROW(Dense(3, {.dtype = "mixed_float15"}), Error);
}

TEST(Policies, OfTheProcess) {
  EXPECT_EQ(dtype_policy().name, "float32");
  Dense before(2);
  set_dtype_policy("mixed_bfloat16");
  Dense after(2);
  set_dtype_policy("float32");
  EXPECT_EQ(before->dtype, DType::f32);
  EXPECT_EQ(after->dtype, DType::bf16);
  EXPECT_EQ(after->variable_dtype, DType::f32);
  EXPECT_THROW(set_dtype_policy("float17"), DTypeError);
  EXPECT_EQ(dtype_policy().name, "float32");
}

TEST(Policies, MixedTrainingIsCloseToThatOfFloat32) {
  const Tensor x = noise({64, 4}, 2), y = ops::tanh(ops::sum(x, {1}, true));
  std::vector<double> losses[3];
  int at = 0;
  for (const char* name : {"float32", "mixed_float16", "mixed_bfloat16"}) {
    set_dtype_policy(name);
    Sequential model{Input({4}),
                     Dense(8, {.activation = "tanh", .kernel_initializer = initializers::GlorotUniform({.seed = 1})}),
                     Dense(1, {.kernel_initializer = initializers::GlorotUniform({.seed = 2})})};
    set_dtype_policy("float32");
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse"});
    EXPECT_EQ(model.optimizer()->class_name(), std::string(name) == "mixed_float16" ? "LossScaleOptimizer" : "SGD");
    losses[at++] = model.fit(x, y, {.batch_size = 16, .epochs = 5, .verbose = 0, .shuffle = false})["loss"];
    for (const Variable& w : model.weights()) EXPECT_EQ(w.dtype(), DType::f32);
  }
  for (size_t e = 0; e < 5; ++e) {
    EXPECT_NEAR(losses[1][e], losses[0][e], 4e-3 * losses[0][e]);
    EXPECT_NEAR(losses[2][e], losses[0][e], 3e-2 * losses[0][e]);
  }
}

}  // namespace
}  // namespace cornu
