// Engine objects whose methods are a Python object's. They hold it weakly: whoever hands one to the engine (a layer, a
// model, compile) keeps the Python object, so that Python's garbage collector sees every strong reference.
#pragma once
#include "bind.h"
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
    const nb::object config = object.attr("get_config")();
    try {
      return to_value(config);
    } catch (const nb::builtin_exception& why) {
      if (!nb::hasattr(object, "name")) throw;
      const std::string who = text_of(object.type().attr("__name__")), name = text_of(object.attr("name"));
      throw nb::type_error(text("{} '{}': {}", who, name, why.what()).c_str());
    }
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
  /// `squeeze`: targets and predictions get one rank. `whole`: the class has a __call__ of its own.
  ScriptedLoss(nb::handle object, std::string name, std::string reduction, bool squeeze, bool whole)
      : Scripted(object), name_(std::move(name)), reduction_(std::move(reduction)), squeeze_(squeeze), whole_(whole) {}
  std::string name() const override { return name_; }
  std::string reduction() const override { return reduction_; }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    Tensor y = y_true, p = y_pred;
    if (y.dtype() != p.dtype() && !(is_integer(y.dtype()) && is_floating(p.dtype()))) y = ops::cast(y, p.dtype());
    if (squeeze_) squeeze_or_expand_to_same_rank(y, p);
    const nb::gil_scoped_acquire gil;
    return to_tensor(self.get().attr("call")(y, p));
  }
  Tensor own_value(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) const override {
    if (!whole_) return {};
    const nb::gil_scoped_acquire gil;
    return to_tensor(self.get()(y_true, y_pred, weight.defined() ? nb::cast(weight) : nb::none()));
  }
  Tensor call_structure(const Tree<Tensor>& y_true, const Tree<Tensor>& y_pred) const override {
    const nb::gil_scoped_acquire gil;
    return to_tensor(self.get().attr("call")(from_tensors(y_true), from_tensors(y_pred)));
  }

 private:
  std::string name_, reduction_;
  bool squeeze_, whole_;
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
  LearningRate initial_rate() const override { return base_->current_rate(); }
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

}  // namespace cornu::python
