// Directions of metrics.
#include "train/callbacks/monitor.h"

#include <cmath>

#include "base/output.h"
#include "train/trainer.h"

namespace cornu {
namespace {

constexpr const char* kUp[] = {"Accuracy",
                               "BinaryAccuracy",
                               "CategoricalAccuracy",
                               "SparseCategoricalAccuracy",
                               "TopKCategoricalAccuracy",
                               "SparseTopKCategoricalAccuracy",
                               "Precision",
                               "Recall",
                               "SensitivityAtSpecificity",
                               "SpecificityAtSensitivity",
                               "PrecisionAtRecall",
                               "RecallAtPrecision",
                               "AUC",
                               "PearsonCorrelation",
                               "ConcordanceCorrelation",
                               "FBetaScore",
                               "F1Score",
                               "IoU",
                               "BinaryIoU",
                               "MeanIoU",
                               "OneHotIoU",
                               "OneHotMeanIoU",
                               "CosineSimilarity",
                               "R2Score"};
constexpr const char* kDown[] = {"Hinge",
                                 "SquaredHinge",
                                 "CategoricalHinge",
                                 "BinaryCrossentropy",
                                 "CategoricalCrossentropy",
                                 "SparseCategoricalCrossentropy",
                                 "KLDivergence",
                                 "Poisson",
                                 "MeanSquaredError",
                                 "MeanAbsoluteError",
                                 "MeanAbsolutePercentageError",
                                 "MeanSquaredLogarithmicError",
                                 "RootMeanSquaredError",
                                 "LogCoshError"};

int direction_of(const std::string& class_name) {
  for (const char* name : kUp)
    if (class_name == name) return 1;
  for (const char* name : kDown)
    if (class_name == name) return -1;
  return 0;
}

}  // namespace

Monitor::Monitor(std::string who, std::string monitor, std::string mode, double min_delta)
    : who_(std::move(who)), monitor_(std::move(monitor)), mode_(std::move(mode)), min_delta_(std::fabs(min_delta)) {
  if (mode_ != "auto" && mode_ != "min" && mode_ != "max")
    throw ConfigError(who_, text("mode must be 'auto', 'min' or 'max', got '{}'", mode_));
  if (mode_ == "min") direction_ = -1;
  if (mode_ == "max") direction_ = 1;
}

void Monitor::resolve(const Model& model) {
  if (direction_) return;
  const std::string metric = monitor_.rfind("val_", 0) == 0 ? monitor_.substr(4) : monitor_;
  if (metric == "loss") direction_ = -1;
  if (const auto& trainer = model.model().trainer)
    for (const Trainer::Tracked& t : trainer->metrics)
      if (t.metric->name() == metric) direction_ = direction_of(t.metric->class_name());
  if (!direction_)
    throw ConfigError(
        who_, text("cannot tell whether more or less of '{}' is better; give .mode = \"max\" or \"min\"", monitor_));
}

bool Monitor::improves(double value, const std::optional<double>& best) const {
  if (!best) return true;
  // Keras compares as float32.
  const auto v = static_cast<float>(value - direction_ * min_delta_), b = static_cast<float>(*best);
  return direction_ > 0 ? v > b : v < b;
}

std::optional<double> Monitor::value(const Logs& logs) {
  if (const double* v = logs.find(monitor_)) return *v;
  if (!warned_) {
    std::string known;
    for (const auto& entry : logs) known += (known.empty() ? "" : ", ") + entry.first;
    warn(text("{}: there is no '{}' to watch, only {}\n", who_, monitor_, known));
    warned_ = true;
  }
  return std::nullopt;
}

Value optional_value(const std::optional<double>& v) { return v ? Value(*v) : Value(); }
std::optional<double> optional_double(const Value& v) {
  if (v.is_null()) return std::nullopt;
  return v.as_double();
}

}  // namespace cornu
