// What the files of the binding share: conversions between Python's objects and the engine's.
#pragma once
#include <nanobind/nanobind.h>
#include <nanobind/stl/function.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cornu/cornu.h>

#include <functional>

#include "ops/function_table.h"

namespace nb = nanobind;

namespace cornu::python {

/// str() of any object.
inline std::string text_of(nb::handle object) { return nb::cast<std::string>(nb::steal(PyObject_Str(object.ptr()))); }
/// The tensor that an object stands for: a Tensor, a Variable, a NumPy array, a number, a nested list. float64 and
/// int64 become float32 and int32 unless `dtype` says otherwise, as with Keras on JAX. Arrays are copied, or, if
/// `borrow`, read in place where they are contiguous and their memory allows it.
Tensor to_tensor(nb::handle object, std::optional<DType> dtype = {}, bool borrow = false);
inline Tensor tensor_or_none(nb::handle object) { return object.is_none() ? Tensor() : to_tensor(object); }
/// Makes an error of the engine Python's current exception, whose type says the kind.
void set_exception(const Error& e);
/// Says what to write instead of reading a value that is not known while tracing; `what` was tried.
[[noreturn]] void no_value(const Tensor& t, const char* what);
bool is_tensor(nb::handle object);
/// The part of a tensor that an index of Python's names.
nb::object get_item(const Tensor& t, nb::handle index);
/// The number by which trees know a class of named tuples, 1 being plain ones; and the class of a number.
uint32_t form_of_tuple(nb::handle object);
nb::handle tuple_of_form(uint32_t form);
/// Whether it is a tensor of a graph of layers, which Keras calls a KerasTensor; and whether two of them are one, for
/// which there may be several objects.
bool in_graph(nb::handle object);
bool same_in_graph(nb::handle a, nb::handle b);
/// Lists, tuples and dictionaries of what `leaf` makes values of; None is nothing.
template <class T, class F>
Tree<T> to_tree(nb::handle object, const F& leaf) {
  if (object.is_none()) return {};
  if (PyDict_Check(object.ptr())) {
    std::vector<typename Tree<T>::Field> parts;
    for (auto [key, one] : nb::borrow<nb::dict>(object)) parts.emplace_back(text_of(key), to_tree<T>(one, leaf));
    return parts;
  }
  const bool tuple = PyTuple_Check(object.ptr());
  if (!tuple && !PyList_Check(object.ptr())) return Tree<T>(leaf(object));
  std::vector<Tree<T>> parts;
  for (nb::handle one : object) parts.push_back(to_tree<T>(one, leaf));
  return Tree<T>::of_form(std::move(parts), tuple ? form_of_tuple(object) : 0);
}
inline Tree<Tensor> to_tensors(nb::handle object) {
  return to_tree<Tensor>(object, [](nb::handle one) { return to_tensor(one); });
}
/// Masks may be numbers, of which 0 is false.
inline Tree<Tensor> to_masks(nb::handle object) {
  return to_tensors(object).map([](const Tensor& mask) { return ops::cast(mask, DType::boolean); });
}
/// The same structure in Python, of what `leaf` makes of values.
template <class T, class F>
nb::object from_tree(const Tree<T>& tree, const F& leaf) {
  if (tree.is_none()) return nb::none();
  if (tree.is_leaf()) return leaf(tree.leaf());
  if (tree.is_fields()) {
    nb::dict out;
    for (const auto& [name, part] : tree.children()) out[nb::cast(name)] = from_tree(part, leaf);
    return out;
  }
  nb::list out;
  for (const auto& [name, part] : tree.children()) out.append(from_tree(part, leaf));
  if (tree.form() == 0) return out;
  if (tree.is_tuple()) return nb::tuple(out);
  return tuple_of_form(tree.form())(*out);
}
inline nb::object from_tensors(const Tree<Tensor>& tree) {
  return from_tree(tree, [](const Tensor& t) { return t.defined() ? nb::cast(t) : nb::none(); });
}
nb::object shape_tuple(const Shape& shape);
/// A tuple of a shape, or a structure of them.
inline nb::object shape_tuples(const Tree<Shape>& tree) { return from_tree(tree, shape_tuple); }
/// Of a tuple or list of numbers and None; or a structure of such.
Tree<Shape> to_shapes(nb::handle object);
/// A new array with the tensor's elements, which it shares if `share` (read-only).
nb::object to_numpy(const Tensor& t, bool share);
/// The tensor's own memory as an array that may be written; nobody else may hold the tensor.
nb::object give_numpy(Tensor&& t);
/// As give_numpy, but bfloat16, which NumPy lacks, as the uint16 of its bits; and back.
nb::object give_bits(Tensor&& t);
Tensor from_bits(nb::handle array, DType dtype);
/// As to_numpy, for text and numbers of Python: bfloat16 as float32.
nb::object printed_numpy(const Tensor& t);
/// DLPack's capsule of a copy.
nb::object to_dlpack(const Tensor& t, const nb::kwargs& options);
/// A list of variables as Python holds them; `variable` gives that of an element.
template <class Range, class Of = std::identity>
nb::list cells(const Range& range, Of variable = {}) {
  nb::list out;
  for (const auto& one : range) out.append(nb::cast(std::invoke(variable, one).cell()));
  return out;
}
Shape to_shape(nb::handle object);
/// Each argument of a class: name, default, whether it is required, kind of object.
nb::list parameter_rows(const std::vector<Parameter>& parameters);
/// Numbers, texts, lists, dictionaries and None, and engine objects as live values.
Value to_value(nb::handle object);
nb::object from_value(const Value& v);
/// "float32" from a name, a NumPy type or an object with `name`.
DType to_dtype(nb::handle object);
/// The same, or the name of a mixed policy.
DTypePolicy to_policy(nb::handle object);
/// Arguments of a function of the table, by position and name; numbers take the type of the tensors beside them.
nb::object call_function(const FunctionDef& f, PyObject* const* args, size_t count, PyObject* names);
nb::object from_argument(Argument&& a);

void bind_tensor(nb::module_& m);
void bind_functions(nb::module_& m);
void bind_traces(nb::module_& m);
void bind_control_flow(nb::module_& m);
void bind_configurables(nb::module_& m);
void bind_optimizers(nb::module_& m);
void bind_graphs(nb::module_& m);
void bind_training(nb::module_& m);

/// What may wait for a model's lock runs without the GIL: whoever has the lock may need it, to trace Python's code.
template <class F>
auto without_gil(F f) {
  const nb::gil_scoped_release free;
  return f();
}

}  // namespace cornu::python
