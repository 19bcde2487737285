// What Python hands over as tensors, and tensors as NumPy's arrays.
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <nanobind/ndarray.h>
#include <numpy/ndarraytypes.h>

#include <algorithm>
#include <cstring>

#include "bind.h"
#include "ops/emit.h"
#include "tensor/cell.h"
#include "tensor/storage.h"

namespace cornu::python {
namespace {

/// What the elements of an array become.
struct Format {
  DType stored;     // how they lie in memory
  DType converted;  // Keras' default for them
};

/// Of NumPy's numbers of types; none for what the engine does not have.
std::optional<Format> format_of(int numpy_type) {
  switch (numpy_type) {
    case NPY_FLOAT:
      return Format{DType::f32, DType::f32};
    case NPY_DOUBLE:
      return Format{DType::f64, DType::f32};
    case NPY_INT:
      return Format{DType::i32, DType::i32};
    case NPY_LONG:
      if constexpr (sizeof(long) == sizeof(int32_t)) return Format{DType::i32, DType::i32};
      [[fallthrough]];
    case NPY_LONGLONG:
      return Format{DType::i64, DType::i32};
    case NPY_UBYTE:
      return Format{DType::u8, DType::u8};
    case NPY_UINT:
      return Format{DType::u32, DType::u32};
    case NPY_BOOL:
      return Format{DType::boolean, DType::boolean};
    default:
      return std::nullopt;
  }
}

/// Of the buffer protocol's format letters.
std::optional<Format> format_of(const Py_buffer& b) {
  const char* f = b.format ? b.format : "B";
  if (*f == '<' || *f == '=' || *f == '@') ++f;
  if (f[0] == 0 || f[1] != 0) return std::nullopt;
  switch (*f) {
    case 'f':
      return Format{DType::f32, DType::f32};
    case 'd':
      return Format{DType::f64, DType::f32};
    case 'i':
      return Format{DType::i32, DType::i32};
    case 'l':
    case 'q':
      return Format{DType::i64, DType::i32};
    case 'B':
      return Format{DType::u8, DType::u8};
    case 'I':
      return Format{DType::u32, DType::u32};
    case '?':
      return Format{DType::boolean, DType::boolean};
    default:
      return std::nullopt;
  }
}

/// Kernels read up to 64 bytes past the end: safe if the page goes on for so long.
bool readable_past_end(const void* data, size_t bytes) {
  const auto end = reinterpret_cast<uintptr_t>(data) + bytes;
  return (end & 4095) != 0 && (end & 4095) + 64 <= 4096;
}

/// Of memory that is contiguous and in the machine's byte order. `keep` gives what owns it, if the tensor is to read it
/// in place.
template <class Keep>
Tensor from_memory(void* data, const Shape& shape, Format format, DType to, bool borrow, Keep keep) {
  auto impl = std::make_shared<TensorImpl>();
  impl->dtype = format.stored;
  impl->shape = shape;
  const size_t bytes = static_cast<size_t>(shape.size()) * size_of(format.stored);
  constexpr size_t kSmall = 4096;  // copying it costs less than keeping its owner
  if (to != format.stored) {
    const std::shared_ptr<void> here(std::shared_ptr<void>(), data);
    impl->storage = std::make_shared<Storage>(data, bytes, here);
    return Tensor(std::move(impl)).to(to);
  }
  if (borrow && bytes > kSmall && readable_past_end(data, bytes)) {
    impl->storage = std::make_shared<Storage>(data, bytes, keep());
  } else {
    impl->storage = std::make_shared<Storage>(bytes);
    std::memcpy(impl->storage->data, data, bytes);
  }
  return Tensor(std::move(impl));
}

struct BufferOwner {
  Py_buffer view{};
  ~BufferOwner() {
    const nb::gil_scoped_acquire gil;
    PyBuffer_Release(&view);
  }
};

std::optional<Tensor> from_buffer(PyObject* object, std::optional<DType> dtype, bool borrow) {
  if (!PyObject_CheckBuffer(object)) return std::nullopt;
  auto owner = std::make_shared<BufferOwner>();
  const Py_buffer& b = owner->view;
  if (PyObject_GetBuffer(object, &owner->view, PyBUF_FORMAT | PyBUF_ND | PyBUF_C_CONTIGUOUS) != 0) {
    PyErr_Clear();
    return std::nullopt;
  }
  const std::optional<Format> format = format_of(b);
  if (!format || b.ndim > Shape::kMaxRank) return std::nullopt;
  const Shape shape(std::vector<int64_t>(b.shape, b.shape + b.ndim));
  return from_memory(b.buf, shape, *format, dtype.value_or(format->converted), borrow, [&] { return owner; });
}

/// NumPy's class of arrays. No object of it is there before NumPy is loaded, which importing this package does not do.
PyTypeObject* ndarray_type() {
  static PyTypeObject* type = nullptr;
  if (!type) {
    const nb::object name = nb::str("numpy"), module = nb::steal(PyImport_GetModule(name.ptr()));
    if (!module.is_valid()) PyErr_Clear();
    if (module.is_valid() && nb::hasattr(module, "ndarray"))
      type = reinterpret_cast<PyTypeObject*>(nb::object(module.attr("ndarray")).release().ptr());
  }
  return type;
}

/// As from_buffer, by the fields of NumPy's struct: its buffers cost more than a small operation.
std::optional<Tensor> from_ndarray(PyObject* object, std::optional<DType> dtype, bool borrow) {
  if (Py_TYPE(object) != ndarray_type()) return std::nullopt;
  auto* array = reinterpret_cast<PyArrayObject*>(object);
  const std::optional<Format> format = format_of(PyArray_TYPE(array));
  const int rank = PyArray_NDIM(array);
  if (!format || !PyArray_ISCARRAY_RO(array) || rank > Shape::kMaxRank) return std::nullopt;
  int64_t dims[Shape::kMaxRank];
  std::copy_n(PyArray_DIMS(array), rank, dims);
  return from_memory(PyArray_DATA(array), Shape(dims, static_cast<size_t>(rank)), *format,
                     dtype.value_or(format->converted), borrow, [object] {
                       Py_INCREF(object);
                       return std::shared_ptr<void>(object, [](void* o) {
                         const nb::gil_scoped_acquire gil;
                         Py_DECREF(static_cast<PyObject*>(o));
                       });
                     });
}

nb::object numpy(const char* name) { return nb::module_::import_("numpy").attr(name); }

Tensor number(PyObject* o, std::optional<DType> dtype) {
  if (PyBool_Check(o)) return Tensor::scalar(o == Py_True, dtype.value_or(DType::boolean));
  if (PyLong_Check(o)) {
    const double value = PyLong_AsDouble(o);
    if (!dtype && !(value >= INT32_MIN && value <= INT32_MAX)) {
      PyErr_SetString(
          PyExc_OverflowError,
          text("the integer {} does not fit int32; give a dtype, or a float", text_of(nb::handle(o))).c_str());
      throw nb::python_error();
    }
    return Tensor::scalar(value, dtype.value_or(DType::i32));
  }
  return Tensor::scalar(PyFloat_AsDouble(o), dtype.value_or(DType::f32));
}

}  // namespace

/// Classes of named tuples that came by, for the process; their numbers start at 2.
static std::vector<nb::object>& tuple_classes() {
  static auto* known = new std::vector<nb::object>;
  return *known;
}
uint32_t form_of_tuple(nb::handle o) {
  if (PyTuple_CheckExact(o.ptr()) || !nb::hasattr(o, "_fields")) return 1;
  std::vector<nb::object>& known = tuple_classes();
  for (size_t i = 0; i < known.size(); ++i)
    if (known[i].is(o.type())) return static_cast<uint32_t>(i + 2);
  known.push_back(nb::borrow(o.type()));
  return static_cast<uint32_t>(known.size() + 1);
}
nb::handle tuple_of_form(uint32_t form) { return tuple_classes().at(form - 2); }

bool is_tensor(nb::handle o) { return nb::isinstance<Tensor>(o) || nb::isinstance<Cell>(o); }

Tensor to_tensor(nb::handle o, std::optional<DType> dtype, bool borrow) {
  if (auto t = from_ndarray(o.ptr(), dtype, borrow)) return *std::move(t);
  if (nb::isinstance<Tensor>(o)) {
    const Tensor& t = nb::cast<const Tensor&>(o);
    return !dtype || *dtype == t.dtype() ? t : ops::cast(t, *dtype);
  }
  if (nb::isinstance<Cell>(o)) {
    const Tensor t = Variable(nb::cast<std::shared_ptr<Cell>>(o)).value();
    return !dtype || *dtype == t.dtype() ? t : ops::cast(t, *dtype);
  }
  PyObject* p = o.ptr();
  if (PyFloat_CheckExact(p) || PyLong_Check(p)) return number(p, dtype);
  if (auto t = from_buffer(p, dtype, borrow)) return *t;
  if (o.is_none()) throw nb::type_error("expected a tensor, an array or a number, got None");
  if (PyList_Check(p) || PyTuple_Check(p)) {  // of tensors: stacked
    for (nb::handle part : o)
      if (is_tensor(part)) {
        std::vector<Tensor> parts;
        for (nb::handle each : o) parts.push_back(to_tensor(each, dtype));
        return ops::stack(parts, 0);
      }
  }
  if (!nb::hasattr(o, "__array__") && nb::hasattr(o, "__dlpack__")) return to_tensor(numpy("from_dlpack")(o), dtype);
  nb::object array = numpy("ascontiguousarray")(o);
  if (nb::cast<int>(array.attr("ndim")) == 1 && nb::hasattr(o, "ndim") && nb::cast<int>(o.attr("ndim")) == 0)
    array = array.attr("reshape")(nb::make_tuple());  // ascontiguousarray gives scalars an axis
  if (auto t = from_buffer(array.ptr(), dtype, true)) return t->clone();
  const std::string kind = nb::cast<std::string>(array.attr("dtype").attr("kind"));
  const char* to = kind == "f" ? (dtype == DType::f64 ? "float64" : "float32")
                   : kind == "u" && nb::cast<int>(array.attr("dtype").attr("itemsize")) == 4 ? "uint32"
                   : kind == "i" || kind == "u"                                              ? "int64"
                                                                                             : nullptr;
  if (to)
    if (auto t = from_buffer(array.attr("astype")(to).ptr(), dtype, true)) return t->clone();
  throw nb::type_error(text("cannot make a tensor of {} of type {}", nb::cast<std::string>(o.type().attr("__name__")),
                            text_of(array.attr("dtype")))
                           .c_str());
}

nb::object to_numpy(const Tensor& tensor, bool share) {
  if (tensor.symbolic()) no_value(tensor, "NumPy's view");
  nb::object out = give_numpy(share ? Tensor(tensor) : tensor.clone());
  if (share) out.attr("setflags")(nb::arg("write") = false);
  return out;
}

nb::object give_numpy(Tensor&& t) {
  auto* keep = new Tensor(t);
  nb::capsule owner(keep, [](void* p) noexcept { delete static_cast<Tensor*>(p); });
  std::vector<size_t> shape;
  for (int64_t d : t.shape().raw()) shape.push_back(static_cast<size_t>(d));
  nb::dlpack::dtype type = nb::dtype<float>();
  switch (t.dtype()) {
    case DType::f32:
      break;
    case DType::f64:
      type = nb::dtype<double>();
      break;
    case DType::i32:
      type = nb::dtype<int32_t>();
      break;
    case DType::i64:
      type = nb::dtype<int64_t>();
      break;
    case DType::u8:
      type = nb::dtype<uint8_t>();
      break;
    case DType::u32:
      type = nb::dtype<uint32_t>();
      break;
    case DType::boolean:
      type = nb::dtype<bool>();
  }
  nb::ndarray<nb::numpy> array(keep->raw(), shape.size(), shape.data(), owner, nullptr, type);
  return nb::cast(array, nb::rv_policy::reference);
}

nb::object shape_tuple(const Shape& shape) {
  nb::list out;
  for (int64_t d : shape.raw())
    if (d < 0)
      out.append(nb::none());
    else
      out.append(nb::int_(d));
  return nb::tuple(out);
}

Shape to_shape(nb::handle o) {
  if (PyLong_Check(o.ptr())) return Shape{nb::cast<int64_t>(o)};
  std::vector<int64_t> dims;
  for (nb::handle d : o) dims.push_back(d.is_none() ? -1 : nb::cast<int64_t>(nb::int_(nb::borrow(d))));
  return Shape(dims);
}

Tree<Shape> to_shapes(nb::handle o) {
  if (o.is_none()) return {};
  const auto is_size = [](nb::handle d) { return d.is_none() || PyLong_Check(d.ptr()) || PyIndex_Check(d.ptr()); };
  const bool list = PyList_Check(o.ptr()) || PyTuple_Check(o.ptr());
  if (list && nb::len(o) > 0 && !is_size(o[0])) {
    std::vector<Tree<Shape>> parts;
    for (nb::handle one : o) parts.push_back(to_shapes(one));
    return Tree<Shape>::of_form(std::move(parts), PyTuple_Check(o.ptr()) ? form_of_tuple(o) : 0);
  }
  if (!PyDict_Check(o.ptr())) return to_shape(o);
  std::vector<Tree<Shape>::Field> parts;
  for (auto [key, one] : nb::borrow<nb::dict>(o)) parts.emplace_back(text_of(key), to_shapes(one));
  return parts;
}

DType to_dtype(nb::handle o) {
  if (PyUnicode_Check(o.ptr())) {
    const auto name = nb::cast<std::string>(o);
    return dtype_from_string(name == "float" ? "float32" : name == "int" ? "int32" : name);
  }
  if (PyType_Check(o.ptr())) {
    if (o.ptr() == reinterpret_cast<PyObject*>(&PyFloat_Type)) return DType::f32;
    if (o.ptr() == reinterpret_cast<PyObject*>(&PyLong_Type)) return DType::i32;
    if (o.ptr() == reinterpret_cast<PyObject*>(&PyBool_Type)) return DType::boolean;
    return dtype_from_string(text_of(numpy("dtype")(o)));
  }
  return dtype_from_string(text_of(nb::hasattr(o, "name") ? o.attr("name") : nb::borrow(o)));
}

}  // namespace cornu::python
