// Layers of attention against Keras: called with arguments by name, in functional models of unknown sizes, in files.
#include <cornu/cornu.h>

#include "message_of.h"
#include "nn/golden.h"
#include "nn/model.h"
#include "nn/registry.h"
#include "own_path.h"

using namespace cornu;
using namespace cornu::testing;

namespace {

/// A recorded call: the arguments that are tensors, those that are not, and the masks of a list of inputs.
struct Call {
  std::vector<Tree<Tensor>::Field> given;
  CallOptions options;
};

Call call_of(const GoldenCase& c) {
  Call out;
  std::vector<Tree<Tensor>> list, masks;
  for (const auto& [name, t] : c.inputs) {  // by name, so that inputs_0 comes before inputs_1
    if (name == "w" || name.starts_with("weight_")) continue;
    if (name.starts_with("inputs_"))
      list.push_back(t);
    else if (!name.starts_with("mask_"))
      out.given.emplace_back(name, t);
  }
  if (!list.empty()) {
    out.given.emplace_back("inputs", list);
    for (size_t i = 0; i < 2; ++i) masks.push_back(c.input(text("mask_{}", i)));
    if (c.input("mask_0").defined() || c.input("mask_1").defined()) out.options.masks = masks;
  }
  out.options.values = c.all.at("options");
  return out;
}

Layer layer_of(const GoldenCase& c) { return Layer(make_configurable<LayerImpl>(c.config)); }

void set_weights(const Layer& layer, const GoldenCase& c) {
  const std::vector<Weight> weights = weights_of(*layer, true);
  const Value& paths = c.all.at("paths");
  ASSERT_EQ(weights.size(), paths.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    Variable v = weights[i].variable;
    EXPECT_EQ(v.path(), layer.name() + "/" + paths.at(i).as_string());
    v.assign(c.input(text("weight_{}", i)));
  }
}

Tree<Tensor> as_tree(const Layer& layer, const Call& call) {
  return detail::as_call_inputs(layer->call_parameters(), call.given);
}
Tensor first(const Tree<Tensor>& y) { return y.leaves()[0]; }

}  // namespace

TEST(Attentions, GiveWhatKerasDoes) {
  for (const GoldenCase& c : golden_cases("attention")) {
    SCOPED_TRACE(c.title());
    const Layer layer = layer_of(c);
    const Call call = call_of(c);
    const Tree<Tensor> in = as_tree(layer, call);
    (void)layer(in, call.options);
    set_weights(layer, c);
    const Tree<Tensor> y = layer(in, call.options);
    expect_close(first(y), c.output("y"), "y");
    ASSERT_EQ(y.leaf_count(), c.outputs.contains("scores") ? 2u : 1u);
    if (y.leaf_count() == 2) expect_close(y.leaves()[1], c.output("scores"), "scores");

    std::vector<Tensor> wrt;
    std::vector<std::string> names;
    for (const auto& [name, t] : c.inputs)
      if (c.outputs.contains("d_" + name) && !name.starts_with("weight_")) wrt.push_back(t), names.push_back(name);
    const auto loss = [&](const Tensors& now) -> Tensors {
      GoldenCase moved = c;
      for (size_t i = 0; i < now.size(); ++i) moved.inputs[names[i]] = now[i];
      const Call again = call_of(moved);
      return {ops::sum(first(layer(as_tree(layer, again), again.options)) * c.input("w"))};
    };
    const Tensors grads = ops::grad(loss)(wrt);
    for (size_t i = 0; i < grads.size(); ++i) expect_close(grads[i], c.output("d_" + names[i]), names[i].c_str());
  }
}

TEST(Attentions, InFunctionalModelsOfUnknownSizesAndInFiles) {
  for (const GoldenCase& c : golden_cases("attention")) {
    SCOPED_TRACE(c.title());
    for (const bool unknown : {false, true}) {
      const Layer layer = layer_of(c);
      const Call call = call_of(c);
      if (!call.options.masks.is_none()) continue;  // models take no masks
      std::vector<Tree<Tensor>> inputs;
      Tensors values;
      const auto symbolic = [&](const Tensor& t) {
        Shape sample = t.shape().slice(1);
        if (unknown && t.rank() == 3 && is_floating(t.dtype())) sample.dim(0) = -1;
        inputs.push_back(Tensor(Input(sample, t.dtype())));
        values.push_back(t);
        return inputs.back().leaf();
      };
      Call graph{{}, call.options};
      for (const auto& [name, tree] : call.given) graph.given.emplace_back(name, tree.map(symbolic));
      const Tree<Tensor> y = layer(as_tree(layer, graph), graph.options);
      set_weights(layer, c);
      const Model m{Tree<Tensor>(inputs), y};
      const Tree<Tensor> got = m(Tree<Tensor>(values));
      expect_close(first(got), c.output("y"), unknown ? "unknown sizes" : "known sizes");
      if (unknown) continue;
      const std::string path = own_path("attention.keras");
      m.save(path);
      const Tree<Tensor> again = load_model(path)(Tree<Tensor>(values));
      ASSERT_TRUE(again.same_structure(got));
      EXPECT_EQ(first(again).to_doubles(), first(got).to_doubles());
      std::remove(path.c_str());
    }
  }
}

