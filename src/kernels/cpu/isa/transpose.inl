// Transposition in blocks that fit the registers (transpose_block, kBlock), for packing and for copies.

void transpose(float* dst, int64_t dst_row, const float* src, int64_t src_row, int64_t rows, int64_t cols) {
  for (int64_t r = 0; r < rows; r += kBlock) {
    const int height = rows - r < kBlock ? static_cast<int>(rows - r) : kBlock;
    for (int64_t c = 0; c < cols; c += kBlock)
      transpose_block<false>(dst + c * dst_row + r, dst_row, src + r * src_row + c, src_row, height,
                             cols - c < kBlock ? static_cast<int>(cols - c) : kBlock);
  }
}

void transpose_packed(float* dst, const float* src, int64_t src_row, int64_t rows, int64_t cols) {
  // Whole cache lines of a row at a time: where rows are 4096 bytes apart, few of them fit into the cache. From the
  // last rows to the first, so that what spills into the next column is overwritten.
  constexpr int64_t kLine = 16, kAhead = 4 * kLine;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t ahead = 0; ahead < kAhead; ahead += kLine) __builtin_prefetch(src + r * src_row + ahead);
  for (int64_t line = 0; line < cols; line += kLine) {
    for (int64_t r = 0; r < rows; ++r) __builtin_prefetch(src + r * src_row + line + kAhead);
    for (int64_t r = (rows - 1) / kBlock * kBlock; r >= 0; r -= kBlock)
      for (int64_t c = line; c < cols && c < line + kLine; c += kBlock)
        transpose_block<true>(dst + c * rows + r, rows, src + r * src_row + c, src_row,
                              rows - r < kBlock ? static_cast<int>(rows - r) : kBlock,
                              cols - c < kBlock ? static_cast<int>(cols - c) : kBlock);
  }
}
