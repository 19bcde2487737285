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

/// Integers and floats of 64 bits become 32, as with Keras on JAX.
Format format_of(DType stored) {
  switch (stored) {
    case DType::f64:
      return {stored, DType::f32};
    case DType::i64:
      return {stored, DType::i32};
    case DType::u64:
      return {stored, DType::u32};
    case DType::boolean:
    case DType::u8:
    case DType::u16:
    case DType::u32:
    case DType::i8:
    case DType::i16:
    case DType::i32:
    case DType::f16:
    case DType::bf16:
    case DType::f32:
      break;
  }
  return {stored, stored};
}

constexpr DType integer_of(size_t bytes, bool is_signed) {
  if (bytes == 8) return is_signed ? DType::i64 : DType::u64;
  if (bytes == 4) return is_signed ? DType::i32 : DType::u32;
  if (bytes == 2) return is_signed ? DType::i16 : DType::u16;
  return is_signed ? DType::i8 : DType::u8;
}

/// Of NumPy's numbers of types; none for what the engine does not have.
std::optional<Format> format_of(int numpy_type) {
  switch (numpy_type) {
    case NPY_HALF:
      return format_of(DType::f16);
    case NPY_FLOAT:
      return format_of(DType::f32);
    case NPY_DOUBLE:
      return format_of(DType::f64);
    case NPY_BYTE:
      return format_of(DType::i8);
    case NPY_SHORT:
      return format_of(DType::i16);
    case NPY_INT:
      return format_of(DType::i32);
    case NPY_LONG:
      return format_of(integer_of(sizeof(long), true));
    case NPY_LONGLONG:
      return format_of(DType::i64);
    case NPY_UBYTE:
      return format_of(DType::u8);
    case NPY_USHORT:
      return format_of(DType::u16);
    case NPY_UINT:
      return format_of(DType::u32);
    case NPY_ULONG:
      return format_of(integer_of(sizeof(long), false));
    case NPY_ULONGLONG:
      return format_of(DType::u64);
    case NPY_BOOL:
      return format_of(DType::boolean);
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
    case 'e':
      return format_of(DType::f16);
    case 'f':
      return format_of(DType::f32);
    case 'd':
      return format_of(DType::f64);
    case 'b':
    case 'h':
    case 'i':
    case 'l':
    case 'q':
      return format_of(integer_of(static_cast<size_t>(b.itemsize), true));
    case 'B':
    case 'H':
    case 'I':
    case 'L':
    case 'Q':
      return format_of(integer_of(static_cast<size_t>(b.itemsize), false));
    case '?':
      return format_of(DType::boolean);
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

/// The bfloat16 numbers whose bits are given as uint16.
Tensor as_bfloat16(const Tensor& bits, bool copy) {
  auto impl = std::make_shared<TensorImpl>(*(copy ? bits.clone() : bits).impl());
  impl->dtype = DType::bf16;
  return Tensor(std::move(impl));
}

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

/// Of DLPack's names of types.
std::optional<Format> format_of(nb::dlpack::dtype t) {
  using Code = nb::dlpack::dtype_code;
  const size_t bytes = t.bits / 8u;
  if (t.lanes != 1 || t.bits % 8 || (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8)) return std::nullopt;
  switch (static_cast<Code>(t.code)) {
    case Code::Int:
      return format_of(integer_of(bytes, true));
    case Code::UInt:
      return format_of(integer_of(bytes, false));
    case Code::Bool:
      return format_of(DType::boolean);
    case Code::Bfloat:
      return format_of(DType::bf16);
    case Code::Float:
      if (bytes == 1) return std::nullopt;
      return format_of(bytes == 2 ? DType::f16 : bytes == 4 ? DType::f32 : DType::f64);
    default:
      return std::nullopt;
  }
}

/// A copy of what another package's array has, by DLPack; nothing if it is elsewhere or of other numbers.
std::optional<Tensor> from_dlpack(nb::handle o, std::optional<DType> dtype) {
  nb::ndarray<nb::ro, nb::device::cpu> array;
  if (!nb::try_cast(o, array) || array.ndim() > static_cast<size_t>(Shape::kMaxRank)) return std::nullopt;
  const std::optional<Format> format = format_of(array.dtype());
  if (!format) return std::nullopt;
  std::vector<int64_t> dims;
  for (size_t i = 0; i < array.ndim(); ++i) dims.push_back(static_cast<int64_t>(array.shape(i)));
  Tensor out(Shape(dims), format->stored);
  const size_t item = size_of(format->stored);
  char* to = static_cast<char*>(out.raw());
  std::vector<int64_t> index(dims.size());
  for (int64_t i = 0, n = out.size(), from = 0; i < n; ++i, to += item) {
    std::memcpy(to, static_cast<const char*>(array.data()) + from * static_cast<int64_t>(item), item);
    for (size_t d = dims.size(); d-- > 0;) {
      from += array.stride(d);
      if (++index[d] < dims[d]) break;
      from -= array.stride(d) * dims[d];
      index[d] = 0;
    }
  }
  return out.to(dtype.value_or(format->converted));
}

}  // namespace

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
  if (nb::hasattr(o, "__dlpack__"))
    if (auto t = from_dlpack(o, dtype)) return *t;
  nb::object array = numpy("ascontiguousarray")(o);
  if (nb::cast<int>(array.attr("ndim")) == 1 && nb::hasattr(o, "ndim") && nb::cast<int>(o.attr("ndim")) == 0)
    array = array.attr("reshape")(nb::make_tuple());  // ascontiguousarray gives scalars an axis
  if (auto t = from_buffer(array.ptr(), dtype, true)) return t->clone();
  // The types of ml_dtypes have no letter: their bits are read.
  if (text_of(array.attr("dtype")) == "bfloat16") {
    const Tensor bits = to_tensor(array.attr("view")("uint16"), {}, true);
    return as_bfloat16(bits, !borrow).to(dtype.value_or(DType::bf16));
  }
  const std::string kind = nb::cast<std::string>(array.attr("dtype").attr("kind"));
  if (kind == "f" || kind == "i" || kind == "u") {  // of another byte order, or of more bits than there are
    const bool long_one = nb::cast<int>(array.attr("dtype").attr("itemsize")) > 8;
    const nb::object type = long_one ? nb::object(nb::str("float64")) : array.attr("dtype").attr("newbyteorder")("=");
    if (auto t = from_buffer(array.attr("astype")(type).ptr(), dtype, true)) return t->clone();
  }
  throw nb::type_error(text("cannot make a tensor of {} of type {}", nb::cast<std::string>(o.type().attr("__name__")),
                            text_of(array.attr("dtype")))
                           .c_str());
}

