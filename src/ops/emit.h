// emit: the only fork between recording an operation and running it.
#pragma once
#include <cornu/variable.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/unknown_size.h"
#include "graph/graph.h"

namespace cornu {

/// What a trace does with an operation: note it, or run it at once too, so that every tensor has its value and
/// gradients can be taken of code that looks at values. The trace of a body, code that a node of the trace around it
/// holds, notes too; what it takes from outside becomes inputs of the body.
enum class TraceMode { record, record_and_run, body };

/// What the trace of a body gives.
struct TracedBody {
  Graph graph;       ///< Outputs: those of `finish_body`, new values of `assigned`, `escaped` values.
  Tensors captured;  ///< What inputs stand for in the trace around it, after those that were asked for.
  std::vector<std::pair<std::shared_ptr<Cell>, size_t>> read;  ///< Which of the captured are variables before it runs.
  std::vector<std::shared_ptr<Cell>> assigned;                 ///< Each of them is among the read ones.
  std::vector<std::function<void(const Tensor&)>> escaped;
};

/// A graph under construction on this thread.
class Trace {
 public:
  explicit Trace(TraceMode mode = TraceMode::record);
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  Tensor input(DType dtype, const Shape& shape);
  /// The value in this trace's graph; concrete tensors become constants.
  ValueId value_of(const Tensor& t);
  Tensor wrap(ValueId v);
  Tensor read(const std::shared_ptr<Cell>& cell);        ///< Its last assigned value.
  Tensor read_entry(const std::shared_ptr<Cell>& cell);  ///< Its value at entry, whatever was assigned since.
  void assign(const std::shared_ptr<Cell>& cell, const Tensor& value);
  /// What a part of the trace assigned: values by variable.
  using Effects = std::vector<std::pair<std::shared_ptr<Cell>, ValueId>>;
  /// All that was assigned so far.
  Effects effects() const;
  /// Traces `f`, and takes back what it assigned.
  void without_effects(const std::function<void()>& f);
  /// Hands a value on to `receive` in the outermost trace, as the penalty of a layer: from the body of a branch that is
  /// not chosen 0 comes, from that of a loop the sum over its steps.
  void escape(const Tensor& x, std::function<void(const Tensor&)> receive);
  Tensor emit(const OpDef& op, const Tensors& in, const Attrs& attrs);
  /// All results of a node; in a trace that runs operations too, they are given.
  Tensors emit_all(const OpDef& op, const Tensors& in, const Attrs& attrs, const Tensors& values = {});
  /// A node as another graph has it, see Builder::repeat. Its first result; in a trace that does not run what it
  /// records.
  ValueId repeat(const Graph& from, const Node& n, std::vector<ValueId> in, uint32_t scope) {
    return builder_.repeat(from, n, std::move(in), scope);
  }
  uint32_t scope_index(const std::string& path) { return builder_.scope(path); }
  ValueId entry_of(const std::shared_ptr<Cell>& cell);  ///< As read_entry.
  /// Gradients with respect to a concrete tensor are possible from here on.
  void watch(const Tensor& t);
  /// Stops recording for a while, and goes on.
  void pause();
  void go_on();
  bool runs() const { return mode_ == TraceMode::record_and_run; }
  /// The trace around a body; null for any other.
  Trace* around() const { return mode_ == TraceMode::body ? outer_ : nullptr; }
  /// Whether a tensor is a value of this trace.
  bool has(const Tensor& t) const;
  /// What a value stands for outside, if it is something that the body takes from there; else undefined.
  Tensor outside(ValueId v) const;
  /// The size of an axis as a number, for code that cannot do without. Of one that the trace does not know it gives
  /// kStandIn and notes that what is traced is of no use: see record().
  int64_t size(const Tensor& t, int axis);
  bool asked_sizes() const { return asked_sizes_; }
  static constexpr int64_t kStandIn = 83;
  /// Ends recording: adds the assign nodes and the outputs.
  Graph finish(const Tensors& outputs);
  TracedBody finish_body(const Tensors& outputs);

  Graph graph;
  std::vector<std::string> scope_path;

