// The checks of check_layer.
#include "nn/check_layer.h"

#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include <cmath>

#include "io/json.h"
#include "nn/registry.h"

namespace cornu {
namespace {

Tensor uniform(const Shape& shape, int32_t seed, double low = -1, double high = 1) {
  return ops::random_uniform(Tensor({2}, std::vector<int32_t>{seed, 0}), Tensor(shape), low, high);
}

void check_config(const Layer& layer) {
  const Value form = serialize<LayerImpl>(layer.impl().get());
  const Value read = parse_json(write_json(form), "config");
  const auto again = make_configurable<LayerImpl>(read);
  EXPECT_EQ(write_json(serialize<LayerImpl>(again.get())), write_json(form));
  EXPECT_EQ(again->name, layer.name());
}

}  // namespace

void check_layer(const LayerCase& c) {
  SCOPED_TRACE(c.layer->class_name());
  check_config(c.layer);
  set_random_seed(3);
  const Tensor x = c.x.defined() ? c.x : uniform(c.input, 1);
  Sequential model{Input(c.input.slice(1)), c.layer, Flatten(), Dense(1)};
  model.build(c.input.slice(1));
  EXPECT_EQ(c.layer->output_shape(), Shape{-1}.append(c.out.slice(1)));
  EXPECT_EQ(static_cast<int>(c.layer->own_weights().size()), c.weights);
  EXPECT_EQ(c.layer(x).shape(), c.out);
  check_config(c.layer);  // building may have changed it

  const Tensor all = model.predict_on_batch(x);
  for (int64_t row = 0; row < x.shape()[0]; ++row)
    EXPECT_EQ(model.predict_on_batch(x.rows(row, row + 1)).to_doubles(), all.rows(row, row + 1).to_doubles());

  const int64_t rows = x.shape()[0];
  const Tensor y = uniform({rows, 1}, 2);
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.02}), .loss = "mse"});
  const double before = model.evaluate(x, y)["loss"];
  for (int step = 0; step < 20; ++step) model.train_on_batch(x, y);
  const double after = model.evaluate(x, y)["loss"];
  EXPECT_LT(after, before);
  const History h = model.fit(x, y, {.batch_size = rows - 1, .epochs = 2, .verbose = 0});
  EXPECT_TRUE(std::isfinite(h["loss"][1]));
}

}  // namespace cornu
