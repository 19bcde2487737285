// Reports on predictions.
#include "cli/report.h"

#include <cornu/evaluation.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cli/command.h"
#include "io/utf8.h"

namespace cornu::cli {

std::string short_number(double v) {
  if (std::fabs(v) >= 10000 && std::fabs(v) < 1e15) return grouped(std::llround(v));
  char out[40];
  std::snprintf(out, sizeof out, "%.4g", v);
  return out;
}

std::string aligned(const Lines& lines) {
  size_t width = 0;
  for (const Line& l : lines) width = std::max(width, utf8_width(l.name));
  std::string out;
  for (const auto& [name, value] : lines)
    out += "  " + name + std::string(width - utf8_width(name) + 3, ' ') + value + "\n";
  return out;
}

static std::string percent(double v) {
  char out[40];
  std::snprintf(out, sizeof out, "%.1f %%", 100 * v);
  return out;
}

namespace {

Value scores_value(const ClassScores& s) {
  Value v = Value::object();
  v["precision"] = s.precision;
  v["recall"] = s.recall;
  v["f1"] = s.f1;
  v["support"] = s.support;
  return v;
}

void classes_report(const ModelInfo& info, const Tensor& y, const Tensor& output, Lines& rows, Report& out) {
  const Tensor predicted = predicted_classes(info, output);
  const int64_t classes = static_cast<int64_t>(info.class_names.size());
  const ConfusionMatrix matrix = confusion_matrix(y, predicted, classes);
  int64_t right = 0, all = 0, most = 0;
  std::string most_name;
  for (int64_t i = 0; i < classes; ++i) {
    int64_t support = 0;
    for (int64_t j = 0; j < classes; ++j) support += matrix.at(i, j);
    if (support > most) most = support, most_name = info.class_names[static_cast<size_t>(i)];
    right += matrix.at(i, i);
    all += support;
  }
  const double accuracy = static_cast<double>(right) / static_cast<double>(all);
  const double baseline = static_cast<double>(most) / static_cast<double>(all);
  rows.push_back({"accuracy", text("{}   ({} of {} right; always saying '{}' gives {})", percent(accuracy),
                                   grouped(right), grouped(all), most_name, percent(baseline))});
  out.json["accuracy"] = accuracy;
  out.json["baseline_accuracy"] = baseline;
  if (info.task == Task::binary) {
    const double auc = roc_curve(y, output.reshaped({output.shape()[0]})).auc();
    if (std::isfinite(auc)) {
      rows.push_back({"ROC AUC", short_number(auc) + "   (1 is perfect, 0.5 is chance)"});
      out.json["roc_auc"] = auc;
    }
    rows.push_back({"threshold", text("'{}' from a probability of {} on", info.class_names[1], info.threshold)});
    out.json["threshold"] = info.threshold;
  }
  std::vector<std::string> names = info.class_names;
  out.append("Quality", aligned(rows));

  // A class that neither side has would have no line.
  ClassificationReport report = classification_report(y, predicted);
  Value per_class = Value::object();
  for (size_t i = 0; i < report.names.size(); ++i) {
    const size_t k = static_cast<size_t>(std::stoll(report.names[i]));
    if (k < names.size()) report.names[i] = names[k];
    per_class[report.names[i]] = scores_value(report.classes[i]);
  }
  out.append("By class", report.text(3));
  out.json["classes"] = per_class;
  out.json["macro"] = scores_value(report.macro);
  out.json["weighted"] = scores_value(report.weighted);
  if (classes <= 30) out.append("Confusion matrix", matrix.text(names));
  Value counts = Value::array();
  for (int64_t i = 0; i < classes; ++i) {
    Value line = Value::array();
    for (int64_t j = 0; j < classes; ++j) line.push_back(matrix.at(i, j));
    counts.push_back(line);
  }
  out.json["confusion_matrix"] = counts;
}

void numbers_report(const Tensor& y, const Tensor& output, Lines& rows, Report& out) {
  const std::vector<double> t = y.to_doubles(), p = output.to_doubles();
  if (t.size() != p.size()) throw UsageError(text("the model gives {} numbers for {} true values", p.size(), t.size()));
  const double n = static_cast<double>(t.size());
  double mean = 0, absolute = 0, square = 0, spread = 0, plain = 0;
  for (const double v : t) mean += v / n;
  std::vector<double> errors;
  for (size_t i = 0; i < t.size(); ++i) {
    const double e = p[i] - t[i];
    errors.push_back(std::fabs(e));
    absolute += std::fabs(e) / n;
    square += e * e / n;
    spread += (t[i] - mean) * (t[i] - mean) / n;
    plain += std::fabs(t[i] - mean) / n;
  }
  std::sort(errors.begin(), errors.end());
  const double median = errors[errors.size() / 2], r2 = spread > 0 ? 1 - square / spread : NAN;
  rows.push_back({"mean absolute error",
                  short_number(absolute) + "   (always saying the mean gives " + short_number(plain) + ")"});
  rows.push_back({"median absolute error", short_number(median)});
  rows.push_back({"root mean square error", short_number(std::sqrt(square))});
  if (std::isfinite(r2)) rows.push_back({"R2", short_number(r2) + "   (1 is perfect, 0 is no better than the mean)"});
  out.append("Quality", aligned(rows));
  out.json["mean_absolute_error"] = absolute;
  out.json["baseline_mean_absolute_error"] = plain;
  out.json["median_absolute_error"] = median;
  out.json["root_mean_square_error"] = std::sqrt(square);
  if (std::isfinite(r2)) out.json["r2"] = r2;
}

}  // namespace

Report quality_report(const ModelInfo& info, const Tensor& y, const Tensor& output, std::optional<double> loss) {
  Report out;
  Lines rows;
  out.json["rows"] = y.shape()[0];
  rows.push_back({"rows", grouped(y.shape()[0])});
  if (loss) {
    rows.push_back({"loss", short_number(*loss)});
    out.json["loss"] = *loss;
  }
  info.classifies() ? classes_report(info, y, output, rows, out) : numbers_report(y, output, rows, out);
  return out;
}

}  // namespace cornu::cli
