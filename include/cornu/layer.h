// Layer: a function of tensors with weights, and the base class of every layer, built-in or a user's.
#pragma once
#include <cornu/activations.h>
#include <cornu/initializers.h>
#include <cornu/regularizers.h>
#include <cornu/tree.h>
#include <cornu/variable.h>

#include <concepts>
#include <optional>
#include <utility>

namespace cornu {

struct CallRecord;

/// The element types that a layer computes in and keeps its variables in, by Keras' name: that of a type for both, or
/// "mixed_float16" or "mixed_bfloat16", which compute in halves and keep float32. Without a name the one that
/// set_dtype_policy set. "int8_from_float32" and their like name quantized policies: they can be read and written, but
/// no layer takes them yet.
struct CORNU_API DTypePolicy {
  DTypePolicy();
  DTypePolicy(const char* n) : name(not_null(n, "dtype")) {}
  /// One of `name`, and others for layers by their path, or by a regular expression that is all of it.
  DTypePolicy(const Text& n, std::vector<std::pair<std::string, std::string>> others)
      : name(n), by_path(std::move(others)) {}
  std::string name;
  std::vector<std::pair<std::string, std::string>> by_path{};
  /// DTypeError if the name is none of a policy.
  DType compute_dtype() const;
  DType variable_dtype() const;
  /// How the weights are quantized, "int8"; empty if they are not.
  std::string quantization_mode() const;
  /// The one of these two types.
  static DTypePolicy of(DType compute, DType variable);
  /// That of a layer at this path; ConfigError if several expressions of by_path are it.
  DTypePolicy at(const Text& path) const;
  bool operator==(const DTypePolicy&) const = default;
};
/// The policy of layers that name none: that of floatx(), unless this process set another one. What exists keeps its
/// own. "" sets that of floatx() again.
CORNU_API void set_dtype_policy(const DTypePolicy& policy);
CORNU_API DTypePolicy dtype_policy();
template <>
struct CORNU_API Codec<DTypePolicy> {
  static Value to_value(const DTypePolicy& p);
  static DTypePolicy from_value(const Value& v);
};

/// The three fields that end every layer's config.
#define CORNU_LAYER_FIELDS             \
  std::optional<::cornu::Text> name{}; \
  bool trainable = true;               \
  ::cornu::DTypePolicy dtype {}

/// Those fields in a Describe: `std::tuple_cat(layer_fields<T>(), std::tuple{...})`.
template <class T>
constexpr auto layer_fields() {
  return std::tuple{field("name", &T::name), field("trainable", &T::trainable), field("dtype", &T::dtype)};
}

/// What a layer's `call` is told besides its input.
struct CallContext {
  bool training = false;
  Tensor mask{};         ///< Of the input: given, or the one that it carries; undefined if there is none.
  Tree<Tensor> masks{};  ///< Those of several inputs, in their structure.
  std::shared_ptr<const void> arguments{};  ///< As CallOptions has them.
  Value values{};                           ///< As CallOptions has them.
};

/// What the caller of a layer may say. Whether it trains is inherited, if not said, from the call of the layer around
/// it, and false outside of all.
struct CallOptions {
  std::optional<bool> training{};
  Tensor mask{};         ///< Of the input, if it does not carry one.
  Tree<Tensor> masks{};  ///< Those of several inputs, in their structure; nothing where they carry them.
  /// For layers of another language: how the inputs stand among the arguments of its call, and those that are no
  /// tensors.
  std::shared_ptr<const void> arguments{};
  /// The arguments of the call that are no tensors, by name, as far as they are not their defaults; nothing if none is.
  Value values{};
};

/// One argument of a layer's call besides training and mask.
struct CallParameter {
  std::string name;
  bool tensors = true;  ///< Whether it takes tensors, in any structure; else a plain value.
  bool required = false;
  Value default_value{};  ///< Of a plain value.
};

/// Whether a layer trains: a bool that compiled steps hear of when it is set.
class CORNU_API Trainable {
 public:
  Trainable& operator=(bool on);
  operator bool() const { return on_; }

