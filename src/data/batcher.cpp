// Reading windows, and the thread that does it ahead of their use.
#include "data/batcher.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>

#include "base/interrupt.h"
#include "base/philox.h"

namespace cornu {
namespace {

size_t bytes_of(const Tensor& t) { return t.defined() ? static_cast<size_t>(t.size()) * size_of(t.dtype()) : 0; }

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

/// One window after another of a pass over the source.
struct Reader {
  DataSource& source;
  BatcherConfig config;
  int64_t window_rows = 0, pass = 0, index = 0;
  DataSource::Block block{};  ///< Rows from `at` on are not in a window yet.
  int64_t at = 0;
  bool finished = false;

  void start(int64_t number) {
    pass = number;
    index = at = 0;
    finished = false;
    block = {};
    source.shuffle(config.shuffle ? std::optional(config.seed) : std::nullopt);
    source.start(pass);
  }

  /// The next block that has rows.
  bool next_block() {
    for (;;) {
      block = {};
      at = 0;
      finished = finished || !source.next(block);  // which is not asked again
      if (finished) return false;
      if (!block.x.defined() || block.x.rank() < 1) throw CallError("data source", "gave a block without x");
      const int64_t rows = block.x.shape()[0];
      for (const Tensor* t : {&block.y, &block.sample_weight})
        if (t->defined() && (t->rank() < 1 || t->shape()[0] != rows))
          throw ShapeError("data source", text("x, y and weights must have as many rows, got shapes {} and {}",
                                               block.x.shape(), t->shape()));
      if (rows > 0) return true;
      if (source.gives_batches())
        throw CallError("data source", text("each batch must have a row, got one of shape {}", block.x.shape()));
    }
  }

  void choose_window_rows() {
    constexpr int64_t kBatches = 16, kRows = 65536;
    const int64_t size = config.batch_size;
    int64_t rows = config.window_rows;
    if (rows <= 0) {
      const size_t all = bytes_of(block.x) + bytes_of(block.y) + bytes_of(block.sample_weight);
      const size_t row = std::max<size_t>(1, all / static_cast<size_t>(block.x.shape()[0]));
      rows = std::min(std::max(kBatches * size, kRows), static_cast<int64_t>(kWindowBytes / row) / size * size);
    }
    window_rows = std::max<int64_t>(1, (rows + size - 1) / size) * size;
  }

  Tensor order_of(int64_t rows) const {
    Tensor out({rows}, DType::i32);
    const std::span<int32_t> order = out.mutable_data<int32_t>();
    std::iota(order.begin(), order.end(), 0);
    const uint64_t call = static_cast<uint64_t>(pass) << 32 | static_cast<uint64_t>(index);
    for (size_t i = order.size(); config.shuffle && i-- > 1;) {
      const uint64_t word = philox(config.seed, call, i)[0];
      std::swap(order[i], order[static_cast<size_t>(word * (i + 1) >> 32)]);
    }
    return out;
  }

  bool read(Window& out) {
    if (source.gives_batches()) {
      if (!next_block()) return false;
      out = {std::move(block.x), std::move(block.y), std::move(block.sample_weight), {}};
      block = {};
      return true;
    }
    Collector x, y, weight;
    while (x.filled == 0 || x.filled < window_rows) {
      if ((!block.x.defined() || at == block.x.shape()[0]) && !next_block()) break;
      if (window_rows == 0) choose_window_rows();
      const int64_t count = std::min(block.x.shape()[0] - at, window_rows - x.filled);
      x.add(block.x, at, count, window_rows, "x");
      if (block.y.defined()) y.add(block.y, at, count, window_rows, "y");
      if (block.sample_weight.defined()) weight.add(block.sample_weight, at, count, window_rows, "weights");
      at += count;
    }
    if (x.filled == 0) return false;
    out = {x.take(), y.take(), weight.take(), {}};
    out.order = order_of(out.rows());
    ++index;
    return true;
  }
};

}  // namespace

size_t Window::bytes() const { return bytes_of(x) + bytes_of(y) + bytes_of(sample_weight); }

struct Batcher::Impl {
  Reader reader;
  std::thread thread;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Window> ready;
  size_t ready_bytes = 0;
  int64_t read = 0, allowed = 0;  ///< Windows of this pass.
  bool ended = true, stop = false;
  std::exception_ptr failure;

  Impl(DataSource& s, const BatcherConfig& c) : reader{s, c} {}

  /// Batches may be tiny, so that many of them are worth a hand-over; windows are large.
  bool has_room() const {
    const size_t most = reader.source.gives_batches() ? 64 : 2;
    return ready.empty() || (ready.size() < most && ready_bytes < kWindowBytes * (most == 2 ? 2 : 1));
  }

  void halt() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    changed.notify_all();
    if (thread.joinable()) thread.join();
  }

  void read_all(int64_t pass) {
    reader.start(pass);
    for (;;) {
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return stop || (has_room() && read < allowed); });
        if (stop) return;
      }
      Window window;
      if (!reader.read(window)) return;
      const std::lock_guard lock(mutex);
      ++read;
      ready_bytes += window.bytes();
      ready.push_back(std::move(window));
      changed.notify_all();
    }
  }
};

Batcher::Batcher(DataSource& source, const BatcherConfig& config) : impl_(std::make_unique<Impl>(source, config)) {}
Batcher::~Batcher() { impl_->halt(); }

void Batcher::stop() {
  Impl& m = *impl_;
  m.halt();
  m.ready.clear();
  m.ready_bytes = 0;
  m.ended = true;
}

void Batcher::start(int64_t pass) {
  stop();
  Impl& m = *impl_;
  m.read = 0;
  m.allowed = m.reader.source.gives_batches() ? 0 : INT64_MAX;
  m.ended = m.stop = false;
  m.failure = nullptr;
  if (!m.reader.source.reads_ahead()) return m.reader.start(pass);
  m.thread = std::thread([&m, pass] {
    std::exception_ptr failure;
    try {
      m.read_all(pass);
    } catch (...) {
      failure = std::current_exception();
    }
    const std::lock_guard lock(m.mutex);
    m.failure = failure;
    m.ended = true;
    m.changed.notify_all();
  });
}

bool Batcher::next(Window& out, int64_t most) {
  Impl& m = *impl_;
  if (!m.reader.source.reads_ahead()) {
    if (m.ended) return false;
    m.ended = !m.reader.read(out);
    return !m.ended;
  }
  std::unique_lock lock(m.mutex);
  const int64_t given = m.read - static_cast<int64_t>(m.ready.size());
  if (most < INT64_MAX - given) {
    m.allowed = std::max(m.allowed, given + most);
  } else {
    m.allowed = INT64_MAX;
  }
  m.changed.notify_all();
  while (!m.changed.wait_for(lock, std::chrono::milliseconds(50), [&] { return m.ended || !m.ready.empty(); })) {
    lock.unlock();
    check_interrupt();
    lock.lock();
  }
  if (m.ready.empty()) {
    if (m.failure) std::rethrow_exception(m.failure);
    return false;
  }
  out = std::move(m.ready.front());
  m.ready.pop_front();
  m.ready_bytes -= out.bytes();
  m.changed.notify_all();
  return true;
}

}  // namespace cornu
