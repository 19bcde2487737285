// Matrix products against double precision: shapes, strides, epilogues, threads.
#include "kernels/cpu/gemm.h"

#include "support.h"

namespace cornu {
namespace {

CORNU_EVERY_ISA(Gemm);

struct Case {
  int64_t m, n, k;
};
constexpr Case kCases[] = {{1, 1, 1},    {10, 8, 10},   {10, 10, 8},   {10, 1, 8},    {8, 10, 10},     {10, 8, 1},
                           {1, 32, 784}, {1, 37, 19},   {32, 32, 784}, {784, 32, 32}, {33, 17, 5},     {7, 65, 129},
                           {64, 64, 64}, {100, 1, 300}, {1, 1, 1000},  {15, 48, 257}, {129, 131, 400}, {3, 5, 0},
                           {2, 16, 7},   {13, 31, 3},   {29, 47, 640}, {96, 200, 385}};

struct Product {
  Floats a, b, bias, mask, c;
  std::vector<double> want, room;  // exact result; sum of magnitudes, which bounds the rounding
};

Product make(const GemmShape& s, const GemmEpilogue& e) {
  const int64_t na = s.m && s.k ? (s.m - 1) * s.a_row + (s.k - 1) * s.a_col + 1 : 0;
  const int64_t nb = s.n && s.k ? (s.k - 1) * s.b_row + (s.n - 1) * s.b_col + 1 : 0;
  Product p{random_floats(na, 1),
            random_floats(nb, 2),
            random_floats(s.n, 3),
            random_floats(s.m * s.n, 4),
            Floats((s.m - 1) * s.c_row + s.n),
            {},
            {}};
  for (int64_t i = 0; i < s.m; ++i)
    for (int64_t j = 0; j < s.n; ++j) {
      double sum = 0, size = 0;
      for (int64_t k = 0; k < s.k; ++k) {
        const double x = static_cast<double>(p.a[i * s.a_row + k * s.a_col]) * p.b[k * s.b_row + j * s.b_col];
        sum += x;
        size += std::fabs(x);
      }
      if (e.bias) sum += p.bias[j], size += std::fabs(p.bias[j]);
      if (e.finish == GemmFinish::relu) sum = std::max(sum, 0.0);
      if (e.finish == GemmFinish::relu_grad) sum = p.mask[i * e.mask_row + j] > 0 ? sum : 0;
      if (e.op == TileOp::tanh) sum = std::tanh(sum);
      p.want.push_back(sum);
      p.room.push_back(size);
    }
  return p;
}

void run(const GemmPlan& plan, const Product& p) {
  Buffer<char> workspace(static_cast<int64_t>(plan.workspace));
  run_gemm(plan, p.a, p.b, p.bias, p.mask, p.c, workspace);
  EXPECT_TRUE(workspace.intact());
}

void check(const GemmShape& s, const GemmEpilogue& e) {
  const Product p = make(s, e);
  for (float& x : p.c) x = -77;  // gaps between rows must keep it
  run(prepare_gemm(s, e), p);
  EXPECT_TRUE(p.c.intact());
  for (int64_t i = 0; i < s.m; ++i) {
    for (int64_t j = 0; j < s.n; ++j) {
      const size_t at = static_cast<size_t>(i * s.n + j);
      ASSERT_NEAR(p.c[i * s.c_row + j], p.want[at], 1e-6 * p.room[at] + 1e-6)
          << s.m << "x" << s.n << "x" << s.k << " at " << i << ", " << j;
    }
    for (int64_t j = s.n; j < s.c_row && i + 1 < s.m; ++j) ASSERT_EQ(p.c[i * s.c_row + j], -77);
  }
}

TEST_P(Gemm, AllTranspositions) {
  for (const Case& c : kCases)
    for (int t = 0; t < 4; ++t) check(gemm_shape(c.m, c.n, c.k, t & 1, t & 2), {});
}

TEST_P(Gemm, Epilogues) {
  for (const Case& c : kCases)
    for (int t = 0; t < 4; ++t) {
      const GemmShape s = gemm_shape(c.m, c.n, c.k, t & 1, t & 2);
      check(s, {.bias = true});
      check(s, {.bias = true, .finish = GemmFinish::relu});
      check(s, {.finish = GemmFinish::relu_grad, .mask_row = c.n});
      check(s, {.bias = true, .op = TileOp::tanh});
    }
}

TEST_P(Gemm, Strides) {
  for (const Case& c : kCases) {
    GemmShape s = gemm_shape(c.m, c.n, c.k);
    s.a_row = c.k + 3, s.b_row = c.n + 5, s.c_row = c.n + 2;
    check(s, {.bias = true});
    s.a_col = 2, s.a_row = 2 * c.k + 1, s.b_col = 3, s.b_row = 3 * c.n + 1;
    check(s, {});
  }
}

/// Large enough for every operand to be packed.
TEST_P(Gemm, PackedOperands) {
  for (int t = 0; t < 4; ++t) {
    const GemmShape s = gemm_shape(523, 261, 517, t & 1, t & 2);
    ASSERT_TRUE(prepare_gemm(s).pack_a && prepare_gemm(s).pack_b);
    check(s, {.bias = true, .finish = GemmFinish::relu});
  }
}

/// Lanes lie along the rows of a narrow C, which is what a transposed A gives; the bits are those of any other way.
TEST_P(Gemm, NarrowProductsOfATransposedA) {
  const int64_t wide = isa().lanes;
  for (const Case& c : {Case{wide, wide + 1, 24}, Case{37, wide / 2, 40}, Case{530, wide + 1, 130},
                        Case{100, wide + 1, 300}, Case{6007, wide / 2, 257}})
    for (int b = 0; b < 2; ++b) {
      const GemmShape s = gemm_shape(c.m, c.n, c.k, true, b);
      set_thread_count(1);
      ASSERT_TRUE(prepare_gemm(s).turned);
      check(s, {});
      GemmShape apart = s;
      apart.c_row = c.n + 3;
      check(apart, {});
      Product p = make(s, {});
      run(prepare_gemm(s), p);
      const Floats first = p.c;
      for (const int threads : {2, 3, 8}) {
        set_thread_count(threads);
        p.c = Floats(first.size());
        run(prepare_gemm(s), p);
        EXPECT_TRUE(same_bits(first, p.c)) << threads << " threads";
      }
      for (float& x : p.mask) x = 1;
      run(prepare_gemm(s, {.finish = GemmFinish::relu_grad, .mask_row = c.n}), p);
      EXPECT_TRUE(same_bits(first, p.c));
    }
}

/// An operand that is computed when it is needed: A[i, k] = base[i + k], as a convolution along one axis sees it.
void fill_sliding(const void* context, const float* base, float* dst, int64_t dst_row, int64_t row, int64_t rows,
                  int64_t col, int64_t cols) {
  const int64_t step = *static_cast<const int64_t*>(context);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c) dst[r * dst_row + c] = base[step * (row + r) + col + c];
}
TEST_P(Gemm, FilledOperands) {
  for (const Case& c : {Case{10, 8, 9}, Case{300, 33, 290}, Case{70, 200, 600}}) {
    const int64_t step = 2;
    const Floats image = random_floats(step * std::max(c.m, c.k) + std::max(c.n, c.k), 1);
    Floats a(c.m * c.k), b(c.k * c.n);
    fill_sliding(&step, image, a, c.k, 0, c.m, 0, c.k);
    fill_sliding(&step, image, b, c.n, 0, c.k, 0, c.n);
    for (const int threads : {1, 3})
      for (const bool fill_a : {false, true})
        for (const bool fill_b : {false, true}) {
          set_thread_count(threads);
          GemmOptions o;
          if (fill_a) o.fill_a = fill_sliding, o.context_a = &step;
          if (fill_b) o.fill_b = fill_sliding, o.context_b = &step;
          const GemmPlan filled = prepare_gemm(gemm_shape(c.m, c.n, c.k), {}, o);
          const GemmPlan plain = prepare_gemm(gemm_shape(c.m, c.n, c.k));
          const Floats x(c.m * c.n), y(c.m * c.n);
          const Buffer<char> u(static_cast<int64_t>(filled.workspace)), v(static_cast<int64_t>(plain.workspace));
          run_gemm(filled, fill_a ? image : a, fill_b ? image : b, nullptr, nullptr, x, u);
          run_gemm(plain, a, b, nullptr, nullptr, y, v);
          EXPECT_TRUE(same_bits(x, y) && u.intact());
        }
  }
}

TEST_P(Gemm, SameBitsForAnyThreads) {
  for (const Case& c : {Case{128, 512, 784}, Case{600, 40, 300}, Case{40, 900, 260}, Case{257, 259, 261}})
    for (int t = 0; t < 4; ++t) {
      const GemmShape s = gemm_shape(c.m, c.n, c.k, t & 1, t & 2);
      const GemmEpilogue e{.bias = true, .op = TileOp::sigmoid};
      Product p = make(s, e);
      set_thread_count(1);
      run(prepare_gemm(s, e), p);
      const Floats first = p.c;
      for (const int threads : {2, 3, 8}) {
        set_thread_count(threads);
        p.c = Floats(first.size());
        run(prepare_gemm(s, e), p);
        EXPECT_TRUE(same_bits(first, p.c)) << threads << " threads";
      }
    }
}

/// Whatever the blocks, an element is one chain over k: a product's part equals the part computed alone.
TEST_P(Gemm, SameBitsForAnyBlocks) {
  const int64_t m = 90, n = 150, k = 700;
  const GemmShape s = gemm_shape(m, n, k);
  const Product whole = make(s, {});
  run(prepare_gemm(s), whole);
  for (const Case& part : {Case{2, 3, k}, Case{17, 40, k}, Case{90, 1, k}}) {
    GemmShape t = s;
    t.m = part.m, t.n = part.n, t.c_row = part.n;
    Product p = whole;
    p.c = Floats(part.m * part.n);
    run(prepare_gemm(t), p);
    for (int64_t i = 0; i < part.m; ++i)
      for (int64_t j = 0; j < part.n; ++j) ASSERT_EQ(p.c[i * part.n + j], whole.c[i * n + j]);
  }
}

}  // namespace
}  // namespace cornu
