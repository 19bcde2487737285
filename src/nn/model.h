// ModelImpl: a layer made of layers, and what compile gave it.
#pragma once
#include <cornu/model.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "base/turn_lock.h"
#include "graph/op_def.h"

namespace cornu {

/// The leaves of `given` where `known` has its own, null where there is nothing; false if it is of another structure.
template <class K, class T>
bool leaves_where(const Tree<K>& known, const Tree<T>& given, std::vector<const T*>& out) {
  if (known.is_leaf()) {
    if (!given.is_leaf() && !given.is_none()) return false;
    out.push_back(given.is_leaf() ? &given.leaf() : nullptr);
    return true;
  }
  if (given.kind() != known.kind() || given.size() != known.size()) return false;
  for (size_t i = 0; i < known.size(); ++i)
    if (known.children()[i].first != given.children()[i].first || !leaves_where(known.at(i), given.at(i), out))
      return false;
  return true;
}

struct Trainer;        // train/trainer.h
struct Run;            // train/run.h
struct TrainingState;  // saving/checkpoint.h

enum class StepKind { train, test, predict };

/// The weights of a layer and of those inside it, in order; each once, also where layers are reached on two ways. Of
/// the trainable ones only, if asked: what is in a layer that is frozen is not trainable.
std::vector<Weight> weights_of(const LayerImpl& layer, bool only_trainable);

class ModelImpl;
/// What compile was given, as Keras writes it; empty if the model was not compiled.
Value compile_to_config(const ModelImpl& model);
/// The module, and what else tells the kind of model, in the form of a model of Keras' classes.
void name_model(const ModelImpl& model, Value& form);
/// What files hold of a layer's building; null of one that is not built, or has nothing to build.
Value build_config(const LayerImpl& layer);

/// Without their regularizers.
std::vector<Variable> variables_of(const std::vector<Weight>& weights);

class ModelImpl : public LayerImpl {
 public:
  /// What a step of a model's own shows in the logs, by name.
  using StepLogs = std::vector<std::pair<std::string, Tensor>>;
  /// Traced in place of the usual training or test step by models that define one: it updates variables itself.
  virtual std::optional<StepLogs> own_step(StepKind, const Tree<Tensor>& /*x*/, const Tree<Tensor>& /*y*/,
                                           const Tree<Tensor>& /*weight*/) {
    return std::nullopt;
  }
  /// What training minimises, if the model defines that itself.
  virtual Tensor own_loss(const Tree<Tensor>& /*x*/, const Tree<Tensor>& /*y*/, const Tree<Tensor>& /*y_pred*/,
                          const Tree<Tensor>& /*weight*/, bool /*training*/) {
    return {};
  }
  /// Whether it does; then what compile was given is for that alone to use.
  virtual bool defines_loss() const { return false; }
  /// Metrics of a model's own, back to their start; at the start of an epoch and of an evaluation. True if the compiled
  /// ones were its business too.
  virtual bool reset_own_metrics() { return false; }
  ModelImpl();
  ~ModelImpl() override;
  /// Shapes of a batch, -1 first; nothing if not known yet.
  virtual Tree<Shape> input_shapes() const = 0;
  /// That of a model of one input; rank 0 if it is not known yet, or there are several.
  Shape input_shape() const;
  /// Of the outputs, where they have names: in the order of their leaves.
  virtual std::vector<std::string> output_names() const { return {}; }
  /// Whether the input's shape was declared, so that no other comes; else only its rank and last axis are known.
  virtual bool input_declared() const { return false; }
  /// Inputs as the model takes them: in its structure, and with an axis of size 1 more or less where that makes one of
  /// the declared rank, as Keras does.
  virtual Tree<Tensor> arranged(const Tree<Tensor>& x) const;
  /// Traces the model once on unknown batches, so that every weight exists. `batch` may be nothing where the model
  /// states its inputs.
  void ensure_built(const Tree<TypeShape>& batch);
  virtual std::vector<Layer> layers() const = 0;

