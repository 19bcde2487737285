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

ValueId Trace::value_of(const Tensor& t) {
  const ValueId v = value_outside(t);
  return branches_.empty() ? v : inside_branches(v);
}

/// Within a branch, a value from before it is an alias without gradient where the other branch counts. Constants have
/// none anyway, and values of the branch need none.
ValueId Trace::inside_branches(ValueId v) {
  if (!is_floating(graph.types[v].dtype) || graph.producer(v).is("constant")) return v;
  const ValueId given = v;
  const bool state = graph.producer(v).is("read");  // a variable's value at entry, whenever it was first asked for
  for (Branch& b : branches_) {
    if (given >= b.first && !state) continue;
    const auto known = b.inside.find(v);
    if (known != b.inside.end()) {
      v = known->second;
      continue;
    }
    const ValueId still = builder_.add(op_row("stop_gradient"), {v});
    const ValueId alias = builder_.add(op_row("select"), {b.chosen, b.side ? v : still, b.side ? still : v});
    if (runs()) keep(still, values_[v]), keep(alias, values_[v]);
    v = b.inside[v] = alias;
  }
  return v;
}

ValueId Trace::value_outside(const Tensor& t) {
  if (!t.defined()) throw CallError(scope_text(), "an operand holds no value");
  const TensorImpl& impl = *t.impl();
  if (impl.trace == id_) return impl.value;
  const auto found = constants_.find(&impl);
  if (found != constants_.end()) return found->second.first;
  const auto constant = [&] {
    const ValueId v = builder_.constant(t);
    if (mode_ == TraceMode::record_and_run) keep(v, t);
    return v;
  };
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
  const ValueId v = constant();
  constants_[&impl] = {v, t.impl()};
  return v;
}

Tensor Trace::read(const std::shared_ptr<Cell>& cell) {
  const auto found = current_.find(cell);
  if (found != current_.end()) return wrap(found->second);
  return read_entry(cell);
}

Tensor Trace::read_entry(const std::shared_ptr<Cell>& cell) {
  const auto found = entry_.find(cell);
  if (found != entry_.end()) return wrap(found->second);
  const ValueId v = builder_.read(cell);
  if (mode_ == TraceMode::record_and_run) keep(v, cell->value.clone());
  entry_[cell] = v;
  current_.try_emplace(cell, v);
  return wrap(v);
}

void Trace::assign(const std::shared_ptr<Cell>& cell, const Tensor& value) {
  const ValueId v = value_of(value);
  if (runs()) read_entry(cell);  // its value of before, while it is there
  current_[cell] = v;
  if (is_assigned_.insert(cell.get()).second) assigned_.push_back(cell);
}

Trace::Effects Trace::branch(const std::function<void()>& f) {
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
  Effects out;
  try {
    f();
    for (const auto& cell : assigned_) {
      const auto before = current.find(cell);
      if (before == current.end() || before->second != current_[cell]) out.emplace_back(cell, current_[cell]);
    }
  } catch (...) {
    take_back();
    throw;
  }
  take_back();
  return out;
}

Trace::Effects Trace::branch(const Tensor& chosen, bool side, const std::function<void()>& f) {
  return branch([&] {
    branches_.push_back({value_of(chosen), side, static_cast<ValueId>(graph.types.size())});
    try {
      f();
    } catch (...) {
      branches_.pop_back();
      throw;
    }
    branches_.pop_back();
  });
}

Tensor Trace::where_reached(const Tensor& x) {
  Tensor out = x;
  for (size_t i = branches_.size(); i-- > 0;) {
    const Tensor zero = ops::zeros_like(out), chosen = wrap(branches_[i].chosen);
    out = branches_[i].side ? ops::where(chosen, out, zero) : ops::where(chosen, zero, out);
  }
  return out;
}

void Trace::merge(const Tensor& chosen, const Effects& if_true, const Effects& if_false) {
  const auto find = [](const Effects& in, const std::shared_ptr<Cell>& cell) {
    return std::find_if(in.begin(), in.end(), [&](const auto& e) { return e.first == cell; });
  };
  const auto value = [&](const Effects& in, const std::shared_ptr<Cell>& cell) {
    const auto found = find(in, cell);
    return found == in.end() ? read(cell) : wrap(found->second);
  };
  std::vector<std::shared_ptr<Cell>> cells;
  for (const auto& [cell, v] : if_true) cells.push_back(cell);
  for (const auto& [cell, v] : if_false)
    if (find(if_true, cell) == if_true.end()) cells.push_back(cell);
  for (const auto& cell : cells) assign(cell, ops::where(chosen, value(if_true, cell), value(if_false, cell)));
}

int64_t Trace::size(const Tensor& t, int axis) {
  const int64_t n = t.shape().dim(axis);
  if (n >= 0) return n;
  for (Trace* each = this; each; each = each->outer_) each->asked_sizes_ = true;
  return kStandIn;
}

std::string Trace::scope_text() const {
  std::string path;
  for (const std::string& s : scope_path) path += (path.empty() ? "" : "/") + s;
  return path;
}

Tensor Trace::emit(const OpDef& op, const Tensors& in, const Attrs& attrs) {
  std::vector<ValueId> values;
  values.reserve(in.size());
  for (const Tensor& t : in) values.push_back(value_of(t));
  const ValueId v = builder_.add(op, values, attrs, builder_.scope(scope_text()));
  if (mode_ == TraceMode::record) return wrap(v);
  Tensors now;
  for (ValueId x : values) now.push_back(values_[x]);
  return keep(v, run_eagerly(op, now, attrs));
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
