// Named tuples and shapes, to the engine and back.
#include "bind.h"

namespace cornu::python {

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

}  // namespace cornu::python
