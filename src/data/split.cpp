// Splits into parts and folds: pure functions of the seed.
#include <cornu/data.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>

#include "base/philox.h"
#include "data/dealer.h"
#include "data/statistics.h"

namespace cornu {
namespace {

using Rows = std::vector<int64_t>;

/// Fisher and Yates; `call` makes several shuffles of one seed differ.
void shuffle(Rows& rows, uint64_t seed, uint64_t call) {
  for (size_t i = rows.size(); i-- > 1;) {
    const PhiloxBlock r = philox(seed, call, i);
    const uint64_t word = (static_cast<uint64_t>(r[0]) << 32) | r[1];
    std::swap(rows[i], rows[word % (i + 1)]);  // The bias of the remainder is below 2^-30.
  }
}

Rows shuffled_rows(int64_t n, uint64_t seed) {
  Rows rows(static_cast<size_t>(n));
  std::iota(rows.begin(), rows.end(), 0);
  shuffle(rows, seed, 0);
  return rows;
}

/// The rows of each class, shuffled; nothing if y holds no classes.
std::vector<Rows> rows_by_class(const Tensor& y, uint64_t seed, bool must) {
  const auto no = [&](const std::string& why) -> std::vector<Rows> {
    if (must) throw CallError("stratified split", why);
    return {};
  };
  if (!y.defined() || y.rank() < 1 || y.rank() > 2)
    return no(y.defined() ? text("y must be class numbers or one-hot rows, got shape {}", y.shape()) : "there is no y");
  const std::vector<double> v = y.to_doubles();
  const size_t n = static_cast<size_t>(y.shape()[0]), width = y.rank() == 2 ? static_cast<size_t>(y.shape()[1]) : 1;
  std::map<int64_t, Rows> by_class;
  for (size_t r = 0; r < n; ++r) {
    const double* row = v.data() + r * width;
    if (width == 1 && (row[0] != std::floor(row[0]) || std::fabs(row[0]) > 1e9))
      return no(text("y must be class numbers, got {} in row {}", row[0], r));
    const int64_t k = width == 1 ? static_cast<int64_t>(row[0]) : std::max_element(row, row + width) - row;
    by_class[k].push_back(static_cast<int64_t>(r));
  }
  std::vector<Rows> out;
  for (auto& [k, rows] : by_class) {
    shuffle(rows, seed, static_cast<uint64_t>(k) + 1);
    out.push_back(std::move(rows));
  }
  return out;
}

void check(const SplitConfig& c, int64_t rows) {
  check_shares(c);
  if (rows < 1) throw CallError("split", "there are no rows");
}

SplitRows split_classes(const std::vector<Rows>& classes, const SplitConfig& c, uint64_t seed) {
  std::vector<size_t> sizes;
  size_t all = 0;
  for (const Rows& r : classes) sizes.push_back(r.size()), all += r.size();
  const std::vector<size_t> test = counts_of(sizes, c.test, all), validation = counts_of(sizes, c.validation, all);
  SplitRows out;
  for (size_t k = 0; k < classes.size(); ++k) {
    const auto a = classes[k].begin(), b = a + static_cast<std::ptrdiff_t>(test[k]),
               d = b + static_cast<std::ptrdiff_t>(std::min(validation[k], sizes[k] - test[k]));
    out.test.insert(out.test.end(), a, b);
    out.validation.insert(out.validation.end(), b, d);
    out.train.insert(out.train.end(), d, classes[k].end());
  }
  if (classes.size() > 1) {  // Otherwise the classes would follow each other.
    shuffle(out.train, seed, 1ull << 40);
    shuffle(out.validation, seed, 2ull << 40);
    shuffle(out.test, seed, 3ull << 40);
  }
  const auto empty = [&](const char* what, double share, const Rows& rows) {
    if (share > 0 && rows.empty())
      throw CallError("split", text("{} rows are too few for a {} part of {}", all, what, share));
  };
  empty("test", c.test, out.test);
  empty("validation", c.validation, out.validation);
  if (out.train.empty()) throw CallError("split", text("{} rows leave none for training", all));
  return out;
}

std::vector<Fold> folds_of(const std::vector<Rows>& classes, int64_t k, uint64_t seed) {
  size_t all = 0;
  for (const Rows& r : classes) all += r.size();
  if (k < 2 || k > static_cast<int64_t>(all))
    throw ConfigError("k_fold", text("k must be from 2 to the number of rows, {}, got {}", all, k));
  // Dealt like cards, on from where the class before ended: so sizes and classes both differ by 1 at most.
  std::vector<Fold> out(static_cast<size_t>(k));
  std::vector<int64_t> fold_of(all);
  size_t at = 0;
  for (const Rows& rows : classes)
    for (const int64_t r : rows) fold_of[static_cast<size_t>(r)] = static_cast<int64_t>(at++ % static_cast<size_t>(k));
  for (const int64_t r : shuffled_rows(static_cast<int64_t>(all), seed))
    for (size_t f = 0; f < out.size(); ++f)
      (fold_of[static_cast<size_t>(r)] == static_cast<int64_t>(f) ? out[f].test : out[f].train).push_back(r);
  return out;
}

}  // namespace

std::vector<size_t> counts_of(const std::vector<size_t>& sizes, double share, size_t all) {
  std::vector<size_t> out(sizes.size());
  std::vector<std::pair<double, size_t>> remainder;
  size_t taken = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const double exact = static_cast<double>(sizes[i]) * share;
    out[i] = static_cast<size_t>(exact + 1e-9);
    taken += out[i];
    remainder.emplace_back(static_cast<double>(out[i]) - exact, i);
  }
  std::sort(remainder.begin(), remainder.end());
  const size_t wanted = static_cast<size_t>(std::llround(static_cast<double>(all) * share));
  for (size_t i = 0; i < remainder.size() && taken < wanted; ++i)
    if (const size_t k = remainder[i].second; out[k] + 1 < sizes[k]) ++out[k], ++taken;
  return out;
}

