// Tensors as NumPy's arrays, and for whoever speaks DLPack.
#include <nanobind/ndarray.h>

#include "bind.h"

namespace cornu::python {

nb::object to_numpy(const Tensor& tensor, bool share) {
  if (tensor.symbolic()) no_value(tensor, "NumPy's view");
  nb::object out = give_numpy(share ? Tensor(tensor) : tensor.clone());
  if (share) out.attr("setflags")(nb::arg("write") = false);
  return out;
}

/// The type by which NumPy and others know a tensor's elements.
static nb::dlpack::dtype type_of(DType d) {
  using Code = nb::dlpack::dtype_code;
  const Code code = d == DType::bf16      ? Code::Bfloat
                    : d == DType::boolean ? Code::Bool
                    : is_floating(d)      ? Code::Float
                    : is_unsigned(d)      ? Code::UInt
                                          : Code::Int;
  return {static_cast<uint8_t>(code), static_cast<uint8_t>(8 * size_of(d)), 1};
}

/// The tensor's memory, as elements of type `d`, which are as large as its own.
template <class... Kind>
static nb::object exported(Tensor&& t, DType d) {
  auto* keep = new Tensor(std::move(t));
  nb::capsule owner(keep, [](void* p) noexcept { delete static_cast<Tensor*>(p); });
  std::vector<size_t> shape;
  for (int64_t n : keep->shape().raw()) shape.push_back(static_cast<size_t>(n));
  nb::ndarray<Kind...> array(keep->raw(), shape.size(), shape.data(), owner, nullptr, type_of(d));
  return nb::cast(array, nb::rv_policy::reference);
}

nb::object give_numpy(Tensor&& t) {
  if (t.dtype() != DType::bf16) {
    const DType d = t.dtype();
    return exported<nb::numpy>(std::move(t), d);
  }
  nb::object type;
  try {
    type = nb::module_::import_("ml_dtypes").attr("bfloat16");
  } catch (nb::python_error&) {
    throw nb::type_error("NumPy has no bfloat16: install ml_dtypes, or cast the tensor to float32");
  }
  return give_bits(std::move(t)).attr("view")(type);
}

nb::object give_bits(Tensor&& t) {
  const DType d = t.dtype() == DType::bf16 ? DType::u16 : t.dtype();
  return exported<nb::numpy>(std::move(t), d);
}

nb::object to_dlpack(const Tensor& t, const nb::kwargs& options) {
  if (t.dtype() != DType::bf16) return to_numpy(t, false).attr("__dlpack__")(**options);
  if (options.contains("dl_device") && !options["dl_device"].is_none() &&
      !nb::cast<nb::object>(options["dl_device"]).equal(nb::make_tuple(1, 0)))
    throw nb::buffer_error("tensors are in the memory of the processor, device (1, 0)");
  return exported<>(t.clone(), DType::bf16);
}

nb::object printed_numpy(const Tensor& t) {
  return t.dtype() == DType::bf16 ? to_numpy(t.to(DType::f32), true) : to_numpy(t, true);
}

}  // namespace cornu::python
