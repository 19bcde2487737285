// Register tiles of matrix products. Each element of C is one chain of multiply-adds over k, in order.

/// Three rows of A share a base pointer, so that x86 reaches them all by [base + step * {0, 1, 2}].
template <int kRows, int kVectors>
void gemm_tile(const GemmTile& t) {
  V sum[kRows][kVectors];
  float* c = t.c;
  int64_t c_row = t.c_row;
  if (t.add_to_c) {
    // Lanes past the last column may be another thread's elements of C.
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors - 1; ++v) sum[i][v] = load(c + i * c_row + v * kLanes);
      const float* end = c + i * c_row + (kVectors - 1) * kLanes;
      sum[i][kVectors - 1] = t.last == kLanes ? load(end) : load_n(end, t.last);
    }
  } else {
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sum[i][v] = V(0.0f);
  }
  constexpr int kBases = (kRows + 2) / 3;
  const int64_t step = t.a_row, a_col = t.a_col, b_row = t.b_row;
  const float* a[kBases];
#pragma GCC unroll 8
  for (int g = 0; g < kBases; ++g) a[g] = t.a + 3 * g * step;
  const float* b = t.b;
#pragma GCC unroll 2
  for (int64_t k = t.k; k > 0; --k) {
    V bv[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) bv[v] = load(b + v * kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const V x(a[i / 3][(i % 3) * step]);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sum[i][v] = mul_add(x, bv[v], sum[i][v]);
    }
#pragma GCC unroll 8
    for (int g = 0; g < kBases; ++g) a[g] += a_col;
    b += b_row;
  }
  asm("" : "+r"(c), "+r"(c_row));  // or addresses of all rows would be kept, on the stack, from the loads above
  if (t.finishes) {
    if (t.bias) {
      V bias[kVectors];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) bias[v] = load(t.bias + v * kLanes);
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) sum[i][v] = sum[i][v] + bias[v];
    }
    if (t.finish == GemmFinish::relu) {
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) sum[i][v] = max(V(0.0f), sum[i][v]);
    } else if (t.finish == GemmFinish::relu_grad) {
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v)
          sum[i][v] = select(load(t.mask + i * t.mask_row + v * kLanes) > V(0.0f), sum[i][v], V(0.0f));
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors - 1; ++v) store(c + i * c_row + v * kLanes, sum[i][v]);
    float* end = c + i * c_row + (kVectors - 1) * kLanes;
    if (t.last == kLanes)
      store(end, sum[i][kVectors - 1]);
    else
      store_n(end, sum[i][kVectors - 1], t.last);
  }
}

constexpr int gemm_rows_for(int vectors) {  // sums, a row of B and one element of A fit into the registers
  const int rows = (kVectorRegisters - 1 - vectors) / vectors;
  return rows < kMaxGemmRows ? rows : kMaxGemmRows;
}

/// The greatest tile that does not spill for a number of vectors, or none.
template <int kRows, int kVectors>
constexpr GemmTileFn gemm_entry() {
  if constexpr (kRows <= gemm_rows_for(kVectors)) return gemm_tile<kRows, kVectors>;
  return nullptr;
}
template <int kRows>
constexpr void gemm_entries(IsaTable* t) {
  t->gemm[kRows][1] = gemm_entry<kRows, 1>();
  t->gemm[kRows][2] = gemm_entry<kRows, 2>();
  t->gemm[kRows][3] = gemm_entry<kRows, 3>();
  if constexpr (kRows > 1) gemm_entries<kRows - 1>(t);
}

template <int kVectors>
inline void gemm_row_strip(const float* a, int64_t a_col, const float* b, int64_t b_row, float* c, int last,
                           int64_t k) {
  constexpr int kChains = 4;
  V sum[kChains][kVectors];
#pragma GCC unroll 4
  for (int q = 0; q < kChains; ++q)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sum[q][v] = V(0.0f);
  int64_t i = 0;
#pragma GCC unroll 1
  for (; i + kChains <= k; i += kChains) {
#pragma GCC unroll 4
    for (int q = 0; q < kChains; ++q) {
      const V x(a[(i + q) * a_col]);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sum[q][v] = mul_add(x, load(b + (i + q) * b_row + v * kLanes), sum[q][v]);
    }
  }
#pragma GCC unroll 1
  for (; i < k; ++i) {
    const V x(a[i * a_col]);
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sum[0][v] = mul_add(x, load(b + i * b_row + v * kLanes), sum[0][v]);
  }
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) {
    const V r = (sum[0][v] + sum[2][v]) + (sum[1][v] + sum[3][v]);
    if (v < kVectors - 1 || last == kLanes)
      store(c + v * kLanes, r);
    else
      store_n(c + v * kLanes, r, last);
  }
}
void gemm_row(const float* a, int64_t a_col, const float* b, int64_t b_row, float* c, int64_t n, int64_t k) {
  constexpr int kWide = kVectorRegisters >= 32 ? 4 : 2;
  int64_t j = 0;
  for (; j + kWide * kLanes <= n; j += kWide * kLanes) gemm_row_strip<kWide>(a, a_col, b + j, b_row, c + j, kLanes, k);
  if (kWide > 2 && j + 2 * kLanes <= n) {
    gemm_row_strip<2>(a, a_col, b + j, b_row, c + j, kLanes, k);
    j += 2 * kLanes;
  }
  for (; j < n; j += kLanes)
    gemm_row_strip<1>(a, a_col, b + j, b_row, c + j, n - j < kLanes ? static_cast<int>(n - j) : kLanes, k);
}

/// kRows dot products with one vector.
template <int kRows>
inline void dot_rows(const float* a, const float* b, int64_t b_row, float* c, int64_t k) {
  constexpr int kParts = 16 / kLanes;
  Lanes16 s[kRows];
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kParts; ++v) s[r].v[v] = V(0.0f);
  int64_t i = 0;
#pragma GCC unroll 1
  for (; i + 16 <= k; i += 16)
#pragma GCC unroll 4
    for (int v = 0; v < kParts; ++v) {
      const V x = load(a + i + v * kLanes);
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) s[r].v[v] = mul_add(x, load(b + r * b_row + i + v * kLanes), s[r].v[v]);
    }
  for (int v = 0; v < kParts && i < k; ++v, i += kLanes) {
    const int left = k - i < kLanes ? static_cast<int>(k - i) : kLanes;
    const V x = left == kLanes ? load(a + i) : load_n(a + i, left);
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      const V y = left == kLanes ? load(b + r * b_row + i) : load_n(b + r * b_row + i, left);
      s[r].v[v] = mul_add(x, y, s[r].v[v]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) c[r] = first_lane(fold<Sum>(s[r]));
}
void gemm_dots(const float* a, const float* b, int64_t b_row, float* c, int64_t n, int64_t k) {
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) dot_rows<4>(a, b + i * b_row, b_row, c + i, k);
  for (; i < n; ++i) dot_rows<1>(a, b + i * b_row, b_row, c + i, k);
}
