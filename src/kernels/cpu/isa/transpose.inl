// Transposition in blocks that fit the registers (transpose_block, kBlock), for packing and for copies.

void transpose(float* dst, int64_t dst_row, const float* src, int64_t src_row, int64_t rows, int64_t cols) {
  for (int64_t r = 0; r < rows; r += kBlock) {
    const int height = rows - r < kBlock ? static_cast<int>(rows - r) : kBlock;
    for (int64_t c = 0; c < cols; c += kBlock)
      transpose_block(dst + c * dst_row + r, dst_row, src + r * src_row + c, src_row, height,
                      cols - c < kBlock ? static_cast<int>(cols - c) : kBlock);
  }
}
