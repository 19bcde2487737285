// Models: define, compile, fit, evaluate, predict, save.
#pragma once
#include <cornu/callbacks/callback.h>
#include <cornu/layer.h>
#include <cornu/losses.h>
#include <cornu/metrics.h>
#include <cornu/optimizers.h>

#include <span>

namespace cornu {

/// A metric as compile takes it: a name, which may depend on the loss ("accuracy"), an object, or a function.
class CORNU_API MetricSpec {
 public:
  /// None.
  MetricSpec() = default;
  MetricSpec(const char* name) : name_(not_null(name, "metric")) {}
  MetricSpec(const std::string& name) : name_(name) {}
  MetricSpec(Metric metric) : metric_(std::move(metric)) {}
  MetricSpec(std::shared_ptr<MetricImpl> metric) : metric_(std::move(metric)) {}
  /// Called "metric" in the logs; Metric(f, name) gives it another name.
  template <class F>
  requires(std::is_invocable_r_v<Tensor, F&, const Tensor&, const Tensor&>) MetricSpec(F f) : metric_(std::move(f)) {}
  const std::string& name() const { return name_; }
  const Metric& metric() const { return metric_; }
  explicit operator bool() const { return metric_ || !name_.empty(); }

 private:
  std::string name_;
  Metric metric_;
};

struct CompileConfig {
  Optimizer optimizer = "rmsprop";
  /// One for all outputs, a list in their order, or by their names, as `Tree<Loss>::named({{"a", "mse"}, {"b",
  /// "mae"}})`; outputs without one are not trained for.
  Tree<Loss> loss{};
  Tree<double> loss_weights{};  ///< Factors of the losses, in the same ways.
  /// A list for a model of one output; else, in the same ways, what is for each output.
  Tree<MetricSpec> metrics{}, weighted_metrics{};
  bool run_eagerly = false;
  int64_t steps_per_execution = 1;
  Text jit_compile = "auto";
  /// Whether a model whose policy is mixed_float16 trains with a LossScaleOptimizer around the optimizer.
  bool auto_scale_loss = true;
};

/// Arrays to validate with, as fit takes them: `.validation_data = {x, y}`. None if x is empty.
struct ValidationData {
  Tree<Tensor> x{}, y{}, sample_weight{};
  explicit operator bool() const { return !x.is_none(); }
};

class DataSource;

/// The epochs of fit after which it validates: every n-th, or those listed, counted from 1.
class CORNU_API ValidationFreq {
 public:
  ValidationFreq(int64_t every) : every_(every) {}
  ValidationFreq(std::vector<int64_t> epochs) : epochs_(std::move(epochs)), listed_(true) {}
  ValidationFreq(std::initializer_list<int64_t> epochs) : epochs_(epochs), listed_(true) {}
  /// Whether it is the turn of the epoch of this number, counted from 0.
  bool due(int64_t epoch) const;
  /// ConfigError for what is no such number.
  void check(const std::string& who) const;

