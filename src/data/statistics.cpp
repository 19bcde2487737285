// Welford's method, a column at a time.
#include "data/statistics.h"

#include <algorithm>
#include <cmath>

namespace cornu {

void Statistics::Moments::add(double v) {
  const double d = v - mean;
  mean += d / ++n;
  squares += d * (v - mean);
  min = n == 1 ? v : std::min(min, v);
  max = n == 1 ? v : std::max(max, v);
}

Statistics::Statistics(const TableSchema& schema) : width_(schema.width()) {
  int64_t at = 0;
  for (const Column& c : schema.columns) {
    if (!c.category) places_.push_back(at);
    at += c.width();
  }
  columns_.resize(places_.size());
}

void Statistics::add(const float* x, int64_t rows, const std::vector<int64_t>& missing) {
  size_t next = 0;
  for (int64_t r = 0; r < rows; ++r)
    for (size_t i = 0; i < places_.size(); ++i) {
      const int64_t place = r * width_ + places_[i];
      if (next < missing.size() && missing[next] == place)
        ++next;
      else
        columns_[i].add(static_cast<double>(x[place]));
    }
}

void Statistics::add_target(double v) { target_.add(v); }

void Statistics::put_into(TableSchema& schema) const {
  size_t i = 0;
  for (Column& c : schema.columns) {
    if (c.category) continue;
    const Moments& m = columns_[i++];
    c.mean = c.fill = m.mean;
    c.variance = m.variance();
    c.min = m.n > 0 ? m.min : 0, c.max = m.n > 0 ? m.max : 0;
  }
  schema.target_mean = target_.mean;
  schema.target_variance = target_.variance();
}

}  // namespace cornu
