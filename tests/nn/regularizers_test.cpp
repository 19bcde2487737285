// Regularizers and constraints against Keras.
#include <cornu/ops.h>
#include <cornu/regularizers.h>

#include "nn/golden.h"

namespace cornu {

TEST(Regularizers, AreThoseOfKeras) {
  const Value file = cornu::testing::golden_family("regularizers");
  cornu::testing::Tally tally("regularizers");
  for (const Value& c : file.at("cases").as_array()) {
    if (c.at("kind").as_string() != "regularizer") continue;
    const std::string what = cornu::testing::title(c), name = c.at("name").as_string();
    const bool named = name.starts_with("string_");
    const Regularizer r(make_configurable<RegularizerImpl>(named ? Value(name.substr(7)) : c.at("config")));
    const Tensor w = cornu::testing::golden_tensor(c.at("inputs").at("w"));
    const auto both = ops::value_and_grad([&](const std::vector<Tensor>& in) {
      return std::vector<Tensor>{r->call(in[0]) + 0.0 * ops::sum(in[0])};  // a penalty of 0 has a gradient too
    })({w});
    cornu::testing::expect_close(both[1], cornu::testing::golden_tensor(c.at("outputs").at("penalty")), what);
    const Tensor dw = cornu::testing::golden_tensor(c.at("outputs").at("dw"));
    // A vector of zeros is at a right angle to all others, however it turns: 0, where Keras has NaN.
    cornu::testing::expect_close(both[0], ops::where(ops::isnan(dw), ops::zeros_like(dw), dw), what + " dw");
    cornu::testing::expect_close(r->call(w), cornu::testing::golden_tensor(c.at("outputs").at("penalty")),
                                 what + " at once");
    if (c.at("dtype").as_string() == "float32")
      cornu::testing::expect_same_config(serialize<RegularizerImpl>(r.impl().get()), c.at("config"), what, true);
    ++tally.ran;
  }
}

TEST(Constraints, AreThoseOfKeras) {
  const Value file = cornu::testing::golden_family("regularizers");
  cornu::testing::Tally tally("constraints");
  for (const Value& c : file.at("cases").as_array()) {
    if (c.at("kind").as_string() != "constraint") continue;
    const std::string what = cornu::testing::title(c);
    const Constraint k(make_configurable<ConstraintImpl>(c.at("config")));
    const Tensor w = cornu::testing::golden_tensor(c.at("inputs").at("w"));
    const Tensor want = cornu::testing::golden_tensor(c.at("outputs").at("projected"));
    cornu::testing::expect_close(k->call(w), want, what);
    const auto traced =
        ops::jit([&](const std::vector<Tensor>& in) { return std::vector<Tensor>{k->call(in[0])}; })({w});
    cornu::testing::expect_close(traced[0], want, what + " traced");
    cornu::testing::expect_same_config(serialize<ConstraintImpl>(k.impl().get()), c.at("config"), what, true);
    ++tally.ran;
  }
}

TEST(Regularizers, NamesAndRefusals) {
  for (const char* name : {"l1", "l2", "l1l2", "orthogonal_regularizer", "L1", "L1L2"}) EXPECT_TRUE(Regularizer(name));
  for (const char* name : {"max_norm", "non_neg", "unit_norm", "min_max_norm", "MaxNorm"})
    EXPECT_TRUE(Constraint(name));
  EXPECT_THROW(regularizers::L2({.l2 = -1}), ConfigError);
  EXPECT_THROW(Regularizer("l1_l2"), ConfigError);
}

}  // namespace cornu