Tensor from_bits(nb::handle array, DType dtype) {
  if (dtype != DType::bf16) return to_tensor(array, dtype);
  return as_bfloat16(to_tensor(array, DType::u16), true);
}

/// By its name; as Keras, a ValueError where a type is asked for that is none.
static DType named_dtype(const std::string& name) {
  try {
    return dtype_from_string(name);
  } catch (const DTypeError& e) {
    throw ConfigError("Invalid dtype", std::string(e.message()).substr(std::string_view("dtype: ").size()));
  }
}

DType to_dtype(nb::handle o) {
  if (PyUnicode_Check(o.ptr())) {
    const auto name = nb::cast<std::string>(o);
    return named_dtype(name == "float" ? "float32" : name == "int" ? "int32" : name);
  }
  if (PyType_Check(o.ptr())) {
    if (o.ptr() == reinterpret_cast<PyObject*>(&PyFloat_Type)) return DType::f32;
    if (o.ptr() == reinterpret_cast<PyObject*>(&PyLong_Type)) return DType::i32;
    if (o.ptr() == reinterpret_cast<PyObject*>(&PyBool_Type)) return DType::boolean;
    // A type of NumPy or of ml_dtypes has the name itself.
    for (const char* name : {"bfloat16", "float16"})
      if (nb::cast<std::string>(o.attr("__name__")) == name) return named_dtype(name);
    return named_dtype(text_of(numpy("dtype")(o)));
  }
  return named_dtype(text_of(nb::hasattr(o, "name") ? o.attr("name") : nb::borrow(o)));
}

DTypePolicy to_policy(nb::handle o) {
  if (PyDict_Check(o.ptr())) return Codec<DTypePolicy>::from_value(to_value(o));
  return PyUnicode_Check(o.ptr()) ? nb::cast<std::string>(o).c_str() : to_string(to_dtype(o)).c_str();
}

}  // namespace cornu::python
