// t[...] in Python, on values that are known and on those that are traced.
#include <cornu/indexing.h>

#include "bind.h"
#include "ops/emit.h"

namespace cornu::python {
namespace {

ops::Index index_of(nb::handle h) {
  if (h.is_none()) return ops::NewAxis{};
  if (h.ptr() == Py_Ellipsis) return ops::Ellipsis{};
  if (PyLong_Check(h.ptr()) && !PyBool_Check(h.ptr())) return nb::cast<int64_t>(h);
  if (!PySlice_Check(h.ptr())) return to_tensor(h);
  const auto part = [&](const char* name) -> std::optional<int64_t> {
    const nb::object value = h.attr(name);
    if (value.is_none()) return {};
    return nb::cast<int64_t>(value);
  };
  return ops::Slice{part("start"), part("stop"), part("step")};
}

}  // namespace

nb::object get_item(const Tensor& t, nb::handle index) {
  if (!t.symbolic() && !current_trace()) {  // NumPy knows every kind of index
    nb::object picked = give_bits(Tensor(t))[index];
    return nb::cast(from_bits(picked, t.dtype()));
  }
  std::vector<ops::Index> key;
  if (PyTuple_Check(index.ptr()))
    for (nb::handle one : nb::borrow<nb::tuple>(index)) key.push_back(index_of(one));
  else
    key.push_back(index_of(index));
  try {
    return nb::cast(ops::get_item(t, key));
  } catch (const ShapeError& e) {
    throw nb::index_error(e.message());
  }
}

}  // namespace cornu::python
