// Tasks and metadata.
#include "cli/task.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "cli/command.h"
#include "cli/output_head.h"
#include "io/csv.h"

namespace cornu::cli {
namespace {

const char* name_of(Task t) { return t == Task::binary ? "binary" : t == Task::classes ? "classes" : "regression"; }

std::string number_text(double v) {
  return v == std::floor(v) && std::fabs(v) < 1e15 ? std::to_string(static_cast<int64_t>(v)) : Arg(v).text;
}

/// One number for each row: itself, or the place of the largest of a one-hot row.
/// Anything else is a UsageError.
std::vector<double> values_of(const Tensor& y, bool& one_hot) {
  const std::vector<double> v = y.to_doubles();
  const size_t rows = static_cast<size_t>(y.shape()[0]), width = rows ? v.size() / rows : 1;
  one_hot = width > 1;
  if (!one_hot) return v;
  std::vector<double> out(rows);
  for (size_t r = 0; r < rows; ++r) {
    const auto row = v.begin() + static_cast<std::ptrdiff_t>(r * width), end = row + static_cast<std::ptrdiff_t>(width);
    const auto one = std::find(row, end, 1.0);
    if (y.rank() != 2 || one == end || std::count(row, end, 0.0) + 1 != end - row)
      throw UsageError(
          text("labels must be one number for each sample, or one-hot rows, got an array of shape {}", y.shape()));
    out[r] = static_cast<double>(one - row);
  }
  return out;
}

}  // namespace

Value ModelInfo::to_value() const {
  Value out = Value::object();
  out["task"] = name_of(task);
  if (classifies()) {
    out["class_names"] = Value::array();
    for (const std::string& n : class_names) out["class_names"].push_back(n);
  }
  if (task == Task::binary || threshold_class) out["threshold"] = threshold;
  if (threshold_class) out["threshold_class"] = class_names[*threshold_class];
  if (table) out["table"] = table->to_value();
  return out;
}

ModelInfo ModelInfo::of(const Model& model) {
  ModelInfo out;
  const Value& m = model.metadata();
  const int64_t width = output_width(model);
  const std::string last = output_activation(model);
  if (const Value* t = m.find("task"); t && t->is_string()) {
    out.task = t->as_string() == "binary"    ? Task::binary
               : t->as_string() == "classes" ? Task::classes
                                             : Task::regression;
  } else if (const std::optional<Task> guess = task_from_logits(model)) {
    out.task = *guess;
    out.logits = true;
  } else {
    out.task = last == "softmax" ? Task::classes : last == "sigmoid" && width == 1 ? Task::binary : Task::regression;
  }
  out.logits |= out.classifies() && last == "linear";
  if (const Value* t = m.find("table")) out.table = TableSchema::from_value(*t);
  if (const Value* names = m.find("class_names"); names && names->is_array())
    for (const Value& n : names->as_array()) out.class_names.push_back(n.as_string());
  else if (out.table)
    out.class_names = out.table->class_names;
  if (out.class_names.empty() && out.classifies())
    for (int64_t i = 0; i < (out.task == Task::binary ? 2 : width); ++i) out.class_names.push_back(std::to_string(i));
  if (const Value* t = m.find("threshold"); t && t->is_number()) out.threshold = t->as_double();
  if (const Value* name = m.find("threshold_class"); name && name->is_string() && out.task == Task::classes) {
    const auto found = std::ranges::find(out.class_names, name->as_string());
    if (found != out.class_names.end()) out.threshold_class = static_cast<size_t>(found - out.class_names.begin());
  }
  return out;
}

/// In quotes if it could be taken for several.
static std::string in_list(const std::string& name) {
  return name.empty() || name.find(',') != name.npos ? "'" + name + "'" : name;
}

std::string describe(const ModelInfo& info, bool all) {
  if (!info.classifies()) return "a number";
  constexpr size_t kShown = 12;
  const size_t shown = all ? info.class_names.size() : std::min(info.class_names.size(), kShown);
  std::string out = text("{} classes: ", info.class_names.size());
  for (size_t i = 0; i < shown; ++i) out += (i ? ", " : "") + in_list(info.class_names[i]);
  return shown < info.class_names.size() ? out + ", ..." : out;
}

static int64_t class_named(const ModelInfo& info, const std::string& name, const char* flag) {
  const auto found = std::find(info.class_names.begin(), info.class_names.end(), name);
  if (found == info.class_names.end())
    throw UsageError(text("{} names the class '{}', but there are {}", flag, name, describe(info)));
  return found - info.class_names.begin();
}

void set_threshold(ModelInfo& info, const std::string& threshold) {
  if (threshold.empty()) return;
  if (!info.classifies())
    throw UsageError(text("--threshold is for the probability of a class, not for {}", describe(info)));
  const size_t equals = threshold.rfind('=');
  const bool named = equals != threshold.npos;
  const double p = *parse_number(threshold.substr(named ? equals + 1 : 0));
  if (!named && info.task == Task::classes)
    throw UsageError(text("--threshold must name the class, as in {}, where there are {}",
                          threshold_of_class(info, 0, p), describe(info)));
  const int64_t c = named ? class_named(info, threshold.substr(0, equals), "--threshold") : 1;
  if (info.task == Task::classes) {
    info.threshold = p, info.threshold_class = static_cast<size_t>(c);
    return;
  }
  const bool first = c == 0;
  // Class 0 is predicted where that of class 1 is below, so that one of exactly 1 - p must be.
  info.threshold = first ? std::nextafter(1 - p, 1.0) : p;
}

std::string threshold_of_class(const ModelInfo& info, size_t c, double p) {
  const std::string given = text("{}={}", info.class_names[c], Arg(p).text);
  return given.find_first_of(" \t'\"\\$&|;<>()*?[]#~`!{}") == given.npos ? given : "'" + given + "'";
}

std::map<int64_t, double> class_weights(const ModelInfo& info, const std::string& given,
                                        const std::vector<int64_t>& rows) {
  std::map<int64_t, double> out;
  if (given.empty()) return out;
  if (!info.classifies()) throw UsageError("--class-weight is for a target of classes, not for a number");
  if (given == "balanced") {
    double all = 0;
    for (const int64_t n : rows) all += static_cast<double>(n);
    for (size_t i = 0; i < rows.size(); ++i)
      if (rows[i] > 0)
        out[static_cast<int64_t>(i)] = all / static_cast<double>(rows.size()) / static_cast<double>(rows[i]);
    return out;
  }
  for (size_t at = 0; at <= given.size();) {
    const size_t comma = std::min(given.find(',', at), given.size());
    const std::string one = given.substr(at, comma - at);
    const size_t equals = one.rfind('=');
    const std::optional<double> weight =
        equals == one.npos ? std::nullopt : parse_number(std::string_view(one).substr(equals + 1));
    if (!weight || !std::isfinite(*weight) || *weight < 0)
      throw UsageError(text("--class-weight must be balanced, or weights as ok=1,fraud=20; got '{}'", given));
    out[class_named(info, one.substr(0, equals), "--class-weight")] = *weight;
    at = comma + 1;
  }
  return out;
}

std::string threshold_text(const ModelInfo& info) {
  if (info.task != Task::binary && !info.threshold_class) return "";
  char p[40];  // As typed: one that stands for class 0 has a last digit that nobody gave.
  std::snprintf(p, sizeof p, "%.10g", info.threshold);
  return text("'{}' from a probability of {} on", info.class_names[info.threshold_class.value_or(1)], p);
}

Tensor predicted_classes(const ModelInfo& info, const Tensor& probabilities) {
  const int64_t rows = probabilities.shape()[0];
  Tensor out({rows}, DType::i32);
  const std::span<int32_t> to = out.mutable_data<int32_t>();
  const std::vector<double> v = probabilities.to_doubles();
  const size_t width = rows ? v.size() / static_cast<size_t>(rows) : 1;
  for (size_t r = 0; r < to.size(); ++r) {
    const auto row = v.begin() + static_cast<std::ptrdiff_t>(r * width);
    const auto end = row + static_cast<std::ptrdiff_t>(width);
    const size_t own = info.threshold_class.value_or(width);
    if (width == 1) {
      to[r] = row[0] >= info.threshold;
    } else if (own >= width) {
      to[r] = static_cast<int32_t>(std::max_element(row, end) - row);
    } else if (row[static_cast<std::ptrdiff_t>(own)] >= info.threshold) {
      to[r] = static_cast<int32_t>(own);
    } else {
      const auto it = row + static_cast<std::ptrdiff_t>(own);
      const auto before = std::max_element(row, it), after = std::max_element(it + 1, end);
      const bool first = after == end || (before != it && *before >= *after);
      to[r] = static_cast<int32_t>((first ? before : after) - row);
    }
  }
  return out;
}

bool take_classes(const Tensor& y, TargetKind kind, Tensor& classes, std::vector<std::string>& names) {
  if (kind == TargetKind::number) return false;
  bool one_hot = false;
  const std::vector<double> v = values_of(y, one_hot);
  std::map<double, int32_t> numbers;
  bool whole = true;
  for (const double x : v) numbers[x], whole &= x == std::floor(x);
  const size_t most = is_integer(y.dtype()) || one_hot ? 1000 : 20;
  const bool few = numbers.size() == 2 || (whole && numbers.size() <= most && numbers.size() * 5 <= v.size());
  if (kind != TargetKind::classes && !one_hot && !few) return false;
  if (numbers.size() > 1000) throw UsageError(text("{} different labels are too many for classes", numbers.size()));
  if (numbers.size() < 2) throw UsageError("all labels are the same, so there is nothing to learn");
  names.clear();
  if (one_hot)  // A class that no row has is one all the same.
    for (int64_t i = 0; i < y.shape()[-1]; ++i) names.push_back(std::to_string(i)), numbers[static_cast<double>(i)];
  int32_t next = 0;
  for (auto& [x, number] : numbers) {
    number = next++;
    if (!one_hot) names.push_back(number_text(x));
  }
  std::vector<int32_t> out;
  for (const double x : v) out.push_back(numbers.at(x));
  classes = Tensor({static_cast<int64_t>(out.size())}, out);
  return true;
}

Tensor classes_by_name(const Tensor& y, const std::vector<std::string>& names) {
  bool one_hot = false;
  const std::vector<double> v = values_of(y, one_hot);
  std::map<std::string, int32_t> numbers;
  for (size_t i = 0; i < names.size(); ++i) numbers[names[i]] = static_cast<int32_t>(i);
  // Names given by the user (--class-names) stand for the labels 0, 1, ...
  const bool by_place = one_hot || !numbers.count(number_text(v.empty() ? 0 : v[0]));
  std::vector<int32_t> out;
  for (const double x : v) {
    const auto found = numbers.find(number_text(x));
    const bool fits =
        by_place ? x >= 0 && x < static_cast<double>(names.size()) && x == std::floor(x) : found != numbers.end();
    if (!fits) throw UsageError(text("the label {} is none of the model's classes {}", number_text(x), names));
    out.push_back(by_place ? static_cast<int32_t>(x) : found->second);
  }
  return Tensor({static_cast<int64_t>(out.size())}, out);
}

}  // namespace cornu::cli
