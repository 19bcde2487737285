// The first pass over a CSV file: what its columns are.
#include <algorithm>
#include <cmath>
#include <limits>

#include "data/row_encoder.h"

namespace cornu {
namespace {

constexpr size_t kLevelLimit = 1000;  // Levels kept in memory for each column.

/// Three numbers with '-', '/' or '.' between them, one of them a year of four digits, with or without a time of day.
bool is_date(std::string_view s) {
  size_t lengths[3], at = 0;
  char between = 0;
  for (size_t part = 0; part < 3; ++part) {
    const size_t end = std::min(s.find_first_not_of("0123456789", at), s.size());
    lengths[part] = end - at;
    at = end;
    if (part == 2) break;
    if (at == s.size() || (between && s[at] != between)) return false;
    between = s[at++];
  }
  const auto small = [](size_t n) { return n == 1 || n == 2; };
  const bool year = (lengths[0] == 4 && small(lengths[2])) || (small(lengths[0]) && lengths[2] == 4);
  return year && small(lengths[1]) && (between == '-' || between == '/' || between == '.') &&
         (at == s.size() || s[at] == ' ' || s[at] == 'T');
}

bool has_decimal_comma(std::string_view s) {
  const size_t comma = s.find(',');
  if (comma == s.npos) return false;
  std::string point(s);
  point[comma] = '.';
  return parse_number(point).has_value();
}

/// What was seen in a column so far.
struct Seen {
  std::string name;
  int64_t numbers = 0, texts = 0, missing = 0;
  int64_t dates = 0, decimal_commas = 0;  ///< Among the texts.
  uint64_t first_text_line = 0;
  std::string first_text;
  double mean = 0, squares = 0, min = INFINITY, max = -INFINITY, last = 0;
  bool counts_up = true, integers = true;
  bool keeps_levels = false;
  TextMap<int64_t> levels;
  bool too_many = false;

  int64_t present() const { return numbers + texts; }

  void add(std::string_view field, uint64_t line) {
    field = trimmed(field);
    bool bad = false;
    const std::optional<double> v = number_in(field, bad);
    if (!v && !bad) {
      ++missing;
      return;
    }
    if (v)
      add_number(*v);
    else
      add_text(field, line);
    if (bad || keeps_levels) add_level(field, v.has_value());
  }
  void add_text(std::string_view field, uint64_t line) {
    if (texts++ == 0) first_text_line = line, first_text = field;
    // Only as long as all are: most columns of text are no dates.
    dates += dates + 1 == texts && is_date(field);
    decimal_commas += decimal_commas + 1 == texts && has_decimal_comma(field);
  }
  void add_number(double v) {
    counts_up &= numbers == 0 || v == last + 1;
    integers &= v == std::floor(v);
    last = v;
    ++numbers;
    const double d = v - mean;  // Welford
    mean += d / static_cast<double>(numbers);
    squares += d * (v - mean);
    min = std::min(min, v);
    max = std::max(max, v);
  }
  void add_level(std::string_view field, bool number) {
    if (too_many) return;
    const auto found = levels.find(field);
    if (found != levels.end()) return void(++found->second);
    ++levels[number ? level_text(field) : std::string(field)];
    if (levels.size() > kLevelLimit) too_many = true, levels.clear();
  }
  std::vector<std::string> sorted_levels() const {
    std::vector<std::string> out;
    for (const auto& entry : levels) out.push_back(entry.first);
    if (texts > 0)
      std::sort(out.begin(), out.end());
    else
      std::sort(out.begin(), out.end(),
                [](const std::string& a, const std::string& b) { return *parse_number(a) < *parse_number(b); });
    return out;
  }
};

std::string few(const std::vector<std::string>& all) {
  constexpr size_t kShown = 5;
  std::string out;
  for (size_t i = 0; i < std::min(all.size(), kShown); ++i) out += text("{}'{}'", i ? ", " : "", all[i]);
  return all.size() > kShown ? out + text(" and {} more", all.size() - kShown) : out;
}

class Scanner {
 public:
  Scanner(const std::string& path, const CsvConfig& config)
      : path_(path),
        config_(config),
        reader_(open_csv(path, config.separator, config.header, expected(config))),
        names_(path, reader_) {
    const size_t n = names_.size();
    seen_.resize(n);
    use_.assign(n, config.features.empty());
    named_.assign(n, false);
    for (size_t i = 0; i < n; ++i) need_utf8(path, name(i)), seen_[i].name = name(i);
    for (const std::string& f : config.features) use_[names_.find(f)] = named_[names_.find(f)] = true;
    for (const std::string& f : config.categories) seen_[names_.find(f)].keeps_levels = true;
    for (const std::string& f : config.ignore)
      for (const size_t i : names_.find_all(f)) use_[i] = named_[i] = false;
    if (!config.target.empty()) {
      const size_t target = names_.find(config.target);
      if (named_[target]) throw FileError(path, text("the target '{}' must not be among the features", config.target));
      use_[target] = false;
      seen_[target].keeps_levels = true;
      names_.need_only(name(target));
      target_ = static_cast<std::ptrdiff_t>(target);
    }
    for (size_t i = 0; i < n; ++i)
      if (use_[i]) names_.need_only(name(i));
  }

