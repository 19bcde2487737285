// The table of a model's layers against what Keras prints, byte for byte.
#include "nn/golden_model.h"
#include "saving/config.h"

namespace cornu {
namespace {

using cornu::testing::golden_cases;
using cornu::testing::GoldenCase;

TEST(Summary, EqualsThatOfKeras) {
  int passed = 0;
  for (const GoldenCase& c : golden_cases("summary")) {
    SCOPED_TRACE(c.name);
    const bool functional = c.config.at("class_name").as_string() == "Functional";
    Model model = functional ? model_from_config(c.config, "golden") : Model(testing::golden_model(c.config));
    testing::golden_compile(model, c.config);
    if (c.name == "dense_compiled_and_trained") model.train_on_batch(Tensor({2, 6}), Tensor({2, 1}));
    EXPECT_EQ(model.summary(), c.all.at("text").as_string());
    ++passed;
  }
  EXPECT_EQ(passed, 4);
}

TEST(Summary, UnbuiltModelsAreShownAsSuch) {
  Sequential model({Dense(3)}, "later");
  const std::string text = model.summary();
  EXPECT_NE(text.find("0 (unbuilt)"), std::string::npos) << text;
  EXPECT_NE(text.find(" Total params: 0 (0.00 B)"), std::string::npos) << text;
}

}  // namespace
}  // namespace cornu
