// What training a model needs besides the model: traced graphs and compiled steps, the running loss, the metrics.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "nn/model.h"
#include "runtime/step.h"

namespace cornu {

/// What a batch looks like, without its number of rows.
struct BatchSpec {
  TypeShape x, y;  ///< Shapes of one sample.
  bool has_y = true;
  bool weighted = false;
  TypeShape weight;  ///< Of one sample's: one number, or as many as it has targets.
  /// Rows are picked by an instruction of the step out of whole arrays, by an index that is the first input.
  bool gathers = false;
  int64_t rows_in_all = 0;  ///< With gathers: rows of the whole arrays.
  bool operator==(const BatchSpec&) const = default;
  std::string key() const;
};

struct Trainer {
  /// The running loss is kept in the model's type.
  Trainer(const CompileConfig& config, DType dtype);

  /// The compiled step for batches of `rows` rows; traced and compiled at the first call. Inputs in order: index (if
  /// it gathers), x, y (if any), sample weights (if any).
  Step& step(ModelImpl& model, StepKind kind, const BatchSpec& spec, int64_t rows);
  /// A predict step for one thread alone, while others run its twins: with the model's lock shared, from here until it
  /// is given back. Null if there is none: then step() makes one, with the model's lock held alone, and this is tried
  /// again.
  Step* borrow(const BatchSpec& spec, int64_t rows);
  void give_back(const BatchSpec& spec, int64_t rows, Step* step);
  /// Whether twins of predict steps may run at once; not where they look for NaN, nor where layers count or draw.
  bool shares_steps() const { return !env().check_nan && !predictions_assign_; }
  /// Before training: steps that were traced for other trainable weights go.
  void follow(const ModelImpl& model);
  /// A step without compiling: each operation runs where it is written, so that user code can look at values. `index`
  /// picks rows where data are gathered, else it is undefined. Returns what the compiled step would.
  Tensors run_eagerly(ModelImpl& model, StepKind kind, const BatchSpec& spec, const Tensors& inputs);
  /// The next step is traced anew: what it was traced for has changed.
  void forget_steps();
  bool eager = false;  ///< compile(run_eagerly = true)
  void reset_metrics(ModelImpl& model);
  /// Makes the compiled metrics for targets and predictions of these shapes; once.
  void build_metrics(const Tensor& y_true, const Tensor& y_pred);
  /// Calls `put_back` once the metrics exist: now or at the first step, but not after they were reset.
  void once_metrics_exist(std::function<void()> put_back);
  /// The end of training: averages of the weights take their place, if the optimizer keeps some.
  void finalize_weights();
  /// The running loss and metrics, sorted by name.
  Logs logs();

  Optimizer optimizer;
  Loss loss;
  double loss_weight = 1;
  int64_t steps_per_execution = 1;  ///< Batches between two hooks of callbacks.
  struct Tracked {
    Metric metric;
    bool weighted;
    std::string name;  ///< In logs: that of the metric, or made different from others.
  };
  std::vector<Tracked> metrics;
  std::vector<MetricSpec> metric_specs, weighted_specs;
  Metric loss_tracker;              ///< Keras' running mean "loss"...
  Variable loss_total, loss_count;  ///< ... and its variables.
  bool metrics_built = false;
  Step* last_train_step = nullptr;

 private:
  struct Traced {
    Graph graph;
    bool fixed;                         ///< For one number of rows.
    std::vector<std::string> own_logs;  ///< Names of its outputs, if the model defines the step itself.
  };
  Step& result_step();
  Traced trace(ModelImpl& model, StepKind kind, const BatchSpec& spec, int64_t rows);
  /// What a step computes, on tensors that are symbolic or hold values: its outputs, and their names if it is a model's
  /// own.
  std::pair<Tensors, std::vector<std::string>> compute(ModelImpl& model, StepKind kind, const Tensor& x,
                                                       const Tensor& y_true, const Tensor& weight);
  Tensor total_loss(ModelImpl& model, const Tensor& x, const Tensor& y_true, const Tensor& y_pred,
                    const Tensor& weight);
  std::vector<Tensor> loss_gradients(const ModelImpl& model, const Tensor& total,
                                     const std::vector<Tensor>& params) const;
  void build_optimizer(ModelImpl& model, StepKind kind);
  void move_optimizer(const ModelImpl& model);
  std::string free_name(const std::string& name, bool weighted) const;
  void update_metrics(const Tensor& total, const Tensor& y_true, const Tensor& y_pred, const Tensor& weight);

  void drop_oldest();

  std::atomic<bool> predictions_assign_ = false;
  std::function<void()> put_back_;
  std::vector<Variable> trained_;                    ///< By the optimizer in this trainer's steps.
  std::optional<std::vector<Variable>> traced_for_;  ///< What the steps there are train.
  std::map<std::string, Traced> graphs_;
  struct Cached {
    StepKind kind;
    BatchSpec spec;
    int64_t rows;
    std::string graph_key;  ///< Of the graph that it was compiled from.
    std::unique_ptr<Step> step;
    uint64_t used;
    const std::vector<std::string>* own_logs;
    std::vector<std::unique_ptr<Step>> twins{};  ///< For predicting threads besides the first.
    std::vector<Step*> idle{};                   ///< Of the step and its twins, those that no thread predicts with.
  };
  Cached* find(StepKind kind, const BatchSpec& spec, int64_t rows);
  void follow_structure(const ModelImpl& model);
  Step& use(Cached& cached, StepKind kind);
  std::vector<Cached> steps_;
  std::mutex lending_;  ///< Guards the cache among threads that share the model's lock.
  uint64_t structure_epoch_ = 0, trainable_epoch_ = 0;
  std::vector<uint64_t> structure_;  ///< Of the model that steps were traced from.
  std::unique_ptr<Step> result_step_;
  std::vector<std::string> result_names_;  ///< Of its outputs.
  uint64_t clock_ = 0;
  Step* own_step_ = nullptr;  ///< The step that ran last, if it is a model's own.
  const std::vector<std::string>* own_logs_ = nullptr;
  std::optional<Logs> eager_logs_;  ///< Of a model's own step that ran eagerly.
};

/// The model's trainer, which lives on where the model is compiled anew meanwhile; CallError if it was not compiled.
std::shared_ptr<Trainer> trainer_of(ModelImpl& model);
/// The same for predictions, which need no compile.
std::shared_ptr<Trainer> predict_trainer_of(ModelImpl& model);

}  // namespace cornu