TEST(Attentions, AreCalledByName) {
  set_random_seed(1);
  const Tensor x({2, 3, 4}, DType::f32), y = ops::ones_like(x);
  const MultiHeadAttention heads(2, 3);
  const Tree<Tensor> both = heads({.query = x, .value = y, .return_attention_scores = true});
  EXPECT_EQ(both[0].leaf().shape(), Shape({2, 3, 4}));
  EXPECT_EQ(both[1].leaf().shape(), Shape({2, 2, 3, 3}));
  const Attention attention;
  EXPECT_EQ(attention({.inputs = {x, y}, .use_causal_mask = true}).leaf().shape(), Shape({2, 3, 4}));
}

TEST(Attentions, MasksOfTensorsReachThemAndWhatTheyGive) {
  const Tensor x({1, 3, 2}, {1, 2, 0, 0, 3, 4});
  const Tensor masked = Masking()(x);
  const Attention attention;
  const Tensor y = attention({masked, masked}).leaf();
  ASSERT_TRUE(y.mask().defined());
  EXPECT_EQ(y.mask().to_doubles(), (std::vector<double>{1, 0, 1}));
  const MultiHeadAttention heads(1, 2);
  EXPECT_EQ(heads({.query = masked, .value = masked}).leaf().mask().to_doubles(), (std::vector<double>{1, 0, 1}));
}

TEST(Attentions, TrainWithDropout) {
  set_random_seed(5);
  const Tensor in = Input({4, 6});
  const Tensor h = MultiHeadAttention(2, 3, {.dropout = 0.1, .seed = 2})({.query = in, .value = in}).leaf();
  Model m(in, Dense(1)(GlobalAveragePooling1D()(h)));
  m.compile({.optimizer = optimizers::Adam({.learning_rate = 0.05}), .loss = "mse"});
  const Tensor x = ops::random_uniform(Tensor({2}, std::vector<int32_t>{1, 0}), Tensor({64, 4, 6}));
  const Tensor y = ops::sum(ops::mean(x, {1}), {-1}, true);
  const History history = m.fit(x, y, {.epochs = 20, .verbose = 0});
  EXPECT_LT(history["loss"].back(), 0.5 * history["loss"].front());
}

TEST(Attentions, SayWhatDoesNotFit) {
  const Tensor x({2, 3, 4}), y({2, 5, 4});
  const auto says = [](const std::string& said, const char* words) {
    EXPECT_NE(said.find(words), std::string::npos) << said;
  };
  says(message_of([&] { Attention()(Tree<Tensor>(x)); }), "layer must be called on a list of inputs");
  says(message_of([&] { Attention({.score_mode = "sum"}); }), "Expected 'dot' or 'concat', got 'sum'");
  says(message_of([&] { MultiHeadAttention(0, 3); }), "`num_heads`: expected a positive integer, got 0");
  says(message_of([&] { MultiHeadAttention(2, 3)({.query = x}); }), "needs a query and a value");
  says(message_of([&] { MultiHeadAttention(2, 3)({.query = x, .value = y, .key = x}); }), "must be equal");
  says(message_of([&] { MultiHeadAttention(2, 3, {.flash_attention = true}); }),
       "flash_attention=True is not supported");
  says(message_of([&] { GroupQueryAttention(3, 4, 3); }), "must be divisible by");
  says(message_of([&] { EinsumDense("ab->ac", {3}); }), "Invalid einsum equation 'ab->ac'");
  says(message_of([&] { EinsumDense("abc,cd->abd", {4})(x); }), "output_shape must have 2 sizes");
  says(message_of([&] { EinsumDense("abc,cd->abd", {std::nullopt, 4}, {.bias_axes = "z"})(x); }), "Bias dimension 'z'");
}
