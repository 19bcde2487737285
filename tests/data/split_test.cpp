// Splits and folds: shares, coverage, seeds.
#include <cornu/data.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace cornu {
namespace {

using Rows = std::vector<int64_t>;

Tensor classes(const std::vector<int>& counts) {
  std::vector<int32_t> y;
  for (size_t k = 0; k < counts.size(); ++k) y.insert(y.end(), static_cast<size_t>(counts[k]), static_cast<int32_t>(k));
  return Tensor({static_cast<int64_t>(y.size())}, y);
}
std::map<int, int> count(const Tensor& y, const Rows& rows) {
  std::map<int, int> out;
  for (const int64_t r : rows) ++out[static_cast<int>(y.data<int32_t>()[static_cast<size_t>(r)])];
  return out;
}
void expect_cover(int64_t n, std::vector<Rows> parts) {
  Rows all;
  for (const Rows& p : parts) all.insert(all.end(), p.begin(), p.end());
  std::sort(all.begin(), all.end());
  ASSERT_EQ(static_cast<int64_t>(all.size()), n);
  for (int64_t i = 0; i < n; ++i) EXPECT_EQ(all[static_cast<size_t>(i)], i);
}

TEST(Split, PartsCoverEachRowOnce) {
  const SplitRows s = split_rows(101, {.test = 0.2, .validation = 0.1, .seed = 3});
  EXPECT_EQ(s.test.size(), 20u);
  EXPECT_EQ(s.validation.size(), 10u);
  expect_cover(101, {s.train, s.validation, s.test});
  EXPECT_EQ(split_rows(101, {.test = 0.2, .validation = 0.1, .seed = 3}).test, s.test);
  EXPECT_NE(split_rows(101, {.test = 0.2, .validation = 0.1, .seed = 4}).test, s.test);
}

TEST(Split, StratifiedToTheRow) {
  const Tensor y = classes({50, 30, 20, 1});
  const SplitRows s = stratified_split_rows(y, {.test = 0.2, .validation = 0.1});
  expect_cover(101, {s.train, s.validation, s.test});
  EXPECT_EQ(count(y, s.test), (std::map<int, int>{{0, 10}, {1, 6}, {2, 4}}));
  EXPECT_EQ(count(y, s.validation), (std::map<int, int>{{0, 5}, {1, 3}, {2, 2}}));
  const Tensor odd = classes({7, 7, 7});
  for (const auto& [k, n] : count(odd, stratified_split_rows(odd, {.test = 0.25}).test)) {
    EXPECT_GE(n, 1) << k;
    EXPECT_LE(n, 2) << k;
  }
  EXPECT_EQ(stratified_split_rows(odd, {.test = 0.25}).test.size(), 5u);
}

TEST(Split, TrainingRowsAreNotSortedByClass) {
  const Tensor y = classes({50, 50});
  const SplitRows s = stratified_split_rows(y, {});
  std::vector<int32_t> order;
  for (const int64_t r : s.train) order.push_back(y.data<int32_t>()[static_cast<size_t>(r)]);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
}

TEST(Split, ArraysStayTogether) {
  std::vector<float> x;
  for (int i = 0; i < 60; ++i) x.push_back(static_cast<float>(i) / 2), x.push_back(static_cast<float>(i));
  const ArraySplit s = train_test_split(Tensor({60, 2}, x), classes({30, 30}), {.test = 0.5});
  EXPECT_EQ(s.x_train.shape(), (Shape{30, 2}));
  EXPECT_FALSE(s.x_validation.defined());
  for (size_t i = 0; i < 30; ++i)
    EXPECT_EQ(s.y_test.data<int32_t>()[i], s.x_test.data<float>()[2 * i + 1] >= 30 ? 1 : 0);
}

TEST(Split, MissingNumbersTakeTheMeanOfTheTrainingPart) {
  Table t;
  std::vector<float> x;
  for (int i = 0; i < 40; ++i) x.push_back(i % 4 == 0 ? 99.0f : static_cast<float>(i));
  for (int i = 0; i < 40; i += 4) t.missing.push_back(i);
  t.x = Tensor({40, 1}, x);
  t.y = classes({20, 20});
  t.schema.columns.push_back({.name = "x"});
  t.schema.target_kind = TargetKind::classes;
  const TableSplit s = train_test_split(t, {.test = 0.25});
  double sum = 0, n = 0;
  std::set<double> fills;
  const auto look = [&](const Table& part, bool train) {
    size_t at = 0;
    for (int64_t r = 0; r < part.x.shape()[0]; ++r) {
      const double v = static_cast<double>(part.x.data<float>()[static_cast<size_t>(r)]);
      if (at < part.missing.size() && part.missing[at] == r)
        fills.insert(v), ++at;
      else if (train)
        sum += v, ++n;
    }
    EXPECT_EQ(at, part.missing.size());
  };
  look(s.train, true);
  look(s.test, false);
  ASSERT_EQ(fills.size(), 1u);
  EXPECT_EQ(*fills.begin(), static_cast<double>(static_cast<float>(sum / n)));
  EXPECT_NEAR(s.test.schema.columns[0].mean, sum / n, 1e-12);
  EXPECT_EQ(s.train.missing.size() + s.test.missing.size(), 10u);
}

TEST(KFold, EachRowIsTestedOnce) {
  const std::vector<Fold> folds = k_fold(23, 5, 1);
  ASSERT_EQ(folds.size(), 5u);
  std::vector<Rows> tests;
  for (const Fold& f : folds) {
    tests.push_back(f.test);
    EXPECT_TRUE(f.test.size() == 4 || f.test.size() == 5);
    expect_cover(23, {f.train, f.test});
  }
  expect_cover(23, tests);
}

TEST(KFold, StratifiedWithinOneRow) {
  const Tensor y = classes({23, 11, 6});
  std::vector<Rows> tests;
  for (const Fold& f : stratified_k_fold(y, 4, 9)) {
    tests.push_back(f.test);
    EXPECT_EQ(f.test.size(), 10u);
    const std::map<int, int> n = count(y, f.test);
    EXPECT_NEAR(n.at(0), 23 / 4.0, 1);
    EXPECT_NEAR(n.at(1), 11 / 4.0, 1);
    EXPECT_NEAR(n.at(2), 6 / 4.0, 1);
  }
  expect_cover(40, tests);
  const Tensor one_hot({4, 2}, {1, 0, 0, 1, 1, 0, 0, 1});
  for (const Fold& f : stratified_k_fold(one_hot, 2)) EXPECT_EQ(f.test.size(), 2u);
}

TEST(KFold, RefusesWhatCannotBeSplit) {
  EXPECT_THROW(k_fold(3, 4), ConfigError);
  EXPECT_THROW(k_fold(3, 1), ConfigError);
  EXPECT_THROW(split_rows(10, {.test = 0.6, .validation = 0.5}), ConfigError);
  EXPECT_THROW(split_rows(2, {.test = 0.1}), CallError);
  EXPECT_THROW(stratified_k_fold(Tensor({3}, {0.5f, 1, 2}), 2), CallError);
}

}  // namespace
}  // namespace cornu
