// Timing for the benchmark programs: medians of interleaved runs, the other cores' idle share, the machine's peak.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace bench {

inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline float* floats(int64_t n) {
  const size_t bytes = (static_cast<size_t>(n) * 4 + 64 + 63) / 64 * 64;
  float* p = static_cast<float*>(std::aligned_alloc(64, bytes));
  std::memset(static_cast<void*>(p), 0, bytes);
  for (int64_t i = 0; i < n; ++i) p[i] = static_cast<float>(i * 37 % 101 - 50) * 0.01f;
  return p;
}

/// Share of all cores' time that was idle between construction and share(), from /proc/stat; -1 where there is none.
class IdleShare {
 public:
  IdleShare() { read(&idle_, &all_); }
  double share() const {
    double idle = 0, all = 0;
    if (!read(&idle, &all) || all <= all_) return -1;
    return (idle - idle_) / (all - all_);
  }

 private:
  static bool read(double* idle, double* all) {
    FILE* f = std::fopen("/proc/stat", "r");
    if (!f) return false;
    double v[8] = {};
    const int n =
        std::fscanf(f, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6, v + 7);
    std::fclose(f);
    *idle = v[3] + v[4];
    *all = 0;
    for (const double x : v) *all += x;
    return n == 8;
  }
  double idle_ = 0, all_ = 0;
};

inline double median(std::vector<double> v) {
  std::nth_element(v.begin(), v.begin() + static_cast<long>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

/// Median seconds of one call of each function, in turns, so that both see the same disturbances.
template <class F, class G>
std::pair<double, double> interleaved(F&& f, G&& g, double estimate, int rounds = 31) {
  const int repeat = std::max(1, static_cast<int>(200e-6 / std::max(estimate, 1e-9)));
  std::vector<double> a, b;
  f(), g();
  for (int r = 0; r < rounds; ++r) {
    double t = now();
    for (int i = 0; i < repeat; ++i) f();
    a.push_back((now() - t) / repeat);
    t = now();
    for (int i = 0; i < repeat; ++i) g();
    b.push_back((now() - t) / repeat);
  }
  return {median(a), median(b)};
}

template <class F>
double timed(F&& f, double estimate, int rounds = 31) {
  return interleaved(
             f, [] {}, estimate, rounds)
      .first;
}

}  // namespace bench
