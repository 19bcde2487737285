// The reading thread.
#include "data/batcher.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>

#include "base/philox.h"

namespace cornu {
namespace {

/// Rows collected until a window is full.
struct Collector {
  Tensor all;
  int64_t filled = 0;

  void add(const Tensor& block, int64_t from, int64_t count, int64_t capacity, const char* what) {
    const Shape sample = block.shape().slice(1);
    if (!all.defined()) all = Tensor(Shape{capacity}.append(sample), block.dtype());
    if (all.shape().slice(1) != sample || all.dtype() != block.dtype())
      throw ShapeError("data source", text("all blocks of {} must be alike, got samples of {}{} after {}{}", what,
                                           block.dtype(), sample, all.dtype(), all.shape().slice(1)));
    const size_t bytes = static_cast<size_t>(sample.size()) * size_of(block.dtype());
    std::memcpy(static_cast<char*>(all.raw()) + static_cast<size_t>(filled) * bytes,
                static_cast<const char*>(block.raw()) + static_cast<size_t>(from) * bytes,
                static_cast<size_t>(count) * bytes);
    filled += count;
  }
  Tensor take() {
    Tensor out = !all.defined() || all.shape()[0] == filled ? all : all.rows(0, filled);
    all = {};
    filled = 0;
    return out;
  }
};

}  // namespace

struct Batcher::Impl {
  DataSource& source;
  BatcherConfig config;
  int64_t window_rows = 0;

  std::thread thread;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Window> ready;  // At most kAhead.
  bool ended = true, stop = false;
  std::exception_ptr failure;
  static constexpr size_t kAhead = 2;

  Impl(DataSource& s, const BatcherConfig& c) : source(s), config(c) {}

  void halt() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    changed.notify_all();
    if (thread.joinable()) thread.join();
  }

  void hand_over(Window w, int64_t epoch, int64_t index) {
    const int64_t n = w.rows();
    w.order = Tensor({n}, DType::i32);
    const std::span<int32_t> order = w.order.mutable_data<int32_t>();
    std::iota(order.begin(), order.end(), 0);
    const uint64_t call = static_cast<uint64_t>(epoch) << 32 | static_cast<uint64_t>(index);
    for (size_t i = order.size(); config.shuffle && i-- > 1;) {
      const uint64_t word = philox(config.seed, call, i)[0];
      std::swap(order[i], order[static_cast<size_t>(word * (i + 1) >> 32)]);
    }
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return stop || ready.size() < kAhead; });
    if (!stop) ready.push_back(std::move(w));
    changed.notify_all();
  }

  void read(int64_t epoch) {
    Collector x, y, weight;
    int64_t index = 0;
    const auto flush = [&] { hand_over({x.take(), y.take(), weight.take(), {}}, epoch, index++); };
    source.start(epoch);
    DataSource::Block block;
    while (source.next(block)) {
      if (!block.x.defined() || block.x.rank() < 1) throw CallError("data source", "gave a block without x");
      const int64_t rows = block.x.shape()[0];
      for (const Tensor* t : {&block.y, &block.sample_weight})
        if (t->defined() && (t->rank() < 1 || t->shape()[0] != rows))
          throw ShapeError("data source", text("x, y and weights must have as many rows, got shapes {} and {}",
                                               block.x.shape(), t->shape()));
      for (int64_t at = 0; at < rows;) {
        const int64_t count = std::min(rows - at, window_rows - x.filled);
        x.add(block.x, at, count, window_rows, "x");
        if (block.y.defined()) y.add(block.y, at, count, window_rows, "y");
        if (block.sample_weight.defined()) weight.add(block.sample_weight, at, count, window_rows, "weights");
        at += count;
        if (x.filled < window_rows) continue;
        flush();
        const std::lock_guard lock(mutex);
        if (stop) return;
      }
    }
    if (x.filled > 0) flush();
  }
};

Batcher::Batcher(DataSource& source, const BatcherConfig& config) : impl_(std::make_unique<Impl>(source, config)) {
  constexpr int64_t kBatches = 16, kRows = 65536;
  const int64_t rows = config.window_rows > 0 ? config.window_rows : std::max(kBatches * config.batch_size, kRows);
  impl_->window_rows = (rows + config.batch_size - 1) / config.batch_size * config.batch_size;
}
Batcher::~Batcher() { impl_->halt(); }

void Batcher::start(int64_t epoch) {
  Impl& m = *impl_;
  m.halt();
  m.ready.clear();
  m.ended = m.stop = false;
  m.failure = nullptr;
  m.thread = std::thread([&m, epoch] {
    std::exception_ptr failure;
    try {
      m.read(epoch);
    } catch (...) {
      failure = std::current_exception();
    }
    const std::lock_guard lock(m.mutex);
    m.failure = failure;
    m.ended = true;
    m.changed.notify_all();
  });
}

bool Batcher::next(Window& out) {
  Impl& m = *impl_;
  std::unique_lock lock(m.mutex);
  m.changed.wait(lock, [&] { return m.ended || !m.ready.empty(); });
  if (m.ready.empty()) {
    if (m.failure) std::rethrow_exception(m.failure);
    return false;
  }
  out = std::move(m.ready.front());
  m.ready.pop_front();
  m.changed.notify_all();
  return true;
}

}  // namespace cornu
