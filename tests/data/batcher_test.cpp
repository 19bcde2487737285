// Windows: every row once, shuffled by the seed, errors of the source's thread.
#include "data/batcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

namespace cornu {
namespace {

/// Rows 0..n-1 in uneven blocks; fails at row `fail_at`.
struct Counting final : DataSource {
  int64_t n, at = 0, fail_at = -1;
  explicit Counting(int64_t rows) : n(rows) {}
  void start(int64_t) override { at = 0; }
  bool next(Block& out) override {
    if (at == n) return false;
    if (fail_at >= 0 && at >= fail_at) throw FileError("counting", "broke");
    const int64_t rows = std::min<int64_t>(n - at, 1 + at % 7);
    Tensor x({rows, 2}), y({rows}, DType::i32);
    for (int64_t i = 0; i < rows; ++i, ++at) {
      x.mutable_data<float>()[static_cast<size_t>(2 * i)] = static_cast<float>(at);
      y.mutable_data<int32_t>()[static_cast<size_t>(i)] = static_cast<int32_t>(at);
    }
    out = {x, y, {}};
    return true;
  }
};

std::vector<int> read(Batcher& b, int64_t epoch, std::vector<int64_t>* sizes = nullptr) {
  std::vector<int> out;
  b.start(epoch);
  for (Window w; b.next(w);) {
    if (sizes) sizes->push_back(w.rows());
    for (const int32_t i : w.order.data<int32_t>()) {
      out.push_back(w.y.only().data<int32_t>()[static_cast<size_t>(i)]);
      EXPECT_EQ(w.x.only().data<float>()[static_cast<size_t>(2 * i)], static_cast<float>(out.back()));
    }
  }
  return out;
}

TEST(Batcher, GivesEachRowOnceInShuffledWindows) {
  Counting source(1000);
  Batcher b(source, {.batch_size = 12, .window_rows = 300, .seed = 5});
  std::vector<int64_t> sizes;
  const std::vector<int> first = read(b, 0, &sizes);
  EXPECT_EQ(sizes, (std::vector<int64_t>{300, 300, 300, 100}));
  EXPECT_FALSE(std::is_sorted(first.begin(), first.begin() + 300));
  const std::vector<int> second = read(b, 1);
  EXPECT_NE(first, second);
  EXPECT_EQ(read(b, 0), first);
  std::vector<int> sorted = second;
  std::sort(sorted.begin(), sorted.end());
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(sorted[static_cast<size_t>(i)], i);
}

TEST(Batcher, KeepsTheOrderIfNotShuffled) {
  Counting source(100);
  Batcher b(source, {.batch_size = 8, .window_rows = 20, .shuffle = false});
  const std::vector<int> rows = read(b, 0);
  EXPECT_EQ(rows.size(), 100u);
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
}

TEST(Batcher, CanBeLeftEarlyAndTellsWhatBroke) {
  Counting source(100000);
  Batcher b(source, {.batch_size = 8, .window_rows = 80});
  Window w;
  b.start(0);
  EXPECT_TRUE(b.next(w));
  b.start(1);  // gives up epoch 0
  EXPECT_TRUE(b.next(w));
  source.fail_at = 50;
  b.start(2);
  EXPECT_THROW(while (b.next(w)){}, FileError);
}

/// Batches of 1, 2, 3, ... rows of `width` numbers, which count on.
struct Growing final : DataSource {
  int64_t count, width, at = 0, given = 0;
  bool ahead;
  std::atomic<int64_t> asked = 0;
  std::vector<std::string> told;
  Growing(int64_t n, int64_t w, bool reads_ahead = true) : count(n), width(w), ahead(reads_ahead) {}
  void start(int64_t) override { at = given = 0; }
  bool next(Block& out) override {
    if (given == count) return false;
    ++asked;
    Tensor x({++given, width});
    for (float& v : x.mutable_data<float>()) v = static_cast<float>(at / width), ++at;
    out = {x, x, {}};
    return true;
  }
  bool gives_batches() const override { return true; }
  int64_t batches() const override { return count; }
  bool reads_ahead() const override { return ahead; }
};

TEST(Batcher, HandsOnTheBatchesOfASourceThatGivesThem) {
  for (const bool ahead : {true, false}) {
    Growing source(5, 2, ahead);
    Batcher b(source, {.batch_size = 2, .seed = 5});
    for (int pass = 0; pass < 2; ++pass) {
      b.start(pass);
      int64_t row = 0, count = 0;
      for (Window w; b.next(w); ++count) {
        EXPECT_EQ(w.rows(), count + 1);
        EXPECT_FALSE(w.order.defined());
        for (int64_t i = 0; i < w.rows(); ++i)
          EXPECT_EQ(w.x.only().data<float>()[static_cast<size_t>(2 * i)], static_cast<float>(row++));
      }
      EXPECT_EQ(count, 5);
    }
  }
}

TEST(Batcher, ReadsNoMoreThanIsAskedFor) {
  Growing source(100, 1);
  Batcher b(source, {});
  b.start(0);
  Window w;
  for (int64_t most = 3; most > 0; --most) ASSERT_TRUE(b.next(w, most));
  b.stop();
  EXPECT_EQ(source.asked, 3);
  EXPECT_FALSE(b.next(w));
}

TEST(Batcher, SizesWindowsInBytes) {
  struct Large final : DataSource {
    int64_t left = 0, rows_each;
    explicit Large(int64_t n) : rows_each(n) {}
    void start(int64_t) override { left = 40; }
    bool next(Block& out) override {
      if (left-- == 0) return false;
      out = {Tensor({rows_each, 256 * 1024}), Tensor({rows_each}), {}};  // a megabyte each
      return true;
    }
  } source(1);
  for (const int64_t batch : {4, 24}) {
    Batcher b(source, {.batch_size = batch});
    b.start(0);
    std::vector<int64_t> sizes;
    for (Window w; b.next(w);) {
      sizes.push_back(w.rows());
      EXPECT_LE(w.bytes(), std::max(kWindowBytes, static_cast<size_t>(batch) * ((1 << 20) + 4)));
    }
    // 15 megabytes and their targets fit; a batch is whole whatever its size.
    EXPECT_EQ(sizes, (batch == 4 ? std::vector<int64_t>{12, 12, 12, 4} : std::vector<int64_t>{24, 16}));
  }
}

TEST(Batches, AreThoseOfASourceThatGivesThem) {
  Growing source(3, 1);
  Batches batches(source, {.batch_size = 1});
  DataSource::Block block;
  for (int64_t rows = 1; rows <= 3; ++rows) {
    ASSERT_TRUE(batches.next(block));
    EXPECT_EQ(block.x.only().shape()[0], rows);
  }
  EXPECT_FALSE(batches.next(block));
}

TEST(Batches, AreThoseOfTheWindows) {
  Counting source(100);
  Batches batches(source, {.batch_size = 8, .window_rows = 40, .seed = 3});
  const auto read_all = [&](int64_t epoch) {
    std::vector<int> out;
    batches.start(epoch);
    for (DataSource::Block b; batches.next(b);) {
      EXPECT_EQ(b.x.only().shape()[0], out.size() < 96 ? 8 : 4);
      for (size_t i = 0; i < b.y.only().data<int32_t>().size(); ++i) {
        out.push_back(b.y.only().data<int32_t>()[i]);
        EXPECT_EQ(b.x.only().data<float>()[2 * i], static_cast<float>(out.back()));
      }
      EXPECT_TRUE(b.sample_weight.is_none());
    }
    return out;
  };
  std::vector<int> first = read_all(0);
  EXPECT_NE(first, read_all(1));
  EXPECT_EQ(first, read_all(0));
  std::sort(first.begin(), first.end());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(first[static_cast<size_t>(i)], i);
  EXPECT_THROW(Batches(source, {.batch_size = 0}), ConfigError);
  // Not started, it is at epoch 0.
  Batches plain(source, {.batch_size = 30, .shuffle = false});
  DataSource::Block block;
  ASSERT_TRUE(plain.next(block));
  EXPECT_EQ(block.y.only().to_doubles()[29], 29);
}

}  // namespace
}  // namespace cornu
