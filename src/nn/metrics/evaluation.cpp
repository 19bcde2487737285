// Confusion matrix, curves and report of predictions.
#include <cornu/evaluation.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>
#include <optional>

#include "io/utf8.h"

namespace cornu {
namespace {

/// Class numbers from numbers, scores, or, with a threshold, a column of probabilities.
std::vector<int64_t> class_numbers(const char* who, const Tensor& x, const std::optional<double>& threshold) {
  const std::vector<double> v = x.to_doubles();
  std::vector<int64_t> out;
  if (x.rank() == 2 && x.shape().dim(1) > 1) {
    const int64_t n = x.shape().dim(1);
    for (auto row = v.begin(); row != v.end(); row += n) out.push_back(std::max_element(row, row + n) - row);
    return out;
  }
  if (x.rank() != 1 && !(x.rank() == 2 && x.shape().dim(1) == 1))
    throw ShapeError(who, text("expected class numbers (n) or (n, 1), or scores (n, classes), got {}", x.shape()));
  const bool whole = std::all_of(v.begin(), v.end(), [](double d) { return d == std::floor(d); });
  if (!whole && !threshold) throw ConfigError(who, "labels must be whole numbers or one-hot rows");
  for (const double d : v) {
    if (!(d >= 0 && d < 1e9)) throw ConfigError(who, text("class numbers must not be negative, got {}", d));
    out.push_back(whole ? static_cast<int64_t>(d) : d > *threshold);
  }
  return out;
}

std::vector<std::string> class_names(const char* who, const std::vector<std::string>& names, int64_t n) {
  if (!names.empty() && static_cast<int64_t>(names.size()) != n)
    throw ConfigError(who, text("expected {} names, one for each class, got {}", n, names.size()));
  std::vector<std::string> out = names;
  for (int64_t i = static_cast<int64_t>(out.size()); i < n; ++i) out.push_back(std::to_string(i));
  return out;
}

size_t longest(const std::vector<std::string>& names, size_t at_least) {
  for (const std::string& s : names) at_least = std::max(at_least, utf8_width(s));
  return at_least;
}
std::string right(const std::string& s, size_t width) {
  const size_t own = utf8_width(s);
  return own >= width ? s : std::string(width - own, ' ') + s;
}
std::string fixed(double v, int digits) {
  char out[64];
  std::snprintf(out, sizeof out, "%.*f", digits, v);
  return out;
}

/// Counts of positives and negatives with a score of at least each distinct one; scores fall.
struct Ranking {
  std::vector<double> fps, tps, thresholds;
};
Ranking ranked(const char* who, const Tensor& y_true, const Tensor& score) {
  const std::vector<double> y = y_true.to_doubles(), s = score.to_doubles();
  if (y.size() != s.size() || y.empty())
    throw ShapeError(
        who, text("expected as many labels as scores, and at least one, got {} and {}", y_true.shape(), score.shape()));
  for (const double x : s)
    if (std::isnan(x)) throw ConfigError(who, "scores must not be NaN");
  std::vector<size_t> order(y.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return s[a] > s[b]; });
  Ranking r;
  double tp = 0, fp = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    (y[order[i]] != 0 ? tp : fp) += 1;
    if (i + 1 < order.size() && s[order[i + 1]] == s[order[i]]) continue;
    r.tps.push_back(tp), r.fps.push_back(fp), r.thresholds.push_back(s[order[i]]);
  }
  return r;
}

double ratio(double a, double b) { return b == 0 ? 0 : a / b; }

}  // namespace

ConfusionMatrix confusion_matrix(const Tensor& y_true, const Tensor& y_pred, int64_t classes, double threshold) {
  const char* who = "confusion_matrix";
  const std::vector<int64_t> y = class_numbers(who, y_true, {}), p = class_numbers(who, y_pred, threshold);
  if (y.size() != p.size())
    throw ShapeError(who, text("expected as many labels as predictions, got {} and {}", y.size(), p.size()));
  int64_t largest = -1;
  for (const std::vector<int64_t>* v : {&y, &p})
    for (const int64_t c : *v) largest = std::max(largest, c);
  for (const Tensor* t : {&y_true, &y_pred})
    if (t->rank() == 2 && t->shape().dim(1) > 1) largest = std::max(largest, t->shape().dim(1) - 1);
  if (classes == 0) classes = largest + 1;
  if (largest >= classes) throw ConfigError(who, text("class numbers must be below {}, got {}", classes, largest));
  if (classes > 20000) throw ConfigError(who, text("at most 20000 classes, got {}", classes));
  ConfusionMatrix m{classes, std::vector<int64_t>(static_cast<size_t>(classes * classes))};
  for (size_t i = 0; i < y.size(); ++i) ++m.counts[static_cast<size_t>(y[i] * classes + p[i])];
  return m;
}

std::string ConfusionMatrix::text(const std::vector<std::string>& names) const {
  const std::vector<std::string> shown = class_names("ConfusionMatrix", names, classes);
  size_t width = longest(shown, 1);
  for (const int64_t c : counts) width = std::max(width, std::to_string(c).size());
  const size_t first = longest(shown, 18);
  std::string out = right("label \\ prediction", first);
  for (const std::string& name : shown) out += "  " + right(name, width);
  out += "\n";
  for (int64_t r = 0; r < classes; ++r) {
    out += right(shown[static_cast<size_t>(r)], first);
    for (int64_t c = 0; c < classes; ++c) out += "  " + right(std::to_string(at(r, c)), width);
    out += "\n";
  }
  return out;
}

