// Costs of tile programs and of the small kernels.
#include <string>
#include <utility>

#include "base/parallel.h"
#include "kernels/cpu/gather.h"
#include "kernels/cpu/random.h"
#include "kernels/cpu/reduce.h"
#include "kernels/cpu/softmax.h"
#include "kernels/cpu/tile_run.h"
#include "runtime/tile_text.h"
#include "support.h"

namespace {

using namespace cornu;

/// `prepare` allocates and returns what is measured.
template <class F>
void add(const std::string& name, int64_t elements, F prepare) {
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    auto run = prepare();
    for (auto _ : state) run();
    state.counters["element"] = {static_cast<double>(elements),
                                 benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert};
  });
}

void program(const std::string& what, const std::string& text, int64_t rows, int64_t cols, int slots,
             bool precompiled = true) {
  const int64_t n = rows * cols;
  add(what + ", " + std::to_string(rows) + " x " + std::to_string(cols), n, [=] {
    TileProgram p = parse_tile(text);
    if (p.segments.empty())
      p.rows = rows, p.cols = cols;
    else
      p.segments = {n};
    auto plan = prepare_tile(p, {.precompiled = precompiled});
    std::vector<bench::Floats> arrays;
    std::vector<void*> at;
    for (int i = 0; i < slots; ++i) {
      arrays.push_back(bench::floats(n + 256 * i));  // not all at the same distance from a page's start
      float* f = arrays.back().get();
      for (int64_t j = 0; j < n; ++j) f[j] = f[j] * f[j] * 0.5f + 0.5f;
      at.push_back(f);
    }
    bench::Floats workspace = bench::floats(static_cast<int64_t>(plan->workspace / 4));
    return [plan = std::move(plan), arrays = std::move(arrays), at = std::move(at), workspace = std::move(workspace)] {
      run_tile(*plan, at.data(), workspace.get());
    };
  });
}

constexpr char kOne[] =
    "load r0 float32 contiguous slot 0\n load r1 float32 contiguous slot 1\n r2 = add r0 r1\n"
    "store r2 float32 contiguous slot 2";
constexpr char kChain[] = R"(
  load r0 float32 contiguous slot 0
  load r1 float32 contiguous slot 1
  load r2 float32 contiguous slot 2
  load r3 float32 contiguous slot 3
  r4 = multiply r0 r1
  r5 = add r4 r2
  r6 = relu r5
  r7 = multiply r6 r3
  store r7 float32 contiguous slot 4)";
constexpr char kScalars[] = R"(
  load r0 float32 contiguous slot 0
  constant r1 1.1
  constant r2 0.3
  constant r3 0.7
  r4 = multiply r0 r1
  r5 = add r4 r2
  r6 = relu r5
  r7 = multiply r6 r3
  store r7 float32 contiguous slot 4)";
constexpr char kNumbers[] = R"(
  load r0 float32 scalar slot 0
  load r1 float32 scalar slot 1
  r2 = multiply r0 r1
  r3 = subtract r2 r0
  r4 = sqrt r3
  r5 = divide r4 r1
  store r5 float32 contiguous slot 2)";
constexpr char kAdam[] = R"(
  segments 0 slots 4
  load r0 float32 contiguous slot 0
  load r1 float32 contiguous slot 1
  load r2 float32 contiguous slot 2
  load r3 float32 contiguous slot 3
  load r4 float32 scalar slot 4
  constant r5 0.1
  constant r6 0.001
  constant r7 1e-7
  r8 = subtract r1 r2
  r8 = multiply r8 r5
  r2 = add r2 r8
  r9 = square r1
  r9 = subtract r9 r3
  r9 = multiply r9 r6
  r3 = add r3 r9
  r10 = multiply r2 r4
  r11 = sqrt r3
  r11 = add r11 r7
  r10 = divide r10 r11
  r0 = subtract r0 r10
  store r0 float32 contiguous slot 0
  store r2 float32 contiguous slot 2
  store r3 float32 contiguous slot 3)";

