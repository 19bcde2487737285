// The first pass over a CSV file: what its columns are.
#include <algorithm>
#include <cmath>
#include <limits>

#include "data/column_scan.h"
#include "data/decide_styles.h"
#include "data/doubts.h"
#include "data/row_encoder.h"
#include "data/wording.h"

namespace cornu {
namespace {

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
    const FieldReader fields(NumberStyle{.decimal = config.decimal == 0 ? '.' : config.decimal}, config.missing);
    seen_.resize(n);
    use_.assign(n, config.features.empty());
    named_.assign(n, false);
    for (size_t i = 0; i < n; ++i) need_utf8(path, name(i)), seen_[i].name = name(i), seen_[i].fields = fields;
    for (const std::string& f : config.features) use_[names_.find(f)] = named_[names_.find(f)] = true;
    for (const std::string& f : config.categories) {
      const size_t i = names_.find(f);
      seen_[i].keeps_levels = true;
      named_[i] = use_[i];
    }
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
    if (decide_kinds()) read(out);
    for (size_t i = 0; i < seen_.size(); ++i) {
      seen_[i].take_marks_as_texts();
      const std::string apart =
          in_words_of("named in categories, they stay apart", flag_with("--categories", name(i)) + " keeps them apart");
      seen_[i].merge_truth_values(asked_category(seen_[i]), is_target(i) ? "" : "; " + apart);
    }
    out.file_columns = static_cast<int64_t>(names_.size());
    out.header = !reader_.header().empty();
    out.missing = config_.missing;
    if (target_ >= 0) decide_target(seen_[static_cast<size_t>(target_)], out);
    decide_columns(out);
    order_columns(out);
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

  bool is_target(size_t column) const { return static_cast<std::ptrdiff_t>(column) == target_; }
  bool asked_category(const ColumnScan& s) const {
    return std::find(config_.categories.begin(), config_.categories.end(), s.name) != config_.categories.end();
  }

  void read(TableSchema& out) {
    out.rows = out.rows_without_target = 0;
    copies_.start(names_.size(), target_);
    reader_.rewind();
    std::vector<std::string_view> fields;
    while (reader_.next(fields)) {
      if (target_ >= 0 && lacks_target(trimmed(fields[static_cast<size_t>(target_)]))) {
        ++out.rows_without_target;
        continue;
      }
      ++out.rows;
      const uint64_t line = reader_.line();
      for (size_t i = 0; i < fields.size(); ++i)
        if (use_[i] || is_target(i)) seen_[i].add(fields[i], line);
      copies_.add(fields, seen_);
    }
  }
  bool lacks_target(std::string_view field) const {
    const ColumnScan& s = seen_[static_cast<size_t>(target_)];
    return s.fields.is_missing(field) || (s.marks_missing && is_mark(field));
  }

  /// Finds how numbers are written, tells marks from texts, and texts that are mistakes from those of
  /// columns that hold both kinds. True if the rows must be read again for it; then forgets what was seen.
  bool decide_kinds() {
    for (size_t i = 0; i < seen_.size(); ++i) {
      ColumnScan& s = seen_[i];
      if (!s.marks || !(s.numbers + s.styled) || s.plain_texts()) continue;
      s.take_marks_as_missing();
      again_ |= is_target(i);  // Rows without a target do not count in other columns either.
    }
    for (size_t i = 0; i < seen_.size(); ++i)
      if (!asked_category(seen_[i]) && !(is_target(i) && config_.target_kind == TargetKind::classes))
        seen_[i].take_word_as_unit(is_target(i) && config_.target_kind == TargetKind::number);
    again_ |= decide_styles(seen_, config_.decimal, reader_.separator());
    for (ColumnScan& s : seen_) {
      const int64_t numbers = s.numbers + s.styled;
      if (!s.plain_texts() || !numbers || s.keeps_levels) continue;
      if (s.plain_texts() * 20 <= numbers)
        throw FileError(
            path_,
            text("line {}: '{}' must be a number as in {} other rows, got '{}'; ", s.first_plain_text.line, s.name,
                 numbers, s.first_plain_text.field) +
                in_words_of("correct it, name it in missing, leave the column out, or declare it a category",
                            text("correct it, or give {}, {} or {}", flag_with("--missing", s.first_plain_text.field),
                                 flag_with("--ignore", s.name), flag_with("--categories", s.name))));
      if (s.numbers) s.keeps_levels = again_ = true;  // Its numbers are levels, too.
    }
    if (again_)
      for (ColumnScan& s : seen_) s = s.afresh();
    return again_;
  }

