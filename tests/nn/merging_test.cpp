// Layers of several inputs against Keras: called as they are, and in a functional model of an unknown batch and an
// unknown second axis.
#include <cornu/cornu.h>

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
      expect_close(m.predict(Tree<Tensor>(xs)).leaf(), c.output("y"), unknown ? "unknown sizes" : "known sizes");
    }
  }
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
            }).find("needs a list of 2 tensors, got a list of 3"),
            std::string::npos);
  EXPECT_NE(message_of([&] { Multiply()(a); }).find("needs a list of at least 1 tensors, got one value"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              Concatenate({.axis = 1})({Tensor({2, 3, 1}), Tensor({2, 3, 2})});
            }).find("must have the same sizes but along axis 1"),
            std::string::npos);
  EXPECT_NE(message_of([&] { Dot({1})({a, b}); }).find("must be as long along the axes [1]"), std::string::npos);
  EXPECT_NE(message_of([&] { Dot({0})({a, a}); }).find("axis 0 is none of an input"), std::string::npos);
  EXPECT_NE(message_of([&] { Dense(2)({a, a}); }).find("takes one tensor, got a list of 2"), std::string::npos);
}
