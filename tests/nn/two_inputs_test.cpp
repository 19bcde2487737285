// What docs/adding_a_layer.md says: a layer of two inputs, used, trained, saved and loaded.
#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include "own_path.h"

struct BlendConfig {
  double start = 0.5;  ///< The share of the first input before training.
  CORNU_LAYER_FIELDS;
};
template <>
struct cornu::Describe<BlendConfig> {
  using T = BlendConfig;
  static constexpr auto fields = std::tuple_cat(layer_fields<T>(), std::tuple{field("start", &T::start)});
};

namespace {

using namespace cornu;

/// a * share + b * (1 - share), of a list of two tensors; the share is trained.
struct BlendLayer final : WithLayerConfig<BlendLayer, BlendConfig> {
  static constexpr const char* kName = "Blend";
  using WithLayerConfig::WithLayerConfig;
  Variable share;
  void build_inputs(const Tree<Shape>& inputs) override {
    require(inputs.is_list() && inputs.size() == 2, "needs a list of 2 tensors, got {}",
            to_string(inputs.kind(), inputs.size()));
    share = add_weight("share", {}, initializers::Constant({.value = config.start}));
  }
  Tree<Tensor> call_inputs(const Tree<Tensor>& inputs, const CallContext&) override {
    const Tensor s = share.value();
    return inputs[0].leaf() * s + inputs[1].leaf() * (ops::like_scalar(1, s) - s);
  }
};
struct Blend : Layer {
  explicit Blend(BlendConfig config = {}, CallSite at = here())
      : Layer(make_layer<BlendLayer>(std::move(config), at)) {}
};

}  // namespace

TEST(TwoInputs, AreUsedTrainedAndSaved) {
  registry<LayerImpl>().add<BlendLayer>({}, "mine");
  const Tensor a = Input({2}), b = Input({2});
  const Layer blend = Blend({.start = 0.25});
  Model model({a, b}, blend({a, b}));
  const Tensor x({1, 2}, {4, 8}), z({1, 2}, {0, 4}), y({1, 2}, {4, 8});
  EXPECT_EQ(model.predict({x, z}).leaf().to_doubles(), (std::vector<double>{1, 5}));
  // d/ds of the mean of (x s + z (1 - s) - y)^2 is the mean of 2 (p - y) (x - z): here -24, so that s = 0.25 + 0.24.
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.01}), .loss = "mse"});
  model.fit({x, z}, y, {.verbose = 0});
  EXPECT_NEAR(blend.weight("share").numpy().item(), 0.49, 1e-6);
  const std::string path = cornu::testing::own_path("two_inputs.keras");
  model.save(path);
  EXPECT_EQ(load_model(path).predict({x, z}).leaf().to_doubles(), model.predict({x, z}).leaf().to_doubles());
  EXPECT_THROW(blend(x), Error);
}