  /// Weights of all layers, in order; `own_weights` of each layer first, then of its children.
  std::vector<Weight> all_weights() const;
  /// Variables that training changes: of trainable layers.
  std::vector<Weight> trainable_params() const;
  bool ready() const { return ready_; }
  /// Whether the output has a mask, so that not every target counts.
  bool masks_output() const { return masks_output_; }
  /// CallError while a fit goes on: what it works with must not change. `what` completes "cannot".
  void must_not_train(const char* what) const;

  std::optional<CompileConfig> compiled;
  Value compiled_as;  ///< What a file said of it, which is written again; null where compile was called.
  std::atomic<bool> stop_training = false;
  std::atomic<bool> stop_evaluating = false, stop_predicting = false;  ///< After the present batch.
  std::shared_ptr<Trainer> trainer;  ///< Compiled steps; dropped when anything they depend on changes.
  /// Held alone by who traces, trains or changes the model, for a step or some; shared by who predicts, saves or reads
  /// its weights.
  TurnLock busy;
  Run* run = nullptr;                      ///< The fit that is going on.
  int fits = 0;                            ///< Whether one is.
  std::shared_ptr<TrainingState> resumed;  ///< Where the next fit goes on.
  Value metadata = Value::object();        ///< Of the user, for the file.
  /// What files say of the model, where another language knows it better; null if it does not. May be empty.
  std::function<Value()> description;
  /// The policy of the process when it was made, or what a file gives: models of layers compute as these do.
  DTypePolicy policy;
  DTypePolicy dtype_policy() const override { return policy; }
  /// Of inputs of which nothing came yet.
  DType input_dtype() const;
  /// Creates the weights if the input's shape is known; true if there are some now, or none to create.
  bool build_if_possible();

 protected:
  std::atomic<bool> ready_ = false;
  bool masks_output_ = false;

 private:
  friend class Session;
  std::mutex session_mutex_;
  std::condition_variable session_over_;
  std::thread::id session_thread_;
  int sessions_ = 0;       ///< Of that thread, one inside the other.
  bool training_ = false;  ///< One of them is a fit.
};

/// While it lives, this thread alone uses what training and evaluation add up: metrics, the running loss, the position
/// in the data. Evaluations and single batches wait for each other; while a fit goes on, CallError is what other
/// threads get, and a second fit.
class Session {
 public:
  Session(ModelImpl& model, const char* what, bool fit = false);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

 private:
  ModelImpl& model_;
  bool fit_;
};

/// x with an axis of size 1 more or less, where that gives it the rank of that shape.
Tensor of_rank(const Tensor& x, const Shape& shape);
/// Types of tensors.
Tree<TypeShape> types_of(const Tree<Tensor>& tensors);

/// The layers of a model, at any depth, by their numbers.
std::vector<uint64_t> structure_of(const LayerImpl& layer);

class SequentialImpl final : public ModelImpl {
 public:
  std::string class_name() const override { return "Sequential"; }
  Value get_config() const override;
  void build(const Shape& input) override;
  Tree<Tensor> call_inputs(const Tree<Tensor>& inputs, const CallContext& context) override;
  Tree<Tensor> arranged(const Tree<Tensor>& x) const override;
  std::shared_ptr<LayerImpl> unbuilt_copy() const override;
  std::vector<std::shared_ptr<LayerImpl>> children() const override;
  Tree<Shape> input_shapes() const override;
  bool input_declared() const override;
  std::vector<Layer> layers() const override;
  void add(const Layer& layer);
  void pop();
  /// Creates the weights of a model that starts with Input.
  void build_if_known();
  /// Of such a model: its symbolic input, and what its layers make of that; made at the first use.
  std::pair<Tree<Tensor>, Tree<Tensor>> symbolic_ends() const;

 private:
  void changed();
  std::vector<Layer> layers_;     ///< An Input layer, if there is one, comes first.
  bool input_from_data_ = false;  ///< That one was not given, so that other batches may have more steps.
  mutable std::pair<Tree<Tensor>, Tree<Tensor>> ends_;  ///< symbolic_ends of the layers of these numbers.
  mutable std::vector<uint64_t> ends_of_;
};

}  // namespace cornu
