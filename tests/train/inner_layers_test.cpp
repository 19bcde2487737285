// Layers that consist of others: what they hand on, who has their weights, and what a call knows of sizes.
#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/unknown_size.h"
#include "message_of.h"

struct PartsConfig {
  CORNU_LAYER_FIELDS;
};
template <>
struct cornu::Describe<PartsConfig> {
  static constexpr auto fields = cornu::layer_fields<PartsConfig>();
};

namespace {

using namespace cornu;
using cornu::testing::message_of;

template <class Self>
struct Parts : WithLayerConfig<Self, PartsConfig> {
  using WithLayerConfig<Self, PartsConfig>::WithLayerConfig;
};
template <class L>
Layer make() {
  return make_layer<L>({}, here());
}
Tensor numbers(const Shape& shape, int seed) {
  return ops::random_normal(Tensor({2}, std::vector<int>{seed, 0}), Tensor(shape));
}

/// x + inner(x), the layer a member.
struct Residual final : Parts<Residual> {
  static constexpr const char* kName = "Residual";
  using Parts::Parts;
  Dense inner = add_layer(Dense(4), "inner");
  Tensor call(const Tensor& x, const CallContext&) override { return x + inner(x); }
};
/// The layer is made when the width is known.
struct Square final : Parts<Square> {
  static constexpr const char* kName = "Square";
  using Parts::Parts;
  Layer inner;
  void build(const Shape& in) override { inner = add_layer(Dense(in[-1])); }
  Tensor call(const Tensor& x, const CallContext&) override { return inner(x); }
};
/// The same, with children() of its own, which is asked before there is one.
struct OldSquare final : Parts<OldSquare> {
  static constexpr const char* kName = "OldSquare";
  using Parts::Parts;
  Layer inner;
  void build(const Shape& in) override { inner = Dense(in[-1]); }
  Tensor call(const Tensor& x, const CallContext& c) override { return inner(x, c.training); }
  std::vector<std::shared_ptr<LayerImpl>> children() const override { return {inner.impl()}; }
  std::vector<std::string> child_paths() const override { return {"inner"}; }
};
struct Forgetful final : Parts<Forgetful> {
  static constexpr const char* kName = "Forgetful";
  using Parts::Parts;
  Dense inner{4, {.name = "lost"}};
  Tensor call(const Tensor& x, const CallContext&) override { return inner(x); }
};
struct Dropping final : Parts<Dropping> {
  static constexpr const char* kName = "Dropping";
  using Parts::Parts;
  Dropout drop = add_layer(Dropout(0.9));
  Tensor call(const Tensor& x, const CallContext&) override { return drop(x); }
};
struct Outer final : Parts<Outer> {
  static constexpr const char* kName = "Outer";
  using Parts::Parts;
  Layer inner = add_layer(make<Dropping>());
  Tensor call(const Tensor& x, const CallContext&) override { return inner(x); }
};
struct Mute final : Parts<Mute> {
  static constexpr const char* kName = "Mute";
  using Parts::Parts;
  Dropout drop = add_layer(Dropout(0.9));
  Tensor call(const Tensor& x, const CallContext&) override { return drop(x, {.training = false}); }
};

/// Has what another one calls.
struct Around final : Parts<Around> {
  static constexpr const char* kName = "Around";
  using Parts::Parts;
  Layer forgetful = add_layer(make<Forgetful>());
  Layer lost = add_layer(static_cast<const Forgetful&>(*forgetful).inner);
  Tensor call(const Tensor& x, const CallContext&) override { return forgetful(x); }
};
struct Twice final : Parts<Twice> {
  static constexpr const char* kName = "Twice";
  using Parts::Parts;
  void build(const Shape&) override {
    add_layer(Dense(1), "a");
    add_layer(Dense(1), "a");
  }
  Tensor call(const Tensor& x, const CallContext&) override { return x; }
};

TEST(InnerLayers, TrainAndAreSaved) {
  for (const char* kind : {"Residual", "Square", "OldSquare"}) {
    registry<LayerImpl>().add<Residual>({}, "tests");
    registry<LayerImpl>().add<Square>({}, "tests");
    registry<LayerImpl>().add<OldSquare>({}, "tests");
    const Layer layer(make_configurable<LayerImpl>(Value(kind)));
    Sequential m{Input({4}), layer, Dense(1)};
    EXPECT_EQ(m.weights().size(), 4u) << kind;
    EXPECT_EQ(m.count_params(), 25) << kind;
    m.compile({.optimizer = "sgd", .loss = "mse"});
    const Tensor x = numbers({32, 4}, 1), y = numbers({32, 1}, 2);
    // The update of each weight is the rate times the slope of the loss.
    const auto before = m.get_weights();
    const double loss = m.evaluate(x, y)["loss"];
    EXPECT_NEAR(m.fit(x, y, {.verbose = 0})["loss"][0], loss, 1e-5);
    const auto after = m.get_weights();
    for (size_t i = 0; i < before.size(); ++i) {
      const auto moved = [&](float h) {
        auto w = before;
        w[i] = w[i].clone();
        w[i].mutable_data<float>()[0] += h;
        m.set_weights(w);
        return m.evaluate(x, y)["loss"];
      };
      const double slope = (moved(0.01f) - moved(-0.01f)) / 0.02;
      const double update = before[i].to_doubles()[0] - after[i].to_doubles()[0];
      EXPECT_NEAR(update, 0.01 * slope, 2e-6) << kind << " " << i;
      EXPECT_NE(update, 0) << kind << " " << i;
    }
    m.set_weights(after);
    EXPECT_EQ(load_model_bytes(save_model_bytes(m)).predict(x).to_doubles(), m.predict(x).to_doubles()) << kind;
    layer.set_trainable(false);
    EXPECT_EQ(m.trainable_weights().size(), 2u) << kind;
  }
}

TEST(InnerLayers, AreRefusedIfNobodyHasThem) {
  const std::string said = message_of([] { Sequential m{Input({4}), make<Forgetful>()}; });
  EXPECT_NE(said.find("Forgetful 'forgetful"), std::string::npos) << said;
  EXPECT_NE(said.find("Dense 'lost'"), std::string::npos) << said;
  EXPECT_NE(said.find("add_layer"), std::string::npos) << said;
  EXPECT_THROW(make<Forgetful>()(Tensor({1, 4})), CallError);
  // A model around both may have it instead: then it trains and is saved.
  EXPECT_EQ(make<Around>()(Tensor({1, 4})).shape(), (Shape{1, 4}));
}

TEST(InnerLayers, AddLayerSaysWhatDoesNotFit) {
  const Layer twice = make<Twice>();
  EXPECT_THROW(twice(Tensor({1, 1})), ConfigError);
  EXPECT_TRUE(twice->children().empty());  // nothing is left of a build that failed
}

TEST(InnerLayers, TrainWhereTheLayerAroundThemDoes) {
  const Tensor x = Tensor::full({1, 64}, 1);
  const auto ones = x.to_doubles();
  for (const Layer& layer : {make<Dropping>(), make<Outer>()}) {
    EXPECT_NE(layer(x, true).to_doubles(), ones);
    EXPECT_EQ(layer(x).to_doubles(), ones);
    EXPECT_EQ(layer(x, false).to_doubles(), ones);
    EXPECT_NE(layer(x, {.training = true}).to_doubles(), ones);
  }
  EXPECT_EQ(make<Mute>()(x, true).to_doubles(), ones);  // what is said holds
  Sequential m{Input({64}), make<Outer>(), Dense(1, {.kernel_initializer = "ones"})};
  EXPECT_EQ(m(x).item(), 64);
  EXPECT_NE(m(x, true).item(), 64);
  EXPECT_EQ(m.predict(x).item(), 64);
}

/// x divided by the number of rows, by ways that a program may take.
struct PerRow final : Parts<PerRow> {
  static constexpr const char* kName = "PerRow";
  using Parts::Parts;
  int way = 0;
  Tensor call(const Tensor& x, const CallContext&) override {
    const Shape& s = x.shape();
    Shape copy = x.shape();
    switch (way) {
      case 0:
        return x / static_cast<double>(x.shape()[0]);
      case 1:
        return x / static_cast<double>(x.size());
      case 2:
        return x / static_cast<double>(s[0]);
      case 3:
        return x / static_cast<double>(copy[0]);
      case 4: {
        int64_t n = 1;
        for (const int64_t d : x.shape()) n *= d;
        return x / static_cast<double>(n);
      }
      default:
        return ops::reshape(x, {x.shape().dim(0), 1}) / ops::dim(x, {0});
    }
  }
};

TEST(InnerLayers, SizesAreNumbersOnceTheyAreKnown) {
  for (int way = 0; way < 6; ++way) {
    const auto impl = std::make_shared<PerRow>(PartsConfig{});
    impl->way = way;
    Sequential m{Input({1}), Layer(impl)};
    EXPECT_EQ(m.predict(Tensor({2, 1}, {1, 1})).to_doubles(), (std::vector<double>{0.5, 0.5})) << way;
    EXPECT_EQ(m.predict(Tensor::full({4, 1}, 1)).to_doubles(), std::vector<double>(4, 0.25)) << way;
    // Batches of 2, 2 and 1.
    EXPECT_EQ(m.predict(Tensor::full({5, 1}, 1), {.batch_size = 2}).to_doubles(),
              (std::vector<double>{0.5, 0.5, 0.5, 0.5, 1}))
        << way;
  }
}

/// A step that asks for a size serves one size of batch only: nothing of the library may.
TEST(InnerLayers, OursAskForNoUnknownSizes) {
  const Tensor x = numbers({20, 3, 4}, 1), y = Tensor::full({20, 1}, 1);
  const uint64_t before = unknown_sizes_asked();
  for (const char* loss : {"mse", "binary_crossentropy", "categorical_hinge", "huber"}) {
    Sequential m{Input({3, 4}),
                 Masking(),
                 LayerNormalization(),
                 Dense(4, {.activation = "softmax", .kernel_regularizer = "l2", .activity_regularizer = "l1"}),
                 Dropout(0.5),
                 GaussianNoise(0.1),
                 Reshape({2, 6}),
                 Permute({2, 1}),
                 Flatten(),
                 BatchNormalization(),
                 RepeatVector(2),
                 Flatten(),
                 Dense(1, {.activation = "sigmoid"})};
    m.compile({.optimizer = "adam",
               .loss = loss,
               .metrics = {"accuracy", "auc", "precision", "recall", "r2_score", "mae", "cosine_similarity"},
               .weighted_metrics = {"mse"}});
    m.fit(x, y, {.batch_size = 8, .verbose = 0, .validation_data = {x, y}, .sample_weight = Tensor::full({20}, 1)});
    m.predict(x, {.batch_size = 7});
  }
  EXPECT_EQ(unknown_sizes_asked(), before);
}

TEST(InnerLayers, UnknownSizesAreNoNumbers) {
  const Shape s{-1, 4};
  EXPECT_EQ(s.dim(0), -1);
  EXPECT_EQ(s.elements(), -1);
  EXPECT_EQ(s[1], 4);
  EXPECT_EQ(s.raw()[0], -1);
  EXPECT_NE(message_of([&] { (void)(s[0] * 2); }).find("axis 0 of (None, 4) is not known"), std::string::npos);
  EXPECT_THROW((void)s.size(), ShapeError);
  EXPECT_THROW((void)std::vector<int64_t>(s.begin(), s.end()), ShapeError);
  Shape written = s;
  written[0] = 3;
  EXPECT_EQ(written.size(), 12);
  EXPECT_EQ(written[-1] + 0, 4);
}

}  // namespace
