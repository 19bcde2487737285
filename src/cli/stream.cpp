// Parts of a CSV file as sources.
#include "cli/stream.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "cli/command.h"

namespace cornu::cli {
namespace {

Tensor joined(const std::vector<Tensor>& blocks) {
  int64_t rows = 0;
  for (const Tensor& b : blocks) rows += b.shape()[0];
  Tensor out(Shape{rows}.append(blocks[0].shape().slice(1)), blocks[0].dtype());
  char* to = static_cast<char*>(out.raw());
  for (const Tensor& b : blocks) {
    const size_t bytes = static_cast<size_t>(b.size()) * size_of(b.dtype());
    std::memcpy(to, b.raw(), bytes);
    to += bytes;
  }
  return out;
}

void read_all(DataSource& source, const char* what, Tensor& x, Tensor& y) {
  std::vector<Tensor> xs, ys;
  for (DataSource::Block b; source.next(b);) xs.push_back(b.x.only()), ys.push_back(b.y.only());
  if (xs.empty()) throw UsageError(text("there are too few rows for a {} part", what));
  x = joined(xs), y = joined(ys);
}

}  // namespace

StreamParts open_stream(DataArgs& a, double validation, double test, uint64_t seed) {
  a.finish();
  if (a.are_arrays()) throw UsageError("--stream needs a CSV file");
  a.check_flags(false);
  if (!std::filesystem::exists(a.path)) throw UsageError(text("there is no file '{}'", a.path));
  a.need_target();
  StreamParts out;
  const TableSchema schema = scan_csv(a.path, a.csv);
  out.info.table = schema;
  out.info.class_names = schema.class_names;
  if (schema.target_kind == TargetKind::classes)
    out.info.task = schema.class_names.size() == 2 ? Task::binary : Task::classes;
  constexpr double kMost = 200000;
  const double rows = static_cast<double>(schema.rows);
  test = std::min(test, kMost / rows), validation = std::min(validation, kMost / rows);
  CsvSourceConfig c{.separator = a.csv.separator, .header = a.csv.header};
  c.split = {.test = test, .validation = validation, .stratify = true, .seed = seed};
  const auto part = [&](SplitPart which) {
    c.part = which;
    return std::make_shared<CsvSource>(a.path, *out.info.table, c);
  };
  c.part = SplitPart::train;
  out.info.table = fit_statistics(a.path, schema, c);
  if (test > 0) read_all(*part(SplitPart::test), "test", out.x_test, out.y_test);
  if (validation > 0) read_all(*part(SplitPart::validation), "validation", out.x_validation, out.y_validation);
  out.train = part(SplitPart::train);
  if (out.train->rows() == 0) throw UsageError("there are too few rows for a training part");
  return out;
}

}  // namespace cornu::cli
