// Engine objects whose methods are a Python object's. They hold it weakly: whoever hands one to the engine (a layer, a
// model, compile) keeps the Python object, so that Python's garbage collector sees every strong reference.
#pragma once
#include "bind.h"
#include "nn/model.h"
#include "ops/emit.h"

namespace cornu::python {

class Self {
 public:
  explicit Self(nb::handle object) : ref_(nb::steal(PyWeakref_NewRef(object.ptr(), nullptr))) {
    if (!ref_.is_valid()) throw nb::python_error();
    kind_ = nb::cast<std::string>(object.type().attr("__name__"));
  }
  ~Self() {
    const nb::gil_scoped_acquire gil;
    ref_.reset();
  }
  Self(const Self&) = delete;
  Self& operator=(const Self&) = delete;
  /// With the GIL held.
  nb::object get() const {
    PyObject* o = PyWeakref_GetObject(ref_.ptr());
    if (o == Py_None) throw CallError(kind_, "the Python object that defines it is gone; keep a reference to it");
    return nb::borrow(o);
  }
  const std::string& kind() const { return kind_; }
  std::string registered() const {
    const nb::gil_scoped_acquire gil;
    return nb::cast<std::string>(get().attr("_registered_name")());
  }
  Value config() const {
    const nb::gil_scoped_acquire gil;
    const nb::object object = get();
    if (!nb::hasattr(object, "get_config")) return to_value(object.attr("__name__"));  // a function
    return to_value(object.attr("get_config")());
  }

 private:
  nb::object ref_;
  std::string kind_;
};

/// What all of them share: name and config come from Python.
template <class Base>
class Scripted : public Base {
 public:
  explicit Scripted(nb::handle object) : self(object) {}
  std::string class_name() const override { return self.kind(); }
  Value get_config() const override { return self.config(); }
  Self self;
};

class ScriptedInitializer final : public Scripted<InitializerImpl> {
 public:
  using Scripted::Scripted;
  Tensor call(const Shape& shape, DType dtype) const override {
    const nb::gil_scoped_acquire gil;
    const NoTrace concrete;
    return to_tensor(self.get()(shape_tuple(shape), nb::arg("dtype") = to_string(dtype)), dtype).clone();
  }
};

/// Tensor in, tensor out.
template <class Base>
class ScriptedFunction final : public Scripted<Base> {
 public:
  using Scripted<Base>::Scripted;
  Tensor call(const Tensor& x) const override {
    const nb::gil_scoped_acquire gil;
    return to_tensor(this->self.get()(x));
  }
};
/// A function as an activation: files know it by its name.
class ScriptedActivation final : public ActivationImpl {
 public:
  ScriptedActivation(nb::object function, std::string label)
      : function_(std::move(function)), label_(std::move(label)) {}
  ~ScriptedActivation() override {
    const nb::gil_scoped_acquire gil;
    function_.reset();
  }
  std::string class_name() const override { return label_; }
  Value get_config() const override { return label_; }
  Tensor call(const Tensor& x) const override {
    const nb::gil_scoped_acquire gil;
    return to_tensor(function_(x));
  }

 private:
  nb::object function_;
  std::string label_;
};
using ScriptedRegularizer = ScriptedFunction<RegularizerImpl>;
using ScriptedConstraint = ScriptedFunction<ConstraintImpl>;
using ScriptedSchedule = ScriptedFunction<ScheduleImpl>;

class ScriptedLoss final : public Scripted<LossImpl> {
 public:
  ScriptedLoss(nb::handle object, std::string name, std::string reduction, bool squeeze)
      : Scripted(object), name_(std::move(name)), reduction_(std::move(reduction)), squeeze_(squeeze) {}
  std::string name() const override { return name_; }
  std::string reduction() const override { return reduction_; }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    Tensor y = y_true, p = y_pred;
    if (y.dtype() != p.dtype() && !(is_integer(y.dtype()) && is_floating(p.dtype()))) y = ops::cast(y, p.dtype());
    if (squeeze_) squeeze_or_expand_to_same_rank(y, p);
    const nb::gil_scoped_acquire gil;
    return to_tensor(self.get().attr("call")(y, p));
  }

 private:
  std::string name_, reduction_;
  bool squeeze_;
};