  void decide_columns(TableSchema& out) const {
    std::vector<std::string> why(names_.size());
    bool others = false;
    for (size_t i = 0; i < why.size(); ++i) {
      if (is_target(i)) continue;
      const ColumnScan& s = seen_[i];
      if (named_[i] && s.has_unread_numbers() && !asked_category(s))
        throw FileError(path_, text("'{}' has {}", s.name, s.about_unread()));
      why[i] = !use_[i] ? "as asked" : named_[i] ? "" : why_useless(s);
      others |= why[i].empty() && !only_counts(i);
    }
    for (size_t i = 0; i < why.size(); ++i) {
      if (is_target(i) || (!use_[i] && !config_.features.empty())) continue;
      if (why[i].empty() && only_counts(i)) {
        // It may still be what there is to learn from.
        if (others)
          why[i] = "it only counts the rows; " + to_use();
        else
          out.notes.push_back({seen_[i].name, "it only counts the rows, but there is nothing else to learn from"});
      }
      why[i].empty() ? add_column(i, out) : out.left_out.push_back({seen_[i].name, why[i]});
    }
    if (!out.columns.empty()) return;
    std::vector<Detail> details;
    for (const TableSchema::LeftOut& one : out.left_out) details.push_back({one.name, one.why});
    const std::string hint = details.empty() ? ""
                                             : "; " + in_words_of("features names those to use all the same",
                                                                  "--features names those to use all the same");
    throw FileError(path_, text("has no column that a model could learn from{}", hint), std::move(details));
  }
  static std::string to_use() {
    return in_words_of("to use it, name it in features", "to use it, list it in --features");
  }
  bool only_counts(size_t i) const { return !named_[i] && !seen_[i].keeps_levels && seen_[i].counts_rows(); }

  std::string why_useless(const ColumnScan& s) const {
    if (s.present() == 0) return s.beyond ? too_large(s.largest_beyond) : "it has no values";
    if (s.texts == 0 && !s.keeps_levels) {
      if (s.missing == 0 && s.beyond == 0 && s.min == s.max) return "it is the same in all rows";
      // The model could not hold it.
      if (s.variance() > static_cast<double>(std::numeric_limits<float>::max()))
        return too_large(std::max(std::fabs(s.min), std::fabs(s.max)));
      return "";
    }
    const int64_t levels = static_cast<int64_t>(s.levels.size());
    if (levels == 1 && s.missing == 0) return "it is the same in all rows";
    if (s.dates == s.present()) return "it holds dates; to use them, make them numbers, as days or months";
    if (s.times == s.present()) return "it holds times of day; to use them, make them numbers, as hours or minutes";
    if (s.has_unread_numbers()) return "it has " + s.about_unread();
    const bool many = s.too_many || levels > config_.max_levels || (levels > 20 && levels * 2 > s.present());
    if (const std::string units = many ? s.about_units() : ""; !units.empty()) return "it has " + units;
    const std::string use =
        "; " + in_words_of("to use it, name it in categories", "to use it, give " + flag_with("--categories", s.name));
    if (s.too_many) return text("it has more than {} different texts", ColumnScan::kLevelLimit) + s.about_mixture();
    if (levels > config_.max_levels || (levels > 20 && levels * 2 > s.present()))
      return text("it has {} different texts in {} rows", levels, s.present()) + use + s.about_mixture();
    return "";
  }
  static std::string too_large(double v) { return text("its numbers are too large, up to {}", v); }