std::string unary(const char* op) {
  return std::string("load r0 float32 contiguous slot 0\n r1 = ") + op + " r0\n store r1 float32 contiguous slot 1";
}

/// `run` reads one array and writes another of a million numbers.
template <class F>
void kernel(const std::string& name, int64_t elements, F run) {
  add(name, elements,
      [=] { return [=, x = bench::floats(1 << 20), y = bench::floats(1 << 20)] { run(x.get(), y.get()); }; });
}

void small_kernels() {
  const auto reduce = [](const char* what, int64_t outer, int64_t n, int64_t inner) {
    const ReducePlan p = prepare_reduce(Reduction::sum, outer, n, inner);
    kernel(what, outer * n * inner, [=](float* x, float* y) { run_reduce(p, x, y, nullptr); });
  };
  reduce("column sums of 10 x 8", 1, 10, 8);
  reduce("column sums of 32 x 32", 1, 32, 32);
  reduce("row sums of 32 x 10", 32, 10, 1);
  reduce("sum of 10", 1, 10, 1);
  reduce("sum of 8192", 1, 8192, 1);
  for (const int64_t classes : {10, 1000})
    kernel("softmax 32 x " + std::to_string(classes), 32 * classes,
           [p = prepare_softmax(32, classes)](float* x, float* y) { run_softmax(p, x, y); });
  const auto gather = [](const std::string& what, int64_t rows, int64_t bytes) {
    std::vector<int32_t> index(128);
    for (size_t i = 0; i < 128; ++i) index[i] = static_cast<int32_t>(i * 37 % 300);
    kernel("gather " + what, rows * bytes / 4,
           [=](float* x, float* y) { gather_rows(x, index.data(), rows, bytes, y); });
  };
  gather("10 rows of 32 bytes", 10, 32);
  gather("10 numbers", 10, 4);
  gather("32 rows of 3136 bytes", 32, 3136);
  kernel("uniform, 65536", 65536, [](float* x, float*) { random_uniform(1, 2, 0, 1, x, 65536); });
  kernel("mask, 65536", 65536, [](float* x, float*) { random_mask(1, 2, 0.8f, 1.25f, x, 65536); });
  kernel("normal, 65536", 65536, [](float* x, float*) { random_normal(1, 2, 0, 1, x, 65536); });
}

}  // namespace

int main(int argc, char** argv) {
  if (!bench::begin(argc, argv)) return 2;
  set_thread_count(1);
  const FlushDenormals flush;
  for (const int64_t n : {1, 10, 128, 1024, 16384}) program("a + b", kOne, 1, n, 3);
  for (const int64_t n : {10, 1024, 16384}) program("relu(a b + c) d", kChain, 1, n, 5);
  for (const int64_t n : {10, 1024, 16384}) program("relu(a 1.1 + 0.3) 0.7", kScalars, 1, n, 5);
  program("4 ops on single numbers", kNumbers, 1, 1, 3);
  for (const int64_t n : {10, 80, 1024, 25088}) {
    program("Adam, precompiled", kAdam, 1, n, 5);
    program("Adam, interpreted", kAdam, 1, n, 5, false);
  }
  for (const char* op : {"copy", "sqrt", "exp", "expm1", "log", "log1p", "sin", "tanh", "erf", "sigmoid"})
    program(op, unary(op), 1, 4096, 2);
  program("power", "load r0 float32 contiguous slot 0\n r1 = power r0 r0\n store r1 float32 contiguous slot 1", 1, 4096,
          2);
  small_kernels();
  const bench::IdleShare idle;
  std::printf("%s, %s\n", cpu_name().c_str(), isa_name(active_isa()));
  bench::Console console;
  benchmark::RunSpecifiedBenchmarks(&console);
  std::printf("cores idle meanwhile: %.0f %%\n", 100 * idle.share());
}
