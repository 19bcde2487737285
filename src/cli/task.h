// What a model is for, and what it has to know about the data to be used on raw files; kept in the model's metadata.
#pragma once
#include <cornu/data.h>
#include <cornu/model.h>

namespace cornu::cli {

enum class Task { binary, classes, regression };

struct ModelInfo {
  Task task = Task::regression;
  std::vector<std::string> class_names{};
  double threshold = 0.5;  ///< Of binary tasks: class 1 from this probability on.
  std::optional<TableSchema> table{};
  bool logits = false;  ///< The model's output is not probabilities yet; seen from its last layer and its loss.

  bool classifies() const { return task != Task::regression; }
  Value to_value() const;
  /// From a model's metadata; guessed from its loss and output if another program wrote it.
  static ModelInfo of(const Model& model);
};

/// As the user asks for, if so; UsageError if the task has no threshold.
void set_threshold(ModelInfo& info, const std::optional<double>& threshold);
/// "two classes", ...
std::string describe(const ModelInfo& info);
/// Class numbers from probabilities: by threshold, or the largest.
Tensor predicted_classes(const ModelInfo& info, const Tensor& probabilities);
/// y as classes 0, 1, ... if it is one-hot, or integers, few enough to be classes; the names are those integers.
bool take_classes(const Tensor& y, TargetKind kind, Tensor& classes, std::vector<std::string>& names);
/// The classes of y by their names, as the model was trained. UsageError if y has others.
Tensor classes_by_name(const Tensor& y, const std::vector<std::string>& names);

}  // namespace cornu::cli
