// Cross-validation: each fold has a model of its own, and logs of rows it has not seen.
#include <cornu/cross_validation.h>
#include <cornu/layers/core.h>
#include <gtest/gtest.h>

#include <cmath>

namespace cornu {
namespace {

TEST(CrossValidate, MeasuresEachFoldOnItsOwnRows) {
  std::vector<float> x;
  std::vector<int32_t> y;
  for (int i = 0; i < 120; ++i) {
    const int k = i % 3;
    x.push_back(static_cast<float>(k) + 0.01f * static_cast<float>(i % 7));
    x.push_back(k == 1 ? 1.0f : -1.0f);
    y.push_back(k);
  }
  int made = 0;
  const auto make = [&] {
    set_random_seed(static_cast<uint64_t>(++made));
    Sequential m{Input({2}), Dense(16, {.activation = "tanh"}), Dense(3, {.activation = "softmax"})};
    m.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
    return m;
  };
  const CrossValidation r = cross_validate(make, Tensor({120, 2}, x), Tensor({120}, y),
                                           {.k = 4, .fit = {.batch_size = 8, .epochs = 60, .verbose = 0}});
  EXPECT_EQ(made, 4);
  ASSERT_EQ(r.folds.size(), 4u);
  EXPECT_EQ(r.histories[3]["loss"].size(), 60u);
  double mean = 0, squares = 0;
  for (const Logs& f : r.folds) mean += f["loss"] / 4;
  for (const Logs& f : r.folds) squares += std::pow(f["loss"] - mean, 2);
  EXPECT_DOUBLE_EQ(r.mean["loss"], mean);
  EXPECT_DOUBLE_EQ(r.stddev["loss"], std::sqrt(squares / 3));
  made = 0;
  const Tensor all({120, 2}, x), classes({120}, y);
  for (const Fold& fold : stratified_k_fold(classes, 4)) {
    Model m = make();
    const History h = m.fit(take_rows(all, fold.train), take_rows(classes, fold.train),
                            {.batch_size = 8, .epochs = 60, .verbose = 0});
    const size_t k = static_cast<size_t>(made) - 1;
    EXPECT_EQ(h.history, r.histories[k].history);
    const Logs logs = m.evaluate(take_rows(all, fold.test), take_rows(classes, fold.test));
    for (const char* name : {"loss", "accuracy"}) EXPECT_EQ(r.folds[k][name], logs[name]) << name << " of fold " << k;
  }
  EXPECT_EQ(made, 4);
  EXPECT_NE(r.text().find("accuracy: "), std::string::npos);
}

TEST(CrossValidate, RefusesWhatDoesNotFit) {
  const auto make = [] { return Model(); };
  EXPECT_THROW(cross_validate(make, Tensor({4, 1}), Tensor({3})), CallError);
  EXPECT_THROW(cross_validate(make, Tensor({4, 1}), Tensor({4}), {.k = 5}), ConfigError);
}

}  // namespace
}  // namespace cornu
