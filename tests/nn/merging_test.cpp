// Layers of several inputs against Keras: called as they are, and in a functional model of an unknown batch and an
// unknown second axis.
#include <cornu/cornu.h>

#include <algorithm>

#include "message_of.h"
#include "nn/golden.h"
#include "nn/registry.h"
#include "ops/emit.h"

using namespace cornu;
using namespace cornu::testing;

namespace {

Tensors inputs_of(const GoldenCase& c) {
  Tensors out;
  for (int i = 0; c.input(text("x_{}", i)).defined(); ++i) {
    const Tensor x = c.input(text("x_{}", i)), mask = c.input(text("mask_{}", i));
    out.push_back(mask.defined() ? x.with_mask(mask) : x);
  }
  return out;
}

}  // namespace

TEST(Merging, GivesWhatKerasDoes) {
  for (const GoldenCase& c : golden_cases("merging")) {
    SCOPED_TRACE(c.title());
    const Layer layer(make_configurable<LayerImpl>(c.config));
    const Tensors xs = inputs_of(c);
    const Tensor y = layer(Tree<Tensor>(xs)).leaf();
    expect_close(y, c.output("y"), "y");
    ASSERT_EQ(y.mask().defined(), c.outputs.contains("mask"));
    if (y.mask().defined()) expect_close(y.mask(), c.output("mask"), "mask");
    const Tensors grads = ops::grad(
        [&](const Tensors& in) -> Tensors { return {ops::sum(layer(Tree<Tensor>(in)).leaf() * c.input("w"))}; })(xs);
    for (size_t i = 0; i < xs.size(); ++i) expect_close(grads[i], c.output(text("dx_{}", i)), text("dx_{}", i));
  }
}

TEST(Merging, InFunctionalModelsOfUnknownSizes) {
  for (const GoldenCase& c : golden_cases("merging")) {
    SCOPED_TRACE(c.title());
    const Layer layer(make_configurable<LayerImpl>(c.config));
    const Tensors xs = inputs_of(c);
    for (const bool unknown : {false, true}) {
      std::vector<Tree<Tensor>> symbolic;
      for (const Tensor& x : xs) {
        Shape sample = x.shape().slice(1);
        // Dot needs to know the axis that it sums over.
        if (unknown && sample.rank() == 2 && layer->class_name() != "Dot") sample.dim(0) = -1;
        symbolic.push_back(Tensor(Input(sample, x.dtype())));
      }
      const Tree<Tensor> all(symbolic);
      Model m(all, layer(all));
      const char* what = unknown ? "unknown sizes" : "known sizes";
      expect_close(m(Tree<Tensor>(xs)).leaf(), c.output("y"), what);
      if (std::ranges::none_of(xs, [](const Tensor& x) { return x.mask().defined(); }))
        expect_close(m.predict(Tree<Tensor>(xs)).leaf(), c.output("y"), what);  // which takes no masks
    }
  }
}

TEST(Merging, MasksOfGraphsReachTheLayers) {
  const Tensor x = Input({4, 2}), y = Input({4, 2});
  const Tensor a({1, 4, 2}, {0, 0, 1, 1, 0, 0, 3, 3}), b({1, 4, 2}, {0, 0, 0, 0, -2, -2, 2, 2});
  const Layer mask = Masking();
  Model m({x, y}, Multiply()({mask(x), mask(y)}));
  expect_close(m.predict({a, b}).leaf(), Tensor({1, 4, 2}, {0, 0, 1, 1, -2, -2, 6, 6}), "product");
  EXPECT_NE(message_of([&] {
              Multiply()->compute_masks({a, b}, Tensor({1, 4}, DType::boolean));
            }).find("`mask` should be a list. Expected a mask, or none, for each input, got one value"),
            std::string::npos);
}

TEST(Merging, WhatDoesNotFitGetsASentence) {
  const Tensor a({2, 3}), b({2, 4}), c({3, 3});
  const std::string sum = message_of([&] { Add({.name = "sum"})({a, b}); });
  EXPECT_TRUE(sum.starts_with(
      "ConfigError: Add 'sum': its inputs must be of one shape, or of shapes that broadcast, got (None, 3), (None, 4)"))
      << sum;
  EXPECT_NE(message_of([&] {
              Add()({a, c});
            }).find("must have as many rows, got shapes (2, 3) and (3, 3)"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              Subtract()({a, a, a});
            }).find("the layer should be called on exactly 2 inputs, in a list, got a list of 3"),
            std::string::npos);
  EXPECT_NE(message_of([&] { Multiply()(a); }).find("should be called on a list of at least 1 input, got one value"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              Concatenate({.axis = 1})({Tensor({2, 3, 1}), Tensor({2, 3, 2})});
            }).find("requires inputs with matching shapes except for the concatenation axis, 1"),
            std::string::npos);
  EXPECT_NE(message_of([&] { Dot({1})({a, b}); }).find("must be as long along the axes [1]"), std::string::npos);
  EXPECT_NE(message_of([&] { Dot({0})({a, a}); }).find("axis 0 is none of an input"), std::string::npos);
  EXPECT_NE(message_of([&] { Dense(2)({a, a}); }).find("takes one tensor, got a list of 2"), std::string::npos);
}
