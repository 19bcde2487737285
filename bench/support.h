// What the benchmark programs share: how Google Benchmark runs them, arrays, the idle share of the cores.
#pragma once
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bench {

struct Free {
  void operator()(float* p) const { std::free(p); }
};
using Floats = std::unique_ptr<float, Free>;

inline Floats floats(int64_t n) {
  const size_t bytes = (static_cast<size_t>(n) * 4 + 64 + 63) / 64 * 64;
  float* p = static_cast<float*>(std::aligned_alloc(64, bytes));
  std::memset(static_cast<void*>(p), 0, bytes);
  for (int64_t i = 0; i < n; ++i) p[i] = static_cast<float>(i * 37 % 101 - 50) * 0.01f;
  return Floats(p);
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

/// Each benchmark several times, in random order among the others, so that all see the same disturbances; flags of the
/// command line win. False if it has others than Google Benchmark's.
inline bool begin(int argc, char** argv) {
  static std::vector<std::string> flags{argv[0], "--benchmark_enable_random_interleaving=true",
                                        "--benchmark_repetitions=11", "--benchmark_min_time=0.05"};
  flags.insert(flags.end(), argv + 1, argv + argc);
  std::vector<char*> all;
  for (std::string& f : flags) all.push_back(f.data());
  int n = static_cast<int>(all.size());
  all.push_back(nullptr);
  benchmark::Initialize(&n, all.data());
  return !benchmark::ReportUnrecognizedArguments(n, all.data());
}

/// What counts of the repetitions of one benchmark.
inline std::vector<benchmark::BenchmarkReporter::Run> medians(
    const std::vector<benchmark::BenchmarkReporter::Run>& runs) {
  std::vector<benchmark::BenchmarkReporter::Run> out;
  std::copy_if(runs.begin(), runs.end(), std::back_inserter(out),
               [](const auto& r) { return r.aggregate_name == "median" || r.repetitions == 1 || r.error_occurred; });
  return out;
}

/// Prints the medians alone, in the order in which the benchmarks were registered.
class Console final : public benchmark::ConsoleReporter {
 public:
  Console() : ConsoleReporter(OO_Tabular) {}
  void ReportRuns(const std::vector<Run>& runs) override {
    for (Run r : medians(runs)) {
      r.run_type = Run::RT_Iteration;  // else "_median" is part of the name
      runs_.push_back(r);
    }
  }
  void Finalize() override {
    std::sort(runs_.begin(), runs_.end(), [](const Run& a, const Run& b) {
      return std::pair(a.family_index, a.per_family_instance_index) <
             std::pair(b.family_index, b.per_family_instance_index);
    });
    ConsoleReporter::ReportRuns(runs_);
  }

 private:
  std::vector<Run> runs_;
};

}  // namespace bench
