// What a model is for, and what it has to know about the data to be used on raw files; kept in the model's metadata.
#pragma once
#include <cornu/data.h>
#include <cornu/model.h>

#include <map>

namespace cornu::cli {

enum class Task { binary, classes, regression };

struct ModelInfo {
  Task task = Task::regression;
  std::vector<std::string> class_names{};
  double threshold = 0.5;  ///< Of binary tasks: class 1 from this probability on.
  /// Of several classes, the one that is predicted from the threshold on, and not below; the others by the largest.
  std::optional<size_t> threshold_class{};
  std::optional<TableSchema> table{};
  bool logits = false;  ///< The model's output is not probabilities yet; seen from its last layer and its loss.

  bool classifies() const { return task != Task::regression; }
  Value to_value() const;
  /// From a model's metadata; guessed from its loss and output if another program wrote it.
  static ModelInfo of(const Model& model);
};

/// As the user asks for, if not empty: "0.3", or "fraud=0.1" for the probability from which on that class is predicted.
/// UsageError if the task has no threshold, or no such class.
void set_threshold(ModelInfo& info, const std::string& threshold);
/// "0.3", or how the flag says the same of class 0: for messages.
std::string threshold_of_class(const ModelInfo& info, size_t c, double p);
/// "two classes", ...; `all`: with the names of all.
std::string describe(const ModelInfo& info, bool all = false);
/// "balanced", or "ok=1,fraud=20", as a weight for each class; nothing if it is empty. `rows`: of each class.
std::map<int64_t, double> class_weights(const ModelInfo& info, const std::string& given,
                                        const std::vector<int64_t>& rows);
/// "'fraud' from a probability of 0.1 on"; "" if the largest probability decides.
std::string threshold_text(const ModelInfo& info);
/// Class numbers from probabilities: by threshold, or the largest.
Tensor predicted_classes(const ModelInfo& info, const Tensor& probabilities);
/// y as classes 0, 1, ... if it is one-hot, or integers, few enough to be classes; the names are those integers.
bool take_classes(const Tensor& y, TargetKind kind, Tensor& classes, std::vector<std::string>& names);
/// The classes of y by their names, as the model was trained. UsageError if y has others.
Tensor classes_by_name(const Tensor& y, const std::vector<std::string>& names);

}  // namespace cornu::cli
