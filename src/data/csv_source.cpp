// A CSV file as a stream of blocks.
#include <cornu/data_source.h>

#include "data/dealer.h"
#include "data/row_encoder.h"
#include "data/statistics.h"

namespace cornu {

struct CsvSource::Impl {
  std::string path;
  TableSchema schema;
  CsvSourceConfig config;
  std::optional<CsvReader> reader;
  std::optional<RowEncoder> encoder;
  std::optional<Dealer> dealer;
  int64_t rows_without_target = 0;

  /// Rows of this part, and places in x of missing numbers; false at the end.
  bool read(DataSource::Block& out, std::vector<int64_t>& missing) {
    const int64_t width = schema.width();
    Tensor x({config.block_rows, width});
    std::vector<float> y;
    std::vector<std::string_view> fields;
    std::vector<int64_t> places;
    float* to = x.mutable_data<float>().data();
    int64_t rows = 0;
    while (rows < config.block_rows && reader->next(fields)) {
      if (!encoder->read_target(fields, reader->line())) {
        ++rows_without_target;
        continue;
      }
      if (dealer && dealer->next(encoder->target(), path) != config.part) continue;
      places.clear();
      encoder->read_features(fields, reader->line(), to + rows * width, places);
      for (const int64_t place : places) missing.push_back(rows * width + place);
      if (encoder->has_target()) y.push_back(encoder->target());
      ++rows;
    }
    if (rows == 0) return false;
    out = {x.rows(0, rows), {}, {}};
    if (encoder->has_target()) {
      out.y = Tensor({rows}, y);
      if (schema.target_kind == TargetKind::classes) out.y = out.y.to(DType::i32);
    }
    return true;
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
  m.encoder.reset();
  m.reader.emplace(open_csv_as(m.schema, m.path, m.config.separator, m.config.header));
  m.encoder.emplace(m.schema, *m.reader, m.path, !m.schema.target.empty(), m.config.decimal);
  m.dealer.reset();
  m.rows_without_target = 0;
  if (m.config.part != SplitPart::all) m.dealer.emplace(m.schema, m.config.split);
}

bool CsvSource::next(Block& out) {
  std::vector<int64_t> missing;
  return impl_->read(out, missing);
}

std::vector<UnknownLevels> CsvSource::unknown() const { return impl_->encoder->unknown(); }

int64_t CsvSource::rows_without_target() const { return impl_->rows_without_target; }

int64_t CsvSource::rows() const {
  const Impl& m = *impl_;
  if (m.dealer) return m.dealer->rows(m.config.part);
  return m.schema.rows > 0 ? m.schema.rows : -1;
}

TableSchema fit_statistics(const std::string& path, TableSchema schema, const CsvSourceConfig& config) {
  CsvSource source(path, schema, config);
  Statistics statistics(schema);
  DataSource::Block block;
  for (std::vector<int64_t> missing; source.impl_->read(block, missing); missing.clear()) {
    statistics.add(block.x.data<float>().data(), block.x.shape()[0], missing);
    if (schema.target_kind == TargetKind::number && block.y.defined())
      for (const float v : block.y.data<float>()) statistics.add_target(static_cast<double>(v));
  }
  statistics.put_into(schema);
  return schema;
}

}  // namespace cornu