class ScriptedMetric final : public Scripted<MetricImpl> {
 public:
  ScriptedMetric(nb::handle object, std::shared_ptr<MetricImpl> base) : Scripted(object), base_(std::move(base)) {}
  std::string name() const override {
    const nb::gil_scoped_acquire gil;
    return text_of(self.get().attr("name"));
  }
  void update(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override {
    const nb::gil_scoped_acquire gil;
    nb::object o = self.get();
    if (y_true.defined())
      o.attr("_engine_update")(y_true, y_pred, weight.defined() ? nb::cast(weight) : nb::none());
    else
      o.attr("_engine_update")(y_pred, nb::none(), weight.defined() ? nb::cast(weight) : nb::none());
  }
  bool takes_weights() const override {
    const nb::gil_scoped_acquire gil;
    return nb::cast<bool>(self.get().attr("_takes_weights")());
  }
  Tensor result() const override {
    const nb::gil_scoped_acquire gil;
    const nb::object value = self.get().attr("result")();
    if (PyDict_Check(value.ptr())) throw CallError(name(), "gives several values by name, where one is expected");
    return to_tensor(value);
  }
  Results results() const override {
    const nb::gil_scoped_acquire gil;
    const nb::object value = self.get().attr("result")();
    if (!PyDict_Check(value.ptr())) return {{"", to_tensor(value)}};
    Results out;
    for (auto [key, one] : nb::borrow<nb::dict>(value)) out.emplace_back(text_of(key), to_tensor(one));
    return out;
  }
  void reset() override {
    const nb::gil_scoped_acquire gil;
    self.get().attr("reset_state")();
  }
  void build(const Shape& y_true, const Shape& y_pred) override {
    if (base_) base_->ensure_built(y_true, y_pred);
  }

  void base_update(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) {
    need().update_state(y_true, y_pred, weight);
  }
  Tensor base_result() { return need().result(); }
  void base_reset() { need().reset(); }
  nb::object base_config() { return from_value(need().get_config()); }
  /// Those of the built-in metric that the class derives from, and its own.
  std::vector<Variable> all_variables() const {
    std::vector<Variable> out = base_ ? base_->variables() : std::vector<Variable>();
    out.insert(out.end(), variables().begin(), variables().end());
    return out;
  }
  Variable make_variable(const std::string& name, const Tensor& start) {
    const NoTrace concrete;
    Variable v = add_variable(name, start.shape(), 0, start.dtype());
    v.assign(start);
    return v;
  }

 private:
  MetricImpl& need() {
    if (!base_) throw CallError(self.kind(), "must define update_state and result");
    return *base_;
  }
  std::shared_ptr<MetricImpl> base_;
};

/// `base`: the built-in optimizer that the Python class derives from, or one that only holds the options. `own_apply`:
/// the Python class defines apply or apply_gradients.
class ScriptedOptimizer final : public Scripted<OptimizerImpl> {
 public:
  ScriptedOptimizer(nb::handle object, std::shared_ptr<OptimizerImpl> base, bool own_apply)
      : Scripted(object), base_(std::move(base)), own_apply_(own_apply) {}
  OptimizerOptions options() const override { return base_->options(); }
  std::string name() const override { return base_->name(); }
  LearningRate initial_rate() const override { return base_->initial_rate(); }
  std::optional<double> decay_of(const Variable& v) const override { return base_->decay_of(v); }
  void build_slots(const std::vector<Variable>& trainable) override {
    const nb::gil_scoped_acquire gil;
    self.get().attr("_engine_build")(cells(trainable));
  }
  void begin_step(const Tensor& rate, const Tensor& step) override {
    step_ = step;
    base_->begin_step(begun_ = rate, step);
  }
  void update_step(size_t, const Tensor& gradient, Variable& variable, const Tensor& rate, const Tensor&) override {
    const nb::gil_scoped_acquire gil;
    self.get().attr("update_step")(gradient, variable.cell(), rate);
  }
  void apply(const std::vector<Tensor>& gradients) override {
    if (!own_apply_) return OptimizerImpl::apply(gradients);
    const nb::gil_scoped_acquire gil;
    nb::list given;
    for (const Tensor& g : gradients) given.append(g.defined() ? nb::cast(g) : nb::none());
    self.get().attr("_engine_apply")(given, cells(trainable()));
  }

