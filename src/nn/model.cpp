// Models as structures: layers, weights, building.
#include "nn/model.h"

#include <cornu/ops.h>

#include <algorithm>
#include <set>
#include <shared_mutex>

#include "nn/call_frame.h"
#include "nn/layers/families.h"
#include "nn/layers/input.h"
#include "ops/emit.h"
#include "tensor/cell.h"

namespace cornu {

ModelImpl::ModelImpl() = default;
ModelImpl::~ModelImpl() = default;

Shape ModelImpl::input_shape() const {
  const Tree<Shape> shapes = input_shapes();
  return shapes.is_leaf() ? shapes.leaf() : Shape();
}

Tree<TypeShape> types_of(const Tree<Tensor>& tensors) {
  return tensors.map([](const Tensor& t) { return TypeShape{t.dtype(), t.shape()}; });
}

/// The shape of batches of any number of rows: what is known of the input, and what came.
static Shape batch_shape(const ModelImpl& model, Shape shape, const Shape* came) {
  if (shape.rank() > 0) shape.dim(0) = -1;
  if (!came) return shape;
  const bool rank_ok = came->rank() == shape.rank();
  bool fits = rank_ok;
  // Steps of a sequence may be more in the next batch, unless Input said how many there are.
  if (!model.input_declared())
    for (int i = 1; i + 1 < shape.rank(); ++i) shape.dim(i) = rank_ok ? came->dim(i) : shape.dim(i);
  for (int i = 1; fits && i < shape.rank(); ++i) fits = compatible(shape.dim(i), came->dim(i));
  if (!fits)
    throw ShapeError(text("{} '{}'", model.class_name(), model.name),
                     text("expected input of shape {}, got {}", shape, *came), {}, model.where);
  return shape;
}

void ModelImpl::ensure_built(const Tree<TypeShape>& batch) {
  std::unique_lock lock(busy, std::defer_lock);
  if (!ready_) lock.lock();  // what is ready may be used by several threads
  if (ready_ && batch.is_leaf())
    if (const Tree<Shape> known = input_shapes(); known.is_leaf()) {  // each prediction of a row comes here
      batch_shape(*this, known.leaf(), &batch.leaf().shape);
      return;
    }
  Tree<Shape> known = input_shapes();
  if (known.is_none()) known = batch.map([](const TypeShape& t) { return t.shape; });
  if (known.is_none())
    throw CallError(text("{} '{}'", class_name(), name),
                    "the input shape is not known yet; start with Input or call build", {}, where);
  std::vector<const TypeShape*> came;  // null where nothing is given for an optional input
  if (!leaves_where(known, batch, came)) {
    came.clear();
    batch.each([&](const TypeShape& t) { came.push_back(&t); });
  }
  if (!batch.is_none() && came.size() != known.leaf_count())
    throw CallError(text("{} '{}'", class_name(), name),
                    text("expected {} input{}, got {}", known.leaf_count(), known.leaf_count() == 1 ? "" : "s",
                         to_string(batch.kind(), batch.size())),
                    {}, where);
  size_t n = 0;
  const Tree<TypeShape> inputs = known.map([&](const Shape& shape) {
    const TypeShape* one = batch.is_none() ? nullptr : came[n++];
    return TypeShape{one ? one->dtype : input_dtype(), batch_shape(*this, shape, one ? &one->shape : nullptr)};
  });
  if (ready_) return;
  const auto mask_of = [&](const Tree<Tensor>& y) {
    y.each([&](const Tensor& one) { masks_output_ = masks_output_ || one.mask().defined(); });
  };
  masks_output_ = false;
  if (compiled && compiled->run_eagerly) {  // its layers may look at values, so they get some: a row of zeros
    Trace trace(TraceMode::record_and_run);
    trace.without_effects([&] {
      mask_of(apply(inputs.map([](const TypeShape& t) {
        std::vector<int64_t> dims = t.shape.dims();
        for (int64_t& size : dims)
          if (size < 0) size = 1;
        return Tensor(Shape(dims), t.dtype);
      }),
                    {false}));
    });
  } else {
    record(Trace::kStandIn, [&](Trace& trace, int64_t rows) -> Tensors {
      const Tree<Tensor> y = apply(inputs.map([&](TypeShape t) {
        if (t.shape.rank() > 0) t.shape.dim(0) = rows;
        return trace.input(t.dtype, t.shape);
      }),
                                   {false});
      mask_of(y);
      return y.leaves();
    });
  }
  ready_ = true;
}

Session::Session(ModelImpl& m, const char* what, bool fit) : model_(m), fit_(fit) {
  std::unique_lock lock(m.session_mutex_);
  const auto mine = [&] { return m.session_thread_ == std::this_thread::get_id(); };
  m.session_over_.wait(lock, [&] { return m.sessions_ == 0 || mine() || m.training_; });
  if (m.training_ && (fit || !mine()))
    throw CallError(text("{} of {} '{}'", what, m.class_name(), m.name),
                    mine() ? "the model is trained already, by the fit that this was called in"
                           : "the model is trained by another thread; wait for that, or train a copy of it",
                    {}, m.where);
  m.session_thread_ = std::this_thread::get_id();
  ++m.sessions_;
  m.training_ |= fit;
}
Session::~Session() {
  const std::lock_guard lock(model_.session_mutex_);
  if (fit_) model_.training_ = false;
  if (--model_.sessions_ == 0) model_.session_over_.notify_all();
}

static void append_numbers(const LayerImpl& layer, std::vector<uint64_t>& out) {
  out.push_back(layer.number());
  const auto inner = children_of(layer);
  out.push_back(inner.size());
  for (const auto& child : inner) append_numbers(*child, out);
}
std::vector<uint64_t> structure_of(const LayerImpl& layer) {
  std::vector<uint64_t> out;
  append_numbers(layer, out);
  return out;
}

bool ModelImpl::build_if_possible() {
  if (ready_ || input_shapes().is_none()) return ready_;
  ensure_built({});
  return ready_;
}

DType ModelImpl::input_dtype() const {
  const auto inside = children();
  const auto* in = inside.empty() ? nullptr : dynamic_cast<const InputLayer*>(inside[0].get());
  return in ? in->dtype : DType::f32;
}

Tensor of_rank(const Tensor& x, const Shape& in) {
  if (in.rank() < 1) return x;
  if (x.rank() == in.rank() - 1 && x.rank() > 0 && in.dim(-1) == 1) return ops::expand_dims(x, -1);
  if (x.rank() == in.rank() + 1 && x.shape().dim(-1) == 1 && in.dim(-1) != 1) return ops::squeeze(x, -1);
  return x;
}
Tree<Tensor> ModelImpl::arranged(const Tree<Tensor>& x) const {
  if (!input_declared() || !x.is_leaf()) return x;
  return of_rank(x.leaf(), input_shape());
}
static const InputLayer* input_of(const std::vector<Layer>& layers);
/// It has one input, whatever that is given in; by name, if it is given by name.
Tree<Tensor> SequentialImpl::arranged(const Tree<Tensor>& x) const {
  const InputLayer* in = input_declared() ? input_of(layers_) : nullptr;
  if (x.is_fields() && in) {
    const Tree<Tensor>* found = x.find(in->name);
    if (!found || !found->is_leaf())
      throw CallError(text("Sequential '{}'", name),
                      text("expected one input, '{}', got those named {}", in->name, Arg(x.names()).text), {}, where);
    return of_rank(found->leaf(), in->config.batch_shape);
  }
  if (x.leaf_count() != 1) return x;
  return in ? of_rank(x.only(), in->config.batch_shape) : x.only();
}

void ModelImpl::must_not_train(const char* what) const {
  if (fits)
    throw CallError(text("{} '{}'", class_name(), name),
                    text("cannot {} while it is trained; do that before fit, or after it", what), {}, where);
}

static void append_weights(const LayerImpl& layer, bool only_trainable, std::set<const Cell*>& seen,
                           std::vector<Weight>& out) {
  if (only_trainable && !layer.trainable) return;
  for (const Weight& w : layer.own_weights())
    if ((!only_trainable || w.variable.trainable()) && seen.insert(w.variable.cell().get()).second) out.push_back(w);
  for (const auto& child : children_of(layer)) append_weights(*child, only_trainable, seen, out);
}
std::vector<Weight> weights_of(const LayerImpl& layer, bool only_trainable) {
  std::vector<Weight> out;
  std::set<const Cell*> seen;
  append_weights(layer, only_trainable, seen, out);
  return out;
}
std::vector<Weight> ModelImpl::all_weights() const { return weights_of(*this, false); }
std::vector<Weight> ModelImpl::trainable_params() const { return weights_of(*this, true); }

// ---- Sequential

Tree<Tensor> SequentialImpl::call_inputs(const Tree<Tensor>& x, const CallContext& context) {
  if (layers_.empty())
    throw ConfigError(text("Sequential '{}'", name), "has no layers; add some before it is called", {}, where);
  Tree<Tensor> y = arranged(x.is_leaf() && context.mask.defined() ? x.leaf().with_mask(context.mask) : x);
  for (const Layer& layer : layers_) y = layer->apply(y, {context.training});
  return y;
}
std::vector<std::shared_ptr<LayerImpl>> SequentialImpl::children() const {
  std::vector<std::shared_ptr<LayerImpl>> out;
  for (const Layer& layer : layers_) out.push_back(layer.impl());
  return out;
}
std::shared_ptr<LayerImpl> SequentialImpl::unbuilt_copy() const {
  auto out = std::make_shared<SequentialImpl>();
  out->name = name;
  for (const Layer& layer : layers_) {
    // What is built already may be asked as it is; an Input has no weights.
    const bool as_it_is = layer->built() || dynamic_cast<const InputLayer*>(layer.impl().get());
    const std::shared_ptr<LayerImpl> copy = as_it_is ? layer.impl() : layer->unbuilt_copy();
    if (!copy) return nullptr;
    out->add(Layer(copy));
  }
  return out;
}
static const InputLayer* input_of(const std::vector<Layer>& layers) {
  return layers.empty() ? nullptr : dynamic_cast<const InputLayer*>(layers[0].impl().get());
}
/// Files say what the input is, also where only data did, as Keras' do.
void SequentialImpl::build(const Shape& batch) {
  if (layers_.empty() || input_of(layers_) || batch.rank() == 0) return;
  input_from_data_ = true;
  layers_.insert(layers_.begin(), Input(batch.slice(1), layers_[0]->dtype));
}
Tree<Shape> SequentialImpl::input_shapes() const {
  if (const InputLayer* in = input_of(layers_)) return in->config.batch_shape;
  return build_shapes();
}
bool SequentialImpl::input_declared() const { return input_of(layers_) && !input_from_data_; }
std::vector<Layer> SequentialImpl::layers() const {
  return {layers_.begin() + (input_of(layers_) ? 1 : 0), layers_.end()};
}

static bool contains(const LayerImpl& whole, const LayerImpl& part) {
  const auto children = children_of(whole);
  return &whole == &part ||
         std::any_of(children.begin(), children.end(), [&](const auto& child) { return contains(*child, part); });
}

void SequentialImpl::add(const Layer& layer) {
  if (!layer) throw CallError(text("Sequential '{}'", name), "cannot add an empty layer handle", {}, where);
  if (contains(*layer, *this)) throw CallError(text("Sequential '{}'", name), "cannot be a layer of itself", {}, where);
  if (dynamic_cast<const InputLayer*>(layer.impl().get()) && !layers_.empty()) {
    const InputLayer* in = input_of(layers_);
    throw ConfigError(
        text("Sequential '{}'", name),
        in ? text("has already been configured to use an input of shape {}; Input must be the first layer",
                  in->config.batch_shape)
           : "Input must be the first layer",
        {}, where);
  }
  for (const Layer& known : layers_)
    if (known->name == layer->name && known.impl() != layer.impl())
      throw ConfigError(text("Sequential '{}'", name),
                        text("its layers should have unique names, got '{}' twice", layer->name), {}, where);
  changed();
  if (layers_.empty() && is_floating(layer->dtype)) dtype = layer->dtype;  // the model's inputs are the first layer's
  layers_.push_back(layer);
}
void SequentialImpl::build_if_known() {
  if (!input_of(layers_)) return;
  try {
    ensure_built({});
  } catch (const TraceError&) {}  // its layers look at values, which the first call has
}

void SequentialImpl::pop() {
  if (layers().empty()) throw CallError(text("Sequential '{}'", name), "has no layer to remove", {}, where);
  changed();
  layers_.pop_back();
}
/// The next use builds what is new; steps of before are dropped.
void SequentialImpl::changed() {
  const std::lock_guard lock(busy);
  must_not_train("change its layers");
  ready_ = false;
  trainer.reset();
  structure_changed();
}

// ---- handles

static std::shared_ptr<SequentialImpl> new_sequential(const std::string& name, CallSite at) {
  auto impl = std::make_shared<SequentialImpl>();
  impl->name = layer_name(name.empty() ? std::optional<std::string>() : name, "Sequential");
  impl->where = to_string(at);
  return impl;
}
Sequential::Sequential(std::initializer_list<Layer> layers, const Text& name, CallSite at)
    : Sequential(std::vector<Layer>(layers), name, at) {}
Sequential::Sequential(const std::vector<Layer>& layers, const Text& name, CallSite at)
    : Model(new_sequential(name, at)) {
  auto& impl = static_cast<SequentialImpl&>(model());
  for (const Layer& layer : layers) impl.add(layer);
  impl.build_if_known();
}
void Sequential::add(const Layer& layer) {
  auto& impl = static_cast<SequentialImpl&>(model());
  impl.add(layer);
  try {
    impl.build_if_known();
  } catch (...) {
    impl.pop();  // it does not fit
    throw;
  }
}
void Sequential::pop() {
  auto& impl = static_cast<SequentialImpl&>(model());
  impl.pop();
  impl.build_if_known();
}

Model::Model(std::shared_ptr<ModelImpl> impl) : Layer(std::shared_ptr<LayerImpl>(std::move(impl))) {}
ModelImpl& Model::model() const {
  if (!impl_) throw CallError("Model", "the handle is empty");
  return static_cast<ModelImpl&>(*impl_);
}
void Model::build(const Shape& sample_shape) {
  model().ensure_built(TypeShape{DType::f32, Shape{-1}.append(sample_shape)});
}
std::vector<Layer> Model::layers() const { return model().layers(); }
Layer Model::get_layer(const Text& name) const {
  std::vector<std::string> known;
  for (const Layer& layer : layers()) {
    if (layer->name == name) return layer;
    known.push_back(layer->name);
  }
  throw CallError(text("{} '{}'", impl_->class_name(), impl_->name), text("has no layer '{}'", name),
                  {{"layers", Arg(known).text}});
}
std::vector<Variable> variables_of(const std::vector<Weight>& weights) {
  std::vector<Variable> out;
  for (const Weight& w : weights) out.push_back(w.variable);
  return out;
}
std::vector<Variable> Model::weights() const { return variables_of(model().all_weights()); }
std::vector<Variable> Model::trainable_weights() const { return variables_of(model().trainable_params()); }
std::vector<Variable> Model::non_trainable_weights() const {
  std::set<Cell*> trainable;
  for (const Weight& w : model().trainable_params()) trainable.insert(w.variable.cell().get());
  std::vector<Variable> out;
  for (const Variable& v : weights())
    if (!trainable.count(v.cell().get())) out.push_back(v);
  return out;
}
std::vector<Tensor> Model::get_weights() const {
  const std::shared_lock lock(model().busy);
  std::vector<Tensor> out;
  for (const Variable& v : weights()) out.push_back(v.numpy());
  return out;
}
void Model::set_weights(const std::vector<Tensor>& values) {
  std::vector<Variable> mine = weights();
  if (mine.size() != values.size())
    throw CallError(text("{} '{}'", impl_->class_name(), impl_->name),
                    text("expected {} arrays, one for each weight, got {}", mine.size(), values.size()));
  for (size_t i = 0; i < mine.size(); ++i)
    if (mine[i].shape() != values[i].shape())
      throw ShapeError(
          text("{} '{}'", impl_->class_name(), impl_->name),
          text("weight '{}' must have shape {}, got {}", mine[i].path(), mine[i].shape(), values[i].shape()));
  const std::lock_guard lock(model().busy);
  for (size_t i = 0; i < mine.size(); ++i) mine[i].assign(values[i].to(mine[i].dtype()));
}
int64_t Model::count_params() const {
  if (!model().ready())
    throw CallError(text("{} '{}'", impl_->class_name(), impl_->name),
                    "has no weights to count yet; start it with Input, or call build", {}, impl_->where);
  int64_t n = 0;
  for (const Variable& v : weights()) n += v.shape().size();
  return n;
}
Optimizer Model::optimizer() const { return model().compiled ? model().compiled->optimizer : Optimizer(); }
bool Model::stop_training() const { return model().stop_training; }
void Model::set_stop_training(bool stop) { model().stop_training = stop; }
void Model::set_stop_evaluating(bool stop) { model().stop_evaluating = stop; }
void Model::set_stop_predicting(bool stop) { model().stop_predicting = stop; }

}  // namespace cornu
