// What is traced: gradients, branches, and blocks without effect.
#include "autodiff/gradient.h"
#include "bind.h"
#include "ops/emit.h"
#include "tensor/cell.h"

namespace cornu::python {
namespace {

/// tf.GradientTape's engine: a trace that runs what it records.
struct Tape {
  std::unique_ptr<Trace> trace;
  bool inside = false;

  void enter() {
    if (trace)
      trace->go_on();
    else
      trace = std::make_unique<Trace>(TraceMode::record_and_run);
    inside = true;
  }
  void leave() {
    trace->pause();
    inside = false;
  }
  std::vector<Tensor> gradient(const Tensor& target, const std::vector<nb::handle>& sources) {
    if (!trace) throw CallError("GradientTape", "has recorded nothing; compute the target inside its block");
    const bool was_inside = inside;
    if (!was_inside) enter();
    try {
      std::vector<Tensor> wrt;
      for (nb::handle s : sources)
        wrt.push_back(nb::isinstance<Cell>(s) ? trace->read_entry(nb::cast<std::shared_ptr<Cell>>(s)) : to_tensor(s));
      std::vector<Tensor> out = gradients(target.rank() ? ops::sum(target) : target, wrt);
      for (Tensor& g : out) g = g.clone();
      if (!was_inside) leave();
      return out;
    } catch (...) {
      if (!was_inside) leave();
      throw;
    }
  }
};

/// A block that assigns to no variable: what it would assign is kept, and variables have their values of before again
/// at its end.
struct Stateless {
  using Values = std::vector<std::pair<std::shared_ptr<Cell>, Tensor>>;
  std::unique_ptr<Trace> trace;
  Values values;

  void enter(const Values& given) {
    if (current_trace()) throw CallError("StatelessScope", "cannot be opened in code that is traced");
    trace = std::make_unique<Trace>(TraceMode::record_and_run);
    for (const auto& [cell, value] : given) Variable(cell).assign(value);
  }
  void leave() {
    Values before;
    for (const auto& [cell, value] : trace->effects()) {
      values.emplace_back(cell, trace->wrap(value).clone());
      before.emplace_back(cell, trace->read_entry(cell).clone());
    }
    trace.reset();
    for (const auto& [cell, value] : before) Variable(cell).assign(value);
  }
  nb::object value_of(const std::shared_ptr<Cell>& cell) const {
    if (trace) return nb::cast(trace->read(cell));
    for (const auto& [known, value] : values)
      if (known == cell) return nb::cast(value);
    return nb::none();
  }
};

Trace& traced(const char* who) {
  if (Trace* t = current_trace()) return *t;
  throw CallError(who, "work on what is traced: within train_step, or of a function by cornu.grad");
}

}  // namespace

void bind_traces(nb::module_& m) {
  nb::class_<Stateless>(m, "Stateless")
      .def(nb::init<>())
      .def("enter",
           [](Stateless& s, nb::list given) {
             Stateless::Values values;
             for (nb::handle pair : given) {
               const auto cell = nb::cast<std::shared_ptr<Cell>>(pair[0]);
               values.emplace_back(cell, to_tensor(pair[1], cell->value.dtype()));
             }
             s.enter(values);
           })
      .def("leave", &Stateless::leave)
      .def("value_of", &Stateless::value_of, "The last value that a variable was given there; None without one.");
  nb::class_<Tape>(m, "Tape")
      .def(nb::init<>())
      .def("enter", &Tape::enter)
      .def("leave", &Tape::leave)
      .def("watch", [](Tape& t, nb::handle x) { t.trace->watch(to_tensor(x)); })
      .def("gradient", [](Tape& t, nb::handle target, nb::list sources) {
        std::vector<nb::handle> wrt(sources.begin(), sources.end());
        return t.gradient(to_tensor(target), wrt);
      });
  m.def(
      "tracing", [] { return current_trace() != nullptr; },
      "True while operations of this thread are recorded rather than run.");
  m.def(
      "gradients",
      [](nb::handle loss, nb::handle sources) {
        traced("gradients");
        std::vector<Tensor> wrt;
        for (nb::handle s : sources) wrt.push_back(to_tensor(s));
        return from_argument(gradients(to_tensor(loss), wrt));
      },
      "Of a traced scalar with respect to tensors or variables of the same trace.");
  m.def(
      "value_and_grad",
      [](nb::object f) {
        return ops::value_and_grad([f](const std::vector<Tensor>& in) -> std::vector<Tensor> {
          const nb::gil_scoped_acquire gil;
          nb::object out = f(*nb::cast<nb::tuple>(from_argument(in)));
          return {to_tensor(out)};
        });
      },
      "Of a function of tensors that gives a scalar: (gradient of each argument ..., value).");
}

}  // namespace cornu::python
