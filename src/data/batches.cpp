// Batches of windows, as tensors of their own.
#include <cornu/data_source.h>

#include <cstring>

#include "data/batcher.h"

namespace cornu {
namespace {

Tensor gathered(const Tensor& t, std::span<const int32_t> rows) {
  if (!t.defined()) return {};
  const Shape sample = t.shape().slice(1);
  Tensor out(Shape{static_cast<int64_t>(rows.size())}.append(sample), t.dtype());
  const size_t bytes = static_cast<size_t>(sample.size()) * size_of(t.dtype());
  char* to = static_cast<char*>(out.raw());
  for (const int32_t row : rows) {
    std::memcpy(to, static_cast<const char*>(t.raw()) + static_cast<size_t>(row) * bytes, bytes);
    to += bytes;
  }
  return out;
}

BatcherConfig checked(const BatchesConfig& c) {
  if (c.batch_size < 1) throw ConfigError("Batches", text("batch_size must be at least 1, got {}", c.batch_size));
  return {.batch_size = c.batch_size, .window_rows = c.window_rows, .shuffle = c.shuffle, .seed = c.seed};
}

}  // namespace

struct Batches::Impl {
  int64_t batch_size;
  Batcher batcher;
  Window window{};
  int64_t at = 0;

  Impl(DataSource& source, const BatchesConfig& c) : batch_size(c.batch_size), batcher(source, checked(c)) {}
};

Batches::Batches(DataSource& source, const BatchesConfig& config) : impl_(std::make_unique<Impl>(source, config)) {
  start(0);
}
Batches::~Batches() = default;

void Batches::start(int64_t pass) {
  impl_->window = {};
  impl_->batcher.start(pass);
}

bool Batches::next(DataSource::Block& out) {
  Impl& m = *impl_;
  if (m.window.x.is_none() || m.at == m.window.rows()) {
    m.window = {};
    m.at = 0;
    if (!m.batcher.next(m.window)) return false;
  }
  if (!m.window.order.defined()) {  // a batch
    out = {std::move(m.window.x), std::move(m.window.y), std::move(m.window.sample_weight)};
    m.window = {};
    return true;
  }
  const int64_t count = std::min(m.batch_size, m.window.rows() - m.at);
  const std::span<const int32_t> rows =
      m.window.order.data<int32_t>().subspan(static_cast<size_t>(m.at), static_cast<size_t>(count));
  const auto picked = [&](const Tensor& t) { return gathered(t, rows); };
  out = {m.window.x.map(picked), m.window.y.map(picked), m.window.sample_weight.map(picked)};
  m.at += count;
  return true;
}

}  // namespace cornu
