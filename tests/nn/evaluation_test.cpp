// Reports on predictions: expected values are scikit-learn's.
#include <cornu/evaluation.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace cornu {
namespace {

const Tensor kLabels({7}, {0, 1, 2, 2, 2, 0, 1});
const Tensor kPredictions({7, 1}, {0, 0, 2, 2, 1, 0, 1});
const std::vector<std::string> kNames{"cat", "dog", "a longer name"};
const Tensor kBinary({10}, {0, 0, 1, 1, 1, 0, 1, 0, 1, 1});
const Tensor kScores({10}, std::vector<double>{.1, .4, .35, .8, .8, .4, .9, .05, .85, .86});

void expect_near(const std::vector<double>& got, const std::vector<double>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    if (std::isinf(want[i]))
      EXPECT_EQ(got[i], want[i]) << i;
    else
      EXPECT_NEAR(got[i], want[i], 1e-15) << i;
  }
}

TEST(ConfusionMatrix, CountsLabelsAgainstPredictions) {
  const ConfusionMatrix m = confusion_matrix(kLabels, kPredictions);
  EXPECT_EQ(m.classes, 3);
  EXPECT_EQ(m.counts, (std::vector<int64_t>{2, 0, 0, 1, 1, 0, 0, 1, 2}));
  EXPECT_EQ(confusion_matrix(kLabels, kPredictions, 5).counts.size(), 25u);
  EXPECT_EQ(m.text({"cat", "dog", "emu"}),
            "label \\ prediction  cat  dog  emu\n"
            "               cat    2    0    0\n"
            "               dog    1    1    0\n"
            "               emu    0    1    2\n");
}

TEST(ConfusionMatrix, TakesScoresAndProbabilities) {
  const Tensor one_hot({2, 3}, {0, 0, 1, 1, 0, 0}), scores({2, 3}, {.1f, .2f, .7f, .1f, .8f, .1f});
  EXPECT_EQ(confusion_matrix(one_hot, scores).counts, (std::vector<int64_t>{0, 1, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(confusion_matrix(Tensor({3}, {0, 1, 1}), Tensor({3, 1}, {.3f, .6f, .5f})).counts,
            (std::vector<int64_t>{1, 0, 1, 1}));
}

TEST(ConfusionMatrix, RefusesWhatDoesNotFit) {
  EXPECT_THROW(confusion_matrix(kLabels, kBinary), ShapeError);
  EXPECT_THROW(confusion_matrix(kLabels, kPredictions, 2), ConfigError);
  EXPECT_THROW(confusion_matrix(Tensor({1}, {-1}), Tensor({1}, {0})), ConfigError);
  EXPECT_THROW(confusion_matrix(Tensor({1}, {.5f}), Tensor({1}, {0})), ConfigError);
  EXPECT_THROW(confusion_matrix(kLabels, kPredictions).text({"a"}), ConfigError);
}

TEST(RocCurve, AgreesWithScikitLearn) {
  const double inf = std::numeric_limits<double>::infinity();
  const RocCurve r = roc_curve(kBinary, kScores);
  expect_near(r.fpr, {0, 0, 0, 0, .5, .5, 1});
  expect_near(r.tpr, {0, 1. / 6, .5, 5. / 6, 5. / 6, 1, 1});
  expect_near(r.thresholds, {inf, .9, .85, .8, .4, .35, .05});
  EXPECT_NEAR(r.auc(), 0.9166666666666667, 1e-15);
  const RocCurve all = roc_curve(kBinary, kScores, false);
  expect_near(all.fpr, {0, 0, 0, 0, 0, .5, .5, .75, 1});
  expect_near(all.tpr, {0, 1. / 6, 1. / 3, .5, 5. / 6, 5. / 6, 1, 1, 1});
  expect_near(all.thresholds, {inf, .9, .86, .85, .8, .4, .35, .1, .05});
  EXPECT_TRUE(std::isnan(roc_curve(Tensor({2}, {1, 1}), Tensor({2}, {0, 1})).fpr[0]));
  EXPECT_THROW(roc_curve(kBinary, kLabels), ShapeError);
}

TEST(PrecisionRecallCurve, AgreesWithScikitLearn) {
  const PrecisionRecallCurve r = precision_recall_curve(kBinary, kScores);
  expect_near(r.precision, {.6, 2. / 3, .75, 5. / 7, 1, 1, 1, 1, 1});
  expect_near(r.recall, {1, 1, 1, 5. / 6, 5. / 6, .5, 1. / 3, 1. / 6, 0});
  expect_near(r.thresholds, {.05, .1, .35, .4, .8, .85, .86, .9});
  EXPECT_NEAR(r.average_precision(), 0.9583333333333333, 1e-15);
}

TEST(ClassificationReport, PrintsAsScikitLearn) {
  const ClassificationReport r = classification_report(kLabels, kPredictions, kNames);
  EXPECT_EQ(r.text(),
            "               precision    recall  f1-score   support\n\n"
            "          cat       0.67      1.00      0.80         2\n"
            "          dog       0.50      0.50      0.50         2\n"
            "a longer name       1.00      0.67      0.80         3\n\n"
            "     accuracy                           0.71         7\n"
            "    macro avg       0.72      0.72      0.70         7\n"
            " weighted avg       0.76      0.71      0.71         7\n");
  EXPECT_EQ(classification_report(Tensor({3}, {0, 0, 1}), Tensor({3}, {0, 0, 0})).text(4),
            "              precision    recall  f1-score   support\n\n"
            "           0     0.6667    1.0000    0.8000         2\n"
            "           1     0.0000    0.0000    0.0000         1\n\n"
            "    accuracy                         0.6667         3\n"
            "   macro avg     0.3333    0.5000    0.4000         3\n"
            "weighted avg     0.4444    0.6667    0.5333         3\n");
  EXPECT_NEAR(r.accuracy, 5. / 7, 1e-15);
  EXPECT_EQ(r.classes[2].support, 3);
}

TEST(Evaluation, TheThresholdAndNamesOfClasses) {
  const Tensor y({4}, std::vector<int32_t>{0, 0, 1, 1}), p({4}, std::vector<float>{0.2f, 0.6f, 0.7f, 0.9f});
  EXPECT_EQ(confusion_matrix(y, p).counts, (std::vector<int64_t>{1, 1, 0, 2}));
  EXPECT_EQ(confusion_matrix(y, p, 2, 0.8).counts, (std::vector<int64_t>{2, 0, 1, 1}));
  EXPECT_EQ(classification_report(y, p, {}, 0.8).accuracy, 0.75);
  EXPECT_EQ(classification_report(y, p, {"a", "b", "c"}).classes.size(), 3u);
  try {
    classification_report(y, y, {"a"});
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_STREQ(e.what(), "ConfigError: classification_report: expected 2 names, one for each class, got 1");
  }
}

}  // namespace
}  // namespace cornu
