// Layers and models whose methods are a Python object's.
#pragma once
#include "nn/model.h"
#include "scripted.h"

namespace cornu::python {

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
  std::shared_ptr<LayerImpl> unbuilt_copy() const override { return base_ ? base_->unbuilt_copy() : nullptr; }
  const std::vector<CallParameter>& call_parameters() const override {
    return base_ ? base_->call_parameters() : Base::call_parameters();
  }
  Tree<Tensor> base_call(const Tree<Tensor>& x, bool training, const Tree<Tensor>& masks, const Value& values) {
    if (!base_) throw CallError(text("{} '{}'", this->self.kind(), this->name), "must define call");
    CallContext context{training, {}, masks, {}, values};
    if (x.is_leaf()) context.mask = masks.is_leaf() ? masks.leaf() : x.leaf().mask();
    return base_->call_inputs(x, context);
  }
  Tree<Tensor> base_mask(const Tree<Tensor>& x, const Tree<Tensor>& masks) {
    return base_ ? base_->compute_masks(x, masks) : Tree<Tensor>();
  }
  /// With those of the engine's layer that it is made of.
  std::vector<std::shared_ptr<LayerImpl>> children() const override {
    std::vector<std::shared_ptr<LayerImpl>> out = children_;
    if constexpr (std::is_same_v<Base, LayerImpl>)
      if (base_)
        for (auto& child : base_->children()) out.push_back(std::move(child));
    return out;
  }
  std::vector<std::string> child_paths() const override {
    std::vector<std::string> out = paths_;
    if constexpr (std::is_same_v<Base, LayerImpl>)
      if (base_)
        for (std::string& path : base_->child_paths()) out.push_back(std::move(path));
    return out;
  }
  void set_children(std::vector<std::shared_ptr<LayerImpl>> children, std::vector<std::string> paths) {
    children_ = std::move(children);
    paths_ = std::move(paths);
    structure_changed();
  }
  const std::shared_ptr<Base>& base() const { return base_; }
  using Kind::add_loss;
  using Kind::add_weight;
  using Kind::track;
  using Kind::untrack;

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
  /// A class may be a model and one of the engine's layers at once: whose call and weights are then the model's.
  void mix_in(std::shared_ptr<LayerImpl> layer) { mixed_ = std::move(layer); }
  Tree<Tensor> base_call(const Tree<Tensor>& x, bool training, const Tree<Tensor>& masks, const Value& values) {
    if (!mixed_) return ScriptedOf::base_call(x, training, masks, values);
    CallContext context{training, {}, masks, {}, values};
    if (x.is_leaf()) context.mask = masks.is_leaf() ? masks.leaf() : x.leaf().mask();
    return mixed_->call_inputs(x, context);
  }
  void base_build(const Tree<Shape>& inputs) {
    if (!mixed_) return;
    const size_t had = mixed_->own_weights().size();
    mixed_->build_inputs(inputs);
    adopt(*mixed_, had);
  }
  nb::object base_config() const { return mixed_ ? from_value(mixed_->get_config()) : nb::none(); }
  bool supports_masking() const override {
    return ScriptedOf::supports_masking() || (mixed_ && mixed_->supports_masking());
  }
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
  Tensor own_loss(const Tree<Tensor>& x, const Tree<Tensor>& y, const Tree<Tensor>& y_pred, const Tree<Tensor>& weight,
                  bool training) override {
    const nb::gil_scoped_acquire gil;
    nb::object loss = self.get().attr("_engine_loss")(from_tensors(x), from_tensors(y), from_tensors(y_pred),
                                                      from_tensors(weight), training);
    return loss.is_none() ? Tensor() : to_tensor(loss);
  }
  bool defines_loss() const override {
    const nb::gil_scoped_acquire gil;
    return nb::cast<bool>(self.get().attr("_defines_loss")());
  }
  bool reset_own_metrics() override {
    const nb::gil_scoped_acquire gil;
    return nb::cast<bool>(self.get().attr("_reset_own_metrics")());
  }

 private:
  std::shared_ptr<LayerImpl> mixed_;
};

/// What Python sees of a ScriptedOf.
template <class S>
nb::class_<S, typename S::Kind> bind_scripted(nb::module_& m, const char* name) {
  return nb::class_<S, typename S::Kind>(m, name)
      .def(nb::init<nb::handle, std::shared_ptr<typename S::Base>>(), nb::arg("self"), nb::arg("base").none())
      .def(
          "base_call",
          [](S& l, nb::handle x, bool training, nb::handle mask, nb::handle values) {
            return from_tensors(l.base_call(to_tensors(x), training, to_tensors(mask), to_value(values)));
          },
          nb::arg("x"), nb::arg("training"), nb::arg("mask") = nb::none(), nb::arg("values") = nb::none())
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
      .def("untrack", [](S& l, const std::shared_ptr<Cell>& cell) { return l.untrack(Variable(cell)); })
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