  Variable make_slot(const Variable& like, const std::string& name) { return add_slot(like, name); }
  void base_apply(const std::vector<Tensor>& gradients) { OptimizerImpl::apply(gradients); }
  void base_build() { build_inside(*base_); }
  /// The rate may be another than the step's.
  void base_update(const Tensor& gradient, const std::shared_ptr<Cell>& cell, const Tensor& rate) {
    for (size_t i = 0; i < trainable().size(); ++i) {
      if (trainable()[i].cell() != cell) continue;
      Variable v = trainable()[i];
      if (rate.impl() != begun_.impl()) base_->begin_step(begun_ = rate, step_);
      return base_->update_step(i, gradient, v, ops::cast(rate, v.dtype()), ops::cast(step_, v.dtype()));
    }
    throw CallError(name(), text("'{}' is not among the variables it was built with", cell->path));
  }
  nb::object base_config() const { return from_value(with_current_rate(base_->get_config())); }

 private:
  std::shared_ptr<OptimizerImpl> base_;
  bool own_apply_;
  Tensor step_, begun_;
};

/// An object of Python that travels through the engine.
inline std::shared_ptr<const void> keep_object(nb::object object) {
  if (object.is_none()) return nullptr;
  return std::shared_ptr<nb::object>(new nb::object(std::move(object)), [](nb::object* o) {
    const nb::gil_scoped_acquire gil;
    delete o;
  });
}
inline nb::object to_object(const std::shared_ptr<const void>& kept) {
  return kept ? *static_cast<const nb::object*>(kept.get()) : nb::none();
}

/// A layer or a model whose `call` (and perhaps `build`) is in Python. `base`: the built-in one that the Python class
/// derives from, which works inside this one.
template <class K, class B>
class ScriptedOf : public Scripted<K> {
 public:
  using Kind = K;
  using Base = B;
  ScriptedOf(nb::handle object, std::shared_ptr<Base> base) : Scripted<Kind>(object), base_(std::move(base)) {}
  void build_inputs(const Tree<Shape>& inputs) override {
    const nb::gil_scoped_acquire gil;
    const NoTrace concrete;
    this->self.get().attr("_engine_build")(shape_tuples(inputs));
  }
  Tree<Tensor> call_inputs(const Tree<Tensor>& inputs, const CallContext& context) override {
    const nb::gil_scoped_acquire gil;
    return to_tensors(this->self.get().attr("_engine_call")(from_tensors(inputs), context.training,
                                                            from_tensors(context.masks), to_object(context.arguments)));
  }
  Tree<Tensor> compute_masks(const Tree<Tensor>& inputs, const Tree<Tensor>& masks) const override {
    const nb::gil_scoped_acquire gil;
    return to_tensors(this->self.get().attr("_engine_mask")(from_tensors(inputs), from_tensors(masks)));
  }
  std::shared_ptr<const void> keep_alive() const override {
    const nb::gil_scoped_acquire gil;
    return keep_object(this->self.get());
  }
  bool supports_masking() const override { return base_ && base_->supports_masking(); }
  Tree<Tensor> base_call(const Tree<Tensor>& x, bool training, const Tree<Tensor>& masks) {
    if (!base_) throw CallError(text("{} '{}'", this->self.kind(), this->name), "must define call");
    CallContext context{training, {}, masks, {}};
    if (x.is_leaf()) context.mask = masks.is_leaf() ? masks.leaf() : x.leaf().mask();
    return base_->call_inputs(x, context);
  }
  Tree<Tensor> base_mask(const Tree<Tensor>& x, const Tree<Tensor>& masks) {
    return base_ ? base_->compute_masks(x, masks) : Tree<Tensor>();
  }
  std::vector<std::shared_ptr<LayerImpl>> children() const override { return children_; }
  std::vector<std::string> child_paths() const override { return paths_; }
  void set_children(std::vector<std::shared_ptr<LayerImpl>> children, std::vector<std::string> paths) {
    children_ = std::move(children);
    paths_ = std::move(paths);
    structure_changed();
  }
  const std::shared_ptr<Base>& base() const { return base_; }
  using Kind::add_loss;
  using Kind::add_weight;
  using Kind::track;

