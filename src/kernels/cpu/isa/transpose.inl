// Transposition of small blocks, for packing and for copies.

inline void transpose_slowly(float* dst, int64_t dst_row, const float* src, int64_t src_row, int64_t rows,
                             int64_t cols) {
  for (int64_t c = 0; c < cols; ++c)
    for (int64_t r = 0; r < rows; ++r) dst[c * dst_row + r] = src[r * src_row + c];
}

void transpose(float* dst, int64_t dst_row, const float* src, int64_t src_row, int64_t rows, int64_t cols) {
  transpose_slowly(dst, dst_row, src, src_row, rows, cols);
}