 private:
  int64_t every_ = 1;
  std::vector<int64_t> epochs_{};
  bool listed_ = false;
};

struct FitConfig {
  int64_t batch_size = 32;
  int64_t epochs = 1;
  int verbose = -1;  ///< 0 silent, 1 progress bar, 2 one line per epoch, -1 = 1 on a terminal and 2 elsewhere.
  Callbacks callbacks{};
  double validation_split = 0;  ///< Share of the last rows, taken before shuffling.
  ValidationData validation_data{};
  DataSource* validation_source =
      nullptr;  ///< In place of validation_data; read for each validation, one after another.
  bool shuffle = true;
  std::map<int64_t, double> class_weight{};
  Tree<Tensor> sample_weight{};  ///< For all outputs, or for each.
  int64_t initial_epoch = 0;
  std::optional<int64_t> steps_per_epoch{};
  std::optional<int64_t> validation_steps{};
  std::optional<int64_t> validation_batch_size{};
  ValidationFreq validation_freq = 1;
  /// Decides the order of rows and the random numbers of the layers in this fit, whatever else draws seeds meanwhile.
  /// Without one, they follow from set_random_seed and what was drawn since, by any thread. Weights that are there
  /// already start as they are.
  std::optional<uint64_t> seed{};
};

struct EvaluateConfig {
  int64_t batch_size = 32;
  int verbose = 0;  ///< As fit's.
  Tree<Tensor> sample_weight{};
  std::optional<int64_t> steps{};
  Callbacks callbacks{};
};

struct PredictConfig {
  int64_t batch_size = 32;
  int verbose = 0;                 ///< As fit's.
  std::optional<int64_t> steps{};  ///< Batches; all if not given.
  Callbacks callbacks{};
};

struct LoadWeightsConfig {
  bool skip_mismatch = false;  ///< Layers whose weights have other shapes in the file keep theirs, with a warning.
};

class ModelImpl;
struct Trainer;

/// A model compiled for batches of one size: no allocation, no lookup. Weights are read where they are, so it always
/// computes with the model's present values; CallError once the model's layers have changed. It keeps the model alive.
/// Not for several threads at once, but each may have one of the same model; none may train it meanwhile, for which
/// Model::predict is there. One that was moved from can only be assigned to or destroyed.
class CORNU_API Predictor {
 public:
  Predictor(const Model& model, int64_t batch_size);
  ~Predictor();
  Predictor(Predictor&&) noexcept;
  Predictor& operator=(Predictor&&) noexcept;
  /// Of a model of one input and one output. `input`: batch rows of the model's input, readable for 64 bytes past its
  /// end; `output`: batch rows of its output.
  void operator()(const float* input, float* output);
  /// Of a model of several inputs or outputs, in the order of the leaves of its trees. CallError for another number.
  void operator()(std::span<const float* const> inputs, std::span<float* const> outputs);
  size_t input_count() const;
  size_t output_count() const;
  int64_t input_size(size_t i = 0) const;   ///< Floats of a batch of input i. CallError if there is none.
  int64_t output_size(size_t i = 0) const;  ///< The same of output i.

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What summary() shows, and how.
struct SummaryConfig {
  int line_length = 0;              ///< In characters; 0: 80, and 10 more with `show_trainable`.
  std::vector<double> positions{};  ///< Where columns end, as shares of the line or, beyond 1, in characters.
  bool expand_nested = false;       ///< Whether the layers of models inside have rows too.
  bool show_trainable = false;      ///< A column more: Y, N, or - for layers without weights.
  /// The names of the first and the last layer shown, or regular expressions that they begin with; empty for all.
  std::vector<std::string> layer_range{};
};

/// Handle to a model; copies share it and keep it alive. Several threads may predict with one model at once, also while
/// it is trained: a prediction then sees the weights between two steps, and waits for some milliseconds at most.
/// Methods that read or change weights, save or load take their turn likewise. One fit or evaluation goes on at a time:
/// another thread gets a CallError. Layers are added, built and frozen by one thread, while no other uses the model.
class CORNU_API Model : public Layer {
 public:
  Model() = default;
  explicit Model(std::shared_ptr<ModelImpl> impl);
  /// A functional model: the calls of layers, and operations, between symbolic tensors (Input) and what was made of
  /// them. Several inputs or outputs are lists, `Model({a, b}, {c, d})`, or named, `Model({{"a", a}, {"b", b}}, y)`.
  /// CallError where outputs depend on other inputs.
  Model(const Tree<Tensor>& inputs, const Tree<Tensor>& outputs, const Text& name = "", CallSite at = here());