 private:
  std::shared_ptr<Base> base_;
  std::vector<std::shared_ptr<LayerImpl>> children_;
  std::vector<std::string> paths_;
};

/// The inner layer has this one's name, and its weights are this one's.
class ScriptedLayer final : public ScriptedOf<LayerImpl, LayerImpl> {
 public:
  ScriptedLayer(nb::handle object, std::shared_ptr<LayerImpl> inner) : ScriptedOf(object, std::move(inner)) {
    if (base()) name = base()->name, trainable = base()->trainable, set_policy(base()->dtype_policy());
  }
  void base_build(const Tree<Shape>& inputs) {
    if (!base()) return;
    base()->name = name;
    const size_t had = base()->own_weights().size();
    base()->build_inputs(inputs);
    adopt(*base(), had);
  }
  nb::object base_config() const { return base() ? from_value(base()->get_config()) : nb::none(); }
};

/// May have train_step and test_step in Python too. The inner model: the Sequential or functional one that it is, if it
/// is one.
class ScriptedModel final : public ScriptedOf<ModelImpl, ModelImpl> {
 public:
  using ScriptedOf::ScriptedOf;
  Tree<Shape> input_shapes() const override {
    const Tree<Shape> known = base() ? base()->input_shapes() : Tree<Shape>();
    return known.is_none() ? build_shapes() : known;
  }
  std::vector<Layer> layers() const override {
    if (base()) return base()->layers();
    std::vector<Layer> out;
    for (const auto& child : ScriptedOf::children()) out.emplace_back(child);
    return out;
  }
  std::vector<std::shared_ptr<LayerImpl>> children() const override {
    return base() ? base()->children() : ScriptedOf::children();
  }
  std::vector<std::string> child_paths() const override {
    return base() ? std::vector<std::string>() : ScriptedOf::child_paths();
  }
  bool input_declared() const override { return base() && base()->input_declared(); }
  Tree<Tensor> arranged(const Tree<Tensor>& x) const override { return base() ? base()->arranged(x) : x; }
  std::vector<std::string> output_names() const override {
    return base() ? base()->output_names() : std::vector<std::string>();
  }
  std::optional<StepLogs> own_step(StepKind kind, const Tree<Tensor>& x, const Tree<Tensor>& y,
                                   const Tree<Tensor>& weight) override;
  Tensor own_loss(const Tree<Tensor>& x, const Tree<Tensor>& y, const Tree<Tensor>& y_pred,
                  const Tree<Tensor>& weight) override {
    const nb::gil_scoped_acquire gil;
    nb::object loss =
        self.get().attr("_engine_loss")(from_tensors(x), from_tensors(y), from_tensors(y_pred), from_tensors(weight));
    return loss.is_none() ? Tensor() : to_tensor(loss);
  }
  bool reset_own_metrics() override {
    const nb::gil_scoped_acquire gil;
    return nb::cast<bool>(self.get().attr("_reset_own_metrics")());
  }
};

/// What Python sees of a ScriptedOf.
template <class S>
nb::class_<S, typename S::Kind> bind_scripted(nb::module_& m, const char* name) {
  return nb::class_<S, typename S::Kind>(m, name)
      .def(nb::init<nb::handle, std::shared_ptr<typename S::Base>>(), nb::arg("self"), nb::arg("base").none())
      .def(
          "base_call",
          [](S& l, nb::handle x, bool training, nb::handle mask) {
            return from_tensors(l.base_call(to_tensors(x), training, to_tensors(mask)));
          },
          nb::arg("x"), nb::arg("training"), nb::arg("mask") = nb::none())
      .def(
          "base_mask",
          [](S& l, nb::handle x, nb::handle mask) {
            return from_tensors(l.base_mask(to_tensors(x), to_tensors(mask)));
          },
          nb::arg("inputs"), nb::arg("masks").none())
      .def("set_dtype",
           [](S& l, nb::handle d) {
             l.set_policy(to_policy(d));
             if constexpr (std::is_base_of_v<ModelImpl, S>) l.policy = to_policy(d);
           })
      .def("set_children", &S::set_children)
      .def("track", [](S& l, const std::shared_ptr<Cell>& cell) { l.track(Variable(cell)); })
      .def("add_loss", [](S& l, nb::handle x) { l.add_loss(to_tensor(x)); })
      .def(
          "add_weight",
          [](S& l, const std::string& weight, nb::handle shape, nb::handle initializer, nb::handle regularizer,
             nb::handle constraint, bool trainable, nb::handle dtype) {
            return l
                .add_weight(weight, to_shape(shape), Codec<Initializer>::from_value(to_value(initializer)),
                            Codec<Regularizer>::from_value(to_value(regularizer)),
                            Codec<Constraint>::from_value(to_value(constraint)), trainable,
                            dtype.is_none() ? std::optional<DType>() : to_dtype(dtype))
                .cell();
          },
          nb::arg("name"), nb::arg("shape"), nb::arg("initializer"), nb::arg("regularizer").none(),
          nb::arg("constraint").none(), nb::arg("trainable"), nb::arg("dtype").none());
}

}  // namespace cornu::python
