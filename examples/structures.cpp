// Models that are more than a stack: named inputs and outputs, layers that are shared, features from the middle, a
// recurrence, masks, and clones. The same as programs in Python: examples/python/named_inputs_outputs.py,
// siamese_pair.py, feature_extraction.py, scan_recurrence.py, masked_sequences.py, clone_and_transfer.py.
#include <cornu/cornu.h>

#include <cstdio>
#include <random>

using namespace cornu;

namespace {

/// Normal numbers, the same in each run.
Tensor normal(const Shape& shape, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> draw;
  std::vector<float> values(static_cast<size_t>(shape.size()));
  for (float& v : values) v = draw(random);
  return Tensor(shape, values);
}

Tensor column(const Tensor& x, int64_t i) { return ops::slice(x, 1, i, i + 1); }
double mean_gap(const Tensor& a, const Tensor& b) { return ops::mean(ops::abs(a - b)).item(); }
bool same(const Tensor& a, const Tensor& b) { return a.to_doubles() == b.to_doubles(); }

bool named_inputs_and_outputs() {
  const Tensor house = Input({5}), area = Input({3});
  const Tensor both =
      Concatenate()({Dense(16, {.activation = "relu"})(house), Dense(8, {.activation = "relu"})(area)}).leaf();
  const Tensor trunk = Dense(16, {.activation = "tanh"})(both);
  Model model({{"house", house}, {"area", area}},
              {{"price", Dense(1, {.name = "price"})(trunk)},
               {"fast", Dense(1, {.activation = "sigmoid", .name = "fast"})(trunk)}});
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}),
                 .loss = Tree<Loss>::named({{"price", "mse"}, {"fast", "binary_crossentropy"}}),
                 .loss_weights = Tree<double>::named({{"price", 1.0}, {"fast", 0.5}}),
                 .metrics = Tree<MetricSpec>::named({{"price", "mae"}, {"fast", "accuracy"}})});
  const Tensor h = normal({400, 5}, 1), a = normal({400, 3}, 2);
  const Tensor price = column(h, 0) - 0.5 * column(h, 1) + column(a, 0);
  const Tensor fast = ops::cast(column(a, 1) - 0.3 * column(h, 2) > 0.0, DType::f32);
  const Tree<Tensor> x = {{"house", h}, {"area", a}}, y = {{"price", price}, {"fast", fast}};
  const History history = model.fit(x, y, {.epochs = 10, .verbose = 0, .seed = 1});
  const Logs scores = model.evaluate(x, y);
  std::printf("two inputs, two outputs: loss %.4f, at the end %.4f; mae of the price %.4f, accuracy %.3f\n",
              history["loss"].front(), history["loss"].back(), scores["price_mae"], scores["fast_accuracy"]);
  const Tree<Tensor> answers = model.predict(x);
  return mean_gap(answers["price"].leaf(), price) < 0.4 && scores["fast_accuracy"] > 0.8;
}

/// One tower reads both of a pair, and its output can be had alone.
bool shared_layers() {
  const Tensor left = Input({10}), right = Input({10});
  Sequential tower{Input({10}), Dense(20, {.activation = "tanh"}), Dense(6, {.name = "code"})};
  const Tensor apart = Subtract()({tower(left), tower(right)}).leaf();
  Model model({left, right}, Dense(1, {.activation = "sigmoid"})(ops::abs(apart)));
  model.compile({.optimizer = optimizers::RMSprop({.learning_rate = 0.005}),
                 .loss = "binary_crossentropy",
                 .metrics = {"accuracy"}});
  const Tensor a = normal({600, 10}, 3);
  const Tensor equal = ops::cast(column(normal({600, 1}, 4), 0) > 0.0, DType::f32);
  const Tensor b = a * equal + normal({600, 10}, 5) * (1.0 - equal) + 0.3 * normal({600, 10}, 6);
  const History history = model.fit({a, b}, equal, {.batch_size = 50, .epochs = 15, .verbose = 0, .seed = 2});
  std::printf("a pair: accuracy %.3f, at the end %.3f; %lld numbers, %lld of them in the tower\n",
              history["accuracy"].front(), history["accuracy"].back(), static_cast<long long>(model.count_params()),
              static_cast<long long>(tower.count_params()));
  const Tensor there = model.predict({a, b}).leaf(), back = model.predict({b, a}).leaf();
  return same(there, back) && tower.predict(a).shape() == Shape({600, 6}) && history["accuracy"].back() > 0.7;
}

