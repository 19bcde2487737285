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

size_t bytes_of(const Tree<Tensor>& tensors) {
  size_t sum = 0;
  tensors.each([&](const Tensor& t) { sum += static_cast<size_t>(t.size()) * size_of(t.dtype()); });
  return sum;
}

/// Rows of one tensor, collected until a window is full.
struct Column {
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
};

/// Rows of the tensors of one part of a block.
struct Collector {
  const char* what;
  Tree<Tensor> structure{};
  std::vector<Column> columns{};

  void add(const Tree<Tensor>& block, int64_t from, int64_t count, int64_t capacity) {
    if (structure.is_none()) structure = block, columns.resize(block.leaf_count());
    if (!structure.same_structure(block))
      throw CallError("data source",
                      text("all blocks of {} must be alike, got {} after {}", what,
                           to_string(block.kind(), block.size()), to_string(structure.kind(), structure.size())));
    size_t at = 0;
    block.each([&](const Tensor& t) { columns[at++].add(t, from, count, capacity, what); });
  }
  Tree<Tensor> take() {
    std::vector<Tensor> out;
    for (const Column& c : columns) out.push_back(c.all.shape()[0] == c.filled ? c.all : c.all.rows(0, c.filled));
    return structure.with_leaves(out);
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
      for (Tree<Tensor>* part : {&block.x, &block.y, &block.sample_weight}) *part = without_empty(*part);
      const int64_t rows = rows_of(block.x);
      if (rows < 0) throw CallError("data source", "gave a block without x");
      const Shape first = block.x.leaves()[0].shape();
      for (const Tree<Tensor>* part : {&block.x, &block.y, &block.sample_weight})
        part->each([&](const Tensor& t) {
          if (t.rank() < 1 || t.shape()[0] != rows)
            throw ShapeError("data source",
                             text("x, y and weights must have as many rows, got shapes {} and {}", first, t.shape()));
        });
      if (rows > 0) return true;
      if (source.gives_batches())
        throw CallError("data source", text("each batch must have a row, got one of shape {}", first));
    }
  }

  void choose_window_rows() {
    constexpr int64_t kBatches = 16, kRows = 65536;
    const int64_t size = config.batch_size;
    int64_t rows = config.window_rows;
    if (rows <= 0) {
      const size_t all = bytes_of(block.x) + bytes_of(block.y) + bytes_of(block.sample_weight);
      const size_t row = std::max<size_t>(1, all / static_cast<size_t>(rows_of(block.x)));
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
    Collector x{"x"}, y{"y"}, weight{"weights"};
    int64_t filled = 0;
    while (filled == 0 || filled < window_rows) {
      if ((block.x.is_none() || at == rows_of(block.x)) && !next_block()) break;
      if (window_rows == 0) choose_window_rows();
      const int64_t count = std::min(rows_of(block.x) - at, window_rows - filled);
      x.add(block.x, at, count, window_rows);
      if (!block.y.is_none()) y.add(block.y, at, count, window_rows);
      if (!block.sample_weight.is_none()) weight.add(block.sample_weight, at, count, window_rows);
      at += count;
      filled += count;
    }
    if (filled == 0) return false;
    out = {x.take(), y.take(), weight.take(), {}};
    out.order = order_of(out.rows());
    ++index;
    return true;
  }
};

}  // namespace

int64_t rows_of(const Tree<Tensor>& tensors) {
  int64_t rows = -1;
  tensors.each([&](const Tensor& t) {
    if (rows < 0 && t.rank() > 0) rows = t.shape().dim(0);
  });
  return rows;
}

Tree<Tensor> without_empty(const Tree<Tensor>& tensors) {
  if (tensors.is_leaf()) return tensors.leaf().defined() ? tensors : Tree<Tensor>();
  bool any = false, all = true;
  tensors.each([&](const Tensor& t) { any |= t.defined(), all &= t.defined(); });
  if (all && any) return tensors;
  if (any) throw CallError("data", "some of several tensors are empty; leave them all out, or none");
  return {};
}

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
