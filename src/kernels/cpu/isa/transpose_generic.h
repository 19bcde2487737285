// Transposes blocks of 4 x 4 floats. No include guard needed.

template <bool kSpills>
inline void transpose_block(float* dst, int64_t dst_row, const float* src, int64_t src_row, int rows, int cols) {
  for (int c = 0; c < cols; ++c)
    for (int r = 0; r < rows; ++r) dst[c * dst_row + r] = src[r * src_row + c];
}
constexpr int kBlock = 4;