/// A second model ends at a hidden layer; a clone of the first gets its weights and another end.
bool features_and_clones() {
  const Tensor inputs = Input({7});
  const Tensor hidden = Dense(16, {.activation = "tanh", .name = "hidden"})(inputs);
  Model model(inputs, Dense(2, {.name = "answer"})(hidden));
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}), .loss = "mse"});
  const Tensor x = normal({400, 7}, 7);
  const Tensor y = ops::concatenate({ops::tanh(column(x, 0) * column(x, 1)), ops::tanh(column(x, 2))});
  const History before = model.fit(x, y, {.epochs = 8, .verbose = 0, .seed = 3});

  Model encoder(model.inputs(), model.get_layer("hidden").output());
  const Tensor features = encoder.predict(x);
  Model second = clone_model(model, {.clone_function = [](const Layer& layer) {
                               if (layer.name() == "answer")
                                 return Layer(Dense(1, {.activation = "sigmoid", .name = "sign"}));
                               return Layer(make_configurable<LayerImpl>(serialize(layer.impl().get())));
                             }});
  std::vector<Tensor> weights = second.get_weights();
  const std::vector<Tensor> learnt = model.get_weights();
  for (size_t i = 0; i < weights.size(); ++i)
    if (weights[i].shape() == learnt[i].shape()) weights[i] = learnt[i];
  second.set_weights(weights);
  second.get_layer("hidden").set_trainable(false);
  second.compile(
      {.optimizer = optimizers::Adam({.learning_rate = 0.02}), .loss = "binary_crossentropy", .metrics = {"accuracy"}});
  const History after =
      second.fit(x, ops::cast(column(y, 1) > column(y, 0), DType::f32), {.epochs = 8, .verbose = 0, .seed = 4});
  std::printf("features %lld by %lld; loss %.4f, at the end %.4f; a clone on frozen features: accuracy %.3f\n",
              static_cast<long long>(features.shape()[0]), static_cast<long long>(features.shape()[1]),
              before["loss"].front(), before["loss"].back(), after["accuracy"].back());
  Model still(second.inputs(), second.get_layer("hidden").output());
  second.save("structures.keras");
  return same(still.predict(x), features) && same(load_model("structures.keras").predict(x), second.predict(x));
}

/// state = tanh(x W + state U), along the second axis; gives the last state.
struct MemoryConfig {
  int64_t units = 8;
  CORNU_LAYER_FIELDS;
};

}  // namespace

template <>
struct cornu::Describe<MemoryConfig> {
  static constexpr auto fields =
      std::tuple_cat(layer_fields<MemoryConfig>(), std::tuple{field("units", &MemoryConfig::units)});
};

