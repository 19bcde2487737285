// Gathering, scattering and strided copies.
#include <numeric>

#include "kernels/cpu/copy.h"
#include "kernels/cpu/gather.h"
#include "support.h"

namespace cornu {
namespace {

CORNU_EVERY_ISA(Move);

template <class Index>
void check_gather() {
  for (const int64_t bytes : {1, 4, 8, 12, 32, 40, 128, 3136})
    for (const int64_t count : {1, 10, 700}) {
      const int64_t rows = 50;
      Buffer<unsigned char> src(rows * bytes), dst(count * bytes);
      Buffer<Index> index(count);
      for (int64_t i = 0; i < src.size(); ++i) src[i] = static_cast<unsigned char>(i * 7 % 251);
      for (int64_t i = 0; i < count; ++i) index[i] = static_cast<Index>(i * 31 % rows);
      gather_rows(src.data(), index.data(), count, bytes, dst.data());
      EXPECT_TRUE(dst.intact());
      for (int64_t i = 0; i < count; ++i)
        ASSERT_EQ(std::memcmp(dst + i * bytes, src + index[i] * bytes, static_cast<size_t>(bytes)), 0);
    }
}
TEST(Gather, Rows) {
  check_gather<int32_t>();
  check_gather<int64_t>();
}

TEST(Gather, ScatterAdds) {
  const Floats src = random_floats(6, 1), dst(6);
  const int32_t index[] = {2, 0, 2};
  scatter_add_rows(src.data(), index, 3, 2, dst.data());
  EXPECT_EQ(dst[4], src[0] + src[4]);
  EXPECT_EQ(dst[1], src[3]);
  EXPECT_EQ(dst[2], 0);
}

template <class T>
void check_transpose(const std::vector<int64_t>& shape, const std::vector<int>& permutation) {
  const int64_t n = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
  Buffer<T> src(n), dst(n);
  for (int64_t i = 0; i < n; ++i) src[i] = static_cast<T>(i);
  run_copy(prepare_transpose(shape, permutation, sizeof(T)), src.data(), dst.data());
  EXPECT_TRUE(dst.intact());
  const std::vector<int64_t> strides = contiguous_strides(shape);
  std::vector<int64_t> at(shape.size());
  for (int64_t i = 0; i < n; ++i) {
    int64_t from = 0;
    for (size_t a = 0; a < shape.size(); ++a) from += at[a] * strides[static_cast<size_t>(permutation[a])];
    ASSERT_EQ(dst[i], src[from]) << i;
    for (size_t a = shape.size(); a-- > 0;) {
      if (++at[a] < shape[static_cast<size_t>(permutation[a])]) break;
      at[a] = 0;
    }
  }
}

TEST_P(Move, Transpositions) {
  for (const auto& [rows, cols] :
       {std::pair<int64_t, int64_t>{1, 1}, {3, 5}, {8, 8}, {16, 16}, {17, 9}, {31, 40}, {700, 515}}) {
    check_transpose<uint32_t>({rows, cols}, {1, 0});
    check_transpose<uint32_t>({rows, cols}, {0, 1});
    check_transpose<uint8_t>({rows, cols}, {1, 0});
    check_transpose<uint64_t>({rows, cols}, {1, 0});
  }
  std::vector<int> p = {0, 1, 2, 3};
  do {
    check_transpose<uint32_t>({3, 20, 5, 18}, p);
    check_transpose<uint16_t>({3, 1, 5, 4}, p);
  } while (std::next_permutation(p.begin(), p.end()));
  check_transpose<uint32_t>({40, 70, 3, 33}, {2, 1, 0, 3});
}

TEST_P(Move, SlicesReversalsAndBroadcasts) {
  Buffer<uint32_t> src(60), dst(24);
  std::iota(src.begin(), src.end(), 0u);
  // src [6, 10]: rows 1, 3; columns 9, 7, 5, repeated 4 times along a new axis
  const std::vector<int64_t> shape = {2, 4, 3};
  run_copy(prepare_copy(shape, {20, 0, -2}, contiguous_strides(shape), 4), src.data() + 19, dst.data());
  EXPECT_TRUE(dst.intact());
  for (int64_t i = 0; i < 24; ++i) ASSERT_EQ(dst[i], 19 + 20 * (i / 12) - 2 * (i % 3));
  run_copy(prepare_copy({}, {}, {}, 4), src.data(), dst.data());
  EXPECT_EQ(dst[0], 0u);
  run_copy(prepare_copy({0, 3}, {3, 1}, {3, 1}, 4), src.data() + 5, dst.data());
  EXPECT_EQ(dst[0], 0u);
}

}  // namespace
}  // namespace cornu
