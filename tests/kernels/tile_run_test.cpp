// Tile programs against a plain double-precision interpreter: modes, types, aliases, sums, segments, precompiled ones.
#include "kernels/cpu/tile_run.h"

#include <cornu/error.h>

#include "runtime/tile_text.h"
#include "support.h"

namespace cornu {
namespace {

CORNU_EVERY_ISA(TileRun);

void run(const TileProgram& p, const std::vector<void*>& slots, bool precompiled = true) {
  const auto plan = prepare_tile(p, {.precompiled = precompiled});
  Buffer<char> workspace(static_cast<int64_t>(plan->workspace));
  run_tile(*plan, slots.data(), workspace);
  EXPECT_TRUE(workspace.intact());
}

/// y = (a * column + row) > s ? a : s, over shapes that end in the middle of vectors, tiles and rows.
TEST_P(TileRun, Broadcasts) {
  for (const auto& [rows, cols] : {std::pair<int64_t, int64_t>{1, 1},
                                   {10, 1},
                                   {1, 10},
                                   {10, 8},
                                   {32, 10},
                                   {33, 37},
                                   {3, 128},
                                   {5, 129},
                                   {4, 130},
                                   {300, 10},
                                   {5, 257},
                                   {4, 258},
                                   {7, 1000},
                                   {2000, 100},
                                   {130, 2}}) {
    TileProgram p = parse_tile(R"(
      load r0 float32 contiguous slot 0
      load r1 float32 per_column slot 1
      load r2 float32 per_row slot 2
      load r3 float32 scalar slot 3
      constant r4 0.25
      r5 = multiply r0 r1
      r5 = add r5 r2
      r6 = add r3 r4
      r7 = greater r5 r6
      r5 = select r7 r0 r6
      store r5 float32 contiguous slot 4
      sum r5 slot 5 scale 0.5)");
    p.rows = rows, p.cols = cols;
    const Floats a = random_floats(rows * cols, 1), column = random_floats(cols, 2), row = random_floats(rows, 3), s(1);
    s[0] = -0.1f;
    Floats y(rows * cols), sum(1);
    run(p, {a, column, row, s, y, sum});
    EXPECT_TRUE(y.intact() && sum.intact());
    double total = 0;
    for (int64_t i = 0; i < rows * cols; ++i) {
      const float t = a[i] * column[i % cols] + row[i / cols], limit = s[0] + 0.25f;
      ASSERT_EQ(y[i], t > limit ? a[i] : limit) << rows << "x" << cols << " at " << i;
      total += static_cast<double>(y[i]);
    }
    EXPECT_NEAR(sum[0], total / 2, 1e-6 * static_cast<double>(rows * cols) + 1e-6);
  }
}

template <class T>
void check_types(DType dtype) {
  TileProgram p;
  p.rows = 7, p.cols = 150;
  p.loads = {{0, TileMode::contiguous, dtype, 0},
             {1, TileMode::per_column, dtype, 1},
             {2, TileMode::per_row, dtype, 2},
             {3, TileMode::scalar, dtype, 3}};
  p.code = {{TileOp::add, 4, 0, 1, 0}, {TileOp::add, 4, 4, 2, 0}, {TileOp::add, 4, 4, 3, 0}};
  p.stores = {{4, TileMode::contiguous, dtype, 4}, {0, TileMode::contiguous, DType::f32, 5}};
  for (const int64_t cols : {150, 15}) {
    p.cols = cols;
    const int64_t n = p.rows * cols;
    Buffer<T> a(n), column(cols), row(p.rows), s(1), y(n);
    Floats f(n);
    for (int64_t i = 0; i < n; ++i) a[i] = static_cast<T>(i % 3 == 0);
    for (int64_t i = 0; i < cols; ++i) column[i] = static_cast<T>(i % 2);
    for (int64_t i = 0; i < p.rows; ++i) row[i] = static_cast<T>(i % 2);
    s[0] = static_cast<T>(1);
    run(p, {a, column, row, s, y, f});
    EXPECT_TRUE(y.intact() && f.intact());
    for (int64_t i = 0; i < n; ++i) {
      const int want =
          static_cast<int>(a[i]) + static_cast<int>(column[i % cols]) + static_cast<int>(row[i / cols]) + 1;
      ASSERT_EQ(static_cast<int>(y[i]), (std::is_same_v<T, bool> ? 1 : want)) << i;
      ASSERT_EQ(f[i], static_cast<float>(a[i]));
    }
  }
}
TEST_P(TileRun, Types) {
  check_types<float>(DType::f32);
  check_types<double>(DType::f64);
  check_types<int32_t>(DType::i32);
  check_types<int64_t>(DType::i64);
  check_types<uint8_t>(DType::u8);
  check_types<bool>(DType::boolean);
}

/// A store may lie on a load, even if another result is written while that load is still needed.
TEST_P(TileRun, StoresOnLoads) {
  const TileProgram p = parse_tile(R"(
    space 1 x 300
    load r0 float32 contiguous slot 0
    load r1 float32 contiguous slot 1
    r2 = add r0 r1
    r3 = multiply r0 r1
    r4 = subtract r3 r0
    store r2 float32 contiguous slot 2
    store r4 float32 contiguous slot 3
    sum r0 slot 4)");
  for (int first = 0; first < 3; ++first)
    for (int second = 0; second < 3; ++second) {
      if (first == second && first < 2) continue;
      const Floats a = random_floats(300, 1), b = random_floats(300, 2), a0 = random_floats(300, 1),
                   b0 = random_floats(300, 2), x(300), y(300), sum(1);
      const Floats* where[] = {&a, &b, &x};
      const Floats& s = *where[first];
      const Floats& t = second == 2 ? y : *where[second];
      run(p, {a, b, s, t, sum});
      double total = 0;
      for (int64_t i = 0; i < 300; ++i) {
        ASSERT_EQ(s[i], a0[i] + b0[i]) << first << second;
        ASSERT_EQ(t[i], a0[i] * b0[i] - a0[i]);
        total += static_cast<double>(a0[i]);
      }
      EXPECT_NEAR(sum[0], total, 1e-4);
    }
}

TEST_P(TileRun, SwapAndCopies) {
  const TileProgram p = parse_tile(R"(
    space 1 x 200
    load r0 float32 contiguous slot 0
    load r1 float32 contiguous slot 1
    load r2 float32 scalar slot 2
    store r1 float32 contiguous slot 0
    store r0 float32 contiguous slot 1
    store r2 float32 contiguous slot 3)");
  const Floats a = random_floats(200, 1), b = random_floats(200, 2), s(1), c(200);
  s[0] = 3;
  run(p, {a, b, s, c});
  EXPECT_TRUE(same_bits(a, random_floats(200, 2)) && same_bits(b, random_floats(200, 1)));
  for (const float x : c) ASSERT_EQ(x, 3);
}

TEST_P(TileRun, SumsKeepTheirOrder) {
  for (const int64_t n : {1, 15, 16, 17, 129, 8192, 8193, 100000, 1000000}) {
    TileProgram p = parse_tile("load r0 float32 contiguous slot 0\n sum r0 slot 1");
    p.cols = n;
    const Floats x = random_floats(n, 1), sum(1);
    double want = 0;
    for (int64_t at = 0; at < n; at += kSumChunk) {
      double lanes[16] = {};
      for (int64_t i = at; i < std::min(n, at + kSumChunk); ++i) lanes[(i - at) % 16] += static_cast<double>(x[i]);
      for (int w = 8; w > 0; w /= 2)
        for (int i = 0; i < w; ++i) lanes[i] += lanes[i + w];
      want = at == 0 ? lanes[0] : want + lanes[0];
    }
    for (const int threads : {1, 2, 3, 8}) {
      set_thread_count(threads);
      run(p, {x, sum});
      EXPECT_EQ(sum[0], static_cast<float>(want)) << n;
    }
  }
}

TEST_P(TileRun, AdamPrecompiledHasTheSameBits) {
  TileProgram p;
  for (const NamedTile& named : parse_named_tiles(R"(
      program adam
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
      r9 = multiply r8 r5
      r2 = add r2 r9
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
      store r3 float32 contiguous slot 3)"))
    p = named.program;
  p.segments = {80, 10, 1, 7840, 200001};
  EXPECT_NE(find_program(p), nullptr);
  std::vector<Floats> results[2];
  for (int way = 0; way < 8; ++way) {
    const int threads[] = {1, 2, 3, 8};
    set_thread_count(threads[way % 4]);
    std::vector<Floats> state;
    std::vector<void*> slots;
    unsigned seed = 0;
    for (const int64_t n : p.segments)
      for (int i = 0; i < 4; ++i) {
        state.push_back(random_floats(n, ++seed, i == 3 ? 0.0f : -1.0f, 1.0f));
        slots.push_back(state.back());
      }
    Floats alpha(1);
    alpha[0] = 1e-3f;
    slots.push_back(alpha);
    for (int step = 0; step < 3; ++step) run(p, slots, way >= 4);
    for (const Floats& f : state) EXPECT_TRUE(f.intact());
    if (way == 0) {
      results[0] = state;
      continue;
    }
    for (size_t i = 0; i < state.size(); ++i) ASSERT_TRUE(same_bits(results[0][i], state[i])) << way << " " << i;
  }
}

TEST_P(TileRun, SegmentSums) {
  TileProgram p = parse_tile(R"(
    segments 5 9000 17 slots 2
    load r0 float32 contiguous slot 0
    r1 = square r0
    sum r0 slot 1
    sum r1 slot 2)");
  std::vector<Floats> x, own;
  std::vector<void*> slots;
  for (const int64_t n : p.segments) {
    x.push_back(random_floats(n, static_cast<unsigned>(n)));
    own.push_back(Floats(1));
    slots.push_back(x.back());
    slots.push_back(own.back());
  }
  Floats norm(1);
  slots.push_back(norm);
  run(p, slots);
  double all = 0;
  for (size_t s = 0; s < x.size(); ++s) {
    double total = 0;
    for (const float v : x[s]) total += static_cast<double>(v), all += static_cast<double>(v) * static_cast<double>(v);
    EXPECT_NEAR(own[s][0], total, 1e-3);
  }
  EXPECT_NEAR(norm[0], all, 1e-2);
}

TEST(TileText, RoundTrip) {
  const std::string text = R"(space 10 x 8
load r0 int32 per_column slot 3
constant r1 0.1
r2 = multiply r0 r1
store r2 float32 contiguous slot 1
sum r2 slot 2 scale 0.5
)";
  EXPECT_EQ(print_tile(parse_tile(text)), text);
  EXPECT_THROW(parse_tile("r1 = frobnicate r0"), ConfigError);
  EXPECT_THROW(parse_tile("load r0 float32 contiguous slot x"), ConfigError);
}

}  // namespace
}  // namespace cornu
