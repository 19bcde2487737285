// Thresholds of few digits, and what they find.
#include "cli/thresholds.h"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace cornu::cli {
namespace {

/// Finer where rare classes have their probabilities. Numbers that a person would type.
constexpr double kThresholds[] = {0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.06,
                                  0.07,  0.08,  0.09,  0.1,   0.12,  0.15, 0.2,   0.25, 0.3,  0.35, 0.4,  0.45,
                                  0.5,   0.55,  0.6,   0.65,  0.7,   0.75, 0.8,   0.85, 0.9,  0.95, 0.98, 0.99};
constexpr size_t kPlaces = std::size(kThresholds) + 1;  // place i: at least i thresholds are reached

}  // namespace

ThresholdCounts::ThresholdCounts(size_t classes) {
  constexpr size_t kMost = 30;
  if (classes > kMost) classes = 0;
  others_.assign(classes, std::vector<int64_t>(kPlaces));
  ours_ = others_;
}

void ThresholdCounts::add(size_t c, double p, bool of_class) {
  if (c >= ours_.size()) return;
  const auto place = std::upper_bound(std::begin(kThresholds), std::end(kThresholds), p) - std::begin(kThresholds);
  ++(of_class ? ours_ : others_)[c][static_cast<size_t>(place)];
}

Value ThresholdCounts::to_value() const {
  Value out = Value::array();
  for (size_t c = 0; c < ours_.size(); ++c) {
    Value both = Value::array();
    both.push_back(others_[c]), both.push_back(ours_[c]);
    out.push_back(both);
  }
  return out;
}

void ThresholdCounts::add(const Value& counts) {
  for (size_t c = 0; c < ours_.size(); ++c)
    for (size_t k = 0; k < kPlaces; ++k) {
      others_[c][k] += counts.at(c).at(size_t{0}).at(k).as_int();
      ours_[c][k] += counts.at(c).at(size_t{1}).at(k).as_int();
    }
}

int64_t ThresholdCounts::rows() const {
  if (ours_.empty()) return 0;
  return std::accumulate(ours_[0].begin(), ours_[0].end(), std::accumulate(others_[0].begin(), others_[0].end(), 0LL));
}

double ThresholdCounts::better(size_t c, const Finding& now, Finding& found) const {
  if (c >= ours_.size()) return 0;
  const int64_t all = std::accumulate(ours_[c].begin(), ours_[c].end(), int64_t{0});
  Finding every{all, std::accumulate(others_[c].begin(), others_[c].end(), int64_t{0})}, here = every;
  double best = every.f1(all) + 0.01, threshold = 0;
  for (size_t i = 0; i < std::size(kThresholds); ++i) {
    here.hits -= ours_[c][i], here.alarms -= others_[c][i];
    if (here.hits > now.hits && here.f1(all) > best) best = here.f1(all), threshold = kThresholds[i], found = here;
  }
  return threshold;
}

}  // namespace cornu::cli