namespace {

struct MemoryLayer final : WithLayerConfig<MemoryLayer, MemoryConfig> {
  static constexpr const char* kName = "Memory";
  using WithLayerConfig::WithLayerConfig;
  Variable kernel, recurrent;
  void build(const Shape& in) override {
    kernel = add_weight("kernel", {in[-1], config.units}, "glorot_uniform");
    recurrent = add_weight("recurrent", {config.units, config.units}, "orthogonal");
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    const Tensor projected = ops::transpose(ops::matmul(x, kernel), {1, 0, 2});  // time goes first
    const Tensor start = ops::zeros_like(ops::sum(projected, {0}));
    const auto step = [&](const Tree<Tensor>& state, const Tree<Tensor>& now) -> ops::ScanStep {
      const Tensor next = ops::tanh(now.leaf() + ops::matmul(state.leaf(), recurrent));
      return {next, {}};
    };
    return ops::scan(step, start, projected).carry.leaf();
  }
};

bool recurrence() {
  Sequential model{Input({12, 2}), make_layer<MemoryLayer>({.units = 10}, here()), Dense(1)};
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}), .loss = "mse"});
  const Tensor x = normal({300, 12, 2}, 8);
  const Tensor y = ops::expand_dims(0.3 * ops::sum(x, {1, 2}), -1);
  const History history = model.fit(x, y, {.epochs = 20, .verbose = 0, .seed = 5});
  std::printf("a recurrence: loss %.4f, at the end %.4f\n", history["loss"].front(), history["loss"].back());
  return history["loss"].back() < 0.3 * history["loss"].front();
}

/// The mean of the steps that the mask keeps; for what follows there is no mask.
struct AverageConfig {
  CORNU_LAYER_FIELDS;
};

}  // namespace

template <>
struct cornu::Describe<AverageConfig> {
  static constexpr auto fields = layer_fields<AverageConfig>();
};

namespace {

struct MaskedAverage final : WithLayerConfig<MaskedAverage, AverageConfig> {
  static constexpr const char* kName = "MaskedAverage";
  using WithLayerConfig::WithLayerConfig;
  Tensor call(const Tensor& x, const CallContext& context) override {
    if (!context.mask.defined()) return ops::mean(x, {1});
    const Tensor kept = ops::expand_dims(ops::cast(context.mask, DType::f32), -1);
    return ops::sum(x * kept, {1}) / ops::sum(kept, {1});
  }
};

bool masks() {
  const int64_t rows = 400, length = 9;
  std::mt19937 random(9);
  std::vector<int32_t> tokens(static_cast<size_t>(rows * length));
  std::vector<float> good(static_cast<size_t>(rows));
  for (int64_t r = 0; r < rows; ++r) {
    int score = 0;
    const int64_t words = 2 + static_cast<int64_t>(random() % (length - 1));
    for (int64_t i = 0; i < words; ++i) {
      const int32_t word = 1 + static_cast<int32_t>(random() % 20);
      tokens[static_cast<size_t>(r * length + i)] = word;
      score += word <= 5 ? 1 : word > 15 ? -1 : 0;
    }
    good[static_cast<size_t>(r)] = score > 0;
  }
  Sequential model{Input({length}, DType::i32), Embedding(21, 8, {.mask_zero = true}),
                   make_layer<MaskedAverage>({}, here()), Dense(1, {.activation = "sigmoid"})};
  model.compile(
      {.optimizer = optimizers::Adam({.learning_rate = 0.02}), .loss = "binary_crossentropy", .metrics = {"accuracy"}});
  const History history =
      model.fit(Tensor({rows, length}, tokens), Tensor({rows, 1}, good), {.epochs = 15, .verbose = 0, .seed = 6});
  const Tensor sentence({1, length}, std::vector<int32_t>{3, 8, 0, 0, 0, 0, 0, 0, 0});
  const Tensor moved({1, length}, std::vector<int32_t>{0, 0, 0, 3, 0, 0, 8, 0, 0});
  std::printf("words: accuracy %.3f, at the end %.3f; a sentence %.4f, with gaps %.4f\n", history["accuracy"].front(),
              history["accuracy"].back(), model.predict(sentence).item(), model.predict(moved).item());
  return history["accuracy"].back() > 0.85 && mean_gap(model.predict(sentence), model.predict(moved)) < 1e-6;
}

}  // namespace

int main() try {
  set_random_seed(1);
  bool right = true;
  for (const auto part : {named_inputs_and_outputs, shared_layers, features_and_clones, recurrence, masks})
    right = part() && right;
  return right ? 0 : 1;
} catch (const Error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
