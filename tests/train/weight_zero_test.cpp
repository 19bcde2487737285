// Rows of weight 0 may hold anything: x that is not finite changes neither losses nor weighted metrics nor weights.
#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace cornu {
namespace {

const float kNaN = std::nanf(""), kInf = std::numeric_limits<float>::infinity();

Tensor rows_of(const std::vector<float>& v) { return Tensor({static_cast<int64_t>(v.size()) / 2, 2}, v); }
/// Rows 1 and 3 weigh nothing.
Tensor x_with(float a, float b) { return rows_of({.1f, .2f, a, 1, -.3f, .4f, 1, b, .5f, .6f}); }
Tensor y() { return Tensor({5, 1}, std::vector<float>{1, 2, 3, 4, 5}); }
Tensor weights() { return Tensor({5}, std::vector<float>{1, 0, 2, 0, 1}); }

Sequential two_layers(bool eagerly = false, DTypePolicy type = {}) {
  Sequential m{Input({2}), Dense(3, {.activation = "tanh", .kernel_initializer = "ones", .dtype = type}),
               Dense(1, {.kernel_initializer = "ones", .dtype = type})};
  m.compile({.optimizer = "adam", .loss = "mse", .weighted_metrics = {"mae"}, .run_eagerly = eagerly});
  return m;
}

std::vector<double> all_of(const Sequential& m) {
  std::vector<double> out;
  for (const Tensor& w : m.get_weights())
    for (const double v : w.to_doubles()) out.push_back(v);
  return out;
}

/// What training left behind: losses and weights.
std::vector<double> trained(const std::function<History(Sequential&)>& fit, bool eagerly = false) {
  Sequential m = two_layers(eagerly);
  const History h = fit(m);
  std::vector<double> out = all_of(m);
  for (const auto& [name, values] : h.history) out.insert(out.end(), values.begin(), values.end());
  return out;
}

TEST(WeightZero, RowsOfArraysMayHoldAnything) {
  for (const bool eagerly : {false, true})
    for (const bool shuffle : {false, true}) {
      const auto with = [&](const Tensor& x) {
        return trained(
            [&](Sequential& m) {
              return m.fit(x, y(),
                           {.batch_size = 2,
                            .epochs = 3,
                            .verbose = 0,
                            .validation_data = ValidationData{x, y(), weights()},
                            .shuffle = shuffle,
                            .sample_weight = weights(),
                            .seed = 7});
            },
            eagerly);
      };
      const std::vector<double> right = with(x_with(0, 0));
      for (const double v : right) ASSERT_TRUE(std::isfinite(v));
      EXPECT_EQ(with(rows_of({.1f, .2f, 0, 0, -.3f, .4f, 0, 0, .5f, .6f})), right);
      EXPECT_EQ(with(x_with(kNaN, -kInf)), right);
    }
}

TEST(WeightZero, TheArrayOfTheUserStaysAsItIs) {
  const Tensor x = x_with(kNaN, kInf);
  two_layers().fit(x, y(), {.verbose = 0, .sample_weight = weights()});
  EXPECT_TRUE(std::isnan(x.to_doubles()[2]));
  EXPECT_TRUE(std::isinf(x.to_doubles()[7]));
  EXPECT_EQ(x.to_doubles()[3], 1);
}

TEST(WeightZero, ARowThatWeighsIsNotCleared) {
  Sequential m = two_layers();
  const Tensor x = rows_of({kNaN, .2f, 0, 1, -.3f, .4f, 1, 0, .5f, .6f});
  EXPECT_TRUE(std::isnan(m.evaluate(x, y(), {.sample_weight = weights()})["loss"]));
  EXPECT_TRUE(std::isnan(m.predict(x).to_doubles()[0]));
}

TEST(WeightZero, OfEvaluationSingleBatchesAndClasses) {
  Sequential m = two_layers();
  const Tensor bad = x_with(kNaN, kInf), good = x_with(0, 0);
  for (const char* name : {"loss", "mae"}) {
    EXPECT_EQ(m.evaluate(bad, y(), {.sample_weight = weights()})[name],
              m.evaluate(good, y(), {.sample_weight = weights()})[name]);
    EXPECT_EQ(m.test_on_batch(bad, y(), weights())[name], m.test_on_batch(good, y(), weights())[name]);
  }
  const auto by_batch = [&](const Tensor& x, bool by_class) {
    Sequential each = two_layers();
    if (by_class)
      each.train_on_batch(x, y(), {}, {{2, 0.0}, {4, 0.0}});
    else
      each.train_on_batch(x, y(), weights());
    return all_of(each);
  };
  for (const bool by_class : {false, true}) EXPECT_EQ(by_batch(bad, by_class), by_batch(good, by_class));
}

/// Blocks of two rows, or batches.
struct Rows final : DataSource {
  Tensor x;
  bool as_batches;
  int64_t at = 0;
  Rows(Tensor t, bool batches) : x(std::move(t)), as_batches(batches) {}
  bool gives_batches() const override { return as_batches; }
  void start(int64_t) override { at = 0; }
  bool next(Block& out) override {
    if (at >= 5) return false;
    const int64_t to = std::min<int64_t>(at + 2, 5);
    out = {x.rows(at, to), y().rows(at, to), weights().rows(at, to)};
    at = to;
    return true;
  }
};

TEST(WeightZero, RowsOfSourcesMayHoldAnything) {
  for (const bool batches : {false, true}) {
    const auto with = [&](const Tensor& x) {
      Rows source(x, batches), validation(x, batches);
      return trained([&](Sequential& m) {
        return m.fit(source, {.batch_size = 2, .epochs = 2, .verbose = 0, .validation_source = &validation, .seed = 3});
      });
    };
    EXPECT_EQ(with(x_with(kNaN, kInf)), with(x_with(0, 0)));
  }
}

/// A row of y with several steps weighs nothing if none of them does.
TEST(WeightZero, OfRowsWithSteps) {
  const auto with = [](float v) {
    Sequential m{Input({2, 1}), Dense(1, {.kernel_initializer = "ones"})};
    m.compile({.optimizer = "sgd", .loss = "mse"});
    m.fit(Tensor({2, 2, 1}, {1, 2, v, v}), Tensor({2, 2, 1}),
          {.verbose = 0, .sample_weight = Tensor({2, 2}, {1, 2, 0, 0})});
    return all_of(m);
  };
  EXPECT_EQ(with(kNaN), with(0));
}

TEST(WeightZero, InFloat64) {
  const auto with = [](double v) {
    Sequential m{Input({1}), Dense(1, {.kernel_initializer = "ones", .dtype = "float64"})};
    m->dtype = DType::f64;
    m.compile({.optimizer = "sgd", .loss = "mse"});
    m.fit(Tensor({2, 1}, std::vector<double>{1, v}), Tensor({2, 1}, std::vector<double>{1, 1}),
          {.verbose = 0, .sample_weight = Tensor({2}, std::vector<double>{1, 0})});
    return all_of(m);
  };
  EXPECT_EQ(with(std::nan("")), with(0));
}

}  // namespace
}  // namespace cornu
