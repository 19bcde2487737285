// What the numbers that a model gives stand for: probabilities, or logits that a softmax or sigmoid has yet to see.
#pragma once
#include "cli/task.h"

namespace cornu::cli {

/// Numbers for each row; 0 if the model has not been built.
int64_t output_width(const Model& model);
/// The activation that a model's output comes from, as "softmax"; "linear" if there is none.
std::string output_activation(const Model& model);
/// What the compiled loss says of a model that was trained elsewhere: classes whose output is logits. Nothing if it
/// does not say so.
std::optional<Task> task_from_logits(const Model& model);
/// A model's output as probabilities, or as it is if it holds no logits.
Tensor probabilities(const ModelInfo& info, const Tensor& output);

/// Classes as the compiled loss wants them: numbers, or one-hot rows.
Tensor truth_for_loss(const Model& model, const ModelInfo& info, const Tensor& y);

}  // namespace cornu::cli
