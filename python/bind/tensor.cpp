// Tensor and Variable as Python sees them.
#include "bind.h"
#include "nn/call_record.h"
#include "ops/emit.h"
#include "tensor/cell.h"

namespace cornu::python {

void no_value(const Tensor& t, const char* what) {
  throw TraceError("Tensor",
                   text("{} of a value that is not known while the model is traced ({} {}); use cornu.ops.where or "
                        "cond, run_eagerly=True to look at values",
                        what, t.shape(), t.dtype()));
}

namespace {

std::string tensor_text(const Tensor& t, const char* kind) {
  const std::string shape = text_of(shape_tuple(t.shape()));
  if (t.symbolic()) return text("<{} shape={}, dtype={}>", kind, shape, to_string(t.dtype()));
  const std::string values = text_of(printed_numpy(t));
  return text("<{} shape={}, dtype={}, numpy=\n{}>", kind, shape, to_string(t.dtype()), values);
}

double scalar_of(const Tensor& t, const char* what) {
  if (t.symbolic()) no_value(t, what);
  return t.item();
}

/// The names of the scopes that are open, which come before those of variables.
thread_local std::string t_path;

/// A setter of what cannot be set.
auto immutable(const char* name) {
  return [name](const Tensor&, nb::handle) {
    throw nb::attribute_error(
        text("The `{}` attribute of KerasTensor is immutable. Make a new tensor, or one of this by an operation", name)
            .c_str());
  };
}

/// An operator of two operands by the name of its function; `swapped` for the reflected one.
template <class C>
void def_operator(C& c, const char* python, const char* function, bool swapped = false) {
  const FunctionDef* f = op_functions().find(function);
  c.def(
      python,
      [f, swapped, equal = std::string_view(python) == "__eq__"](nb::handle self, nb::handle other) -> nb::object {
        if (other.is_none()) return nb::borrow(Py_NotImplemented);
        if (equal && in_graph(self) && in_graph(other)) return nb::bool_(same_in_graph(self, other));
        PyObject* args[2] = {swapped ? other.ptr() : self.ptr(), swapped ? self.ptr() : other.ptr()};
        return call_function(*f, args, 2, nullptr);
      },
      nb::is_operator());
}

template <class C>
void def_operators(C& c) {
  struct Row {
    const char *python, *reflected, *function;
  };
  for (const Row& r : {Row{"__add__", "__radd__", "add"}, Row{"__sub__", "__rsub__", "subtract"},
                       Row{"__mul__", "__rmul__", "multiply"}, Row{"__truediv__", "__rtruediv__", "true_divide"},
                       Row{"__floordiv__", "__rfloordiv__", "floor_divide"}, Row{"__mod__", "__rmod__", "mod"},
                       Row{"__pow__", "__rpow__", "power"}, Row{"__matmul__", "__rmatmul__", "matmul"}}) {
    def_operator(c, r.python, r.function);
    def_operator(c, r.reflected, r.function, true);
  }
  for (const Row& r : {Row{"__lt__", "", "less"}, Row{"__le__", "", "less_equal"}, Row{"__gt__", "", "greater"},
                       Row{"__ge__", "", "greater_equal"}, Row{"__eq__", "", "equal"}, Row{"__ne__", "", "not_equal"},
                       Row{"__and__", "", "logical_and"}, Row{"__or__", "", "logical_or"},
                       Row{"__rand__", "", "logical_and"}, Row{"__ror__", "", "logical_or"}})
    def_operator(c, r.python, r.function);
  for (const char* name : {"__xor__", "__rxor__"})
    c.def(
        name,
        [](nb::handle x, nb::handle y) {
          return ops::not_equal(ops::cast(to_tensor(x), DType::boolean), ops::cast(to_tensor(y), DType::boolean));
        },
        nb::is_operator());
  c.def("__pos__", [](nb::handle x) { return to_tensor(x); });
  c.def(
      "__round__",
      [](nb::handle x, nb::handle digits) {
        return ops::round(to_tensor(x), digits.is_none() ? 0 : nb::cast<int>(digits));
      },
      nb::arg("ndigits") = nb::none());
  c.def("__neg__", [](nb::handle x) { return ops::negative(to_tensor(x)); });
  c.def("__abs__", [](nb::handle x) { return ops::abs(to_tensor(x)); });
  c.def("__invert__", [](nb::handle x) { return ops::logical_not(to_tensor(x)); });
  c.def(
      "__getitem__", [](nb::handle x, nb::handle index) { return get_item(to_tensor(x), index); },
      nb::arg("index").none());
  c.def("__len__", [](nb::handle x) {
    const Tensor t = to_tensor(x);
    if (t.rank() == 0) throw nb::type_error("len() of a tensor without axes");
    if (t.shape().dim(0) < 0) no_value(t, "len()");
    return t.shape().dim(0);
  });
  c.def("__iter__", [](nb::handle x) {
    const Tensor t = to_tensor(x);
    if (in_graph(x)) {
      PyErr_SetString(PyExc_NotImplementedError, "Iterating over a symbolic KerasTensor is not supported; index it");
      throw nb::python_error();
    }
    if (t.rank() == 0) throw nb::type_error("iteration over a tensor without axes");
    if (t.shape().dim(0) < 0) no_value(t, "iteration");
    nb::list parts;
    for (int64_t i = 0; i < t.shape().dim(0); ++i) parts.append(get_item(t, nb::int_(i)));
    return nb::iter(parts);
  });
  c.def("__format__", [](nb::handle x, const std::string& spec) {
    const Tensor t = to_tensor(x);
    if (t.symbolic() || t.rank() > 0 || spec.empty()) return text_of(x);
    return text_of(printed_numpy(t).attr("item")().attr("__format__")(spec));
  });
  c.def("__float__", [](nb::handle x) { return scalar_of(to_tensor(x), "float()"); });
  c.def("__int__", [](nb::handle x) { return static_cast<int64_t>(scalar_of(to_tensor(x), "int()")); });
  c.def("__index__", [](nb::handle x) { return static_cast<int64_t>(scalar_of(to_tensor(x), "an index")); });
  c.def("__bool__", [](nb::handle x) {
    if (in_graph(x))
      throw nb::type_error(
          "A symbolic KerasTensor cannot be used as a boolean. It has no value before its model is "
          "called; choose by ops.where or ops.cond");
    return scalar_of(to_tensor(x), "the truth") != 0;
  });
  c.def(
      "__array__",
      [](nb::handle x, nb::handle dtype, nb::handle copy) -> nb::object {
        const Tensor t = to_tensor(x);
        if (in_graph(x))
          throw nb::value_error(
              text("A KerasTensor is symbolic: it doesn't have any actual numerical value, only shape {} and type {}; "
                   "call the model, or a Function of it, on arrays",
                   t.shape(), t.dtype())
                  .c_str());
        if (t.symbolic()) no_value(t, "NumPy's view");
        // What NumPy has no type for may still be asked for in one that it has.
        const bool other = t.dtype() == DType::bf16 && !dtype.is_none() && text_of(dtype) != "bfloat16";
        nb::object out = other ? printed_numpy(t) : to_numpy(t, copy.is_none() || !nb::cast<bool>(copy));
        return dtype.is_none() ? out : out.attr("astype")(dtype);
      },
      nb::arg("dtype") = nb::none(), nb::arg("copy") = nb::none());
  c.def("numpy", [](nb::handle x) {
    const Tensor t = to_tensor(x);
    if (t.symbolic()) no_value(t, "numpy()");
    return to_numpy(t, false);
  });
  for (const char* name : {"item", "tolist"})
    c.def(name, [name](nb::handle x) -> nb::object {
      const Tensor t = to_tensor(x);
      if (t.symbolic()) no_value(t, text("{}()", name).c_str());
      return printed_numpy(t).attr(name)();
    });
  c.def("__dlpack_device__", [](nb::handle) { return nb::make_tuple(1, 0); });
  c.def("__dlpack__", [](nb::handle x, nb::kwargs k) { return to_dlpack(to_tensor(x), k); });
}

}  // namespace

void check_variable_name(nb::handle name) {
  if (name.is_none()) return;
  if (!PyUnicode_Check(name.ptr()))
    throw nb::value_error(("Variable: Argument `name` must be a string, got " + text_of(nb::repr(name))).c_str());
  if (nb::cast<std::string>(name).find('/') != std::string::npos)
    throw nb::value_error(
        ("Variable: Argument `name` must be a string and cannot contain character `/`, got " + text_of(nb::repr(name)))
            .c_str());
}

/// Keeps the Python object that an engine object acts for, and holds weakly, as long as that is in use.
struct Kept {
  std::shared_ptr<Configurable> engine;
  nb::object given;
  void operator()(Configurable*) {
    const nb::gil_scoped_acquire gil;
    given.reset();
    engine.reset();
  }
};

using PartOfCell = std::shared_ptr<Configurable> Cell::*;

/// The constraint or regularizer of a variable as it was given; one that a layer gave it as its Python object.
nb::object part_of(nb::handle self, const char* what, PartOfCell part) {
  const std::shared_ptr<Configurable> held = (*nb::cast<std::shared_ptr<Cell>>(self)).*part;
  if (!held) return nb::none();
  if (const Kept* own = std::get_deleter<Kept>(held)) return own->given;
  return nb::module_::import_("cornu._kinds").attr("wrap")(nb::cast(held), text("keras.{}s", what));
}

void set_part(nb::handle self, const char* what, PartOfCell part, nb::handle given) {
  Cell& cell = *nb::cast<std::shared_ptr<Cell>>(self);
  if (!given.is_none() && !PyCallable_Check(given.ptr()))
    throw nb::value_error(
        text("Invalid value for attribute `{}`. Variable '{}': expected a {}, a function of the value "
             "or None, got {}",
             what, cell.name, what, text_of(nb::repr(given)))
            .c_str());
  std::shared_ptr<Configurable> object;
  if (!given.is_none()) {
    object = nb::cast<std::shared_ptr<Configurable>>(
        nb::module_::import_("cornu._kinds").attr("engine_object")(given, text("keras.{}s", what)));
    Configurable* const raw = object.get();
    object = std::shared_ptr<Configurable>(raw, Kept{std::move(object), nb::borrow(given)});
  }
  cell.*part = std::move(object);
}

void bind_tensor(nb::module_& m) {
  m.def(
      "random",
      [](const std::string& kind, nb::handle seed, nb::handle like, double a, double b) {
        const auto draw = kind == "normal" ? ops::random_normal : ops::random_uniform;
        return draw(to_tensor(seed), to_tensor(like), a, b);
      },
      "Numbers of the shape of `like`, from a pair (seed, counter).");
  m.def(
      "rows", [](nb::handle x) { return ops::dim(to_tensor(x), {0}, DType::f32); }, "Their number, as a tensor.");
  m.def(
      "shape",
      [](nb::handle x) {
        const Tensor t = to_tensor(x);
        if (in_graph(x)) return nb::cast<nb::tuple>(shape_tuple(t.shape()));
        Trace* trace = current_trace();
        nb::list out;
        for (int axis = 0; axis < t.rank(); ++axis)
          out.append(trace && t.symbolic() ? trace->size(t, axis) : t.shape().dim(axis));
        return nb::tuple(out);
      },
      "Sizes as numbers, also while a model is traced: it is traced again for each number of rows then.");
  m.def(
      "set_path_scope", [](std::string path) { t_path = std::move(path); },
      "Variables that this thread makes from here on have paths below this one.");
  nb::class_<Tensor> tensor(m, "Tensor", nb::dynamic_attr());
  tensor
      .def_prop_rw(
          "shape", [](const Tensor& t) { return shape_tuple(t.shape()); }, immutable("shape"))
      .def_prop_rw(
          "dtype", [](const Tensor& t) { return to_string(t.dtype()); }, immutable("dtype"))
      .def_prop_rw(
          "sparse", [](const Tensor&) { return false; }, immutable("sparse"))
      .def_prop_rw(
          "ragged", [](const Tensor&) { return false; }, immutable("ragged"))
      .def_prop_ro("ndim", &Tensor::rank)
      .def_prop_ro("size", &Tensor::size)
      .def_prop_ro("symbolic", &Tensor::symbolic)
      .def_prop_ro("name",
                   [](const Tensor& t) {
                     if (!t.impl()->record)
                       throw nb::attribute_error("only symbolic tensors of functional models have a name");
                     return t.impl()->record->layer->name;
                   })
      .def_prop_rw(
          "_keras_mask",
          [](const Tensor& t) {
            const Tensor mask = in_graph_of_layers(t) ? symbolic_mask(t) : t.mask();
            return mask.defined() ? nb::cast(mask) : nb::none();
          },
          [](Tensor& t, nb::handle mask) {
            t = t.with_mask(to_masks(mask).is_none() ? Tensor() : to_masks(mask).leaf());
          },
          nb::for_setter(nb::arg().none()))
      .def_prop_ro(
          "in_graph", [](const Tensor& t) { return in_graph_of_layers(t); },
          "Whether it is symbolic, of a graph of layers.")
      .def("astype", [](const Tensor& t, nb::handle d) { return ops::cast(t, to_dtype(d)); })
      .def("reshape",
           [](const Tensor& t, nb::args shape) {
             return ops::reshape(t, to_shape(shape.size() == 1 ? nb::object(shape[0]) : nb::object(shape)));
           })
      .def("__hash__",
           [](nb::handle self) {
             if (!in_graph(self)) return reinterpret_cast<intptr_t>(self.ptr()) >> 4;
             const auto& impl = *nb::cast<const Tensor&>(self).impl();
             return (reinterpret_cast<intptr_t>(impl.record.get()) >> 4) + static_cast<intptr_t>(impl.output);
           })
      .def("__repr__", [](const Tensor& t) { return tensor_text(t, t.symbolic() ? "KerasTensor" : "Tensor"); });
  def_operators(tensor);
  tensor.def_prop_ro("T", [](const Tensor& t) { return ops::transpose(t); });

  nb::class_<Cell> cell(m, "Variable", nb::dynamic_attr(), nb::is_weak_referenceable());
  cell.def(
          "__init__",
          [](Cell* self, nb::handle initializer, nb::handle shape, nb::handle dtype, bool trainable, bool,
             const std::string&, nb::handle name) {
            const auto type = dtype.is_none() ? std::optional<DType>() : to_dtype(dtype);
            check_variable_name(name);
            const NoTrace concrete;
            nb::object start = nb::borrow(initializer);
            if (PyUnicode_Check(initializer.ptr()))
              start = nb::module_::import_("cornu.initializers").attr("get")(initializer);
            if (PyCallable_Check(start.ptr()) && !is_tensor(start)) {
              if (shape.is_none())
                throw nb::value_error(
                    "When creating a Variable from an initializer, the `shape` argument must be given. "
                    "Expected a shape, got None");
              start = start(shape, nb::arg("dtype") = to_string(type.value_or(floatx())));
            }
            new (self) Cell;
            self->value = to_tensor(start, type).clone();
            self->name = name.is_none() ? "variable" : nb::cast<std::string>(name);
            self->path = t_path.empty() ? self->name : t_path + "/" + self->name;
            self->trainable = trainable;
          },
          nb::arg("initializer"), nb::arg("shape") = nb::none(), nb::arg("dtype") = nb::none(),
          nb::arg("trainable") = true, nb::arg("autocast") = true, nb::arg("aggregation") = "none",
          nb::arg("name") = nb::none())
      .def_prop_ro("shape", [](const Cell& c) { return shape_tuple(c.value.shape()); })
      .def_prop_ro("dtype", [](const Cell& c) { return to_string(c.value.dtype()); })
      .def_prop_ro("ndim", [](const Cell& c) { return c.value.rank(); })
      .def_prop_ro("value",
                   [](std::shared_ptr<Cell> c) {
                     const Tensor t = Variable(c).value();
                     return t.symbolic() ? t : t.clone();
                   })
      .def_ro("path", &Cell::path)
      .def_ro("name", &Cell::name)
      .def_prop_rw(
          "trainable", [](const Cell& cell) { return cell.trainable; },
          [](std::shared_ptr<Cell> cell, bool on) { Variable(std::move(cell)).set_trainable(on); })
      .def_prop_rw(
          "overwrite_with_gradient", [](const Cell& cell) { return cell.overwrite_with_gradient; },
          [](Cell& cell, nb::handle on) {
            if (!PyBool_Check(on.ptr()))
              throw nb::type_error(
                  ("`overwrite_with_gradient` must be a boolean. got " + text_of(nb::repr(on))).c_str());
            cell.overwrite_with_gradient = on.ptr() == Py_True;
          },
          "Whether optimizers put the gradient in the place of the value.", nb::for_setter(nb::arg().none()))
      .def_prop_rw(
          "constraint", [](nb::handle self) { return part_of(self, "constraint", &Cell::constraint_object); },
          [](nb::handle self, nb::handle given) {
            Variable v(nb::cast<std::shared_ptr<Cell>>(self));
            set_part(self, "constraint", &Cell::constraint_object, given);
            const Constraint c(std::dynamic_pointer_cast<ConstraintImpl>(v.cell()->constraint_object));
            v.set_constraint(!c ? std::function<Tensor(const Tensor&)>() : [c](const Tensor& w) { return c->call(w); });
          },
          "What an optimizer makes of the value after each update: a Constraint, a function, or None.",
          nb::for_setter(nb::arg().none()))
      .def_prop_rw(
          "regularizer", [](nb::handle self) { return part_of(self, "regularizer", &Cell::regularizer_object); },
          [](nb::handle self, nb::handle given) { set_part(self, "regularizer", &Cell::regularizer_object, given); },
          "The penalty on the value that its layer adds to the loss: a Regularizer, a function, or None.",
          nb::for_setter(nb::arg().none()))
      .def("assign",
           [](nb::handle self, nb::handle value) {
             Variable v(nb::cast<std::shared_ptr<Cell>>(self));
             Tensor t = to_tensor(value, v.dtype());
             if (t.rank() == 0 && v.shape().rank() > 0) t = ops::broadcast_to(t, v.shape());
             v.assign(t);
             return nb::borrow(self);
           })
      .def("assign_add",
           [](nb::handle self, nb::handle value) {
             Variable v(nb::cast<std::shared_ptr<Cell>>(self));
             v.assign(v.value() + to_tensor(value, v.dtype()));
             return nb::borrow(self);
           })
      .def("assign_sub",
           [](nb::handle self, nb::handle value) {
             Variable v(nb::cast<std::shared_ptr<Cell>>(self));
             v.assign(v.value() - to_tensor(value, v.dtype()));
             return nb::borrow(self);
           })
      .def("__hash__", [](nb::handle self) { return reinterpret_cast<intptr_t>(self.ptr()) >> 4; })
      .def("__repr__", [](const Cell& c) {
        return text("<Variable path={}, shape={}, dtype={}, value={}>", c.path, text_of(shape_tuple(c.value.shape())),
                    to_string(c.value.dtype()), text_of(printed_numpy(c.value)));
      });
  def_operators(cell);
}

}  // namespace cornu::python
