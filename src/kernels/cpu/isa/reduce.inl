// Sums (in double), extremes and products of rows and columns, and softmax. See kernels/cpu/reduce.h for the order of
// operations.

struct Max {  // NaN wins from either side, as in formulas.inl
  static constexpr float kStart = -__builtin_inff();
  static inline V f(V a, V b) { return select(b != b, b, max(b, a)); }
};
struct Min {
  static constexpr float kStart = __builtin_inff();
  static inline V f(V a, V b) { return select(b != b, b, min(b, a)); }
};
struct Prod {
  static constexpr float kStart = 1.0f;
  static inline V f(V a, V b) { return a * b; }
};

double sum_row(const float* x, int64_t n) {
  double result = 0;
  for (int64_t at = 0; at < n; at += kSumChunk) {
    alignas(64) double lanes[16] = {};
    tile_sum(lanes, x + at, 0, static_cast<int>(n - at < kSumChunk ? n - at : kSumChunk));
    result += total16(lanes);
  }
  return result;
}

template <class Op>
float reduce_row(const float* x, int64_t n) {
  float result = Op::kStart;
  for (int64_t at = 0; at < n; at += kSumChunk) {
    const int64_t end = n - at < kSumChunk ? n : at + kSumChunk;
    Lanes16 s;
    for (int v = 0; v < 16 / kLanes; ++v) s.v[v] = V(Op::kStart);
    int64_t i = at;
    for (; i + 16 <= end; i += 16)
      for (int v = 0; v < 16 / kLanes; ++v) s.v[v] = Op::f(s.v[v], load(x + i + v * kLanes));
    for (int v = 0; v < 16 / kLanes && i < end; ++v, i += kLanes) {
      const int left = end - i < kLanes ? static_cast<int>(end - i) : kLanes;
      s.v[v] = Op::f(s.v[v], left == kLanes ? load(x + i) : first_lanes_or(left, load_n(x + i, left), V(Op::kStart)));
    }
    const V folded = fold<Op>(s);
    result = first_lane(at == 0 ? folded : Op::f(V(result), folded));
  }
  return result;
}

/// kVectors of columns at a time; rows in order.
template <class Op, int kVectors>
inline void reduce_strip(float* dst, const float* src, int64_t row, int64_t rows, int last) {
  V s[kVectors];
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) s[v] = V(Op::kStart);
  for (int64_t r = 0; r < rows; ++r, src += row)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) s[v] = Op::f(s[v], load(src + v * kLanes));
#pragma GCC unroll 4
  for (int v = 0; v < kVectors - 1; ++v) store(dst + v * kLanes, s[v]);
  if (last == kLanes)
    store(dst + (kVectors - 1) * kLanes, s[kVectors - 1]);
  else
    store_n(dst + (kVectors - 1) * kLanes, s[kVectors - 1], last);
}
template <class Op>
void reduce_columns(float* dst, const float* src, int64_t row, int64_t rows, int64_t cols) {
  int64_t j = 0;
  for (; j + 4 * kLanes <= cols; j += 4 * kLanes) reduce_strip<Op, 4>(dst + j, src + j, row, rows, kLanes);
  for (; j < cols; j += kLanes)
    reduce_strip<Op, 1>(dst + j, src + j, row, rows, cols - j < kLanes ? static_cast<int>(cols - j) : kLanes);
}

template <int kVectors>
inline void sum_strip(float* dst, double* wide, const float* src, int64_t row, int64_t rows, int last) {
  Wide s[kVectors];
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) s[v] = widened(V(0.0f));
  for (int64_t r = 0; r < rows; ++r, src += row)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) s[v] = s[v] + widened(load(src + v * kLanes));
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) {
    const int n = v < kVectors - 1 ? kLanes : last;
    if (!dst) {
      double all[kLanes];
      store_wide(all, s[v]);
      for (int i = 0; i < n; ++i) wide[v * kLanes + i] = all[i];
    } else if (n == kLanes) {
      store(dst + v * kLanes, narrowed(s[v]));
    } else {
      store_n(dst + v * kLanes, narrowed(s[v]), n);
    }
  }
}
void sum_columns(float* dst, double* wide, const float* src, int64_t row, int64_t rows, int64_t cols) {
  const auto to = [&](int64_t j) { return dst ? dst + j : nullptr; };
  const auto to_wide = [&](int64_t j) { return dst ? nullptr : wide + j; };
  int64_t j = 0;
  for (; j + 4 * kLanes <= cols; j += 4 * kLanes) sum_strip<4>(to(j), to_wide(j), src + j, row, rows, kLanes);
  for (; j < cols; j += kLanes)
    sum_strip<1>(to(j), to_wide(j), src + j, row, rows, cols - j < kLanes ? static_cast<int>(cols - j) : kLanes);
}

/// exp(src - greatest), written to dst if there is one; returns the sum, in 16 lanes.
inline float sum_of_exp(float* dst, const float* src, V greatest, int64_t n) {
  Lanes16 s;
  for (int v = 0; v < 16 / kLanes; ++v) s.v[v] = V(0.0f);
  int64_t i = 0;
  for (; i < n; i += 16)
#pragma GCC unroll 4
    for (int v = 0; v < 16 / kLanes; ++v) {
      const int64_t at = i + v * kLanes;
      if (at >= n) break;
      const bool whole = n - at >= kLanes;  // else what is behind the end is the next row, perhaps another thread's
      const V e = exp((whole ? load(src + at) : load_n(src + at, static_cast<int>(n - at))) - greatest);
      if (whole) {
        if (dst) store(dst + at, e);
        s.v[v] = s.v[v] + e;
      } else {
        const int left = static_cast<int>(n - at);
        if (dst) store_n(dst + at, e, left);
        s.v[v] = s.v[v] + first_lanes_or(left, e, V(0.0f));
      }
    }
  return first_lane(fold<Sum>(s));
}
/// A row that fits one vector stays in it.
inline void short_softmax_row(float* dst, const float* src, int n) {
  Lanes16 s;
  for (int v = 1; v < 16 / kLanes; ++v) s.v[v] = V(Max::kStart);
  const V x = s.v[0] = n == kLanes ? load(src) : first_lanes_or(n, load_n(src, n), V(Max::kStart));
  const V e = exp(x - V(first_lane(fold<Max>(s))));
  for (int v = 1; v < 16 / kLanes; ++v) s.v[v] = V(0.0f);
  s.v[0] = n == kLanes ? e : first_lanes_or(n, e, V(0.0f));
  const V y = e / V(first_lane(fold<Sum>(s)));
  if (n == kLanes)
    store(dst, y);
  else
    store_n(dst, y, n);
}
void softmax_row(float* dst, const float* src, int64_t n) {
  if (n <= kLanes) return short_softmax_row(dst, src, static_cast<int>(n));
  const float sum = sum_of_exp(dst, src, V(reduce_row<Max>(src, n)), n);
  tile<op_divide, 2, 2>(dst, dst, &sum, dst, static_cast<int>(n));
}
void log_softmax_row(float* dst, const float* src, int64_t n) {
  const float greatest = reduce_row<Max>(src, n), sum = sum_of_exp(nullptr, src, V(greatest), n);
  float shift[kLanes];
  store(shift, V(greatest) + log(V(sum)));
  tile<op_subtract, 2, 2>(dst, src, shift, src, static_cast<int>(n));
}
