// Reductions, arg-max and softmax against double precision.
#include "kernels/cpu/reduce.h"

#include "kernels/cpu/softmax.h"
#include "support.h"

namespace cornu {
namespace {

CORNU_EVERY_ISA(Reduce);

double reference(Reduction op, double a, double b) {
  switch (op) {
    case Reduction::sum:
      return a + b;
    case Reduction::max:
      return std::max(a, b);
    case Reduction::min:
      return std::min(a, b);
    case Reduction::prod:
      return a * b;
  }
  return 0;
}

Floats reduce(Reduction op, const Floats& x, int64_t outer, int64_t n, int64_t inner, float scale = 1) {
  const ReducePlan plan = prepare_reduce(op, outer, n, inner);
  Buffer<char> workspace(static_cast<int64_t>(plan.workspace));
  Floats y(outer * inner);
  run_reduce(plan, x, y, workspace, scale);
  EXPECT_TRUE(y.intact() && workspace.intact());
  return y;
}

struct View {
  int64_t outer, n, inner;
};
constexpr View kViews[] = {{1, 10, 8},  {1, 10, 1},  {1, 1, 1},     {3, 5, 7},     {4, 1, 33},   {17, 40, 1},
                           {2, 33, 64}, {5, 100, 3}, {1, 20000, 1}, {1, 9000, 40}, {64, 784, 1}, {2, 3000, 100}};

TEST_P(Reduce, Views) {
  for (const View& v : kViews)
    for (const Reduction op : {Reduction::sum, Reduction::max, Reduction::min, Reduction::prod}) {
      const bool prod = op == Reduction::prod;
      const Floats x = random_floats(v.outer * v.n * v.inner, 1, prod ? 0.999f : -1.0f, prod ? 1.001f : 1.0f);
      const Floats y = reduce(op, x, v.outer, v.n, v.inner);
      for (int64_t o = 0; o < v.outer; ++o)
        for (int64_t i = 0; i < v.inner; ++i) {
          double want = x[o * v.n * v.inner + i];
          for (int64_t k = 1; k < v.n; ++k) want = reference(op, want, x[(o * v.n + k) * v.inner + i]);
          ASSERT_NEAR(y[o * v.inner + i], want, 1e-7 * static_cast<double>(v.n) + 1e-6) << v.n << " " << v.inner;
        }
    }
}

TEST_P(Reduce, SameBitsForAnyThreads) {
  for (const View& v : {View{1, 1000000, 1}, View{1, 20000, 40}, View{3000, 200, 1}, View{40, 300, 50}}) {
    const Floats x = random_floats(v.outer * v.n * v.inner, 1);
    set_thread_count(1);
    const Floats first = reduce(Reduction::sum, x, v.outer, v.n, v.inner, 0.25f);
    for (const int threads : {2, 3, 8}) {
      set_thread_count(threads);
      EXPECT_TRUE(same_bits(first, reduce(Reduction::sum, x, v.outer, v.n, v.inner, 0.25f)));
    }
  }
}

TEST_P(Reduce, NaNAndNothing) {
  for (const int64_t n : {1, 5, 16, 100, 9000})
    for (const int64_t at : {int64_t{0}, n / 2, n - 1})
      for (const View& v : {View{1, n, 1}, View{1, n, 3}})
        for (const Reduction op : {Reduction::sum, Reduction::max, Reduction::min, Reduction::prod}) {
          const Floats x = random_floats(n * v.inner, 1);
          x[at * v.inner] = NAN;
          EXPECT_TRUE(std::isnan(reduce(op, x, v.outer, v.n, v.inner)[0]));
        }
  EXPECT_EQ(reduce(Reduction::sum, Floats(0), 1, 0, 1)[0], 0);
  EXPECT_EQ(reduce(Reduction::max, Floats(0), 1, 0, 2)[1], -INFINITY);
  EXPECT_EQ(reduce(Reduction::prod, Floats(0), 2, 0, 1)[1], 1);
}

TEST_P(Reduce, ArgMax) {
  const Floats x = random_floats(12, 1);
  x[1] = x[3] = 5;  // the first of equals
  x[6] = NAN;       // the greatest
  x[10] = 9;
  int32_t y[3];
  int64_t z[3];
  argmax_rows(x, 3, 4, y);
  argmax_rows(x, 3, 4, z);
  EXPECT_EQ(y[0], 1);
  EXPECT_EQ(y[1], 2);
  EXPECT_EQ(y[2], 2);
  EXPECT_EQ(z[1], 2);
}

TEST_P(Reduce, Softmax) {
  for (const auto& [rows, cols] : {std::pair<int64_t, int64_t>{1, 1}, {10, 2}, {32, 10}, {3, 16}, {5, 33}, {700, 1000}})
    for (const bool log : {false, true})
      for (const bool in_place : {false, true}) {
        const Floats x = random_floats(rows * cols, 1, -20, 20), source = random_floats(rows * cols, 1, -20, 20);
        Floats y = in_place ? x : Floats(rows * cols);
        run_softmax(prepare_softmax(rows, cols, log), x, y);
        EXPECT_TRUE(y.intact());
        for (int64_t r = 0; r < rows; ++r) {
          double greatest = -1e9, sum = 0;
          for (int64_t c = 0; c < cols; ++c) greatest = std::max(greatest, static_cast<double>(source[r * cols + c]));
          for (int64_t c = 0; c < cols; ++c) sum += std::exp(static_cast<double>(source[r * cols + c]) - greatest);
          for (int64_t c = 0; c < cols; ++c) {
            const double t = static_cast<double>(source[r * cols + c]) - greatest;
            const double want = log ? t - std::log(sum) : std::exp(t) / sum;
            ASSERT_NEAR(y[r * cols + c], want, log ? 1e-5 : 4e-6 * want + 1e-30);
          }
        }
      }
}

}  // namespace
}  // namespace cornu
