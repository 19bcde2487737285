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

constexpr double kRate = 0.02;

/// The same model with the same random numbers to come, each time.
Sequential compiled(const LayerCase& c) {
  const Layer layer(make_configurable<LayerImpl>(serialize<LayerImpl>(c.layer.impl().get())));
  set_random_seed(3);
  Sequential model{Input(c.input.slice(1)), layer, Flatten(), Dense(1)};
  model.build(c.input.slice(1));
  layer->reseed(7);
  model.compile({.optimizer = optimizers::SGD({.learning_rate = kRate}), .loss = "mse"});
  return model;
}

std::vector<std::vector<double>> trainable(const Model& model) {
  std::vector<std::vector<double>> out;
  for (const Variable& v : model.trainable_weights()) out.push_back(v.numpy().to_doubles());
  return out;
}

/// An update is the rate times the slope of the loss that training sees, noise and moments of the batch included: along
/// some directions it is compared with differences of that loss.
void check_updates(const LayerCase& c, const Tensor& x, const Tensor& y) {
  Sequential model = compiled(c);
  const auto before = trainable(model);
  const double loss = model.train_on_batch(x, y)["loss"];
  const auto after = trainable(model);
  for (int32_t seed = 1; seed <= 3; ++seed) {
    const auto moved = [&](double step, double* along = nullptr) {
      Sequential other = compiled(c);
      int32_t n = 0;
      for (Variable v : other.trainable_weights()) {
        const Tensor direction = uniform(v.shape(), 100 * seed + n);
        v.assign(v.value() + step * direction);
        for (size_t i = 0; along && i < before[static_cast<size_t>(n)].size(); ++i)
          *along += (before[static_cast<size_t>(n)][i] - after[static_cast<size_t>(n)][i]) / kRate *
                    direction.to_doubles()[i];
        ++n;
      }
      return other.train_on_batch(x, y)["loss"];
    };
    double along = 0;
    EXPECT_EQ(moved(0, &along), loss) << "the same numbers each time";
    constexpr double kStep = 2e-3;
    const double slope = (moved(kStep) - moved(-kStep)) / (2 * kStep);
    EXPECT_NEAR(along, slope, 0.01 * std::abs(slope) + 1e-3 * loss) << "direction " << seed;
  }
}

/// A fit is the updates of its batches, of which the last has one row.
void check_fit(const LayerCase& c, const Tensor& x, const Tensor& y) {
  const int64_t rows = x.shape()[0];
  Sequential model = compiled(c), by_hand = compiled(c);
  const History h = model.fit(x, y, {.batch_size = rows - 1, .epochs = 2, .verbose = 0, .shuffle = false});
  for (const double loss : h["loss"]) {
    const double large = by_hand.train_on_batch(x.rows(0, rows - 1), y.rows(0, rows - 1))["loss"];
    const double last = by_hand.train_on_batch(x.rows(rows - 1, rows), y.rows(rows - 1, rows))["loss"];
    EXPECT_NEAR(loss, (large * static_cast<double>(rows - 1) + last) / static_cast<double>(rows), 1e-5 * loss);
  }
  EXPECT_EQ(trainable(model), trainable(by_hand));
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

  const Tensor y = uniform({x.shape()[0], 1}, 2);
  check_updates(c, x, y);
  check_fit(c, x, y);
}

}  // namespace cornu