 private:
  bool on_ = true;
};

struct Weight {
  Variable variable;
  Regularizer regularizer;
  bool trains = true;  ///< Whether it was made to be trained, wherever it is frozen by now.
};

/// Base of every layer. A layer of one's own that consists of others gives each of them to add_layer, so that their
/// weights train and are saved: as a member, `Dense inner = add_layer(Dense(4), "inner");`, or in build. Held by
/// handles, which share it. Layers and their weights are for one thread at a time, but for what Model says.
class CORNU_API LayerImpl : public Configurable, public std::enable_shared_from_this<LayerImpl> {
 public:
  static constexpr const char* kModule = "keras.layers";
  LayerImpl();
  LayerImpl(const LayerImpl&) = delete;
  LayerImpl& operator=(const LayerImpl&) = delete;
  /// Creates the weights for inputs of this shape (-1 = unknown). Called once.
  virtual void build(const Shape& input);
  /// The layer's function of one tensor, traced. A layer defines this, or call_inputs.
  virtual Tensor call(const Tensor& x, const CallContext& context);
  /// The same of layers that take or give several tensors: weights for inputs of these shapes, and the function. Those
  /// of one tensor are build and call; where several come, they get a sentence.
  virtual void build_inputs(const Tree<Shape>& inputs);
  virtual Tree<Tensor> call_inputs(const Tree<Tensor>& inputs, const CallContext& context);
  /// The arguments of its call in Keras' order, where `inputs` is not all there is: then the inputs come by these
  /// names, or, if only the first is given, as that alone.
  virtual const std::vector<CallParameter>& call_parameters() const;
  /// The masks of the outputs, in their structure or nothing; the inputs' own are those of the context.
  virtual Tree<Tensor> compute_masks(const Tree<Tensor>& inputs, const Tree<Tensor>& masks) const;
  /// Learns from data before training, as Normalization does from all batches; CallError from layers that do not.
  virtual void adapt(const std::vector<Tensor>& batches);
  /// Whether the input's mask holds for the output too; otherwise it ends here.
  virtual bool supports_masking() const { return false; }
  /// The mask of the output for an input, whose own may be undefined.
  virtual Tensor compute_mask(const Tensor& x, const Tensor& mask) const;
  /// Layers inside this one, in order: those given to add_layer. Null ones, that are made later, do not count.
  virtual std::vector<std::shared_ptr<LayerImpl>> children() const;
  /// Where Keras' files keep the children: attributes as "cell" or "forward_layer". None: "layers/<class>_<n>".
  virtual std::vector<std::string> child_paths() const;

  /// build, if needed, and call under the layer's name; errors name the layer. CallError where another layer's `call`
  /// does this with one that it does not consist of and that has weights: nobody would train or save them.
  Tensor operator()(const Tensor& x, const CallOptions& options = {});
  /// The same with any structure of tensors. On symbolic tensors (Input) it is noted, to be done by a Model of them.
  Tree<Tensor> apply(const Tree<Tensor>& inputs, const CallOptions& options = {});
  /// build for inputs of these shapes, unless that was done.
  void build_once(const Tree<Shape>& inputs);
  bool built() const { return built_; }
  /// Its name behind those of the layers in whose call or build it was built: "model/block/dense". Weights made then
  /// are below it.
  std::string path() const { return path_.empty() ? name : path_ + "/" + name; }
  /// Of the first input that it was built for; rank 0 before.
  const Shape& build_shape() const { return build_shape_; }
  const Tree<Shape>& build_shapes() const { return build_shapes_; }
  /// Of all calls so far, -1 where they differ; rank 0 before, and for layers that give several tensors.
  const Shape& output_shape() const { return output_shape_; }
  const Tree<Shape>& output_shapes() const { return output_shapes_; }
  /// Of no other layer that ever was.
  uint64_t number() const { return number_; }
  /// Of this layer alone: what trains, then what does not, each in the order of creation.
  const std::vector<Weight>& own_weights() const { return weights_; }
  /// Its calls on symbolic tensors, those of them that are still in use, in the order in which they were noted.
  std::vector<std::shared_ptr<const CallRecord>> records() const;
  /// What a graph that calls this layer must keep besides it: an object of another language, whose methods it has.
  virtual std::shared_ptr<const void> keep_alive() const { return nullptr; }
  /// A layer of the same config that is not built, so that shapes can be asked for without building this one; null from
  /// layers that are no other's business to make.
  virtual std::shared_ptr<LayerImpl> unbuilt_copy() const { return nullptr; }
  /// Notes one, and gives its number.
  int64_t count_record(const std::shared_ptr<const CallRecord>& record);
  /// Penalties of the last outermost call (add_loss, activities), all calls of a layer in it, and those of
  /// regularizers, each once.
  void collect_losses(std::vector<Tensor>& out) const;

  /// Trains, or freezes, this layer, all layers in it, and those of their weights that were made to be trained.
  void set_trainable(bool on);

