// Recording of operations, and variables as a trace sees them.
#include "ops/emit.h"

#include <cornu/ops.h>

#include <algorithm>
#include <atomic>

#include "tensor/storage.h"

namespace cornu {

static thread_local Trace* t_trace = nullptr;
static std::atomic<uint64_t> g_next_trace{1};

Trace* current_trace() { return t_trace; }

Trace::Trace(TraceMode mode) : builder_(graph), id_(g_next_trace++), outer_(t_trace), mode_(mode) { t_trace = this; }
Trace::~Trace() {
  if (t_trace == this) t_trace = outer_;
}
void Trace::pause() { t_trace = outer_; }
void Trace::go_on() {
  outer_ = t_trace;
  t_trace = this;
}

/// Notes what a value is, as a tensor that knows its place in the graph.
Tensor Trace::keep(ValueId v, const Tensor& value) {
  auto impl = std::make_shared<TensorImpl>(*value.impl());
  impl->trace = id_;
  impl->value = v;
  if (values_.size() <= v) values_.resize(v + 1);
  return values_[v] = Tensor(impl);
}

void Trace::watch(const Tensor& t) {
  if (t.impl()->trace == id_) return;
  const ValueId v = builder_.constant(t);
  keep(v, t);
  constants_[t.impl().get()] = {v, t.impl()};
  watched_.emplace_back(v, t.impl());
}

Tensor Trace::wrap(ValueId v) {
  if (mode_ == TraceMode::record_and_run) return values_[v];
  auto impl = std::make_shared<TensorImpl>();
  impl->dtype = graph.types[v].dtype;
  impl->shape = graph.types[v].shape;
  impl->trace = id_;
  impl->value = v;
  return Tensor(impl);
}

Tensor Trace::input(DType dtype, const Shape& shape) { return wrap(builder_.input({dtype, shape})); }

/// An input of the body for what it takes from outside.
ValueId Trace::capture(const Tensor& outside) {
  const ValueId v = builder_.input({outside.dtype(), outside.shape()});
  body_.captured.push_back(outside);
  return v;
}

bool Trace::has(const Tensor& t) const { return t.impl()->trace == id_; }

Tensor Trace::outside(ValueId v) const {
  const Node& n = graph.producer(v);
  if (!n.is("input")) return Tensor();
  const int64_t asked = static_cast<int64_t>(graph.inputs.size() - body_.captured.size());
  const int64_t at = state_index(n) - asked;
  return at < 0 ? Tensor() : body_.captured[static_cast<size_t>(at)];
}

ValueId Trace::value_of(const Tensor& t) {
  if (!t.defined()) throw CallError(scope_text(), "an operand holds no value");
  const TensorImpl& impl = *t.impl();
  if (impl.trace == id_) return impl.value;
  const auto found = constants_.find(&impl);
  if (found != constants_.end()) return found->second.first;
  for (const auto& [v, watched] : watched_)  // another handle of it, as one with a mask
    if (impl.storage && impl.storage == watched->storage && impl.offset == watched->offset &&
        impl.shape == watched->shape && impl.dtype == watched->dtype)
      return v;
  const auto constant = [&] {
    const ValueId v = builder_.constant(t);
    if (mode_ == TraceMode::record_and_run) keep(v, t);
    return v;
  };
  if (!impl.storage && mode_ == TraceMode::body)
    for (const Trace* around = outer_; around; around = around->outer_)
      if (around->id_ == impl.trace) {
        const auto [at, is_new] = captured_.try_emplace({impl.trace, impl.value});
        if (is_new) at->second = capture(t);
        return at->second;
      }
  if (!impl.storage)
    throw TraceError(scope_text(), "an operand belongs to another traced function",
                     {{"operand", text("{} {}", impl.shape, impl.dtype)}});
  if (impl.shape.rank() == 0) {
    auto& known = scalars_[static_cast<size_t>(impl.dtype)];
    const double x = t.item();
    if (x == x && x != 0) {  // NaN and the two zeros do not compare as their bits do
      const auto found = known.find(x);
      if (found != known.end()) return found->second;
      return known[x] = constant();
    }
  }
  // Numbers belong to a body, arrays to the trace around it, where those of several bodies are one.
  const ValueId v = mode_ == TraceMode::body && t.size() > 1 ? capture(t) : constant();
  constants_[&impl] = {v, t.impl()};
  return v;
}

Tensor Trace::read(const std::shared_ptr<Cell>& cell) {
  const auto found = current_.find(cell);
  if (found != current_.end()) return wrap(found->second);
  return read_entry(cell);
}

Tensor Trace::read_entry(const std::shared_ptr<Cell>& cell) { return wrap(entry_of(cell)); }
ValueId Trace::entry_of(const std::shared_ptr<Cell>& cell) {
  const auto found = entry_.find(cell);
  if (found != entry_.end()) return found->second;
  if (mode_ == TraceMode::body) body_.read.emplace_back(cell, body_.captured.size());
  const ValueId v = mode_ == TraceMode::body ? capture(outer_->read(cell)) : builder_.read(cell);
  if (mode_ == TraceMode::record_and_run) keep(v, cell->value.clone());
  entry_[cell] = v;
  current_.try_emplace(cell, v);
  return v;
}

void Trace::assign(const std::shared_ptr<Cell>& cell, const Tensor& value) {
  const ValueId v = value_of(value);
  if (mode_ != TraceMode::record) read_entry(cell);  // its value of before, while it is there
  current_[cell] = v;
  if (is_assigned_.insert(cell.get()).second) assigned_.push_back(cell);
}

Trace::Effects Trace::effects() const {
  Effects out;
  for (const auto& cell : assigned_) out.emplace_back(cell, current_.at(cell));
  return out;
}

void Trace::without_effects(const std::function<void()>& f) {
  const auto current = current_;
  const auto assigned = assigned_;
  const auto take_back = [&] {
    if (runs())
      for (const auto& cell : assigned_) {
        const auto before = current.find(cell);
        const Tensor& value = values_[before == current.end() ? entry_.at(cell) : before->second];
        std::copy_n(static_cast<const char*>(value.raw()), static_cast<size_t>(value.size()) * size_of(value.dtype()),
                    static_cast<char*>(cell->value.raw()));
        ++cell->version;
      }
    current_ = current;
    assigned_ = assigned;
    is_assigned_.clear();
    for (const auto& cell : assigned_) is_assigned_.insert(cell.get());
  };
  try {
    f();
  } catch (...) {
    take_back();
    throw;
  }
  take_back();
}

void Trace::escape(const Tensor& x, std::function<void(const Tensor&)> receive) {
  if (mode_ != TraceMode::body) return receive(x);
  escaping_.push_back(value_of(x));
  body_.escaped.push_back(std::move(receive));
}

int64_t Trace::size(const Tensor& t, int axis) {
  const int64_t n = t.shape().dim(axis);
  if (n >= 0) return n;
  for (Trace* each = this; each; each = each->outer_) each->asked_sizes_ = true;
  return kStandIn;
}

std::string Trace::scope_text() const {
  if (scope_path.size() == 1) return scope_path[0];
  std::string path;
  for (const std::string& s : scope_path) path += (path.empty() ? "" : "/") + s;
  return path;
}

Tensor Trace::emit(const OpDef& op, const Tensors& in, const Attrs& attrs) {
  std::vector<ValueId> values;
  values.reserve(in.size());
  for (const Tensor& t : in) values.push_back(value_of(t));
  const ValueId v = builder_.add(op, values, attrs, builder_.scope(scope_text()));
  if (!runs()) return wrap(v);
  Tensors now;
  for (ValueId x : values) now.push_back(values_[x]);
  return keep(v, run_eagerly(op, now, attrs));
}

Tensors Trace::emit_all(const OpDef& op, const Tensors& in, const Attrs& attrs, const Tensors& values) {
  std::vector<ValueId> operands;
  for (const Tensor& t : in) operands.push_back(value_of(t));
  const ValueId v = builder_.add(op, operands, attrs, builder_.scope(scope_text()));
  Tensors out;
  for (uint32_t i = 0; i < graph.producer(v).n_out; ++i)
    out.push_back(runs() ? keep(v + i, values.at(i)) : wrap(v + i));
  return out;
}

TracedBody Trace::finish_body(const Tensors& outputs) {
  for (const Tensor& t : outputs) graph.outputs.push_back(value_of(t));
  for (const auto& cell : assigned_) graph.outputs.push_back(current_[cell]);
  graph.outputs.insert(graph.outputs.end(), escaping_.begin(), escaping_.end());
  body_.assigned = std::move(assigned_);
  body_.graph = std::move(graph);
  return std::move(body_);
}

Graph Trace::finish(const Tensors& outputs) {
  for (const Tensor& t : outputs) graph.outputs.push_back(value_of(t));
  for (const auto& cell : assigned_) builder_.assign(cell, current_[cell]);
  return std::move(graph);
}

NoTrace::NoTrace() : saved_(t_trace) { t_trace = nullptr; }
NoTrace::~NoTrace() { t_trace = saved_; }

ScopeName::ScopeName(const std::string& name) : trace_(t_trace) {
  if (trace_) trace_->scope_path.push_back(name);
}
ScopeName::~ScopeName() {
  if (trace_) trace_->scope_path.pop_back();
}

Tensor emit(const OpDef& op, const Tensors& in, const Attrs& attrs) {
  if (t_trace) return t_trace->emit(op, in, attrs);
  for (const Tensor& x : in)
    if (x.defined() && x.impl()->record) return note_operation(op, in, attrs);
  return run_eagerly(op, in, attrs);
}

// ---- variables

Variable::Variable(Tensor initial, Text name, bool trainable) : cell_(std::make_shared<Cell>()) {
  initial.raw();  // a symbolic value cannot be kept
  const TensorImpl& given = *initial.impl();
  // What nobody else can see is taken as it is: weights of a gigabyte should not exist twice.
  const bool ours = initial.impl().use_count() == 1 && given.storage.use_count() == 1 && !given.storage->owner &&
                    !given.mask && !given.trace && given.offset == 0;
  cell_->value = ours ? std::move(initial) : initial.clone();
  cell_->path = name;
  cell_->name = std::move(name);
  cell_->trainable = trainable;
}

static Cell& need(const std::shared_ptr<Cell>& cell) {
  if (!cell) throw CallError("Variable", "must be created before use, got an empty handle");
  return *cell;
}
const std::string& Variable::name() const { return need(cell_).name; }
const std::string& Variable::path() const { return need(cell_).path; }
void Variable::set_path(Text path) { need(cell_).path = std::move(path); }
bool Variable::trainable() const { return need(cell_).trainable; }
void Variable::set_trainable(bool trainable) {
  need(cell_).trainable = trainable;
  structure_changed();
}
bool Variable::overwrite_with_gradient() const { return need(cell_).overwrite_with_gradient; }
void Variable::set_overwrite_with_gradient(bool overwrite) { need(cell_).overwrite_with_gradient = overwrite; }
void Variable::set_constraint(std::function<Tensor(const Tensor&)> project) {
  need(cell_).constraint = std::move(project);
}
const std::function<Tensor(const Tensor&)>& Variable::constraint() const { return need(cell_).constraint; }
DType Variable::dtype() const { return need(cell_).value.dtype(); }
const Shape& Variable::shape() const { return need(cell_).value.shape(); }
static thread_local std::optional<DType> t_autocast;
AutocastTo::AutocastTo(std::optional<DType> dtype) : outer_(std::exchange(t_autocast, dtype)) {}
AutocastTo::~AutocastTo() { t_autocast = outer_; }
/// The type that a variable reads as; its own but inside an AutocastTo.
static DType read_type(DType own) { return t_autocast && is_floating(own) ? *t_autocast : own; }

Tensor Variable::value() const {
  need(cell_);
  const Tensor own = t_trace ? t_trace->read(cell_) : cell_->value;
  const DType as = read_type(own.dtype());
  return as == own.dtype() ? own : ops::cast(own, as);
}
Tensor Variable::numpy() const { return need(cell_).value.clone(); }

void Variable::assign(const Tensor& given) {
  Cell& cell = need(cell_);
  const bool cast = t_autocast && is_floating(given.dtype()) && is_floating(cell.value.dtype());
  const Tensor value = cast ? ops::cast(given, cell.value.dtype()) : given;
  const bool shape_ok = value.shape().rank() == cell.value.rank() && [&] {
    for (int i = 0; i < value.rank(); ++i)
      if (!compatible(value.shape().dim(i), cell.value.shape().dim(i))) return false;
    return true;
  }();
  if (!shape_ok || value.dtype() != cell.value.dtype())
    throw ShapeError(text("Variable '{}'", cell.path),
                     text("expected a value of shape {} {}, got {} {}", cell.value.shape(), cell.value.dtype(),
                          value.shape(), value.dtype()));
  if (t_trace) t_trace->assign(cell_, value);
  if (cell.rest) Variable(cell.rest).assign(Tensor(cell.value.shape(), cell.value.dtype()));
  if (t_trace && !t_trace->runs()) return;
  const Tensor copy = value.clone();  // `value` may be a view of this variable
  std::copy_n(static_cast<const char*>(copy.raw()), static_cast<size_t>(copy.size()) * size_of(copy.dtype()),
              static_cast<char*>(cell.value.raw()));
  ++cell.version;
}

void accumulate(const Variable& into, const Tensor& x) {
  Cell& cell = *into.cell();
  Variable total(into.cell());
  if (cell.value.dtype() != DType::f32) return total.assign(total.value() + x);
  if (!cell.rest) {
    cell.rest = std::make_shared<Cell>();
    cell.rest->name = "rest";
    cell.rest->path = cell.path + "/rest";
    cell.rest->trainable = false;
    cell.rest->value = Tensor(cell.value.shape());
  }
  Variable rest(cell.rest);
  const Tensor before = total.value(), y = x + rest.value(), sum = before + y, lost = y - (sum - before);
  total.assign(sum);
  rest.assign(ops::where(ops::isfinite(lost), lost, ops::like_scalar(0, lost)));  // infinity stays what it is
}

}  // namespace cornu