RocCurve roc_curve(const Tensor& y_true, const Tensor& score, bool drop_intermediate) {
  const Ranking r = ranked("roc_curve", y_true, score);
  const size_t n = r.tps.size();
  RocCurve out{{0}, {0}, {std::numeric_limits<double>::infinity()}};
  const auto bends = [&](const std::vector<double>& v, size_t i) { return v[i + 1] - v[i] != v[i] - v[i - 1]; };
  for (size_t i = 0; i < n; ++i) {
    if (drop_intermediate && i > 0 && i + 1 < n && !bends(r.fps, i) && !bends(r.tps, i)) continue;
    out.fpr.push_back(r.fps[i]), out.tpr.push_back(r.tps[i]), out.thresholds.push_back(r.thresholds[i]);
  }
  const double nan = std::nan("");
  for (double& x : out.fpr) x = r.fps.back() == 0 ? nan : x / r.fps.back();
  for (double& x : out.tpr) x = r.tps.back() == 0 ? nan : x / r.tps.back();
  return out;
}

double RocCurve::auc() const {
  double area = 0;
  for (size_t i = 1; i < fpr.size(); ++i) area += (fpr[i] - fpr[i - 1]) * (tpr[i] + tpr[i - 1]) / 2;
  return area;
}

PrecisionRecallCurve precision_recall_curve(const Tensor& y_true, const Tensor& score) {
  const Ranking r = ranked("precision_recall_curve", y_true, score);
  PrecisionRecallCurve out;
  for (size_t i = r.tps.size(); i-- > 0;) {
    out.precision.push_back(ratio(r.tps[i], r.tps[i] + r.fps[i]));
    out.recall.push_back(r.tps.back() == 0 ? 1 : r.tps[i] / r.tps.back());
    out.thresholds.push_back(r.thresholds[i]);
  }
  out.precision.push_back(1), out.recall.push_back(0);
  return out;
}

double PrecisionRecallCurve::average_precision() const {
  double sum = 0;
  for (size_t i = 0; i + 1 < recall.size(); ++i) sum += (recall[i] - recall[i + 1]) * precision[i];
  return sum;
}

ClassificationReport classification_report(const Tensor& y_true, const Tensor& y_pred,
                                           const std::vector<std::string>& names, double threshold) {
  ConfusionMatrix m = confusion_matrix(y_true, y_pred, 0, threshold);
  // Names may be of classes that did not come up.
  const int64_t named = static_cast<int64_t>(names.size());
  if (named > m.classes) m = confusion_matrix(y_true, y_pred, named, threshold);
  return classification_report(m, names);
}

ClassificationReport classification_report(const ConfusionMatrix& m, const std::vector<std::string>& names) {
  ClassificationReport out;
  out.names = class_names("classification_report", names, m.classes);
  double hits = 0, total = 0;
  for (int64_t c = 0; c < m.classes; ++c) {
    int64_t labels = 0, predictions = 0;
    for (int64_t i = 0; i < m.classes; ++i) labels += m.at(c, i), predictions += m.at(i, c);
    const double hit = static_cast<double>(m.at(c, c));
    ClassScores s{ratio(hit, static_cast<double>(predictions)), ratio(hit, static_cast<double>(labels)), 0, labels};
    s.f1 = ratio(2 * hit, static_cast<double>(labels + predictions));
    hits += hit, total += static_cast<double>(labels);
    out.classes.push_back(s);
  }
  const auto averaged = [&](auto weight) {
    ClassScores a;
    for (const ClassScores& s : out.classes) {
      const double w = weight(s);
      a.precision += w * s.precision, a.recall += w * s.recall, a.f1 += w * s.f1;
      a.support += s.support;
    }
    return a;
  };
  out.macro = averaged([&](const ClassScores&) { return 1 / static_cast<double>(out.classes.size()); });
  out.weighted = averaged([&](const ClassScores& s) { return ratio(static_cast<double>(s.support), total); });
  out.accuracy = ratio(hits, total);
  return out;
}

std::string ClassificationReport::text(int digits) const {
  const size_t width = longest(names, std::string("weighted avg").size());
  const auto line = [&](const std::string& name, const std::vector<std::string>& cells) {
    std::string out = right(name, width) + " ";
    for (const std::string& cell : cells) out += " " + right(cell, 9);
    return out + "\n";
  };
  const auto row = [&](const std::string& name, const ClassScores& s) {
    return line(name,
                {fixed(s.precision, digits), fixed(s.recall, digits), fixed(s.f1, digits), std::to_string(s.support)});
  };
  std::string out = line("", {"precision", "recall", "f1-score", "support"}) + "\n";
  for (size_t i = 0; i < classes.size(); ++i) out += row(names[i], classes[i]);
  out += "\n" + line("accuracy", {"", "", fixed(accuracy, digits), std::to_string(macro.support)});
  return out + row("macro avg", macro) + row("weighted avg", weighted);
}

}  // namespace cornu
