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
#include "train/outputs.h"

namespace cornu {

/// What a batch looks like, without its number of rows.
struct BatchSpec {
  Tree<TypeShape> x, y;    ///< Shapes of one sample; there may be no y.
  Tree<TypeShape> weight;  ///< Of one sample's: one number, or as many as it has targets. Nothing without weights.
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
  /// it gathers), the tensors of x, of y, of the sample weights.
  Step& step(ModelImpl& model, StepKind kind, const BatchSpec& spec, int64_t rows);
  /// A predict step for one thread alone, while others run its twins: with the model's lock shared, from here until it
  /// is given back. Null if there is none: then step() makes one, with the model's lock held alone, and this is tried
  /// again.
  /// `prediction` is set as prediction() gives it.
  Step* borrow(const BatchSpec& spec, int64_t rows, Tree<uint32_t>& prediction);
  void give_back(const BatchSpec& spec, int64_t rows, Step* step);
  /// Whether twins of predict steps may run at once; not where they look for NaN, nor where layers count or draw.
  bool shares_steps() const { return !env().check_nan && !predictions_assign_; }
  /// What predict steps for such batches give: the numbers of their outputs, in the structure of the model's.
  Tree<uint32_t> prediction(const BatchSpec& spec, int64_t rows);
  /// Before training: steps that were traced for other trainable weights go.
  void follow(const ModelImpl& model);
  /// A step without compiling: each operation runs where it is written, so that user code can look at values. `index`
  /// picks rows where data are gathered, else it is undefined. Returns what the model gives, of a prediction.
  Tree<Tensor> run_eagerly(ModelImpl& model, StepKind kind, const BatchSpec& spec, const Tensors& inputs);
  /// The next step is traced anew: what it was traced for has changed.
  void forget_steps();
  bool eager = false;  ///< compile(run_eagerly = true)
  void reset_metrics(ModelImpl& model);
  /// Makes the losses for what a model of that structure gives, unless they are there.
  void build_losses(const ModelImpl& model, const Tree<Tensor>& y_pred);
  /// Makes the compiled metrics for these predictions and, of each output, targets; once.
  void build_metrics(const ModelImpl& model, const Tree<Tensor>& y_pred, const Tree<Tensor>& y_true);
  /// What compile says is to be minimised, without what layers add.
  Tensor compiled_loss(ModelImpl& model, const Tree<Tensor>& y_true, const Tree<Tensor>& y_pred,
                       const Tree<Tensor>& weight);
  /// Calls `put_back` once the metrics exist: now or at the first step, but not after they were reset.
  void once_metrics_exist(std::function<void()> put_back);
  /// The end of training: averages of the weights take their place, if the optimizer keeps some.
  void finalize_weights();
  /// The running loss and metrics, sorted by name.
  Logs logs();

  Optimizer optimizer;
  Tree<Loss> loss;
  Tree<double> loss_weights;
  int64_t steps_per_execution = 1;  ///< Batches between two hooks of callbacks.
  struct Tracked {
    Metric metric;
    bool weighted;
    std::string name;      ///< In logs: that of the metric, or made different from others.
    size_t output = 0;     ///< Of the model: its number.
    std::string prefix{};  ///< Of the names of a metric that gives several values.
  };
  std::vector<Tracked> metrics;
  Tree<MetricSpec> metric_specs, weighted_specs;
  /// Keras' running mean of a loss, exact over any number of batches.
  struct RunningLoss {
    RunningLoss(const std::string& name, DType dtype);
    void add(const Tensor& value, const Tensor& rows);
    double mean() const;
    Metric tracker;
    Variable total, count;
  };
  RunningLoss running_loss;
  /// The losses of the outputs, and, where there are several, the running mean of each.
  std::vector<Objective> objectives;
  std::vector<RunningLoss> running_losses;
  std::optional<Tree<char>> losses_built_for;  ///< The structure of the outputs.
  bool metrics_built = false;
  Step* last_train_step = nullptr;

 private:
  struct Traced {
    Graph graph;
    bool fixed;                         ///< For one number of rows.
    std::vector<std::string> own_logs;  ///< Names of its outputs, if the model defines the step itself.
    Tree<uint32_t> prediction{};        ///< Their numbers, of a prediction.
  };
  Step& result_step();
  Traced trace(ModelImpl& model, StepKind kind, const BatchSpec& spec, int64_t rows);
  /// What a step computes, on tensors that are symbolic or hold values.
  struct Computed {
    Tensors outputs{};
    std::vector<std::string> own_logs{};  ///< Names of the outputs, if the step is a model's own.
    Tree<Tensor> prediction{};
  };
  Computed compute(ModelImpl& model, StepKind kind, const Tree<Tensor>& x, const Tree<Tensor>& y_true,
                   const Tree<Tensor>& weight);
  /// The sum of the objectives, undefined if there are none, and each; with penalties, and where the model has its own.
  std::pair<Tensor, Tensors> objective_values(ModelImpl& model, const Tree<Tensor>& y_true, const Tree<Tensor>& y_pred,
                                              const Tree<Tensor>& weight);
  std::pair<Tensor, Tensors> total_loss(ModelImpl& model, const Tree<Tensor>& x, const Tree<Tensor>& y_true,
                                        const Tree<Tensor>& y_pred, const Tree<Tensor>& weight, bool training);
  std::vector<Tensor> loss_gradients(const ModelImpl& model, const Tensor& total,
                                     const std::vector<Tensor>& params) const;
  void build_optimizer(ModelImpl& model, StepKind kind);
  void move_optimizer(const ModelImpl& model);
  std::string free_name(const std::string& prefix, const std::string& name, bool weighted) const;
  void update_metrics(const ModelImpl& model, const std::pair<Tensor, Tensors>& losses, const Tree<Tensor>& y_true,
                      const Tree<Tensor>& y_pred, const Tree<Tensor>& weight);

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
    Tree<uint32_t> prediction{};
    std::vector<std::unique_ptr<Step>> twins{};  ///< For predicting threads besides the first.
    std::vector<Step*> idle{};                   ///< Of the step and its twins, those that no thread predicts with.
  };
  Cached* find(StepKind kind, const BatchSpec& spec, int64_t rows);
  void follow_structure(const ModelImpl& model);
  Step& use(Cached& cached, StepKind kind);
  std::vector<Cached> steps_;
  std::mutex lending_;  ///< Guards the cache among threads that share the model's lock.
  uint64_t structure_epoch_ = 0, trainable_epoch_ = 0, optimizer_revision_ = 0;
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