  /// Creates the weights for samples of this shape (without the batch axis), if the model does not state one itself.
  void build(const Shape& sample_shape);
  void compile(CompileConfig config = {});
  /// Arrays of as many rows each: one, or in the structure of the model's inputs and outputs, or by their names.
  History fit(const Tree<Tensor>& x, const Tree<Tensor>& y, FitConfig config = {});
  /// Data that do not fit into memory: read on a thread, and shuffled within windows of 65,536 rows, or as many as 16
  /// MB hold; a source that gives batches is trained on batch by batch. Every epoch is a pass over the source; with
  /// steps_per_epoch, epochs go on where the one before ended, until the pass ends. A checkpoint resumes exactly if the
  /// source gives the same again; what the pass has seen is read and left out.
  History fit(DataSource& source, FitConfig config = {});
  /// "loss" and the metrics.
  Logs evaluate(const Tree<Tensor>& x, const Tree<Tensor>& y, EvaluateConfig config = {});
  /// A pass over the source, or `steps` batches of it.
  Logs evaluate(DataSource& source, EvaluateConfig config = {});
  /// Of a model of one input and one output.
  Tensor predict(const Tensor& x, PredictConfig config = {});
  /// Of any model: the structure that it gives.
  template <std::same_as<Tree<Tensor>> Inputs>
  Tree<Tensor> predict(const Inputs& x, PredictConfig config = {}) {
    return predict_tree(x, std::move(config));
  }
  Tree<Tensor> predict(std::initializer_list<Tree<Tensor>> x, PredictConfig config = {}) {
    return predict_tree(x, std::move(config));
  }
  Tree<Tensor> predict(std::initializer_list<Tree<Tensor>::Field> x, PredictConfig config = {}) {
    return predict_tree(x, std::move(config));
  }
  /// The outputs of a pass over the source or of `steps` batches, which are kept in memory as its rows are not.
  Tree<Tensor> predict(DataSource& source, PredictConfig config = {});
  /// One update; the logs of this batch alone.
  Logs train_on_batch(const Tree<Tensor>& x, const Tree<Tensor>& y, const Tree<Tensor>& sample_weight = {},
                      const std::map<int64_t, double>& class_weight = {});
  Logs test_on_batch(const Tree<Tensor>& x, const Tree<Tensor>& y, const Tree<Tensor>& sample_weight = {});
  Tensor predict_on_batch(const Tensor& x);
  template <std::same_as<Tree<Tensor>> Inputs>
  Tree<Tensor> predict_on_batch(const Inputs& x) {
    return predict_tree(x, {.batch_size = std::max<int64_t>(1, x.leaves().at(0).shape().dim(0))});
  }

  /// The symbolic tensors that a functional model was made of.
  Tree<Tensor> inputs() const;
  Tree<Tensor> outputs() const;
  std::vector<Layer> layers() const;
  /// By name; CallError if there is none.
  Layer get_layer(const Text& name) const;
  /// Trainable and non-trainable weights, layer by layer.
  std::vector<Variable> weights() const;
  std::vector<Variable> trainable_weights() const;
  std::vector<Variable> non_trainable_weights() const;
  /// Copies, all of one moment: between two steps if another thread trains the model.
  std::vector<Tensor> get_weights() const;
  void set_weights(const std::vector<Tensor>& weights);
  int64_t count_params() const;
  /// The table that Keras prints.
  std::string summary(const SummaryConfig& config = {}) const;
  std::string summary(int line_length) const { return summary(SummaryConfig{.line_length = line_length}); }
  Optimizer optimizer() const;
  /// Writes a `.keras` file: layers, weights, what compile was given, the optimizer's state, metadata(). A failure
  /// leaves the file that was there.
  void save(const Text& path) const;
  /// Writes a `.weights.h5` file: weights and, if compiled, the optimizer's state. CallError from a model that has no
  /// weights yet, as the shape of its input is not known.
  void save_weights(const Text& path) const;
  /// From a `.weights.h5` or `.keras` file; into a model that is built. Nothing changes if something does not fit,
  /// unless it is to be skipped.
  void load_weights(const Text& path, LoadWeightsConfig config = {});
  /// What travels in the file besides: "class_names", "threshold", or anything else.
  Value& metadata() const;
  /// Set by callbacks, or any thread, to end fit after the present epoch (or batch).
  bool stop_training() const;
  void set_stop_training(bool stop);
  /// Set by callbacks to end the evaluation, or the prediction, that is going on after its present batch.
  void set_stop_evaluating(bool stop);
  void set_stop_predicting(bool stop);
  /// How the compiled training step looks and, with repeats, how long each instruction takes; empty before fit.
  std::string explain_step(int repeats = 0) const;

  ModelImpl& model() const;

 private:
  Tree<Tensor> predict_tree(const Tree<Tensor>& x, PredictConfig config);
};

/// A stack of layers, each with one input and one output.
struct CORNU_API Sequential : Model {
  Sequential(std::initializer_list<Layer> layers = {}, const Text& name = "", CallSite at = here());
  explicit Sequential(const std::vector<Layer>& layers, const Text& name = "", CallSite at = here());
  void add(const Layer& layer);
  void pop();
};

}  // namespace cornu
