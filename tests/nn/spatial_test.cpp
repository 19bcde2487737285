// Networks of convolutions: bits, kernels and types that they run with.
#include <cornu/cornu.h>

#include <cmath>

#include "base/parallel.h"
#include "nn/golden.h"

namespace cornu {
namespace {

Tensor waves(const Shape& shape, double shift = 0) {
  std::vector<double> v(static_cast<size_t>(shape.size()));
  for (size_t i = 0; i < v.size(); ++i) v[i] = std::sin(2.7 * static_cast<double>(i) + shift);
  return Tensor(shape, v).to(DType::f32);
}

Sequential convnet() {
  set_random_seed(3);
  return {Input({12, 13, 2}),
          Conv2D(8, 3, {.padding = "same", .activation = "relu"}),
          MaxPooling2D(2),
          DepthwiseConv2D(3, {.padding = "same"}),
          BatchNormalization(),
          SeparableConv2D(12, 3, {.strides = 2, .padding = "same"}),
          AveragePooling2D(2, {.padding = "same"}),
          Conv2DTranspose(4, 3, {.strides = 2}),
          ZeroPadding2D(),
          Cropping2D({.cropping = {1, 0}}),
          UpSampling2D(),
          SpatialDropout2D(0.2, {.seed = 1}),
          GlobalAveragePooling2D(),
          Dense(3, {.activation = "softmax"})};
}

std::vector<std::vector<double>> trained(int threads) {
  const int before = thread_count();
  set_thread_count(threads);
  Sequential m = convnet();
  m.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
  const Tensor y = ops::cast(ops::cast(waves({37}) * 1.5 + 1.5, DType::i32), DType::f32);
  m.fit(waves({37, 12, 13, 2}), y, {.batch_size = 16, .epochs = 2, .verbose = 0, .shuffle = false});
  std::vector<std::vector<double>> out;
  for (const Tensor& w : m.get_weights()) out.push_back(w.to_doubles());
  set_thread_count(before);
  return out;
}

TEST(Spatial, TheSameBitsAtAnyNumberOfThreads) {
  const auto one = trained(1);
  for (const auto& w : one)
    for (const double v : w) ASSERT_TRUE(std::isfinite(v));
  for (const int threads : {2, 3, 8}) EXPECT_EQ(trained(threads), one) << threads;
}

TEST(Spatial, NoWindowOfAStepIsAReferenceKernels) {
  Sequential m = convnet();
  m.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
  m.train_on_batch(waves({16, 12, 13, 2}), Tensor({16}));
  const std::string text = m.explain_step();
  for (const char* op : {"conv", "conv_grad_input", "conv_grad_kernel", "max_pool", "max_pool_grad", "pad"}) {
    EXPECT_NE(text.find(std::string(op) + " ["), std::string::npos) << op << "\n" << text;
    EXPECT_EQ(text.find(std::string(op) + " [ref]"), std::string::npos) << op << "\n" << text;
  }
}

/// Halves are added up in float32, and each result is rounded once.
TEST(Spatial, HalvesRoundOnce) {
  for (const DType t : {DType::f16, DType::bf16}) {
    const Tensor x = waves({2, 5, 6, 3}).to(t), k = waves({3, 3, 3, 4}, 1).to(t), kt = waves({3, 3, 4, 3}, 1).to(t);
    const auto wide = [](const Tensor& v) { return v.to(DType::f32); };
    const auto same = [&](const Tensor& half, const Tensor& full) {
      EXPECT_EQ(half.dtype(), t);
      EXPECT_EQ(half.to_doubles(), full.to(t).to_doubles());
    };
    same(ops::conv(x, k), ops::conv(wide(x), wide(k)));
    same(ops::conv_transpose(x, kt, {.strides = {2}}), ops::conv_transpose(wide(x), wide(kt), {.strides = {2}}));
    same(ops::depthwise_conv(x, k), ops::depthwise_conv(wide(x), wide(k)));
    same(ops::max_pool(x, {2}), ops::max_pool(wide(x), {2}));
    same(ops::average_pool(x, {2}, {.padding = "same"}), ops::average_pool(wide(x), {2}, {.padding = "same"}));
  }
  for (const char* policy : {"mixed_float16", "mixed_bfloat16"}) {
    const Layer layer = Conv2D(4, 3, {.dtype = policy}), full = Conv2D(4, 3);
    const Tensor x = waves({2, 5, 6, 3});
    full(x);
    EXPECT_TRUE(is_half(layer(x).dtype()));
    full.weight("kernel").assign(layer.weight("kernel").numpy());
    EXPECT_EQ(layer.weight("kernel").dtype(), DType::f32);
    testing::expect_close(layer(x).to(DType::f32), full(x), policy, 0.02);
  }
}

TEST(Spatial, SizesThatAreNotKnown) {
  const Tensor a = Input({-1, -1, 3});
  Tensor y = Conv2D(4, 3, {.strides = 2, .padding = "same"})(a);
  EXPECT_EQ(y.shape(), Shape({-1, -1, -1, 4}));
  y = UpSampling2D()(MaxPooling2D(2, {.strides = 1})(y));
  y = Conv2DTranspose(2, 3)(Cropping2D({.cropping = {{0, 1}, {1, 0}}})(ZeroPadding2D()(y)));
  y = GroupNormalization({.groups = 2})(y);
  Model m(a, GlobalAveragePooling2D()(y));
  for (const Shape& s : {Shape{1, 9, 8, 3}, Shape{2, 6, 13, 3}})
    EXPECT_EQ(m.predict(waves(s)).shape(), Shape({s[0], 2}));
}

TEST(Spatial, TheDefaultFormatIsThatOfTheProcess) {
  EXPECT_EQ(image_data_format(), "channels_last");
  set_image_data_format("channels_first");
  EXPECT_EQ(Conv2D(4, 3)->get_config().at("data_format").as_string(), "channels_first");
  EXPECT_EQ(ops::max_pool(waves({1, 3, 4, 4}), {2}).shape(), Shape({1, 3, 2, 2}));
  set_image_data_format("channels_last");
  EXPECT_THROW(set_image_data_format("first"), ConfigError);
  EXPECT_EQ(ops::max_pool(waves({1, 4, 4, 3}), {2}).shape(), Shape({1, 2, 2, 3}));
}

/// The largest singular value of the kernel goes to 1.
TEST(Spatial, SpectralNormalizationDividesByTheLargestSingularValue) {
  const Layer dense = Dense(2, {.use_bias = false});
  const Layer layer = SpectralNormalization(dense, {.power_iterations = 50});
  const Tensor x({1, 2}, {1, 2});
  layer(x);
  EXPECT_EQ(layer->own_weights().size(), 2u);  // Keras' files hold the kernel here, too
  EXPECT_EQ(Sequential({Input({2}), layer}).weights().size(), 2u);
  dense.weight("kernel").assign(Tensor({2, 2}, {3, 0, 0, 2}));
  EXPECT_EQ(layer(x).to_doubles(), (std::vector<double>{3, 4}));  // nothing happens outside of training
  const std::vector<double> y = layer(x, true).to_doubles();
  EXPECT_NEAR(y[0], 1, 1e-5);
  EXPECT_NEAR(y[1], 4.0 / 3, 1e-5);
  EXPECT_NEAR(dense.weight("kernel").numpy().to_doubles()[0], 1, 1e-5);
  dense.weight("kernel").assign(Tensor({2, 2}));
  EXPECT_EQ(layer(x, true).to_doubles(), (std::vector<double>{0, 0}));
  const Layer without = ReLU();
  EXPECT_THROW(SpectralNormalization{without}(x), ConfigError);
}

}  // namespace
}  // namespace cornu
