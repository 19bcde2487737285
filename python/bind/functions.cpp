// keras.ops as callable objects: one small C type whose instances point at rows of the function tables.

#include <cstddef>
#include <memory>

#include <Python.h>
#include <structmember.h>
#include "autodiff/gradient.h"
#include "base/promotion.h"
#include "bind.h"
#include "nn/call_record.h"
#include "nn/functions.h"
#include "ops/emit.h"
#include "tensor/cell.h"
#include "tensor/storage.h"

namespace cornu::python {
namespace {

struct FunctionObject {
  PyObject ob_base;
  vectorcallfunc call;
  const FunctionDef* def;
  PyObject* dict;
};

/// A number of Python's own; NumPy's scalars have types to keep.
bool is_number(PyObject* o) { return PyFloat_CheckExact(o) || PyLong_CheckExact(o) || PyBool_Check(o); }

/// A Python number beside tensors: as ops::beside, so that its type does not depend on its value.
Tensor weak_number(PyObject* o, std::optional<DType> beside) {
  if (!beside) return to_tensor(nb::handle(o));
  if (PyBool_Check(o)) return Tensor::scalar(o == Py_True, *beside);
  if (PyFloat_Check(o)) return Tensor::scalar(PyFloat_AS_DOUBLE(o), is_floating(*beside) ? *beside : DType::f32);
  if (is_floating(*beside)) return Tensor::scalar(PyLong_AsDouble(o), *beside);
  const DType t = *beside == DType::boolean ? DType::i32 : *beside;
  int over = 0;
  const long long value = PyLong_AsLongLongAndOverflow(o, &over);
  // Small types take what int32 holds, and wrap.
  const bool fits =
      !over && (size_of(t) == 8 || (value >= INT32_MIN && value <= (t == DType::u32 ? UINT32_MAX : INT32_MAX)));
  if (!fits) {
    PyErr_SetString(PyExc_OverflowError, text("the integer {} does not fit {}; cast the tensor to a type that it fits, "
                                              "or give a float",
                                              text_of(nb::handle(o)), t)
                                             .c_str());
    throw nb::python_error();
  }
  return Tensor(Shape{}, std::vector<int64_t>{value}).to(t);
}

PyObject* vectorcall(PyObject* self, PyObject* const* args, size_t flags, PyObject* names) {
  try {
    return call_function(*reinterpret_cast<FunctionObject*>(self)->def, args,
                         static_cast<size_t>(PyVectorcall_NARGS(flags)), names)
        .release()
        .ptr();
  } catch (nb::python_error& e) {
    e.restore();
  } catch (const Error& e) {
    set_exception(e);
  } catch (const nb::builtin_exception& e) {
    PyErr_SetString(e.type() == nb::exception_type::type_error ? PyExc_TypeError : PyExc_ValueError, e.what());
  } catch (const std::exception& e) {
    PyErr_SetString(PyExc_RuntimeError, e.what());
  }
  return nullptr;
}

std::string literal(const Value& v) {
  nb::object o = from_value(v);
  return nb::cast<std::string>(nb::repr(o));
}

std::string signature(const FunctionDef& f) {
  std::string out = "(";
  for (const FunctionParameter& p : f.parameters)
    out += (out.size() > 1 ? ", " : "") + p.name + (p.required ? "" : "=" + literal(p.default_value));
  return out + ")";
}

PyObject* get_name(PyObject* self, void*) {
  return PyUnicode_FromString(reinterpret_cast<FunctionObject*>(self)->def->name.c_str());
}
PyObject* get_signature(PyObject* self, void*) {
  return PyUnicode_FromString(signature(*reinterpret_cast<FunctionObject*>(self)->def).c_str());
}
/// `what` of cornu._docs makes it of name and signature.
PyObject* from_docs(PyObject* self, void* what) {
  PyObject* docs = PyImport_ImportModule("cornu._docs");
  if (!docs) return nullptr;
  const FunctionDef& f = *reinterpret_cast<FunctionObject*>(self)->def;
  PyObject* out = PyObject_CallMethod(docs, static_cast<const char*>(what), "ss", f.name.c_str(), signature(f).c_str());
  Py_DECREF(docs);
  return out;
}
PyObject* repr(PyObject* self) {
  const FunctionDef& f = *reinterpret_cast<FunctionObject*>(self)->def;
  return PyUnicode_FromFormat("<function %s%s>", f.name.c_str(), signature(f).c_str());
}
void dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  Py_CLEAR(reinterpret_cast<FunctionObject*>(self)->dict);
  PyObject_GC_Del(self);
  Py_DECREF(type);
}
int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(reinterpret_cast<FunctionObject*>(self)->dict);
  Py_VISIT(Py_TYPE(self));
  return 0;
}

