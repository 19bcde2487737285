// cond: of two branches, what the chosen one gives, assigns and adds counts; traced as well as run at once.
#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include <cmath>

#include "message_of.h"

namespace cornu {
namespace {

using cornu::testing::message_of;

Tensor number(float x) { return Tensor({}, std::vector<float>{x}); }

TEST(Cond, GivesTheValueAndTheEffectsOfOneBranch) {
  Variable ups(number(0), "ups"), downs(number(0), "downs");
  const ops::Function f = [=](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    return {ops::cond(
        in[0] > 0,
        [=] {
          Variable(ups).assign(ups.value() + 1.0);
          return 2.0 * in[0];
        },
        [=] {
          Variable(downs).assign(downs.value() + in[0]);
          return -in[0];
        })};
  };
  for (const ops::Function& each : {f, ops::jit(f)}) {
    ups.assign(number(0));
    downs.assign(number(0));
    std::vector<double> out;
    for (const float x : {3.0f, -4.0f, 5.0f}) out.push_back(each({number(x)})[0].item());
    EXPECT_EQ(out, (std::vector<double>{6, 4, 10}));
    EXPECT_EQ(ups.value().item(), 2);
    EXPECT_EQ(downs.value().item(), -4);
  }
}

TEST(Cond, GradientsAreThoseOfTheChosenBranch) {
  const ops::Function root = ops::grad([](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    const Tensor y = 3.0 * in[0];
    return {ops::cond(
        y > 0, [&] { return ops::sqrt(y); }, [&] { return y * y; })};
  });
  for (const ops::Function& each : {root, ops::jit(root)}) {
    EXPECT_FLOAT_EQ(static_cast<float>(each({number(3)})[0].item()), 0.5f);
    EXPECT_EQ(each({number(-2)})[0].item(), 2 * 9 * -2);  // no NaN of the root of -6
  }
}

/// A layer that adds a loss in one of two branches, or in one of two within that.
struct AddsImpl final : LayerImpl {
  std::string class_name() const override { return "Adds"; }
  Value get_config() const override { return Value::object(); }
  Tensor call(const Tensor& x, const CallContext&) override {
    const Tensor s = ops::sum(x);
    return ops::cond(
        s > 0,
        [&] {
          add_loss(10.0 * s);
          return x;
        },
        [&] {
          return ops::cond(
              s < -1.0,
              [&] {
                add_loss(100.0 * s);
                return 2.0 * x;
              },
              [&] {
                add_loss(ops::log(s));  // NaN where it does not count, too
                return x;
              });
        });
  }
};

TEST(Cond, LossesOfLayersCountForTheChosenBranch) {
  const auto impl = std::make_shared<AddsImpl>();
  impl->name = "adds";
  for (const bool eagerly : {false, true}) {
    Sequential m{Input({1}), Layer(impl)};
    m.compile({.optimizer = "sgd", .loss = "mse", .run_eagerly = eagerly});
    const auto loss = [&](float x) { return m.evaluate(Tensor({1, 1}, {x}), Tensor({1, 1}, {0.0f}))["loss"]; };
    EXPECT_EQ(loss(2), 4 + 20);
    EXPECT_EQ(loss(-2), 16 - 200);
  }
}

TEST(Cond, SaysWhatDoesNotFit) {
  const auto both = [](const Tensor& pred, const Tensor& a, const Tensor& b) {
    return ops::cond(
        pred, [&] { return a; }, [&] { return b; });
  };
  const Tensor two({2}, {1, 0});
  EXPECT_NE(message_of([&] { both(two, two, two); }).find("cond: pred must be a scalar, got shape (2,)"),
            std::string::npos)
      << message_of([&] { both(two, two, two); });
  const ops::Function f =
      ops::jit([&](const std::vector<Tensor>& in) -> std::vector<Tensor> { return {both(in[0] > 0, two, number(1))}; });
  EXPECT_NE(message_of([&] { f({number(1)}); }).find("cond: both functions must give tensors of one shape"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              ops::cond(two.rows(0, 1), std::function<Tensor()>(), std::function<Tensor()>());
            }).find("cond: needs two functions"),
            std::string::npos);
}

}  // namespace
}  // namespace cornu
