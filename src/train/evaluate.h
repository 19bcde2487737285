// Evaluation over arrays and sources.
#pragma once
#include <cornu/callbacks/callback.h>
#include <cornu/model.h>

#include <functional>

#include "base/interrupt.h"
#include "data/batcher.h"
#include "train/batch_hooks.h"
#include "train/batches.h"

namespace cornu {

/// `told` hear of every batch that they want to hear of.
Logs evaluate_arrays(ModelImpl& model, Trainer& trainer, const ArrayData& data, int64_t batch_size,
                     std::optional<int64_t> steps, const Callbacks& told = {});

/// One evaluation over a pass of a source, or `steps` batches of it; nothing if there were none.
std::optional<Logs> evaluate_source(const std::string& who, ModelImpl& model, Trainer& trainer, DataSource& source,
                                    Batcher& batcher, int64_t batch_size, int64_t pass, std::optional<int64_t> steps,
                                    const Callbacks& told = {});
/// CallError for a source that gave nothing.
[[noreturn]] void fail_without_data(const std::string& who, const DataSource& source);
/// Batches of a pass; -1 if unknown.
int64_t batches_of(const DataSource& source, int64_t batch_size);

/// The progress of one evaluation or prediction, begun and told of its batches; null if it is quiet.
std::shared_ptr<Callback> add_progress(Callbacks& told, int64_t steps, int verbose);
/// Runs `evaluation`, while callbacks and progress are told of it. `steps`: -1 if unknown.
Logs told_evaluation(Model& model, const EvaluateConfig& config, int64_t steps,
                     const std::function<Logs(const Callbacks& told)>& evaluation);
/// Adds the batches of `data` to what was measured before. `step` counts on, up to `most`.
void test_batches(ModelImpl& model, Trainer& trainer, const ArrayData& data, int64_t batch_size, int64_t& step,
                  int64_t most, BatchHooks& hooks, InterruptClock& interrupts);
/// The outputs of `data`, batch by batch. `step` counts on.
Tree<Tensor> predict_batches(ModelImpl& model, Trainer& trainer, const ArrayData& data, int64_t batch_size,
                             int64_t& step, BatchHooks& hooks, InterruptClock& interrupts);
/// Runs `prediction`, while callbacks and progress are told of it. `steps`: -1 if unknown.
Tree<Tensor> told_prediction(Model& model, const PredictConfig& config, int64_t steps,
                             const std::function<Tree<Tensor>(const Callbacks& told)>& prediction);
/// ConfigError if one is not positive. `name` is that of `steps`.
void check_steps(const std::string& who, int64_t batch_size, const char* name, std::optional<int64_t> steps);
/// Those of x, of y, of the weights: the inputs of a step.
Tensors tensors_of(const ArrayData& data);
/// One compiled step on a batch. The model is busy.
Step& run_compiled(ModelImpl& model, Trainer& trainer, StepKind kind, const ArrayData& data);
/// "evaluate of Sequential 'sequential'"
std::string who_calls(const char* call, const ModelImpl& m);

/// Training steps of `count` batches of `rows` rows, each operation run where it is written. `order` gives the rows, or
/// is null for rows as they lie.
void run_batches_eagerly(ModelImpl& model, Trainer& trainer, const ArrayData& data, const int32_t* order, int64_t rows,
                         int64_t count);

}  // namespace cornu