void check_shares(const SplitConfig& c) {
  if (!(c.test >= 0 && c.validation >= 0 && c.test + c.validation < 1))
    throw ConfigError("split", text("the shares of test and validation must be in [0, 1) and below 1 together, got {} "
                                    "and {}",
                                    c.test, c.validation));
}

SplitRows split_rows(int64_t rows, const SplitConfig& c) {
  check(c, rows);
  return split_classes({shuffled_rows(rows, c.seed)}, c, c.seed);
}

SplitRows stratified_split_rows(const Tensor& y, const SplitConfig& c) {
  const std::vector<Rows> classes = rows_by_class(y, c.seed, true);
  check(c, y.shape()[0]);
  return split_classes(classes, c, c.seed);
}

std::vector<Fold> k_fold(int64_t rows, int64_t k, uint64_t seed) {
  return folds_of({shuffled_rows(rows, seed)}, k, seed);
}

std::vector<Fold> stratified_k_fold(const Tensor& y, int64_t k, uint64_t seed) {
  return folds_of(rows_by_class(y, seed, true), k, seed);
}

Tensor take_rows(const Tensor& t, const std::vector<int64_t>& rows) {
  Tensor out(Shape{static_cast<int64_t>(rows.size())}.append(t.shape().slice(1)), t.dtype());
  const size_t bytes = static_cast<size_t>(t.shape().slice(1).size()) * size_of(t.dtype());
  const char* from = static_cast<const char*>(t.raw());
  char* to = static_cast<char*>(out.raw());
  for (const int64_t r : rows) {
    if (r < 0 || r >= t.shape()[0])
      throw CallError("take_rows", text("there are {} rows, asked for {}", t.shape()[0], r));
    std::memcpy(to, from + static_cast<size_t>(r) * bytes, bytes);
    to += bytes;
  }
  return out;
}

/// Many values are no classes: a stratified split of numbers would put rare ones into training alone.
static SplitRows rows_for(const Tensor& x, const Tensor& y, const SplitConfig& c, bool may_stratify) {
  if (!may_stratify || !c.stratify) return split_rows(x.shape()[0], c);
  return stratified_split_rows(y, c);
}

static bool holds_classes(const Tensor& y) {
  return y.defined() && (is_integer(y.dtype()) || y.dtype() == DType::boolean || (y.rank() == 2 && y.shape()[1] > 1)) &&
         y.rank() >= 1 && y.rank() <= 2;
}

ArraySplit train_test_split(const Tensor& x, const Tensor& y, const SplitConfig& c) {
  if (!x.defined() || x.rank() < 1) throw CallError("train_test_split", "needs an array of samples for x");
  if (y.defined() && (y.rank() < 1 || y.shape()[0] != x.shape()[0]))
    throw ShapeError("train_test_split",
                     text("x and y must have as many rows, got shapes {} and {}", x.shape(), y.shape()));
  const SplitRows r = rows_for(x, y, c, holds_classes(y));
  const auto part = [](const Tensor& t, const std::vector<int64_t>& rows) {
    return t.defined() && !rows.empty() ? take_rows(t, rows) : Tensor();
  };
  return {part(x, r.train),      part(y, r.train), part(x, r.validation),
          part(y, r.validation), part(x, r.test),  part(y, r.test)};
}

TableSplit train_test_split(const Table& table, const SplitConfig& c) {
  const bool classes = table.schema.target_kind == TargetKind::classes && table.y.defined();
  return split_table(table, rows_for(table.x, table.y, c, classes));
}

TableSplit split_table(const Table& table, const SplitRows& r) {
  if (r.train.empty()) throw CallError("split_table", "the training part has no rows");
  const int64_t width = table.schema.width();
  const auto part = [&](const std::vector<int64_t>& rows) {
    Table t;
    t.schema = table.schema;
    t.schema.rows = static_cast<int64_t>(rows.size());
    if (rows.empty()) return t;
    t.x = take_rows(table.x, rows);
    if (table.y.defined()) t.y = take_rows(table.y, rows);
    for (size_t i = 0; i < rows.size() && !table.missing.empty(); ++i) {
      auto at = std::lower_bound(table.missing.begin(), table.missing.end(), rows[i] * width);
      for (; at != table.missing.end() && *at < (rows[i] + 1) * width; ++at)
        t.missing.push_back(static_cast<int64_t>(i) * width + *at % width);
    }
    return t;
  };
  TableSplit out{part(r.train), part(r.validation), part(r.test)};
  TableSchema schema = table.schema;
  Statistics statistics(schema);
  statistics.add(out.train.x.data<float>().data(), out.train.x.shape()[0], out.train.missing);
  if (out.train.y.defined() && schema.target_kind == TargetKind::number)
    for (const float v : out.train.y.data<float>()) statistics.add_target(static_cast<double>(v));
  statistics.put_into(schema);
  std::vector<float> fills;
  for (const Column& column : schema.columns)
    fills.resize(fills.size() + static_cast<size_t>(column.width()), static_cast<float>(column.fill));
  for (Table* t : {&out.train, &out.validation, &out.test}) {
    const int64_t rows = t->schema.rows;
    t->schema = schema;
    t->schema.rows = rows;
    if (t->missing.empty()) continue;
    const std::span<float> x = t->x.mutable_data<float>();
    for (const int64_t place : t->missing) x[static_cast<size_t>(place)] = fills[static_cast<size_t>(place % width)];
  }
  return out;
}

}  // namespace cornu
