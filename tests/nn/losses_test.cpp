// Losses and their gradients against results recorded from Keras.
#include <cornu/losses.h>
#include <cornu/ops.h>

#include <set>

#include "nn/golden.h"
#include "nn/registry.h"

namespace cornu {
namespace {

using cornu::testing::expect_close;
using cornu::testing::golden_cases;
using cornu::testing::GoldenCase;

/// The recorded loss; Keras' config leaves out an argument that these cases have.
Loss loss_of(const GoldenCase& c) {
  Value form = c.config;
  if (c.name.rfind("CosineSimilarity_axis", 0) == 0) form["config"]["axis"] = 0;
  if (c.name.rfind("Huber_delta", 0) == 0) form["config"]["delta"] = 0.4;
  return Loss(make_configurable<LossImpl>(form));
}

TEST(Losses, AgreeWithKeras) {
  int passed = 0;
  for (const GoldenCase& c : golden_cases("losses")) {
    SCOPED_TRACE(c.title());
    const Loss loss = loss_of(c);
    testing::expect_same_config(serialize<LossImpl>(&*Loss(make_configurable<LossImpl>(c.config))), c.config,
                                c.title());
    // Others as constants: a gradient is asked for by y_pred alone.
    const auto results = ops::value_and_grad([&](const std::vector<Tensor>& in) -> std::vector<Tensor> {
      const Tensor value = (*loss)(c.input("y_true"), in[0], c.input("sample_weight"), c.input("mask"));
      return {ops::sum(value), value};
    })({c.input("y_pred")});
    expect_close(results[2], c.output("loss"), c.title() + " loss");
    expect_close(results[0], c.output("dy_pred"), c.title() + " gradient");
    const Tensor eager = (*loss)(c.input("y_true"), c.input("y_pred"), c.input("sample_weight"), c.input("mask"));
    expect_close(eager, c.output("loss"), c.title() + " eager loss");
    ++passed;
  }
  EXPECT_EQ(passed, 376);
}

TEST(Losses, ReductionsAreChecked) {
  EXPECT_THROW(losses::MeanSquaredError({.reduction = "average"}), ConfigError);
  Value form = Value::object();
  form["class_name"] = "MeanSquaredError";
  form["config"]["reduction"] = Value();  // as Keras writes None
  EXPECT_EQ(make_configurable<LossImpl>(form)->reduction(), "none");
}

TEST(Losses, FunctionsOfKerasAreFoundByName) {
  const Loss loss(make_configurable<LossImpl>(parse_json(
      R"({"module": "builtins", "class_name": "function", "config": "huber", "registered_name": "function"})")));
  EXPECT_EQ(loss->class_name(), "Huber");
}

TEST(Losses, ArgumentsThatKerasForgetsAreKept) {
  const Loss loss = losses::Huber({.delta = 0.3});
  const Value form = serialize<LossImpl>(&*loss);
  EXPECT_EQ(form.at("config").at("delta").as_double(), 0.3);
  EXPECT_EQ(serialize<LossImpl>(make_configurable<LossImpl>(form).get()), form);
}

TEST(Losses, ASampleWithoutPartnersHasNoGradient) {
  const auto g = ops::grad([](const std::vector<Tensor>& in) -> std::vector<Tensor> {
    return {(*losses::Circle())(Tensor({2}, std::vector<int32_t>{0, 1}), in[0])};
  })({Tensor({2, 2}, {1, 0, 0, 1})});
  EXPECT_EQ(g[0].to_doubles(), (std::vector<double>{0, 0, 0, 0}));
}

TEST(Losses, EachClassHasARecordedCase) {
  std::set<std::string> recorded;
  for (const GoldenCase& c : golden_cases("losses")) recorded.insert(c.config.at("class_name").as_string());
  EXPECT_EQ(recorded.size(), 22u);
  recorded.insert("crossentropy");  // one of the others, by shape
  for (const std::string& name : registry<LossImpl>().names())
    EXPECT_TRUE(recorded.count(make_configurable<LossImpl>(Value(name))->class_name())) << name;
}

}  // namespace
}  // namespace cornu