  TableSchema run() {
    TableSchema out;
    read(out);
    if (out.rows == 0)
      throw FileError(path_, out.rows_without_target ? text("has no row in which '{}' has a value", config_.target)
                                                     : "has a header but no rows");
    if (mixed_columns()) read(out);  // Their numbers are levels, too.
    out.file_columns = static_cast<int64_t>(names_.size());
    out.header = !reader_.header().empty();
    if (target_ >= 0) {
      out.target = name(static_cast<size_t>(target_));
      out.target_position = target_;
      decide_target(seen_[static_cast<size_t>(target_)], out);
    }
    for (size_t i = 0; i < names_.size(); ++i) {
      if (static_cast<std::ptrdiff_t>(i) == target_) continue;
      if (!use_[i]) {
        if (config_.features.empty()) out.left_out.push_back({name(i), "as asked"});
        continue;
      }
      const std::string why = named_[i] ? "" : why_useless(seen_[i], out.rows);
      if (!why.empty())
        out.left_out.push_back({name(i), why});
      else
        out.columns.push_back(column_of(seen_[i], static_cast<int64_t>(i)));
    }
    if (out.columns.empty()) {
      std::vector<Detail> why;
      for (const TableSchema::LeftOut& one : out.left_out) why.push_back({one.name, one.why});
      throw FileError(path_, "has no column that a model could learn from", std::move(why));
    }
    return out;
  }

 private:
  /// Names that tell a header. Numbers do not: as they also stand for places, they would make one of a row of data.
  static std::vector<std::string> expected(const CsvConfig& c) {
    std::vector<std::string> out = c.features;
    if (!c.target.empty()) out.push_back(c.target);
    std::erase_if(out, [](const std::string& name) { return parse_number(name).has_value(); });
    return out;
  }
  const std::string& name(size_t column) const { return names_.names()[column]; }

  void read(TableSchema& out) {
    out.rows = out.rows_without_target = 0;
    reader_.rewind();
    std::vector<std::string_view> fields;
    while (reader_.next(fields)) {
      if (target_ >= 0 && is_missing(trimmed(fields[static_cast<size_t>(target_)]))) {
        ++out.rows_without_target;
        continue;
      }
      ++out.rows;
      const uint64_t line = reader_.line();
      for (size_t i = 0; i < fields.size(); ++i)
        if (use_[i] || static_cast<std::ptrdiff_t>(i) == target_) seen_[i].add(fields[i], line);
    }
  }

  /// Refuses texts that are mistakes; for columns that hold both kinds forgets what was seen, to read them again.
  bool mixed_columns() {
    bool again = false;
    for (size_t i = 0; i < seen_.size(); ++i) {
      Seen& s = seen_[i];
      if (!s.texts || !s.numbers || s.keeps_levels) continue;
      if (s.texts * 20 <= s.numbers)
        throw FileError(path_, text("line {}: '{}' must be a number as in {} other rows, got '{}'; correct it, leave "
                                    "the column out, or declare it a category",
                                    s.first_text_line, s.name, s.numbers, s.first_text));
      again = true;
    }
    if (!again) return false;
    for (Seen& s : seen_) {
      Seen fresh;
      fresh.name = s.name;
      fresh.keeps_levels = s.keeps_levels || (s.texts && s.numbers);
      s = std::move(fresh);
    }
    return true;
  }