  void add_column(size_t i, TableSchema& out) const {
    const ColumnScan& s = seen_[i];
    Column c;
    c.name = s.name;
    c.position = static_cast<int64_t>(i);
    c.missing = s.missing;
    c.style = s.fields.style();
    c.any_case = s.any_case;
    c.category = s.texts > 0 || s.keeps_levels;
    if (c.category) {
      if (s.too_many)
        throw FileError(path_, text("'{}' has more than {} different texts, too many for a category", s.name,
                                    ColumnScan::kLevelLimit));
      c.levels = s.sorted_levels();
      for (const std::string& level : c.levels) need_utf8(path_, level);
      c.missing_level = s.missing > 0;
      if (const std::string why = s.about_mixture(); !why.empty() && !asked_category(s))
        out.notes.push_back({s.name, text("it is taken for kinds, of which it has {}", c.levels.size()) + why});
      if (const std::string why = s.about_units(); !why.empty() && !asked_category(s))
        out.notes.push_back(
            {s.name, text("it is taken for kinds, of which it has {}; it has ", c.levels.size()) + why});
      note(s.name, s.about_case(), out);
    } else {
      c.missing += s.beyond;
      if (s.loses_spread()) c.offset = s.mean;
      if (s.numbers > 0) {
        c.min = s.min - c.offset, c.max = s.max - c.offset, c.mean = c.fill = s.mean - c.offset;
        c.variance = s.variance();
      }
      if (s.beyond)
        out.notes.push_back(
            {s.name, text("{} that float32 does not hold {} as missing, as '{}' in line {}",
                          s.beyond == 1 ? "1 number" : text("{} numbers", s.beyond), s.beyond == 1 ? "counts" : "count",
                          s.first_beyond.field, s.first_beyond.line)});
      if (!named_[i]) note(s.name, doubt_of_numbers(s, false), out);
    }
    note_reading(s, out);
    doubt_copies_of_target(i, out);
    out.columns.push_back(std::move(c));
  }

  static void note(const std::string& name, const std::string& what, TableSchema& out) {
    if (!what.empty()) out.notes.push_back({name, what});
  }
  /// How it is read where that is not as it stands there.
  static void note_reading(const ColumnScan& s, TableSchema& out) {
    const std::string how = described(s.fields.style());
    if (s.style_found && !how.empty()) note(s.name, "its numbers are read with " + how, out);
    note(s.name, s.about_spellings, out);
  }
  void doubt_copies_of_target(size_t i, TableSchema& out) const {
    if (named_[i] || std::count(use_.begin(), use_.end(), true) < 2) return;  // It may be what there is to learn from.
    note(seen_[i].name, copies_.doubt(i, seen_[i].name, out), out);
  }

  /// As they were named, where they were; a model from elsewhere knows its inputs by place alone.
  void order_columns(TableSchema& out) const {
    std::vector<size_t> place(names_.size(), config_.features.size());
    for (size_t i = config_.features.size(); i-- > 0;) place[names_.find(config_.features[i])] = i;
    std::stable_sort(out.columns.begin(), out.columns.end(), [&](const Column& a, const Column& b) {
      return place[static_cast<size_t>(a.position)] < place[static_cast<size_t>(b.position)];
    });
  }

