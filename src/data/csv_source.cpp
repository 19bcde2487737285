// A CSV file as a stream of blocks.
#include <cornu/data_source.h>

#include "data/csv_blocks.h"
#include "data/dealer.h"
#include "data/row_encoder.h"
#include "data/statistics.h"

namespace cornu {

struct CsvSource::Impl {
  std::string path;
  TableSchema schema;
  CsvSourceConfig config;
  std::optional<uint64_t> seed;  ///< Of the order of blocks.
  std::optional<CsvReader> reader;
  std::optional<RowEncoder> encoder;
  std::optional<Dealer> dealer;
  CsvBlocks blocks;
  int64_t rows_without_target = 0;

  /// The target of the next record of this part; false at the end. Also leaves out records without a target.
  bool next_record(std::vector<std::string_view>& fields) {
    while ((!seed || blocks.next(*reader, dealer)) && reader->next(fields)) {
      if (!encoder->read_target(fields, reader->line())) {
        ++rows_without_target;
        continue;
      }
      if (!dealer || dealer->next(encoder->target(), path) == config.part) return true;
    }
    return false;
  }

  /// Rows of this part, and places in x of missing numbers; false at the end.
  bool read(DataSource::Block& out, std::vector<int64_t>& missing) {
    const int64_t width = schema.width();
    Tensor x({config.block_rows, width});
    std::vector<float> y;
    std::vector<std::string_view> fields;
    std::vector<int64_t> places;
    float* to = x.mutable_data<float>().data();
    int64_t rows = 0;
    for (; rows < config.block_rows && next_record(fields); ++rows) {
      places.clear();
      encoder->read_features(fields, reader->line(), to + rows * width, places);
      for (const int64_t place : places) missing.push_back(rows * width + place);
      if (encoder->has_target()) y.push_back(encoder->target());
    }
    if (rows == 0) return false;
    out = {x.rows(0, rows), {}, {}};
    if (encoder->has_target()) {
      const Tensor targets({rows}, y);
      out.y = schema.target_kind == TargetKind::classes ? targets.to(DType::i32) : targets;
    }
    return true;
  }

  /// Goes through the file once, to know where its blocks are and how rows are dealt there.
  void find_blocks() {
    std::vector<std::string_view> fields;
    std::optional<Dealer> deals = dealer;
    CsvReader::Place place = reader->place();
    for (; reader->next(fields); place = reader->place()) {
      blocks.note(place, deals);
      if (encoder->read_target(fields, reader->line()) && deals) deals->next(encoder->target(), path);
    }
    blocks.finish(place);
  }
};

CsvSource::CsvSource(const Text& path, TableSchema schema, CsvSourceConfig config) : impl_(std::make_unique<Impl>()) {
  if (config.block_rows < 1)
    throw ConfigError("CsvSource", text("block_rows must be at least 1, got {}", config.block_rows));
  impl_->path = path;
  impl_->schema = std::move(schema);
  impl_->config = config;
  start(0);  // So that a wrong file is told here.
}
CsvSource::~CsvSource() = default;

void CsvSource::shuffle(std::optional<uint64_t> seed) { impl_->seed = seed; }

void CsvSource::start(int64_t pass) {
  Impl& m = *impl_;
  m.encoder.reset();
  m.reader.emplace(open_csv_as(m.schema, m.path, m.config.separator, m.config.header));
  m.encoder.emplace(m.schema, *m.reader, m.path, !m.schema.target.empty(), m.config.decimal);
  m.dealer.reset();
  m.rows_without_target = 0;
  if (m.config.part != SplitPart::all) m.dealer.emplace(m.schema, m.config.split);
  if (!m.seed) return;
  if (m.blocks.empty()) m.find_blocks();
  m.blocks.shuffle(*m.seed, pass);
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

TableSchema fit_statistics(const Text& path, TableSchema schema, const CsvSourceConfig& config) {
  CsvSource source(path, schema, config);
  Statistics statistics(schema);
  DataSource::Block block;
  for (std::vector<int64_t> missing; source.impl_->read(block, missing); missing.clear()) {
    const Tensor& x = block.x.only();
    statistics.add(x.data<float>().data(), x.shape()[0], missing);
    if (schema.target_kind == TargetKind::number && !block.y.is_none())
      for (const float v : block.y.only().data<float>()) statistics.add_target(static_cast<double>(v));
  }
  statistics.put_into(schema);
  return schema;
}

}  // namespace cornu
