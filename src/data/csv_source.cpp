// A CSV file as a stream of blocks.
#include <cornu/data_source.h>

#include "base/philox.h"
#include "data/row_encoder.h"

namespace cornu {

struct CsvSource::Impl {
  std::string path;
  TableSchema schema;
  CsvSourceConfig config;
  std::optional<CsvReader> reader;
  std::optional<RowEncoder> encoder;
  int64_t row = 0;

  bool takes(int64_t at) const {
    if (config.from <= 0 && config.to >= 1) return true;
    const double r = static_cast<double>(philox(config.seed, 0xc5f, static_cast<uint64_t>(at))[0]) * 0x1p-32;
    return r >= config.from && r < config.to;
  }
};

CsvSource::CsvSource(const std::string& path, TableSchema schema, CsvSourceConfig config)
    : impl_(std::make_unique<Impl>()) {
  if (config.block_rows < 1)
    throw ConfigError("CsvSource", text("block_rows must be at least 1, got {}", config.block_rows));
  impl_->path = path;
  impl_->schema = std::move(schema);
  impl_->config = config;
  start(0);  // So that a wrong file is told here.
}
CsvSource::~CsvSource() = default;

void CsvSource::start(int64_t) {
  Impl& m = *impl_;
  std::vector<std::string> names;
  for (const Column& c : m.schema.columns) names.push_back(c.name);
  m.encoder.reset();
  m.reader.emplace(open_csv(m.path, m.config.separator, m.config.header, names));
  m.encoder.emplace(m.schema, *m.reader, m.path, !m.schema.target.empty());
  m.row = 0;
}

bool CsvSource::next(Block& out) {
  Impl& m = *impl_;
  const int64_t width = m.schema.width();
  Tensor x({m.config.block_rows, width});
  std::vector<float> y;
  std::vector<std::string_view> fields;
  std::vector<int64_t> missing;
  float* to = x.mutable_data<float>().data();
  int64_t rows = 0;
  while (rows < m.config.block_rows && m.reader->next(fields)) {
    if (!m.takes(m.row++)) continue;
    if (!m.encoder->encode(fields, m.reader->line(), to + rows * width, missing)) continue;
    missing.clear();
    if (m.encoder->has_target()) y.push_back(m.encoder->target());
    ++rows;
  }
  if (rows == 0) return false;
  out = {x.rows(0, rows), {}, {}};
  if (m.encoder->has_target()) {
    out.y = Tensor({rows}, y);
    if (m.schema.target_kind == TargetKind::classes) out.y = out.y.to(DType::i32);
  }
  return true;
}

std::vector<UnknownLevels> CsvSource::unknown() const { return impl_->encoder->unknown(); }

int64_t CsvSource::rows() const {
  return impl_->config.from <= 0 && impl_->config.to >= 1 && impl_->schema.rows > 0 ? impl_->schema.rows : -1;
}

}  // namespace cornu
