// Functional models as Keras describes them: made of their form, predicting, evaluated, trained, and described again.
#include <cornu/cornu.h>

#include <algorithm>

#include "message_of.h"
#include "nn/golden.h"
#include "saving/config.h"

using namespace cornu;
using namespace cornu::testing;

namespace {

template <class T, class F>
Tree<T> tree(const Value& v, const F& leaf, bool arrays = false) {
  if (v.is_null()) return {};
  if (v.is_array()) {
    std::vector<Tree<T>> parts;
    for (const Value& one : v.as_array()) parts.push_back(tree<T>(one, leaf, arrays));
    return parts;
  }
  if (v.is_object() && !(arrays && v.has("shape"))) {
    std::vector<typename Tree<T>::Field> parts;
    for (const auto& [name, one] : v.as_object()) parts.emplace_back(name, tree<T>(one, leaf, arrays));
    return parts;
  }
  return Tree<T>(leaf(v));
}
Tree<Tensor> tensors(const Value& v) { return tree<Tensor>(v, golden_tensor, true); }

CompileConfig compiled(const Value& c) {
  CompileConfig out{.optimizer = optimizers::SGD({.learning_rate = 0.1})};
  out.loss = tree<Loss>(c.at("loss"), [](const Value& v) { return Loss(v.as_string()); });
  if (const Value* w = c.find("loss_weights"))
    out.loss_weights = tree<double>(*w, [](const Value& v) { return v.as_double(); });
  const auto spec = [](const Value& v) { return MetricSpec(v.as_string()); };
  if (const Value* m = c.find("metrics")) out.metrics = tree<MetricSpec>(*m, spec);
  if (const Value* m = c.find("weighted_metrics")) out.weighted_metrics = tree<MetricSpec>(*m, spec);
  return out;
}

void expect_trees(const Tree<Tensor>& got, const Tree<Tensor>& want, const char* what) {
  ASSERT_TRUE(got.same_structure(want)) << what;
  const std::vector<Tensor> a = got.leaves(), b = want.leaves();
  for (size_t i = 0; i < a.size(); ++i) expect_close(a[i], b[i], text("{} {}", what, i));
}

}  // namespace

TEST(Graphs, GoAsInKeras) {
  const Value family = golden_family("graphs");
  ASSERT_GE(family.at("cases").size(), 13u);
  for (const Value& c : family.at("cases").as_array()) {
    SCOPED_TRACE(c.at("name").as_string());
    Model model = model_from_config(c.at("form"), "golden");
    const std::vector<Variable> weights = model.weights();
    ASSERT_EQ(weights.size(), c.at("weights").size());
    for (size_t i = 0; i < weights.size(); ++i) {
      Variable v = weights[i];
      v.assign(golden_tensor(c.at("weights").at(i)));
    }
    const Tree<Tensor> x = tensors(c.at("x")), y = tensors(c.at("y"));
    expect_trees(model.predict(x), tensors(c.at("prediction")), "prediction");
    expect_trees(model.predict(x, {.batch_size = 5}), tensors(c.at("prediction")), "prediction in batches");
    model.compile(compiled(c.at("compile")));
    const Logs evaluated = model.evaluate(x, y, {.batch_size = 5});
    ASSERT_EQ(evaluated.size(), c.at("evaluate").size());
    for (const auto& [name, value] : c.at("evaluate").as_object())
      EXPECT_NEAR(evaluated[name], value.as_double(), 2e-5) << name;
    History history = model.fit(x, y, {.batch_size = 5, .epochs = 2, .verbose = 0, .shuffle = false});
    ASSERT_EQ(history.history.size(), c.at("history").size());
    for (const auto& [name, values] : c.at("history").as_object())
      for (size_t i = 0; i < values.size(); ++i)
        EXPECT_NEAR(history.history.at(name)[i], values.at(i).as_double(), 2e-5) << name;
    for (size_t i = 0; i < weights.size(); ++i)
      expect_close(weights[i].numpy(), golden_tensor(c.at("after").at(i)), weights[i].path());
  }
}

TEST(Graphs, AreDescribedAsKerasDoes) {
  const Value family = golden_family("graphs");
  const std::function<void(Value&)> plain = [&](Value& v) {
    if (v.is_array())
      for (Value& x : v.as_array()) plain(x);
    if (!v.is_object()) return;
    for (const char* key : {"quantization_config", "activity_regularizer"})
      if (const Value* x = v.find(key); x && x->is_null()) v.erase(key);
    v.erase("shared_object_id");
    for (auto& member : v.as_object()) plain(member.second);
  };
  for (const Value& c : family.at("cases").as_array()) {
    SCOPED_TRACE(c.at("name").as_string());
    Value ours = model_to_config(model_from_config(c.at("form"), "golden")), theirs = c.at("form");
    plain(ours);
    plain(theirs);
    for (const char* key : {"input_layers", "output_layers"})  // a structure by name has no order here
      for (Value* form : {&ours, &theirs})
        if (Value& named = (*form)["config"][key]; named.is_object())
          std::sort(named.as_object().begin(), named.as_object().end(),
                    [](const auto& one, const auto& other) { return one.first < other.first; });
    EXPECT_TRUE(ours == theirs) << write_json(ours) << "\n" << write_json(theirs);
  }
}