  std::string why_useless(const Seen& s, int64_t rows) const {
    if (s.present() == 0) return "it has no values";
    if (s.texts == 0 && !s.keeps_levels) {
      if (s.missing == 0 && s.min == s.max) return "it is the same in all rows";
      if (s.counts_up && s.missing == 0 && rows > 2) return "it only counts the rows";
      // The model could not hold it.
      if (s.squares / static_cast<double>(s.numbers) > static_cast<double>(std::numeric_limits<float>::max()))
        return text("its numbers are too large, up to {}", std::max(std::fabs(s.min), std::fabs(s.max)));
      return "";
    }
    const int64_t levels = static_cast<int64_t>(s.levels.size());
    if (levels == 1 && s.missing == 0) return "it is the same in all rows";
    const std::vector<std::string>& asked = config_.categories;
    if (s.dates == s.present() && std::find(asked.begin(), asked.end(), s.name) == asked.end())
      return "it holds dates; to use them, make them numbers, as days or months";
    if (s.decimal_commas == s.present() && (s.too_many || levels > 20))
      return "its numbers have decimal commas; they must have decimal points";
    if (s.too_many) return text("it has more than {} different texts", kLevelLimit);
    if (levels > config_.max_levels || (levels > 20 && levels * 2 > s.present()))
      return text("it has {} different texts in {} rows", levels, s.present());
    return "";
  }

  Column column_of(const Seen& s, int64_t position) const {
    Column c;
    c.name = s.name;
    c.position = position;
    c.missing = s.missing;
    c.category = s.texts > 0 || s.keeps_levels;
    if (c.category) {
      if (s.too_many)
        throw FileError(path_,
                        text("'{}' has more than {} different texts, too many for a category", s.name, kLevelLimit));
      c.levels = s.sorted_levels();
      for (const std::string& level : c.levels) need_utf8(path_, level);
      c.missing_level = s.missing > 0;
    } else if (s.numbers > 0) {
      c.min = s.min, c.max = s.max, c.mean = s.mean;
      c.variance = s.squares / static_cast<double>(s.numbers);
      c.fill = s.mean;
    }
    return c;
  }

  void decide_target(const Seen& s, TableSchema& out) const {
    const int64_t levels = static_cast<int64_t>(s.levels.size());
    const bool all_numbers = s.texts == 0;
    if (s.numbers && s.texts && s.texts * 20 <= s.numbers && s.too_many)
      throw FileError(path_, text("line {}: the target '{}' must be a number as in {} other rows, got '{}'",
                                  s.first_text_line, s.name, s.numbers, s.first_text));
    const bool few_integers = s.integers && levels <= 20 && levels * 5 <= out.rows;
    bool classes = !all_numbers || (!s.too_many && (levels == 2 || few_integers));
    if (config_.target_kind == TargetKind::classes) classes = true;
    if (config_.target_kind == TargetKind::number) {
      if (!all_numbers)
        throw FileError(path_, text("line {}: the target '{}' must be a number, got '{}'", s.first_text_line, s.name,
                                    s.first_text));
      classes = false;
    }
    if (levels == 1)
      throw FileError(path_, text("the target '{}' is '{}' in every row, so there is nothing to learn", s.name,
                                  s.levels.begin()->first));
    out.target_kind = classes ? TargetKind::classes : TargetKind::number;
    out.target_mean = s.mean;
    out.target_variance = s.numbers > 0 ? s.squares / static_cast<double>(s.numbers) : 0;
    if (!classes) return;
    if (s.too_many)
      throw FileError(
          path_, text("the target '{}' has more than {} different values, too many for classes", s.name, kLevelLimit));
    out.class_names = s.sorted_levels();
    for (const std::string& name : out.class_names) {
      need_utf8(path_, name);
      out.class_rows.push_back(s.levels.at(name));
    }
    if (all_numbers && levels > 20 && levels * 2 > out.rows)
      throw FileError(path_, text("the target '{}' has {} different values in {} rows, too many for classes", s.name,
                                  levels, out.rows));
    if (levels > 20 && s.decimal_commas == s.present())
      throw FileError(path_, text("the target '{}' has numbers with decimal commas, as '{}'; they must have decimal "
                                  "points",
                                  s.name, s.first_text));
    if (!all_numbers && levels > 20 && levels * 2 > out.rows)
      throw FileError(path_, text("the target '{}' has {} different texts in {} rows ({}); is it the right column?",
                                  s.name, levels, out.rows, few(out.class_names)));
  }

  std::string path_;
  CsvConfig config_;
  CsvReader reader_;
  CsvColumns names_;
  std::vector<Seen> seen_;
  std::vector<bool> use_, named_;
  std::ptrdiff_t target_ = -1;
};

}  // namespace

TableSchema scan_csv(const std::string& path, const CsvConfig& config) { return Scanner(path, config).run(); }

}  // namespace cornu
