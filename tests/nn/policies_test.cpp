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

TEST(Policies, FloatxIsTheTypeOfWhatIsToldNone) {
  set_dtype_policy("");
  for (const DType t : {DType::f16, DType::bf16, DType::f64}) {
    set_floatx(t);
    EXPECT_EQ(floatx(), t);
    Dense dense(2);
    const Tensor x = noise({3, 2}, 1);
    EXPECT_EQ(dense(x).dtype(), t);
    EXPECT_EQ(dense->own_weights()[0].variable.dtype(), t);
    EXPECT_EQ(dtype_policy().name, to_string(t));
    EXPECT_EQ(Tensor(Input({3})).dtype(), t);
    EXPECT_EQ(metrics::Mean()->variables()[0].dtype(), t);
    EXPECT_EQ((*losses::MeanSquaredError())(x, x).dtype(), t);
    EXPECT_EQ(Dense(2, {.dtype = "float32"})->dtype, DType::f32);
    EXPECT_EQ(Tensor({2}).dtype(), DType::f32);
    EXPECT_EQ(ops::sqrt(Tensor({1}, std::vector<int32_t>{4})).dtype(), DType::f32);
  }
  set_floatx(DType::f32);
  EXPECT_EQ(Dense(2)->dtype, DType::f32);
  EXPECT_THROW(set_floatx(DType::i32), DTypeError);
  set_dtype_policy("float32");
}

TEST(Policies, ByPathAreThoseOfTheLayerWhereItIsBuilt) {
  const DTypePolicy map("float32", {{"net/.*first", "mixed_bfloat16"}, {"net/third", "float64"}});
  Dense first(2, {.name = "first", .dtype = map}), second(2, {.name = "second", .dtype = map}),
      third(2, {.name = "third", .dtype = map});
  Sequential model({Input({3}), first, second, third}, "net");
  EXPECT_EQ(model.predict(noise({4, 3}, 2)).dtype(), DType::f64);
  EXPECT_EQ(first->dtype_policy().name, "mixed_bfloat16");
  EXPECT_EQ(second->dtype_policy().name, "float32");
  EXPECT_EQ(third->own_weights()[0].variable.dtype(), DType::f64);
  const Value form = first->get_config().at("dtype");
  EXPECT_EQ(form.at("class_name").as_string(), "DTypePolicyMap");
  EXPECT_EQ(Codec<DTypePolicy>::from_value(form), map);
  EXPECT_EQ(map.at("other").name, "float32");
  EXPECT_THROW(DTypePolicy("float32", {{"a.*", "float16"}, {".*b", "float64"}}).at("ab"), ConfigError);
  EXPECT_THROW(DTypePolicy("float32", {{"a(", "float16"}}).at("ab"), ConfigError);
}

TEST(Policies, QuantizedOnesAreNamedAndNotTaken) {
  const DTypePolicy quantized("int8_from_mixed_bfloat16");
  EXPECT_EQ(quantized.quantization_mode(), "int8");
  EXPECT_EQ(quantized.compute_dtype(), DType::bf16);
  EXPECT_EQ(quantized.variable_dtype(), DType::f32);
  const Value form = Codec<DTypePolicy>::to_value(quantized);
  EXPECT_EQ(form.at("class_name").as_string(), "QuantizedDTypePolicy");
  EXPECT_EQ(Codec<DTypePolicy>::from_value(form), quantized);
  EXPECT_EQ(DTypePolicy("float32").quantization_mode(), "");
  EXPECT_THROW(Dense(2, {.dtype = quantized}), ConfigError);
  EXPECT_THROW(DTypePolicy("int7_from_float32").compute_dtype(), DTypeError);
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