 private:
  std::string scope_text() const;
  ValueId capture(const Tensor& outside);
  Tensor keep(ValueId v, const Tensor& value);
  Builder builder_;
  uint64_t id_;
  Trace* outer_;
  TraceMode mode_;
  bool asked_sizes_ = false;
  std::vector<Tensor> values_;  ///< By value, if operations run.
  TracedBody body_;
  std::vector<ValueId> escaping_;
  std::map<std::pair<uint64_t, ValueId>, ValueId> captured_;  ///< By trace and value there.
  std::map<const TensorImpl*, std::pair<ValueId, std::shared_ptr<TensorImpl>>> constants_;
  std::vector<std::pair<ValueId, std::shared_ptr<TensorImpl>>> watched_;
  std::map<double, ValueId> scalars_[kDTypeCount];
  std::map<std::shared_ptr<Cell>, ValueId> current_, entry_;
  std::vector<std::shared_ptr<Cell>> assigned_;  // in order of first assignment
  std::unordered_set<const Cell*> is_assigned_;
};

/// A graph, and whether it holds for one number of rows only.
struct Recording {
  Graph graph;
  bool fixed = false;
};
/// Traces f(trace, rows) with an unknown number of rows, -1; where that asks for the number, once more with `rows`.
template <class F>
Recording record(int64_t rows, F f) {
  const auto once = [&](int64_t n) {
    Recording out{{}, n >= 0};
    Trace trace;
    const uint64_t before = unknown_sizes_asked();
    bool again = false;
    try {
      const Tensors outputs = f(trace, n);
      again = trace.asked_sizes();
      if (!again) out.graph = trace.finish(outputs);
    } catch (...) {
      again = n < 0 && (trace.asked_sizes() || unknown_sizes_asked() != before);
      if (!again) throw;
    }
    return std::pair(std::move(out), again);
  };
  auto [recording, asked] = once(-1);
  return asked ? once(rows).first : std::move(recording);
}

/// Adds x to a variable that many steps add to. In float32 what the addition rounds off is kept and added the next time
/// (Kahan, 1965), so that counts stay exact beyond 2^24 and sums do not drift.
void accumulate(const Variable& into, const Tensor& x);

/// While it lives, floating variables read on this thread as the given type, and what is assigned to them is brought to
/// theirs: the `call` of a layer that computes in another type than it keeps. Nothing: they read as they are.
class AutocastTo {
 public:
  explicit AutocastTo(std::optional<DType> dtype);
  ~AutocastTo();
  AutocastTo(const AutocastTo&) = delete;
  AutocastTo& operator=(const AutocastTo&) = delete;

 private:
  std::optional<DType> outer_;
};

/// The innermost trace of this thread, or nullptr.
Trace* current_trace();

/// Runs operations at once during its lifetime, even while a function is traced.
class NoTrace {
 public:
  NoTrace();
  ~NoTrace();
  NoTrace(const NoTrace&) = delete;
  NoTrace& operator=(const NoTrace&) = delete;

 private:
  Trace* saved_;
};

/// Names the nodes recorded during its lifetime after a layer.
class ScopeName {
 public:
  explicit ScopeName(const std::string& name);
  ~ScopeName();
  ScopeName(const ScopeName&) = delete;
  ScopeName& operator=(const ScopeName&) = delete;

 private:
  Trace* trace_;
};

/// Records the op if a trace is active, else runs it at once.
Tensor emit(const OpDef& op, const Tensors& in, const Attrs& attrs = {});

/// Runs one op on concrete tensors. Defined by runtime/eager.cpp: the one call from ops up into the runtime.
Tensor run_eagerly(const OpDef& op, const Tensors& in, const Attrs& attrs);

/// Notes one op on symbolic tensors of a functional model. Defined by nn/call_record.cpp, as those models are.
Tensor note_operation(const OpDef& op, const Tensors& in, const Attrs& attrs);

const OpRegistry& op_registry();
/// The row of that name; it must exist.
const OpDef& op_row(std::string_view name);

}  // namespace cornu
