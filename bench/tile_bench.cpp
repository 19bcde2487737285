// Costs of tile programs and of the small kernels.
#include <string>

#include "base/parallel.h"
#include "kernels/cpu/gather.h"
#include "kernels/cpu/random.h"
#include "kernels/cpu/reduce.h"
#include "kernels/cpu/softmax.h"
#include "kernels/cpu/tile_run.h"
#include "runtime/tile_text.h"
#include "timing.h"

namespace {

using namespace cornu;

void line(const char* what, double seconds, double elements) {
  std::printf("%-44s %10.1f ns  %8.3f ns/element\n", what, seconds * 1e9, seconds * 1e9 / elements);
}

void program(const char* what, const char* text, int64_t rows, int64_t cols, int slots, bool precompiled = true) {
  TileProgram p = parse_tile(text);
  const int64_t n = rows * cols;
  if (p.segments.empty())
    p.rows = rows, p.cols = cols;
  else
    p.segments = {n};
  const auto plan = prepare_tile(p, {.precompiled = precompiled});
  std::vector<void*> at;
  for (int i = 0; i < slots; ++i) {
    float* f = bench::floats(n + 256 * i);  // not all at the same distance from a page's start
    for (int64_t j = 0; j < n; ++j) f[j] = f[j] * f[j] * 0.5f + 0.5f;
    at.push_back(f);
  }
  float* workspace = bench::floats(static_cast<int64_t>(plan->workspace / 4));
  line((std::string(what) + ", " + std::to_string(rows) + " x " + std::to_string(cols)).c_str(),
       bench::timed([&] { run_tile(*plan, at.data(), workspace); }, 1e-9 * static_cast<double>(n) + 1e-8),
       static_cast<double>(n));
  for (void* f : at) std::free(f);
  std::free(workspace);
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

void small_kernels() {
  float *x = bench::floats(1 << 20), *y = bench::floats(1 << 20);
  std::vector<int32_t> index(128);
  for (size_t i = 0; i < 128; ++i) index[i] = static_cast<int32_t>(i * 37 % 300);
  const auto reduce = [&](const char* what, int64_t outer, int64_t n, int64_t inner) {
    const ReducePlan p = prepare_reduce(Reduction::sum, outer, n, inner);
    line(what, bench::timed([&] { run_reduce(p, x, y, nullptr); }, 1e-8), static_cast<double>(outer * n * inner));
  };
  reduce("column sums of 10 x 8", 1, 10, 8);
  reduce("column sums of 32 x 32", 1, 32, 32);
  reduce("row sums of 32 x 10", 32, 10, 1);
  reduce("sum of 10", 1, 10, 1);
  reduce("sum of 8192", 1, 8192, 1);
  const SoftmaxPlan s = prepare_softmax(32, 10), t = prepare_softmax(32, 1000);
  line("softmax 32 x 10", bench::timed([&] { run_softmax(s, x, y); }, 1e-7), 320);
  line("softmax 32 x 1000", bench::timed([&] { run_softmax(t, x, y); }, 1e-5), 32000);
  line("gather 10 rows of 32 bytes", bench::timed([&] { gather_rows(x, index.data(), 10, 32, y); }, 1e-8), 80);
  line("gather 10 numbers", bench::timed([&] { gather_rows(x, index.data(), 10, 4, y); }, 1e-8), 10);
  line("gather 32 rows of 3136 bytes", bench::timed([&] { gather_rows(x, index.data(), 32, 3136, y); }, 1e-6),
       784 * 32);
  line("uniform, 65536", bench::timed([&] { random_uniform(1, 2, 0, 1, x, 65536); }, 1e-4), 65536);
  line("mask, 65536", bench::timed([&] { random_mask(1, 2, 0.8f, 1.25f, x, 65536); }, 1e-4), 65536);
  line("normal, 65536", bench::timed([&] { random_normal(1, 2, 0, 1, x, 65536); }, 1e-3), 65536);
  std::free(x), std::free(y);
}

}  // namespace

int main() {
  set_thread_count(1);
  const FlushDenormals flush;
  const bench::IdleShare idle;
  std::printf("%s, %s\n", cpu_name().c_str(), isa_name(active_isa()));
  for (const int64_t n : {1, 10, 128, 1024, 16384}) program("a + b", kOne, 1, n, 3);
  for (const int64_t n : {10, 1024, 16384}) program("relu(a b + c) d", kChain, 1, n, 5);
  for (const int64_t n : {10, 1024, 16384}) program("relu(a 1.1 + 0.3) 0.7", kScalars, 1, n, 5);
  program("4 ops on single numbers", kNumbers, 1, 1, 3);
  for (const int64_t n : {10, 80, 1024, 25088}) {
    program("Adam, precompiled", kAdam, 1, n, 5);
    program("Adam, interpreted", kAdam, 1, n, 5, false);
  }
  for (const char* op : {"copy", "sqrt", "exp", "expm1", "log", "log1p", "sin", "tanh", "erf", "sigmoid"})
    program(op, unary(op).c_str(), 1, 4096, 2);
  program("power", "load r0 float32 contiguous slot 0\n r1 = power r0 r0\n store r1 float32 contiguous slot 1", 1, 4096,
          2);
  small_kernels();
  std::printf("cores idle meanwhile: %.0f %%\n", 100 * idle.share());
}