  void decide_target(const ColumnScan& s, TableSchema& out) const {
    out.target = s.name;
    out.target_position = target_;
    out.target_style = s.fields.style();
    out.target_any_case = s.any_case;
    note_reading(s, out);
    const int64_t levels = static_cast<int64_t>(s.levels.size());
    const bool all_numbers = s.texts == 0;
    const auto must_be_number = [&](const std::string& more, const ColumnScan::Example& got) {
      return FileError(path_,
                       text("line {}: the target '{}' must be a {}, got '{}'", got.line, s.name, more, got.field));
    };
    if (s.beyond && all_numbers) throw must_be_number(kTargetNumber, s.first_beyond);
    const bool classes_asked = config_.target_kind == TargetKind::classes;
    if (s.has_unread_numbers() && !classes_asked)
      throw FileError(path_, text("the target '{}' has {}", s.name, s.about_unread()));
    for (const auto& [what, count] : {std::pair{"dates", s.dates}, std::pair{"times of day", s.times}})
      if (count > 0 && count == s.present() && levels > 2 && !classes_asked)
        throw FileError(path_, text("the target '{}' holds {}, as '{}' in line {}; make them numbers, as days or "
                                    "hours, or ",
                                    s.name, what, s.first_text.field, s.first_text.line) +
                                   in_words_of("set target_kind to classes if each is a class",
                                               "give --task classes if each is a class"));
    if (s.numbers && s.texts && s.texts * 20 <= s.numbers && s.too_many)
      throw must_be_number(text("number as in {} other rows", s.numbers), s.first_text);
    if (config_.target_kind == TargetKind::number && !all_numbers) throw must_be_number("number", s.first_text);
    if (levels == 1)
      throw FileError(path_, text("the target '{}' is '{}' in every row, so there is nothing to learn", s.name,
                                  s.levels.begin()->first));
    const bool few_integers = s.integers && levels <= 20 && levels * 5 <= out.rows;
    bool classes = !all_numbers || (!s.too_many && (levels == 2 || few_integers));
    if (config_.target_kind != TargetKind::automatic) classes = config_.target_kind == TargetKind::classes;
    out.target_kind = classes ? TargetKind::classes : TargetKind::number;
    out.target_mean = s.mean;
    out.target_variance = s.variance();
    if (config_.target_kind == TargetKind::automatic && all_numbers) doubt_kind(s, levels, classes, out);
    if (classes) return decide_classes(s, out);
    note(s.name, s.loses_spread() ? s.about_spread() : "", out);
    note(s.name, doubt_of_numbers(s, true), out);
  }
  /// Whole numbers may be amounts or names of classes; that they were taken for one is told where they may be the
  /// other.
  void doubt_kind(const ColumnScan& s, int64_t levels, bool classes, TableSchema& out) const {
    constexpr int64_t kFewForAmounts = 100;
    if (!s.integers || levels < 3 || s.too_many || levels * 5 > out.rows) return;
    if (classes)
      note(s.name,
           text("its {} whole numbers are taken for classes; ", levels) +
               in_words_of("if they are amounts, as counts or ratings, set target_kind to number",
                           "--task number if they are amounts, as counts or ratings"),
           out);
    else if (levels <= kFewForAmounts)
      note(s.name,
           text("its {} different whole numbers are taken for amounts; ", levels) +
               in_words_of("if they are codes, set target_kind to classes", "--task classes if they are codes"),
           out);
  }

  void decide_classes(const ColumnScan& s, TableSchema& out) const {
    const int64_t levels = static_cast<int64_t>(s.levels.size());
    if (s.too_many)
      throw FileError(path_, text("the target '{}' has more than {} different values, too many for classes", s.name,
                                  ColumnScan::kLevelLimit));
    out.class_names = s.sorted_levels();
    for (const std::string& name : out.class_names) {
      need_utf8(path_, name);
      out.class_rows.push_back(s.levels.at(name));
    }
    const std::string mixture = s.about_mixture();
    if (levels > 20 && levels * 2 > out.rows) {
      const std::string what = text("the target '{}' has {} different ", s.name, levels);
      if (s.texts == 0) throw FileError(path_, what + text("values in {} rows, too many for classes", out.rows));
      throw FileError(path_, what + text("texts in {} rows ({})", out.rows, few(out.class_names)) +
                                 (mixture.empty() ? "; is it the right column?" : mixture));
    }
    if (!mixture.empty()) out.notes.push_back({s.name, "it is taken for classes" + mixture});
    note(s.name, s.about_case(), out);
  }

  std::string path_;
  CsvConfig config_;
  CsvReader reader_;
  CsvColumns names_;
  std::vector<ColumnScan> seen_;
  TargetCopies copies_;
  bool again_ = false;
  std::vector<bool> use_, named_;
  std::ptrdiff_t target_ = -1;
};

}  // namespace

TableSchema scan_csv(const Text& path, const CsvConfig& config) { return Scanner(path, config).run(); }

}  // namespace cornu