  std::string name;
  Trainable trainable;
  DType dtype = DType::f32;           ///< What it computes in.
  DType variable_dtype = DType::f32;  ///< Of its weights; where it is another one, `call` sees them in `dtype`.
  bool autocast = true;               ///< Whether floating inputs are cast to `dtype`.
  bool is_operation = false;          ///< That it is a function in a graph, and none of its model's layers.
  /// Both types, by path as soon as the layer is built. ConfigError for a quantized policy.
  void set_policy(const DTypePolicy& policy);
  /// The same, and its config has it from then on; CallError if it is built.
  void change_policy(const DTypePolicy& policy);
  const std::optional<DTypePolicy>& changed_policy() const { return changed_policy_; }
  virtual DTypePolicy dtype_policy() const;
  Regularizer activity_regularizer;
  std::string where;  ///< Where the user made it.

 protected:
  /// A new variable of this layer, of `variable_dtype` unless another is given.
  Variable add_weight(const Text& weight_name, const Shape& shape, const Initializer& initializer,
                      const Regularizer& regularizer = {}, const Constraint& constraint = {}, bool trainable = true,
                      std::optional<DType> dtype = {});
  /// Makes a variable that was made elsewhere a weight of this layer, unless it is one.
  void track(const Variable& variable);
  /// Makes it no weight of this layer any more; false if it was none.
  bool untrack(const Variable& variable);
  /// A non-trainable variable with a start value.
  Variable add_state(const Text& weight_name, const Tensor& start);
  /// Takes over the weights of a layer that works inside this one, from its weight number `from` on.
  void adopt(const LayerImpl& inner, size_t from = 0);
  /// Makes a layer one that this one consists of, in the order of these calls; returns the same handle. `path`: its
  /// place in files, as Keras has the name of the attribute; without one for any of them, "layers/<class>_<n>".
  template <class L>
  L add_layer(L layer, const Text& path = "") {
    insert_layer(layer.impl(), path);
    return layer;
  }
  /// Notes the shapes of what a call gave.
  void note_output(const Tree<Tensor>& outputs);
  /// Adds a scalar to the loss of the model; during call.
  void add_loss(const Tensor& penalty);
  /// Adds the penalty of the layer's activity regularizer, if it has one, for an output.
  void penalize(const Tensor& y);
  /// The pair (seed, counter) of this layer's random numbers; every call draws once. Without `seed`, the first call
  /// draws one.
  Tensor draw_seed(std::optional<int64_t> seed = {});
  [[noreturn]] void fail(const std::string& rule) const;
  template <class... A>
  void require(bool ok, std::string_view rule, const A&... args) const {
    if (!ok) fail(text(rule, args...));
  }

 private:
  friend class LayerCall;
  void forget_losses(uint64_t call);
  void insert(Weight weight);
  void insert_layer(const std::shared_ptr<LayerImpl>& layer, const std::string& path);
  Tree<Tensor> call_inside(const Tree<Tensor>& inputs, bool training, const CallOptions& options);
  void check_inputs(const Tree<Tensor>& inputs) const;
  void collect_losses(std::vector<Tensor>& out, std::vector<const void*>& seen) const;
  std::vector<Weight> weights_;
  std::vector<std::pair<std::shared_ptr<LayerImpl>, std::string>> layers_;
  std::vector<Tensor> losses_;
  uint64_t losses_of_ = 0;  ///< The outermost call that they are of.
  Variable seed_;
  std::optional<int32_t> next_seed_;  ///< What draw_seed starts with, if said.
  bool built_ = false;
  std::string path_;  ///< Of the layers around it.
  Shape build_shape_, output_shape_;
  Tree<Shape> build_shapes_, output_shapes_;
  std::optional<DTypePolicy> changed_policy_;
  std::shared_ptr<const DTypePolicy> policy_by_path_;  ///< Until it is built, if it says more than one.
  const uint64_t number_;                              ///< Of all layers ever made: addresses come again.
  std::vector<std::weak_ptr<const CallRecord>> records_;
  int64_t recorded_ = 0;
  uint64_t known_to_ = 0;  ///< The layer that last called this one as one that it consists of.

