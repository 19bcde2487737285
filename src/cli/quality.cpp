// Accumulating and reporting.
#include "cli/quality.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "cli/command.h"
#include "cli/output_head.h"

namespace cornu::cli {
namespace {

/// Rises with the number.
uint32_t key_of(float v) {
  const uint32_t bits = std::bit_cast<uint32_t>(v);
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}
float number_of(uint32_t key) { return std::bit_cast<float>(key >> 31 ? key & 0x7fffffffu : ~key); }

std::string percent(double v) {
  char out[40];
  std::snprintf(out, sizeof out, "%.1f %%", 100 * v);
  return out;
}

Value scores_value(const ClassScores& s) {
  Value v = Value::object();
  v["precision"] = s.precision;
  v["recall"] = s.recall;
  v["f1"] = s.f1;
  v["support"] = s.support;
  return v;
}

/// Without the classes that neither labels nor predictions have, as scikit-learn leaves them out.
ClassificationReport report_of(const ConfusionMatrix& m, const std::vector<std::string>& names) {
  std::vector<int64_t> present;
  for (int64_t c = 0; c < m.classes; ++c) {
    int64_t n = 0;
    for (int64_t i = 0; i < m.classes; ++i) n += m.at(c, i) + m.at(i, c);
    if (n > 0) present.push_back(c);
  }
  ConfusionMatrix some{static_cast<int64_t>(present.size()), {}};
  std::vector<std::string> their_names;
  for (const int64_t i : present) {
    their_names.push_back(names[static_cast<size_t>(i)]);
    for (const int64_t j : present) some.counts.push_back(m.at(i, j));
  }
  return classification_report(some, their_names);
}

}  // namespace

void Sorted::add(float v, bool marked) {
  if (binned_) return bin(v, marked);
  exact_.emplace_back(v, marked);
  if (exact_.size() == kExact) to_bins();
}

void Sorted::to_bins() {
  binned_ = true;
  for (const auto& [v, marked] : exact_) bin(v, marked);
  exact_ = {};
}

void Sorted::bin(float v, bool marked) {
  const uint32_t key = key_of(v);
  std::vector<Counts>& page = bins_[key >> 23];
  if (page.empty()) page.resize(size_t{1} << (23 - kShift));
  ++page[(key & 0x7fffffu) >> kShift][marked];
}

void Sorted::each(const std::function<void(double, int64_t, int64_t)>& f) {
  std::sort(exact_.begin(), exact_.end());
  for (size_t i = 0; i < exact_.size();) {
    int64_t counts[2]{};
    const float v = exact_[i].first;
    for (; i < exact_.size() && exact_[i].first == v; ++i) ++counts[exact_[i].second];
    f(static_cast<double>(v), counts[0], counts[1]);
  }
  for (uint32_t p = 0; p < bins_.size(); ++p)
    for (uint32_t i = 0; i < bins_[p].size(); ++i) {
      const Counts& n = bins_[p][i];
      const uint32_t middle = p << 23 | i << kShift | 1u << (kShift - 1);
      if (n[0] || n[1]) f(static_cast<double>(number_of(middle)), n[0], n[1]);
    }
}

Quality::Quality(ModelInfo info, bool training)
    : info_(std::move(info)), training_(training), thresholds_(info_.class_names.size()) {
  matrix_.classes = static_cast<int64_t>(info_.class_names.size());
  matrix_.counts.resize(info_.class_names.size() * info_.class_names.size());
}

void Quality::add(const Tensor& y, const Tensor& output) {
  rows_ += y.shape()[0];
  info_.classifies() ? add_classes(y, output) : add_numbers(y, output);
}

void Quality::add_classes(const Tensor& y, const Tensor& output) {
  const Tensor p = probabilities(info_, output), predicted = predicted_classes(info_, p);
  const std::vector<double> labels = y.to_doubles(), values = p.to_doubles();
  const size_t width = values.size() / labels.size();
  for (size_t r = 0; r < labels.size(); ++r) {
    const int64_t label = static_cast<int64_t>(labels[r]), guess = predicted.data<int32_t>()[r];
    if (guess >= matrix_.classes)
      throw UsageError(text("the model tells more classes than the {} that are named", matrix_.classes));
    ++matrix_.counts[static_cast<size_t>(label * matrix_.classes + guess)];
    const auto row = values.begin() + static_cast<std::ptrdiff_t>(r * width);
    const bool bad = std::any_of(row, row + static_cast<std::ptrdiff_t>(width), [](double v) { return std::isnan(v); });
    nan_ += bad;
    if (bad) continue;
    if (width == 1) scores_.add(static_cast<float>(*row), label != 0);
    const size_t classes = static_cast<size_t>(matrix_.classes);
    for (size_t c = 0; c < (width > 1 ? std::min(width, classes) : classes); ++c) {
      const double p = width > 1 ? row[static_cast<std::ptrdiff_t>(c)] : c == 1 ? *row : 1 - *row;
      thresholds_.add(c, p, static_cast<size_t>(label) == c);
    }
  }
}

void Quality::add_numbers(const Tensor& y, const Tensor& output) {
  const std::vector<double> t = y.to_doubles(), p = output.to_doubles();
  if (t.size() != p.size()) throw UsageError(text("the model gives {} numbers for {} true values", p.size(), t.size()));
  double n = static_cast<double>(rows_) - static_cast<double>(t.size());
  for (size_t i = 0; i < t.size(); ++i) {
    const double e = p[i] - t[i], d = t[i] - mean_;
    if (std::isnan(e)) ++nan_;
    mean_ += d / ++n;
    spread_ += d * (t[i] - mean_);
    absolute_ += std::fabs(e);
    square_ += e * e;
    errors_.add(static_cast<float>(std::fabs(e)));
    truth_.add(static_cast<float>(t[i]));
  }
}

void Quality::classes_report(Lines& rows, Report& out) {
  const int64_t classes = matrix_.classes;
  int64_t right = 0, most = 0;
  std::string most_name;
  const std::vector<int64_t> rows_of = support();
  for (int64_t i = 0; i < classes; ++i) {
    const size_t c = static_cast<size_t>(i);
    if (rows_of[c] > most) most = rows_of[c], most_name = info_.class_names[c];
    right += matrix_.at(i, i);
  }
  const double accuracy = static_cast<double>(right) / static_cast<double>(rows_);
  const double baseline = static_cast<double>(most) / static_cast<double>(rows_);
  rows.push_back({"accuracy", text("{}   ({} of {} right; always saying '{}' gives {})", percent(accuracy),
                                   grouped(right), grouped(rows_), most_name, percent(baseline))});
  out.json["accuracy"] = accuracy;
  out.json["baseline_accuracy"] = baseline;
  if (info_.task == Task::binary) {
    // Pairs of a positive and a negative that are in the right order; ties count half.
    double positives = 0, negatives = 0, area = 0;
    scores_.each([&](double, int64_t no, int64_t yes) {
      area += static_cast<double>(yes) * (negatives + static_cast<double>(no) / 2);
      positives += static_cast<double>(yes), negatives += static_cast<double>(no);
    });
    const double auc = area / (positives * negatives);
    if (std::isfinite(auc)) {
      rows.push_back({"ROC AUC", short_number(auc) + "   (1 is perfect, 0.5 is chance)"});
      out.json["roc_auc"] = auc;
    } else if (positives + negatives > 0) {
      rows.push_back({"ROC AUC", text("none, as all rows are of '{}'", most_name)});
      out.json["roc_auc"] = Value();
    }
  }
  if (const std::string how = threshold_text(info_); !how.empty()) {
    rows.push_back({"threshold", how});
    out.json["threshold"] = info_.threshold;
    if (info_.threshold_class) out.json["threshold_class"] = info_.class_names[*info_.threshold_class];
  }
  out.append("Quality", aligned(rows));

  const ClassificationReport report = report_of(matrix_, info_.class_names);
  Value per_class = Value::object();
  for (size_t i = 0; i < report.names.size(); ++i) per_class[report.names[i]] = scores_value(report.classes[i]);
  out.append("By class", report.text(3));
  out.json["classes"] = per_class;
  out.json["macro"] = scores_value(report.macro);
  out.json["weighted"] = scores_value(report.weighted);
  matrix_report(out);
  const Report hidden = class_notes();
  out.text += hidden.text;
  if (const Value* rare = hidden.json.find("rare_classes")) out.json["rare_classes"] = *rare;
  Value counts = Value::array();
  for (int64_t i = 0; i < classes; ++i) {
    Value line = Value::array();
    for (int64_t j = 0; j < classes; ++j) line.push_back(matrix_.at(i, j));
    counts.push_back(line);
  }
  out.json["confusion_matrix"] = counts;
}

void Quality::matrix_report(Report& out) const {
  constexpr int64_t kWidest = 30;
  constexpr size_t kShown = 20;
  const int64_t classes = matrix_.classes;
  if (classes <= kWidest) return out.append("Confusion matrix", matrix_.text(info_.class_names));
  struct Mistake {
    int64_t count, label, guess;
  };
  std::vector<Mistake> all;
  for (int64_t i = 0; i < classes; ++i)
    for (int64_t j = 0; j < classes; ++j)
      if (i != j && matrix_.at(i, j) > 0) all.push_back({matrix_.at(i, j), i, j});
  std::stable_sort(all.begin(), all.end(), [](const Mistake& a, const Mistake& b) { return a.count > b.count; });
  Lines lines;
  for (size_t i = 0; i < std::min(all.size(), kShown); ++i)
    lines.push_back(
        {grouped(all[i].count), text("'{}' taken for '{}'", info_.class_names[static_cast<size_t>(all[i].label)],
                                     info_.class_names[static_cast<size_t>(all[i].guess)])});
  if (all.size() > kShown) lines.push_back({"...", text("and {} other pairs of classes", all.size() - kShown)});
  out.append(text("Most frequent mistakes (the matrix of {} classes is in the JSON report{})", classes,
                  training_ ? "" : ", which --json writes"),
             aligned(lines));
}

Finding Quality::now(size_t c) const {
  const int64_t place = static_cast<int64_t>(c);
  Finding out{matrix_.at(place, place), -matrix_.at(place, place)};
  for (int64_t i = 0; i < matrix_.classes; ++i) out.alarms += matrix_.at(i, place);
  return out;
}

double Quality::better_threshold(size_t rare, const std::vector<int64_t>& support, Finding& found) {
  const int64_t ours = support[rare], others = support[1 - rare], now_found = now(rare).hits;
  // Better than saying the class of all rows.
  double best = Finding{ours, others}.f1(ours) + 0.01, from = 0, to = 0, before = 0;
  int64_t ours_below = 0, others_below = 0;
  scores_.each([&](double v, int64_t no, int64_t yes) {
    // Below v class 0 would be predicted.
    const Finding here =
        rare == 1 ? Finding{ours - ours_below, others - others_below} : Finding{ours_below, others_below};
    if (here.hits > now_found && before < v && here.f1(ours) > best)
      best = here.f1(ours), from = before, to = v, found = here;
    ours_below += rare == 1 ? yes : no;
    others_below += rare == 1 ? no : yes;
    before = v;
  });
  if (found.hits == 0) return 0;
  // The fewest digits that lie between the two scores.
  const double low = rare == 1 ? from : 1 - to, high = rare == 1 ? to : 1 - from;
  double p = (low + high) / 2;
  for (int digits = 1; digits < 10; ++digits) {
    char shown[40];
    std::snprintf(shown, sizeof shown, "%.*g", digits, (low + high) / 2);
    p = std::stod(shown);
    if (p > low && p < high) break;
  }
  return p > 0 && p < 1 ? p : 0;
}

std::string Quality::threshold_advice(size_t rare, const std::vector<int64_t>& support) {
  const bool exact = !scores_.empty();
  if (!exact && thresholds_.rows() != rows_) return "";
  Finding found;
  const double p = exact ? better_threshold(rare, support, found) : thresholds_.better(rare, now(rare), found);
  if (p == 0) return "no --threshold helps, as its probability is hardly higher there than in other rows";
  return text("--threshold {} would find {} of these {}, with {}", threshold_of_class(info_, rare, p),
              grouped(found.hits), grouped(support[rare]), counted(found.alarms, "false alarm"));
}

std::vector<int64_t> Quality::support() const {
  std::vector<int64_t> out;
  for (int64_t i = 0; i < matrix_.classes; ++i) {
    out.push_back(0);
    for (int64_t j = 0; j < matrix_.classes; ++j) out.back() += matrix_.at(i, j);
  }
  return out;
}

Value Quality::measured() const {
  Value out = Value::object();
  out["confusion_matrix"] = matrix_.counts;
  out["thresholds"] = thresholds_.to_value();
  return out;
}

void Quality::add(const Value& measured) {
  size_t place = 0;
  for (const Value& n : measured.at("confusion_matrix").as_array()) {
    matrix_.counts.at(place++) += n.as_int();
    rows_ += n.as_int();
  }
  thresholds_.add(measured.at("thresholds"));
}

Report Quality::class_notes() {
  Report out;
  const std::vector<int64_t> support = this->support();
  Lines notes;
  std::vector<std::string> absent;
  for (size_t i = 0; i < support.size(); ++i)
    if (support[i] == 0) absent.push_back("'" + info_.class_names[i] + "'");
  if (!absent.empty())
    notes.push_back({"note", text("none of these rows is of {}, so nothing tells how well {} found{}",
                                  listed(absent, 80), absent.size() == 1 ? "it is" : "they are",
                                  training_ ? "; --cross-validation measures on every row" : "")});
  Value rare = Value::array();
  constexpr double kRare = 0.2, kPoor = 0.5;
  constexpr size_t kShown = 5;
  for (size_t i = 0; i < support.size(); ++i) {
    const int64_t c = static_cast<int64_t>(i), found = matrix_.at(c, c);
    const double share = static_cast<double>(support[i]) / static_cast<double>(rows_);
    const double recall = support[i] ? static_cast<double>(found) / static_cast<double>(support[i]) : 1;
    // Of many classes each is rare.
    if (share >= std::min(kRare, 0.5 / static_cast<double>(support.size())) || recall >= kPoor) continue;
    Value one = Value::object();
    one["class"] = info_.class_names[i];
    one["share"] = share;
    one["recall"] = recall;
    std::string line = text("'{}' is rare ({} of the rows) and seldom found: recall {}, {} of {}", info_.class_names[i],
                            percent(share), percent(recall), grouped(found), grouped(support[i]));
    if (const std::string advice = support[i] ? threshold_advice(i, support) : ""; !advice.empty()) {
      one["advice"] = advice;
      line += "; " + advice;
    }
    rare.push_back(one);
    if (rare.size() <= kShown) notes.push_back({"note", line});
  }
  if (rare.size() > kShown) notes.push_back({"note", text("and {} more rare classes", rare.size() - kShown)});
  if (training_ && rare.size() > 0)
    notes.push_back({"note", "--class-weight balanced lets rare classes count as much as others in training"});
  if (rare.size() > 0) out.json["rare_classes"] = std::move(rare);
  if (!notes.empty()) out.append("Classes that the figures hide", aligned(notes));
  return out;
}

void Quality::numbers_report(Lines& rows, Report& out) {
  const double n = static_cast<double>(rows_), absolute = absolute_ / n, square = square_ / n;
  double plain = 0, lower = 0, upper = 0;  // the middle of the errors, or the two there are
  truth_.each(
      [&](double v, int64_t count, int64_t) { plain += std::fabs(v - mean_) * static_cast<double>(count) / n; });
  int64_t below = 0;
  errors_.each([&](double v, int64_t count, int64_t) {
    if (below <= (rows_ - 1) / 2) lower = v;
    if (below <= rows_ / 2) upper = v;
    below += count;
  });
  const double median = (lower + upper) / 2;
  rows.push_back({"mean absolute error",
                  short_number(absolute) + "   (always saying the mean gives " + short_number(plain) + ")"});
  rows.push_back({"median absolute error", short_number(median)});
  rows.push_back({"root mean square error", short_number(std::sqrt(square))});
  out.json["mean_absolute_error"] = absolute;
  out.json["baseline_mean_absolute_error"] = plain;
  out.json["median_absolute_error"] = median;
  out.json["root_mean_square_error"] = std::sqrt(square);
  if (spread_ > 0) {
    const double r2 = 1 - square_ / spread_;
    rows.push_back({"R2", short_number(r2) + "   (1 is perfect, 0 is no better than the mean)"});
    out.json["r2"] = r2;
  }
  out.append("Quality", aligned(rows));
}

Report Quality::report(std::optional<double> loss) {
  if (nan_) throw UsageError(text("the model's output is NaN for {} of {} rows", grouped(nan_), grouped(rows_)));
  Report out;
  Lines rows;
  out.json["rows"] = rows_;
  rows.push_back({"rows", grouped(rows_)});
  if (loss) {
    rows.push_back({"loss", short_number(*loss)});
    out.json["loss"] = std::isfinite(*loss) ? Value(*loss) : Value();  // JSON has no infinity.
  }
  info_.classifies() ? classes_report(rows, out) : numbers_report(rows, out);
  return out;
}

}  // namespace cornu::cli