PyTypeObject* function_type() {
  static char doc[] = "of_function", signature[] = "signature_of_function";
  static PyGetSetDef getters[] = {{"__name__", get_name, nullptr, nullptr, nullptr},
                                  {"__doc__", from_docs, nullptr, nullptr, doc},
                                  {"__signature__", from_docs, nullptr, nullptr, signature},
                                  {"__qualname__", get_name, nullptr, nullptr, nullptr},
                                  {"__text_signature__", get_signature, nullptr, nullptr, nullptr},
                                  {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
                                  {nullptr, nullptr, nullptr, nullptr, nullptr}};
  static PyMemberDef members[] = {
      {"__vectorcalloffset__", T_PYSSIZET, offsetof(FunctionObject, call), READONLY, nullptr},
      {"__dictoffset__", T_PYSSIZET, offsetof(FunctionObject, dict), READONLY, nullptr},
      {nullptr, 0, 0, 0, nullptr}};
  static PyType_Slot slots[] = {{Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                                {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
                                {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
                                {Py_tp_repr, reinterpret_cast<void*>(repr)},
                                {Py_tp_getset, getters},
                                {Py_tp_members, members},
                                {0, nullptr}};
  static PyType_Spec spec = {"cornu.ops.Function", sizeof(FunctionObject), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_HAVE_GC, slots};
  static auto* type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
  return type;
}

const FunctionDef* find(const std::string& module, const std::string& name) {
  if (module == "keras.activations") return activation_functions().find(name);
  if (const FunctionDef* f = op_functions().find(name)) return f;
  return nn_functions().find(name);
}

}  // namespace

/// Tensors never change: where a borrowed array lives on in a result, it is copied.
static void keep_values(const Argument& a) {
  if (const Tensor* t = std::get_if<Tensor>(&a)) {
    if (!t->defined() || !t->impl()->storage || !t->impl()->storage->owner) return;
    if (t->impl().use_count() > 1 || t->impl()->storage.use_count() > 1) t->impl()->storage->own();
  } else if (const auto* ts = std::get_if<std::vector<Tensor>>(&a)) {
    for (const Tensor& one : *ts) keep_values(one);
  }
}

nb::object from_argument(Argument&& a) {
  if (Tensor* t = std::get_if<Tensor>(&a)) return nb::cast(std::move(*t));
  if (auto* ts = std::get_if<std::vector<Tensor>>(&a)) {
    nb::list out;
    for (Tensor& t : *ts) out.append(nb::cast(std::move(t)));
    return nb::tuple(out);
  }
  return from_value(std::get<Value>(a));
}

/// Arguments of one call: no more than it has, and none on the heap.
struct Arguments {
  static constexpr size_t kMost = 12;
  explicit Arguments(size_t n) : count(n) { std::uninitialized_default_construct_n(values, n); }
  ~Arguments() { std::destroy_n(values, count); }
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;
  size_t count;
  union {
    Argument values[kMost];
  };
};

/// Types by any of their names; a shape may be one number.
static Value plain_argument(const FunctionDef& f, const FunctionParameter& p, nb::handle given) {
  if (p.name == "dtype" && !given.is_none()) try {
      return to_string(to_dtype(given));
    } catch (const ConfigError& e) {
      throw ConfigError(f.name, e.message());
    }
  Value v = to_value(given);
  if ((p.name != "shape" && p.name != "newshape") || !v.is_number()) return v;
  Value list = Value::array();
  list.push_back(std::move(v));
  return list;
}

/// Whether one of them is a symbolic tensor of a functional model.
static bool in_graph_of_layers(const Argument* in, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    if (const auto* t = std::get_if<Tensor>(&in[i]); t && cornu::in_graph_of_layers(*t)) return true;
    if (const auto* all = std::get_if<std::vector<Tensor>>(&in[i]))
      for (const Tensor& t : *all)
        if (cornu::in_graph_of_layers(t)) return true;
  }
  return false;
}

nb::object call_function(const FunctionDef& f, PyObject* const* args, size_t count, PyObject* names) {
  using Kind = FunctionParameter::Kind;
  const size_t n = f.parameters.size();
  PyObject* given[Arguments::kMost] = {};
  if (count > n) throw nb::type_error(text("{}() takes {} arguments, got {}", f.name, n, count).c_str());
  for (size_t i = 0; i < count; ++i) given[i] = args[i];
  const auto keywords = names ? static_cast<size_t>(PyTuple_GET_SIZE(names)) : 0;
  for (size_t k = 0; k < keywords; ++k) {
    const char* name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(names, static_cast<Py_ssize_t>(k)));
    size_t i = 0;
    while (i < n && f.parameters[i].name != name) ++i;
    if (i == n) throw nb::type_error(text("{}() got an unexpected keyword argument '{}'", f.name, name).c_str());
    if (given[i]) throw nb::type_error(text("{}() got multiple values for argument '{}'", f.name, name).c_str());
    given[i] = args[count + k];
  }
  // Arrays first: the numbers beside them take their type.
  Arguments arguments(n);
  Argument* in = arguments.values;
  std::optional<DType> beside;
  const bool borrow = !current_trace();
  for (size_t i = 0; i < n; ++i) {
    const FunctionParameter& p = f.parameters[i];
    if (!given[i]) {
      if (p.required) throw nb::type_error(text("{}() missing a required argument: '{}'", f.name, p.name).c_str());
      if (p.kind == Kind::plain)
        in[i] = p.default_value;
      else
        in[i] = Tensor();
    } else if (p.kind == Kind::plain) {
      in[i] = plain_argument(f, p, given[i]);
    } else if (p.kind == Kind::tensors) {
      std::vector<Tensor> parts;
      for (nb::handle part : nb::handle(given[i])) parts.push_back(to_tensor(part, {}, borrow));
      in[i] = std::move(parts);
    } else if (given[i] == Py_None) {
      if (p.required) throw nb::type_error(text("{}() needs a tensor for '{}', got None", f.name, p.name).c_str());
      in[i] = Tensor();
    } else if (!is_number(given[i])) {
      Tensor t = to_tensor(given[i], {}, borrow);
      beside = beside ? promote(*beside, t.dtype()) : t.dtype();
      in[i] = std::move(t);
    }
  }
  for (size_t i = 0; i < n; ++i)
    if (given[i] && f.parameters[i].kind == Kind::tensor && given[i] != Py_None && is_number(given[i]))
      in[i] = weak_number(given[i], f.parameters[i].name == "indices" ? DType::i32 : beside);
  if (!current_trace() && in_graph_of_layers(in, n)) return from_tensors(note_function(f, in));
  Argument out = f.call(in);
  for (size_t i = 0; i < n; ++i) keep_values(in[i]);
  return from_argument(std::move(out));
}

void bind_functions(nb::module_& m) {
  m.attr("Function") = nb::borrow(reinterpret_cast<PyObject*>(function_type()));
  m.def(
      "function",
      [](const std::string& module, const std::string& name) -> nb::object {
        const FunctionDef* f = find(module, name);
        if (!f) return nb::none();
        auto* o = PyObject_GC_New(FunctionObject, function_type());
        o->call = vectorcall;
        o->def = f;
        o->dict = nullptr;
        PyObject_GC_Track(o);
        return nb::steal(reinterpret_cast<PyObject*>(o));
      },
      "The function of that name in 'keras.ops' or 'keras.activations', or None.");
  m.def("function_names", [](const std::string& module) {
    if (module == "keras.activations") return activation_functions().names();
    std::vector<std::string> out = op_functions().names();
    for (const std::string& n : nn_functions().names()) out.push_back(n);
    return out;
  });
  m.def(
      "convert_to_tensor",
      [](nb::handle x, nb::handle dtype) {
        return to_tensor(x, dtype.is_none() ? std::optional<DType>() : to_dtype(dtype));
      },
      nb::arg("x"), nb::arg("dtype").none());
  m.def("result_type",
        [](const std::vector<std::string>& dtypes, const std::string& floatx) { return result_type(dtypes, floatx); });
  m.def("standardize_dtype", [](nb::handle d) { return to_string(to_dtype(d)); });
  m.def("to_numpy", [](nb::handle x) { return to_numpy(to_tensor(x), false); });
}

}  // namespace cornu::python