 public:
  /// The seed generator's state, if the layer draws random numbers; part of checkpoints, not of Keras' files.
  const Variable& seed_state() const { return seed_; }
  void set_seed_state(const Tensor& state);
  /// Random numbers go on from this seed, whatever seed the layer was given.
  void reseed(int32_t seed);
};

template <>
CORNU_API Registry<LayerImpl>& registry<LayerImpl>();

/// Handle to a layer; copies share it and keep it alive.
class CORNU_API Layer : public Handle<LayerImpl> {
 public:
  using Handle::Handle;
  const std::string& name() const { return (**this).name; }
  /// Applies the layer, outside of a model too. Inside the `call` of another layer it trains if that does. Its first
  /// call makes the weights; until then, one thread at a time.
  Tensor operator()(const Tensor& x, const CallOptions& options = {}) const { return (**this)(x, options); }
  /// The same with any structure of tensors: `merge({a, b})`. On symbolic tensors, which Input gives, the call is
  /// noted, and done by a Model made of them.
  Tree<Tensor> operator()(std::initializer_list<Tree<Tensor>> inputs, const CallOptions& options = {}) const {
    return (*this)(Tree<Tensor>(inputs), options);
  }
  Tree<Tensor> operator()(std::initializer_list<Tree<Tensor>::Field> inputs, const CallOptions& options = {}) const {
    return (*this)(Tree<Tensor>(inputs), options);
  }
  /// A template, so that what can be made a tensor is one.
  template <std::same_as<Tree<Tensor>> Inputs>
  Tree<Tensor> operator()(const Inputs& inputs, const CallOptions& options = {}) const {
    return (**this).apply(inputs, options);
  }
  /// The same, where it is said whether it trains. A template, so that `{}` is no bool.
  template <std::same_as<bool> Bool>
  Tensor operator()(const Tensor& x, Bool training, const Tensor& mask = {}) const {
    return (**this)(x, {training, mask});
  }
  /// What it was called on, and what that gave, in a graph of layers. CallError unless it was called there once.
  Tree<Tensor> input() const;
  Tree<Tensor> output() const;
  /// The shapes of what it gives for inputs of these shapes, batch axis first, -1 for sizes that are not known. One of
  /// the layers here is not built by it.
  Tree<Shape> compute_output_shape(const Tree<Shape>& input) const;
  /// By the last part of its name: "kernel". CallError if the layer has none of that name or is not built.
  Variable weight(const Text& name) const;
  /// Of this layer, all layers in it, and those of their weights that were made to be trained. Holds from the next fit
  /// or train_on_batch of its model on; what it was compiled with may stay.
  void set_trainable(bool trainable) const;
};

namespace detail {
/// The same error with the place of the user's call.
[[noreturn]] CORNU_API void fail_at(const ConfigError& e, const CallSite& at);
}  // namespace detail

/// Sets the common fields (name, trainable, dtype) and where it was made.
template <class T>
std::shared_ptr<LayerImpl> make_layer(typename T::Config config, CallSite at) {
  std::shared_ptr<T> layer;
  try {
    layer = std::make_shared<T>(std::move(config));
  } catch (const ConfigError& e) {
    detail::fail_at(e, at);
  }
  layer->where = to_string(at);
  return layer;
}
/// The name that a layer was given, which files want without '/', or an automatic one. ConfigError otherwise.
CORNU_API std::string layer_name(const std::optional<Text>& given, const std::string& class_name);
/// Keras' automatic name: "dense", "dense_1", ... counted in the process.
CORNU_API std::string unique_layer_name(const std::string& class_name);
CORNU_API std::string to_snake_case(const std::string& class_name);
/// Starts the count of automatic names anew, as keras.utils.clear_session.
CORNU_API void clear_session();

/// Base of layers with a described config: fills in the name and common fields, and reads the name back into the
/// config.
template <class Self, class ConfigType>
class WithLayerConfig : public WithConfig<Self, LayerImpl, ConfigType> {
 public:
  explicit WithLayerConfig(ConfigType c) : WithConfig<Self, LayerImpl, ConfigType>(std::move(c)) {
    this->config.name = layer_name(this->config.name, Self::kName);
    this->name = *this->config.name;
    this->trainable = this->config.trainable;
    this->set_policy(this->config.dtype);
  }
  /// Whether its config says so where it has no regularizer of activities.
  static constexpr bool kWritesNoActivityRegularizer = false;
  std::shared_ptr<LayerImpl> unbuilt_copy() const override { return std::make_shared<Self>(this->config); }
  Value get_config() const override {
    ConfigType c = this->config;
    c.trainable = this->trainable;
    if (this->changed_policy()) c.dtype = *this->changed_policy();
    Value out = describe_to_value(c);
    // As Keras: a key of every layer, written only where there is one, but for some.
    const Value* r = out.find("activity_regularizer");
    if (!Self::kWritesNoActivityRegularizer && r && r->is_null()) out.erase("activity_regularizer");
    return out;
  }
};

}  // namespace cornu