TEST(Graphs, MadeHere) {
  const Tensor a = Input({3}), b = Input({2});
  const Layer shared = Dense(4, {.name = "shared"});
  const Tensor h = shared(a);
  const Tensor wide = Dense(3, {.name = "wide"})(b);
  const Tensor y = Dense(1, {.name = "y"})(ops::concatenate({h, shared(wide) * 2.0f}, -1));
  Model m({a, b}, y, "made");
  EXPECT_EQ(m.inputs().leaf_count(), 2u);
  EXPECT_EQ(m.get_layer("wide").output().leaf().shape(), Shape({-1, 3}));
  EXPECT_THROW(m.get_layer("shared").output(), CallError);  // it was called twice
  EXPECT_EQ(m.count_params(), 16 + 9 + 9);
  const Tensor middle = m.get_layer("wide").output().leaf();
  Model tail({a, middle}, Dense(1, {.name = "tail"})(ops::concatenate({a, middle}, -1)));  // what made it is no part
  EXPECT_EQ(tail.count_params(), 7);
  EXPECT_EQ(tail.layers().size(), 3u);
  EXPECT_EQ(tail.predict({Tensor({2, 3}), Tensor({2, 3})}).leaf().shape(), Shape({2, 1}));
  Model inside({a, b}, m.get_layer("wide").output());
  const Tensor x0 = Tensor::full({5, 3}, 0.5), x1 = Tensor::full({5, 2}, 0.25);
  EXPECT_EQ(inside.predict({x0, x1}).leaf().shape(), Shape({5, 3}));
  EXPECT_TRUE(m.predict({x0, x1}).is_leaf());
}

TEST(Graphs, WhatIsNoneGetsASentence) {
  const Tensor a = Input({3}), b = Input({2});
  const Tensor y = Dense(1)(a);
  EXPECT_NE(message_of([&] { Model(a, Tensor(Dense(1)(b))); }).find("which is none of its inputs"), std::string::npos);
  EXPECT_NE(message_of([&] { Model({a, a}, y); }).find("twice"), std::string::npos);
  EXPECT_NE(message_of([&] {
              Model(Tensor({2, 3}), y);
            }).find("its inputs must be symbolic tensors"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              Model(a, Tensor(Dense(1, {.name = "same"})(Tensor(Dense(2, {.name = "same"})(a)))));
            }).find("must have names of their own, got 'same' twice"),
            std::string::npos);
  Model m({a, b}, Tree<Tensor>{y, Tensor(Dense(2, {.name = "other"})(b))}, "m");
  EXPECT_NE(message_of([&] { m.predict({Tensor({4, 3})}); }).find("expected 2 inputs"), std::string::npos);
  const auto evaluated = [&](CompileConfig c) {
    return message_of([&] {
      m.compile(std::move(c));
      m.evaluate({Tensor({4, 3}), Tensor({4, 2})}, {Tensor({4, 1}), Tensor({4, 2})});
    });
  };
  EXPECT_TRUE(evaluated({.loss = {"mse", "mse", "mse"}})
                  .starts_with("KeyError: Functional 'm': The path: (2) in the `loss` argument, can't be found"));
  EXPECT_NE(evaluated({.loss = Tree<Loss>::named({{"other", "mse"}, {"nobody", "mse"}})})
                .find("in loss dict, the names of the outputs, got [nobody, other]"),
            std::string::npos);
  EXPECT_NE(evaluated({.loss = "mse", .metrics = {"mae"}})
                .find("Invalid `metrics`: must be for 2 outputs, each with its own in a list, got a list of 1"),
            std::string::npos);
  EXPECT_NE(evaluated({.loss = {"mse", "mse"}, .loss_weights = {1}})
                .find("`loss_weights` must match the number of losses, 2, got 1 weights"),
            std::string::npos);
  m.compile({.loss = "mse"});
  EXPECT_NE(message_of([&] {
              m.fit({Tensor({4, 3}), Tensor({4, 2})}, Tensor({4, 1}), {.verbose = 0});
            }).find("y must have an array for each of its 2 outputs, got one value"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              m.fit({Tensor({4, 3}), Tensor({5, 2})}, {Tensor({4, 1}), Tensor({4, 2})}, {.verbose = 0});
            }).find("must have as many rows as x, 4"),
            std::string::npos);
}
